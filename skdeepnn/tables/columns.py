"""Columns of tables, of whatever type: numbers out of them, and categories."""

import warnings
from numbers import Number
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import _safe_indexing, check_array, get_tags
from sklearn.utils.validation import validate_data

__all__ = [
    "Levels",
    "as_numbers",
    "check_table",
    "find_categorical",
    "is_frame",
    "kinds_of_columns",
    "read_column",
]

RARE_SHARE = 0.02  # of the total weight; what has more is never put with the rare


def is_frame(X):
    """Whether columns have names and types, as those of pandas and Polars do.

    Examples
    --------
    >>> is_frame(np.eye(2))
    False
    """
    return hasattr(X, "columns") and hasattr(X, "dtypes")


def check_table(estimator, X, *, reset):
    """Check shape and names, setting them where `reset`.

    Parameters
    ----------
    estimator : estimator
        Its tags say whether it takes sparse matrices.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        Table of columns of any type.
    reset : bool
        Whether this is `fit`.

    Returns
    -------
    {ndarray, sparse matrix, dataframe}
        A data frame as it is.

    Raises
    ------
    ValueError
        If it is empty, has not two dimensions, or not the columns of `fit`.

    Examples
    --------
    >>> from skdeepnn.preprocessing import TabularEncoder
    >>> check_table(TabularEncoder(), [[1, "a"]], reset=True).shape
    (1, 2)
    """
    X = validate_data(
        estimator,
        X,
        reset=reset,
        skip_check_array=is_frame(X),
        accept_sparse="csr" if get_tags(estimator).input_tags.sparse else False,
        dtype=None,
        ensure_all_finite=False,
    )
    if is_frame(X):  # scikit-learn's errors about empty ones
        empty = np.broadcast_to(0.0, X.shape)
        check_array(empty, ensure_all_finite=False, estimator=estimator)
    return X


def read_column(X, j, dtype=None):
    """Return a column as an array, in that type if one is given.

    Examples
    --------
    >>> read_column(np.eye(2), 1)
    array([0., 1.])
    """
    return np.asarray(_safe_indexing(X, j, axis=1), dtype)


def kinds_of_columns(X):
    """Return NumPy's letter for the type of each column; "C" for categories.

    Examples
    --------
    >>> kinds_of_columns(np.eye(2))
    ['f', 'f']
    """
    if not is_frame(X):
        return [X.dtype.kind] * X.shape[1]
    kinds = []
    head = X[:0]
    for j, dtype in enumerate(X.dtypes):
        if hasattr(dtype, "categories"):
            kinds.append("C")
        elif hasattr(dtype, "kind"):  # types of NumPy and pandas
            kinds.append(dtype.kind)
        elif hasattr(dtype, "is_numeric") and dtype.is_numeric():  # of Polars
            kinds.append("f")
        else:
            column = read_column(head, j)
            kinds.append(column.dtype.kind if column.ndim == 1 else "O")
    return kinds


def find_categorical(X, categorical_features):
    """Return the mask of the features that are categories.

    Parameters
    ----------
    X : {ndarray, sparse matrix, dataframe} of shape (n_samples, n_features)
        Table.
    categorical_features : "from_dtype", array-like or None
        As in :class:`~skdeepnn.preprocessing.TabularEncoder`.

    Returns
    -------
    ndarray of shape (n_features,)
        Mask.

    Raises
    ------
    ValueError
        If there are no such features.

    Examples
    --------
    >>> find_categorical(np.array([[1, "a"]], dtype=object), "from_dtype")
    array([False,  True])
    """
    if categorical_features is None or issparse(X):
        return np.zeros(X.shape[1], dtype=bool)
    if not isinstance(categorical_features, str):
        return _as_mask(np.asarray(categorical_features), X)
    has_types = is_frame(X)
    return np.array(
        [
            (has_types and kind in "bC")
            or (kind in "OSTU" and not _holds_numbers(read_column(X, j), not has_types))
            for j, kind in enumerate(kinds_of_columns(X))
        ]
    )


def _as_mask(features, X):
    """Return the mask of features that are given by name, by index or as a mask."""
    n_features = X.shape[1]
    if features.dtype.kind == "b":
        if features.shape != (n_features,):
            raise ValueError(
                f"categorical_features is a mask of shape {features.shape}, but X has "
                f"{n_features} features: pass one boolean for each."
            )
        return features.copy()
    known, features = range(n_features), features.tolist()
    if not all(isinstance(feature, int) for feature in features):
        known = list(getattr(X, "columns", []))
    unknown = [feature for feature in features if feature not in known]
    if unknown:
        raise ValueError(
            f"categorical_features has {unknown}, but the features of X are "
            + _listed(known)
        )
    mask = np.zeros(n_features, dtype=bool)
    mask[[known.index(feature) for feature in features]] = True
    return mask


def _listed(known):
    if isinstance(known, range):
        return f"at the positions 0 to {len(known) - 1}."
    return f"{known}." if known else "without names: pass their positions."


def _holds_numbers(values, in_text):
    """Whether a column has numbers (if `in_text`, also as text) and nothing else."""
    present = [value for value in _factorize(values)[0] if not _is_missing(value)]
    return bool(present) and all(_is_number(value, in_text) for value in present)


def _is_number(value, in_text):
    if in_text and isinstance(value, (str, bytes)):
        try:
            float(value)
        except ValueError:
            return False
        return True
    return isinstance(value, Number) and not isinstance(value, bool)


def as_numbers(values, name):
    """Return a column of any type as floats, NaN where missing.

    Parameters
    ----------
    values : ndarray of shape (n_samples,)
        Column.
    name : str or int
        What to call it in errors.

    Returns
    -------
    ndarray of shape (n_samples,)
        Floats; microseconds for dates.

    Raises
    ------
    ValueError
        If there are other values than numbers.

    Examples
    --------
    >>> as_numbers(np.array([1, None, "2.5"], dtype=object), "age")
    array([1. , nan, 2.5])
    """
    if values.dtype.kind in "mM":
        return np.where(np.isnat(values), np.nan, values.astype(np.int64))
    uniques, inverse = _factorize(values)
    numbers = np.full(len(uniques), np.nan)
    for i, value in enumerate(uniques):
        if not _is_missing(value):
            try:
                numbers[i] = value
            except (TypeError, ValueError, OverflowError) as error:
                raise ValueError(
                    f"Feature {name!r} should be numbers, but has the value {value!r}: "
                    "pass numbers, or fit with it among the categorical_features."
                ) from error
    return numbers[inverse]


def _factorize(values):
    """Return the distinct values of a column, and each row's number among them."""
    if values.dtype.kind == "b":
        return [False, True], values.astype(np.intp)
    values = values.tolist()
    try:
        uniques = list(dict.fromkeys(values))
    except TypeError:  # lists and the like go by their text
        values = [_hashable(value) for value in values]
        uniques = list(dict.fromkeys(values))
    number = {value: i for i, value in enumerate(uniques)}
    return uniques, np.fromiter(map(number.__getitem__, values), np.intp, len(values))


def _hashable(value):
    try:
        hash(value)
    except TypeError:
        return str(value)
    return value


def _is_missing(value):
    """Whether a value is None, NaN, NaT, or pandas' NA, which has no truth value."""
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True


class Levels(NamedTuple):
    """Levels of a categorical feature: its categories, and one that rare ones share.

    Parameters
    ----------
    categories : list
        Categories with a level of their own.
    has_infrequent : bool
        Whether there is a level for the others.
    has_missing : bool
        Whether a further column says where the value is missing.

    Examples
    --------
    >>> column = np.array(["a", "b", "c"])
    >>> Levels.of(column, None, max_categories=9, min_frequency=1).encode(column, float)
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """

    categories: list
    has_infrequent: bool
    has_missing: bool

    @classmethod
    def of(cls, column, sample_weight, max_categories, min_frequency):
        """Return the levels of a column of training data."""
        uniques, inverse = _factorize(column)
        counts = np.bincount(inverse, sample_weight, minlength=len(uniques))
        is_missing = np.array([_is_missing(value) for value in uniques])
        present = np.flatnonzero(~is_missing & (counts > 0))
        enough = min(min_frequency, RARE_SHARE * counts.sum())
        frequent = present[counts[present] >= enough]
        some_are_rare = len(frequent) < len(present)
        has_infrequent = some_are_rare or len(frequent) > max_categories
        # By value first: the order of the rows must not decide between equal counts
        frequent = frequent[_argsort([uniques[i] for i in frequent])]
        most = np.argsort(-counts[frequent], kind="stable")
        kept = frequent[np.sort(most[: max_categories - has_infrequent])]
        has_missing = len(present) > 0 and bool(counts[is_missing].any())
        return cls([uniques[i] for i in kept], has_infrequent, has_missing)

    @property
    def n_levels(self):
        """Number of levels, which missing values are not."""
        return len(self.categories) + self.has_infrequent

    def table(self):
        """Return the codes of the levels, of an unknown and of a missing value."""
        width = self.n_levels if self.n_levels > 2 else 1
        table = np.zeros((self.n_levels + 2, width + self.has_missing))
        if self.n_levels == 2:
            table[:2, 0] = -1, 1
        elif self.n_levels > 2:
            np.fill_diagonal(table[:-2], 1)
        table[-1, width:] = 1
        return table

    def encode(self, column, dtype, name=None):
        """Return the codes of a column, of that name in warnings."""
        uniques, inverse = _factorize(column)
        self._warn_of_other_types(uniques, name)
        known = {category: i for i, category in enumerate(self.categories)}
        rows = [
            self.n_levels + 1 if _is_missing(value) else known.get(value, len(known))
            for value in uniques
        ]
        return self.table().astype(dtype)[np.array(rows)[inverse]]

    def _warn_of_other_types(self, values, name):
        """Warn where text has become numbers, or the like: all would be unknown."""
        types = {type(value) for value in values if not _is_missing(value)}
        known = {type(category) for category in self.categories}
        if not types or not known or not types.isdisjoint(known):
            return
        if not set(self.categories).intersection(values):  # 1 is 1.0 and True
            now, then = (
                " and ".join(sorted(t.__name__ for t in found))
                for found in (types, known)
            )
            warnings.warn(
                f"No value of feature {name!r} is a known category: they are of type "
                f"{now}, and were {then} in training. Convert them, or all count as "
                "unknown.",
                UserWarning,
                stacklevel=2,
            )

    def decode(self, codes):
        """Return the values whose codes are the nearest."""
        values = [*self.categories, *["infrequent_sklearn"] * self.has_infrequent]
        values = np.fromiter([*values, None, None], dtype=object)
        table = self.table()
        distances = np.square(table).sum(axis=1) - 2 * codes @ table.T
        return values[distances.argmin(axis=1)]

    def names(self, name):
        """Return the names of the columns."""
        names = [f"{name}_{category}" for category in self.categories]
        names += [f"{name}_infrequent_sklearn"] * self.has_infrequent
        if self.n_levels <= 2:
            names = names[1:] or [name]
        return names + [f"missingindicator_{name}"] * self.has_missing


def _argsort(values):
    """Return the order of values that may be of several types: first the numbers."""
    try:
        return np.array(sorted(range(len(values)), key=values.__getitem__), dtype=int)
    except TypeError:
        return _argsort(
            [
                ("", v) if isinstance(v, Number) else (type(v).__name__, str(v))
                for v in values
            ]
        )
