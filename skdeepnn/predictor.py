"""A trained network as scikit-learn's classifiers are: predictions and attributes."""

from __future__ import annotations

from contextvars import copy_context
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import _safe_indexing, estimator_html_repr, gen_batches
from sklearn.utils.validation import check_is_fitted

from .compute.signals import Guard
from .fitting.fit import each_once
from .tables.columns import check_table
from .tables.rows import check_rows
from .tables.summary import as_html, beside
from .tables.targets import accuracy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .nn.ensemble import Ensemble
    from .nn.layers import Dense
    from .nn.network import Network
    from .typing import ArrayLike, MatrixLike

__all__ = ["NetworkPredictor"]

_BLOCK_VALUES = 2**20  # of an encoded table


def _logits(network, X, n_jobs):
    """Return logits in the type of `X`."""
    out = np.empty((X.shape[0], network.layer_sizes[-1]), X.dtype)
    return network.logits(X, out, n_jobs)


class _Views(list):
    """Views of a network's parameters, which keep what is assigned to an entry."""

    def __setitem__(self, i, values):
        views, values = (
            (self[i], values) if isinstance(i, slice) else ([self[i]], [values])
        )
        if len(views) != len(values):
            raise ValueError(
                f"{len(values)} arrays were given for {len(views)} layers."
            )
        for view, value in zip(views, values, strict=True):
            if np.shape(value) != view.shape:  # it would be broadcast without a word
                raise ValueError(
                    f"The layer's parameters have shape {view.shape}, and what is "
                    f"assigned to them {np.shape(value)}."
                )
            if not view.flags.writeable:
                raise ValueError(
                    "The network sees several views of the numbers, and these are "
                    "copies of its parameters, put together: assign to those of the "
                    "layers of one of network_.parts."
                )
            view[...] = value


class NetworkPredictor(ClassifierMixin, BaseEstimator):
    """Predictions of a network with targets; the base of the classifiers.

    `X` is data of shape (n_samples, n_features) with the columns of the training data,
    here as in `fit`: array-like, a sparse matrix, or a table if columns are encoded.
    """

    n_features_in_: int
    feature_names_in_: np.ndarray
    n_layers_: int
    n_outputs_: int
    out_activation_: str
    _state: Any

    def _as_now(self):
        """Return a shallow copy, which stays as it is when this one is fitted again."""
        now = object.__new__(type(self))
        vars(now).update(vars(self))
        return now

    def _logits(self, X):
        """Return the logits of rows, and the targets that they stand for."""
        now, n_jobs = self._as_now(), self.n_jobs
        logits = now._of_rows(X, lambda network, X: _logits(network, X, n_jobs))
        return logits, now._state.targets

    def _of_rows(self, X, predict):
        """Call ``predict(network, rows)`` on the encoded rows of `X`."""
        check_is_fitted(self)
        # An interruption cannot leave NumPy's settings as they are in another context
        return copy_context().run(self._of_rows_quietly, X, predict)

    @np.errstate(over="ignore", invalid="ignore")  # of rows far beyond those of fit
    def _of_rows_quietly(self, X, predict):
        if self._state.encoder is None:
            return predict(self._state.network, check_rows(self, X))
        return self._of_table(check_table(self, X, reset=False), predict)

    def _of_table(self, X, predict):
        """Encode and predict in blocks of rows, to use little memory."""
        n_samples, network = X.shape[0], self._state.network
        n_rows = max(256, _BLOCK_VALUES // network.layer_sizes[0])
        if n_samples <= n_rows:
            return predict(network, self._state.encoder.encode(X))
        blocks = gen_batches(n_samples, n_rows)
        with Guard(), each_once():
            parts = [
                self._of_table(_safe_indexing(X, rows), predict) for rows in blocks
            ]
        return np.concatenate(parts)

    def decision_function(self, X: MatrixLike) -> np.ndarray:
        """Logits: log-odds for binary and multilabel targets, else up to a constant.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to predict for.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            One column for binary targets, flattened; positive means `classes_[1]`.
        """
        logits, targets = self._logits(X)
        return targets.decision(logits)

    def predict(self, X: MatrixLike) -> np.ndarray:
        """Predict class labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to predict for.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
            The most probable class of each row, or each row's labels.
        """
        logits, targets = self._logits(X)
        return targets.decode(logits)

    def predict_proba(self, X: MatrixLike) -> np.ndarray:
        """Predict probabilities.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to predict for.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            A column for each of `classes_`. Rows sum to one, except for multilabel
            targets, where each column is the probability of that label. No
            probability is 0 or 1: where it would be rounded to that, it is the nearest
            number between, so that its logarithm is finite.
        """
        logits, targets = self._logits(X)
        return targets.proba(logits)

    def predict_log_proba(self, X: MatrixLike) -> np.ndarray:
        """Predict logarithms of probabilities: those of :meth:`predict_proba`, finite.

        Its argument and the shape of what it returns are the same.
        """
        proba = self.predict_proba(X)
        return np.log(proba, out=proba)

    def score(
        self, X: MatrixLike, y: MatrixLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Accuracy: the share of the rows, or of their weight, that is predicted right.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows to predict for.
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
    def classes_(self) -> np.ndarray:
        """Sorted labels; column numbers for multilabel targets."""
        return self._state.targets.classes

    @property
    def network_(self) -> Network | Ensemble:
        """The trained :class:`~skdeepnn.nn.network.Network`.

        Where it sees several views of the numbers, an
        :class:`~skdeepnn.nn.ensemble.Ensemble` of such.
        """
        return self._state.network

    @property
    def temperature_(self) -> float:
        """What logits were divided by, on the whole, to make probabilities honest."""
        return self._state.temperature

    @property
    def layers_(self) -> list[Dense]:
        """List of the network's :class:`~skdeepnn.nn.layers.Dense` layers.

        Of several views they are put together: the first layer has zeros for what a
        member does not see.
        """
        return self.network_.layers

    @property
    def coefs_(self) -> list[np.ndarray]:
        """List of coefficients: the ith is ``(fan_in, fan_out)`` of layer i.

        They are views of the network's parameters: to assign to them is to change it,
        unless it sees several views of the numbers.
        """
        return _Views(layer.coef for layer in self.layers_)

    @coefs_.setter
    def coefs_(self, values: Sequence[np.ndarray]) -> None:
        """Replace the coefficients of all layers."""
        self.coefs_[:] = values

    @property
    def intercepts_(self) -> list[np.ndarray]:
        """List of intercepts: the ith is ``(fan_out,)`` of layer i; views likewise."""
        return _Views(layer.intercept for layer in self.layers_)

    @intercepts_.setter
    def intercepts_(self, values: Sequence[np.ndarray]) -> None:
        """Replace the intercepts of all layers."""
        self.intercepts_[:] = values

    @property
    def n_iter_(self) -> int:
        """Number of epochs, or iterations of L-BFGS, that the last fit ran."""
        return self._state.monitor.n_iter

    @property
    def t_(self) -> int:
        """Number of rows seen in training, counted again in every epoch."""
        return self._state.monitor.n_seen

    @property
    def loss_(self) -> float:
        """The penalized loss of the last epoch."""
        return self._state.monitor.loss

    @property
    def loss_curve_(self) -> list[float]:
        """List of the penalized loss of each epoch."""
        return self._state.monitor.column("loss")

    @property
    def best_loss_(self) -> float | None:
        """The lowest loss of all epochs; None with `early_stopping`."""
        return self._state.monitor.best_loss

    @property
    def validation_scores_(self) -> list[float] | None:
        """List of the validation score of each epoch with `early_stopping`, or None."""
        if self._state.monitor.watches_score:
            return self._state.monitor.column("validation_score")
        return None

    @property
    def best_validation_score_(self) -> float | None:
        """The highest validation score with `early_stopping`, or None."""
        return self._state.monitor.best_score

    @property
    def history_(self) -> dict[str, np.ndarray]:
        """What each epoch showed: a dict of arrays, as `pandas.DataFrame` takes it."""
        return self._state.monitor.history

    def _check_is_incremental(self):
        if self.solver == "lbfgs":
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers, such as "
                "solver='adam': lbfgs needs all rows at once."
            )
        return True

    def __getattr__(self, name):
        # Only what is not there is looked for here
        if name == "columns_" and hasattr(self, "preprocess"):
            raise AttributeError(
                "There is no columns_: it tells what became of a table's columns in "
                "fit with preprocess='auto'; with None they are taken as they are."
            )
        if name == "partial_fit":
            self._check_is_incremental()
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r}",
            name=name,
            obj=self,
        )

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_state")

    def _html_repr(self):
        """scikit-learn's diagram, beside it a fitted network's layers and columns."""
        diagram = estimator_html_repr(self)
        if not hasattr(self, "_state"):
            return diagram
        fitted = f"<pre>{escape(str(self.network_))}</pre>"
        if self._state.encoder is not None:
            fitted += as_html(self._state.encoder.columns_)
        return beside(diagram, fitted)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags
