"""What a fit knows of rows that some of its members have not seen.

A default fit is an ensemble and its cross-validation at once: for each training row
there are members that were trained on the others alone. Here is what follows from their
predictions, without another fit and without setting rows aside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score
from sklearn.utils.validation import check_is_fitted

from .fitting.folds import fold_logits

if TYPE_CHECKING:
    from typing import Any

    from .typing import MatrixLike

__all__ = ["CrossFitted", "calibration_error"]

_N_BINS = 15
_WHY_NOT = (
    "There is no {}: it needs members that each hold out a fold. That is so after fit "
    "with early_stopping='auto' and several members, on 64 dense rows or more, without "
    "a validation set of your own (X_val), and not where training went on with other "
    "data or by partial_fit."
)


class CrossFitted:
    """Predictions for the training rows, each by members that have not seen it.

    They are there after `fit` with ``early_stopping="auto"`` and several members, on
    64 dense rows or more, without a validation set; otherwise all of these raise an
    AttributeError that says so.
    """

    @property
    def oof_score_(self) -> float:
        """Accuracy of the out-of-fold predictions, weighted as the rows were."""
        return self._held_out("oof_score_").accuracy

    @property
    def oof_decision_function_(self) -> np.ndarray:
        """Out-of-fold logits, shaped as by `decision_function`."""
        record = self._held_out("oof_decision_function_")
        return record.targets.decision(record.logits)

    @property
    def oof_predict_proba_(self) -> np.ndarray:
        """Out-of-fold probabilities, shaped as by `predict_proba`.

        They are what ``cross_val_predict(clf, X, y, method="predict_proba")`` would
        give, but of single members, where that would give those of whole ensembles.
        """
        return self._held_out("oof_predict_proba_").proba()

    def oof_predict(self) -> np.ndarray:
        """Return out-of-fold predictions, shaped as by `predict`.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
            A label for each row of the training data.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skdeepnn import DeepNNClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> clf = DeepNNClassifier(random_state=0).fit(X, y)
        >>> clf.oof_predict().shape
        (150,)
        """
        return self._held_out("oof_predict").predictions()

    def predict_set(self, X: MatrixLike, confidence: float = 0.9) -> np.ndarray:
        """Return for each row the classes that cannot be excluded.

        Of rows from where the training rows came from, in the long run a share of about
        `confidence` have their true class in their set. Where classes look alike sets
        are larger; a set is empty where a row is unlike all that was trained on.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_samples, n_features)
            Rows to predict for.
        confidence : float, default=0.9
            Above 0 and below 1.

        Returns
        -------
        ndarray of bool of shape (n_samples, n_classes)
            Whether each of `classes_` is in the set.

        Raises
        ------
        ValueError
            If `confidence` is not between 0 and 1, or there are several labels.
        AttributeError
            If no folds were held out.

        Notes
        -----
        CV+ for classification [2]_, [3]_, in the line of cross-conformal prediction
        [1]_, with one less the probability as the score. A class is left out if its
        score, by the members that hold out a row's fold, is higher than that row's own
        for more than a share of `confidence` of the training rows. The guarantee is for
        rows that are exchangeable with the training rows: independent of each other
        and from the same distribution, not later ones or of other groups. Proven is a
        coverage of ``2 * confidence - 1``; what is seen is close to `confidence`. It
        holds for all rows together, not for each class or group.

        References
        ----------
        .. [1] Vovk, "Cross-conformal predictors", Annals of Mathematics and Artificial
           Intelligence 74, 2015.
        .. [2] Barber, Candès, Ramdas and Tibshirani, "Predictive inference with the
           jackknife+", Annals of Statistics 49, 2021, section 3.
        .. [3] Romano, Sesia and Candès, "Classification with valid and adaptive
           coverage", NeurIPS 2020, section 2.3.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skdeepnn import DeepNNClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> clf = DeepNNClassifier(random_state=0).fit(X[::2], y[::2])
        >>> sets = clf.predict_set(X[1::2], confidence=0.9)
        >>> sets.shape, bool(sets[range(75), y[1::2]].mean() > 0.8)
        ((75, 3), True)
        """
        if not 0 < confidence < 1:
            raise ValueError(
                f"confidence must be above 0 and below 1, got {confidence!r}."
            )
        now = self._as_now()
        record = now._held_out("predict_set")
        if record.true_proba is None:
            raise ValueError(
                "predict_set is for one label a row: fit a classifier for each of "
                "several, or use predict_proba."
            )
        logits = now._of_rows(X, fold_logits)  # (n_samples, n_folds, n_outputs)
        shares = np.zeros((len(logits), len(now.classes_)))
        weight = np.ones(len(record.labels)) if record.weight is None else record.weight
        for fold in range(logits.shape[1]):
            held_out = record.folds == fold
            scores = record.true_proba[held_out]
            order = np.argsort(scores)
            above = np.append(np.cumsum(weight[held_out][order][::-1])[::-1], 0.0)
            proba = record.targets.proba(logits[:, fold].copy())
            # Weight of the rows whose own class was more probable than this one is
            first = np.searchsorted(scores[order], proba, side="right")
            shares += above[first]
        n_used = np.count_nonzero(weight)
        return shares < confidence * weight.sum() * (1 + 1 / n_used)

    def score_report(self) -> dict[str, dict[str, Any]]:
        """Tell how well the classifier predicts, out of fold.

        Returns
        -------
        dict of str to dict
            "accuracy", "log_loss", "roc_auc" (of each class against the rest, their
            mean) and "calibration_error" (in 15 bins of the predicted class's
            probability) with their "value" and "standard_error", NaN where there is
            none. Then, unless there are several labels, "per_class": by class
            "precision", "recall", "f1", "support" and "roc_auc". Rows count with their
            weights; the support is their sum.

        Raises
        ------
        AttributeError
            If no folds were held out.

        Notes
        -----
        The standard error of accuracy and log loss is that of a mean of independent
        rows, that of the AUC is Hanley's and McNeil's [1]_, averaged over the classes.
        They tell how much other rows to test with would change a score, not other rows
        to train on.

        References
        ----------
        .. [1] Hanley and McNeil, "The meaning and use of the area under a receiver
           operating characteristic (ROC) curve", Radiology 143, 1982.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklearn.datasets import load_wine
        >>> from skdeepnn import DeepNNClassifier
        >>> X, y = load_wine(return_X_y=True)
        >>> report = DeepNNClassifier(random_state=0).fit(X, y).score_report()
        >>> per_class = pd.DataFrame(report.pop("per_class")).T
        >>> per_class.columns.tolist()
        ['precision', 'recall', 'f1', 'support', 'roc_auc']
        >>> bool(pd.DataFrame(report).T.loc["accuracy", "value"] > 0.95)
        True
        """
        record = self._held_out("score_report")
        classes = record.targets.classes
        y, predicted, proba = record.y(), record.predictions(), record.proba()
        weight = np.ones(len(y)) if record.weight is None else record.weight
        is_multilabel = record.true_proba is None
        if is_multilabel:
            is_true = record.labels
            is_right = (predicted == y).all(axis=1)
            losses = -np.log(np.where(is_true, proba, 1 - proba)).sum(axis=1)
        else:
            is_true = record.labels[:, np.newaxis] == np.arange(proba.shape[1])
            is_right = predicted == y
            losses = -np.log(proba[is_true])
        areas = [
            _area(truth, p, weight) for truth, p in zip(is_true.T, proba.T, strict=True)
        ]
        value, error = np.nanmean(areas, axis=0) if _any_known(areas) else (np.nan,) * 2
        report = {
            "accuracy": _mean(is_right, weight),
            "log_loss": _mean(losses, weight),
            "roc_auc": {"value": float(value), "standard_error": float(error)},
        }
        if is_multilabel:
            return report
        report["calibration_error"] = {
            "value": calibration_error(proba, record.labels, weight),
            "standard_error": np.nan,
        }
        columns = precision_recall_fscore_support(
            record.labels,
            np.searchsorted(classes, predicted),
            labels=np.arange(len(classes)),
            sample_weight=weight,
            zero_division=0.0,
        )
        columns = [*columns, [area for area, _ in areas]]
        names = ["precision", "recall", "f1", "support", "roc_auc"]
        report["per_class"] = {
            label: dict(zip(names, map(float, row), strict=True))
            for label, *row in zip(
                record.targets.classes.tolist(), *columns, strict=True
            )
        }
        return report

    def _held_out(self, name):
        """Return the record of out-of-fold predictions, or say why there is none."""
        check_is_fitted(self)
        if self._state.record is None:
            raise AttributeError(_WHY_NOT.format(name))
        return self._state.record

    def __getattr__(self, name):
        # Called where a property has raised an AttributeError, too
        if name in ("oof_score_", "oof_decision_function_", "oof_predict_proba_"):
            raise AttributeError(_WHY_NOT.format(name))
        return super().__getattr__(name)


def calibration_error(
    proba: np.ndarray, labels: np.ndarray, sample_weight: np.ndarray | None = None
) -> float:
    """Return the expected calibration error of the predicted class.

    The mean, over 15 bins of its probability, of how far that is from the share of
    right predictions (Guo et al., "On calibration of modern neural networks", ICML
    2017, section 2).

    Parameters
    ----------
    proba : ndarray of shape (n_samples, n_classes)
        Probabilities.
    labels : ndarray of int of shape (n_samples,)
        Columns of the true classes.
    sample_weight : ndarray of shape (n_samples,), optional
        Weights of the rows.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> calibration_error(np.array([[0.25, 0.75]] * 4), np.array([1, 1, 0, 0]))
    0.25
    """
    weight = np.ones(len(labels)) if sample_weight is None else sample_weight
    confidence = proba.max(axis=1)
    is_right = proba.argmax(axis=1) == labels
    bins = np.minimum((confidence * _N_BINS).astype(int), _N_BINS - 1)
    gaps = np.bincount(bins, weight * (is_right - confidence), minlength=_N_BINS)
    return float(np.abs(gaps).sum() / weight.sum())


def _mean(values, weight):
    """Return a weighted mean with its standard error."""
    total = weight.sum()
    mean = weight @ values / total
    error = np.sqrt(np.sum((weight * (values - mean)) ** 2)) / total
    return {"value": float(mean), "standard_error": float(error)}


def _area(truth, proba, weight):
    """Return the AUC of one class against the rest, and its standard error."""
    truth = np.asarray(truth, bool)
    n, m = weight[truth].sum(), weight[~truth].sum()
    if not (n > 0 and m > 0):
        return np.nan, np.nan
    a = roc_auc_score(truth, proba, sample_weight=weight)
    one, two = a / (2 - a), 2 * a**2 / (1 + a)
    variance = a * (1 - a) + (n - 1) * (one - a**2) + (m - 1) * (two - a**2)
    return float(a), float(np.sqrt(max(variance, 0) / (n * m)))


def _any_known(areas):
    return not np.isnan([area for area, _ in areas]).all()
