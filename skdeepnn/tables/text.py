"""Columns of text: levels of the frequent values, and n-grams where these tell more."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, issparse
from scipy.special import chdtrc
from sklearn.utils.validation import check_consistent_length

from .distinct import factorize
from .grams import Grams, plain, some_of
from .levels import Levels

__all__ = ["TextLevels", "read_text", "telling"]

SOME_RARE = 0.1  # share of the values from which on it matters what the rare ones say
BY_CHANCE = 1e-3  # how probable a relation with the target may be if there is none
EACH_BY_CHANCE = 0.15  # likewise for each column, as Akaike's criterion has it for one
N_PARTS = 10  # into which a target of many numbers is cut


class TextLevels(NamedTuple):
    """Levels of frequent values, and n-grams of all; does what `Levels` does.

    Parameters
    ----------
    levels : Levels
        Of the frequent values.
    grams : Grams
        Of all values.

    Examples
    --------
    >>> names = np.array("Ann Anna Annie Hanna Jim Jimmy Tim Timmy Kim".split())
    >>> text = TextLevels(Levels(["Joe"], True, False), Grams.of(names))
    >>> text.names("x")
    ['x_infrequent_sklearn', 'x_ngrams0', 'x_ngrams1']
    >>> text.encode(np.array(["Joe", "Joanne"]), float).round(1)
    array([[-1. , -0.3, -0.7],
           [ 1. ,  0.5, -0.2]])
    """

    levels: Levels
    grams: Grams

    categories = property(lambda self: self.levels.categories)
    has_missing = property(lambda self: self.levels.has_missing)
    missing_share = property(lambda self: self.levels.missing_share)
    n_levels = property(lambda self: self.levels.n_levels)
    rare_share = property(lambda self: self.levels.rare_share)
    width = property(lambda self: self.levels.width + self.grams.width)

    def warn_if_lost(self, name):
        """Do nothing: with n-grams, rare values are not lost."""

    def encode(self, column, dtype, name=None):
        """Return the codes of a column, of that name in warnings, then its n-grams."""
        numbers = self.grams.encode(column, dtype)
        codes = self.levels.encode(column, dtype, name, may_be_new=numbers.any())
        return np.hstack([codes, numbers])

    def new(self, column):
        """Return values that are not known, nor are their n-grams, and their counts."""
        found = self.levels.new(column)
        return {
            value: n
            for value, n in found.items()
            if not self.grams.encode(np.array([value], dtype=object), float).any()
        }

    def decode(self, codes):
        """Return the values whose codes are the nearest."""
        return self.levels.decode(codes[:, : self.levels.width])

    def names(self, name):
        """Return the names of the columns."""
        numbers = [f"{name}_ngrams{i}" for i in range(self.grams.width)]
        return self.levels.names(name) + numbers


def read_text(column, levels, y=None, sample_weight=None):
    """Return levels with n-grams, where values are rare but their n-grams recur.

    Parameters
    ----------
    column : ndarray of shape (n_samples,)
        Training data.
    levels : Levels
        Of the column.
    y : {array-like, sparse matrix} of shape (n_samples,) or (n_samples, n_labels)
        Target, or None. Only it can tell names from identifiers: there are n-grams
        where they tell something of it in the rows whose value is rare.
    sample_weight : ndarray of shape (n_samples,), optional
        Positive weights.

    Returns
    -------
    Levels or TextLevels
        `levels` alone if there is nothing to add.

    Examples
    --------
    >>> names = np.array([f"{first}{i}" for first in ("Ann", "Jim") for i in range(50)])
    >>> levels = Levels.of(names)
    >>> type(read_text(names, levels, np.repeat([0, 1], 50))).__name__
    'TextLevels'
    >>> type(read_text(names, levels, np.resize([0, 0, 1, 1, 0, 1, 1], 100))).__name__
    'Levels'
    """
    if y is None or levels.rare_share < SOME_RARE:
        return levels
    grams = Grams.of(column, sample_weight)
    if grams is None:
        return levels
    check_consistent_length(column, y)
    rows = _some_rows(column, levels)
    numbers, classes = grams.encode(column[rows], np.float64), _classes(y)[rows]
    weight = None if sample_weight is None else sample_weight[rows]
    which = telling(numbers, classes, weight)
    return TextLevels(levels, grams.some(which)) if which.any() else levels


def _some_rows(column, levels):
    """Return the rows of rare values, of some of them if there are many."""
    rows = np.flatnonzero(levels.is_rare(column))
    values, inverse = factorize(column[rows])
    texts, number = factorize(np.array([*map(plain, values)], dtype=object))
    return rows[np.isin(number[inverse], some_of(texts))]


def _classes(y):
    """Return the number of each row's class: its labels, or about how much it is."""
    y = y.toarray() if issparse(y) else np.asarray(y)
    if y.ndim > 1:
        rows = map(tuple, y.reshape(len(y), -1).tolist())
        y = np.fromiter(rows, dtype=object, count=len(y))
    elif y.dtype.kind in "iuf" and _is_quantity(y):
        return np.searchsorted(np.quantile(y, np.arange(1, N_PARTS) / N_PARTS), y)
    return factorize(y)[1]


def _is_quantity(y):
    """Whether numbers are too many to be classes."""
    n_values = len(np.unique(y))
    return n_values > N_PARTS and bool(n_values > len(y) / 2 or np.any(y % 1))


def telling(numbers, classes, sample_weight=None):
    """Return which columns have means that differ by class, if any do for certain.

    The test of all together is that of Pillai's trace: times the number of rows, it has
    a chi-squared distribution where there are many and the means are the same ([1]_,
    section 8.6). Weighted rows count as so many as would make a mean as certain.

    Parameters
    ----------
    numbers : ndarray of shape (n_samples, n_columns)
        Columns.
    classes : ndarray of shape (n_samples,)
        Integers from 0.
    sample_weight : ndarray of shape (n_samples,), optional
        Positive weights.

    Returns
    -------
    ndarray of shape (n_columns,)
        Mask: those that tell something, probably, if all together do for certain.

    References
    ----------
    .. [1] Anderson, "An introduction to multivariate statistical analysis", 3rd
       edition, Wiley, 2003.

    Examples
    --------
    >>> numbers = np.column_stack([np.arange(60), np.arange(60) % 2])
    >>> telling(numbers, np.arange(60) // 30), telling(numbers, np.arange(60) % 3)
    (array([ True, False]), array([False, False]))
    """
    n = len(numbers)
    share = np.ones(n) if sample_weight is None else sample_weight
    share = share / share.sum()
    numbers = numbers - share @ numbers
    totals = np.bincount(classes, share)
    sums = csr_array((share, (classes, np.arange(n))), (len(totals), n)) @ numbers
    present = totals > 0
    sums /= np.sqrt(np.where(present, totals, 1))[:, np.newaxis]
    n_rows, n_free = 1 / np.square(share).sum(), present.sum() - 1
    covariance = numbers.T @ (share[:, np.newaxis] * numbers)
    variances, axes = np.linalg.eigh(covariance)
    spread = variances > 1e-9 * max(variances[-1], 1e-9)
    whitened = sums @ (axes[:, spread] / np.sqrt(variances[spread]))
    trace = np.square(whitened).sum()
    n_all = n_free * spread.sum()
    if n_all == 0 or chdtrc(n_all, n_rows * trace) > BY_CHANCE:
        return np.zeros(numbers.shape[1], dtype=bool)
    of_each = np.square(sums).sum(axis=0) / np.maximum(np.diag(covariance), 1e-9)
    return chdtrc(n_free, n_rows * of_each) < EACH_BY_CHANCE
