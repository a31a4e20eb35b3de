"""Types of a model's inputs, and values in these types."""

from numbers import Number

import numpy as np
from skl2onnx.common import data_types

from ..tables.columns import is_frame, read_column
from ..tables.dates import microseconds
from ..tables.distinct import is_missing
from .categories import MISSING

__all__ = ["converted", "dtype_of", "input_types"]


def input_types(X):
    """Return names and types of inputs, as skl2onnx takes them.

    Parameters
    ----------
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        Rows.

    Returns
    -------
    list of (str, DataType)
        "X" alone for a matrix, and one for each column of a data frame.

    Raises
    ------
    ValueError
        If a column has values of several types, or of one that ONNX has not.

    Examples
    --------
    >>> input_types(np.eye(2, dtype=np.float32))
    [('X', FloatTensorType(shape=[None, 2]))]
    """
    if is_frame(X):
        return [
            (str(name), _type_of(read_column(X, j), name)([None, 1]))
            for j, name in enumerate(X.columns)
        ]
    X = X if hasattr(X, "dtype") else np.asarray(X)
    if len(X.shape) != 2:
        raise ValueError(f"X has the shape {X.shape}: pass (n_samples, n_features).")
    values = X.ravel() if X.dtype == object else np.zeros(0, X.dtype)
    return [("X", _type_of(values, "X")([None, X.shape[1]]))]


def _type_of(column, name):
    """Return skl2onnx's type for a column."""
    kind = column.dtype.kind
    if kind == "O":
        kind = _kind_of_objects(column, name)
    if column.dtype == np.float32:
        return data_types.FloatTensorType
    if kind not in _TYPES:
        raise ValueError(
            f"{name!r} is of type {column.dtype}, which an input of an ONNX model "
            "cannot have: make numbers or text of it before fit."
        )
    return _TYPES[kind]


_TYPES = {
    "f": data_types.DoubleTensorType,
    "i": data_types.Int64TensorType,
    "u": data_types.Int64TensorType,
    "b": data_types.BooleanTensorType,
    "U": data_types.StringTensorType,
    "T": data_types.StringTensorType,
    "M": data_types.Int64TensorType,
    "m": data_types.Int64TensorType,
}


def _kind_of_objects(column, name):
    """Return NumPy's letter for what is in a column of objects."""
    values = [value for value in column.tolist() if not is_missing(value)]
    if all(isinstance(value, str) for value in values) and values:
        return "U"
    if all(isinstance(value, (Number, np.bool_)) for value in values):
        return "f"  # where some may be missing
    if all(microseconds(value) is not None for value in values):
        return "M"
    found = sorted({type(value).__name__ for value in values})
    raise ValueError(
        f"{name!r} has values of the types {found}, and an input of an ONNX model has "
        "one: fit to a data frame with columns that are text, numbers or dates."
    )


def dtype_of(name):
    """Return NumPy's type for onnxruntime's name of one; object for text.

    Examples
    --------
    >>> dtype_of("tensor(float)")
    dtype('float32')
    """
    names = {"float": np.float32, "double": np.float64, "string": object}
    name = name.removeprefix("tensor(").removesuffix(")")
    return np.dtype(names.get(name, name))


def converted(values, dtype, name):
    """Return values in the type of an input.

    Parameters
    ----------
    values : ndarray
        Of any shape.
    dtype : dtype
        Type of the input; object for text.
    name : str
        Of the input, for errors.

    Raises
    ------
    ValueError
        If the type cannot hold the values.

    Examples
    --------
    >>> converted(np.array([None, "a"], dtype=object), np.dtype(object), "x")
    array(['nan', 'a'], dtype=object)
    """
    if dtype.kind == "O":
        return _texts(values, name)
    if values.dtype.kind in "OUST":
        values = _numbers_of_objects(values, name)
    if values.dtype.kind in "mM":
        return values.astype(f"{values.dtype.kind}8[us]").astype(np.int64)
    if dtype.kind in "biu" and values.dtype.kind == "f" and np.isnan(values).any():
        raise ValueError(
            f"The model's input {name!r} is of type {dtype}, in which nothing can be "
            "missing: make the model from rows where the column is float64."
        )
    return values.astype(dtype)


def _texts(values, name):
    """Return text, and what stands for it where it is missing."""
    texts = [MISSING[0] if is_missing(v) else v for v in values.ravel().tolist()]
    for text in texts:
        if not isinstance(text, str):
            raise ValueError(
                f"The model's input {name!r} is text, and X has {text!r} there."
            )
    return np.array(texts, dtype=object).reshape(values.shape)


def _numbers_of_objects(values, name):
    """Return numbers, or dates as microseconds, of an array of objects or of text."""
    flat = [None if is_missing(value) else value for value in values.ravel().tolist()]
    times = [None if value is None else microseconds(value) for value in flat]
    if any(time is not None for time in times):
        least = np.iinfo(np.int64).min
        numbers = [least if time is None else int(time[1]) for time in times]
        return np.array(numbers, np.int64).reshape(values.shape)
    for value in flat:
        if isinstance(value, (str, bytes)):
            raise ValueError(
                f"The model's input {name!r} is numbers, and X has {value!r} there."
            )
    return np.array(flat, dtype=float).reshape(values.shape)
