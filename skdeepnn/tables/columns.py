"""Columns of tables, of whatever type, and which of them are categories."""

from numbers import Integral

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import _safe_indexing, check_array, get_tags
from sklearn.utils.validation import validate_data

from .levels import Levels
from .numbers import Reading, as_numbers
from .rows import FLOAT_TYPES
from .words import as_table, in_words_of

__all__ = [
    "check_table",
    "find_categorical",
    "find_readings",
    "is_frame",
    "kinds_of_columns",
    "not_finite",
    "read_column",
    "read_numbers",
]

MOSTLY_RARE = 0.5  # from this share of rare values on, text categories may be numbers


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
        A data frame as it is; Arrow's tables and batches become one.

    Raises
    ------
    ValueError
        If it is empty, has not two dimensions, or not the columns of `fit`.
    TypeError
        If its rows are not in memory: Dask's, or a query of Polars.
    ImportError
        If it is Arrow's and pandas is not there.

    Examples
    --------
    >>> from skdeepnn.preprocessing import TabularEncoder
    >>> check_table(TabularEncoder(), [[1, "a"]], reset=True).shape
    (1, 2)
    """
    if hasattr(X, "npartitions") and is_frame(X):
        raise TypeError(
            "X is a data frame of Dask, whose rows are not in memory: pass "
            "X.compute(), or train by partial_fit on each of X.partitions, computed."
        )
    if hasattr(X, "collect") and not hasattr(X, "shape"):
        raise TypeError(
            f"X is a {type(X).__name__}, which holds a query and no rows yet: pass "
            "X.collect()."
        )
    X = as_table(X)
    if not is_frame(X) and hasattr(X, "to_pandas"):
        X = _read_arrow(X)
    with in_words_of("X"):
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


def _read_arrow(table):
    """Return Arrow's table as a frame: as an array it would lose names and types."""
    try:
        return table.to_pandas()
    except ImportError as error:
        raise ImportError(
            f"To read a {type(table).__name__} of Arrow takes pandas: "
            'pip install "skdeepnn[cli]".'
        ) from error
    except (ValueError, TypeError, NotImplementedError) as error:
        raise ValueError(
            f"X, a {type(table).__name__} of Arrow, has a column that pandas does not "
            f"take ({error}): cast it to another type."
        ) from error


def not_finite(X):
    """Return names, or else numbers, of the features with infinite or missing values.

    Examples
    --------
    >>> not_finite(np.array([[1.0, np.inf], [np.nan, 2.0]]))
    ([1], [0])
    """
    names, found = range(X.shape[1]), ([], [])
    if is_frame(X):
        names = list(X.columns)
    if issparse(X):
        X = X.tocsc()
    for j, name in enumerate(names):
        values = (
            X.data[slice(*X.indptr[j : j + 2])] if issparse(X) else read_column(X, j)
        )
        try:
            values = values.astype(float)
        except (TypeError, ValueError):
            continue
        for of, test in zip(found, (np.isinf, np.isnan), strict=True):
            if test(values).any():
                of.append(name)
    return found


def read_column(X, j):
    """Return a column as an array; dates and durations as such where NumPy has them.

    Examples
    --------
    >>> read_column(np.eye(2), 1)
    array([0., 1.])
    """
    column = _safe_indexing(X, int(j), axis=1)  # Polars takes no int of NumPy's
    kind = getattr(getattr(column, "dtype", None), "kind", None)
    if kind in ("m", "M"):
        try:  # in a hundredth of the time that objects take
            return np.asarray(column, f"{kind}8[us]")
        except (TypeError, ValueError):  # Arrow's dates, where one is missing
            pass
    values = column.toarray().ravel() if issparse(column) else np.asarray(column)
    if values.ndim == 1 and values.dtype.kind != "V":
        return values
    return np.fromiter(values.tolist(), object, len(values))  # lists, records


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
            is_dictionary = dtype.kind == "O" and str(dtype).startswith("dictionary")
            kinds.append("C" if is_dictionary else dtype.kind)
        elif hasattr(dtype, "is_numeric") and dtype.is_numeric():  # of Polars
            kinds.append("f")
        else:
            column = read_column(head, j)
            kinds.append(column.dtype.kind if column.ndim == 1 else "O")
    return kinds


def find_categorical(X, categorical_features, levels_of=Levels.of):
    """Return the mask of the features that are categories.

    Parameters
    ----------
    X : {ndarray, sparse matrix, dataframe} of shape (n_samples, n_features)
        Table.
    categorical_features : "from_dtype", array-like or None
        As in :class:`~skdeepnn.preprocessing.TabularEncoder`.
    levels_of : callable, optional
        What returns the :class:`~skdeepnn.tables.levels.Levels` of a column.

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
        return _as_mask(categorical_features, X)
    return np.array(
        [
            _is_categorical(X, j, kind, levels_of)
            for j, kind in enumerate(kinds_of_columns(X))
        ]
    )


def _is_categorical(X, j, kind, levels_of):
    """Whether a feature is categories, by its type and its values."""
    if kind == "C":
        return not _holds_rare_numbers(read_column(X, j), levels_of)
    if kind == "b":
        return is_frame(X)
    return kind in "OSTU" and Reading.of(read_column(X, j)) is None


def _holds_rare_numbers(column, levels_of):
    """Whether categories are the text of numbers, which mostly have no level.

    A type of categories says what a column is: codes such as "1" and "2" stay apart.
    But where most values would share the level of the rare, it can only be a mistake.
    """
    reading = Reading.of(column)
    if reading is None or reading == Reading():
        return False
    return levels_of(column).rare_share > MOSTLY_RARE


def _as_mask(features, X):
    """Return the mask of features that are given by name, by index or as a mask."""
    n_features = X.shape[1]
    dtype = getattr(features, "dtype", None)
    features = features.tolist() if isinstance(features, np.ndarray) else [*features]
    is_bool = [isinstance(feature, bool | np.bool_) for feature in features]
    if getattr(dtype, "kind", "") == "b" or (features and all(is_bool)):
        mask = np.array(features, dtype=bool)
        if mask.shape != (n_features,):
            raise ValueError(
                f"categorical_features is a mask of shape {mask.shape}, but X has "
                f"{n_features} features: pass one boolean for each."
            )
        return mask
    # Names of several levels are tuples, of which arrays make rows
    features = [tuple(f) if isinstance(f, list) else f for f in features]
    known, names = range(n_features), list(getattr(X, "columns", []))
    if not all(isinstance(feature, Integral) for feature in features):
        known = names
    mask, unknown = np.zeros(n_features, dtype=bool), []
    for feature in features:
        if feature in known:
            mask[[name == feature for name in known]] = True
        elif isinstance(feature, Integral) and 0 <= feature < n_features:
            mask[feature] = True  # a position among names
        else:
            unknown.append(feature)
    if unknown:
        raise ValueError(
            f"categorical_features has {unknown}, but the features of X are "
            + _listed(known)
        )
    return mask


def _listed(known):
    if isinstance(known, range):
        return f"at the positions 0 to {len(known) - 1}."
    return f"{known}." if known else "without names: pass their positions."


def find_readings(X, numeric):
    """Return how the values of numeric features are to be read.

    Parameters
    ----------
    X : {ndarray, sparse matrix, dataframe} of shape (n_samples, n_features)
        Training data.
    numeric : ndarray of shape (n_numeric,)
        Numbers of the features.

    Returns
    -------
    list of Reading
        What :func:`read_numbers` takes.

    Examples
    --------
    >>> find_readings(np.array([["1", "a"]]), [0])
    [Reading(kind='numbers', in_text=True)]
    """
    kinds = kinds_of_columns(X)
    return [
        Reading()
        if kinds[j] in "biuf"
        else Reading.of(read_column(X, j)) or Reading()  # which says what is wrong
        for j in numeric
    ]


def read_numbers(estimator, X, numeric, readings, names):
    """Return the numeric features of a table as floats.

    Parameters
    ----------
    estimator : estimator
        For errors.
    X : {ndarray, sparse matrix, dataframe} of shape (n_samples, n_features)
        Table.
    numeric : ndarray of shape (n_numeric,)
        Numbers of the features.
    readings : list of Reading or None
        How they were read in training. None for those that may be anything, for they
        had no value there.
    names : list of shape (n_numeric,)
        What to call them in messages.

    Returns
    -------
    {ndarray, csr_array, csr_matrix} of shape (n_samples, n_numeric)
        NaN where missing.

    Raises
    ------
    ValueError
        If values are not what they were in training.

    Examples
    --------
    >>> X = np.array([["1", "a"], ["2.5", "b"]])
    >>> read_numbers(None, X, [0], [Reading()], ["x0"])
    array([[1. ],
           [2.5]])
    """
    kinds = np.array(kinds_of_columns(X))[numeric]
    may_be = [reading is None or reading.kind == "numbers" for reading in readings]
    ready = np.isin(kinds, list("biuf")) & np.array(may_be, dtype=bool)
    options = {
        "accept_sparse": "csr",
        "dtype": FLOAT_TYPES,
        "ensure_all_finite": False,
        "ensure_min_features": 0,
        "estimator": estimator,
        "input_name": "X",
    }
    if ready.all() and (len(numeric) or not is_frame(X)):
        is_part = len(numeric) < X.shape[1]
        X = check_array(_safe_indexing(X, numeric, axis=1) if is_part else X, **options)
        return X.toarray() if is_part and issparse(X) else X
    matrix = np.full((X.shape[0], len(numeric)), np.nan)
    if ready.any():
        part = _safe_indexing(X, np.asarray(numeric)[ready], axis=1)
        part = check_array(part, **options)
        matrix[:, ready] = part.toarray() if issparse(part) else part
    for i in np.flatnonzero(~ready):
        if readings[i] is not None:
            values = read_column(X, numeric[i])
            matrix[:, i] = as_numbers(values, names[i], readings[i])
    return matrix
