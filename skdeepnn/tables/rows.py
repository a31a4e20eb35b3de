"""Training rows in the network's type: data, targets, labels and weights together."""

import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.model_selection import train_test_split
from sklearn.utils import compute_class_weight
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import validate_data

from ..compute.casting import check_fits, fits

__all__ = [
    "FLOAT_TYPES",
    "Data",
    "check_fits",
    "check_rows",
    "choose_dtype",
    "class_factors",
    "in_type",
    "label_factors",
]

FLOAT_TYPES = (np.float64, np.float32)

SMALL_TABLE = 512  # rows up to which float64 costs a network next to nothing

# From so many bytes on, new memory costs more than the values that are written to it:
# if rows are seen so few times, batches converted one by one take less time, and no
# memory.
_LARGE, _FEW_TIMES = 2**22, 5

_FEW_VALUES = 2**12  # in more of them, what scikit-learn's checks cost is little


class Data(NamedTuple):
    """Rows in the network's type.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Data; in the type in which it came if :func:`in_type` has left it so.
    targets : ndarray of shape (n_samples, n_outputs)
        Zeros and ones.
    y : ndarray of shape (n_samples,) or (n_samples, n_labels)
        The labels that the targets stand for.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights, those of the classes included; None where all rows count the same.
    row_weight : ndarray of shape (n_samples,) or None, default=None
        The weights that the rows were given, without those of the classes.

    Examples
    --------
    >>> y = np.array([0, 1, 1])
    >>> data = Data(np.eye(3), y[:, np.newaxis], y, None)
    >>> data.take([2]).X
    array([[0., 0., 1.]])
    """

    X: np.ndarray
    targets: np.ndarray
    y: np.ndarray
    sample_weight: np.ndarray | None
    row_weight: np.ndarray | None = None

    @property
    def total_weight(self):
        """Sum of the weights; the number of rows where there are none."""
        if self.sample_weight is None:
            return float(self.X.shape[0])
        return float(self.sample_weight.sum())

    def take(self, rows):
        """Return some of the rows."""
        return Data(*(None if array is None else array[rows] for array in self))

    def split(self, fraction, rng):
        """Choose rows to set aside, stratified where the classes allow it.

        Parameters
        ----------
        fraction : float
            Share of the rows to set aside.
        rng : RandomState
            Source of randomness.

        Returns
        -------
        rows, validation_rows : ndarray
            Row numbers, for :meth:`take`.

        Raises
        ------
        ValueError
            If fewer than two rows would be set aside.
        """
        if fraction == 0:
            raise ValueError(
                "validation_fraction=0 leaves nothing to watch: give a share above 0, "
                "or set early_stopping=False."
            )
        n_samples = self.X.shape[0]
        rows, alone, stratify = np.arange(n_samples), np.arange(0), None
        if self.y.ndim == 1:
            _, indices, counts = np.unique(
                self.y, return_inverse=True, return_counts=True
            )
            # A class of one row is to be learned, not to be watched.
            alone = np.flatnonzero(counts[indices] < 2)
            if self.sample_weight is not None:  # nor is what counts nothing
                alone = np.union1d(alone, np.flatnonzero(self.sample_weight == 0))
            rows = np.setdiff1d(rows, alone)
            if np.sum(counts > 1) <= math.ceil(fraction * len(rows)):
                stratify = self.y[rows]
        rows, validation_rows = train_test_split(
            rows, test_size=fraction, random_state=rng, stratify=stratify
        )
        rows = np.concatenate([rows, alone])
        if len(validation_rows) < 2:
            raise ValueError(
                f"The validation set is too small: {len(validation_rows)} of "
                f"{n_samples} rows. Increase 'validation_fraction' or the size "
                "of your dataset, or set early_stopping=False."
            )
        return rows, validation_rows


def class_factors(class_weight, targets, totals):
    """Return what the weights of each class's rows are multiplied with.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        Weights of the classes; "balanced" gives all the same sum of weights.
    targets : TargetCoder
        The classes; not for multilabel targets.
    totals : ndarray of shape (n_classes,)
        Sums of the rows' own weights by class.

    Returns
    -------
    ndarray of shape (n_classes,) or None
        Factors; None where all are one.

    Raises
    ------
    ValueError
        If the dict has keys that are not classes.

    Examples
    --------
    >>> from skdeepnn.tables.targets import TargetCoder
    >>> class_factors("balanced", TargetCoder([0, 1]), np.array([3.0, 1.0]))
    array([0.66666667, 2.        ])
    """
    if class_weight is None:
        return None
    if class_weight != "balanced":
        classes = targets.classes
        return compute_class_weight(class_weight, classes=classes, y=classes)
    return _balanced(totals)


def _balanced(totals):
    """Factors that give all classes which are present the same sum of weights."""
    present = totals > 0
    return totals.sum() / (present.sum() * np.where(present, totals, 1))


def label_factors(class_weight, Y, sample_weight=None):
    """Return what the weights of rows with several labels are multiplied with.

    Parameters
    ----------
    class_weight : list of dict or "balanced"
        Weights of the values 0 and 1 of each label.
    Y : ndarray of shape (n_samples, n_labels)
        Zeros and ones.
    sample_weight : ndarray of shape (n_samples,), optional
        The rows' own weights, by which "balanced" counts.

    Returns
    -------
    ndarray of shape (n_samples,)
        Products over the labels, as scikit-learn's `compute_sample_weight` has them.

    Examples
    --------
    >>> label_factors("balanced", np.array([[1], [0], [0], [0]]))
    array([2.        , 0.66666667, 0.66666667, 0.66666667])
    """
    if class_weight != "balanced":
        return compute_sample_weight(class_weight, Y)
    factors = np.ones(len(Y))
    for column in Y.T.astype(int):
        factors *= _balanced(np.bincount(column, sample_weight, minlength=2))[column]
    return factors


def choose_dtype(X, dtype, solver):
    """Return the type in which to compute.

    "auto" is float64 for L-BFGS, whose line searches compare losses that differ in
    the ninth digit; float32 for data that comes in float32; float64 for small tables,
    where it costs next to nothing, and for values that float32 cannot hold; else
    float32, which halves the time of large products.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Data.
    dtype : {"auto", "float32", "float64"}
        What the user asked for.
    solver : str
        What trains the network.

    Returns
    -------
    dtype
        ``float32`` or ``float64``.

    Raises
    ------
    ValueError
        If the user asked for a type that cannot hold the values.

    Examples
    --------
    >>> choose_dtype(np.zeros((10_000, 2)), "auto", "adam")
    dtype('float32')
    """
    if dtype != "auto":
        check_fits(X, dtype)
        return np.dtype(dtype)
    if solver == "lbfgs":
        return np.dtype(np.float64)
    if X.dtype == np.float32:
        return X.dtype
    if X.shape[0] <= SMALL_TABLE:
        return np.dtype(np.float64)
    return np.dtype(np.float32 if fits(X, np.float32) else np.float64)


def check_rows(estimator, X):
    """Return rows to predict for as scikit-learn's `validate_data` does.

    That takes 90 µs, two thirds of the prediction of a single row; a few rows with
    which nothing is wrong are recognized in 3 µs.

    Parameters
    ----------
    estimator : object
        Fitted to numbers.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Data.

    Returns
    -------
    {ndarray, sparse matrix} of shape (n_samples, n_features)
        In one of :data:`FLOAT_TYPES`, finite.

    Raises
    ------
    ValueError
        If `X` is anything else than numbers for the features that were fitted.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> clf = LogisticRegression().fit([[0, 1], [1, 0]], [0, 1])
    >>> check_rows(clf, [[1, 2]])
    array([[1., 2.]])
    """
    is_plain = (
        type(X) is np.ndarray
        and X.dtype.type in FLOAT_TYPES
        and X.dtype.isnative
        and 0 < X.size <= _FEW_VALUES
        and X.shape[1:] == (estimator.n_features_in_,)
        and not hasattr(estimator, "feature_names_in_")
    )
    if is_plain and np.isfinite(X).all():
        return X
    return validate_data(
        estimator, X, accept_sparse="csr", dtype=FLOAT_TYPES, reset=False
    )


def in_type(X, dtype, n_times):
    """Return data in a type, or as it is where batches had better be converted.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Data.
    dtype : dtype
        ``float32`` or ``float64``.
    n_times : int or inf
        How many times each row will be seen.

    Returns
    -------
    {ndarray, sparse matrix}
        `X` itself if it has that type, or is large and soon done with.

    Examples
    --------
    >>> in_type(np.zeros((3, 2)), np.float32, n_times=1).dtype
    dtype('float32')
    """
    if not issparse(X) and X.nbytes > _LARGE and n_times <= _FEW_TIMES:
        return X
    return X.astype(dtype, copy=False)
