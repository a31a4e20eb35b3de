"""The page of a model: what is known of it, from its file alone."""

import numpy as np

from ..crossfit import CrossFitted
from .described import columns_section, settings_section, training_section
from .markup import Markup, cut, join, tag
from .messages import count_of
from .outcomes import Outcome, base_rates
from .page import judged, listing, number, page, section, table

__all__ = ["report_page"]

MOST_CLASSES = 50
SCORES = {
    "accuracy": "Accuracy",
    "log_loss": "Log loss",
    "roc_auc": "ROC AUC",
    "calibration_error": "Calibration error",
}


def report_page(estimator, about=None, name="model"):
    """Return a page that tells what is known of a model.

    Parameters
    ----------
    estimator : DeepNNClassifier, LogisticRegressionNN or TabularEncoder
        Fitted.
    about : dict, optional
        What was noted at its training: "data", "target", "n_rows", "created",
        "versions", "seconds", "notes" and "importance".
    name : str, default="model"
        Of its file.

    Returns
    -------
    str
        HTML, complete in itself.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skdeepnn import DeepNNClassifier
    >>> clf = DeepNNClassifier(random_state=0).fit(*load_iris(return_X_y=True))
    >>> "<h2>Scores</h2>" in report_page(clf)
    True
    """
    about = about or {}
    outcome = _outcome(estimator)
    missing = []
    if outcome is None:
        missing.append(_why_no_scores(estimator))
    elif outcome.predicted is None:
        missing.append(
            "Rows have several labels each: there is no confusion matrix, and no table "
            "of results by class."
        )
    sections = [
        ("Scores", _scores(estimator, outcome)),
        ("Predictions", _predictions(outcome)),
        ("Classes", _classes(estimator, outcome)),
        ("Columns", columns_section(estimator, about, missing)),
        ("Training", training_section(estimator, missing)),
        ("Settings", settings_section(estimator, about)),
        ("Notes", listing(about.get("notes", []))),
    ]
    sections.insert(0, ("What is missing", listing(missing)))  # said first
    model = type(estimator).__name__
    data = f"{about['target']} in {about['data']}" if "data" in about else name
    return page(f"{model}: {cut(data, 100)}", _lead(estimator, about, name), sections)


def _lead(estimator, about, name):
    columns = count_of(getattr(estimator, "n_features_in_", 0), "column")
    facts = [columns]
    if "n_rows" in about:
        facts.insert(0, count_of(about["n_rows"], "row"))
    if hasattr(estimator, "classes_"):
        facts.append(count_of(len(estimator.classes_), "class", "es"))
    lines = [", ".join(facts) + "."]
    if "created" in about:
        seconds = f" in {about['seconds']:.3g} s" if "seconds" in about else ""
        lines.append(
            f"Trained on {about['created']}{seconds}; in the file {cut(name)}."
        )
    return lines


# Scores


def _outcome(estimator):
    """Return the predictions of rows that were held out, or None."""
    try:
        proba = np.asarray(estimator.oof_predict_proba_)
    except AttributeError:
        return None
    record = estimator._held_out("report")
    labels, names = np.asarray(record.labels), [str(x) for x in estimator.classes_]
    if labels.ndim > 1:
        return Outcome(names, labels.astype(bool), proba, None, True, record.weight)
    truth = labels[:, np.newaxis] == np.arange(len(names))
    predicted = np.searchsorted(estimator.classes_, record.predictions())
    return Outcome(names, truth, proba, predicted, True, record.weight)


def _why_no_scores(estimator):
    model = type(estimator).__name__
    if not hasattr(estimator, "predict_proba"):
        return f"{model} prepares columns and predicts nothing, so there are no scores."
    test = (
        "Score it on rows that it was not trained on, or compare models on folds: "
        "skdeepnn compare FILE --target COLUMN."
    )
    if not isinstance(estimator, CrossFitted):
        return (
            f"{model} holds out no rows, so nothing here tells how well it does. {test}"
        )
    return (
        "No rows were held out in this training, so nothing here tells how well the "
        "model does. They are by default, in tables of 64 rows or more, but not by "
        f"partial_fit, with a single member or with a validation set. {test}"
    )


def _scores(estimator, outcome):
    if outcome is None:
        return Markup()
    report = estimator.score_report()
    plain = {"roc_auc": "0.5 by chance", "calibration_error": "0 is perfect"}
    if outcome.predicted is not None:
        accuracy, loss = base_rates(outcome)
        plain["accuracy"] = f"{accuracy:.4f} by the most frequent class alone"
        plain["log_loss"] = f"{loss:.4f} by the classes’ shares alone; lower is better"
    cards = []
    for key, title in SCORES.items():
        if key in report:
            value, error = report[key]["value"], report[key]["standard_error"]
            cards.append(_card(title, value, error, plain.get(key, "")))
    several = ""
    if len(outcome.classes) > 2:
        several = " ROC AUC is of each class against the rest, their mean."
    return join(
        [
            tag("dl", *cards, class_="grid scores"),
            tag(
                "p",
                f"Of {count_of(len(outcome.truth), 'row')}, each predicted by members "
                "of the model that were not trained on it. ± is one standard error: "
                "how much other rows to test with would change a score.",
                several,
                class_="small",
            ),
        ]
    )


def _card(title, value, error, plain):
    spread = "" if np.isnan(error) else tag("small", f" ± {error:.4f}")
    return tag(
        "div",
        tag("dt", title),
        tag("dd", number(value), spread, class_="value"),
        tag("dd", plain, class_="small"),
        class_="card",
    )


def _predictions(outcome):
    if outcome is None:
        return Markup()
    return section(*judged(outcome))


def _classes(estimator, outcome):
    if outcome is None or outcome.predicted is None:
        return Markup()
    per_class = list(estimator.score_report()["per_class"].items())
    # The worst first: that is where to look
    per_class.sort(key=lambda item: item[1]["f1"])
    rows = [
        [cut(str(label)), *(number(row[key], 3) for key in keys), _rows(row["support"])]
        for label, row in per_class[:MOST_CLASSES]
        for keys in [("precision", "recall", "f1", "roc_auc")]
    ]
    left = len(per_class) - len(rows)
    said = "Lowest F1 first."
    if left:
        said += f" {count_of(left, 'class', 'es')} with higher F1 are left out."
    heads = ["class", "precision", "recall", "F1", "ROC AUC", "rows"]
    about = (
        "Precision: share of the rows predicted as a class that are of it. Recall: "
        "share of a class’s rows that are predicted as it. F1: their harmonic mean."
    )
    return join([table(heads, rows, said), tag("p", about, class_="small")])


def _rows(value):
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"
