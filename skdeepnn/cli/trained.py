"""What is told of a model that has just been fitted: scores, classes, columns."""

import shlex

import numpy as np

from .messages import count_of, printable

__all__ = ["report"]

MOST_CLASSES, MOST_COLUMNS = 30, 40  # that are shown
LEFT = ("Score", "Class", "Column", "Kind")  # texts; numbers are on the right
SCORES = {
    "accuracy": "Accuracy",
    "log_loss": "Log loss",
    "roc_auc": "ROC AUC",
    "calibration_error": "Calibration error",
}


def report(classifier, about, out):
    """Return what to print of a fitted model.

    Parameters
    ----------
    classifier : DeepNNClassifier
        Fitted.
    about : dict
        From :func:`skdeepnn.cli.train.about_model`.
    out : Path
        Where it is.

    Yields
    ------
    str or Table
        Lines, and tables of rich.

    Examples
    --------
    >>> from pathlib import Path
    >>> from skdeepnn import DeepNNClassifier
    >>> X, y = [[0.0], [1.0]] * 4, [0, 1] * 4
    >>> clf = DeepNNClassifier(random_state=0).fit(X, y)
    >>> way = {"name": "x", "kind": "numbers"}
    >>> about = {"data": "t.csv", "n_rows": 8, "seconds": 0.1, "importance": None}
    >>> about |= {"notes": [], "reading": {"columns": [way]}}
    >>> lines = list(report(clf, about, Path("m")))
    >>> lines[1], lines[-1]
    ('t.csv: 8 rows, 1 column, 2 classes, fitted in 0.1 s',
     '  skdeepnn predict m NEW.csv --out OUT.csv')
    """
    n_rows, n_classes = about["n_rows"], len(classifier.classes_)
    counts = (
        count_of(n_rows, "row"),
        count_of(len(about["reading"]["columns"]), "column"),
        count_of(n_classes, "class", "es"),
    )
    yield ""
    yield f"{about['data']}: {', '.join(counts)}, fitted in {about['seconds']:.1f} s"
    yield ""
    if about["importance"] is None:
        yield (
            f"No scores: {count_of(n_rows, 'row')} are too few to set any aside, which "
            "takes 64. How good the model is, only new rows can tell."
        )
    else:
        scores = classifier.score_report()
        yield _scores(scores)
        yield ""
        yield from _classes(scores["per_class"])
    yield ""
    yield from _columns(classifier.columns_, about)
    yield ""
    yield from _notes(about, n_classes)
    yield ""
    name = shlex.quote(str(out))
    yield f"The model is in {out}. To predict with it:"
    yield f"  skdeepnn predict {name} NEW.csv --out OUT.csv"


def _notes(about, n_classes):
    if about["importance"] is not None:
        yield (
            "Scores are of predictions by networks that had not seen the row, ± their "
            "standard error."
        )
        if n_classes > 2:
            yield "ROC AUC: each class against the rest, averaged over classes."
        yield (
            "Importance: how much lower the accuracy is where the column is shuffled, "
            "± the spread of five times."
        )
    yield from about["notes"]


def _table(*titles):
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for i, title in enumerate(titles):
        table.add_column(
            title,
            justify="left" if title in LEFT else "right",
            no_wrap=bool(i),
            overflow="fold",
        )
    return table


def _name(value):
    from rich.text import Text

    return Text(printable(str(value)))  # its brackets are no markup


def _scores(scores):
    table = _table("Score", "Value")
    for key, title in SCORES.items():
        value, error = scores[key]["value"], scores[key]["standard_error"]
        spread = "" if np.isnan(error) else f" ± {error:.4f}"
        # Without one the number stays below the others
        table.add_row(title, f"{value:.4f}{spread or ' ' * 9}")
    return table


def _classes(per_class):
    table = _table("Class", "Rows", "Precision", "Recall", "F1", "ROC AUC")
    most = sorted(per_class, key=lambda label: -per_class[label]["support"])
    shown = set(most[:MOST_CLASSES])
    for label, of in per_class.items():
        if label in shown:
            shares = [of[key] for key in ("precision", "recall", "f1", "roc_auc")]
            cells = ["" if np.isnan(share) else f"{share:.4f}" for share in shares]
            table.add_row(_name(label), f"{of['support']:,.0f}", *cells)
    yield table
    if len(per_class) > len(shown):
        yield f"and {len(per_class) - len(shown)} classes with fewer rows"


def _columns(columns, about):
    """The columns, those of most importance first."""
    n, importance = len(columns["name"]), about["importance"]
    ways = about["reading"]["columns"]
    order, titles = np.arange(n), ["Column", "Kind", "Missing", "Categories"]
    if importance is not None:
        means, spreads = importance["values"].mean(axis=1), importance["values"].std(1)
        order = np.argsort(-means, kind="stable")
        titles.insert(1, "Importance")
    table = _table(*titles)
    for j in order[:MOST_COLUMNS]:
        missing, n_categories = columns["missing"][j], columns["n_categories"][j]
        kind = columns["kind"][j]
        if kind == "numbers":  # which dates have become
            kind = ways[j]["kind"]
        cells = [
            kind,
            f"{missing:.1%}" if missing else "",
            f"{n_categories}{'+' * bool(columns['rare'][j])}" if n_categories else "",
        ]
        if importance is not None:
            cells.insert(0, f"{means[j]:.4f} ± {spreads[j]:.4f}")
        table.add_row(_name(columns["name"][j]), *cells)
    yield table
    if n > MOST_COLUMNS:
        yield f"and {n - MOST_COLUMNS} more columns"
    shown = order[:MOST_COLUMNS]
    if np.logical_and(columns["rare"], columns["n_categories"])[shown].any():
        yield "+: and one that rare categories share"
