"""What is wrong with data, where libraries below say it in words of their own."""

from contextlib import contextmanager

import numpy as np

__all__ = ["as_table", "in_words_of"]

_REASONS = {
    "setting an array element with a sequence": "has lists or arrays where single "
    "values belong, or rows of different lengths: pass one value for each place.",
    "too large to convert to float": "has an integer that is beyond all floats: scale "
    "it, or pass its logarithm.",
    "Expected unique column names": "has several columns of one name: rename all but "
    "one of them.",
    "at least one array or dtype is required": "has 0 feature(s), but at least 1 is "
    "required: pass a table with columns.",
    "not supported between instances of": "has values of several types, or missing "
    "ones, which have no order: make all text, or all numbers.",
    "Cannot cast array data from": "is an array of records: pass its fields as "
    "columns, such as pandas.DataFrame(X).",
    "could not be promoted": "has columns of types that have none in common, such as "
    "dates and numbers: make all numbers, as "
    "skdeepnn.preprocessing.TabularEncoder does.",
    "boolean value of NA is ambiguous": "contains NaN, as pandas.NA: leave such rows "
    "out.",
    "unhashable type": "has lists, records or the like where single values belong: "
    "pass one value for each row.",
    "only 0-dimensional arrays can be converted": "has arrays where single numbers "
    "belong: pass one number for each place.",
}


@contextmanager
def in_words_of(what):
    """Say of what the user passed what is wrong with it, as a ValueError.

    NumPy, pandas and others tell which of their operations failed. What they say of a
    value, such as that "a" is no number, is left as it is.

    Parameters
    ----------
    what : str
        Name of the argument.

    Raises
    ------
    ValueError
        In place of errors that are known to name an operation only.

    Examples
    --------
    >>> with in_words_of("y"):
    ...     sorted(["a", 1])
    Traceback (most recent call last):
    ValueError: y has values of several types, or missing ones, which have no order:
    make all text, or all numbers.
    """
    try:
        yield
    except (ValueError, TypeError, OverflowError) as error:
        for part, reason in _REASONS.items():
            if part in str(error):
                raise ValueError(f"{what} {reason}") from error
        raise


def as_table(X):
    """Return a table as scikit-learn's validation knows it.

    Of objects that have no more than `__array__` it does not compare the number of
    columns; from data frames it takes the real parts of complex columns.

    Parameters
    ----------
    X : object
        What the user gave.

    Returns
    -------
    object
        `X` itself, or an array.

    Raises
    ------
    ValueError
        If it is a data frame with columns of complex numbers.

    Examples
    --------
    >>> as_table([[1.0]])
    [[1.0]]
    """
    if hasattr(X, "__array__") and not hasattr(X, "shape"):
        return np.asarray(X)
    dtypes = X.dtypes if hasattr(X, "columns") and hasattr(X, "dtypes") else ()
    if any(getattr(dtype, "kind", "") == "c" for dtype in dtypes):
        raise ValueError(
            "Complex data not supported: X has columns of complex numbers. Pass their "
            "real and imaginary parts."
        )
    return X
