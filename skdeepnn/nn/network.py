"""A feedforward network: dense layers over one flat parameter vector.

All coefficients and intercepts are views into `Network.params`, all gradients views
into `Network.gradient`: an optimizer is in-place arithmetic on two vectors, L-BFGS
needs no packing, and a snapshot of a network is one copy.
"""

import math
from itertools import pairwise

import numpy as np

from ..compute.inference import predict_in_blocks
from ..compute.layout import alternating_orders, best_param_orders, layouts
from ..compute.memory import BatchMemory, Recent, by_layer
from .layers import Dense, one_a_layer
from .penalty import Penalty

__all__ = ["Network"]


class Network:
    """Dense layers one after another; the last is linear and gives logits.

    Parameters
    ----------
    layer_sizes : sequence of int
        Number of features, of units of each hidden layer, and of outputs.
    activation : str, Activation or sequence of them, default="relu"
        Of the hidden layers: one for all, or one each.
    n_members : int or None, default=None
        Number of networks of this shape to train side by side as a stack; None for
        one network.
    fit_intercept : bool, default=True
        Whether units have intercepts.
    dropout : float or sequence of float, default=0.0
        Share of each hidden layer's units that a step of training leaves out: one for
        all layers, or one each.
    dtype : dtype, default=float64
        Of parameters and computations.
    param_orders : sequence of {"C", "F"}, optional
        How each layer's parameters lie in memory, by default the fastest way.

    Attributes
    ----------
    layers : list of Dense
        Their arrays are views into the vectors below.
    params, gradient : ndarray of shape (n_params,)
        All parameters and their gradient, member after member for a stack.

    Examples
    --------
    A network of two inputs, three hidden units and one output:

    >>> network = Network([2, 3, 1], activation="tanh")
    >>> network.initialize(np.random.RandomState(0), "glorot_uniform")
    >>> network.logits(np.zeros((5, 2))).shape
    (5, 1)
    >>> print(network)
    Network of 13 parameters in float64
      Dense(2 -> 3, tanh)          9 parameters
      Dense(3 -> 1, identity)      4 parameters
    """

    names = ()
    """Of its parts: a network alone has no need of any."""

    def __init__(
        self,
        layer_sizes,
        activation="relu",
        *,
        n_members=None,
        fit_intercept=True,
        dropout=0.0,
        dtype=np.float64,
        param_orders=None,
    ):
        self.layer_sizes = [int(size) for size in layer_sizes]
        self.activation = activation
        self.n_members = n_members
        self.fit_intercept = fit_intercept
        self.dtype = np.dtype(dtype)
        self.dropout = dropout
        self.param_orders = param_orders or best_param_orders(self.layer_sizes)
        n_hidden = len(self.layer_sizes) - 2
        activations = [*one_a_layer("activation", activation, n_hidden), "identity"]
        dropouts = [*one_a_layer("dropout", dropout, n_hidden), 0.0]
        of_all = {"fit_intercept": fit_intercept, "n_members": n_members}
        fans = pairwise(self.layer_sizes)
        self.layers = [
            Dense(*pair, f, dropout=share, dtype=dtype, param_order=order, **of_all)
            for pair, f, share, order in zip(
                fans, activations, dropouts, self.param_orders, strict=True
            )
        ]
        n_params = sum(math.prod(layer.shape) for layer in self.layers)
        self.bind(*np.zeros((2, n_params), self.dtype))

    def bind(self, params, gradient):
        """Take these vectors, of shape (n_params,), for parameters and gradient."""
        self.params, self.gradient = params, gradient
        parts = [by_layer(v, self.layers, self.n_members) for v in (params, gradient)]
        for layer, *vectors in zip(self.layers, *parts, strict=True):
            layer.bind(*vectors)
        self.release()

    def with_params(self, params):
        """Return a network like this one with these parameters: a view, no copy."""
        twin = Network(**self.settings())
        twin.bind(params, twin.gradient)
        return twin

    def group(self, members):
        """Return some members of a stack as one that shares their parameters.

        Parameters
        ----------
        members : slice
            Which ones.

        Returns
        -------
        Network
            Its `params` and `gradient` are views of parts of this network's.
        """
        n_members = len(range(self.n_members)[members])
        twin = Network(**self.settings() | {"n_members": n_members})
        vectors = [v.reshape(self.n_members, -1) for v in (self.params, self.gradient)]
        twin.bind(*(vector[members].reshape(-1) for vector in vectors))
        return twin

    def initialize(self, rng, weight_init="glorot_uniform", intercept_init=None):
        """Draw initial parameters, layer by layer.

        Parameters
        ----------
        rng : RandomState or sequence of RandomState
            Source of randomness; one a member for a stack.
        weight_init : str, callable or sequence of them, default="glorot_uniform"
            Initializer of all layers, or one each.
        intercept_init : callable or sequence of them, optional
            ``(rng, fan_in, fan_out) -> (fan_out,) array``; None, the default, is zeros.

        Raises
        ------
        ValueError
            If an initializer returns another shape, or values that are not finite.
        """
        rngs = [rng] if self.n_members is None else rng
        of_all = len(self.layers), "layers"
        weights = one_a_layer("weight_init", weight_init, *of_all)
        intercepts = one_a_layer("intercept_init", intercept_init, *of_all)
        for member, member_rng in enumerate(rngs):
            select = () if self.n_members is None else member
            for layer, *inits in zip(self.layers, weights, intercepts, strict=True):
                layer.draw(member_rng, *inits, select)

    @property
    def parts(self):
        """The network itself: an :class:`Ensemble` has several."""
        return [self]

    def inputs(self, X):
        """Return what each part sees of rows: all."""
        return [X]

    def forward(self, X, rng=None):
        """Compute the logits of one batch, remembering what :meth:`backward` needs.

        Parameters
        ----------
        X : {ndarray, sparse matrix} of shape (..., n_samples, n_features)
            Input.
        rng : numpy.random.Generator, optional
            Source of the dropout; without it there is none.

        Returns
        -------
        ndarray of shape (..., n_samples, n_outputs)
            Logits, in memory that the next call overwrites.
        """
        n_samples = X.shape[-2]
        if n_samples not in self._batches:
            self._batches.keep(n_samples, BatchMemory(self.new_caches(n_samples)))
        self._batch = self._batches[n_samples]
        for layer, cache in zip(self.layers, self._batch.caches, strict=True):
            X = layer.forward(X, cache, rng)
        return X

    def backward(self, gradient):
        """Propagate the gradient for the logits back, filling `self.gradient`.

        Parameters
        ----------
        gradient : ndarray of shape (..., n_samples, n_outputs)
            Derivative of the loss with respect to the logits of the last
            :meth:`forward`. Overwritten.
        """
        pairs = zip(self.layers[::-1], self._batch.caches[::-1], strict=True)
        for layer, cache in pairs:
            gradient = layer.backward(gradient, cache)

    def loss_and_gradient(self, X, y, sample_weight, loss, l2=0.0, rng=None):
        """Compute the penalized loss of a batch and fill `self.gradient`.

        ``loss(logits, y, sample_weight) + l2 / 2 * sum(coef²)``

        Parameters
        ----------
        X : {ndarray, sparse matrix} of shape (..., n_samples, n_features)
            Input.
        y : ndarray of shape (..., n_samples, n_outputs)
            Probabilities of the labels.
        sample_weight : ndarray of shape (..., n_samples) or None
            Weights of the rows.
        loss : object
            One of :mod:`skdeepnn.nn.losses`.
        l2 : float or ndarray of shape (n_members,), default=0.0
            Strength of the penalty on coefficients; intercepts are free.
        rng : numpy.random.Generator, optional
            Source of the dropout; without it there is none.

        Returns
        -------
        float or ndarray of shape (n_members,)
            The loss, one a member for a stack.
        """
        logits = self.forward(X, rng)
        value = loss.value_and_gradient(logits, y, sample_weight, self._batch.work)
        self.backward(logits)  # which the loss has made its gradient
        if not isinstance(l2, np.ndarray) and not l2:
            return value
        if self._penalty is None:
            self._penalty = Penalty(self)
        return value + self._penalty.add(self.params, self.gradient, l2)

    def coef_mask(self):
        """Return an array like `params`: 1 where a coefficient is, 0 for intercepts."""
        mask = np.ones_like(self.params)
        if self.fit_intercept:
            parts = by_layer(mask, self.layers, self.n_members)
            for layer, part in zip(self.layers, parts, strict=True):
                layer.block(part)[..., -1, :] = 0
        return mask

    def logits(self, X, out=None, n_threads=None):
        """Compute logits without remembering anything, in blocks of rows.

        Those of a stack are the means of its members', which predict a little better
        than the means of their probabilities do.

        Blocks keep the activations in cache, and the memory used beyond `out` small
        however many rows there are. Safe to call from several threads at once.

        Parameters
        ----------
        X : {ndarray, sparse matrix} of shape (n_samples, n_features)
            Input of any float type.
        out : ndarray of shape (n_samples, n_outputs), optional
            Where to write; a new array of the network's type by default.
        n_threads : int or None, default=None
            How many threads may share many rows, as for
            :func:`skdeepnn.compute.threads.new_team`.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
            Logits.
        """
        if out is None:
            out = np.empty((X.shape[0], self.layer_sizes[-1]), self.dtype)
        return predict_in_blocks(self, X, out, n_threads)

    def member_logits(self, X):
        """Compute the logits of each member of a stack for rows of its own.

        Parameters
        ----------
        X : ndarray of shape (n_members, n_samples, n_features)
            Input, in the network's type.

        Returns
        -------
        ndarray of shape (n_members, n_samples, n_outputs)
            Logits.
        """
        caches = self.new_caches(X.shape[-2], training=False)
        for layer, cache in zip(self.layers, caches, strict=True):
            X = layer.forward(X, cache)
        return X

    def new_caches(self, n_samples, training=True):
        """Allocate what batches of that many rows need.

        Parameters
        ----------
        n_samples : int
            Number of rows of a batch.
        training : bool, default=True
            Whether :meth:`backward` will come.

        Returns
        -------
        list of Cache
            One a layer.
        """
        recipe = layouts(tuple(self.layer_sizes), n_samples, self.fit_intercept)
        first = self.layers[0]  # whose input is data
        return [
            layer.new_cache(
                n_samples, layout, training=training, X_gradient=layer is not first
            )
            for layer, layout in zip(self.layers, recipe, strict=True)
        ]

    def release(self):
        """Free the memory that only training needs; it comes back when needed."""
        self._batches, self._batch, self._penalty = Recent(), None, None

    def settings(self):
        """Return the arguments that make a network of this shape, by name."""
        names = "layer_sizes activation n_members fit_intercept dropout dtype"
        return {name: getattr(self, name) for name in [*names.split(), "param_orders"]}

    def __getstate__(self):
        # Views do not survive pickling as views: only what rebuilds them is kept.
        return {**self.settings(), "dtype": self.dtype.name, "params": self.params}

    def __setstate__(self, state):
        params = state.pop("params")
        # Networks saved before there was a choice of orders had these
        state.setdefault("param_orders", alternating_orders(state["layer_sizes"]))
        self.__init__(**state)
        self.params[:] = params

    def __repr__(self):
        width = max(len(repr(layer)) for layer in self.layers)
        text = f"Network of {self.params.size:,d} parameters in {self.dtype}"
        for layer in self.layers:
            text += f"\n  {layer!r:{width}} {layer.params.size:>9,d} parameters"
        return text
