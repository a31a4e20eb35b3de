"""Weights of rows and of classes, multiplied with each other."""

import sys
from numbers import Real

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import (
    _safe_indexing,
    check_consistent_length,
    compute_class_weight,
)
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import _check_sample_weight

from .words import in_words_of

__all__ = [
    "add_to_totals",
    "check_weights",
    "class_factors",
    "in_rows",
    "label_factors",
    "row_weights",
    "weighted_rows",
]


def check_weights(sample_weight, X):
    """Return the weights of rows as floats, after a look at them.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,)
        Weights of the rows.
    X : {ndarray, sparse matrix, dataframe} of shape (n_samples, n_features)
        The rows.

    Returns
    -------
    ndarray of float64 of shape (n_samples,)
        None is negative, and not all are zero.

    Raises
    ------
    ValueError
        If weights are negative, not finite or all zero, or numbers of rows differ.

    Examples
    --------
    >>> check_weights([1, 2], np.eye(2))
    array([1., 2.])
    """
    with in_words_of("sample_weight"):
        sample_weight = _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
    if not sample_weight.any():  # scikit-learn says so itself since 1.9
        raise ValueError("sample_weight is all zeros: it needs at least one non-zero.")
    return sample_weight


def weighted_rows(X, y, sample_weight):
    """Return the rows that have a weight, and weights in units of their mean.

    Parameters
    ----------
    X : {ndarray, sparse matrix, dataframe} of shape (n_samples, n_features)
        Table.
    y : array-like of shape (n_samples,) or (n_samples, n_labels)
        Target, or None.
    sample_weight : array-like of shape (n_samples,)
        Weights of the rows.

    Returns
    -------
    X, y
        Without rows of zero weight.
    sample_weight : ndarray of shape (n_rows,) or None
        None where all are the same.

    Raises
    ------
    ValueError
        As :func:`check_weights` does.

    Examples
    --------
    >>> weighted_rows(np.eye(2), ["a", "b"], [0, 3])
    (array([[0., 1.]]), ['b'], None)
    """
    sample_weight = check_weights(sample_weight, X)
    rows = np.flatnonzero(sample_weight)
    if len(rows) < len(sample_weight):
        check_consistent_length(X, y)
        X, sample_weight = _safe_indexing(X, rows), sample_weight[rows]
        y = None if y is None else _safe_indexing(y, rows)
    return X, y, in_rows(sample_weight)


def in_rows(sample_weight):
    """Return positive weights with a mean of 1, None where all are the same.

    Examples
    --------
    >>> in_rows(np.array([0.1, 0.3]))
    array([0.5, 1.5])
    """
    weight = sample_weight / sample_weight.max()  # their sum may be beyond floats
    return None if weight.min() > 1 - 1e-12 else weight / weight.mean()


def add_to_totals(totals, targets, indices, sample_weight):
    """Return sums of the weights of each class's rows, with these rows.

    Parameters
    ----------
    totals : float or ndarray of shape (n_classes,)
        Without them.
    targets : TargetCoder
        The classes.
    indices : ndarray of shape (n_samples,) or None
        Number of each row's class; None for multilabel targets, which have no totals.
    sample_weight : ndarray of shape (n_samples,) or None
        The rows' own weights.

    Returns
    -------
    float or ndarray of shape (n_classes,)
        A new array.

    Examples
    --------
    >>> from skdeepnn.tables.targets import TargetCoder
    >>> add_to_totals(0.0, TargetCoder([0, 1]), np.array([0, 1, 1]), None)
    array([1., 2.])
    """
    if indices is None:
        return totals
    return totals + np.bincount(indices, sample_weight, minlength=len(targets.classes))


def row_weights(y, indices, sample_weight, targets, class_weight, totals):
    """Return what each row counts: its own weight times that of its class.

    Parameters
    ----------
    y : {ndarray, sparse matrix} of shape (n_samples,) or (n_samples, n_labels)
        Labels.
    indices : ndarray of shape (n_samples,) or None
        Number of each row's class; None for multilabel targets.
    sample_weight : ndarray of shape (n_samples,) or None
        The rows' own weights.
    targets : TargetCoder
        The classes.
    class_weight : dict, list of dict, "balanced" or None
        Weights of the classes.
    totals : float or ndarray of shape (n_classes,)
        Sums of the rows' own weights by class.

    Returns
    -------
    ndarray of shape (n_samples,) or None
        None where all rows count the same.
    """
    if class_weight is None:
        return sample_weight
    if indices is None:
        dense = y.toarray() if issparse(y) else y
        factors = label_factors(class_weight, dense, sample_weight)
    else:
        factors = class_factors(class_weight, targets, totals)[indices]
    return factors if sample_weight is None else sample_weight * factors


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
        If the dict has keys that are not classes, or values that are no weights.

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
        _check_class_weight(class_weight)
        try:
            return compute_class_weight(class_weight, classes=classes, y=classes)
        except TypeError as error:  # of its own message
            raise ValueError(
                f"class_weight={class_weight!r} has keys that are not among the "
                f"classes: {classes.tolist()}."
            ) from error
    return _balanced(totals)


def _check_class_weight(class_weight):
    """Refuse a dict with values that are no weights."""
    if not isinstance(class_weight, dict):
        raise ValueError(
            f"class_weight has {class_weight!r} for a label: give a dict for each, "
            "such as {0: 1, 1: 2}."
        )
    for label, weight in class_weight.items():
        if not (isinstance(weight, Real) and 0 <= weight <= sys.float_info.max):
            raise ValueError(
                f"class_weight[{label!r}] is {weight!r}: it must be a finite number "
                "that is not negative."
            )


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
        if isinstance(class_weight, list):
            for of_label in class_weight:
                _check_class_weight(of_label)
        return compute_sample_weight(class_weight, Y)
    factors = np.ones(len(Y))
    for column in Y.T.astype(int):
        factors *= _balanced(np.bincount(column, sample_weight, minlength=2))[column]
    return factors
