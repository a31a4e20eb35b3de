"""Whether a float type can hold values, and their conversion to it."""

import numpy as np
from scipy.sparse import issparse

__all__ = ["cast", "check_fits", "fits"]

_ADVICE = ": set dtype='float64', or scale X (sklearn.preprocessing)."


def fits(X, dtype):
    """Return whether a type can hold all values.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Finite data.
    dtype : dtype
        ``float32`` or ``float64``.

    Returns
    -------
    bool
        False if a value is larger than the largest number of that type.

    Examples
    --------
    >>> fits(np.array([[1e39]]), "float32"), fits(np.array([[1e39]]), "float64")
    (False, True)
    """
    if np.can_cast(X.dtype, dtype):
        return True
    values, limit = X.data if issparse(X) else X, float(np.finfo(dtype).max)
    if values.flags.forc:  # the sum of the squares, in a ninth of the time
        values = values.ravel(order="K")
        with np.errstate(over="ignore"):
            if values @ values <= limit**2:
                return True
    return bool(max(values.max(initial=0), -values.min(initial=0)) <= limit)


def check_fits(X, dtype, name="X", advice=_ADVICE):
    """Check that a type can hold all values.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Finite data.
    dtype : dtype
        ``float32`` or ``float64``.
    name : str, default="X"
        What it is, for the error.
    advice : str, optional
        How the error goes on; by default what to do before a fit.

    Raises
    ------
    ValueError
        If it cannot.

    Examples
    --------
    >>> check_fits(np.array([[1e39]]), "float32")
    Traceback (most recent call last):
        ...
    ValueError: X has values too large for float32 in its columns [0]: set
    dtype='float64', or scale X (sklearn.preprocessing).
    """
    if not fits(X, dtype):
        raise ValueError(
            f"{name} has values too large for {dtype} in its columns "
            f"{_too_large(X, dtype)}{advice}"
        )


def _too_large(X, dtype):
    """Return the numbers of the columns with values that a type cannot hold."""
    limit = float(np.finfo(dtype).max)
    if issparse(X):
        return np.unique(X.tocsr().indices[abs(X.tocsr().data) > limit]).tolist()
    return np.flatnonzero((abs(X) > limit).any(axis=0)).tolist()


def cast(X, dtype):
    """Return data in the type of a trained network.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Data of any float type.
    dtype : dtype
        ``float32`` or ``float64``.

    Returns
    -------
    {ndarray, sparse matrix} of shape (n_samples, n_features)
        `X` itself if it has that type.

    Raises
    ------
    ValueError
        If the type cannot hold the values.

    Examples
    --------
    >>> cast(np.array([[1.0]]), np.dtype("float32")).dtype
    dtype('float32')
    """
    if X.dtype == dtype:
        return X
    advice = (
        ", in which this network was trained: fit with dtype='float64', or scale X."
    )
    check_fits(X, dtype, advice=advice)
    return X.astype(dtype)
