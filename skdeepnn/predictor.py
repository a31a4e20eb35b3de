"""A trained network as scikit-learn's classifiers are: predictions, and its layers."""

from copy import copy
from html import escape
from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import accuracy_score, get_scorer
from sklearn.utils import _safe_indexing, estimator_html_repr, gen_batches
from sklearn.utils.validation import check_is_fitted

from .columns import check_table
from .crossfit import OutOfFold
from .data import check_rows
from .losses import LOSSES
from .targets import is_plain

__all__ = [
    "EpochModel",
    "HeldOutModel",
    "NetworkPredictor",
    "held_out_results",
    "measure",
]

_BLOCK_VALUES = 2**20  # of an encoded table


class NetworkPredictor(ClassifierMixin, BaseEstimator):
    """Predictions of a network with targets; the base of the classifiers.

    Attributes
    ----------
    network_ : Network
        The trained network.
    classes_ : ndarray of shape (n_classes,)
        Labels.
    """

    _encoder = None
    temperature_ = 1.0

    @property
    def _loss(self):
        return LOSSES[self.loss, self._targets.out_activation]

    def _logits(self, X):
        check_is_fitted(self)
        if self._encoder is None:
            logits = self._logits_of_numbers(check_rows(self, X))
        else:
            logits = self._logits_of_table(check_table(self, X, reset=False))
        if self.temperature_ != 1:
            logits /= self.temperature_
        return logits

    def _logits_of_numbers(self, X):
        out = np.empty((X.shape[0], self._targets.n_outputs), X.dtype)
        return self.network_.logits(X, out, self.n_jobs)

    def _logits_of_table(self, X):
        """Encode and predict in blocks of rows, to use little memory."""
        n_samples = X.shape[0]
        n_rows = max(256, _BLOCK_VALUES // self.network_.layer_sizes[0])
        if n_samples <= n_rows:
            return self._logits_of_numbers(self._encoder.encode(X))
        blocks = gen_batches(n_samples, n_rows)
        return np.concatenate(
            [self._logits_of_table(_safe_indexing(X, block)) for block in blocks]
        )

    def decision_function(self, X):
        """Logits: log-odds for binary and multilabel targets, else up to a constant.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            One column for binary targets, flattened; positive means `classes_[1]`.
        """
        logits = self._logits(X)
        return logits[:, 0] if self._targets.kind == "binary" else logits

    def predict(self, X):
        """Predict class labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
            The most probable class of each row, or each row's labels.
        """
        logits = self._logits(X)
        return self._targets.decode(logits)

    def predict_proba(self, X):
        """Predict probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            A column for each of `classes_`. Rows sum to one, except for multilabel
            targets, where each column is the probability of that label. No
            probability is 0 or 1: where it would be rounded to that, it is the nearest
            number between, so that its logarithm is finite.
        """
        logits = self._logits(X)
        return self._proba(logits)

    def _proba(self, logits):
        """Turn logits into probabilities in their memory, where there is room."""
        if self._targets.kind == "binary":
            logits = np.hstack([-logits, logits])
        info = np.finfo(logits.dtype)
        proba = self._loss.proba(logits, out=logits)
        np.maximum(proba, info.tiny, out=proba)  # both in half the time of np.clip
        return np.minimum(proba, 1 - info.epsneg, out=proba)

    def predict_log_proba(self, X):
        """Predict logarithms of probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            ``log(predict_proba(X))``, always finite.
        """
        proba = self.predict_proba(X)
        return np.log(proba, out=proba)

    def score(self, X, y, sample_weight=None):
        """Accuracy: the share of the rows, or of their weight, that is predicted right.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Their labels; of several labels all must be right.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        float
            Between 0 and 1.
        """
        predicted = self.predict(X)
        plain = is_plain(y) and is_plain(predicted) and y.shape == predicted.shape
        if plain and sample_weight is None:
            return float(np.mean(predicted == y))  # half a millisecond less
        return accuracy_score(y, predicted, sample_weight=sample_weight)

    @property
    def layers_(self):
        """List of the network's :class:`~skdeepnn.layers.Dense` layers."""
        return self.network_.layers

    @property
    def coefs_(self):
        """List of coefficients: the ith is ``(fan_in, fan_out)`` of layer i."""
        return [layer.coef for layer in self.layers_]

    @property
    def intercepts_(self):
        """List of intercepts: the ith is ``(fan_out,)`` of layer i."""
        return [layer.intercept for layer in self.layers_]

    def __sklearn_is_fitted__(self):
        return hasattr(self, "network_")

    def _html_repr(self):
        """scikit-learn's diagram, with the layers of a fitted network beside it."""
        diagram = estimator_html_repr(self)
        if not hasattr(self, "network_"):
            return diagram
        layers = escape(str(self.network_))
        return (
            '<div style="display: flex; gap: 2em; align-items: start">'
            f"<div>{diagram}</div><pre>{layers}</pre></div>"
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags


class EpochModel(NetworkPredictor):
    """A classifier under training, as scorers see it: predicts without validation.

    Parameters
    ----------
    classifier : NetworkPredictor
        The one that is being trained.
    network : Network
        What predicts.
    """

    def __init__(self, classifier, network):
        self.classifier = classifier
        self.network_ = network
        self.loss = classifier.loss
        self.classes_ = classifier.classes_
        self._targets = classifier._targets

    def _logits(self, X):
        return self.network_.logits(X, n_threads=1)


class HeldOutModel(EpochModel):
    """A classifier with predictions for the rows held out, and for no others.

    Parameters
    ----------
    classifier : NetworkPredictor
        The one that is being trained.
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        The rows.
    logits : ndarray of shape (n_samples, n_outputs)
        The predictions.
    """

    def __init__(self, classifier, X, logits):
        super().__init__(classifier, classifier.network_)
        self.X, self.logits = X, logits

    def _logits(self, X):
        if X is not self.X:
            raise ValueError(
                "scoring asks for predictions of other rows than it is given: only for "
                "these is there one of a member that has not seen them. Give a "
                "validation set to fit (X_val, y_val), or early_stopping=True."
            )
        return self.logits.copy()  # probabilities will be written there


def measure(model, data, scoring):
    """Return a model's score for some rows.

    Parameters
    ----------
    model : EpochModel
        What predicts.
    data : Data
        The rows.
    scoring : str or callable
        As scikit-learn has it.

    Returns
    -------
    float
        Of the weighted rows, if the scorer is scikit-learn's.

    Raises
    ------
    ValueError
        If the scorer returns anything else than a number.
    """
    scorer, kwargs = get_scorer(scoring), {}
    # A function of the user's own need not know of weights; scikit-learn's do.
    if data.sample_weight is not None and hasattr(scorer, "_score_func"):
        kwargs["sample_weight"] = data.sample_weight
    score = scorer(model, data.X, data.y, **kwargs)
    if not isinstance(score, Real):
        raise ValueError(
            f"scoring={scoring!r} returned {score!r}: a scorer must return one number."
        )
    return float(score)


def held_out_results(classifier, held, network):
    """Return a classifier's attributes that follow from held-out predictions.

    Parameters
    ----------
    classifier : NetworkPredictor
        Whose attributes.
    held : HeldOut
        The rows; stays as it is.
    network : Network
        What predicts.

    Returns
    -------
    dict
        `temperature_`; `oof_score_` and `oof_decision_function_` where there are honest
        folds.
    """
    held, data = copy(held), held.data
    logits, _ = held.evaluate(network, n_iter=20)
    results = {"temperature_": held.temperature}
    if isinstance(held, OutOfFold) and held.is_honest:
        model = HeldOutModel(classifier, data.X, logits)
        results["oof_decision_function_"] = model.decision_function(data.X)
        results["oof_score_"] = model.score(data.X, data.y, data.row_weight)
    return results
