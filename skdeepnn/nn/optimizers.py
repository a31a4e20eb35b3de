"""Optimizers: in-place steps on flat vectors. They know nothing of networks.

Each has one method, ``step(params, gradient, learning_rate)``, that changes `params`
in place and may overwrite `gradient`; both are contiguous. All work goes in blocks that
stay in the processor's second-level cache: the passes of Adam over a block then cost
about as much as two over memory (2 to 4 times as fast as whole arrays from a million
parameters on).
"""

import math
from functools import lru_cache

import numpy as np
from scipy.linalg.blas import daxpy, saxpy

__all__ = ["AXPY", "BLOCK", "SGD", "Adam", "AdamW", "WeightAverage", "add_multiple"]

AXPY = {np.dtype(np.float32): saxpy, np.dtype(np.float64): daxpy}
"""BLAS's ``axpy(x, y, a=a)``, which is ``y += a * x`` in one pass, by data type."""

_SWEEP = 64  # steps
_MOST_GROWTH = 1e4  # of what Adam adds, far from float32's largest number

# Values; the four arrays of Adam fill 512 KiB in float32. Twice or half of it takes as
# long within 5 %; 10,000 values take 1.2 times as long.
BLOCK = 2**15


@lru_cache
def blocks(size):
    """Return slices that cut a vector of that size into blocks."""
    starts = range(0, size, BLOCK)
    return tuple(slice(start, min(start + BLOCK, size)) for start in starts)


def add_multiple(y, x, a):
    """Add ``a * x`` to `y`, in blocks.

    Parameters
    ----------
    y, x : ndarray of shape (n,)
        Contiguous, of the same float type; `y` is changed in place.
    a : float
        Factor.

    Examples
    --------
    >>> y = np.array([1.0, 2.0])
    >>> add_multiple(y, np.array([1.0, -1.0]), 0.5)
    >>> y
    array([1.5, 1.5])
    """
    axpy = AXPY[y.dtype]
    for block in blocks(y.size):
        axpy(x[block], y[block], a=a)


def _sweep(moment, decay):
    """Set to zero what would soon decay into denormal numbers.

    The moments of units that no row activates halve every few steps, and 0.9 times the
    smallest denormal number rounds to itself: they would stay there for good, where a
    product takes a hundred times as long (fits of digits took up to five times as long
    with it). With the usual decays what is set to zero is 1e-34 at the most.
    """
    smallest = np.finfo(moment.dtype).tiny / max(decay, 0.5) ** _SWEEP
    for block in blocks(moment.size):
        part = moment[block]
        part *= np.abs(part) >= smallest


class _Optimizer:
    def __setstate__(self, state):
        # joblib may load arrays as memory that BLAS must not write to, and would.
        vars(self).update(
            (name, value.copy() if isinstance(value, np.ndarray) else value)
            for name, value in state.items()
        )


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
        axpy = AXPY[params.dtype]
        for block in blocks(params.size):
            p, g = params[block], gradient[block]
            if self.velocity is None:
                axpy(g, p, a=-learning_rate)
                continue
            v = self.velocity[block]
            v *= self.momentum
            axpy(g, v, a=-learning_rate)
            if self.nesterov:
                axpy(v, p, a=self.momentum)
                axpy(g, p, a=-learning_rate)
            else:
                p += v
        self._n_steps += 1
        if self.velocity is not None and self._n_steps % _SWEEP == 0:
            _sweep(self.velocity, self.momentum)


class Adam(_Optimizer):
    """Adaptive moment estimation.

    ``m = β₁ m + (1 - β₁) g``, ``v = β₂ v + (1 - β₂) g²``, then
    ``params -= learning_rate * √(1 - β₂ᵗ) / (1 - β₁ᵗ) * m / (√v + ε)``.

    The factors ``1 - β`` are left out of the stored moments and put into the step
    size and ε instead. So is the decay, for some dozens of steps: rather than shrink
    the moments in each of them, they are stored as ``m / β₁ˢ`` and ``v / β₂ˢ``, and
    what is added grows. With the additions done by BLAS (:data:`AXPY`), seven passes
    over memory are left of twelve, and 0.7 of the time.

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
        smallest = min(self.beta_1, self.beta_2)
        self._n_grow = 1  # steps until the moments are as defined again
        if smallest > 0:
            n_grow = math.log(_MOST_GROWTH) / -math.log(smallest)
            self._n_grow = int(min(max(n_grow, 1), _SWEEP))
        self._n_grown = 0
        self._work = np.empty_like(params[:BLOCK])

    def step(self, params, gradient, learning_rate):
        """Take one step; see :meth:`SGD.step`."""
        self.t += 1
        self._n_grown += 1
        if self._n_grown >= self._n_grow:
            self._decay()
        growth_m = self.beta_1**-self._n_grown
        growth_v = self.beta_2**-self._n_grown
        scale_v = ((1 - self.beta_2) / growth_v) ** 0.5
        epsilon = self.epsilon / scale_v
        learning_rate *= (1 - self.beta_2**self.t) ** 0.5 / (1 - self.beta_1**self.t)
        learning_rate *= (1 - self.beta_1) / growth_m / scale_v
        axpy = AXPY[params.dtype]
        for block in blocks(params.size):
            p, g, m, v = params[block], gradient[block], self.m[block], self.v[block]
            work = self._work[: p.size]
            axpy(g, m, a=growth_m)
            np.multiply(g, g, out=work)
            axpy(work, v, a=growth_v)
            np.sqrt(v, out=work)
            work += epsilon
            np.divide(m, work, out=work)
            axpy(work, p, a=-learning_rate)

    def _decay(self):
        """Make up for the decay that has been left out."""
        for moment, beta in ((self.m, self.beta_1), (self.v, self.beta_2)):
            moment *= beta**self._n_grown
            _sweep(moment, beta)
        self._n_grown = 0


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
        self.weight_decay, self.mask = weight_decay, mask
        self._shrink = np.empty_like(params)
        self._shrinks_for = None

    def step(self, params, gradient, learning_rate):
        """Take one step; see :meth:`SGD.step`."""
        strength = learning_rate * self.weight_decay
        if strength != self._shrinks_for:
            np.multiply(self.mask, -strength, out=self._shrink)
            self._shrink += 1
            self._shrinks_for = strength
        params *= self._shrink
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

    def step(self, params):
        """Take note of the parameters after a step."""
        self.t += 1
        if self.t < self.EVERY:  # whoever stops so soon gets the parameters themselves
            self.value[:] = params
        if self.t % self.EVERY:
            return
        rate = min(1.0, self.EVERY / (self.share * self.t))
        axpy = AXPY[params.dtype]
        for block in blocks(params.size):
            value = self.value[block]
            change = np.subtract(params[block], value, out=self._work[: value.size])
            axpy(change, value, a=rate)
