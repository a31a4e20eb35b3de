"""The dense layer: ``activation(X @ coef + intercept)``, forward and backward.

Rows are samples. The layer of a *stack* of networks has an axis of members in front:
`coef` is ``(n_members, fan_in, fan_out)``, activations are ``(n_members, n_samples,
n_units)``, and the same lines of code serve both, because `numpy.matmul` treats all
axes but the last two as a batch.

Memory order is half the speed of small products: BLAS takes up to twice as long where
both factors lie contiguous along the axis that is summed over. A layer whose input
lies row by row (`input_order` "C") therefore writes its output column by column, the
next one the other way round, so that none of the three products of a layer meets that
case; only large layers are served better by rows throughout, and batches of many rows
by columns. Columns have another advantage: one of ones after the last lets the next
layer's product include its intercepts, and their gradient.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..compute.products import LARGE_PRODUCT, OuterProduct, product, transposed_product
from .activations import get_activation

__all__ = ["LARGE", "Cache", "Dense", "hidden_orders", "input_orders"]

LARGE = 2**15
"""Coefficients from which on a layer is large, and has rows throughout."""

_MANY_ROWS = 500  # of a batch; columns throughout make 1,000 rows 1.2 times as fast


def input_orders(layer_sizes):
    """Return the memory order of each layer's input, where nothing else is known.

    Parameters
    ----------
    layer_sizes : sequence of int
        Number of features, of units of each hidden layer, and of outputs.

    Returns
    -------
    list of {"C", "F"}
        Alternating, but for large layers.

    Examples
    --------
    >>> input_orders([30, 100, 50, 2])
    ['C', 'F', 'C']
    """
    orders = ["C"]
    for fan_in, fan_out in pairwise(layer_sizes[1:]):
        is_small = fan_in * fan_out < LARGE
        orders.append("F" if is_small and orders[-1] == "C" else "C")
    return orders


def hidden_orders(layer_sizes, n_samples):
    """Return the memory order of each hidden layer's output, for a batch's rows.

    Parameters
    ----------
    layer_sizes : sequence of int
        Number of features, of units of each hidden layer, and of outputs.
    n_samples : int
        Number of rows of the batch.

    Returns
    -------
    list of {"C", "F"}
        Columns for many rows, unless products are large.

    Examples
    --------
    >>> hidden_orders([30, 100, 50, 2], 100), hidden_orders([30, 100, 50, 2], 500)
    (['F', 'C'], ['F', 'F'])
    """
    orders = input_orders(layer_sizes)[1:]
    # Columns that begin 4 KiB apart compete for the same places in the cache
    if n_samples < _MANY_ROWS or n_samples % 1024 == 0:
        return orders
    sizes = [n_samples * fan_in * fan_out for fan_in, fan_out in pairwise(layer_sizes)]
    return [
        "F" if max(pair) <= LARGE_PRODUCT else order
        for pair, order in zip(pairwise(sizes), orders, strict=True)
    ]


@dataclass
class Cache:
    """What `Dense.backward` needs of `Dense.forward`, allocated before training.

    Parameters
    ----------
    z : ndarray of shape (..., n_samples, fan_out)
        ``X @ coef + intercept``; the activation where that can be done in place.
    a : ndarray of shape (..., n_samples, fan_out)
        ``activation(z)``; the same array as `z` unless the activation keeps its input.
    output : ndarray of shape (..., n_samples, fan_out or fan_out + 1)
        What `Dense.forward` returns: `a`, or with dropout ``a * mask``; perhaps with a
        column of ones.
    scratch : ndarray of shape (..., n_samples, fan_out) or None
        What the activation's derivative needs besides.
    mask : ndarray of shape (..., n_samples, fan_out) or None
        What `a` is multiplied with by dropout.
    X_gradient : ndarray of shape (..., n_samples, fan_in) or None
        Where the gradient with respect to the input goes; None for a first layer,
        whose input is data.
    outer_product : OuterProduct or None
        What computes `X_gradient` where the layer has a single unit.
    ones : ndarray of shape (1, n_samples)
        Sums over rows as a matrix product, in half the time of ``sum(axis=0)``.
    X : ndarray of shape (..., n_samples, fan_in or fan_in + 1), default=None
        The input, set by `Dense.forward`.
    drops : bool, default=False
        Whether the last `Dense.forward` had dropout.

    Examples
    --------
    >>> Dense(3, 2).new_cache(5).z.shape
    (5, 2)
    """

    z: np.ndarray
    a: np.ndarray
    output: np.ndarray
    scratch: np.ndarray | None
    mask: np.ndarray | None
    X_gradient: np.ndarray | None
    outer_product: OuterProduct | None
    ones: np.ndarray
    X: np.ndarray | None = None
    drops: bool = False


class Dense:
    """A fully connected layer: ``activation(X @ coef + intercept)``.

    Parameters
    ----------
    fan_in, fan_out : int
        Number of inputs and of units.
    activation : str or Activation, default="identity"
        Name in :data:`skdeepnn.nn.activations.ACTIVATIONS`, or an object of your own.
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
    input_order : {"C", "F"}, default="C"
        Memory order of the parameters, and of the inputs unless a cache has them in
        another; a matter of speed alone.

    Attributes
    ----------
    params, gradient : ndarray of shape (..., fan_in + 1, fan_out)
        All parameters and their gradient; the intercepts are the last row.
    coef : ndarray of shape (..., fan_in, fan_out)
        Weights, a view.
    intercept : ndarray of shape (..., fan_out)
        Biases, a view; zeros, not learned, without `fit_intercept`.
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
        input_order="C",
    ):
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout is a share in [0, 1), got {dropout!r}.")
        self.dropout = float(dropout)
        self.fan_in, self.fan_out = fan_in, fan_out
        self.activation = get_activation(activation)
        self.fit_intercept = fit_intercept
        self.n_members = n_members
        self.dtype = np.dtype(dtype)
        self.input_order = input_order
        self.bind(*np.zeros((2, math.prod(self.shape)), self.dtype))

    @property
    def shape(self):
        """Shape of the layer's parameters: its intercepts are the last row."""
        block = (self.fan_in + self.fit_intercept, self.fan_out)
        return block if self.n_members is None else (self.n_members, *block)

    def bind(self, params, gradient):
        """Make the layer's parameters and gradients views of these vectors.

        Parameters
        ----------
        params, gradient : ndarray of shape (size,) or (n_members, size)
            Parts of a network's flat vectors.
        """
        self.params, self.gradient = self.block(params), self.block(gradient)
        self.coef = self.params[..., : self.fan_in, :]
        self.coef_gradient = self.gradient[..., : self.fan_in, :]
        self.intercept = np.zeros_like(self.params[..., 0, :])
        self.intercept_gradient = np.zeros_like(self.intercept)
        if self.fit_intercept:
            self.intercept = self.params[..., -1, :]
            self.intercept_gradient = self.gradient[..., -1, :]

    def block(self, vector):
        """Return a vector as `params` are of theirs: a view of shape `shape`."""
        if self.input_order == "C":
            return vector.reshape(self.shape)
        *members, n_rows, n_columns = self.shape
        return vector.reshape(*members, n_columns, n_rows).mT

    def new_cache(
        self,
        n_samples,
        *,
        training=True,
        X_gradient=True,
        input_order=None,
        order=None,
        ones=False,
    ):
        """Allocate what batches of `n_samples` rows need.

        Parameters
        ----------
        n_samples : int
            Number of rows of a batch.
        training : bool, default=True
            Whether :meth:`backward` and dropout will come.
        X_gradient : bool, default=True
            Whether :meth:`backward` shall return the gradient of the input.
        input_order : {"C", "F"}, optional
            Memory order of the input's gradient; by default the layer's own.
        order : {"C", "F"}, optional
            Memory order of the output; by default the other one than the input's.
        ones : bool, default=False
            Whether to return the output with a column of ones after the last, which
            takes the place of adding the next layer's intercepts.

        Returns
        -------
        Cache
            For :meth:`forward` and :meth:`backward`.
        """
        input_order = input_order or self.input_order
        order = order or ("F" if input_order == "C" else "C")
        keeps_input = getattr(self.activation, "keeps_input", True)
        scratch = getattr(self.activation, "scratch", float) if training else None
        dropout = self.dropout if training else 0.0
        output = self._empty(n_samples, self.fan_out + ones, order)
        if ones:
            output[..., -1] = 1
        a = output[..., : self.fan_out]
        if dropout:
            a = np.empty_like(a)
        gradient_out = outer_product = None
        if training and X_gradient:
            gradient_out = self._empty(n_samples, self.fan_in, input_order)
            if self.fan_out == 1:
                sizes = n_samples, self.fan_in, self.n_members
                outer_product = OuterProduct(*sizes, self.dtype)
        return Cache(
            z=np.empty_like(a) if keeps_input else a,
            a=a,
            output=output,
            scratch=scratch
            and np.empty_like(a, dtype=bool if scratch is bool else None),
            mask=np.empty_like(a) if dropout else None,
            X_gradient=gradient_out,
            outer_product=outer_product,
            ones=np.ones((1, n_samples), self.dtype),
        )

    def _empty(self, n_samples, n_columns, order):
        members = () if self.n_members is None else (self.n_members,)
        if order == "C":
            return np.empty((*members, n_samples, n_columns), self.dtype)
        return np.empty((*members, n_columns, n_samples), self.dtype).mT

    def forward(self, X, cache=None, rng=None):
        """Compute ``activation(X @ coef + intercept)``.

        Parameters
        ----------
        X : {ndarray, sparse matrix} of shape (..., n_samples, fan_in)
            Input; or (..., n_samples, fan_in + 1) with a column of ones after the last.
            A stack also takes ``(n_samples, fan_in)``, shared by its members.
        cache : Cache, optional
            Where to write and what to remember for :meth:`backward`. Without it the
            result is a new array.
        rng : numpy.random.Generator, optional
            Draws which units are left out. Without it there is no dropout.

        Returns
        -------
        ndarray of shape (..., n_samples, fan_out)
            The layer's output; with a column of ones if the cache has room for it.
        """
        has_ones = X.shape[-1] > self.fan_in
        params = self.params if has_ones else self.coef
        z = product(X, params, out=None if cache is None else cache.z)
        if self.fit_intercept and not has_ones:
            z += self.intercept if z.ndim == 2 else self.intercept[:, np.newaxis]
        if cache is None:
            keeps_input = getattr(self.activation, "keeps_input", True)
            a = np.empty_like(z) if keeps_input else z
            self.activation.value(z, a)
            return a
        cache.X = X
        self.activation.value(z, cache.a)
        cache.drops = rng is not None and cache.mask is not None
        if cache.drops:
            _draw_mask(rng, self.dropout, out=cache.mask)
            np.multiply(cache.a, cache.mask, out=cache.output[..., : self.fan_out])
        elif cache.mask is not None:
            cache.output[..., : self.fan_out] = cache.a
        return cache.output

    def backward(self, gradient, cache):
        """Turn the loss's gradient for this layer's output into that for its input.

        Also sets `coef_gradient` and `intercept_gradient`.

        Parameters
        ----------
        gradient : ndarray of shape (..., n_samples, fan_out)
            Derivative of the loss with respect to what :meth:`forward` returned, any
            column of ones left aside. Overwritten.
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
        if cache.X.shape[-1] > self.fan_in:
            transposed_product(cache.X, gradient, out=self.gradient)
        else:
            transposed_product(cache.X, gradient, out=self.coef_gradient)
            if self.fit_intercept:
                out = self.intercept_gradient[..., np.newaxis, :]
                np.matmul(cache.ones, gradient, out=out)
        if cache.X_gradient is None:
            return None
        multiply = cache.outer_product or product
        return multiply(gradient, self.coef.mT, out=cache.X_gradient)

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
