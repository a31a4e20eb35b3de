"""Networks whose parameters are given, rather than found by a fit."""

import numpy as np

from ..nn.network import Network
from ..tables.targets import TargetCoder
from .state import FitState

__all__ = ["give_params", "given_state", "trained_state"]


def given_state(classes, coef, *, fit_intercept, monitor):
    """Return the state of a fit that has yet to see any rows.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Labels.
    coef : ndarray of shape (1, n_features) or (n_classes, n_features)
        For its shape and type; one row for two classes.
    fit_intercept : bool
        Whether there are intercepts.
    monitor : Monitor
        A new one.

    Returns
    -------
    FitState
        With parameters of zero.

    Raises
    ------
    ValueError
        If classes and coefficients do not fit each other.

    Examples
    --------
    >>> state = given_state([0, 1], np.ones((1, 3)), fit_intercept=True, monitor=None)
    >>> state.network.layers
    [Dense(3 -> 1, identity)]
    """
    targets = TargetCoder(classes, classes)
    if coef.ndim != 2 or len(coef) != targets.n_outputs:
        raise ValueError(
            f"coef_ has shape {coef.shape}: for {len(targets.classes)} classes_ it "
            f"must have shape ({targets.n_outputs}, n_features)."
        )
    network = Network(
        [coef.shape[1], targets.n_outputs],
        "identity",
        fit_intercept=fit_intercept,
        dtype=np.float32 if coef.dtype == np.float32 else np.float64,
    )
    return FitState(targets, network=network, monitor=monitor)


def trained_state(layers, targets, monitor, *, fit_intercept=True, **settings):
    """Return the state of a fit whose network was trained elsewhere.

    Parameters
    ----------
    layers : list of tuple of ndarray
        Coefficients ``(fan_in, fan_out)`` and intercepts ``(fan_out,)`` of each layer;
        their type becomes that of the network.
    targets : TargetCoder
        What the logits stand for.
    monitor : Monitor
        What is known of the training.
    fit_intercept : bool, default=True
        Whether there are intercepts; if not, those given are not looked at.
    **settings
        Activation and dropout, as for :class:`~skdeepnn.nn.network.Network`.

    Returns
    -------
    FitState
        With copies of the parameters.

    Raises
    ------
    ValueError
        If there are not as many outputs as the targets need.

    Examples
    --------
    >>> layers = [(np.ones((3, 2)), np.zeros(2)), (np.ones((2, 1)), np.zeros(1))]
    >>> state = trained_state(layers, TargetCoder([0, 1]), None)
    >>> state.network.layers
    [Dense(3 -> 2, relu), Dense(2 -> 1, identity)]
    """
    layer_sizes = [len(layers[0][0]), *(coef.shape[1] for coef, _ in layers)]
    if layer_sizes[-1] != targets.n_outputs:
        raise ValueError(
            f"The network has {layer_sizes[-1]} outputs, and for the "
            f"{len(targets.classes)} classes {targets.classes.tolist()} it must have "
            f"{targets.n_outputs}."
        )
    dtype = np.result_type(*(values for layer in layers for values in layer))
    network = Network(
        layer_sizes,
        fit_intercept=fit_intercept,
        dtype=np.float32 if dtype == np.float32 else np.float64,
        **settings,
    )
    for layer, (coef, intercept) in zip(network.layers, layers, strict=True):
        give_params(layer, coef.T, intercept if fit_intercept else None)
    # Whatever rows come now, the network may have been trained on them
    return FitState(targets, network=network, monitor=monitor, folded="several")


def give_params(layer, coef=None, intercept=None):
    """Replace the coefficients or the intercepts of a layer.

    Parameters
    ----------
    layer : Dense
        Changed in place.
    coef : ndarray of shape (n_outputs, n_features), optional
        Coefficients, shaped as `LogisticRegression` has them.
    intercept : ndarray of shape (n_outputs,), optional
        Intercepts.

    Raises
    ------
    ValueError
        If shapes differ, or there are no intercepts.

    Examples
    --------
    >>> network = Network([2, 1])
    >>> give_params(network.layers[0], coef=np.array([[1.0, 2.0]]))
    >>> network.params
    array([1., 2., 0.])
    """
    if coef is not None:
        _write("coef_", layer.coef, coef.T)
    if intercept is None:
        return
    if layer.fit_intercept:
        _write("intercept_", layer.intercept, intercept)
    elif np.any(intercept):
        raise ValueError("There is no intercept_ with fit_intercept=False.")


def _write(name, params, value):
    if np.shape(value) != params.shape:
        raise ValueError(
            f"{name} has shape {params.T.shape} here, and what is given "
            f"{np.transpose(value).shape}."
        )
    params[...] = value
