"""Losses computed from logits, with their gradients, and the probabilities they imply.

The output layer of a network is linear; its values, the *logits*, go through the
logistic or the softmax function only here, together with the loss. So logits of ±1e4
give finite losses and exact gradients without a clip and without ``log(p + eps)``.

Arrays are ``(n_samples, n_outputs)``; a stack of networks has an axis of members in
front of that, and one loss a member. Losses are means over rows, weighted by
``sample_weight / sample_weight.sum()``, and sums over outputs.

References
----------
Bishop, "Pattern Recognition and Machine Learning", 2006: eq. 4.90 (binary), 4.108
(multinomial), and 4.91 and 4.109 for their gradients ``p - y``.
"""

import numpy as np

from ..compute.elementwise import clear_vanishing

__all__ = [
    "LOSSES",
    "BinaryCrossEntropy",
    "CategoricalCrossEntropy",
    "SquaredError",
    "log_softmax",
    "logistic",
    "softmax",
]


def logistic(logits, out=None):
    """Logistic function to full relative accuracy, for probabilities.

    Parameters
    ----------
    logits : ndarray
        Any shape.
    out : ndarray, optional
        Where to write; may be `logits`.

    Returns
    -------
    ndarray
        ``1 / (1 + exp(-logits))``, never rounded to 0 above -700 in float64.

    Examples
    --------
    >>> logistic(np.array([-50.0, 0.0]))
    array([1.92874985e-22, 5.00000000e-01])
    """
    # 1 / (1 + e^-z) for z > 0 and e^z / (1 + e^z) otherwise: no power overflows.
    numerator = np.exp(np.minimum(logits, 0))
    denominator = np.exp(-np.abs(logits))
    denominator += 1
    return np.divide(numerator, denominator, out=out)


def softmax(logits, out=None):
    """Softmax over the last axis (Bishop, 2006, eq. 4.104).

    Parameters
    ----------
    logits : ndarray of shape (..., n_outputs)
        Log-probabilities up to a constant a row.
    out : ndarray, optional
        Where to write; may be `logits`.

    Returns
    -------
    ndarray
        Probabilities, shaped as `logits`; each row sums to 1.

    Examples
    --------
    >>> softmax(np.array([[1e4, 1e4, -1e4]]))
    array([[0.5, 0.5, 0. ]])
    """
    # Methods such as `max` take twice as long for a single row
    largest = np.maximum.reduce(logits, axis=-1, keepdims=True)
    out = np.subtract(logits, largest, out=out)
    np.exp(out, out=out)
    out /= np.add.reduce(out, axis=-1, keepdims=True)
    return out


def log_softmax(logits):
    """Logarithm of the softmax, without taking the logarithm of a rounded 0.

    Parameters
    ----------
    logits : ndarray of shape (..., n_outputs)
        Log-probabilities up to a constant a row.

    Returns
    -------
    ndarray
        Log-probabilities, shaped as `logits`.

    Examples
    --------
    >>> log_softmax(np.array([[1e4, -1e4]]))
    array([[     0., -20000.]])
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


def _check_shapes(logits, y):
    # (n, 1) against (n,) would broadcast to (n, n) without a word.
    if y.shape[-2:] != logits.shape[-2:]:
        raise ValueError(
            f"y has shape {y.shape} where the network's output has {logits.shape}: "
            "both end in (n_samples, n_outputs)."
        )


def _mean_and_weights(losses, sample_weight):
    """Weighted mean of `losses`, and the factors that the rows had in it.

    `losses` has the rows in its last axis but one, and what is summed up a row in its
    last. It is overwritten.
    """
    if sample_weight is None:
        axis = None if losses.ndim == 2 else (-1, -2)  # None is faster
        n_rows = losses.shape[-2]
        return np.add.reduce(losses, axis) / n_rows, 1 / n_rows
    total = sample_weight.sum(axis=-1, keepdims=True)
    weights = (sample_weight / np.where(total > 0, total, 1))[..., np.newaxis]
    losses *= weights
    return losses.sum(axis=(-1, -2)), weights


def _work_for(logits, work):
    """Three arrays shaped as the logits: those given, or new ones."""
    return [np.empty_like(logits) for _ in range(3)] if work is None else work


class BinaryCrossEntropy:
    """Log loss of independent yes-or-no outputs: ``log(1 + exp(z)) - y z``.

    One output is binary classification; more are multilabel classification, where
    the loss of a row is the sum over its labels, as in scikit-learn's networks.

    Examples
    --------
    >>> BinaryCrossEntropy().value(np.array([[1e4], [-1e4]]), np.array([[1.0], [1.0]]))
    5000.0
    """

    out_activation = "logistic"

    def value(self, logits, y, sample_weight=None):
        """Return the weighted mean loss.

        Parameters
        ----------
        logits : ndarray of shape (..., n_samples, n_outputs)
            Output of the network.
        y : ndarray of shape (..., n_samples, n_outputs)
            Probabilities of the labels: 0 or 1, or between with label smoothing.
        sample_weight : ndarray of shape (..., n_samples), optional
            Weights of the rows.

        Returns
        -------
        float or ndarray of shape (n_members,)
            The loss, one a member for a stack.
        """
        _check_shapes(logits, y)
        losses = np.logaddexp(logits, 0)
        losses -= y * logits
        return _as_scalar(_mean_and_weights(losses, sample_weight)[0])

    def value_and_gradient(self, logits, y, sample_weight=None, work=None):
        """Return the loss and overwrite `logits` with its gradient.

        Parameters
        ----------
        logits : ndarray of shape (..., n_samples, n_outputs)
            Output of the network; afterwards the gradient with respect to it.
        y, sample_weight
            As for :meth:`value`.
        work : list of three ndarrays, optional
            Memory shaped as `logits`, so that a loop need not allocate any.

        Returns
        -------
        float or ndarray of shape (n_members,)
            The loss, one a member for a stack.
        """
        _check_shapes(logits, y)
        # log(1 + e^z) = max(z, 0) + log(1 + e^-|z|), and the same e^-|z| serves for the
        # probability: twice as fast as logaddexp and a logistic function.
        denominator, losses, other = _work_for(logits, work)
        np.abs(logits, out=denominator)
        np.negative(denominator, out=denominator)
        np.exp(denominator, out=denominator)
        denominator += 1
        np.log(denominator, out=losses)
        losses += np.maximum(logits, 0, out=other)
        losses -= np.multiply(y, logits, out=other)
        loss, weights = _mean_and_weights(losses, sample_weight)
        np.minimum(logits, 0, out=logits)
        np.exp(logits, out=logits)
        logits /= denominator
        logits -= y
        logits *= weights
        clear_vanishing(logits)
        return _as_scalar(loss)

    def proba(self, logits, out=None):
        """Return the probability of each output, shaped as `logits`."""
        return logistic(logits, out)


class CategoricalCrossEntropy:
    """Log loss of classes that exclude each other: ``logsumexp(z) - y · z``.

    Examples
    --------
    >>> CategoricalCrossEntropy().value(np.zeros((1, 4)), np.eye(4)[:1])
    1.3862943611198906
    """

    out_activation = "softmax"

    def value(self, logits, y, sample_weight=None):
        """Return the weighted mean loss; see :meth:`BinaryCrossEntropy.value`."""
        _check_shapes(logits, y)
        losses = -y * log_softmax(logits)
        return _as_scalar(_mean_and_weights(losses, sample_weight)[0])

    def value_and_gradient(self, logits, y, sample_weight=None, work=None):
        """Return the loss and overwrite `logits` with its gradient.

        See :meth:`BinaryCrossEntropy.value_and_gradient`.
        """
        _check_shapes(logits, y)
        products, losses, row = _work_for(logits, work)
        losses, row = losses[..., :1], row[..., :1]
        logits -= np.maximum.reduce(logits, axis=-1, keepdims=True, out=row)
        np.multiply(y, logits, out=products)
        np.exp(logits, out=logits)
        logits /= np.add.reduce(logits, axis=-1, keepdims=True, out=row)
        np.log(row, out=losses)
        losses -= np.add.reduce(products, axis=-1, keepdims=True, out=row)
        loss, weights = _mean_and_weights(losses, sample_weight)
        logits -= y
        logits *= weights
        clear_vanishing(logits)
        return _as_scalar(loss)

    def proba(self, logits, out=None):
        """Return the probability of each class, shaped as `logits`."""
        return softmax(logits, out)


class SquaredError:
    """Half the squared distance of the probabilities from the labels.

    ``0.5 * sum((p - y)²)`` with ``p`` the logistic or the softmax of the logits: half
    the Brier score, the factor being that of scikit-learn's ``squared_error``. It is
    bounded, so it forgives wrong labels more than the cross-entropy does, and learns
    more slowly where it is far off.

    Parameters
    ----------
    out_activation : {"logistic", "softmax"}, default="logistic"
        How logits become probabilities.

    References
    ----------
    Bishop, 2006, eq. 5.11 and 4.106 (the derivative of the softmax).

    Examples
    --------
    >>> SquaredError().value(np.zeros((1, 1)), np.ones((1, 1)))
    0.125
    """

    def __init__(self, out_activation="logistic"):
        self.out_activation = out_activation
        self._link = {"logistic": logistic, "softmax": softmax}[out_activation]

    def proba(self, logits, out=None):
        """Return the probability of each output, shaped as `logits`."""
        return self._link(logits, out)

    def value(self, logits, y, sample_weight=None):
        """Return the weighted mean loss; see :meth:`BinaryCrossEntropy.value`."""
        _check_shapes(logits, y)
        losses = 0.5 * np.square(self.proba(logits) - y)
        return _as_scalar(_mean_and_weights(losses, sample_weight)[0])

    def value_and_gradient(self, logits, y, sample_weight=None, work=None):
        """Return the loss and overwrite `logits` with its gradient.

        See :meth:`BinaryCrossEntropy.value_and_gradient`.
        """
        _check_shapes(logits, y)
        proba, losses, slope = _work_for(logits, work)
        self._link(logits, out=proba)
        np.subtract(proba, y, out=logits)
        np.square(logits, out=losses)
        losses *= 0.5
        loss, weights = _mean_and_weights(losses, sample_weight)
        if self.out_activation == "softmax":
            products, row = np.multiply(logits, proba, out=losses), slope[..., :1]
            logits -= np.sum(products, axis=-1, keepdims=True, out=row)
        else:
            logits *= np.subtract(1, proba, out=slope)
        logits *= proba
        logits *= weights
        clear_vanishing(logits)
        return _as_scalar(loss)


def _as_scalar(loss):
    """Return a Python float for one network, the array for a stack."""
    return loss if loss.ndim else float(loss)


LOSSES = {
    ("log_loss", "logistic"): BinaryCrossEntropy(),
    ("log_loss", "softmax"): CategoricalCrossEntropy(),
    ("squared_error", "logistic"): SquaredError("logistic"),
    ("squared_error", "softmax"): SquaredError("softmax"),
}
"""Losses by name and output activation."""
