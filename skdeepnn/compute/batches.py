"""Batches of rows, gathered into the same memory again and again."""

from copy import copy

import numpy as np
from scipy.sparse import issparse

__all__ = ["Batches", "Orders"]


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
        """Return the order of the rows for one epoch after another.

        Parameters
        ----------
        rng : RandomState, list of RandomState or None
            Shuffles them; one a member. None keeps their order.

        Returns
        -------
        Orders
            An iterator of what :meth:`epoch` takes.
        """
        return Orders(self, rng)

    def __getstate__(self):
        # Memory comes back when needed, and an order has the numbers of the rows
        return {**vars(self), "_memory": {}, "rows": None}

    def __setstate__(self, state):
        vars(self).update(state)
        # Arrays in files are of a subclass that is slow
        self.arrays = tuple(
            a if a is None or issparse(a) else np.asarray(a) for a in self.arrays
        )

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


class Orders:
    """The order of the rows for one epoch after another.

    An iterator that can be pickled, and then goes on where it was.

    Parameters
    ----------
    batches : Batches
        Of the rows.
    rng : RandomState, list of RandomState or None
        Shuffles them; one a member. None keeps their order.

    Examples
    --------
    >>> X = np.arange(6.0).reshape(3, 2)
    >>> orders = Orders(Batches(X, X, None, batch_size=2), np.random.RandomState(0))
    >>> next(orders), next(orders)
    (array([2, 1, 0]), array([0, 2, 1]))
    """

    def __init__(self, batches, rng):
        self.n_samples = batches.n_samples
        self._rngs = rng if isinstance(rng, (list, tuple)) else [rng]
        self._is_stack = batches.rows is not None or self._rngs is rng
        self._orders = batches.rows or [np.arange(self.n_samples) for _ in self._rngs]
        self._shuffles = rng is not None
        if batches.rows is None and (rng is None or len(batches) == 1):
            self._orders = None

    def __iter__(self):
        return self

    def __next__(self):
        """Return the next: (n_samples,), or (n_members, n_samples) for a stack.

        None stands for the rows as they are, of which nothing needs to be gathered.
        """
        if self._orders is None:
            return None
        if self._shuffles:
            pairs = zip(self._orders, self._rngs, strict=True)
            self._orders = [_shuffled(*pair) for pair in pairs]
        order = np.stack([order[: self.n_samples] for order in self._orders])
        return order if self._is_stack else order[0]


def _shuffled(order, rng):
    """Shuffle as scikit-learn's networks do: a permutation of the last order."""
    permutation = np.arange(order.size)
    rng.shuffle(permutation)
    return order[permutation]
