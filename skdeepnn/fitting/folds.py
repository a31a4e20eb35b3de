"""Members of a stack that each hold out a fold: an ensemble and its cross-validation.

All members together see every row, and for every row there is one that has not: its
prediction is an honest one. So a single training knows its log loss on new data after
each epoch, without setting rows aside.
"""

import numpy as np

from .calibration import fit_temperature

__all__ = ["HeldOut", "OutOfFold", "assign_folds"]

_BLOCK_VALUES = 2**18  # of the widest layer, for all members together


def assign_folds(y, n_folds, rng):
    """Distribute rows over folds so that each has its share of every class.

    Parameters
    ----------
    y : {ndarray, sparse matrix} of shape (n_samples,) or (n_samples, n_labels)
        Labels; multilabel rows are distributed at random.
    n_folds : int
        Number of folds.
    rng : RandomState
        Source of randomness.

    Returns
    -------
    ndarray of shape (n_samples,)
        Number of each row's fold. Sizes differ by one at the most, and so do the
        numbers of rows of a class; a class may have fewer rows than there are folds.

    Examples
    --------
    >>> y = np.array([0, 0, 0, 0, 1, 1])
    >>> folds = assign_folds(y, 2, np.random.RandomState(0))
    >>> [np.bincount(y[folds == fold]).tolist() for fold in (0, 1)]
    [[2, 1], [2, 1]]
    """
    n_samples = y.shape[0]
    order = rng.permutation(n_samples)
    if y.ndim == 1:
        order = order[np.argsort(y[order], kind="stable")]
    folds = np.empty(n_samples, int)
    folds[order] = np.arange(n_samples) % n_folds
    return folds


class HeldOut:
    """Rows that no member is trained on, and the temperature that suits them.

    Parameters
    ----------
    data : Data
        The rows.
    loss : object
        One of :mod:`skdeepnn.nn.losses`.
    is_honest : bool, default=True
        Whether nobody has been trained on them before, either. There is no telling a
        temperature otherwise.

    Attributes
    ----------
    temperature : float
        By which logits are to be divided.
    """

    def __init__(self, data, loss, is_honest=True):
        self.data, self.loss, self.is_honest = data, loss, is_honest
        self.temperature = 1.0

    def logits(self, network):
        """Predict the rows with all members; (n_samples, n_outputs)."""
        return network.logits(self.data.X, n_threads=1)

    def evaluate(self, network, n_iter=2):
        """Predict the rows, and find their temperature anew.

        Parameters
        ----------
        network : Network
            What predicts.
        n_iter : int, default=2
            Newton steps for the temperature, beginning with the last one. Two follow
            it from epoch to epoch.

        Returns
        -------
        logits : ndarray of shape (n_samples, n_outputs)
            Divided by the temperature.
        loss : float
            Theirs.
        """
        targets, weight = self.data.targets, self.data.sample_weight
        logits = self.logits(network)
        if not self.is_honest:
            return logits, self.loss.value(logits, targets, weight)
        self.temperature = fit_temperature(
            logits, targets, weight, self.loss.out_activation, self.temperature, n_iter
        )
        logits /= self.temperature
        return logits, self.loss.value(logits, targets, weight)


class OutOfFold(HeldOut):
    """Training rows, each predicted by the one member that is not trained on it.

    Parameters
    ----------
    data : Data
        The rows.
    loss : object
        One of :mod:`skdeepnn.nn.losses`.
    n_members : int
        Number of members, and of folds.
    rng : RandomState
        Source of randomness.
    is_honest : bool, default=True
        Whether no member has been trained on what it holds out before.

    Attributes
    ----------
    rows : list of ndarray
        Numbers of the rows that each member is trained on.
    """

    def __init__(self, data, loss, n_members, rng, is_honest=True):
        super().__init__(data, loss, is_honest)
        folds = assign_folds(data.y, n_members, rng)
        self.rows = [np.flatnonzero(folds != fold) for fold in range(n_members)]
        held_out = [np.flatnonzero(folds == fold) for fold in range(n_members)]
        size = max(map(len, held_out))  # shorter ones by a row repeat their first
        self._held_out = np.stack([np.resize(rows, size) for rows in held_out])

    def logits(self, network):
        """Predict each row with its member; (n_samples, n_outputs)."""
        out = np.empty(self.data.targets.shape, network.dtype)
        width = network.n_members * max(network.layer_sizes)
        n_rows = max(64, _BLOCK_VALUES // width)
        for start in range(0, self._held_out.shape[1], n_rows):
            rows = self._held_out[:, start : start + n_rows]
            out[rows] = network.member_logits(self.data.X[rows])
        return out
