"""Labels to the network's targets, and logits back to labels."""

import numpy as np
from scipy.sparse import csr_array, csr_matrix, issparse, isspmatrix
from sklearn.metrics import accuracy_score
from sklearn.utils.multiclass import (
    check_classification_targets,
    type_of_target,
    unique_labels,
)
from sklearn.utils.validation import column_or_1d

from ..nn.losses import logistic, softmax
from .weights import check_weights
from .words import in_words_of

__all__ = ["TargetCoder", "accuracy", "check_labels", "is_plain"]


class TargetCoder:
    """Turns labels of any type into 0/1 targets, and logits into labels.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_labels)
        Labels, or an indicator matrix for multilabel classification.
    classes : array-like of shape (n_classes,), optional
        All classes, where `y` need not hold each of them.

    Attributes
    ----------
    kind : {"binary", "multiclass", "multilabel-indicator"}
        What is being classified.
    classes : ndarray of shape (n_classes,)
        Sorted labels; column numbers for multilabel targets.
    n_outputs : int
        1 for binary targets and for a single class, else the number of classes.

    Raises
    ------
    ValueError
        If `y` is continuous or has several columns of classes.

    Examples
    --------
    >>> coder = TargetCoder(["no", "yes", "no"])
    >>> coder.encode(["yes", "no"], np.float64)
    array([[1.],
           [0.]])
    >>> coder.decode(np.array([[0.5], [-0.5]])).tolist()
    ['yes', 'no']
    """

    def __init__(self, y, classes=None):
        self.kind = _kind(y)
        if not self.kind.startswith(("binary", "multiclass", "multilabel")):
            check_classification_targets(y)  # raises an error, in scikit-learn's words
        self.sparse_type = None
        if self.kind == "multilabel-indicator":
            if issparse(y):
                self.sparse_type = csr_matrix if isspmatrix(y) else csr_array
            n_labels = y.shape[1] if hasattr(y, "shape") else np.asarray(y).shape[1]
            self.classes = np.arange(n_labels)
        elif self.kind == "multiclass-multioutput":
            raise ValueError(
                "y has several columns of classes, which one network does not predict: "
                "wrap the estimator in sklearn.multioutput.MultiOutputClassifier."
            )
        else:
            self.classes = _unique(y if classes is None else classes)
            self.kind = "binary" if len(self.classes) <= 2 else "multiclass"

    @classmethod
    def of_classes(cls, classes, *, is_multilabel=False):
        """Return the coder of a network that was trained elsewhere.

        Parameters
        ----------
        classes : array-like of shape (n_classes,)
            Sorted labels.
        is_multilabel : bool, default=False
            Whether they do not exclude each other: only their number counts.

        Returns
        -------
        TargetCoder
            As if it had seen them all.
        """
        if is_multilabel:
            return cls(np.zeros((2, len(classes)), int))
        coder = cls(classes, classes)
        coder.classes = np.array(classes)  # of their type, as they predict
        return coder

    @classmethod
    def for_partial_fit(cls, y, classes, known=None):
        """Return the coder of a further call of `partial_fit`.

        Parameters
        ----------
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Labels of this call.
        classes : array-like of shape (n_classes,) or None
            All classes; needed in the first call, unless `y` is multilabel.
        known : TargetCoder or None, default=None
            The coder of the calls before.

        Returns
        -------
        TargetCoder
            `known`, or a new one in the first call.

        Raises
        ------
        ValueError
            If classes are missing, or not those of the calls before.
        """
        if known is None:
            multilabel = _kind(y).startswith("multilabel")
            if classes is None and not multilabel:
                raise ValueError(
                    "classes must be passed on the first call to partial_fit."
                )
            if classes is not None and not (np.ndim(classes) == 1 and len(classes)):
                raise ValueError(
                    f"classes={classes!r} must list all labels that will ever come."
                )
            with in_words_of("classes"):
                known = cls(y, classes)
        if classes is not None and not np.array_equal(
            known.classes, unique_labels(classes)
        ):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to "
                f"partial_fit, was: {known.classes!r}."
            )
        return known

    @property
    def n_outputs(self):
        """Number of outputs of the network."""
        return 1 if self.kind == "binary" else len(self.classes)

    @property
    def out_activation(self):
        """What turns logits into probabilities: "logistic" or "softmax"."""
        return "softmax" if self.kind == "multiclass" else "logistic"

    def check_same_classes(self, y):
        """Raise a ValueError unless `y` has just the classes that are known."""
        if self.kind == "multilabel-indicator":
            return  # `encode` compares the number of labels
        present = _unique(y)
        if not np.array_equal(present, self.classes):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the "
                f"previous call to fit. Previously got {self.classes}, `y` has "
                f"{present}. Set warm_start=False to start anew."
            )

    def indices(self, y):
        """Return the number of each row's class in `classes`.

        Parameters
        ----------
        y : array-like of shape (n_samples,)
            Labels.

        Returns
        -------
        ndarray of shape (n_samples,)
            Indices.

        Raises
        ------
        ValueError
            If there are labels that are not among the classes.
        """
        y = column_or_1d(y, warn=True)
        try:
            indices = np.searchsorted(self.classes[:-1], y)
            is_known = np.array_equal(self.classes[indices], y)
        except TypeError:  # text does not compare with numbers
            is_known = False
        if not is_known:
            known = self.classes.tolist()
            new = set(y.tolist()).difference(known)
            new = sorted(new, key=lambda label: (type(label).__name__, label))
            raise ValueError(
                f"`y` has classes not in `self.classes_`: {new}. "
                f"`self.classes_` has {known}."
            )
        return indices

    def encode(self, y, dtype, indices=None):
        """Return the targets of the network.

        Parameters
        ----------
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Labels or indicator matrix.
        dtype : dtype
            Of the result.
        indices : ndarray of shape (n_samples,), optional
            What :meth:`indices` returns for `y`, to spare looking it up again.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
            Zeros and ones.
        """
        if self.kind == "multilabel-indicator":
            y = y.toarray() if issparse(y) else np.asarray(y)
            if y.ndim != 2 or y.shape[1] != self.n_outputs:
                raise ValueError(
                    f"y has shape {y.shape}, but the classifier knows "
                    f"{self.n_outputs} labels: pass (n_samples, {self.n_outputs})."
                )
            return y.astype(dtype)
        if indices is None:
            indices = self.indices(y)
        if self.kind == "binary":
            return indices[:, np.newaxis].astype(dtype)
        targets = np.zeros((len(indices), self.n_outputs), dtype)
        targets[np.arange(len(indices)), indices] = 1
        return targets

    def decode(self, logits):
        """Return the most probable labels.

        Parameters
        ----------
        logits : ndarray of shape (n_samples, n_outputs)
            Or anything that is positive where a probability is above one half.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
            Labels, or an indicator matrix: sparse where `y` was.
        """
        if self.kind == "multiclass":
            return self.classes[logits.argmax(axis=1)]
        if self.kind == "binary":
            most = len(self.classes) - 1  # a single class is not left for another
            return self.classes[np.minimum(logits[:, 0] > 0, most).astype(int)]
        labels = (logits > 0).astype(int)
        return labels if self.sparse_type is None else self.sparse_type(labels)

    def decision(self, logits):
        """Return logits as scikit-learn's `decision_function` has them.

        Parameters
        ----------
        logits : ndarray of shape (n_samples, n_outputs)
            Output of a network.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            One dimension for binary targets.
        """
        return logits[:, 0] if self.kind == "binary" else logits

    def proba(self, logits):
        """Turn logits into probabilities, in their memory where there is room.

        Parameters
        ----------
        logits : ndarray of shape (n_samples, n_outputs)
            Output of a network. Overwritten.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Never 0 or 1: where a probability would be rounded to that, it is the
            nearest number between. Only a single class is certain.
        """
        if len(self.classes) == 1 and self.kind == "binary":
            return np.ones_like(logits)
        if self.kind == "binary":
            logits = np.hstack([-logits, logits])
        info = np.finfo(logits.dtype)
        link = softmax if self.out_activation == "softmax" else logistic
        proba = link(logits, out=logits)
        np.maximum(proba, info.tiny, out=proba)  # both in half the time of np.clip
        return np.minimum(proba, 1 - info.epsneg, out=proba)


def check_labels(y):
    """Refuse a target that is no array of labels; None, too, is for others to refuse.

    Parameters
    ----------
    y : object
        What the user gave.

    Raises
    ------
    ValueError
        If it is a single label, a sparse column, or of values that no label can be.

    Examples
    --------
    >>> check_labels([0, 1])
    >>> check_labels("yes")
    Traceback (most recent call last):
    ValueError: y is 'yes', no labels: pass one label for each row.
    """
    if y is None or is_plain(y):
        return
    if issparse(y):
        if y.shape[1] == 1:
            raise ValueError("y is a sparse column: pass it as y.toarray().ravel().")
        return
    if getattr(getattr(y, "dtype", None), "names", None):
        raise ValueError(f"y is an array of records, of {y.dtype}: pass one field.")
    with in_words_of("y"), np.errstate(invalid="ignore"):
        labels = y if hasattr(y, "ndim") else np.asarray(y)
        if labels.ndim == 0:
            raise ValueError(f"y is {y!r}, no labels: pass one label for each row.")
        if labels.ndim == 1 and labels.dtype == object:
            for kind in set(map(type, labels)):
                if hasattr(kind, "__len__") and not issubclass(kind, (str, bytes)):
                    raise ValueError(
                        f"y has values of type {kind.__name__} where single labels "
                        "belong: pass one label for each row, or for several labels "
                        "sklearn.preprocessing.MultiLabelBinarizer().fit_transform(y)."
                    )
        _kind(y)


def accuracy(y, predicted, sample_weight=None):
    """Return the share of the rows, or of their weight, that is predicted right.

    Parameters
    ----------
    y, predicted : array-like of shape (n_samples,) or (n_samples, n_labels)
        Labels; of several labels all must be right.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the rows.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> accuracy(np.array([0, 1]), np.array([0, 0]))
    0.5
    """
    check_labels(y)
    plain = is_plain(y) and is_plain(predicted) and y.shape == predicted.shape
    if plain and sample_weight is None:
        return float(np.mean(predicted == y))  # half a millisecond less
    if sample_weight is not None:
        sample_weight = check_weights(sample_weight, predicted)
    return accuracy_score(y, predicted, sample_weight=sample_weight)


def is_plain(labels):
    """Return whether labels are an array of integers, one a row.

    With these there is nothing to find out, for which scikit-learn's functions take
    up to half a millisecond.

    Parameters
    ----------
    labels : object
        What the user gave.

    Returns
    -------
    bool
        Whether it is a one-dimensional array of integers or booleans.

    Examples
    --------
    >>> is_plain(np.array([2, 1])), is_plain(["no", "yes"])
    (True, False)
    """
    return (
        type(labels) is np.ndarray
        and labels.ndim == 1
        and labels.dtype.kind in "biu"
        and labels.dtype.isnative
    )


def _kind(labels):
    """What is classified: `type_of_target`, "multiclass" if that or binary."""
    return "multiclass" if is_plain(labels) else type_of_target(labels, input_name="y")


def _unique(labels):
    """Return the sorted labels: `unique_labels`."""
    return np.unique(labels) if is_plain(labels) else unique_labels(labels)
