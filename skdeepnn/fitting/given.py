"""A logistic regression whose parameters are given, before or after a fit."""

import numpy as np

from ..nn.network import Network
from ..tables.targets import TargetCoder
from .state import FitState

__all__ = ["give_params", "given_state"]


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
