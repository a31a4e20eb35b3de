"""Layers, logits and probabilities in ONNX's operators."""

import numpy as np

from ..nn.activations import (
    _GELU_C,
    _GELU_CUBIC,
    _LEAK,
    _SELU_ALPHA,
    _SELU_SCALE,
    ACTIVATIONS,
    get_activation,
)
from .graph import onnx_type

__all__ = ["ACTIVATION_NODES", "add_logits", "add_outputs"]

PAIR = np.array([[-0.5, 0.5]])  # makes of a log-odds the logits of two classes


def _logistic(graph, z, number):
    # In place of ONNX's Sigmoid, which runtimes cut at 1e-8 in float32
    power = graph("Exp", graph("Neg", z))
    return graph("Reciprocal", graph("Add", power, number(1)))


def _silu(graph, z, number):
    return graph("Mul", z, _logistic(graph, z, number))


def _leaky_relu(graph, z, number):
    return graph("Max", z, graph("Mul", z, number(_LEAK)))


def _power_below_zero(graph, z, number):
    """Return e^z - 1 where z is negative, else 0."""
    power = graph("Exp", graph("Min", z, number(0)))
    return graph("Sub", power, number(1))


def _elu(graph, z, number):
    return graph("Max", z, _power_below_zero(graph, z, number))


def _selu(graph, z, number):
    left = _power_below_zero(graph, z, number)
    left = graph("Mul", left, number(_SELU_SCALE * _SELU_ALPHA))
    return graph("Add", left, graph("Mul", graph("Relu", z), number(_SELU_SCALE)))


def _gelu(graph, z, number):
    u = graph("Mul", graph("Mul", z, z), number(_GELU_C * _GELU_CUBIC))
    u = graph("Mul", graph("Add", u, number(_GELU_C)), z)
    u = graph("Add", graph("Tanh", u), number(1))
    return graph("Mul", graph("Mul", u, z), number(0.5))


def _mish(graph, z, number):
    power = graph("Exp", graph("Min", z, number(20)))
    square = graph("Add", power, number(1))
    square = graph("Add", graph("Mul", square, square), number(1))
    return graph("Mul", z, graph("Sub", number(1), graph("Div", number(2), square)))


def _softplus(graph, z, number):
    # In place of ONNX's Softplus, which onnxruntime has for float32 alone
    power = graph("Exp", graph("Neg", graph("Abs", z)))
    return graph("Add", graph("Relu", z), graph("Log", graph("Add", power, number(1))))


ACTIVATION_NODES = {
    "identity": lambda graph, z, number: z,
    "logistic": _logistic,
    "tanh": lambda graph, z, number: graph("Tanh", z),
    "relu": lambda graph, z, number: graph("Relu", z),
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "selu": _selu,
    "gelu": _gelu,
    "silu": _silu,
    "mish": _mish,
    "softplus": _softplus,
}
"""For each activation ``(graph, z, number) -> name``: adds its nodes."""


def add_logits(graph, network, X):
    """Add a network's layers; see `Network.logits`.

    Parameters
    ----------
    graph : Graph
        The model.
    network : Network or Ensemble
        Trained.
    X : str
        Input of shape (n_samples, n_features), in the network's type.

    Returns
    -------
    str
        Logits of shape (n_samples, n_outputs), in that type.

    Raises
    ------
    ValueError
        If it has an activation that is not one of ours.

    Examples
    --------
    >>> from skdeepnn.graphs.graph import Graph
    >>> from skdeepnn.nn.network import Network
    >>> graph = Graph.new()
    >>> logits = add_logits(graph, Network([2, 3, 1]), "X")
    >>> graph.operators
    ['MatMul', 'Add', 'Relu', 'MatMul', 'Add']
    """
    number = network.dtype.type
    columns = getattr(network, "columns", [None])
    total = None
    for part, of_part in zip(network.parts, columns, strict=True):
        logits = X if of_part is None else graph.take(X, of_part)
        for layer in part.layers:
            logits = _add_layer(graph, layer, logits, number)
        n_members = 1
        if part.n_members is not None:
            n_members = part.n_members
            logits = graph("ReduceSum", logits, np.array([0]), keepdims=0)
        if n_members * len(columns) > 1:
            logits = graph("Mul", logits, number(1 / (n_members * len(columns))))
        total = logits if total is None else graph("Add", total, logits)
    return total


def _add_layer(graph, layer, X, number):
    z = graph("MatMul", X, layer.coef)
    if layer.fit_intercept:
        z = graph("Add", z, layer.intercept[..., np.newaxis, :])
    activation = get_activation(layer.activation)
    name = activation.name if hasattr(activation, "name") else repr(activation)
    if ACTIVATIONS.get(name) != activation:
        raise ValueError(
            f"The activation {name!r} is one of your own, for which there are no "
            f"operators of ONNX: fit with one of {sorted(ACTIVATIONS)}."
        )
    return ACTIVATION_NODES[name](graph, z, number)


def add_outputs(graph, targets, logits, dtypes, classes, outputs, is_raw=False):
    """Add what makes labels and probabilities of logits; see `TargetCoder`.

    Parameters
    ----------
    graph : Graph
        The model.
    targets : TargetCoder
        What the logits stand for.
    logits : str
        Of shape (n_samples, n_outputs).
    dtypes : (dtype, dtype)
        Of the logits and of the probabilities.
    classes : ndarray of shape (n_classes,)
        Labels, integers or text; unused where there are several a row.
    outputs : (str, str)
        How to name the labels, of shape (n_samples,) or (n_samples, n_labels), and the
        probabilities, of shape (n_samples, n_classes).
    is_raw : bool, default=False
        Whether to have logits in the place of the probabilities: those of two classes
        have opposite signs.

    Examples
    --------
    >>> from skdeepnn.graphs.graph import Graph
    >>> from skdeepnn.tables.targets import TargetCoder
    >>> graph, targets = Graph.new(), TargetCoder([0, 1, 2])
    >>> outputs = "label", "probabilities"
    >>> add_outputs(graph, targets, "logits", ["f4", "f4"], targets.classes, outputs)
    >>> graph.operators
    ['ArgMax', 'Gather', 'Cast', 'Softmax', 'Max', 'Min']
    """
    number, out_dtype = np.dtype(dtypes[0]).type, np.dtype(dtypes[1])
    if targets.kind == "multilabel-indicator":
        is_positive = graph("Greater", logits, number(0))
        graph("Cast", is_positive, to=onnx_type(np.int64), output=outputs[0])
    else:
        if targets.kind == "binary":  # a single class has logits of 0
            factors = PAIR if len(targets.classes) == 2 else PAIR[:, :1] * 0
            logits = graph("Mul", logits, factors.astype(dtypes[0]))
        best = graph("ArgMax", logits, axis=1, keepdims=0)
        graph("Gather", classes, best, output=outputs[0])
    logits = graph.cast(logits, out_dtype)
    if is_raw:
        factor = 1 / PAIR[0, 1] if targets.kind == "binary" else 1
        graph("Mul", logits, out_dtype.type(factor), output=outputs[1])
        return
    if targets.kind == "multilabel-indicator":
        proba = _logistic(graph, logits, out_dtype.type)
    else:
        proba = graph("Softmax", logits, axis=1)
    info = np.finfo(out_dtype)
    highest = info.dtype.type(1) if len(targets.classes) == 1 else 1 - info.epsneg
    proba = graph("Max", proba, info.tiny)
    graph("Min", proba, highest, output=outputs[1])
