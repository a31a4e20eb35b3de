"""Matrix products, cut where BLAS is faster with smaller ones."""

import numpy as np
from scipy.sparse import issparse

from .cutting import SMALL, SMALL_SUMS, in_parts, plan_parts
from .threads import blas_is_held

try:
    from scipy.sparse import _sparsetools
except ImportError:  # it is not public
    _sparsetools = None

__all__ = ["OuterProduct", "product", "transposed_product"]


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
    if out is not None and out.size * A.shape[-1] > SMALL and blas_is_held():
        is_row_major = out.strides[-1] == out.itemsize
        plan = plan_parts(A.shape, B.shape, out.shape, is_row_major)
    return np.matmul(A, B, out=out) if plan is None else in_parts(A, B, out, plan)


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
        out.size > SMALL_SUMS
        and not issparse(X)
        and A.strides[-1] == B.strides[-2] == out.itemsize
        and (out.size * A.shape[-1] <= SMALL or blas_is_held())
    ):
        is_row_major = out.strides[-1] == out.itemsize
        plan = plan_parts(A.shape, B.shape, out.shape, is_row_major, sums_up=True)
    return product(A, B, out) if plan is None else in_parts(A, B, out, plan)


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
