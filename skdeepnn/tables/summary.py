"""What became of each column of a table, for people to look at."""

from collections import Counter
from html import escape

import numpy as np

from .text import TextLevels

__all__ = [
    "as_html",
    "beside",
    "kind_of_levels",
    "summary",
]

MOST_ROWS = 100  # that are shown
KEYS = ["name", "kind", "n_outputs", "missing", "rare", "n_categories"]
HEADS = ["column", "kind", "outputs", "missing", "rare", "categories"]


def summary(names, numeric, levels, used):
    """Return what became of each column.

    Parameters
    ----------
    names : ndarray of shape (n_features,)
        Of the columns.
    numeric : NumericColumns
        Those that are not categories.
    levels : dict of int to {Levels, TextLevels}
        What the others are, by the column's number.
    used : list of int
        Those of them that are not left out.

    Returns
    -------
    dict of ndarray of shape (n_features,)
        "name", "kind", "n_outputs", "missing", "rare" and "n_categories".

    Examples
    --------
    >>> from skdeepnn.tables.levels import Levels
    >>> from skdeepnn.tables.numbers import Reading
    >>> from skdeepnn.tables.numeric import NumericColumns
    >>> numeric = NumericColumns.of(np.array([[1.0], [np.nan]]), [Reading()])
    >>> levels = {1: Levels(["a", "b", "c"], True, False)}
    >>> summary(np.array(["x", "y"]), numeric, levels, [1])["n_outputs"]
    array([2, 4])
    """
    n, categorical = len(names), np.array([*levels], dtype=int)
    is_numeric = ~np.isin(np.arange(n), categorical)
    kind, counts, shares = (
        np.empty(n, dtype=object),
        np.zeros((2, n), int),
        np.zeros((2, n)),
    )
    kind[is_numeric] = numeric.kinds
    kind[categorical] = [kind_of_levels(level) for level in levels.values()]
    counts[0, is_numeric] = numeric.widths
    counts[0, used] = [levels[j].width for j in used]
    counts[1, categorical] = [len(level.categories) for level in levels.values()]
    shares[0, is_numeric] = numeric.missing
    shares[0, categorical] = [level.missing_share for level in levels.values()]
    shares[1, categorical] = [level.rare_share for level in levels.values()]
    columns = names, kind, counts[0], *shares, counts[1]
    return dict(zip(KEYS, columns, strict=True))


def kind_of_levels(levels):
    """Return the kind of a column of categories.

    Examples
    --------
    >>> from skdeepnn.tables.levels import Levels
    >>> kind_of_levels(Levels(["a", "b"], False, False))
    'categories'
    """
    if isinstance(levels, TextLevels):
        return "text"
    if not levels.n_levels:
        return "empty"
    return (
        "constant" if levels.n_levels == len(levels.categories) == 1 else "categories"
    )


def as_html(columns):
    """Return a table in HTML, in the colours of the page that it is on.

    Parameters
    ----------
    columns : dict of ndarray of shape (n_features,)
        What :func:`summary` has returned.

    Returns
    -------
    str
        It shows the first hundred columns.

    Examples
    --------
    >>> columns = {"name": ["<b>"], "kind": ["text"], "n_outputs": [40]}
    >>> columns |= {"missing": [0], "rare": [0.999], "n_categories": [0]}
    >>> html = as_html(columns)
    >>> "&lt;b&gt;" in html, "99.9 %" in html
    (True, True)
    """
    n_columns, counts = len(columns["name"]), Counter(columns["kind"])
    kinds = ", ".join(
        f"{n} {kind}" if kind in ("constant", "empty") else f"{n} of {kind}"
        for kind, n in counts.most_common()
    )
    total = f"{n_columns} columns, {sum(columns['n_outputs'])} outputs: {kinds}"
    head = "".join(
        f"<th style='{_align(i)}'>{name}</th>" for i, name in enumerate(HEADS)
    )
    shown = list(zip(*(columns[key][:MOST_ROWS] for key in KEYS), strict=True))
    rows = [f"<tr>{head}</tr>", *map(_row, shown)]
    if n_columns > MOST_ROWS:
        more = f"and {n_columns - MOST_ROWS} more, in columns_"
        rows.append(f"<tr><td colspan='{len(HEADS)}'>{more}</td></tr>")
    return (
        f"<details open><summary>{escape(total)}</summary>"
        f"<table style='border-collapse: collapse'>{''.join(rows)}</table></details>"
    )


def beside(*parts):
    """Return parts of HTML side by side.

    Examples
    --------
    >>> "<div>a</div><div>b</div>" in beside("a", "b")
    True
    """
    inner = "".join(f"<div>{part}</div>" for part in parts)
    return f'<div style="display: flex; gap: 2em; align-items: start">{inner}</div>'


def _row(values):
    """Return a row of the table; nothing where there is nothing to tell."""
    name, kind, n_outputs, missing, rare, n_categories = values
    cells = [escape(_cut(str(name))), escape(kind), n_outputs]
    cells += [_percent(missing), _percent(rare), n_categories or ""]
    return f"<tr>{''.join(map(_cell, range(len(cells)), cells))}</tr>"


def _cell(i, text):
    return f"<td style='{_align(i)}'>{text}</td>"


def _align(i):
    """Text on the left, numbers on the right."""
    return f"text-align: {'left' if i < 2 else 'right'}; padding: 0.1em 0.6em"


def _cut(name):
    return name if len(name) <= 40 else f"{name[:39]}…"


def _percent(share):
    """A share in percent; neither none nor all unless it is.

    Examples
    --------
    >>> _percent(0.00001), _percent(0.99999), _percent(0), _percent(1)
    ('&lt;0.1 %', '&gt;99.9 %', '', '100 %')
    """
    if 0 < share < 0.001 or 0.999 < share < 1:
        return "&lt;0.1 %" if share < 0.5 else "&gt;99.9 %"
    return f"{100 * share:.3g} %" if share else ""
