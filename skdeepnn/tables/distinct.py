"""The distinct values of a column of any type, in which all else is computed once."""

from numbers import Number

import numpy as np

__all__ = ["factorize", "is_missing", "order", "some"]


def factorize(values):
    """Return the distinct values of a column, and each row's number among them.

    Parameters
    ----------
    values : ndarray of shape (n_samples,)
        Column.

    Returns
    -------
    uniques : list
        In the order in which they come; lists and the like by their text.
    inverse : ndarray of shape (n_samples,)
        Integers.

    Examples
    --------
    >>> factorize(np.array(["b", None, "b"], dtype=object))
    (['b', None], array([0, 1, 0]))
    """
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


def is_missing(value):
    """Whether a value is None, NaN, NaT, or pandas' NA, which has no truth value.

    Examples
    --------
    >>> is_missing(float("nan")), is_missing("")
    (True, False)
    """
    try:
        return value is None or bool(value != value)
    except TypeError:
        return True


def order(values):
    """Return the order of values that may be of several types: first the numbers.

    Examples
    --------
    >>> order(["b", 2, "a", 1.5])
    array([3, 1, 2, 0])
    """
    try:
        return np.array(sorted(range(len(values)), key=values.__getitem__), dtype=int)
    except (TypeError, OverflowError):  # the latter of integers beyond all floats
        return order(
            [
                ("", v) if isinstance(v, Number) else (type(v).__name__, str(v))
                for v in values
            ]
        )


def some(values):
    """Return the first few values as text for a message, the longest cut.

    Examples
    --------
    >>> some(["a", 1, "b", "c"])
    "'a', 1, 'b'"
    """
    shown = [repr(value) for value in values[:3]]
    return ", ".join(v if len(v) < 40 else f"{v[:36]}..." for v in shown)
