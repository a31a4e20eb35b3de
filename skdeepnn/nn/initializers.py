"""Initial coefficients: functions ``(rng, fan_in, fan_out) -> array``.

The array is ``(fan_in, fan_out)``. A user's own function of that signature is accepted
wherever a name is.
`functools.partial` sets the parameters of those that have any::

    weight_init=partial(normal, scale=0.1)

References
----------
Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
networks", AISTATS 2010, eq. 12 and 16; He et al., :arxiv:`1502.01852`, eq. 10; LeCun et
al., "Efficient BackProp", 1998, eq. 16; Saxe et al., :arxiv:`1312.6120`.
"""

import math

import numpy as np

from .functions import call

__all__ = [
    "INITIALIZERS",
    "draw",
    "get_initializer",
    "glorot_normal",
    "glorot_uniform",
    "glorot_uniform_intercept",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "orthogonal",
    "uniform",
    "zeros",
]


def zeros(rng, fan_in, fan_out):
    """All zero: right for a network without hidden layers, stuck in any other.

    Examples
    --------
    >>> zeros(np.random.RandomState(0), 1, 2)
    array([[0., 0.]])
    """
    return np.zeros((fan_in, fan_out))


def normal(rng, fan_in, fan_out, *, scale=0.01):
    """Small normal: ``scale * N(0, 1)``.

    Examples
    --------
    >>> normal(np.random.RandomState(0), 2, 3).shape
    (2, 3)
    """
    return scale * rng.standard_normal((fan_in, fan_out))


def uniform(rng, fan_in, fan_out, *, low=0.0, high=1.0):
    """Plain uniform in ``[low, high)``.

    Examples
    --------
    >>> uniform(np.random.RandomState(0), 2, 3).shape
    (2, 3)
    """
    return rng.uniform(low, high, (fan_in, fan_out))


def lecun_normal(rng, fan_in, fan_out):
    """Scaled normal: ``N(0, 1) / sqrt(fan_in)`` (LeCun et al., 1998, eq. 16).

    Examples
    --------
    >>> lecun_normal(np.random.RandomState(0), 2, 3).shape
    (2, 3)
    """
    return normal(rng, fan_in, fan_out, scale=math.sqrt(1 / fan_in))


def lecun_uniform(rng, fan_in, fan_out):
    """Uniform with the variance ``1 / fan_in`` of LeCun et al., 1998.

    Examples
    --------
    >>> lecun_uniform(np.random.RandomState(0), 2, 3).shape
    (2, 3)
    """
    return _symmetric_uniform(rng, 3 / fan_in, (fan_in, fan_out))


def glorot_normal(rng, fan_in, fan_out):
    """Normal with the variance ``2 / (fan_in + fan_out)`` (Glorot, 2010, eq. 12).

    Examples
    --------
    >>> glorot_normal(np.random.RandomState(0), 2, 3).shape
    (2, 3)
    """
    return normal(rng, fan_in, fan_out, scale=math.sqrt(2 / (fan_in + fan_out)))


def glorot_uniform(rng, fan_in, fan_out, *, factor=6.0):
    """Uniform in ``± sqrt(6 / (fan_in + fan_out))`` (Glorot, 2010, eq. 16).

    scikit-learn takes a `factor` of 2 for logistic units.

    Examples
    --------
    >>> glorot_uniform(np.random.RandomState(0), 2, 3).shape
    (2, 3)
    """
    squared_bound = factor / (fan_in + fan_out)
    return _symmetric_uniform(rng, squared_bound, (fan_in, fan_out))


def glorot_uniform_intercept(rng, fan_in, fan_out, *, factor=6.0):
    """Intercepts in the bounds of :func:`glorot_uniform`, as scikit-learn draws them.

    Examples
    --------
    >>> glorot_uniform_intercept(np.random.RandomState(0), 2, 3).shape
    (3,)
    """
    return _symmetric_uniform(rng, factor / (fan_in + fan_out), fan_out)


def spread_intercept(rng, fan_in, fan_out):
    """Intercepts between -0.5 and 0.5, for inputs of about unit scale.

    The units of a layer then bend at different places from the start, rather than all
    at 0.

    Examples
    --------
    >>> spread_intercept(np.random.RandomState(0), 2, 3).shape
    (3,)
    """
    return rng.uniform(-0.5, 0.5, fan_out)


def he_normal(rng, fan_in, fan_out):
    """Normal with the variance ``2 / fan_in`` (He, 2015, eq. 10): for ReLU.

    Examples
    --------
    >>> he_normal(np.random.RandomState(0), 2, 3).shape
    (2, 3)
    """
    return normal(rng, fan_in, fan_out, scale=math.sqrt(2 / fan_in))


def he_uniform(rng, fan_in, fan_out):
    """Uniform with the variance ``2 / fan_in`` of He, 2015.

    Examples
    --------
    >>> he_uniform(np.random.RandomState(0), 2, 3).shape
    (2, 3)
    """
    return _symmetric_uniform(rng, 6 / fan_in, (fan_in, fan_out))


def orthogonal(rng, fan_in, fan_out):
    """Orthonormal columns, or rows where there are fewer rows (Saxe et al., 2013).

    Examples
    --------
    >>> Q = orthogonal(np.random.RandomState(0), 3, 2)
    >>> np.allclose(Q.T @ Q, np.eye(2))
    True
    """
    tall = rng.standard_normal((max(fan_in, fan_out), min(fan_in, fan_out)))
    q, r = np.linalg.qr(tall)
    q *= np.sign(np.diagonal(r))  # makes the distribution uniform over rotations
    return q if fan_in >= fan_out else q.T


def _symmetric_uniform(rng, squared_bound, shape):
    bound = math.sqrt(squared_bound)
    return rng.uniform(-bound, bound, shape)


INITIALIZERS = {
    "zeros": zeros,
    "normal": normal,
    "uniform": uniform,
    "scaled_normal": lecun_normal,
    "lecun_normal": lecun_normal,
    "lecun_uniform": lecun_uniform,
    "glorot_normal": glorot_normal,
    "glorot_uniform": glorot_uniform,
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "orthogonal": orthogonal,
}
"""Initializers by name."""


def get_initializer(initializer):
    """Return the initializer of that name, or the callable itself.

    Parameters
    ----------
    initializer : str or callable
        A key of :data:`INITIALIZERS`, or ``(rng, fan_in, fan_out) -> array``.

    Returns
    -------
    callable
        The initializer.

    Raises
    ------
    ValueError
        If there is no initializer of that name.

    Examples
    --------
    >>> get_initializer("he_normal").__name__
    'he_normal'
    """
    if callable(initializer):
        return initializer
    if initializer not in INITIALIZERS:
        raise ValueError(
            f"There is no initializer {initializer!r}. Use one of "
            f"{sorted(INITIALIZERS)}, or a function (rng, fan_in, fan_out) -> array."
        )
    return INITIALIZERS[initializer]


def draw(initializer, rng, fan_in, fan_out, out):
    """Draw initial parameters.

    Parameters
    ----------
    initializer : str or callable
        As for :func:`get_initializer`.
    rng : RandomState
        Source of randomness.
    fan_in, fan_out : int
        Number of inputs and of units of the layer.
    out : ndarray
        Where to write.

    Raises
    ------
    ValueError
        If the initializer returns another shape, or values that are not finite.

    Examples
    --------
    >>> out = np.zeros((1, 2))
    >>> draw(lambda rng, fan_in, fan_out: [[fan_in, fan_out]], None, 1, 2, out)
    >>> out
    array([[1., 2.]])
    """
    function, takes = get_initializer(initializer), "(rng, fan_in, fan_out) -> array"
    value = np.asarray(call(function, "An initializer", takes, rng, fan_in, fan_out))
    if value.shape != out.shape:
        raise ValueError(
            f"The initializer {initializer!r} returned an array of shape "
            f"{value.shape} where {out.shape} is needed."
        )
    if value.dtype.kind not in "biuf" or not np.isfinite(value).all():
        raise ValueError(f"The initializer {initializer!r} returned non-finite values.")
    out[...] = value
