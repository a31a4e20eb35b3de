"""Matrix products, cut where BLAS is faster with smaller ones."""

from functools import cache, lru_cache

import numpy as np
from scipy.sparse import issparse

from .parallel import blas_is_held, blas_libraries

try:
    from scipy.sparse import _sparsetools
except ImportError:  # it is not public
    _sparsetools = None

__all__ = ["LARGE_PRODUCT", "OuterProduct", "product"]

# On processors with AVX-512, OpenBLAS computes products of up to a million
# multiplications without rearranging their factors first (its "small matrix"
# kernels). Somewhat larger ones take 0.65 to 0.9 of the time in parts of that size,
# unless several threads share the whole.
_KERNELS = {"SkylakeX", "Cooperlake", "SapphireRapids"}
_SMALL = 100**3  # multiplications
_NARROW = 16  # rows or columns of a result for which twice as many are not yet large
_FEWEST = 12, 64  # rows or columns of a part: cut across, or along, what is contiguous

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
    if out is None or out.size * A.shape[-1] <= _SMALL or not blas_is_held():
        return np.matmul(A, B, out=out)
    plan = _plan(A.shape, B.shape, out.shape, out.strides[-1] == out.itemsize)
    if plan is None:
        return np.matmul(A, B, out=out)
    by_rows, shape, out_shape = plan
    if by_rows:
        B = B if B.ndim == 2 else B[:, np.newaxis]
        np.matmul(A.reshape(shape), B, out=out.reshape(out_shape))
    else:
        A = A if A.ndim == 2 else A[:, np.newaxis]
        B, parts = B.reshape(shape), out.reshape(out_shape)
        np.matmul(A, B.swapaxes(-2, -3), out=parts.swapaxes(-2, -3))
    return out


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
        self._columns = np.zeros((*members, 2, n_rows), dtype).swapaxes(-1, -2)
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
    same_type = A.dtype == B.dtype == out.dtype
    if add_product is None or not same_type or not out.flags.c_contiguous:
        out[...] = A @ B
        return
    out[...] = 0
    indices = A.indptr, A.indices, A.data
    add_product(*A.shape, B.shape[1], *indices, B.ravel(), out.reshape(-1))


@lru_cache(1024)
def _plan(A_shape, B_shape, out_shape, is_row_major):
    """Return whether to cut rows or columns, and shapes of the factor and result cut.

    Best is to cut across what lies together in memory, in parts that fill a vector of
    the processor at least. The parts are equal, so that one call computes them all.
    None where cutting does not pay.
    """
    (*_, m, k), (*members, _, n) = A_shape, out_shape
    most = LARGE_PRODUCT if min(m, n) > _NARROW else 2 * LARGE_PRODUCT
    if not (_SMALL < m * k * n <= most and _has_small_kernels()):
        return None
    fewest = -(-m * k * n // _SMALL)
    axes = [(n, False), (m, True)] if is_row_major else [(m, True), (n, False)]
    for (size, by_rows), least in zip(axes, _FEWEST, strict=True):
        for n_parts in range(fewest, 5 * fewest):
            if size % n_parts == 0 and size // n_parts >= least:
                part = (n_parts, size // n_parts)
                if by_rows:
                    return True, (*A_shape[:-2], *part, k), (*members, *part, n)
                return False, (*B_shape[:-1], *part), (*members, m, *part)
    return None


@cache
def _has_small_kernels():
    libraries = blas_libraries()
    return bool(libraries) and getattr(libraries[0], "architecture", "") in _KERNELS
