"""Functions of each value, in the way in which NumPy is fastest at them."""

import math
from functools import lru_cache

import numpy as np

__all__ = ["clear_vanishing", "draw_mask", "positive_part", "row_of_ones"]

_MOST_SHARED = 2**16  # values; more than that compete with others for the cache


def row_of_ones(n_columns, dtype):
    """Return an array of shape ``(1, n_columns)``, which is not to be written to.

    Parameters
    ----------
    n_columns : int
        Number of ones.
    dtype : dtype
        Of the array.

    Returns
    -------
    ndarray of shape (1, n_columns)
        A short one shares its memory with all others of that type.

    Examples
    --------
    >>> row_of_ones(3, np.dtype("float64"))
    array([[1., 1., 1.]])
    """
    if n_columns > _MOST_SHARED:
        return np.ones((1, n_columns), dtype)
    return _shared_ones(n_columns, dtype)


@lru_cache(256)
def _shared_ones(n_columns, dtype):
    return _long_constant(1, dtype)[np.newaxis, :n_columns]


@lru_cache(256)
def _shared_zeros(shape, order, dtype):
    n_values = math.prod(shape)
    return _long_constant(0, dtype)[:n_values].reshape(shape, order=order)


@lru_cache
def _long_constant(value, dtype):
    values = np.full(_MOST_SHARED, value, dtype)
    values.setflags(write=False)
    return values


def positive_part(z, out):
    """Compute ``max(z, 0)``.

    NumPy compares two arrays with vector instructions, but an array with a scalar value
    by value, in twice the time.

    Parameters
    ----------
    z : ndarray
        Any shape.
    out : ndarray
        Where to write; may be `z`.

    Returns
    -------
    ndarray
        `out`.

    Examples
    --------
    >>> z = np.array([[-1.0, 2.0]])
    >>> positive_part(z, out=z)
    array([[0., 2.]])
    """
    shape = z.shape[-2:]
    if math.prod(shape) > _MOST_SHARED:
        return np.maximum(z, 0, out=out)
    order = "C" if z.strides[-1:] == (z.itemsize,) else "F"
    return np.maximum(z, _shared_zeros(shape, order, z.dtype), out=out)


def clear_vanishing(gradient):
    """Make exact zeros of what is on its way to denormal numbers, in place.

    The probabilities of other labels vanish as a network becomes certain, and products
    take up to fifteen times as long with denormal numbers. Adding a number and taking
    it away again rounds to multiples of its last digit: here 1e12 times the smallest
    normal number, 1e-26 in float32.

    Parameters
    ----------
    gradient : ndarray
        Any shape; changed in place.

    Examples
    --------
    >>> gradient = np.array([1e-300, 0.5])
    >>> clear_vanishing(gradient)
    >>> gradient
    array([0. , 0.5])
    """
    number = _ROUNDING.get(gradient.dtype, 0.0)
    gradient += number
    gradient -= number


_ROUNDING = {
    np.dtype(dtype): float(np.finfo(dtype).tiny * 2.0**40 / np.finfo(dtype).eps)
    for dtype in (np.float32, np.float64)
}


def draw_mask(rng, share, out):
    """Draw factors for dropout.

    Two random bytes a value serve as well as a float, in a quarter of the time.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    share : float
        How many values to leave out, in [0, 1).
    out : ndarray
        Filled with 0, or ``1 / (1 - share)`` for what stays.

    Examples
    --------
    >>> out = np.empty(1000)
    >>> draw_mask(np.random.default_rng(0), 0.5, out)
    >>> sorted({float(factor) for factor in out})
    [0.0, 2.0]
    """
    threshold = min(round(share * 2**16), 2**16 - 1)
    bits = np.frombuffer(rng.bytes(2 * out.size), np.uint16).reshape(out.shape)
    np.multiply(bits >= threshold, 1 / (1 - threshold / 2**16), out=out)
