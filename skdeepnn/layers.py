"""The dense layer: ``activation(X @ coef + intercept)``, forward and backward.

Rows are samples. The layer of a *stack* of networks has an axis of members in front:
`coef` is ``(n_members, fan_in, fan_out)``, activations are ``(n_members, n_samples,
n_units)``, and the same lines of code serve both, because `numpy.matmul` treats all
axes but the last two as a batch.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import issparse

from .activations import get_activation

__all__ = ["Cache", "Dense"]


@dataclass
class Cache:
    """What `Dense.backward` needs of `Dense.forward`, allocated before training.

    Parameters
    ----------
    z : ndarray of shape (..., n_samples, fan_out)
        ``X @ coef + intercept``; the activation where that can be done in place.
    a : ndarray of shape (..., n_samples, fan_out)
        ``activation(z)``; the same array as `z` unless the activation keeps its input.
    scratch : ndarray of shape (..., n_samples, fan_out) or None
        What the activation's derivative needs besides.
    X_gradient : ndarray of shape (..., n_samples, fan_in) or None
        Where the gradient with respect to the input goes; None for a first layer,
        whose input is data.
    ones : ndarray of shape (1, n_samples)
        Sums over rows as a matrix product, in half the time of ``sum(axis=0)``.
    dropped, mask : ndarray of shape (..., n_samples, fan_out) or None
        With dropout the output, ``a * mask``, and what it was multiplied with.
    drops : bool, default=False
        Whether the last `Dense.forward` had dropout.
    X : ndarray of shape (..., n_samples, fan_in), default=None
        The input, set by `Dense.forward`.

    Examples
    --------
    >>> Dense(3, 2).new_cache(5).first_rows(4).z.shape
    (4, 2)
    """

    z: np.ndarray
    a: np.ndarray
    scratch: np.ndarray | None
    X_gradient: np.ndarray | None
    ones: np.ndarray
    dropped: np.ndarray | None = None
    mask: np.ndarray | None = None
    drops: bool = False
    X: np.ndarray | None = None

    def first_rows(self, n_samples):
        """Return a cache for fewer rows in the same memory."""
        return Cache(
            z=(z := self.z[..., :n_samples, :]),
            a=z if self.a is self.z else self.a[..., :n_samples, :],
            scratch=_rows(self.scratch, n_samples),
            X_gradient=_rows(self.X_gradient, n_samples),
            ones=self.ones[:, :n_samples],
            dropped=_rows(self.dropped, n_samples),
            mask=_rows(self.mask, n_samples),
        )


def _rows(array, n_samples):
    return None if array is None else array[..., :n_samples, :]


class Dense:
    """A fully connected layer: ``activation(X @ coef + intercept)``.

    Parameters
    ----------
    fan_in, fan_out : int
        Number of inputs and of units.
    activation : str or Activation, default="identity"
        Name in :data:`skdeepnn.activations.ACTIVATIONS`, or an object of your own.
    fit_intercept : bool, default=True
        Whether units have an intercept.
    n_members : int or None, default=None
        Number of networks in a stack; None for one network, without that axis.
    dropout : float, default=0.0
        Share of the units that are left out in each step of training; those that stay
        are multiplied with ``1 / (1 - dropout)`` (Srivastava et al., JMLR 15, 2014, in
        the "inverted" form of its section 10), so that predicting needs no change.
    dtype : dtype, default=float64
        Of the parameters.

    Attributes
    ----------
    coef : ndarray of shape (..., fan_in, fan_out)
        Weights.
    intercept : ndarray of shape (..., fan_out)
        Biases; zeros, not learned, without `fit_intercept`.
    coef_gradient, intercept_gradient : ndarray
        Set by :meth:`backward`, shaped as their parameters.

    References
    ----------
    Goodfellow, Bengio and Courville, "Deep Learning", 2016, Algorithms 6.3 and 6.4.

    Examples
    --------
    >>> layer = Dense(2, 1, activation="relu")
    >>> layer.coef[:] = [[1.0], [-1.0]]
    >>> layer.forward(np.array([[3.0, 1.0], [1.0, 3.0]]))
    array([[2.],
           [0.]])
    >>> layer
    Dense(2 -> 1, relu)
    """

    def __init__(
        self,
        fan_in,
        fan_out,
        activation="identity",
        *,
        fit_intercept=True,
        n_members=None,
        dropout=0.0,
        dtype=np.float64,
    ):
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout is a share in [0, 1), got {dropout!r}.")
        self.dropout = float(dropout)
        self.fan_in, self.fan_out = fan_in, fan_out
        self.activation = get_activation(activation)
        self.fit_intercept = fit_intercept
        self.n_members = n_members
        self.dtype = np.dtype(dtype)
        self.bind(np.zeros(self.shape, self.dtype), np.zeros(self.shape, self.dtype))

    @property
    def shape(self):
        """Shape of the layer's parameters: its intercepts are the last row."""
        block = (self.fan_in + self.fit_intercept, self.fan_out)
        return block if self.n_members is None else (self.n_members, *block)

    def bind(self, params, gradient):
        """Make the layer's parameters and gradients views of these arrays.

        Parameters
        ----------
        params, gradient : ndarray of shape `shape`
            Blocks of a network's flat vectors.
        """
        assert params.shape == gradient.shape == self.shape
        self.coef = params[..., : self.fan_in, :]
        self.coef_gradient = gradient[..., : self.fan_in, :]
        self.intercept = np.zeros_like(params[..., 0, :])
        self.intercept_gradient = np.zeros_like(self.intercept)
        if self.fit_intercept:
            self.intercept = params[..., -1, :]
            self.intercept_gradient = gradient[..., -1, :]

    def new_cache(self, n_samples, X_gradient=True):
        """Allocate what training on up to `n_samples` rows needs.

        Parameters
        ----------
        n_samples : int
            The largest number of rows of a batch.
        X_gradient : bool, default=True
            Whether :meth:`backward` shall return the gradient of the input.

        Returns
        -------
        Cache
            For :meth:`forward` and :meth:`backward`.
        """
        members = () if self.n_members is None else (self.n_members,)
        shape = (*members, n_samples, self.fan_out)
        keeps_input = getattr(self.activation, "keeps_input", True)
        scratch = getattr(self.activation, "scratch", float)
        z = np.empty(shape, self.dtype)
        return Cache(
            z=z,
            a=np.empty_like(z) if keeps_input else z,
            scratch=scratch
            and np.empty(shape, bool if scratch is bool else self.dtype),
            X_gradient=np.empty((*members, n_samples, self.fan_in), self.dtype)
            if X_gradient
            else None,
            ones=np.ones((1, n_samples), self.dtype),
            dropped=np.empty_like(z) if self.dropout else None,
            mask=np.empty_like(z) if self.dropout else None,
        )

    def forward(self, X, cache=None, rng=None):
        """Compute ``activation(X @ coef + intercept)``.

        Parameters
        ----------
        X : {ndarray, sparse matrix} of shape (..., n_samples, fan_in)
            Input. A stack also takes ``(n_samples, fan_in)``, shared by its members.
        cache : Cache, optional
            Where to write and what to remember for :meth:`backward`. Without it the
            result is a new array.
        rng : numpy.random.Generator, optional
            Draws which units are left out. Without it there is no dropout.

        Returns
        -------
        ndarray of shape (..., n_samples, fan_out)
            The layer's output.
        """
        z = _product(X, self.coef, out=None if cache is None else cache.z)
        if self.fit_intercept:
            z += self.intercept[..., np.newaxis, :]
        if cache is not None:
            cache.X, a = X, cache.a
        else:
            a = np.empty_like(z) if getattr(self.activation, "keeps_input", True) else z
        self.activation.value(z, a)
        if cache is None or not self.dropout:
            return a
        cache.drops = rng is not None
        if not cache.drops:
            return a
        _draw_mask(rng, self.dropout, out=cache.mask)
        return np.multiply(a, cache.mask, out=cache.dropped)

    def backward(self, gradient, cache):
        """Turn the loss's gradient for this layer's output into that for its input.

        Also sets `coef_gradient` and `intercept_gradient`.

        Parameters
        ----------
        gradient : ndarray of shape (..., n_samples, fan_out)
            Derivative of the loss with respect to what :meth:`forward` returned.
            Overwritten.
        cache : Cache
            The one that :meth:`forward` filled. Its arrays are overwritten.

        Returns
        -------
        ndarray of shape (..., n_samples, fan_in) or None
            Derivative of the loss with respect to `X`, if the cache has room for it.
        """
        if cache.drops:
            gradient *= cache.mask
        self.activation.backward(gradient, cache.z, cache.a, cache.scratch)
        _product(_transposed(cache.X), gradient, out=self.coef_gradient)
        if self.fit_intercept:
            out = self.intercept_gradient[..., np.newaxis, :]
            np.matmul(cache.ones, gradient, out=out)
        if cache.X_gradient is None:
            return None
        return np.matmul(gradient, _transposed(self.coef), out=cache.X_gradient)

    def __repr__(self):
        name = getattr(self.activation, "name", self.activation)
        members = "" if self.n_members is None else f", {self.n_members} members"
        intercept = "" if self.fit_intercept else ", no intercept"
        dropout = f", dropout {self.dropout:g}" if self.dropout else ""
        details = f"{name}{dropout}{intercept}{members}"
        return f"Dense({self.fan_in} -> {self.fan_out}, {details})"


def _draw_mask(rng, dropout, out):
    """Fill `out` with 0, or 1 / (1 - dropout) for what stays."""
    # Two random bytes a unit serve as well as a float, in a quarter of the time.
    threshold = min(round(dropout * 2**16), 2**16 - 1)
    bits = np.frombuffer(rng.bytes(2 * out.size), np.uint16).reshape(out.shape)
    np.multiply(bits >= threshold, 1 / (1 - threshold / 2**16), out=out)


def _transposed(X):
    return X.T if X.ndim == 2 else X.swapaxes(-1, -2)


def _product(X, B, out=None):
    """``X @ B``; a sparse `X` meets the members of a stack one after another."""
    if not issparse(X):
        return np.matmul(X, B, out=out)
    product = X @ B if B.ndim == 2 else np.stack([X @ member for member in B])
    if out is None:
        return product
    out[...] = product
    return out
