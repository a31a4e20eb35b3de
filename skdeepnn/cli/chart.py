"""The picture of a comparison, drawn with matplotlib."""

from importlib import import_module

import numpy as np

from .compare import METRICS, SCORES, decimals

__all__ = ["draw_comparison"]

# What is drawn of a comparison, and how
AXES = {
    "accuracy": "Accuracy",
    "log_loss": "Log loss",
    "roc_auc": "ROC AUC",
    "fit_seconds": "Fit (s)",
    "predict_us_per_row": "Predict (\u00b5s/row)",
}
# Those of Okabe and Ito, which the colour-blind can tell apart
COLOURS = {
    "LogisticRegression": "#56B4E9",
    "LogisticRegressionNN": "#0072B2",
    "MLPClassifier": "#E69F00",
    "HistGradientBoostingClassifier": "#009E73",
    "DeepNNClassifier": "#D55E00",
}


def draw_comparison(summary, records, title=""):
    """Draw a comparison: a panel for each metric, in it a row for each model.

    Parameters
    ----------
    summary : list of dict
        From :func:`skdeepnn.cli.compare.summarize`.
    records : list of dict
        What was summarized. Each fold is a dot.
    title : str, default=""
        Above all panels.

    Returns
    -------
    matplotlib.figure.Figure
        To be saved with ``savefig``, or shown in a notebook.

    Raises
    ------
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from skdeepnn.cli.compare import compare, summarize
    >>> from skdeepnn.cli.models import make_models
    >>> from skdeepnn.cli.files import load_example
    >>> table = load_example()
    >>> records = list(compare(table.X, table.y, make_models(["logreg"]), cv=2))
    >>> figure = draw_comparison(summarize(records), records)
    >>> figure.axes[0].get_xlabel()
    'Accuracy: higher is better'
    """
    figure = import_module("matplotlib.figure").Figure(
        figsize=(12, 3.2 + 0.8 * len(summary)), layout="constrained"
    )
    figure.suptitle(title, fontsize=15)
    grid = figure.subplot_mosaic("AABBCC;DDDEEE", sharey=True)
    for axes, metric in zip(grid.values(), METRICS, strict=True):
        _draw_metric(axes, metric, summary, records)
        axes.tick_params("y", left=False, labelleft=axes in (grid["A"], grid["D"]))
    axes.set_yticks(range(len(summary)), [row["model"] for row in summary])
    axes.set_ylim(len(summary) - 0.4, -0.7)
    figure.supxlabel(
        "Dots: folds. Diamonds: mean \u00b1 standard deviation of scores, median and "
        "range of times. *: best, or equal to it.",
        fontsize=12,
    )
    return figure


def _draw_metric(axes, metric, summary, records):
    is_score = metric in SCORES
    for y, row in enumerate(summary):
        if row[metric] is None:
            text = "failed" if row["error"] else "–"
            axes.text(0.5, y, text, transform=axes.get_yaxis_transform())
            continue
        folds = [r[metric] for r in records if r["model"] == row["model"]]
        folds = np.array([value for value in folds if value is not None])
        centre = row[metric]["mean" if is_score else "median"]
        spread = [row[metric]["std"]] * 2
        if not is_score:
            spread = centre - folds.min(), folds.max() - centre
        style = {"color": COLOURS.get(row["model"], "#555555")}
        axes.plot(folds, np.full(len(folds), y), "o", alpha=0.4, mew=0, **style)
        axes.errorbar(
            centre,
            y,
            xerr=np.reshape(spread, (2, 1)),
            fmt="D",
            ms=8,
            capsize=4,
            lw=2,
            **style,
        )
        axes.annotate(
            f"{'* ' if metric in row['best'] else ''}"
            f"{centre:.{decimals(summary, metric)}f}",
            (centre, y),
            (0, 9),
            textcoords="offset points",
            ha="center",
            fontsize=12,
            fontweight="bold" if metric in row["best"] else "normal",
        )
    better = "higher" if METRICS[metric] else "lower"
    axes.set_xlabel(f"{AXES[metric]}: {better} is better", fontsize=13)
    axes.tick_params(labelsize=12)
    axes.grid(axis="x", alpha=0.3)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.margins(x=0.15)
    if is_score:
        axes.locator_params(axis="x", nbins=4)
    else:  # seconds of models differ by orders of magnitude
        ticker = import_module("matplotlib.ticker")
        axes.set_xscale("log")
        low, high = axes.get_xlim()
        axes.set_xlim(low / 1.5, high * 1.5)
        steps = (1, 2, 5) if high < 100 * low else (1,)
        axes.xaxis.set_major_locator(ticker.LogLocator(subs=steps))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_locator(ticker.NullLocator())
