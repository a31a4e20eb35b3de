"""Optimizers: in-place steps on flat vectors. They know nothing of networks.

Each has one method, ``step(params, gradient, learning_rate)``, that changes `params`
in place and may overwrite `gradient`; both are contiguous. A step is the formula in its
class's docstring, block by block; ``axpy(x, y, a=a)`` is ``y += a * x``.
"""

import numpy as np

from ..compute.moments import PutOffDecay
from ..compute.vectors import (
    AXPY,
    BLOCK,
    Shrinkage,
    add_multiple,
    clear_tiny,
    in_blocks,
)

__all__ = ["SGD", "Adam", "AdamW", "WeightAverage"]


class _Optimizer:
    def __setstate__(self, state):
        # joblib may load arrays as memory that BLAS must not write to, and would.
        vars(self).update(
            (name, value.copy() if isinstance(value, np.ndarray) else value)
            for name, value in state.items()
        )

    def go_on_from(self, vectors, counts):
        """Be as another of the kind was that has taken steps.

        Parameters
        ----------
        vectors : list of ndarray of shape (n_params,)
            Its moments, as :meth:`progress` returned them; copied.
        counts : list of int
            Of its steps, likewise.
        """
        for own, value in zip(self.progress()[0], vectors, strict=True):
            own[:] = value
        self._count(*counts)


class SGD(_Optimizer):
    """Gradient descent: plain, with momentum, or with Nesterov's momentum.

    ``v = momentum * v - learning_rate * g``, then ``params += v``; with `nesterov`,
    ``params += momentum * v - learning_rate * g``.

    Parameters
    ----------
    params : ndarray of shape (n_params,)
        The vector to be optimized, for its size and data type.
    momentum : float, default=0.0
        Share of the last step that is carried on, in [0, 1]. 0 is plain descent.
    nesterov : bool, default=False
        Whether to look ahead along the momentum.

    References
    ----------
    Sutskever et al., "On the importance of initialization and momentum in deep
    learning", ICML 2013, eq. 1 to 4; Bengio et al., :arxiv:`1212.0901`, eq. 7.

    Examples
    --------
    >>> params = np.array([1.0])
    >>> SGD(params).step(params, np.array([2.0]), learning_rate=0.25)
    >>> params
    array([0.5])
    """

    _CLEAR_EVERY = 64  # steps

    def __init__(self, params, *, momentum=0.0, nesterov=False):
        self.momentum = float(momentum)
        self.nesterov = nesterov and momentum > 0
        self.velocity = np.zeros_like(params) if momentum else None
        self._n_steps = 0

    def step(self, params, gradient, learning_rate):
        """Take one step.

        Parameters
        ----------
        params : ndarray of shape (n_params,)
            Changed in place.
        gradient : ndarray of shape (n_params,)
            Overwritten.
        learning_rate : float
            Size of the step.
        """
        if self.velocity is None:
            add_multiple(params, gradient, -learning_rate)
            return
        axpy = AXPY[params.dtype]
        for p, g, v in in_blocks(params, gradient, self.velocity):
            v *= self.momentum
            axpy(g, v, a=-learning_rate)  # v = momentum v - learning_rate g
            if self.nesterov:
                axpy(v, p, a=self.momentum)
                axpy(g, p, a=-learning_rate)
            else:
                p += v
        self._n_steps += 1
        if self._n_steps % self._CLEAR_EVERY == 0:
            clear_tiny(self.velocity, self.momentum, self._CLEAR_EVERY)

    def progress(self):
        """Return what steps have changed: a list of vectors and one of counts."""
        vectors = [] if self.velocity is None else [self.velocity]
        return vectors, [self._n_steps]

    def _count(self, n_steps):
        self._n_steps = n_steps


class Adam(_Optimizer):
    """Adaptive moment estimation.

    ``m = β₁ m + (1 - β₁) g``, ``v = β₂ v + (1 - β₂) g²``, then
    ``params -= learning_rate * √(1 - β₂ᵗ) / (1 - β₁ᵗ) * m / (√v + ε)``.

    The factors ``1 - β`` are left out of the stored moments, and their decay is put off
    (see :mod:`skdeepnn.compute.moments`); the step size and ε make up for both.

    Parameters
    ----------
    params : ndarray of shape (n_params,)
        The vector to be optimized, for its size and data type.
    beta_1, beta_2 : float, default=0.9, 0.999
        Decay of the moments, in [0, 1).
    epsilon : float, default=1e-8
        Keeps the quotient finite.

    References
    ----------
    Kingma and Ba, :arxiv:`1412.6980`, Algorithm 1 in the order of its section 2.

    Examples
    --------
    >>> params = np.array([1.0])
    >>> Adam(params).step(params, np.array([2.0]), learning_rate=0.25)
    >>> params.round(6)
    array([0.75])
    """

    def __init__(self, params, *, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
        self.beta_1, self.beta_2 = float(beta_1), float(beta_2)
        self.epsilon = float(epsilon)
        self.t = 0
        self.m = np.zeros_like(params)
        self.v = np.zeros_like(params)
        self._decay = PutOffDecay(self.beta_1, self.beta_2)

    def step(self, params, gradient, learning_rate):
        """Take one step; see :meth:`SGD.step`."""
        self.t += 1
        growth_m, growth_v = self._decay.step(self.m, self.v)
        unit_m = (1 - self.beta_1) / growth_m  # of what is stored for m, and for √v
        unit_v = ((1 - self.beta_2) / growth_v) ** 0.5
        epsilon = self.epsilon / unit_v
        rate = learning_rate * (
            (1 - self.beta_2**self.t) ** 0.5 / (1 - self.beta_1**self.t)
        )
        rate *= unit_m / unit_v
        axpy = AXPY[params.dtype]
        for p, g, m, v in in_blocks(params, gradient, self.m, self.v):
            axpy(g, m, a=growth_m)  # m = β₁ m + (1 - β₁) g
            g *= g
            axpy(g, v, a=growth_v)  # v = β₂ v + (1 - β₂) g²
            quotient = np.sqrt(v, out=g)
            quotient += epsilon
            np.divide(m, quotient, out=quotient)  # m / (√v + ε)
            axpy(quotient, p, a=-rate)

    def progress(self):
        """Return what steps have changed; see :meth:`SGD.progress`."""
        return [self.m, self.v], [self.t, self._decay.n_steps]

    def _count(self, t, n_steps):
        self.t, self._decay.n_steps = t, n_steps


class AdamW(Adam):
    """Adam with decoupled weight decay: ``params -= learning_rate * decay * params``.

    Parameters
    ----------
    params : ndarray of shape (n_params,)
        The vector to be optimized, for its size and data type.
    weight_decay : float, default=0.01
        Strength of the decay.
    mask : ndarray of shape (n_params,), default=1
        1 where parameters decay, 0 where they do not, such as intercepts.
    **adam
        As for :class:`Adam`.

    References
    ----------
    Loshchilov and Hutter, :arxiv:`1711.05101`, Algorithm 2.

    Examples
    --------
    >>> params = np.array([1.0])
    >>> optimizer = AdamW(params, weight_decay=0.5)
    >>> optimizer.step(params, np.array([0.0]), learning_rate=0.5)
    >>> params
    array([0.75])
    """

    def __init__(self, params, *, weight_decay=0.01, mask=1, **adam):
        super().__init__(params, **adam)
        self.weight_decay = weight_decay
        self._shrink = Shrinkage(params, mask)

    def step(self, params, gradient, learning_rate):
        """Take one step; see :meth:`SGD.step`."""
        self._shrink(params, learning_rate * self.weight_decay)
        super().step(params, gradient, learning_rate)


class WeightAverage:
    """Moving average of the parameters over the last part of training.

    Steps of a constant size wander around a minimum; their average lies deeper in it.
    It is exponential, with a window that grows as training goes on, so that it forgets
    the beginning without a schedule having to know the end.

    Parameters
    ----------
    average : ndarray of shape (n_params,)
        The average, changed in place; the initial parameters at first.
    share : float, default=0.25
        Window, as a share of the steps so far.

    References
    ----------
    Polyak and Juditsky, SIAM J. Control Optim. 30(4), 1992; Izmailov et al.,
    :arxiv:`1803.05407`, for networks.

    Examples
    --------
    >>> average = WeightAverage(np.zeros(1), share=0.5)
    >>> for _ in range(40):
    ...     average.step(np.ones(1))
    >>> average.value
    array([1.])
    """

    EVERY = 10  # steps; the average changes too slowly for more to be of use

    def __init__(self, average, share=0.25):
        self.value = average
        self.share = share
        self.t = 0
        self._work = np.empty_like(average[:BLOCK])

    def __getstate__(self):
        return {"value": self.value, "share": self.share, "t": self.t}

    def __setstate__(self, state):
        self.__init__(state["value"].copy(), state["share"])
        self.t = state["t"]

    def step(self, params):
        """Take note of the parameters after a step."""
        self.t += 1
        if self.t < self.EVERY:  # whoever stops so soon gets the parameters themselves
            self.value[:] = params
        if self.t % self.EVERY:
            return
        rate = min(1.0, self.EVERY / (self.share * self.t))
        axpy = AXPY[params.dtype]
        for value, own_params in in_blocks(self.value, params):
            change = np.subtract(own_params, value, out=self._work[: value.size])
            axpy(change, value, a=rate)
