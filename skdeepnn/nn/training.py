"""The epoch loop: a generator that trains a network and yields one record an epoch.

Whoever consumes it decides what a record means: when to stop, what to print, what to
keep. The loop knows nothing of labels or estimators.
"""

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from ..compute.batches import Batches
from .schedules import get_schedule

__all__ = ["Batches", "Epoch", "LearningRate", "epochs"]


@dataclass
class Epoch:
    """What one pass over the data showed.

    Parameters
    ----------
    loss : float or ndarray of shape (n_members,)
        Mean over the epoch's batches of the penalized loss, each computed before the
        step that it led to.
    gradient_norm : float or ndarray of shape (n_members,)
        Euclidean norm of the last batch's gradient, clipped if that is asked for.
    learning_rate : float
        Used for the last batch.
    n_samples : int
        Number of rows seen.
    seconds : float
        Time taken.
    """

    loss: float
    gradient_norm: float
    learning_rate: float
    n_samples: int
    seconds: float


class LearningRate:
    """The learning rate as training goes on.

    Parameters
    ----------
    initial : float
        What the schedule's factor multiplies.
    schedule : str or callable, default="constant"
        See :mod:`skdeepnn.nn.schedules`.
    power_t : float, default=0.5
        Exponent of inverse scaling.

    Attributes
    ----------
    n_seen : int
        Number of rows seen in earlier epochs: set it between epochs.

    Examples
    --------
    >>> LearningRate(0.1, "cosine").at(0.5).__round__(3)
    0.05
    """

    SMALLEST = 1e-6

    def __init__(self, initial, schedule="constant", power_t=0.5):
        self.initial = float(initial)
        self.schedule = schedule
        self.power_t = power_t
        self.n_seen = 0

    def at(self, progress):
        """Return the rate where `progress`, from 0 to 1, of the training is done."""
        factor = get_schedule(self.schedule)(progress, self.n_seen, self.power_t)
        return self.initial * factor

    def reduce(self):
        """Divide an "adaptive" rate by 5 as progress stalls.

        Returns
        -------
        bool
            False where the schedule is another, or the rate is already small: then it
            is time to stop.
        """
        if self.schedule != "adaptive" or self.initial <= self.SMALLEST:
            return False
        self.initial /= 5
        return True


def epochs(
    network,
    loss,
    batches,
    optimizer,
    learning_rate,
    *,
    n_epochs,
    orders=None,
    first=0,
    alpha=0.0,
    alpha_divisor=None,
    dropout_rng=None,
    max_gradient_norm=None,
    average=None,
):
    """Train a network, yielding a record after every epoch.

    Parameters
    ----------
    network : Network
        Its parameters are changed in place.
    loss : object
        One of :mod:`skdeepnn.nn.losses`.
    batches : Batches
        The data.
    optimizer : object
        One of :mod:`skdeepnn.nn.optimizers`.
    learning_rate : LearningRate
        Asked before every step.
    n_epochs : int
        How many epochs to train at the most.
    orders : Orders, optional
        Order of the rows in each epoch: ``batches.orders(rng)``. By default they keep
        the order that they have.
    first : int, default=0
        Number of the first epoch, of a training that goes on.
    alpha : float, default=0.0
        L2 penalty: ``alpha / 2 * sum(coef²)``, divided by `alpha_divisor`.
    alpha_divisor : float, optional
        By default the sum of a batch's weights, as `MLPClassifier` has it; the sum of
        all weights makes the objective that of `LogisticRegression`.
    dropout_rng : numpy.random.Generator, optional
        Source of the dropout; without it there is none.
    max_gradient_norm : float, optional
        Longer gradients are shortened to this norm (Pascanu, Mikolov and Bengio, ICML
        2013, Algorithm 1).
    average : WeightAverage, optional
        Told of every step.

    Yields
    ------
    Epoch
        One an epoch.
    """
    n_batches = len(batches)
    orders = orders or batches.orders(None)
    for epoch in range(first, n_epochs):
        start = perf_counter()
        order = next(orders)
        losses = seen = gradient_norm = 0.0
        rate = learning_rate.at(epoch / n_epochs)
        for i, (X, y, sample_weight) in enumerate(batches.epoch(order)):
            if sample_weight is None:
                weight = divisor = y.shape[-2]
            else:
                weight = sample_weight.sum(-1)
                if not np.any(weight):
                    continue  # all rows count nothing: there is no mean to take
                # A member whose rows all count nothing has no penalty to pay either
                divisor = np.where(weight > 0, weight, np.inf)
            l2 = alpha and alpha / (alpha_divisor or divisor)
            value = network.loss_and_gradient(
                X, y, sample_weight, loss, l2, dropout_rng
            )
            losses, seen = losses + value * weight, seen + weight
            if max_gradient_norm is not None:
                _clip(network, max_gradient_norm)
            if i == n_batches - 1:
                gradient_norm = _norms(network)
            rate = learning_rate.at((epoch + i / n_batches) / n_epochs)
            optimizer.step(network.params, network.gradient, rate)
            if average is not None:
                average.step(network.params)
        yield Epoch(
            loss=losses / np.maximum(seen, TINY),
            gradient_norm=gradient_norm,
            learning_rate=rate,
            n_samples=batches.n_samples,
            seconds=perf_counter() - start,
        )


def _norms(network):
    """Return the norm of the gradient, or of each member's."""
    if network.n_members is None:
        return float(np.linalg.norm(network.gradient))
    gradients = network.gradient.reshape(network.n_members, -1)
    return np.array([np.linalg.norm(gradient) for gradient in gradients])


def _clip(network, max_gradient_norm):
    gradients = network.gradient.reshape(network.n_members or 1, -1)
    norms = np.linalg.norm(gradients, axis=1, keepdims=True)
    if norms.max() > max_gradient_norm:
        gradients *= np.minimum(1, max_gradient_norm / np.maximum(norms, TINY))


TINY = float(np.finfo(np.float32).tiny)
