"""What a fitted classifier goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import check_scoring
from sklearn.pipeline import Pipeline
from sklearn.utils import Bunch, _safe_indexing, check_random_state
from sklearn.utils.validation import _num_samples, check_is_fitted

from .fitting.folds import held_out_logits
from .fitting.scoring import HeldOutModel
from .tables.columns import check_table
from .tables.rows import check_rows, digest

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from .typing import ArrayLike, MatrixLike, RandomState, Scoring

__all__ = ["check_training_rows", "oof_permutation_importance"]


def oof_permutation_importance(
    estimator: BaseEstimator,
    X: MatrixLike,
    y: MatrixLike,
    *,
    scoring: Scoring = None,
    n_repeats: int = 5,
    random_state: RandomState = None,
    sample_weight: ArrayLike | None = None,
    max_samples: float = 1.0,
) -> Bunch:
    """Tell how much worse predictions become where a column is shuffled.

    As :func:`sklearn.inspection.permutation_importance`, but neither rows to test with
    nor another fit are needed: each column is shuffled within the folds, and each row
    is predicted by the members that have not seen it. Categories, dates and text are
    shuffled whole.

    Parameters
    ----------
    estimator : DeepNNClassifier
        Fitted, with members that have held out folds.
    X : {array-like, dataframe} of shape (n_samples, n_features)
        The training data.
    y : array-like of shape (n_samples,) or (n_samples, n_labels)
        Its labels.
    scoring : str, callable or None, default=None
        A scorer as scikit-learn has them; None is the accuracy.
    n_repeats : int, default=5
        How often to shuffle each column.
    random_state : int, RandomState instance or None, default=None
        Source of the permutations.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows in the score.
    max_samples : int or float, default=1.0
        About how many rows, or which share of them, to draw and look at. Many rows take
        long, and tell little more than some ten thousand.

    Returns
    -------
    Bunch
        "importances_mean" and "importances_std" of shape (n_features,), the decrease of
        the score over the repeats, and "importances" of shape (n_features, n_repeats).

    Raises
    ------
    AttributeError
        If no folds were held out.
    ValueError
        If the rows are not those of the training, or `n_repeats` is less than 1, or
        `max_samples` is not above 0.

    References
    ----------
    Breiman, "Random forests", Machine Learning 45, 2001, section 10, for permutations
    of rows that were left out of a tree's training.

    Examples
    --------
    >>> from skdeepnn import DeepNNClassifier
    >>> X = np.random.RandomState(0).randn(300, 3)
    >>> y = X[:, 1] > 0
    >>> clf = DeepNNClassifier(random_state=0).fit(X, y)
    >>> found = oof_permutation_importance(clf, X, y, random_state=0)
    >>> found.importances_mean.argmax(), found.importances.shape
    (np.int64(1), (3, 5))
    """
    if n_repeats < 1:
        raise ValueError(f"n_repeats must be at least 1, got {n_repeats!r}.")
    record = check_training_rows(estimator, X, y)
    estimator = _alone(estimator)
    scorer = check_scoring(estimator, scoring=scoring)
    rng, kwargs = check_random_state(random_state), {}
    fold_of = record.folds
    rows = _some_rows(fold_of, max_samples, rng)
    if rows is not None:
        X, y, fold_of = _safe_indexing(X, rows), _safe_indexing(y, rows), fold_of[rows]
    if sample_weight is not None:
        kwargs["sample_weight"] = np.asarray(sample_weight)
        if rows is not None:
            kwargs["sample_weight"] = kwargs["sample_weight"][rows]
    state = estimator._state
    if state.encoder is None:
        encoded = check_rows(estimator, X)
        positions = [np.array([j]) for j in range(encoded.shape[1])]
    else:
        encoded = state.encoder.encode(check_table(estimator, X, reset=False))
        positions = state.encoder.columns_of_features()
    encoded = encoded.astype(state.network.dtype)  # a copy, to be changed
    folds = [np.flatnonzero(fold_of == k) for k in range(record.folds.max() + 1)]

    def score():
        logits = held_out_logits(state.network, encoded, folds)
        model = HeldOutModel(state.targets, state.network, X, logits)
        return scorer(model, X, y, **kwargs)

    baseline = score()
    importances = np.zeros((len(positions), n_repeats))
    for j, columns in enumerate(positions):
        if not len(columns):
            continue  # left out, and so of no importance
        original = encoded[:, columns]
        for repeat in range(n_repeats):
            for rows in folds:
                shuffled = rng.permutation(rows)
                encoded[rows[:, np.newaxis], columns] = original[shuffled]
            importances[j, repeat] = baseline - score()
        encoded[:, columns] = original
    return Bunch(
        importances_mean=importances.mean(axis=1),
        importances_std=importances.std(axis=1),
        importances=importances,
    )


def _some_rows(folds, max_samples, rng):
    """Return the numbers of rows drawn, as many of each fold; None for all."""
    n_samples = len(folds)
    is_share = isinstance(max_samples, float)
    n = round(max_samples * n_samples) if is_share else max_samples
    if n < 1 or (is_share and max_samples > 1):
        raise ValueError(
            "max_samples must be a number of rows, or a share above 0 and up to 1, and "
            f"leave a row at least; got {max_samples!r}."
        )
    if n >= n_samples:
        return None
    numbers = range(folds.max() + 1)
    each = -(-n // len(numbers))
    drawn = [rng.permutation(np.flatnonzero(folds == k))[:each] for k in numbers]
    return np.sort(np.concatenate(drawn))


def check_training_rows(estimator, X, y, *, allow_new=False):
    """Return an estimator's record of out-of-fold predictions if it is of these rows.

    Parameters
    ----------
    estimator : estimator
        A fitted classifier, or a pipeline that has nothing else in it.
    X : {array-like, dataframe} of shape (n_samples, n_features)
        Rows.
    y : array-like of shape (n_samples,) or (n_samples, n_labels)
        Their labels.
    allow_new : bool, default=False
        Whether to return None for another number of rows than there were, rather than
        raise an error.

    Returns
    -------
    OutOfFoldRecord or None
        What the fit has kept.

    Raises
    ------
    TypeError
        If the estimator knows nothing of folds.
    ValueError
        If it is behind other transformers, or the rows are others.

    Examples
    --------
    >>> from skdeepnn import DeepNNClassifier
    >>> X, y = np.arange(100.0).reshape(-1, 1), np.arange(100) // 50
    >>> clf = DeepNNClassifier(random_state=0).fit(X, y)
    >>> check_training_rows(clf, X, y).labels.shape
    (100,)
    """
    classifier = _alone(estimator)
    if not hasattr(classifier, "_held_out"):
        raise TypeError(
            f"{type(classifier).__name__} has no out-of-fold predictions: they are "
            "what DeepNNClassifier knows of the rows that its members hold out."
        )
    check_is_fitted(classifier)
    record = classifier._held_out("out-of-fold prediction")
    if allow_new and _num_samples(X) != len(record.labels):
        return None
    if digest(X, y) != classifier._state.digest:
        raise ValueError(
            "These are not the rows that the classifier was fitted to, in their order: "
            "only for those there are out-of-fold predictions. In a search, pass "
            "cv=OutOfFold(); a halving search needs an int as its random_state, too."
        )
    return record


def _alone(estimator):
    """Return the classifier of a pipeline that has no transformers in front of it."""
    if not isinstance(estimator, Pipeline):
        return estimator
    others = [
        name
        for name, step in estimator.steps[:-1]
        if step is not None and not (isinstance(step, str) and step == "passthrough")
    ]
    if others:
        raise ValueError(
            f"The steps {others} in front of the classifier were fitted to all rows: "
            "so there are no predictions of rows that none of it has seen. "
            "DeepNNClassifier prepares columns itself: leave the steps out, or search "
            "with folds (cv=5) instead."
        )
    return estimator[-1]
