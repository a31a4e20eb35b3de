"""The page of a comparison: everything that is known of each model on each fold."""

import re

import numpy as np

from .compare import METRICS, SCORES, decimals
from .markup import Markup, cut, join, tag
from .messages import count_of
from .outcomes import Outcome
from .page import figure, judged, listing, number, page, section, table
from .pictures import draw_strips
from .verdict import NOISE

__all__ = ["comparison_page"]

TITLES = {
    "accuracy": "Accuracy",
    "log_loss": "Log loss",
    "roc_auc": "ROC AUC",
    "fit_seconds": "Fit, s",
    "predict_us_per_row": "Predict, µs a row",
}
MOST_FOLDS = 500  # rows of the table of folds


def comparison_page(title, y, summary, records, held_out, sentences, notes):
    """Return the page of a comparison.

    Parameters
    ----------
    title : str
        What was compared on.
    y : ndarray of shape (n_samples,)
        Labels.
    summary : list of dict
        From :func:`skdeepnn.cli.compare.summarize`.
    records : list of dict
        What was summarized.
    held_out : dict of tuple of ndarray
        What :func:`skdeepnn.cli.compare.compare` has filled.
    sentences : list of str
        From :func:`skdeepnn.cli.verdict.verdict`.
    notes : list of str
        How to read the table, and what went wrong.

    Returns
    -------
    str
        HTML, complete in itself.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skdeepnn.cli.compare import compare, summarize
    >>> from skdeepnn.cli.models import make_models
    >>> X, y = load_iris(return_X_y=True)
    >>> held_out = {}
    >>> records = list(compare(X, y, make_models(["logreg"]), held_out=held_out))
    >>> args = summarize(records), records, held_out, [], []
    >>> "<h1>Iris</h1>" in comparison_page("Iris", y, *args)
    True
    """
    name, _, rest = title.rpartition(": ")
    verdict = Markup()
    if sentences:
        verdict = join([listing(sentences), tag("p", NOISE, class_="small")])
    sections = [
        ("Scores", join([_summary(summary), listing(notes)])),
        ("Where DeepNNClassifier stands", verdict),
        ("Spread over the folds", section(*_strips(summary, records))),
        ("Models", _models(y, summary, held_out)),
        ("Folds", _folds(summary, records)),
    ]
    lead = [f"{rest}."] if name else []
    return page(cut(name or title, 100), lead, sections)


def _summary(summary):
    rows = [
        [_name(row["model"]), *(_cell(summary, row, metric) for metric in METRICS)]
        for row in summary
    ]
    heads = ["model", *TITLES.values()]
    return table(
        heads, rows, "Means over the folds ± standard deviation; median times."
    )


def _name(model):
    """Let a long name be broken where a word of it begins."""
    return join(re.split("(?<=[a-z])(?=[A-Z])", cut(model)), Markup("<wbr>"))


def _cell(summary, row, metric):
    if row[metric] is None:
        return tag("td", "failed" if row["error"] else "–", class_="num")
    is_best = metric in row["best"]
    text = f"{'* ' if is_best else ''}{_centre(summary, row, metric)}"
    spread = ""
    if metric in SCORES:
        spread = tag("small", f" ± {row[metric]['std']:.4f}")
    return tag("td", text, spread, class_="num best" if is_best else "num")


def _centre(summary, row, metric):
    statistic = "mean" if metric in SCORES else "median"
    return number(row[metric][statistic], decimals(summary, metric))


def _strips(summary, records):
    """Draw each metric that any model has."""
    figures = []
    for metric, title in TITLES.items():
        better = "higher is better" if METRICS[metric] else "lower is better"
        rows = [_strip(summary, row, metric, records) for row in summary]
        if any(row[2] for row in rows):
            picture = draw_strips(rows, title, log=metric not in SCORES)
            figures.append(figure(title, picture, f"{better.capitalize()}."))
    note = (
        "Pale dots are folds. Diamonds are means, with a standard deviation to each "
        "side; of times, medians with the range. * and another colour: best, or equal "
        "to it."
    )
    return [*figures, tag("p", note, class_="small")]


def _strip(summary, row, metric, records):
    if row[metric] is None:
        text = "failed" if row["error"] else "–"
        return row["model"], np.array([]), None, text, False
    folds = [r[metric] for r in records if r["model"] == row["model"]]
    folds = np.array([value for value in folds if value is not None])
    if metric in SCORES:
        mean, std = row[metric]["mean"], row[metric]["std"]
        span = mean, mean - std, mean + std
    else:
        span = row[metric]["median"], folds.min(), folds.max()
    text = _centre(summary, row, metric)
    return row["model"], folds, span, text, metric in row["best"]


def _models(y, summary, held_out):
    """Show what each model predicted for rows that were held out from it."""
    labels, y = np.unique(y, return_inverse=True)
    parts = []
    for row in summary:
        scores, predicted = held_out[row["model"]]
        known = predicted >= 0
        if not known.any():
            continue
        outcome = Outcome(
            [str(label) for label in labels],
            y[known, np.newaxis] == np.arange(len(labels)),
            scores[known],
            predicted[known],
            row["log_loss"] is not None,
        )
        said = f"{count_of(int(known.sum()), 'row')}, each when it was held out."
        if row["log_loss"] is None:
            said += " It gives no probabilities."
        # What pictures mean is said under the first of them
        figures = judged(outcome, "h4", explain=not parts)
        parts += [tag("h3", row["model"]), tag("p", said, class_="small")]
        parts.append(section(*figures))
    return join(parts)


def _folds(summary, records):
    digits = {metric: decimals(summary, metric) for metric in METRICS}
    rows = [
        [
            _name(record["model"]),
            record["fold"],
            record["n_train"],
            record["n_test"],
            *(number(record[metric], digits[metric]) for metric in METRICS),
            record["error"] or ("" if record["converged"] else "not converged"),
        ]
        for record in records[:MOST_FOLDS]
    ]
    heads = ["model", "fold", "trained on", "tested on", *TITLES.values(), ""]
    if not any(row[-1] for row in rows):
        heads, rows = heads[:-1], [row[:-1] for row in rows]
    said = "In the order in which they were run."
    if len(records) > MOST_FOLDS:
        said += f" The first {MOST_FOLDS} of {len(records)}; --json has them all."
    return table(heads, rows, said)
