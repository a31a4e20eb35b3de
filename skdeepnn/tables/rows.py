"""Training rows in the network's type: data, targets, labels and weights together."""

import hashlib
import math
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.model_selection import train_test_split
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples, validate_data

from ..compute.casting import check_fits, fits
from .weights import add_to_totals, check_weights, row_weights
from .words import as_table, in_words_of

__all__ = [
    "FLOAT_TYPES",
    "Data",
    "check_rows",
    "choose_dtype",
    "digest",
    "in_type",
    "to_rows",
]

FLOAT_TYPES = (np.float64, np.float32)

# Rows up to which float64 costs next to nothing, and peers' solvers meet their digits
TINY_TABLE, SMALL_TABLE = 63, 512

# From so many bytes on, new memory costs more than the values that are written to it:
# if rows are seen so few times, batches converted one by one take less time, and no
# memory.
_LARGE, _FEW_TIMES = 2**22, 5

_DIGESTED_ROWS = 16

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
        try:
            rows, validation_rows = train_test_split(
                rows, test_size=fraction, random_state=rng, stratify=stratify
            )
        except ValueError as error:
            raise ValueError(
                f"validation_fraction={fraction} of {n_samples} rows leaves too few of "
                "a class, or none, to learn from or to watch: give another fraction, "
                "or set early_stopping=False."
            ) from error
        rows = np.concatenate([rows, alone])
        if len(validation_rows) < 2:
            raise ValueError(
                f"The validation set is too small: {len(validation_rows)} of "
                f"{n_samples} rows. Increase 'validation_fraction' or the size "
                "of your dataset, or set early_stopping=False."
            )
        return rows, validation_rows


def to_rows(
    X,
    y,
    sample_weight,
    targets,
    dtype,
    *,
    class_weight=None,
    class_totals=0.0,
    learns=False,
    n_times=math.inf,
):
    """Put rows together with the weights that they and their classes have.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Numbers.
    y : {ndarray, sparse matrix} of shape (n_samples,) or (n_samples, n_labels)
        Labels.
    sample_weight : array-like of shape (n_samples,) or None
        Weights of the rows.
    targets : TargetCoder
        The classes.
    dtype : dtype
        ``float32`` or ``float64``, in which the network computes.
    class_weight : dict, list of dict, "balanced" or None, default=None
        Weights of the classes.
    class_totals : float or ndarray of shape (n_classes,), default=0.0
        Sums of the weights of each class's rows seen before.
    learns : bool, default=False
        Whether to add these rows to the totals.
    n_times : int or inf, default=inf
        As for :func:`in_type`.

    Returns
    -------
    data : Data
        The rows.
    class_totals : float or ndarray of shape (n_classes,)
        With these rows, if they are to be added.

    Raises
    ------
    ValueError
        If weights are unusable, or labels are not among the classes.

    Examples
    --------
    >>> from skdeepnn.tables.targets import TargetCoder
    >>> y = np.array(["no", "yes", "no"])
    >>> data, _ = to_rows(np.eye(3), y, None, TargetCoder(y), np.float64)
    >>> data.targets.ravel()
    array([0., 1., 0.])
    """
    if sample_weight is not None:
        sample_weight = check_weights(sample_weight, X)
    indices = None if targets.kind == "multilabel-indicator" else targets.indices(y)
    if learns:
        class_totals = add_to_totals(class_totals, targets, indices, sample_weight)
    weight = row_weights(y, indices, sample_weight, targets, class_weight, class_totals)
    if weight is not None:
        with np.errstate(over="ignore", under="ignore"):
            weight = weight.astype(dtype, copy=False)
        if not np.finfo(dtype).tiny <= weight.sum() < np.inf:
            raise ValueError(
                f"The weights of the rows are too large or too small for {dtype}: "
                "divide sample_weight by its mean, or look at class_weight."
            )
    encoded = targets.encode(y, dtype, indices)
    if issparse(y):
        y = y.toarray()
    data = Data(in_type(X, dtype, n_times), encoded, y, weight, sample_weight)
    return data, class_totals


def digest(X, y):
    """Return what tells training data from other data: a hash of labels and some rows.

    Parameters
    ----------
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        Rows as the user has them.
    y : array-like of shape (n_samples,) or (n_samples, n_labels)
        Labels.

    Returns
    -------
    str
        The same for the same values, in whatever container.

    Examples
    --------
    >>> digest([[1.0], [2.0]], [0, 1]) == digest(np.array([[1.0], [2.0]]), [0, 1])
    True
    >>> digest([[1.0], [2.0]], [0, 1]) == digest([[1.0], [3.0]], [0, 1])
    False
    """
    n_samples = _num_samples(X)
    some = np.linspace(0, n_samples - 1, min(n_samples, _DIGESTED_ROWS)).astype(int)
    rows = _safe_indexing(X if hasattr(X, "__getitem__") else np.asarray(X), some)
    rows = rows.toarray() if issparse(rows) else rows
    if hasattr(rows, "rows"):  # Polars has no array for numbers beside dates
        rows = rows.rows()
    else:
        rows = np.asarray(rows, dtype=object).tolist()
    labels = y.toarray() if issparse(y) else np.asarray(y)
    is_number = labels.dtype.kind in "biuf"
    labels = labels.astype(float).tobytes() if is_number else repr(labels.tolist())
    text = repr((n_samples, [*map(list, rows)], labels))
    return hashlib.sha256(text.encode()).hexdigest()


def choose_dtype(X, dtype, solver):
    """Return the type in which to compute.

    "auto" is float64 for L-BFGS, whose line searches compare losses that differ in
    the ninth digit; float32 for data that comes in float32; float64 for small tables
    (for "adamw", which has no peer whose digits are to be met, only for tiny ones), and
    for values that float32 cannot hold; else float32, which takes half the time.

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
    if X.shape[0] <= (TINY_TABLE if solver == "adamw" else SMALL_TABLE):
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
    X = as_table(X)
    with in_words_of("X"):
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
