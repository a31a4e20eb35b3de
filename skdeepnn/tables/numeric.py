"""The numeric columns of a table: what is learned from them, and what they become."""

from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from .dates import circles, cycles_of
from .scaling import fit_dense, fit_sparse, transform_sparse
from .views import VIEWS, suitable_views

__all__ = ["NumericColumns"]


class NumericColumns(NamedTuple):
    """Columns of numbers, and of dates and the like, which are numbers too.

    Parameters
    ----------
    readings : list of Reading or None
        How each is read; None for those without any value.
    center, scale : ndarray of shape (n_numeric,)
        What is subtracted from each, and what it is then multiplied with.
    cycles : dict of int to list of str
        The cycles through which columns of dates go, by column.
    missing : ndarray of shape (n_numeric,)
        Share of the weight of all rows in which each is missing.
    has_missing : ndarray of shape (n_numeric,)
        Mask of those with both missing and other values.
    used : ndarray of shape (n_numeric,)
        Mask of those that are not left out.
    views : dict of str to object
        How those that are used are shown, by name: of :data:`VIEWS`.

    Examples
    --------
    >>> from skdeepnn.tables.numbers import Reading
    >>> values = np.array([[1.0], [2.0], [3.0], [np.nan]])
    >>> columns = NumericColumns.of(values, [Reading()])
    >>> columns.encode(values).round(2)
    array([[-0.49,  0.  ],
           [ 0.  ,  0.  ],
           [ 0.49,  0.  ],
           [ 0.  ,  1.  ]])
    """

    readings: list
    center: np.ndarray
    scale: np.ndarray
    cycles: dict
    missing: np.ndarray
    has_missing: np.ndarray
    used: np.ndarray
    views: dict

    @classmethod
    def of(cls, values, readings, sample_weight=None, views=("robust",)):
        """Return what a matrix of training data has, NaN where missing.

        Parameters
        ----------
        values : {ndarray, csr_array, csr_matrix} of shape (n_samples, n_numeric)
            Numbers, NaN where missing.
        readings : list of Reading
            How each was read.
        sample_weight : ndarray of shape (n_samples,), optional
            Weights of the rows.
        views : "auto" or sequence of str, default=("robust",)
            Names in :data:`skdeepnn.tables.views.VIEWS`, or what suits the values;
            always "robust" for sparse ones.
        """
        learn = fit_sparse if issparse(values) else fit_dense
        center, scale, n_missing = learn(values, sample_weight)
        is_used = n_missing < values.shape[0]
        readings = [
            reading if used else None
            for used, reading in zip(is_used, readings, strict=True)
        ]
        cycles = {
            i: cycles_of(values[:, i])
            for i, reading in enumerate(readings)
            if reading is not None and reading.kind == "dates"
        }
        missing = _missing_shares(values, n_missing, sample_weight)
        has_missing = is_used & (n_missing > 0)
        seen = {"robust": VIEWS["robust"](center[is_used], scale[is_used])}
        if not issparse(values):
            if isinstance(views, str):
                views = suitable_views(len(values), _count_graded(values, scale))
            used = values[:, is_used], sample_weight, center[is_used], scale[is_used]
            seen = {name: VIEWS[name].of(*used) for name in views}
        return cls(readings, center, scale, cycles, missing, has_missing, is_used, seen)

    def with_all_used(self):
        """Return the same with none left out, as a network needs some input."""
        of_all = {"robust": VIEWS["robust"](self.center, self.scale)}
        return self._replace(used=np.ones(len(self.used), bool), views=of_all)

    @property
    def kinds(self):
        """What each is: "constant" or "empty", or what its reading says."""
        return [
            "empty" if reading is None else reading.kind if factor else "constant"
            for reading, factor in zip(self.readings, self.scale.tolist(), strict=True)
        ]

    @property
    def widths(self):
        """How many columns each becomes."""
        widths = self.has_missing.astype(int)
        for view in self.views.values():
            widths[self.used] += view.widths
        for i, cycles in self.cycles.items():
            widths[i] += 2 * len(cycles)
        return widths

    def encode(self, values, n_more=0):
        """Return scaled numbers, where they are missing, and the points of dates.

        Parameters
        ----------
        values : {ndarray, csr_array, csr_matrix} of shape (n_samples, n_numeric)
            Numbers, NaN where missing.
        n_more : int, default=0
            For how many columns to leave room behind them; none where sparse.

        Returns
        -------
        {ndarray, csr_array, csr_matrix} of shape (n_samples, n_columns + n_more)
            Of the type of `values`.
        """
        numbers = values if self.used.all() else values[:, self.used]
        indicated = self.has_missing[self.used]
        if issparse(values):
            center, scale = self.center[self.used], self.scale[self.used]
            return transform_sparse(numbers, center, scale, indicated)
        n_columns = int(self.widths.sum())
        out = np.empty((len(values), n_columns + n_more), values.dtype)
        stop = 0
        for view in self.views.values():
            start, stop = stop, stop + int(view.widths.sum())
            view.encode(numbers, out[:, start:stop])
        start, stop = stop, stop + int(indicated.sum())
        out[:, start:stop] = np.isnan(numbers[:, indicated])
        for i, cycles in self.cycles.items():
            start, stop = stop, stop + 2 * len(cycles)
            out[:, start:stop] = circles(values[:, i], cycles)
        return out

    def decode(self, codes):
        """Return the numbers that the first columns of `codes` stand for."""
        values = np.full((len(codes), len(self.used)), np.nan, codes.dtype)
        parts, (name, view) = self.view_parts(), next(iter(self.views.items()))
        values[:, self.used] = view.decode(codes[:, parts[name]])
        n_shown = max(part.stop for part in parts.values())
        indicated = np.flatnonzero(self.has_missing)
        is_missing = codes[:, n_shown : n_shown + len(indicated)] > 0.5
        rows, columns = np.nonzero(is_missing)
        values[rows, indicated[columns]] = np.nan
        return values

    def names(self, names):
        """Return the names of the columns that those of these names become."""
        out = [n for view in self.views.values() for n in view.names(names[self.used])]
        out += [f"missingindicator_{name}" for name in names[self.has_missing]]
        for i, cycles in self.cycles.items():
            out += [f"{names[i]}_{c}_{part}" for c in cycles for part in ("sin", "cos")]
        return out

    def positions(self):
        """Return which columns of the output each of the columns has become."""
        out = [[] for _ in self.used]
        numbers = np.flatnonzero(self.used)
        start = 0
        for view in self.views.values():
            for column, position in zip(*view.positions(), strict=True):
                out[numbers[column]].append(start + position)
            start += int(view.widths.sum())
        for i in np.flatnonzero(self.has_missing):
            out[i].append(start)
            start += 1
        for i, cycles in self.cycles.items():
            out[i] += range(start, start := start + 2 * len(cycles))
        return out

    def view_parts(self):
        """Return which of the columns of the output each view is, by name."""
        widths = [int(view.widths.sum()) for view in self.views.values()]
        ends = accumulate(widths, initial=0)
        slices = [slice(*pair) for pair in pairwise(ends)]
        return dict(zip(self.views, slices, strict=True))


def _count_graded(values, scale):
    """Return how many columns have more than two values: two look alike in any view."""
    of_columns = values[:, scale > 0].T
    bounds = np.fmin.reduce(values[:, scale > 0]), np.fmax.reduce(values[:, scale > 0])
    return sum(
        bool(np.any((column > low) & (column < high)))
        for column, low, high in zip(of_columns, *bounds, strict=True)
    )


def _missing_shares(X, n_missing, sample_weight):
    """Return which share of the rows, or of their weight, each column misses."""
    if sample_weight is None or not np.any(n_missing):
        return n_missing / X.shape[0]
    is_missing = X.copy() if issparse(X) else np.isnan(X)
    if issparse(X):
        is_missing.data = np.isnan(X.data).astype(float)
    return is_missing.T @ sample_weight / sample_weight.sum()
