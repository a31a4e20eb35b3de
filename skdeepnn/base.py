"""What the two classifiers share: data in, training, predictions out."""

import warnings
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin, _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, get_scorer
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, compute_class_weight
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from .lbfgs import minimize_lbfgs
from .losses import LOSSES
from .network import Network
from .optimizers import SGD, Adam, AdamW
from .targets import TargetCoder
from .training import Batches, LearningRate, Plateau, epochs

__all__ = ["NetworkClassifier"]

FLOAT_TYPES = (np.float64, np.float32)


class Data(NamedTuple):
    """Rows in the network's type: X, targets, labels, weights (or None)."""

    X: np.ndarray
    targets: np.ndarray
    y: np.ndarray
    sample_weight: np.ndarray | None

    @property
    def total_weight(self):
        """Sum of the weights; the number of rows where there are none."""
        return len(self.y) if self.sample_weight is None else self.sample_weight.sum()

    def take(self, rows):
        """Return some of the rows."""
        return Data(*(None if array is None else array[rows] for array in self))


class NetworkClassifier(ClassifierMixin, BaseEstimator):
    """Base of the classifiers; not to be used by itself.

    A subclass has the hyperparameters that the methods below read, as constructor
    arguments or, where it offers no choice, as class attributes.
    """

    # ------------------------------------------------------------------ training

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Fit the network to data.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Class labels of any type, or a multilabel indicator matrix.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows: a weight of 2 counts as two copies, 0 as none.

        Returns
        -------
        self : object
            The fitted classifier.

        Raises
        ------
        ValueError
            If data or parameters are unusable, or if training diverged.
        """
        return self._fit(X, y, sample_weight)

    def _fit(self, X, y, sample_weight, *, incremental=False, classes=None):
        fresh = not hasattr(self, "network_") or not (self.warm_start or incremental)
        with self._unchanged_on_error():
            data = self._prepare(X, y, sample_weight, fresh, classes)
            rng = check_random_state(self.random_state)
            if fresh:
                self._initialize(rng, data.X)
            if self.solver == "lbfgs":
                self._fit_lbfgs(data)
            else:
                self._fit_epochs(data, rng, incremental)
            self._check_finite()
        self.network_.release()
        return self

    @contextmanager
    def _unchanged_on_error(self):
        """Leave a fitted model as it was when fitting it again fails."""
        before = vars(self).copy()
        network = before.get("network_")
        params = None if network is None else network.params.copy()
        try:
            yield
        except Exception:
            vars(self).clear()
            vars(self).update(before)
            if network is not None:
                network.params[:] = params
            raise

    def _prepare(self, X, y, sample_weight, fresh, classes):
        """Validate the data, learn the classes, and convert to the network's type."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            multi_output=True,
            dtype=FLOAT_TYPES,
            order="C",
            reset=fresh,
        )
        if fresh:
            self._targets = TargetCoder(y, classes)
            self.classes_ = self._targets.classes
        elif self.warm_start:
            self._targets.check_same_classes(y)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True, copy=True
            )
            if not sample_weight.any():
                raise ValueError("All sample weights are zero: no row counts.")
        dtype = self._choose_dtype(X) if fresh else self.network_.dtype
        targets = self._targets.encode(y, dtype)
        sample_weight = self._apply_class_weight(y, sample_weight)
        if sample_weight is not None:
            sample_weight = sample_weight.astype(dtype, copy=False)
        return Data(_cast(X, dtype), targets, y, sample_weight)

    def _apply_class_weight(self, y, sample_weight):
        if self.class_weight is None:
            return sample_weight
        if self._targets.kind == "multilabel-indicator":
            y = y.toarray() if issparse(y) else y
            factors = compute_sample_weight(self.class_weight, y)
        else:
            y = np.ravel(y)
            factors = compute_class_weight(
                self.class_weight,
                classes=self.classes_,
                y=y,
                sample_weight=sample_weight,
            )[self._targets.indices(y)]
        return factors if sample_weight is None else sample_weight * factors

    def _choose_dtype(self, X):
        if self.dtype != "auto":
            return np.dtype(self.dtype)
        if self.solver == "lbfgs":
            # Line searches compare losses that differ in the ninth digit.
            return np.dtype(np.float64)
        small = X.shape[0] <= SMALL_TABLE
        if X.dtype == np.float32 and not small:
            return X.dtype
        values = X.data if issparse(X) else X
        fits = not values.size or np.abs(values).max() < np.finfo(np.float32).max
        return np.dtype(np.float64 if small or not fits else np.float32)

    def _initialize(self, rng, X):
        """Build the network and start all counts."""
        hidden = np.atleast_1d(np.asarray(self.hidden_layer_sizes, dtype=int)).tolist()
        self.n_outputs_ = self._targets.n_outputs
        self.out_activation_ = self._targets.out_activation
        self.n_layers_ = len(hidden) + 2
        self.network_ = Network(
            [X.shape[1], *hidden, self.n_outputs_],
            self.activation,
            fit_intercept=self.fit_intercept,
            dtype=self._choose_dtype(X),
        )
        self.network_.initialize(rng, *self._initializers())
        self.t_ = 0
        self.loss_curve_ = []
        self._records = []
        self._plateau = Plateau(self.tol, self.n_iter_no_change)
        self.validation_scores_ = [] if self._stops_early else None
        self.best_validation_score_ = -np.inf if self._stops_early else None
        self.best_loss_ = None if self._stops_early else np.inf
        self.__dict__.pop("_optimizer", None)

    @property
    def _stops_early(self):
        return self.early_stopping and self.solver != "lbfgs"

    def _fit_epochs(self, data, rng, incremental):
        validation = None
        if self.early_stopping:
            data, validation = self._split(data, rng)
        n_samples = data.X.shape[0]
        if self.batch_size != "auto" and self.batch_size > n_samples:
            warnings.warn(
                f"batch_size={self.batch_size} is larger than the number of rows "
                f"({n_samples}): each epoch is one batch of all rows.",
                stacklevel=4,
            )
        batch_size = 200 if self.batch_size == "auto" else self.batch_size
        if not (incremental and hasattr(self, "_optimizer")):
            self._optimizer = self._new_optimizer()
            self._learning_rate = self._new_learning_rate(data)
        best_params = None
        self.n_iter_ = 0
        loop = epochs(
            self.network_,
            self._loss,
            Batches(data.X, data.targets, data.sample_weight, batch_size),
            self._optimizer,
            self._learning_rate,
            n_epochs=self.max_iter,
            rng=rng if self.shuffle else None,
            alpha=0.0 if self.solver == "adamw" else float(self.alpha),
            alpha_divisor=self._alpha_divisor(data),
        )
        try:
            for epoch in loop:
                self._record(epoch, data, validation)
                if not np.isfinite(epoch.loss):
                    self._check_finite()
                if self._is_best_so_far(validation):
                    best_params = self.network_.params.copy()
                if self._patience_runs_out() or incremental:
                    break
                if self.n_iter_ == self.max_iter:
                    warnings.warn(
                        f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) "
                        "reached and the optimization hasn't converged yet. Increase "
                        "max_iter, or the learning rate.",
                        ConvergenceWarning,
                        stacklevel=4,
                    )
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
        if best_params is not None:
            self.network_.params[:] = best_params

    def _split(self, data, rng):
        """Set aside a validation part, stratified where the classes allow it."""
        y = data.y
        stratify = None
        if self._targets.kind != "multilabel-indicator":
            stratify = y if np.unique(y, return_counts=True)[1].min() > 1 else None
        rows, validation_rows = train_test_split(
            np.arange(data.X.shape[0]),
            test_size=self.validation_fraction,
            random_state=rng,
            stratify=stratify,
        )
        if len(validation_rows) < 2:
            raise ValueError(
                f"The validation set is too small: {len(validation_rows)} of "
                f"{data.X.shape[0]} rows. Increase validation_fraction or the number "
                "of rows, or set early_stopping=False."
            )
        return data.take(rows), data.take(validation_rows)

    def _new_optimizer(self):
        params = self.network_.params
        if self.solver == "sgd":
            return SGD(
                params, momentum=self.momentum, nesterov=self.nesterovs_momentum
            )
        adam = {
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
        }
        if self.solver == "adam":
            return Adam(params, **adam)
        weight_decay = self.alpha * self.network_.coef_mask()
        return AdamW(params, weight_decay=weight_decay, **adam)

    def _new_learning_rate(self, data):
        schedule = self.learning_rate
        if self.solver != "sgd" and schedule in ("adaptive", "invscaling"):
            schedule = "constant"  # as in MLPClassifier: these two are for SGD
        return LearningRate(self._initial_rate(data), schedule, self.power_t)

    def _initial_rate(self, data):
        return self.learning_rate_init

    def _alpha_divisor(self, data):
        """Sum of weights that the penalty is divided by; None for each batch's own."""
        return

    def _record(self, epoch, data, validation=None):
        """Note what an epoch showed, and print it if asked to."""
        self.n_iter_ += 1
        self.t_ += epoch.n_samples
        self.loss_ = float(epoch.loss)
        self.loss_curve_.append(self.loss_)
        record = {
            "loss": self.loss_,
            "learning_rate": epoch.learning_rate,
            "gradient_norm": epoch.gradient_norm,
            "seconds": epoch.seconds,
        }
        if self.solver != "lbfgs":
            self._learning_rate.n_seen = self.t_
        if self.scoring is not None:
            record["score"] = self._epoch_score(data)
        if validation is not None:
            logits = self.network_.logits(validation.X)
            record["validation_loss"] = self._loss.value(
                logits, validation.targets, validation.sample_weight
            )
            record["validation_score"] = self._epoch_score(validation, logits)
            self.validation_scores_.append(record["validation_score"])
        self._records.append(record)
        if self.verbose and self.n_iter_ % int(self.verbose) == 0:
            print(f"Iteration {self.n_iter_}, loss = {self.loss_:.8f}")
            if validation is not None:
                print(f"Validation score: {self.validation_scores_[-1]:f}")

    def _epoch_score(self, data, logits=None):
        if self.scoring is None:
            labels = self._targets.decode(logits)
            return accuracy_score(data.y, labels, sample_weight=data.sample_weight)
        weight = data.sample_weight
        kwargs = {} if weight is None else {"sample_weight": weight}
        return get_scorer(self.scoring)(_EpochModel(self), data.X, data.y, **kwargs)

    def _is_best_so_far(self, validation):
        """Update the best loss or score; return whether to keep these parameters."""
        if validation is None:
            self.best_loss_ = min(self.best_loss_, self.loss_)
            return False
        improved = self.validation_scores_[-1] > self.best_validation_score_
        if improved:
            self.best_validation_score_ = self.validation_scores_[-1]
        return improved

    def _patience_runs_out(self):
        value = -self.validation_scores_[-1] if self._stops_early else self.loss_
        if not self._plateau.update(value):
            return False
        what = "Validation score" if self._stops_early else "Training loss"
        message = (
            f"{what} did not improve more than tol={self.tol:f} for "
            f"{self.n_iter_no_change} consecutive epochs."
        )
        reduced = self._learning_rate.reduce()
        if reduced:
            self._plateau.count = 0
            message += f" Setting learning rate to {self._learning_rate.initial:f}"
        else:
            message += " Stopping."
        if self.verbose:
            print(message)
        return not reduced

    def _fit_lbfgs(self, data):
        self.n_iter_ = 0
        try:
            result = minimize_lbfgs(
                self.network_,
                self._loss,
                data.X,
                data.targets,
                data.sample_weight,
                l2=float(self.alpha / data.total_weight),
                max_iter=self.max_iter,
                max_fun=self.max_fun,
                tol=self.tol,
                on_iteration=lambda epoch: self._record(epoch, data),
                **self._lbfgs_options,
            )
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
            return
        self.loss_ = self.best_loss_ = float(result.fun)
        if result.status == 1:
            warnings.warn(
                f"lbfgs failed to converge after {result.nit} iteration(s): "
                f"{result.message}. Increase the number of iterations (max_iter="
                f"{self.max_iter}) or scale the data (sklearn.preprocessing).",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _check_finite(self):
        if not np.isfinite(self.network_.params).all():
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may "
                "contain large values and need to be preprocessed, or the learning "
                "rate is too large."
            )

    # --------------------------------------------------------------- predictions

    @property
    def _loss(self):
        return LOSSES[self.loss, self.out_activation_]

    def _logits(self, X):
        check_is_fitted(self)
        X = validate_data(
            self, X, accept_sparse="csr", dtype=FLOAT_TYPES, reset=False
        )
        return self.network_.logits(
            X, out=np.empty((X.shape[0], self.n_outputs_), X.dtype)
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
        if self._targets.kind == "binary":
            logits = np.hstack([-logits, logits])
        info = np.finfo(logits.dtype)
        proba = self._loss.proba(logits)
        return np.clip(proba, info.tiny, 1 - info.epsneg, out=proba)

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

    # ---------------------------------------------------------- what was learned

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

    @property
    def history_(self):
        """What each epoch showed: a dict of arrays, as `pandas.DataFrame` takes it."""
        names = self._records[0] if self._records else ()
        return {name: np.array([r[name] for r in self._records]) for name in names}

    def __sklearn_is_fitted__(self):
        return hasattr(self, "network_")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags


SMALL_TABLE = 512  # rows up to which float64 costs next to nothing


class _EpochModel(ClassifierMixin, BaseEstimator):
    """A classifier under training, as scorers see it: predicts without validation."""

    def __init__(self, classifier):
        self.classifier = classifier
        self.classes_ = classifier.classes_

    def decision_function(self, X):
        logits = self.classifier.network_.logits(X)
        return logits[:, 0] if self.classifier._targets.kind == "binary" else logits

    def predict(self, X):
        return self.classifier._targets.decode(self.classifier.network_.logits(X))

    def predict_proba(self, X):
        return self.classifier._proba(self.classifier.network_.logits(X))

    def __sklearn_is_fitted__(self):
        return True


def _cast(X, dtype):
    converted = X.astype(dtype, copy=False)
    values = converted.data if issparse(converted) else converted
    if dtype != X.dtype and not np.isfinite(values).all():
        raise ValueError(
            f"X has values too large for {dtype}: set dtype='float64', or scale X."
        )
    return converted
