"""How to cut a matrix product into parts, where BLAS is faster with smaller ones."""

from functools import cache, lru_cache

import numpy as np

from .threads import blas_libraries

__all__ = ["LARGE_PRODUCT", "SMALL", "SMALL_SUMS", "in_parts", "plan_parts"]

SMALL = 100**3
"""Multiplications up to which a product is small as it is."""

SMALL_SUMS = 1_200
"""Values of a result up to which that holds for sums along contiguous memory."""

# On processors with AVX-512, OpenBLAS computes products of up to a million
# multiplications without rearranging their factors first (its "small matrix"
# kernels). Somewhat larger ones take 0.65 to 0.9 of the time in parts of that size,
# unless several threads share the whole.
_KERNELS = {"SkylakeX", "Cooperlake", "SapphireRapids"}
_NARROW = 16  # rows or columns of a result for which twice as many are not yet large
_FEWEST = 12, 64  # rows or columns of a part: cut across, or along, what is contiguous

# Where both factors lie contiguous along the axis that is summed over, there are such
# kernels for results of up to 1,200 values only: larger ones, up to some thousand
# values, take 0.3 to 0.8 of the time in parts of that size.
_LARGE_SUMS = 5_000  # values of a result
_SHORT_SUMS = 128  # products for each value, of which fewer are not worth it
_FEWEST_SUMS = 8  # rows or columns of a part

LARGE_PRODUCT = 5 * SMALL
"""Multiplications from which on it pays to rearrange the factors."""


@lru_cache(1024)
def plan_parts(A_shape, B_shape, out_shape, is_row_major, sums_up=False):
    """Return how to cut a product; None where that does not pay.

    The parts are equal, so that one call computes them all.

    Parameters
    ----------
    A_shape, B_shape, out_shape : tuple of int
        Of the factors and the result.
    is_row_major : bool
        Whether the result lies row by row in memory.
    sums_up : bool, default=False
        Whether both factors lie contiguous along the axis that is summed over.

    Returns
    -------
    by_rows : bool
        Whether to cut rows, or columns.
    done : int
        How many of them are in the parts; what is left over is computed by itself.
    shape, out_shape : tuple of int
        Of the factor and the result in parts, transposed unless `by_rows`.

    Examples
    --------
    Whether it pays depends on the processor:

    >>> plan_parts((8, 8), (8, 8), (8, 8), is_row_major=True) is None
    True
    """
    (m, k), n = A_shape[-2:], out_shape[-1]
    cuts = _cuts_along if sums_up else _cuts_across
    for by_rows, n_parts, least in cuts(m, k, n, is_row_major):
        parts = n_parts, (m if by_rows else n) // n_parts
        if parts[1] >= least and _has_small_kernels():
            return _shapes_of_parts(A_shape, B_shape, out_shape, by_rows, parts)
    return None


def _cuts_across(m, k, n, is_row_major):
    """Yield ways to cut, the best first: across what lies together in memory.

    The parts fill a vector of the processor at least, and nothing is left over.
    """
    most = LARGE_PRODUCT if min(m, n) > _NARROW else 2 * LARGE_PRODUCT
    if not SMALL < m * k * n <= most:
        return
    fewest = -(-m * k * n // SMALL)
    for by_rows, least in zip((not is_row_major, is_row_major), _FEWEST, strict=True):
        for n_parts in range(fewest, 5 * fewest):
            if (m if by_rows else n) % n_parts == 0:
                yield by_rows, n_parts, least


def _cuts_along(m, k, n, is_row_major):
    """Yield the same for sums, which had better be cut along what lies together."""
    times = 2 if min(m, n) <= _NARROW else 1
    is_large = m * n > times * _LARGE_SUMS or m * n * k > times * LARGE_PRODUCT
    fewest = max(-(-m * n * k // SMALL), -(-m * n // SMALL_SUMS))
    if is_large or k < _SHORT_SUMS or fewest == 1:
        return
    axes = is_row_major, not is_row_major
    for by_rows in axes:
        for n_parts in range(fewest, 2 * fewest + 1):
            if (m if by_rows else n) % n_parts == 0:
                yield by_rows, n_parts, _FEWEST_SUMS
    for by_rows in axes:  # or with something left over
        yield by_rows, fewest, _FEWEST_SUMS


def _shapes_of_parts(A_shape, B_shape, out_shape, by_rows, parts):
    (*members, m, n), done = out_shape, parts[0] * parts[1]
    if by_rows:
        shape, out_shape = (*A_shape[:-2], *parts, A_shape[-1]), (*members, *parts, n)
    else:
        shape, out_shape = (*B_shape[:-2], *parts, B_shape[-2]), (*members, *parts, m)
    return by_rows, done, shape, out_shape


def in_parts(A, B, out, plan):
    """Compute a product as the plan says: rows or columns in parts, and the rest.

    Parameters
    ----------
    A, B, out : ndarray of shape (..., m, k), (..., k, n) and (..., m, n)
        Factors, and where to write.
    plan : tuple
        As :func:`plan_parts` returns it.

    Returns
    -------
    ndarray of shape (..., m, n)
        `out`.

    Examples
    --------
    >>> plan = (True, 2, (2, 1, 3), (2, 1, 1))  # two parts of one row, and the rest
    >>> in_parts(np.eye(3), np.array([[1.0], [2.0], [3.0]]), np.empty((3, 1)), plan)
    array([[1.],
           [2.],
           [3.]])
    """
    by_rows, done, shape, out_shape = plan
    result = out
    if not by_rows:  # columns are the rows of (A @ B)ᵀ = Bᵀ @ Aᵀ
        A, B, out = B.mT, A.mT, out.mT
    if done < A.shape[-2]:
        np.matmul(A[..., done:, :], B, out=out[..., done:, :])
        A, out = A[..., :done, :], out[..., :done, :]
    B = B if B.ndim == 2 else B[:, np.newaxis]
    np.matmul(A.reshape(shape), B, out=out.reshape(out_shape))
    return result


@cache
def _has_small_kernels():
    libraries = blas_libraries()
    return bool(libraries) and getattr(libraries[0], "architecture", "") in _KERNELS
