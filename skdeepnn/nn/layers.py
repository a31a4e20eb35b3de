"""The dense layer: ``activation(X @ coef + intercept)``, forward and backward.

Rows are samples. With ``Z = X @ coef + intercept``, ``A = f(Z)``, and ``G`` for the
derivative of the loss with respect to ``A``, the chain rule is three lines::

    G *= f'(Z)                    with respect to Z, value by value
    Xᵀ @ G, and G's sum of rows   with respect to coef, and to intercept
    G @ coefᵀ                     with respect to X, which is the A of the layer before

The layer of a *stack* of networks has an axis of members in front: `coef` is
``(n_members, fan_in, fan_out)``, activations are ``(n_members, n_samples, n_units)``,
and the same lines of code serve both, because `numpy.matmul` treats all axes but the
last two as a batch.
"""

import math

import numpy as np

from ..compute.affine import affine, affine_gradient
from ..compute.layout import layer_layout
from ..compute.memory import as_matrices, new_cache
from .activations import activate, get_activation
from .initializers import draw

__all__ = ["Dense", "one_a_layer"]


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
    param_order : {"C", "F"}, default="C"
        How the parameters lie in memory; a matter of speed alone.

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
        param_order="C",
    ):
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout is a share in [0, 1), got {dropout!r}.")
        self.dropout = float(dropout)
        self.fan_in, self.fan_out = fan_in, fan_out
        self.activation = get_activation(activation)
        self.fit_intercept = fit_intercept
        self.n_members = n_members
        self.dtype = np.dtype(dtype)
        self.param_order = param_order
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
        return as_matrices(vector, self.shape, self.param_order)

    def draw(self, rng, weight_init, intercept_init=None, member=()):
        """Draw initial parameters.

        Parameters
        ----------
        rng : RandomState
            Source of randomness.
        weight_init : str or callable
            One of :mod:`skdeepnn.nn.initializers`.
        intercept_init : callable, optional
            ``(rng, fan_in, fan_out) -> (fan_out,) array``; the intercepts stay as they
            are without it.
        member : int, optional
            Whose parameters to draw, in a stack.
        """
        fans = self.fan_in, self.fan_out
        draw(weight_init, rng, *fans, out=self.coef[member])
        if self.fit_intercept and intercept_init is not None:
            draw(intercept_init, rng, *fans, out=self.intercept[member])

    def new_cache(self, n_samples, layout=None, *, training=True, X_gradient=True):
        """Allocate what batches of `n_samples` rows need.

        Parameters
        ----------
        n_samples : int
            Number of rows of a batch.
        layout : LayerLayout, optional
            Where arrays lie in memory, and whether the output shall have a column of
            ones; see :mod:`skdeepnn.compute.layout`.
        training : bool, default=True
            Whether :meth:`backward` and dropout will come.
        X_gradient : bool, default=True
            Whether :meth:`backward` shall return the gradient of the input.

        Returns
        -------
        Cache
            For :meth:`forward` and :meth:`backward`.
        """
        scratch = getattr(self.activation, "scratch", float)
        return new_cache(
            layout or layer_layout(self.param_order),
            (n_samples, self.fan_in, self.fan_out),
            n_members=self.n_members,
            dtype=self.dtype,
            keeps_input=getattr(self.activation, "keeps_input", True),
            scratch=scratch if training else None,
            drops=training and self.dropout > 0,
            X_gradient=training and X_gradient,
        )

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
        if cache is None:
            return activate(self.activation, affine(X, self.params))
        cache.X = X
        affine(X, self.params, out=cache.z)
        self.activation.value(cache.z, cache.a)
        if cache.mask is not None:
            cache.drop_units(self.dropout, rng)
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
        affine_gradient(cache.X, gradient, out=self.gradient)
        if cache.X_gradient is None:
            return None
        return cache.multiply(gradient, self.coef.mT, out=cache.X_gradient)

    def __repr__(self):
        name = getattr(self.activation, "name", self.activation)
        members = "" if self.n_members is None else f", {self.n_members} members"
        intercept = "" if self.fit_intercept else ", no intercept"
        dropout = f", dropout {self.dropout:g}" if self.dropout else ""
        details = f"{name}{dropout}{intercept}{members}"
        return f"Dense({self.fan_in} -> {self.fan_out}, {details})"


def one_a_layer(name, value, n_layers, layers="hidden layers"):
    """Return a list with one entry a layer.

    Parameters
    ----------
    name : str
        What it is, for the error.
    value : object or sequence
        One for all layers, or one each.
    n_layers : int
        Number of layers.
    layers : str, default="hidden layers"
        Which ones, for the error.

    Returns
    -------
    list
        With `n_layers` entries.

    Raises
    ------
    ValueError
        If a sequence has another length.

    Examples
    --------
    >>> one_a_layer("activation", "relu", 2)
    ['relu', 'relu']
    """
    if not isinstance(value, (list, tuple, np.ndarray)) or hasattr(value, "value"):
        return [value] * n_layers
    if len(value) != n_layers:
        raise ValueError(
            f"{name} has {len(value)} entries for {n_layers} {layers}: give one for "
            "all layers, or one each."
        )
    return list(value)
