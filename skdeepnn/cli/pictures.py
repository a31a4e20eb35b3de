"""Pictures as SVG, for a page: curves, bins, matrices, strips and bars.

They are written here, and not by matplotlib, so that a page needs nothing installed, is
small, takes its colours from the page (light, dark or on paper), and has text that can
be read by all.
Colours are those of Okabe and Ito, which the colour-blind can tell apart; dashes, order
and words tell all that colours do.
"""

import math

import numpy as np

from .axes import DASHES, WIDTH, Axes, short, ticks_of
from .markup import cut, tag

__all__ = [
    "bar",
    "draw_confusions",
    "draw_losses",
    "draw_reliability",
    "draw_roc",
    "draw_strips",
]

MOST_POINTS = 300
MOST_NAMES = 30  # of classes beside a matrix


def draw_roc(curves, shown=5):
    """Draw ROC curves: some with their names, the others grey behind them.

    Parameters
    ----------
    curves : list of Curve
        The first ones are those that get names.
    shown : int, default=5
        How many that are.

    Returns
    -------
    Markup
        The picture.

    Examples
    --------
    >>> from skdeepnn.cli.outcomes import Curve
    >>> curve = Curve("<yes>", np.array([0, 0, 1]), np.array([0, 1, 1]), 1.0)
    >>> "&lt;yes&gt; 1.000" in draw_roc([curve])
    True
    """
    axes = Axes((0, 1), (0, 1), (36, 24, 332, 256))
    ticks = np.linspace(0, 1, 6)
    axes.frame(ticks, ticks, "False positive rate", "True positive rate")
    axes.curve([0, 1], [0, 1], "reference")
    named = curves[:shown]
    for curve in curves[shown:]:
        axes.curve(curve.x, curve.y, "line faint")
    for i, curve in reversed(list(enumerate(named))):  # the worst is on top
        axes.curve(curve.x, curve.y, f"line c{i}", DASHES[i])
    texts = [f"{cut(curve.name, 18)} {curve.area:.3f}" for curve in named]
    axes.legend(158, axes.bottom - 12, texts)
    areas = "; ".join(f"{cut(curve.name)} {curve.area:.3f}" for curve in named)
    return axes.picture(290, f"ROC curves, with the area under each: {areas}.")


def draw_reliability(bins, xlabel="Predicted probability"):
    """Draw what share came true of each predicted probability, and how many rows it is.

    Parameters
    ----------
    bins : Bins
        From :func:`skdeepnn.cli.outcomes.reliability`.
    xlabel : str, default="Predicted probability"
        Of what the probability is.

    Returns
    -------
    Markup
        The picture.

    Examples
    --------
    >>> from skdeepnn.cli.outcomes import Bins
    >>> bins = Bins(*np.array([[0.2], [0.25], [0.1], [0.4], [30]]))
    >>> "0.20: 0.25 of 30 rows" in draw_reliability(bins)
    True
    """
    axes = Axes((0, 1), (0, 1), (36, 24, 332, 218))
    ticks = np.linspace(0, 1, 6)
    axes.frame([], ticks, "", "Share that came true (bars: 95 % interval)")
    axes.curve([0, 1], [0, 1], "reference")
    for x, low, high in zip(bins.proba, bins.low, bins.high, strict=True):
        x = axes.x(x)
        axes.segment(x, axes.y(low), x, axes.y(high), "line thin c0")
    for x, y in zip(axes.x(bins.proba), axes.y(bins.share), strict=True):
        axes.add("circle", cx=short(x), cy=short(y), r=3.5, class_="dot c0")
    below = Axes((0, 1), (0, bins.weight.max()), (36, 226, 332, 256))
    below.parts = axes.parts
    edges = np.minimum((bins.proba * 10).astype(int), 9) / 10
    for left, weight in zip(edges, bins.weight, strict=True):
        x, y = below.x(left) + 1, below.y(weight)
        size = {"width": short(below.x(0.1) - below.x(0) - 2)}
        size["height"] = short(max(below.bottom - y, 0.7))
        below.add("rect", x=short(x), y=short(y), class_="soft", **size)
    below.frame(ticks, [], xlabel, "")
    below.text(30, 246, "rows", "end", "tick")
    told = "; ".join(
        f"{p:.2f}: {share:.2f} of {weight:.0f} rows"
        for p, share, weight in zip(bins.proba, bins.share, bins.weight, strict=True)
    )
    return below.picture(290, f"Predicted probability and share that came true. {told}")


def draw_losses(curves, best=None, ylabel="Loss"):
    """Draw losses over the epochs, on a logarithmic scale where they fall by much.

    Parameters
    ----------
    curves : dict of str to ndarray of shape (n_epochs,)
        By name.
    best : int, optional
        The epoch to mark, counted from 1.
    ylabel : str, default="Loss"
        What the losses are.

    Returns
    -------
    Markup
        The picture.

    Examples
    --------
    >>> "training 0.25" in draw_losses({"training": np.array([1.0, 0.5, 0.25])})
    True
    """
    values = np.concatenate([*curves.values()])
    values = values[np.isfinite(values)]
    low, high = values.min(), values.max()
    is_log = low > 0 and high > 20 * low
    if not is_log:
        low = min(low, 0) if low < 0.5 * high else low
    if high <= low:
        low, high = low - 0.5, high + 0.5
    n_epochs = max(map(len, curves.values()))
    xlim = (1, max(n_epochs, 2))
    axes = Axes(xlim, (low, high), (44, 24, 332, 256), log_y=is_log)
    xticks = [tick for tick in ticks_of(*xlim) if tick == int(tick) and tick >= 1]
    axes.frame(xticks, ticks_of(low, high, is_log), "Epoch", ylabel)
    if best is not None:
        x = axes.x(best)
        axes.segment(x, axes.top, x, axes.bottom, "reference")
    for i, losses in enumerate(curves.values()):
        kept = np.linspace(0, len(losses) - 1, min(len(losses), MOST_POINTS))
        kept = kept.round().astype(int)
        kept = kept[np.isfinite(losses[kept])]
        axes.curve(kept + 1, losses[kept], f"line c{i}", DASHES[i])
    for i, name in enumerate(curves):
        x = 150 + 95 * i
        axes.segment(x, 11, x + 24, 11, f"line c{i}", stroke_dasharray=DASHES[i])
        axes.text(x + 29, 15, name)
    ends = "; ".join(f"{name} {losses[-1]:.3g}" for name, losses in curves.items())
    return axes.picture(290, f"Losses over {n_epochs} epochs, at the end: {ends}.")


def draw_confusions(matrix, names):
    """Draw a matrix of confusions as shades, for more classes than a table can have.

    Parameters
    ----------
    matrix : ndarray of shape (n_classes, n_columns)
        True classes down, predicted ones across.
    names : list of str
        Of the classes.

    Returns
    -------
    Markup
        The picture; names of up to 30 classes are beside it.

    Examples
    --------
    >>> draw_confusions(np.eye(13), list("abcdefghijklm")).count("<rect")
    14
    """
    n = len(matrix)
    with_names = n <= MOST_NAMES
    left = 76 if with_names else 20
    size = (WIDTH - left - 4) / n
    axes = Axes((0, n), (n, 0), (left, 24, WIDTH - 4, 24 + n * size))
    side = short(n * size)
    axes.add("rect", x=left, y=24, width=side, height=side, class_="field")
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1e-12)
    for i, j in zip(*np.nonzero(shares), strict=True):
        axes.add(
            "rect",
            x=short(left + j * size),
            y=short(24 + i * size),
            width=short(size),
            height=short(size),
            class_="right" if i == j else "wrong",
            fill_opacity=f"{math.sqrt(shares[i, j]):.2f}",
        )
    small = f"font-size:{short(min(10, size))}px"
    for i, name in enumerate(names if with_names else []):
        y = 24 + (i + 0.5) * size + 3
        axes.text(left - 4, y, cut(name, 12), "end", "tick", style=small)
    axes.text(0, 14, "True class: rows. Predicted class: columns, in the same order.")
    wrong = f"{int(matrix.sum() - np.trace(matrix)):,}"
    return axes.picture(
        28 + n * size,
        f"Confusion matrix of {n} classes; {wrong} rows off its diagonal.",
    )


def draw_strips(rows, title, log=False):
    """Draw values of folds as dots, a strip for each model, and what they amount to.

    Parameters
    ----------
    rows : list of tuple
        For each model: its name; the value of each fold; centre, low and high end of
        what is drawn over them, or None; the text for that; whether it is the best.
    title : str
        What the values are.
    log : bool, default=False
        Whether on a logarithmic scale, for what differs by orders of magnitude.

    Returns
    -------
    Markup
        The picture.

    Examples
    --------
    >>> row = ("a", np.array([0.5, 0.7]), (0.6, 0.5, 0.7), "0.6000", True)
    >>> draw_strips([row], "Accuracy").count("<circle")
    2
    """
    ends = [value for row in rows if row[2] for value in (*row[1], *row[2])]
    low, high = (min(ends), max(ends)) if ends else (0.1, 1)
    margin = (high / low) ** 0.06 if log else 0.06 * (high - low)
    low, high = (low / margin, high * margin) if log else (low - margin, high + margin)
    if high <= low:
        low, high = (low / 2, high * 2) if log else (low - 0.05, high + 0.05)
    bottom = 12 + 36 * len(rows)
    axes = Axes((low, high), (0, 1), (8, 4, 332, bottom), log_x=log)
    ticks = ticks_of(low, high, log)
    for value in ticks:
        x = axes.x(value)
        axes.segment(x, axes.top, x, bottom, "grid")
    axes.frame(ticks, [], "", "")
    for i, (name, folds, span, text, is_best) in enumerate(rows):
        y = 18 + 36 * i
        axes.text(8, y, cut(name, 34), class_="halo strong" if is_best else "halo")
        text = f"{'* ' if is_best else ''}{text}"
        axes.text(332, y, text, "end", "halo strong" if is_best else "halo")
        if span is None:
            continue
        centre, first, last = (short(axes.x(value)) for value in span)
        y += 12
        axes.segment(first, y, last, y, "line c0")
        for x in axes.x(folds):
            axes.add("circle", cx=short(x), cy=y, r=3, class_="fold")
        diamond = f"M{centre} {y - 5}l5 5l-5 5l-5-5z"
        axes.add("path", d=diamond, class_="dot c1" if is_best else "dot c0")
    told = "; ".join(f"{cut(row[0])} {row[3]}" for row in rows)
    return axes.picture(bottom + 20, f"{title}: {told}.")


def bar(value, spread, low, high):
    """Return a bar to stand in a cell of a table, from 0 to a value, with its spread.

    Parameters
    ----------
    value, spread : float
        Length, and half the length of the whisker over its end.
    low, high : float
        Ends of the scale: 0 is between them.

    Returns
    -------
    Markup
        A picture that is hidden from those who are read the page: the cell beside it
        has the number.

    Examples
    --------
    >>> bar(0.5, 0.1, 0, 1).count("<rect")
    1
    """
    axes = Axes((low, high), (0, 1), (0, 0, 100, 14))
    zero, end = sorted(axes.x(np.array([0.0, value])))
    size = {"width": short(max(end - zero, 0.5)), "height": 8}
    axes.add("rect", x=short(zero), y=3, class_="fill", **size)
    first, last = axes.x(np.array([value - spread, value + spread]))
    axes.segment(first, 7, last, 7, "whisker")
    return tag(
        "svg",
        *axes.parts,
        viewBox="0 0 100 14",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
    )
