"""A trained network as scikit-learn's classifiers are: predictions, and its layers."""

from html import escape

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import _safe_indexing, estimator_html_repr, gen_batches
from sklearn.utils.validation import check_is_fitted

from .nn.losses import LOSSES
from .tables.columns import check_table
from .tables.rows import check_rows
from .tables.targets import accuracy

__all__ = ["NetworkPredictor"]

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
        logits = self._logits(X)  # first: this says if it is not fitted
        return self._targets.decision(logits)

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
        logits = self._logits(X)  # first: this says if it is not fitted
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
        logits = self._logits(X)  # first: this says if it is not fitted
        return self._targets.proba(logits)

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
        return accuracy(y, self.predict(X), sample_weight)

    @property
    def layers_(self):
        """List of the network's :class:`~skdeepnn.nn.layers.Dense` layers."""
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
