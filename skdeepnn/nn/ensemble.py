"""Stacks of networks that each see some of the columns, as one network."""

import numpy as np
from scipy.linalg import block_diag

from .network import Network

__all__ = ["Ensemble", "as_one"]


class Ensemble:
    """Stacks side by side; their mean logits are its own.

    Stacks may differ in the columns that they see, and in nothing else but their
    parameters. As a :class:`~skdeepnn.nn.network.Network` it has all of these in one
    vector, so that training sees no difference.

    Parameters
    ----------
    parts : list of Network
        The stacks, with the same outputs. They are bound to vectors of the ensemble.
    columns : list of ndarray of int
        Numbers of the columns that each sees.
    names : list of str
        What to call each.

    Attributes
    ----------
    params, gradient : ndarray of shape (n_params,)
        Part after part: vectors of which those of the parts are views.

    Examples
    --------
    One stack of two networks sees the first column of three, another the others:

    >>> parts = [Network([1, 4, 1], n_members=2), Network([2, 4, 1], n_members=2)]
    >>> ensemble = Ensemble(parts, [np.array([0]), np.array([1, 2])], ["a", "b"])
    >>> ensemble.initialize([np.random.RandomState(i) for i in range(4)])
    >>> ensemble.logits(np.zeros((5, 3))).shape
    (5, 1)
    >>> print(ensemble)
    Ensemble of 2 views
    a: Network of 26 parameters in float64
      Dense(1 -> 4, relu, 2 members)            16 parameters
      Dense(4 -> 1, identity, 2 members)        10 parameters
    b: Network of 34 parameters in float64
      Dense(2 -> 4, relu, 2 members)            24 parameters
      Dense(4 -> 1, identity, 2 members)        10 parameters
    """

    def __init__(self, parts, columns, names):
        self.parts, self.columns, self.names = parts, columns, names
        self.bind(*(np.concatenate([p.params for p in parts]) for _ in range(2)))

    def bind(self, params, gradient):
        """Take these vectors, of shape (n_params,), for parameters and gradient."""
        self.params, self.gradient = params, gradient
        starts = np.cumsum([part.params.size for part in self.parts])[:-1]
        vectors = (np.split(vector, starts) for vector in (params, gradient))
        for part, *both in zip(self.parts, *vectors, strict=True):
            part.bind(*both)

    @property
    def n_members(self):
        """Number of networks in all parts."""
        return sum(part.n_members or 1 for part in self.parts)

    @property
    def layers(self):
        """Those of :meth:`merged`: copies, which cannot be written to."""
        layers = self.merged().layers
        for layer in layers:
            for values in (layer.params, layer.coef, layer.intercept):
                values.flags.writeable = False
        return layers

    @property
    def layer_sizes(self):
        """Of the network that :meth:`merged` returns."""
        n_inputs = 1 + max(int(columns.max()) for columns in self.columns)
        return [n_inputs, *self.parts[0].layer_sizes[1:]]

    def __getattr__(self, name):
        if name in ("dtype", "fit_intercept", "activation", "dropout"):
            return getattr(self.parts[0], name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def with_params(self, params):
        """Return an ensemble like this one with these parameters: a view, no copy."""
        twin = self._twin()
        twin.bind(params, twin.gradient)
        return twin

    def keep(self, parts):
        """Return an ensemble of some of the parts, with copies of their parameters.

        Parameters
        ----------
        parts : sequence of int
            Which ones.
        """
        lists = (self.parts, self.columns, self.names)
        twin = Ensemble(*([values[i] for i in parts] for values in lists))
        return twin._twin()

    def _twin(self):
        parts = [part.with_params(part.params.copy()) for part in self.parts]
        return Ensemble(parts, self.columns, self.names)

    def initialize(self, rngs, weight_init="glorot_uniform", intercept_init=None):
        """Draw initial parameters; see `Network.initialize`.

        Parameters
        ----------
        rngs : sequence of RandomState
            One a member, part after part.
        weight_init, intercept_init
            As there.
        """
        rngs = iter(rngs)
        for part in self.parts:
            of_part = [next(rngs) for _ in range(part.n_members)]
            part.initialize(of_part, weight_init, intercept_init)

    def inputs(self, X):
        """Return what each part sees of rows: a list of arrays in C order."""
        return [X.take(columns, axis=1) for columns in self.columns]

    def logits(self, X, out=None, n_threads=None):
        """Compute logits; see `Network.logits`."""
        logits = [
            part.logits(X_part, n_threads=n_threads)
            for part, X_part in zip(self.parts, self.inputs(X), strict=True)
        ]
        if out is None:
            out = np.empty(logits[0].shape, self.dtype)
        return np.divide(sum(logits), len(logits), out=out)

    def merged(self):
        """Return the same as one stack of all members: a copy.

        Its members have zeros for the columns that they do not see.
        """
        settings = {
            name: getattr(self, name)
            for name in ("activation", "fit_intercept", "dropout", "dtype")
        }
        stack = Network(self.layer_sizes, n_members=self.n_members, **settings)
        start = 0
        for part, columns in zip(self.parts, self.columns, strict=True):
            members = slice(start, start := start + part.n_members)
            for i, (of_stack, of_part) in enumerate(
                zip(stack.layers, part.layers, strict=True)
            ):
                rows = slice(None) if i else columns
                of_stack.coef[members, rows] = of_part.coef
                if self.fit_intercept:
                    of_stack.intercept[members] = of_part.intercept
        return stack

    def release(self):
        """Free the memory that only training needs; it comes back when needed."""
        for part in self.parts:
            part.release()

    def __getstate__(self):
        return {name: vars(self)[name] for name in ("parts", "columns", "names")}

    def __setstate__(self, state):
        self.__init__(**state)

    def __copy__(self):
        return self._twin()

    def __repr__(self):
        text = f"Ensemble of {len(self.parts)} views"
        for name, part in zip(self.names, self.parts, strict=True):
            lines = repr(part).splitlines()
            text += "\n".join([f"\n{name}: {lines[0]}", *lines[1:]])
        return text


def as_one(network):
    """Return the layers of the one network that has the mean logits of all members.

    Parameters
    ----------
    network : Network or Ensemble
        Of any number of members.

    Returns
    -------
    list of tuple of ndarray
        Coefficients ``(fan_in, fan_out)`` and intercepts ``(fan_out,)`` of each layer:
        copies. Hidden layers are those of the members side by side, and the last layer
        takes the mean.

    Examples
    --------
    >>> [coef.shape for coef, _ in as_one(Network([3, 4, 5, 1], n_members=2))]
    [(3, 8), (8, 10), (10, 1)]
    """
    stack = network.merged() if isinstance(network, Ensemble) else network
    layers = [(np.array(of.coef), np.array(of.intercept)) for of in stack.layers]
    if stack.n_members is None:
        return layers
    coefs, intercepts = map(list, zip(*layers, strict=True))
    intercepts = [*(b.ravel() for b in intercepts[:-1]), intercepts[-1].mean(axis=0)]
    if len(coefs) == 1:
        return [(coefs[0].mean(axis=0), intercepts[0])]
    first, *between, last = coefs
    coefs = [np.hstack(first), *(block_diag(*coef) for coef in between)]
    coefs.append(np.vstack(last) / stack.n_members)
    return list(zip(coefs, intercepts, strict=True))
