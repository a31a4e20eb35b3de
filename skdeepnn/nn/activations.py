"""Activation functions: their values and what they do to a gradient, in place.

An activation is a pair of functions over arrays of any shape:

``value(z, out)``
    Writes ``f(z)`` into `out`. `out` is `z` itself unless the activation
    `keeps_input`.
``backward(gradient, z, a, scratch)``
    Multiplies `gradient` by ``f'(z)`` in place, given the input `z` and the value
    ``a = f(z)`` (the same array unless the activation `keeps_input`). It may
    overwrite `a`, `z` and `scratch`: nobody needs them afterwards.

Users may pass an :class:`Activation` of their own wherever a name is accepted.

References
----------
relu: Glorot, Bordes and Bengio, AISTATS 2011. leaky_relu: Maas, Hannun and Ng, ICML
2013. elu: Clevert et al., :arxiv:`1511.07289`. selu: Klambauer et al.,
:arxiv:`1706.02515`. gelu: Hendrycks and Gimpel, :arxiv:`1606.08415`. silu: Elfwing et
al., :arxiv:`1702.03118`. mish: Misra, :arxiv:`1908.08681`. softplus: Dugas et al.,
NIPS 2000.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..compute.elementwise import positive_part

__all__ = ["ACTIVATIONS", "Activation", "activate", "get_activation", "sigmoid"]


class Activation(NamedTuple):
    """A function applied to every unit of a layer, and its derivative.

    Parameters
    ----------
    name : str
        Shown in representations.
    value : callable
        ``value(z, out)`` writes ``f(z)`` into `out`.
    backward : callable
        ``backward(gradient, z, a, scratch)`` multiplies `gradient` by ``f'(z)``.
    keeps_input : bool, default=False
        Whether `value` and `backward` need `z` and `a` in two arrays. Where the
        derivative follows from ``a`` alone, one array serves for both.
    scratch : type or None, default=None
        ``bool`` or ``float`` where `backward` needs one more array of that shape.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeepnn.nn.activations import Activation
    >>> square = Activation(
    ...     "square",
    ...     value=lambda z, out: np.multiply(z, z, out=out),
    ...     backward=lambda gradient, z, a, scratch: np.multiply(
    ...         gradient, 2 * z, out=gradient
    ...     ),
    ...     keeps_input=True,
    ... )
    >>> square.value(np.array([3.0]), np.empty(1))
    array([9.])
    """

    name: str
    value: Callable
    backward: Callable
    keeps_input: bool = False
    scratch: type | None = None


def sigmoid(z, out=None):
    """Logistic function ``1 / (1 + exp(-z))``, as ``(1 + tanh(z / 2)) / 2``.

    NumPy computes tanh with vector instructions: in float32 this is 10 to 19 times as
    fast as `scipy.special.expit`. Its absolute error is that of the data type, its
    relative error is not (values below the machine epsilon become 0), which serves
    hidden units well; probabilities are computed in :mod:`skdeepnn.nn.losses`.

    Parameters
    ----------
    z : ndarray
        Any shape.
    out : ndarray, optional
        Where to write; may be `z`. A new array by default.

    Returns
    -------
    ndarray
        Values in [0, 1], shaped as `z`.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    out = np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5
    return out


def _identity(z, out):
    return out


def _identity_backward(gradient, z, a, scratch):
    return gradient


def _logistic_backward(gradient, z, a, scratch):
    # f' = a (1 - a)
    gradient *= a
    np.subtract(1, a, out=a)
    gradient *= a
    return gradient


def _tanh(z, out):
    return np.tanh(z, out=out)


def _tanh_backward(gradient, z, a, scratch):
    # f' = 1 - a²
    a *= a
    np.subtract(1, a, out=a)
    gradient *= a
    return gradient


def _relu_backward(gradient, z, a, scratch):
    # A product with the boolean mask takes an eighth of the time of `where=` or of
    # boolean indexing.
    np.greater(a, 0, out=scratch)
    gradient *= scratch
    return gradient


_LEAK = 0.01


def _leaky_relu(z, out):
    np.multiply(z, _LEAK, out=out)
    return np.maximum(out, z, out=out)


def _leaky_relu_backward(gradient, z, a, scratch):
    np.greater(a, 0, out=a, casting="unsafe")
    a *= 1 - _LEAK
    a += _LEAK
    gradient *= a
    return gradient


def _elu(z, out):
    # exp(z) - 1 lies above z everywhere and is cut at 0 for positive z, so the larger
    # of the two is z on the right and exp(z) - 1 on the left, without a mask.
    np.minimum(z, 0, out=out)
    np.exp(out, out=out)
    out -= 1
    return np.maximum(out, z, out=out)


def _elu_backward(gradient, z, a, scratch):
    # f' = 1 on the right, exp(z) = a + 1 on the left
    np.minimum(a, 0, out=a)
    a += 1
    gradient *= a
    return gradient


_SELU_SCALE = 1.0507009873554805
_SELU_ALPHA = 1.6732632423543772


def _selu(z, out):
    np.minimum(z, 0, out=out)
    np.exp(out, out=out)
    out -= 1
    out *= _SELU_ALPHA * _SELU_SCALE
    np.maximum(z, 0, out=z)  # z is not needed again: the derivative follows from a
    z *= _SELU_SCALE
    out += z
    return out


def _selu_backward(gradient, z, a, scratch):
    # f' = λ on the right, λ α exp(z) = a + λ α on the left
    np.greater(a, 0, out=scratch)
    a += _SELU_SCALE * _SELU_ALPHA
    np.copyto(a, _SELU_SCALE, where=scratch)
    gradient *= a
    return gradient


_GELU_C = math.sqrt(2 / math.pi)
_GELU_CUBIC = 0.044715


def _gelu(z, out):
    # The tanh form of the paper: within 5e-4 of z Φ(z), and vectorized by NumPy.
    np.multiply(z, z, out=out)
    out *= _GELU_CUBIC * _GELU_C
    out += _GELU_C
    out *= z
    np.tanh(out, out=out)
    out += 1
    out *= z
    out *= 0.5
    return out


def _gelu_backward(gradient, z, a, scratch):
    # With u = c (z + 0.0447 z³) and t = tanh(u): f' = (1 + t) (1 + z u' (1 - t)) / 2
    np.multiply(z, z, out=scratch)
    np.multiply(scratch, _GELU_CUBIC * _GELU_C, out=a)
    a += _GELU_C
    a *= z
    np.tanh(a, out=a)  # t
    scratch *= 3 * _GELU_CUBIC * _GELU_C
    scratch += _GELU_C
    z *= scratch  # z u'
    np.subtract(1, a, out=scratch)
    z *= scratch
    z += 1
    a += 1
    z *= a
    z *= 0.5
    gradient *= z
    return gradient


def _silu(z, out):
    sigmoid(z, out=out)
    out *= z
    return out


def _silu_backward(gradient, z, a, scratch):
    # f' = σ + a (1 - σ) = 1 - (1 - a)(1 - σ)
    sigmoid(z, out=z)
    np.subtract(1, z, out=z)
    np.subtract(1, a, out=a)
    a *= z
    np.subtract(1, a, out=a)
    gradient *= a
    return gradient


def _tanh_softplus(z, out):
    """Write tanh(log(1 + e^z)) = 1 - 2 / ((1 + e^z)² + 1) into `out`."""
    np.minimum(z, 20, out=out)  # e^20 is where this reaches 1 in float64
    np.exp(out, out=out)
    out += 1
    out *= out
    out += 1
    np.divide(2, out, out=out)
    return np.subtract(1, out, out=out)


def _mish(z, out):
    _tanh_softplus(z, out)
    out *= z
    return out


def _mish_backward(gradient, z, a, scratch):
    # With t = tanh(softplus(z)): f' = t + z σ(z) (1 - t²)
    _tanh_softplus(z, a)
    sigmoid(z, out=scratch)
    z *= scratch
    np.multiply(a, a, out=scratch)
    np.subtract(1, scratch, out=scratch)
    z *= scratch
    z += a
    gradient *= z
    return gradient


def _softplus(z, out):
    return np.logaddexp(z, 0, out=out)


def _softplus_backward(gradient, z, a, scratch):
    # f' = σ(z) = 1 - exp(-a)
    np.negative(a, out=a)
    np.expm1(a, out=a)
    np.negative(a, out=a)
    gradient *= a
    return gradient


_logistic = Activation("logistic", sigmoid, _logistic_backward)

ACTIVATIONS = {
    "identity": Activation("identity", _identity, _identity_backward),
    "logistic": _logistic,
    "sigmoid": _logistic,
    "tanh": Activation("tanh", _tanh, _tanh_backward),
    "relu": Activation("relu", positive_part, _relu_backward, scratch=bool),
    "leaky_relu": Activation("leaky_relu", _leaky_relu, _leaky_relu_backward, True),
    "elu": Activation("elu", _elu, _elu_backward, True),
    "selu": Activation("selu", _selu, _selu_backward, True, bool),
    "gelu": Activation("gelu", _gelu, _gelu_backward, True, float),
    "silu": Activation("silu", _silu, _silu_backward, True),
    "mish": Activation("mish", _mish, _mish_backward, True, float),
    "softplus": Activation("softplus", _softplus, _softplus_backward),
}
"""Activations by name."""


def get_activation(activation):
    """Return the :class:`Activation` of that name, or the object itself.

    Parameters
    ----------
    activation : str or Activation
        A key of :data:`ACTIVATIONS`, or an object with `value` and `backward`.

    Returns
    -------
    Activation
        Ready to use.

    Raises
    ------
    ValueError
        If there is no activation of that name.
    TypeError
        If it is neither a name nor an activation.

    Examples
    --------
    >>> get_activation("relu").name
    'relu'
    """
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"There is no activation {activation!r}. Use one of "
                f"{sorted(ACTIVATIONS)}, or an Activation of your own."
            )
        return ACTIVATIONS[activation]
    if not (hasattr(activation, "value") and hasattr(activation, "backward")):
        raise TypeError(
            "An activation is a name or an object with `value` and `backward` (see "
            f"skdeepnn.nn.activations.Activation), got {activation!r}."
        )
    return activation


def activate(activation, z):
    """Return ``activation(z)``.

    Parameters
    ----------
    activation : Activation
        The function.
    z : ndarray
        Any shape. Overwritten where that can be done.

    Returns
    -------
    ndarray
        The values: `z` itself, or a new array if the activation keeps its input.

    Examples
    --------
    >>> activate(ACTIVATIONS["relu"], np.array([-1.0, 2.0]))
    array([0., 2.])
    """
    a = np.empty_like(z) if getattr(activation, "keeps_input", True) else z
    activation.value(z, a)
    return a
