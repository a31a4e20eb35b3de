"""What became of each column of a table, for people to look at."""

from collections import Counter
from html import escape

import numpy as np
from scipy.sparse import issparse

from .text import TextLevels

__all__ = [
    "as_html",
    "beside",
    "kind_of_levels",
    "kinds_of_numbers",
    "missing_shares",
    "summary",
]

MOST_ROWS = 100  # that are shown
KEYS = ["name", "kind", "n_outputs", "missing", "rare", "n_categories"]
HEADS = ["column", "kind", "outputs", "missing", "rare", "categories"]


def summary(columns, is_numeric, kinds, missing, levels):
    """Return what became of each column.

    Parameters
    ----------
    columns : dict of ndarray of shape (n_features,)
        What is known already.
    is_numeric : ndarray of shape (n_features,)
        Mask of the columns that are not categories.
    kinds : list of str of shape (n_numeric,)
        What these are.
    missing : ndarray of shape (n_numeric,)
        Which share of each is missing.
    levels : iterable of {Levels, TextLevels}
        What the others are.

    Returns
    -------
    dict of ndarray of shape (n_features,)
        `columns`, with "kind", "missing", "rare" and "n_categories".

    Examples
    --------
    >>> from skdeepnn.tables.levels import Levels
    >>> columns = {"name": np.array(["a", "b"])}
    >>> levels = [Levels(["x", "y"], False, False)]
    >>> summary(columns, np.array([True, False]), ["numbers"], [0.2], levels)["kind"]
    array(['numbers', 'categories'], dtype=object)
    """
    levels, n = list(levels), len(is_numeric)
    out = {**columns, "kind": np.empty(n, dtype=object)}
    out["missing"], out["rare"] = np.zeros((2, n))
    out["n_categories"] = np.zeros(n, dtype=int)
    out["kind"][is_numeric], out["missing"][is_numeric] = kinds, missing
    out["kind"][~is_numeric] = [kind_of_levels(level) for level in levels]
    out["missing"][~is_numeric] = [level.missing_share for level in levels]
    out["rare"][~is_numeric] = [level.rare_share for level in levels]
    out["n_categories"][~is_numeric] = [len(level.categories) for level in levels]
    return {key: out[key] for key in KEYS if key in out}


def kinds_of_numbers(readings, scale):
    """Return the kinds of numeric columns.

    Parameters
    ----------
    readings : list of Reading or None
        How each is read; None for those without any value.
    scale : ndarray of shape (n_numeric,)
        0 for constant ones.

    Returns
    -------
    list of str
        "numbers", "dates", "durations", "times", "constant" or "empty".

    Examples
    --------
    >>> kinds_of_numbers([None], np.zeros(1))
    ['empty']
    """
    return [
        "empty" if reading is None else reading.kind if factor else "constant"
        for reading, factor in zip(readings, scale.tolist(), strict=True)
    ]


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


def missing_shares(X, n_missing, sample_weight):
    """Return which share of the rows, or of their weight, each column misses.

    Parameters
    ----------
    X : {ndarray, csr_array, csr_matrix} of shape (n_samples, n_features)
        Numbers, NaN where missing.
    n_missing : ndarray of shape (n_features,)
        How many are missing.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the rows.

    Returns
    -------
    ndarray of shape (n_features,)
        Between 0 and 1.

    Examples
    --------
    >>> X = np.array([[np.nan], [1.0]])
    >>> missing_shares(X, np.array([1]), None), missing_shares(X, [1], np.array([3, 1]))
    (array([0.5]), array([0.75]))
    """
    if sample_weight is None or not np.any(n_missing):
        return np.asarray(n_missing) / X.shape[0]
    if issparse(X):
        X = X.copy()
        X.data = np.isnan(X.data).astype(float)
        return X.T @ sample_weight / sample_weight.sum()
    return sample_weight @ np.isnan(X) / sample_weight.sum()


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
    kinds = ", ".join(f"{n} {kind}" for kind, n in counts.most_common())
    total = f"{n_columns} columns: {kinds}; {sum(columns['n_outputs'])} outputs"
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
