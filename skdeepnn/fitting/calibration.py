"""Temperature scaling: one number that makes the certainty of predictions honest."""

import numpy as np

from ..nn.losses import logistic, softmax

__all__ = ["fit_temperature"]

_BOUNDS = (0.05, 20.0)  # of the factor; beyond it the loss has no minimum worth having


def fit_temperature(
    logits, targets, sample_weight, out_activation, start=1.0, n_iter=8
):
    """Find the temperature T for which ``logits / T`` have the lowest log loss.

    Newton's method on the factor ``1 / T``, in which the loss is convex. The targets
    are those of Platt: with n rows one more might have been wrong, so that predictions
    which were right on all of them do not become certainties.

    Parameters
    ----------
    logits : ndarray of shape (n_samples, n_outputs)
        Predictions for rows that were not trained on.
    targets : ndarray of shape (n_samples, n_outputs)
        Zeros and ones.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the rows.
    out_activation : {"logistic", "softmax"}
        What makes probabilities of the logits.
    start : float, default=1.0
        Where to begin: the last epoch's temperature saves steps.
    n_iter : int, default=8
        Number of Newton steps at the most.

    Returns
    -------
    float
        The temperature, between 0.05 and 20.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML
    2017, section 4.2; Platt, "Probabilistic outputs for support vector machines", 1999,
    section 2.2.

    Examples
    --------
    Three of four predictions hold, so a log-odds of log(3) is honest and 4 too bold:

    >>> logits = np.full((4000, 1), 4.0)
    >>> targets = np.array([[1.0], [1.0], [1.0], [0.0]] * 1000)
    >>> T = fit_temperature(logits, targets, None, "logistic")
    >>> round(4 / T, 2)
    1.1
    """
    logits = np.asarray(logits, np.float64)
    n_samples, n_outputs = targets.shape
    center = 1 / n_outputs if out_activation == "softmax" else 0.5
    targets = targets + (center - targets) / (n_samples + 2)
    derivatives = _of_logistic if out_activation == "logistic" else _of_softmax
    factor = 1 / start
    for _ in range(n_iter):
        slope, curvature = derivatives(logits, factor, targets)
        if sample_weight is not None:
            slope, curvature = slope * sample_weight, curvature * sample_weight
        curvature = curvature.sum()
        step = slope.sum() / curvature if curvature > 0 else np.sign(-slope.sum())
        # Newton's step may overshoot where the loss is flat.
        new = np.clip(factor - step, factor / 2, factor * 2)
        new = float(np.clip(new, 1 / _BOUNDS[1], 1 / _BOUNDS[0]))
        done, factor = abs(new - factor) < 1e-6 * factor, new
        if done:
            break
    return 1 / factor


def _of_logistic(logits, factor, targets):
    """First and second derivatives of each row's loss with respect to the factor."""
    p = logistic(logits * factor)
    slope = ((p - targets) * logits).sum(axis=1)
    return slope, (logits**2 * p * (1 - p)).sum(axis=1)


def _of_softmax(logits, factor, targets):
    p = softmax(logits * factor)
    mean = (p * logits).sum(axis=1)
    centred = logits - mean[:, np.newaxis]
    return mean - (targets * logits).sum(axis=1), (p * centred**2).sum(axis=1)
