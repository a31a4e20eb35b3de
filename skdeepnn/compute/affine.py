"""The affine map of a layer and its gradient, with or without a column of ones.

``[X, 1] @ params`` is ``X @ coef + intercept`` where `params` has the intercepts as its
last row. An input that brings the column of ones along has both in one product; where
it does not, rows are added and summed up by themselves.
"""

import numpy as np

from .elementwise import row_of_ones
from .products import product, transposed_product

__all__ = ["affine", "affine_gradient"]

_COEF, _INTERCEPT = np.s_[..., :-1, :], np.s_[..., -1:, :]


def affine(X, params, out=None):
    """Return ``[X, 1] @ params``.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (..., n_samples, fan_in)
        Input, with as many columns as `params` has rows; or with one fewer, which
        counts as one of ones.
    params : ndarray of shape (..., fan_in, n_units) or (..., fan_in + 1, n_units)
        Coefficients, and intercepts in the last row.
    out : ndarray of shape (..., n_samples, n_units), optional
        Where to write; a new array by default.

    Returns
    -------
    ndarray of shape (..., n_samples, n_units)
        The values.

    Examples
    --------
    >>> X, params = np.array([[2.0]]), np.array([[3.0], [1.0]])
    >>> affine(X, params), affine(np.array([[2.0, 1.0]]), params)
    (array([[7.]]), array([[7.]]))
    """
    if X.shape[-1] == params.shape[-2]:
        return product(X, params, out)
    z = product(X, params[_COEF], out)
    z += params[_INTERCEPT]
    return z


def affine_gradient(X, gradient, out):
    """Return ``[X, 1]ᵀ @ gradient``, the derivative with respect to `params`.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (..., n_samples, fan_in)
        As for :func:`affine`.
    gradient : ndarray of shape (..., n_samples, n_units)
        Derivative of a loss with respect to the values.
    out : ndarray of shape (..., fan_in, n_units) or (..., fan_in + 1, n_units)
        Where to write.

    Returns
    -------
    ndarray
        `out`.

    Examples
    --------
    >>> gradient, out = np.array([[1.0], [4.0]]), np.empty((2, 1))
    >>> affine_gradient(np.array([[2.0], [3.0]]), gradient, out)
    array([[14.],
           [ 5.]])
    """
    if X.shape[-1] == out.shape[-2]:
        return transposed_product(X, gradient, out)
    transposed_product(X, gradient, out[_COEF])
    # A product with ones takes half the time of ``sum(axis=0)``
    ones = row_of_ones(gradient.shape[-2], gradient.dtype)
    np.matmul(ones, gradient, out=out[_INTERCEPT])
    return out
