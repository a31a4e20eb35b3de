"""Honest certainty: what predictions for rows that were not trained on still lack.

Logits of one or more parts of a network are added with weights (stacking); then each
output becomes a linear combination of all, close to a multiple of itself (structured
matrix scaling). The weight of a single part is its inverse temperature.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from ..nn.losses import logistic, softmax

__all__ = ["Calibration", "fit_calibration", "fit_weights"]

_BOUNDS = (0.05, 20.0)  # of the sum of weights; beyond the loss has no minimum of worth
_EVENNESS = 3.0  # rows' worth of prior that parts weigh the same
_MANY_STEPS = 20
_MANY_OUTPUTS = 64  # so many have nothing of each other


class Calibration(NamedTuple):
    """What makes honest logits of those of a network's parts.

    Parameters
    ----------
    weights : ndarray of shape (n_parts,)
        By which the logits of the parts are multiplied before they are added.
    matrix : ndarray of shape (n_outputs, n_outputs)
        By which the sum is multiplied.
    intercepts : ndarray of shape (n_outputs,)
        What is added to it then.
    out_activation : {"logistic", "softmax"}
        What makes probabilities of the logits. Those for softmax are centred first, so
        that the matrix does not depend on what they have in common.

    Examples
    --------
    >>> weights, matrix, intercepts = np.array([2.0]), np.eye(1), np.ones(1)
    >>> calibration = Calibration(weights, matrix, intercepts, "logistic")
    >>> calibration.apply(np.array([[[0.0], [3.0]]]))
    array([[1.],
           [7.]])
    """

    weights: np.ndarray
    matrix: np.ndarray
    intercepts: np.ndarray
    out_activation: str

    @property
    def temperature(self):
        """By which logits are divided, on the whole."""
        return float(1 / (self.weights.sum() * np.diag(self.matrix).mean()))

    def apply(self, logits):
        """Return honest logits of (n_parts, n_samples, n_outputs) those of parts."""
        combined = np.tensordot(self.weights, logits, 1)
        return _centred(combined, self.out_activation) @ self.matrix + self.intercepts

    def fold_into(self, network, sharper=1.0):
        """Change the last layers of the network's parts so that its logits are honest.

        Parameters
        ----------
        network : Network or Ensemble
            Changed in place.
        sharper : float, default=1.0
            By how much more certain the network is than the logits were.
        """
        for part, weight in zip(network.parts, self.weights, strict=True):
            last = part.layers[-1]
            matrix = self.matrix * (weight * len(self.weights) * sharper)
            last.params[...] = _centred(last.params, self.out_activation) @ matrix
            if part.fit_intercept:
                last.intercept += self.intercepts * sharper


def fit_weights(logits, targets, sample_weight, out_activation, start=None, n_iter=8):
    """Find the weights with which the sum of the parts' logits has the lowest log loss.

    Newton's method on weights that are not negative, in which the loss is convex. The
    targets are those of Platt: with n rows one more might have been wrong, so that
    predictions which were right on all of them do not become certainties. A ridge of
    three rows draws the weights towards each other.

    Parameters
    ----------
    logits : ndarray of shape (n_parts, n_samples, n_outputs)
        Predictions for rows that were not trained on.
    targets : ndarray of shape (n_samples, n_outputs)
        Zeros and ones.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the rows.
    out_activation : {"logistic", "softmax"}
        What makes probabilities of the logits.
    start : ndarray of shape (n_parts,), optional
        Where to begin: the last epoch's weights save steps. By default at the mean.
    n_iter : int, default=8
        Number of Newton steps at the most.

    Returns
    -------
    ndarray of shape (n_parts,)
        The weights, with a sum between 0.05 and 20. Of a single part it is the inverse
        of the temperature.

    References
    ----------
    Wolpert, "Stacked generalization", Neural Networks 5, 1992; Breiman, "Stacked
    regressions", Machine Learning 24, 1996, for weights that are not negative; Guo,
    Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017,
    section 4.2; Platt, "Probabilistic outputs for support vector machines", 1999,
    section 2.2.

    Examples
    --------
    Three of four predictions hold, so a log-odds of log(3) is honest and 4 too bold:

    >>> logits = np.full((1, 4000, 1), 4.0)
    >>> targets = np.array([[1.0], [1.0], [1.0], [0.0]] * 1000)
    >>> weights = fit_weights(logits, targets, None, "logistic")
    >>> (4 * weights).round(2)
    array([1.1])
    """
    logits = np.asarray(logits, np.float64)
    n_parts, n_samples = logits.shape[:2]
    targets = _platts(targets, out_activation)
    weights = np.full(n_parts, 1 / n_parts) if start is None else np.array(start)
    total = n_samples if sample_weight is None else sample_weight.sum()
    unevenness = np.eye(n_parts) - 1 / n_parts
    ridge = 2 * _EVENNESS * total / n_samples * unevenness
    for _ in range(n_iter):
        slope, curvature = _derivatives(
            logits, weights, targets, sample_weight, out_activation
        )
        slope, curvature = slope + ridge @ weights, curvature + ridge
        new = _newton(weights, slope, curvature)
        done, weights = np.allclose(new, weights, rtol=1e-6, atol=1e-9), new
        if done:
            break
    return weights


def _newton(weights, slope, curvature):
    """Return weights after a step that keeps them from being negative or infinite."""
    free = (weights > 0) | (slope < 0)
    flat = np.diag(curvature)[free] <= 0
    step = np.zeros_like(weights)
    if free.any() and not flat.any():
        step[free] = -np.linalg.lstsq(curvature[np.ix_(free, free)], slope[free])[0]
    else:
        step[free] = -np.sign(slope[free]) * weights.sum()
    # Newton's step may overshoot where the loss is flat
    total = weights.sum()
    new = np.maximum(weights + step, 0)
    if not 0.5 * total <= new.sum() <= 2 * total:
        bounded = np.clip(new.sum(), 0.5 * total, 2 * total)
        new = new * (bounded / new.sum()) if new.sum() > 0 else weights / 2
    bounded = np.clip(new.sum(), *_BOUNDS)
    return new * (bounded / new.sum())


def _derivatives(logits, weights, targets, sample_weight, out_activation):
    """Return the gradient and the Hessian of the sum of the rows' losses."""
    combined = np.tensordot(weights, logits, 1)
    is_logistic = out_activation == "logistic"
    p = logistic(combined) if is_logistic else softmax(combined)
    row_weight = 1.0 if sample_weight is None else sample_weight[:, np.newaxis]
    slope = np.tensordot(logits, (p - targets) * row_weight, 2)
    if is_logistic:
        weighted = logits * (p * (1 - p) * row_weight)
        return slope, np.tensordot(weighted, logits, ((1, 2), (1, 2)))
    means = (logits * p).sum(axis=2)  # (n_parts, n_samples)
    weighted = logits * (p * row_weight)
    curvature = np.tensordot(weighted, logits, ((1, 2), (1, 2)))
    of_rows = 1.0 if sample_weight is None else sample_weight
    return slope, curvature - (means * of_rows) @ means.T


def fit_calibration(
    logits,
    targets,
    sample_weight,
    out_activation,
    *,
    start=None,
    has_intercept=True,
    n_iter=_MANY_STEPS,
):
    """Find the weights of the parts, then a matrix and intercepts for the outputs.

    The matrix is a common factor on its diagonal, and what outputs have besides: of
    themselves and, for softmax with up to 64 outputs, of each other. Ridges draw that
    and the intercepts to zero, the more the more of them there are for the rows.

    Parameters
    ----------
    logits, targets, sample_weight, out_activation
        As for :func:`fit_weights`.
    start : Calibration, optional
        Where to begin.
    has_intercept : bool, default=True
        Whether there are intercepts; they are 0 otherwise.
    n_iter : int, default=20
        Number of steps at the most for the weights; of L-BFGS five times as many.

    Returns
    -------
    Calibration
        What it takes.

    References
    ----------
    Structured matrix scaling, :arxiv:`2511.03685`.

    Examples
    --------
    The second class comes twice as often as the logits, which are all zero, have it:

    >>> targets = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]] * 100)
    >>> found = fit_calibration(np.zeros((1, 300, 2)), targets, None, "softmax")
    >>> np.diff(found.intercepts).round(2)
    array([0.67])
    """
    before = None if start is None else start.weights
    weights = fit_weights(
        logits, targets, sample_weight, out_activation, before, n_iter
    )
    combined = np.tensordot(weights, np.asarray(logits, np.float64), 1)
    combined = _centred(combined, out_activation)
    targets = _platts(targets, out_activation)
    n_samples, n_outputs = targets.shape
    of_rows = np.full((n_samples, 1), 1 / n_samples)
    if sample_weight is not None:
        of_rows = sample_weight[:, np.newaxis] / sample_weight.sum()
    mixes = out_activation == "softmax" and n_outputs <= _MANY_OUTPUTS
    ridge = 2 * n_outputs / n_samples
    ridges = ridge
    if mixes:
        others = 1 - np.eye(n_outputs)
        ridges = ridge * (np.eye(n_outputs) + (n_outputs - 1) * others)

    def value_and_gradient(params):
        factor, intercepts, own = params[0], params[1 : 1 + n_outputs], params[1:]
        own = own[n_outputs:].reshape((-1, n_outputs) if mixes else n_outputs)
        z = factor * combined + has_intercept * intercepts
        z += combined @ own if mixes else combined * own
        is_logistic = out_activation == "logistic"
        slope = logistic(z) if is_logistic else softmax(z)
        slope = (slope - targets) * of_rows
        value = _loss(z, targets, of_rows, is_logistic)
        value += (ridge * intercepts**2).sum() / 2 + (ridges * own**2).sum() / 2
        of_outputs = slope * combined
        of_own = combined.T @ slope if mixes else of_outputs.sum(axis=0)
        of_own = of_own + ridges * own
        if n_outputs == 1:  # the common factor is its own
            of_own = 0 * of_own
        return value, np.concatenate(
            [
                [of_outputs.sum()],
                has_intercept * slope.sum(axis=0) + ridge * intercepts,
                of_own.ravel(),
            ]
        )

    first = np.zeros(1 + n_outputs + n_outputs ** (2 if mixes else 1))
    first[0] = 1.0
    found = minimize(
        value_and_gradient,
        first,
        jac=True,
        method="L-BFGS-B",
        # A factor below 0 would turn what the network has learned into its opposite
        bounds=[(_BOUNDS[0], None)] + [(None, None)] * (len(first) - 1),
        options={"maxiter": 5 * n_iter},
    ).x
    factor, intercepts, own = found[0], found[1 : 1 + n_outputs], found[1:][n_outputs:]
    own = own.reshape(n_outputs, n_outputs) if mixes else np.diag(own)
    matrix = factor * np.eye(n_outputs) + own
    return Calibration(weights, matrix, has_intercept * intercepts, out_activation)


def _loss(z, targets, of_rows, is_logistic):
    if is_logistic:
        of_outputs = np.logaddexp(0, z) - targets * z
    else:
        top = z.max(axis=1, keepdims=True)
        log_sum = top + np.log(np.exp(z - top).sum(axis=1, keepdims=True))
        of_outputs = targets * (log_sum - z)
    return float((of_outputs * of_rows).sum())


def _platts(targets, out_activation):
    n_samples, n_outputs = targets.shape
    center = 1 / n_outputs if out_activation == "softmax" else 0.5
    return targets + (center - targets) / (n_samples + 2)


def _centred(logits, out_activation):
    if out_activation == "logistic":
        return logits
    return logits - logits.mean(axis=-1, keepdims=True)
