"""Views of numbers: ways to show a column of numbers to a network.

Which one suits a table only training tells. A network that sees numbers as bins finds
steps and peaks, one that sees them scaled finds slopes, and ranks make light of tails.
All put missing values where the median is.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from .scaling import (
    BLOCK_SIZE,
    beyond_all,
    inverse_transform_dense,
    quantiles,
    transform_dense,
)

__all__ = ["VIEWS", "Bins", "Quantiles", "Robust", "Standardized", "suitable_views"]

BOUND = 8.0  # of the smooth clip of standardized numbers
N_BINS, FEWEST_BINS = 16, 4
ROWS_A_BIN = 16  # bins of fewer rows would tell these from each other
MOST_BIN_COLUMNS = 512  # of a table; its bins are wider where there are more
N_KNOTS = 201  # quantiles between which ranks are interpolated
LOWEST_RANK = 0.002  # what is lower counts as this: a normal score of -2.88
FEW_ROWS, SOME_ROWS, MANY_COLUMNS = 64, 300, 64


class Robust(NamedTuple):
    """Numbers centred by the median, scaled by the quartiles, and clipped smoothly.

    Parameters
    ----------
    center, scale : ndarray of shape (n_columns,)
        What is subtracted, and what it is then multiplied with.

    Examples
    --------
    >>> view = Robust.of(np.zeros((1, 1)), None, np.zeros(1), np.ones(1))
    >>> view.encode(np.array([[0.0], [4.0], [np.nan]]), out=np.empty((3, 1)))
    array([[0. ],
           [2.4],
           [0. ]])
    """

    center: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, values, sample_weight, center, scale):
        """Learn from a matrix of training data, NaN where missing."""
        return cls(center, scale)

    @property
    def widths(self):
        """How many columns each becomes."""
        return np.ones(len(self.center), int)

    def positions(self):
        """Return numbers of columns, and of the columns of the view that they become.

        Two equally long sequences, with a pair for each column of the view.
        """
        numbers = range(len(self.widths))
        return numbers, numbers

    def encode(self, values, out):
        """Write the view of `values` into `out`."""
        transform_dense(values, self.center, self.scale, out)
        return out

    def decode(self, codes):
        """Return the numbers that `codes` stand for."""
        return inverse_transform_dense(codes, self.center, self.scale)

    def names(self, names):
        """Return the names of the columns that those of these names become."""
        return list(names)


class Standardized(NamedTuple):
    """Numbers less their mean, over their standard deviation, and clipped smoothly.

    Farther out than the clip of :class:`Robust`: rare large numbers differ still.

    Parameters
    ----------
    center, scale : ndarray of shape (n_columns,)
        Means, and inverse standard deviations; 0 for constant columns.

    Examples
    --------
    >>> X = np.array([[0.0], [2.0], [np.nan]])
    >>> view = Standardized.of(X, None, np.zeros(1), np.ones(1))
    >>> view.encode(X, out=np.empty((3, 1))).round(2)
    array([[-0.99],
           [ 0.99],
           [ 0.  ]])
    """

    center: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, values, sample_weight, center, scale):
        """Learn from a matrix of training data; `scale` is 0 for constant columns."""
        means, factors = np.zeros((2, values.shape[1]))
        for j, (present, weight) in enumerate(_columns(values, sample_weight)):
            if scale[j] == 0 or not len(present):
                means[j] = center[j]
                continue
            unit = abs(present).max()  # squares may be more than floats can hold
            mean = np.average(present / unit, weights=weight)
            variance = np.average((present / unit - mean) ** 2, weights=weight)
            means[j] = mean * unit
            factors[j] = 1 / max(np.sqrt(variance) * unit, np.finfo(float).tiny)
        return cls(means, factors)

    widths, positions = Robust.widths, Robust.positions

    def encode(self, values, out):
        """Write the view of `values` into `out`."""
        transform_dense(values, self.center, self.scale, out, BOUND)
        return out

    def decode(self, codes):
        """Return the numbers that `codes` stand for."""
        return inverse_transform_dense(codes, self.center, self.scale, BOUND)

    def names(self, names):
        """Return the names of the columns that those of these names become."""
        return [f"{name}_standardized" for name in names]


class Quantiles(NamedTuple):
    """Normal scores: each number's rank, as a quantile of the normal distribution.

    Parameters
    ----------
    knots : list of ndarray
        Each column's quantiles, without repetitions.
    scores : list of ndarray
        The normal score of each.

    Examples
    --------
    >>> X = np.arange(100.0).reshape(-1, 1) ** 3
    >>> view = Quantiles.of(X, None, np.zeros(1), np.ones(1))
    >>> view.encode(X, out=np.empty(X.shape))[[0, 25, 50, 75, 99]].round(1).ravel()
    array([-2.8, -0.7,  0. ,  0.7,  2.8])
    """

    knots: list
    scores: list

    @classmethod
    def of(cls, values, sample_weight, center, scale):
        """Learn from a matrix of training data; `scale` is 0 for constant columns."""
        levels = np.linspace(0, 1, N_KNOTS)
        knots, scores = [], []
        for j, (present, weight) in enumerate(_columns(values, sample_weight)):
            if scale[j] == 0 or not len(present):
                knots.append(center[j : j + 1])
                scores.append(np.zeros(1))
                continue
            found = quantiles(present, weight, levels)
            first = _where_new(found)
            last = np.append(first[1:], N_KNOTS) - 1
            middle = (levels[first] + levels[last]) / 2
            knots.append(found[first])
            scores.append(ndtri(np.clip(middle, LOWEST_RANK, 1 - LOWEST_RANK)))
        return cls(knots, scores)

    @property
    def widths(self):
        """How many columns each becomes."""
        return np.ones(len(self.knots), int)

    positions = Robust.positions

    def encode(self, values, out):
        """Write the view of `values` into `out`."""
        for j, (knots, scores) in enumerate(zip(self.knots, self.scores, strict=True)):
            column = values[:, j]
            out[:, j] = np.interp(column, knots, scores)
            out[np.isnan(column), j] = 0
        return out

    def decode(self, codes):
        """Return the numbers that `codes` stand for."""
        values = np.empty(codes.shape, codes.dtype)
        for j, (knots, scores) in enumerate(zip(self.knots, self.scores, strict=True)):
            values[:, j] = np.interp(codes[:, j], scores, knots)
        return values

    def names(self, names):
        """Return the names of the columns that those of these names become."""
        return [f"{name}_quantile" for name in names]


class Bins(NamedTuple):
    """The robust view, and besides how far a number is through each of some bins.

    Bins lie between quantiles; below its bin a number is at -1/2, above at 1/2, and
    within it goes up in proportion: what is linear in these is piecewise linear.

    Parameters
    ----------
    robust : Robust
        The view beside it.
    column, below, width : ndarray of shape (n_bins,)
        The column of each bin, half its lower edge, and half its width. Columns of few
        different numbers have none.

    References
    ----------
    Gorishniy, Rubachev and Babenko, "On embeddings for numerical features in tabular
    deep learning", NeurIPS 2022, section 3.2, :arxiv:`2203.05556`.

    Examples
    --------
    >>> X = np.arange(9.0).reshape(-1, 1)
    >>> robust = Robust(np.full(1, 4.0), np.full(1, 0.25))
    >>> view = Bins.between(robust, [np.array([0.0, 2.0, 4.0, 6.0, 8.0])])
    >>> view.encode(X[3:4], out=np.empty((1, 5))).round(2)
    array([[-0.25,  0.5 ,  0.  , -0.5 , -0.5 ]])
    """

    robust: Robust
    column: np.ndarray
    below: np.ndarray
    width: np.ndarray

    @classmethod
    def of(cls, values, sample_weight, center, scale):
        """Learn from a matrix of training data; `scale` is 0 for constant columns."""
        n_rows, n_columns = values.shape
        n_bins = min(n_rows // ROWS_A_BIN, MOST_BIN_COLUMNS // max(1, n_columns))
        n_bins = min(max(n_bins, FEWEST_BINS), N_BINS)
        levels, edges = np.linspace(0, 1, n_bins + 1), []
        for j, (present, weight) in enumerate(_columns(values, sample_weight)):
            found = np.zeros(0)
            if scale[j] and len(present):
                found = quantiles(present, weight, levels)
                found = found[_where_new(found)]
            edges.append(found if len(found) >= FEWEST_BINS else np.zeros(0))
        return cls.between(Robust(center, scale), edges)

    @classmethod
    def between(cls, robust, edges):
        """Return bins between these edges, a list with an array for each column."""
        n_bins = [max(0, len(of_column) - 1) for of_column in edges]
        column = np.repeat(np.arange(len(edges)), n_bins)
        # Halves, as differences may be more than floats can hold
        halves = [of_column / 2 for of_column in edges] or [np.zeros(0)]
        below = np.concatenate([half[:-1] for half in halves])
        return cls(robust, column, below, np.concatenate([*map(np.diff, halves)]))

    @property
    def widths(self):
        """How many columns each becomes."""
        robust = self.robust.widths
        return robust + np.bincount(self.column, minlength=len(robust))

    def encode(self, values, out):
        """Write the view of `values` into `out`."""
        n_columns = len(self.robust.center)
        self.robust.encode(values, out[:, :n_columns])
        filled = np.where(np.isnan(values), self.robust.center, values) / 2
        step = max(1, BLOCK_SIZE // max(1, len(self.column)))
        for start in range(0, len(values), step):
            rows = slice(start, start + step)
            through = filled[rows].take(self.column, axis=1) - self.below
            np.clip(through, 0, self.width, out=through)
            through /= self.width
            np.subtract(through, 0.5, out=out[rows, n_columns:], casting="same_kind")
        return out

    def positions(self):
        """Return which columns of the view each column becomes; see :class:`Robust`."""
        numbers = [*range(len(self.robust.center)), *self.column.tolist()]
        return numbers, range(len(numbers))

    def decode(self, codes):
        """Return the numbers that `codes` stand for."""
        return self.robust.decode(codes[:, : len(self.robust.center)])

    def names(self, names):
        """Return the names of the columns that those of these names become."""
        bins = [
            f"{name}_bin{i}"
            for name, width in zip(names, self.widths, strict=True)
            for i in range(width - 1)
        ]
        return [*names, *bins]


VIEWS = {
    "robust": Robust,
    "standardized": Standardized,
    "quantiles": Quantiles,
    "bins": Bins,
}
"""Views by their names."""


def _where_new(values):
    """Return where sorted values differ from the one before by more than rounding."""
    info = np.finfo(float)
    rounding = 4 * info.eps * abs(values[1:]) + 64 * info.tiny
    return np.append(0, 1 + np.flatnonzero(values[1:] / 2 - values[:-1] / 2 > rounding))


def suitable_views(n_samples, n_columns):
    """Return names of views that together suit most tables.

    Parameters
    ----------
    n_samples : int
        Number of rows.
    n_columns : int
        Number of columns of numbers that have more than two values.

    Returns
    -------
    tuple of str
        One where there are too few rows to tell views apart, or so many columns that
        further ones would cost more than they bring.

    Examples
    --------
    >>> suitable_views(1000, 5)
    ('standardized', 'quantiles', 'bins')
    """
    if n_samples < FEW_ROWS or not 0 < n_columns <= MANY_COLUMNS:
        return ("robust",)
    if n_samples < SOME_ROWS:
        return ("standardized", "bins")
    return ("standardized", "quantiles", "bins")


def _columns(values, sample_weight):
    """Return each column's values that are there, finite, and their weights."""
    for column in values.T:
        is_present, weight = ~np.isnan(column), sample_weight
        present = beyond_all(column[is_present].astype(float))
        yield present, None if weight is None else weight[is_present]
