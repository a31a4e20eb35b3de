"""Matrix products, cut where BLAS is faster with smaller ones."""

from functools import cache, lru_cache

import numpy as np
from scipy.sparse import issparse

from .threads import blas_is_held, blas_libraries

try:
    from scipy.sparse import _sparsetools
except ImportError:  # it is not public
    _sparsetools = None

__all__ = ["LARGE_PRODUCT", "OuterProduct", "product", "transposed_product"]

# On processors with AVX-512, OpenBLAS computes products of up to a million
# multiplications without rearranging their factors first (its "small matrix"
# kernels). Somewhat larger ones take 0.65 to 0.9 of the time in parts of that size,
# unless several threads share the whole.
_KERNELS = {"SkylakeX", "Cooperlake", "SapphireRapids"}
_SMALL = 100**3  # multiplications
_NARROW = 16  # rows or columns of a result for which twice as many are not yet large
_FEWEST = 12, 64  # rows or columns of a part: cut across, or along, what is contiguous

# Where both factors lie contiguous along the axis that is summed over, there are such
# kernels for results of up to 1,200 values only: larger ones, up to some thousand
# values, take 0.3 to 0.8 of the time in parts of that size.
_SMALL_SUMS, _LARGE_SUMS = 1_200, 5_000  # values of a result
_SHORT_SUMS = 128  # products for each value, of which fewer are not worth it
_FEWEST_SUMS = 8  # rows or columns of a part

LARGE_PRODUCT = 5 * _SMALL
"""Multiplications from which on it pays to rearrange the factors."""


def product(A, B, out=None):
    """Return ``A @ B``.

    Parameters
    ----------
    A : {ndarray, sparse matrix} of shape (..., m, k)
        A sparse one meets the members of a stack one after another.
    B : ndarray of shape (..., k, n)
        Second factor.
    out : ndarray of shape (..., m, n), optional
        Where to write; a new array by default.

    Returns
    -------
    ndarray of shape (..., m, n)
        The product.

    Examples
    --------
    >>> product(np.eye(2), np.array([[1.0], [2.0]]))
    array([[1.],
           [2.]])
    """
    if out is None and B.ndim == 2:
        return A @ B
    if issparse(A):
        return _sparse_product(A, B, out)
    plan = None
    if out is not None and out.size * A.shape[-1] > _SMALL and blas_is_held():
        is_row_major = out.strides[-1] == out.itemsize
        plan = _plan(A.shape, B.shape, out.shape, is_row_major)
    return np.matmul(A, B, out=out) if plan is None else _in_parts(A, B, out, plan)


def transposed_product(X, B, out):
    """Return ``Xᵀ @ B``, which sums over rows.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (..., k, m)
        First factor.
    B : ndarray of shape (..., k, n)
        Second factor.
    out : ndarray of shape (..., m, n)
        Where to write.

    Returns
    -------
    ndarray of shape (..., m, n)
        The product.

    Examples
    --------
    >>> X = np.array([[1.0], [2.0]])
    >>> transposed_product(X, X, out=np.empty((1, 1)))
    array([[5.]])
    """
    A = X.T if issparse(X) else X.mT
    plan = None
    if (
        out.size > _SMALL_SUMS
        and not issparse(X)
        and A.strides[-1] == B.strides[-2] == out.itemsize
        and (out.size * A.shape[-1] <= _SMALL or blas_is_held())
    ):
        is_row_major = out.strides[-1] == out.itemsize
        plan = _plan_of_sums(A.shape, B.shape, out.shape, is_row_major)
    return product(A, B, out) if plan is None else _in_parts(A, B, out, plan)


def _in_parts(A, B, out, plan):
    """Compute a product as the plan says: rows or columns in parts, and the rest."""
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


class OuterProduct:
    """Products of a column and a row, as a single unit's gradients are.

    NumPy leaves these to BLAS only where there are two columns and rows. With zeros
    for company they take 0.1 to 0.4 of the time of `numpy.multiply`, which goes row by
    row (and 0.03 to 0.1 of that of `numpy.matmul`).

    Parameters
    ----------
    n_rows, n_columns : int
        Shape of the products.
    n_members : int or None, default=None
        How many to compute in one call; None for one, without that axis.
    dtype : dtype, default=float64
        Of the factors.

    Examples
    --------
    >>> multiply = OuterProduct(2, 3)
    >>> multiply(np.array([[1.0], [2.0]]), np.array([[1.0, 0.0, 3.0]]))
    array([[1., 0., 3.],
           [2., 0., 6.]])
    """

    def __init__(self, n_rows, n_columns, n_members=None, dtype=np.float64):
        members = () if n_members is None else (n_members,)
        self._columns = np.zeros((*members, 2, n_rows), dtype).mT
        self._rows = np.zeros((*members, 2, n_columns), dtype)

    def __call__(self, column, row, out=None):
        """Return ``column @ row``.

        Parameters
        ----------
        column : ndarray of shape (..., n_rows, 1)
            First factor.
        row : ndarray of shape (..., 1, n_columns)
            Second factor.
        out : ndarray of shape (..., n_rows, n_columns), optional
            Where to write; a new array by default.

        Returns
        -------
        ndarray of shape (..., n_rows, n_columns)
            The product.
        """
        self._columns[..., :1] = column
        self._rows[..., :1, :] = row
        return np.matmul(self._columns, self._rows, out=out)


def _sparse_product(A, B, out):
    if out is None:
        return A @ B if B.ndim == 2 else np.stack([A @ member for member in B])
    if B.ndim == 2:
        _sparse_product_into(A, B, out)
    else:
        for member, part in zip(B, out, strict=True):
            _sparse_product_into(A, member, part)
    return out


def _sparse_product_into(A, B, out):
    # SciPy's product would be a new array each time, and a copy: 2.5 times as long for
    # the gradient of a layer with many inputs. What it is made of adds to an array.
    add_product = getattr(_sparsetools, f"{A.format}_matvecs", None)
    is_usual = A.format in ("csr", "csc") and A.dtype == B.dtype == out.dtype
    if add_product is None or not is_usual or not out.flags.c_contiguous:
        out[...] = A @ B
        return
    out[...] = 0
    indices = A.indptr, A.indices, A.data
    add_product(*A.shape, B.shape[1], *indices, B.ravel(), out.reshape(-1))


@lru_cache(1024)
def _plan(A_shape, B_shape, out_shape, is_row_major):
    """Return how to cut a product; None where that does not pay.

    Best is to cut across what lies together in memory, in parts that fill a vector of
    the processor at least. The parts are equal, so that one call computes them all.

    Returns
    -------
    by_rows : bool
        Whether to cut rows, or columns.
    done : int
        How many of them are in the parts; what is left over is computed by itself.
    shape, out_shape : tuple of int
        Of the factor and the result in parts, transposed unless `by_rows`.
    """
    (m, k), n = A_shape[-2:], out_shape[-1]
    most = LARGE_PRODUCT if min(m, n) > _NARROW else 2 * LARGE_PRODUCT
    if not (_SMALL < m * k * n <= most and _has_small_kernels()):
        return None
    fewest = -(-m * k * n // _SMALL)
    axes = [(n, False), (m, True)] if is_row_major else [(m, True), (n, False)]
    for (size, by_rows), least in zip(axes, _FEWEST, strict=True):
        for n_parts in range(fewest, 5 * fewest):
            if size % n_parts == 0 and size // n_parts >= least:
                parts = (n_parts, size // n_parts)
                return _shapes_of_parts(A_shape, B_shape, out_shape, by_rows, parts)
    return None


@lru_cache(1024)
def _plan_of_sums(A_shape, B_shape, out_shape, is_row_major):
    """Return the same where both factors lie along the axis that is summed over.

    Here it is best to cut along what lies together in memory.
    """
    (m, k), n = A_shape[-2:], out_shape[-1]
    times = 2 if min(m, n) <= _NARROW else 1
    is_large = m * n > times * _LARGE_SUMS or m * n * k > times * LARGE_PRODUCT
    if is_large or k < _SHORT_SUMS or not _has_small_kernels():
        return None
    fewest = max(-(-m * n * k // _SMALL), -(-m * n // _SMALL_SUMS))
    if fewest == 1:
        return None
    axes = [(m, True), (n, False)] if is_row_major else [(n, False), (m, True)]
    cuts = [
        (*axis, n_parts) for axis in axes for n_parts in range(fewest, 2 * fewest + 1)
    ]
    evenly = [cut for cut in cuts if cut[0] % cut[2] == 0]
    for size, by_rows, n_parts in [*evenly, *((*axis, fewest) for axis in axes)]:
        if size // n_parts >= _FEWEST_SUMS:
            parts = (n_parts, size // n_parts)
            return _shapes_of_parts(A_shape, B_shape, out_shape, by_rows, parts)
    return None


def _shapes_of_parts(A_shape, B_shape, out_shape, by_rows, parts):
    (*members, m, n), done = out_shape, parts[0] * parts[1]
    if by_rows:
        shape, out_shape = (*A_shape[:-2], *parts, A_shape[-1]), (*members, *parts, n)
    else:
        shape, out_shape = (*B_shape[:-2], *parts, B_shape[-2]), (*members, *parts, m)
    return by_rows, done, shape, out_shape


@cache
def _has_small_kernels():
    libraries = blas_libraries()
    return bool(libraries) and getattr(libraries[0], "architecture", "") in _KERNELS
