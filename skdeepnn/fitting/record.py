"""What a fit keeps of the predictions for rows that its members have not seen."""

from typing import NamedTuple

import numpy as np

from ..tables.targets import TargetCoder, accuracy

__all__ = ["OutOfFoldRecord"]


class OutOfFoldRecord(NamedTuple):
    """Out-of-fold predictions, and what it takes to judge them.

    Of the training data it keeps the labels, as numbers, and the weights, if any.

    Parameters
    ----------
    targets : TargetCoder
        What logits stand for.
    logits : ndarray of shape (n_samples, n_outputs)
        Of each row by members that have not seen it, made honest by what the other
        folds tell.
    labels : ndarray of shape (n_samples,) or (n_samples, n_labels)
        Numbers of the rows' classes, or zeros and ones; of the smallest type.
    weight : ndarray of shape (n_samples,) or None
        Weights of the rows.
    folds : ndarray of shape (n_samples,)
        Number of each row's fold, which is that of the members that hold it out.
    true_proba : ndarray of shape (n_samples,) or None
        Probability of each row's own class by the members that hold it out, as they
        are in the network; None for several labels.

    Examples
    --------
    >>> targets = TargetCoder(np.array(["no", "yes"]))
    >>> logits, folds = np.array([[-1.0], [2.0], [3.0]]), np.array([0, 1, 0])
    >>> labels = np.array([0, 1, 0], np.uint8)
    >>> record = OutOfFoldRecord(targets, logits, labels, None, folds, None)
    >>> record.predictions().tolist(), record.y().tolist(), round(record.accuracy, 2)
    (['no', 'yes', 'yes'], ['no', 'yes', 'no'], 0.67)
    """

    targets: TargetCoder
    logits: np.ndarray
    labels: np.ndarray
    weight: np.ndarray | None
    folds: np.ndarray
    true_proba: np.ndarray | None

    @classmethod
    def of(cls, targets, data, logits, member_logits, folds):
        """Return the record of a fit to these rows.

        Parameters
        ----------
        targets : TargetCoder
            What logits stand for.
        data : Data
            The rows.
        logits, member_logits : ndarray of shape (n_samples, n_outputs)
            Those made honest by the other folds, and those of the network's members.
        folds : ndarray of shape (n_samples,)
            Number of each row's fold.
        """
        is_multilabel = targets.kind == "multilabel-indicator"
        labels = np.asarray(data.y) if is_multilabel else targets.indices(data.y)
        true_proba = None
        if not is_multilabel:
            proba = targets.proba(member_logits.copy())
            true_proba = proba[np.arange(len(labels)), labels]
        labels = labels.astype(np.min_scalar_type(int(labels.max(initial=0))))
        folds = folds.astype(np.min_scalar_type(int(folds.max())))
        return cls(targets, logits, labels, data.row_weight, folds, true_proba)

    def y(self):
        """Return the labels as they were given."""
        if self.targets.kind == "multilabel-indicator":
            return self.labels.astype(int)
        return self.targets.classes[self.labels]

    def predictions(self):
        """Return the most probable labels."""
        return self.targets.decode(self.logits)

    def proba(self):
        """Return the probabilities."""
        return self.targets.proba(self.logits.copy())

    @property
    def accuracy(self):
        """Share of the rows, or of their weight, that is predicted right."""
        return accuracy(self.y(), self.predictions(), self.weight)
