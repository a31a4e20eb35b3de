"""The epoch loop: a generator that trains a network and yields one record an epoch.

Whoever consumes it decides what a record means: when to stop, what to print, what to
keep. The loop knows nothing of labels or estimators.
"""

from copy import copy
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from scipy.sparse import issparse

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
    gradient_norm : float
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


class Batches:
    """Batches of rows, gathered into the same memory again and again.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Data in the network's type, or in another one, from which each batch is
        converted: that spares a copy of data that is soon done with.
    y : ndarray of shape (n_samples, n_outputs)
        Targets in the network's type.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights of the rows.
    batch_size : int
        Rows a batch; the last may have fewer.
    ones : bool, default=False
        Whether `X` gets a column of ones, which spares the network the addition of
        intercepts. That is a copy of `X`, and so is left aside where it is large.
    rows : list of ndarray, optional
        For each member of a stack the numbers of the rows that it sees. All see equally
        many, in full batches; what remains has its turn in another epoch.

    Examples
    --------
    >>> X = np.arange(6.0).reshape(3, 2)
    >>> batches = Batches(X, X[:, :1], None, batch_size=2)
    >>> [X_batch.shape for X_batch, y_batch, weight in batches.epoch(order=None)]
    [(2, 2), (1, 2)]
    """

    SMALL = 2**22  # bytes

    def __init__(self, X, y, sample_weight, batch_size, ones=False, rows=None):
        self.converts = X.dtype != y.dtype
        if ones and not (issparse(X) or self.converts) and X.nbytes <= self.SMALL:
            X = np.hstack([X, np.ones((X.shape[0], 1), X.dtype)])
        # Targets lie column by column, as the network's output does.
        self.arrays = (X, np.asfortranarray(y), sample_weight)
        self.rows = rows
        self.n_samples = X.shape[0] if rows is None else min(map(len, rows))
        self.batch_size = min(batch_size, self.n_samples)
        if rows is not None:
            self.n_samples -= self.n_samples % self.batch_size
        self._memory = {}

    def twin(self, members):
        """Return batches for some members, gathered into memory of their own."""
        twin = copy(self)
        twin._memory = {}
        if self.rows is not None:
            twin.rows = self.rows[members]
        return twin

    def orders(self, rng):
        """Yield the order of the rows for one epoch after another.

        Parameters
        ----------
        rng : RandomState, list of RandomState or None
            Shuffles them; one a member. None keeps their order.

        Yields
        ------
        ndarray of shape (n_samples,) or (n_members, n_samples), or None
            For :meth:`epoch`.
        """
        n_samples = self.n_samples
        if self.rows is None and (rng is None or len(self) == 1):
            while True:
                yield None
        rngs = rng if isinstance(rng, (list, tuple)) else [rng]
        orders = self.rows or [np.arange(n_samples) for _ in rngs]
        is_stack = self.rows is not None or rngs is rng
        while True:
            if rng is not None:
                orders = [_shuffled(*pair) for pair in zip(orders, rngs, strict=True)]
            order = np.stack([order[:n_samples] for order in orders])
            yield order if is_stack else order[0]

    def __len__(self):
        return -(-self.n_samples // self.batch_size)

    def epoch(self, order):
        """Yield the batches of one epoch.

        Parameters
        ----------
        order : ndarray of shape (n_samples,) or (n_members, n_samples), or None
            Row numbers in the order in which they are seen, for all members of a
            stack or for each; None for the order of the data, which gathers nothing.

        Yields
        ------
        X, y, sample_weight : ndarray, ndarray, ndarray or None
            In memory that the next batch overwrites.
        """
        for start in range(0, self.n_samples, self.batch_size):
            rows = slice(start, start + self.batch_size)
            if order is None:
                batch = tuple(a if a is None else a[rows] for a in self.arrays)
            else:
                batch = self._gather(order[..., rows])
            yield (self._converted(batch[0]), *batch[1:]) if self.converts else batch

    def _gather(self, rows):
        X, y, sample_weight = self.arrays
        if rows.shape not in self._memory:
            self._memory[rows.shape] = self._new_memory(rows.shape)
        X_batch, y_batch, weight_batch = self._memory[rows.shape]
        # mode="clip" lets NumPy write to `out` directly; "raise" goes through a copy
        if X_batch is None:
            X_batch = X[rows]
        else:
            X.take(rows, 0, out=X_batch, mode="clip")
        y.T.take(rows, 1, out=y_batch, mode="clip")
        if sample_weight is not None:
            sample_weight.take(rows, 0, out=weight_batch, mode="clip")
        y_batch = y_batch.T if rows.ndim == 1 else y_batch.transpose(1, 2, 0)
        return X_batch, y_batch, weight_batch

    def _converted(self, X):
        dtype = self.arrays[1].dtype
        if issparse(X):
            return X.astype(dtype)
        key = ("converted", X.shape)
        if key not in self._memory:
            self._memory[key] = np.empty(X.shape, dtype)
        self._memory[key][...] = X
        return self._memory[key]

    def _new_memory(self, shape):
        X, y, sample_weight = self.arrays
        return (
            None if issparse(X) else np.empty((*shape, X.shape[1]), X.dtype),
            np.empty((y.shape[1], *shape), y.dtype),
            None if sample_weight is None else np.empty(shape, sample_weight.dtype),
        )


def epochs(
    network,
    loss,
    batches,
    optimizer,
    learning_rate,
    *,
    n_epochs,
    rng=None,
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
    rng : RandomState or sequence of RandomState, optional
        Shuffles the rows before each epoch; one a member of a stack lets each see
        them in an order of its own (dense data only). None keeps their order.
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
    orders = batches.orders(rng)
    for epoch in range(n_epochs):
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
                gradient_norm = float(np.linalg.norm(network.gradient))
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


def _clip(network, max_gradient_norm):
    gradients = network.gradient.reshape(network.n_members or 1, -1)
    norms = np.linalg.norm(gradients, axis=1, keepdims=True)
    if norms.max() > max_gradient_norm:
        gradients *= np.minimum(1, max_gradient_norm / np.maximum(norms, TINY))


TINY = float(np.finfo(np.float32).tiny)


def _shuffled(order, rng):
    """Shuffle as scikit-learn's networks do: a permutation of the last order."""
    permutation = np.arange(order.size)
    rng.shuffle(permutation)
    return order[permutation]
