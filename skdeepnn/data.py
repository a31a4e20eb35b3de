"""Training rows in the network's type: data, targets, labels and weights together."""

from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.model_selection import train_test_split
from sklearn.utils import compute_class_weight
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import _check_sample_weight

__all__ = ["FLOAT_TYPES", "Data", "cast", "choose_dtype", "row_weights"]

FLOAT_TYPES = (np.float64, np.float32)

SMALL_TABLE = 512  # rows up to which float64 costs a network next to nothing


class Data(NamedTuple):
    """Rows in the network's type.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Data.
    targets : ndarray of shape (n_samples, n_outputs)
        Zeros and ones.
    y : ndarray of shape (n_samples,) or (n_samples, n_labels)
        The labels that the targets stand for.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights; None where all rows count the same.

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
        """Set aside a validation part, stratified where the classes allow it.

        Parameters
        ----------
        fraction : float
            Share of the rows to set aside.
        rng : RandomState
            Source of randomness.

        Returns
        -------
        training, validation : Data
            The two parts.

        Raises
        ------
        ValueError
            If the validation part would have fewer than two rows.
        """
        stratify = None
        if self.y.ndim == 1 and np.unique(self.y, return_counts=True)[1].min() > 1:
            stratify = self.y
        rows, validation_rows = train_test_split(
            np.arange(self.X.shape[0]),
            test_size=fraction,
            random_state=rng,
            stratify=stratify,
        )
        if len(validation_rows) < 2:
            raise ValueError(
                f"The validation set is too small: {len(validation_rows)} of "
                f"{self.X.shape[0]} rows. Increase 'validation_fraction' or the size "
                "of your dataset, or set early_stopping=False."
            )
        return self.take(rows), self.take(validation_rows)


def row_weights(sample_weight, class_weight, X, y, targets):
    """Return the weights that rows have by themselves and by their classes.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), float or None
        Weights of the rows.
    class_weight : dict, list of dict, "balanced" or None
        Weights of the classes.
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Data, for its number of rows.
    y : ndarray of shape (n_samples,) or (n_samples, n_labels)
        Labels.
    targets : TargetCoder
        The classes.

    Returns
    -------
    ndarray of shape (n_samples,) or None
        The products; None where all rows count the same.

    Raises
    ------
    ValueError
        If weights are negative, not finite, or all zero.
    """
    if sample_weight is not None:
        sample_weight = _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
    if class_weight is None:
        return sample_weight
    if targets.kind == "multilabel-indicator":
        factors = compute_sample_weight(class_weight, y.toarray() if issparse(y) else y)
    else:
        y = np.ravel(y)
        factors = compute_class_weight(
            class_weight, classes=targets.classes, y=y, sample_weight=sample_weight
        )[targets.indices(y)]
    return factors if sample_weight is None else sample_weight * factors


def choose_dtype(X, dtype, solver):
    """Return the type in which to compute.

    "auto" is float64 for L-BFGS, whose line searches compare losses that differ in
    the ninth digit, for small tables, where it costs next to nothing, and for values
    that float32 cannot hold; else float32, which halves the time of large products.

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

    Examples
    --------
    >>> choose_dtype(np.zeros((10_000, 2)), "auto", "adam")
    dtype('float32')
    """
    if dtype != "auto":
        return np.dtype(dtype)
    if solver == "lbfgs" or X.shape[0] <= SMALL_TABLE:
        return np.dtype(np.float64)
    if X.dtype == np.float32:
        return X.dtype
    values = X.data if issparse(X) else X
    largest = max(values.max(initial=0), -values.min(initial=0))
    fits = largest <= np.finfo(np.float32).max
    return np.dtype(np.float32 if fits else np.float64)


def cast(X, dtype):
    """Return `X` in that type.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Finite data.
    dtype : dtype
        ``float32`` or ``float64``.

    Returns
    -------
    {ndarray, sparse matrix}
        `X` itself where it has that type.

    Raises
    ------
    ValueError
        If there are values that the type cannot hold.
    """
    with np.errstate(over="ignore"):
        converted = X.astype(dtype, copy=False)
    values = converted.data if issparse(converted) else converted
    if dtype != X.dtype and not np.isfinite(values).all():
        raise ValueError(
            f"X has values too large for {dtype}: set dtype='float64', or scale X "
            "(sklearn.preprocessing)."
        )
    return converted
