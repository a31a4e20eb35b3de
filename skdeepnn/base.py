"""What the two classifiers share: data in, training, predictions out."""

import copy
import sys
import warnings
from contextlib import contextmanager

import numpy as np
from sklearn.base import _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from .data import FLOAT_TYPES, Data, cast, choose_dtype, row_weights
from .lbfgs import minimize_lbfgs
from .monitor import Monitor
from .network import Network
from .optimizers import SGD, Adam, AdamW
from .predictor import EpochModel, NetworkPredictor
from .targets import TargetCoder
from .training import Batches, LearningRate, epochs

__all__ = ["NetworkClassifier"]


class NetworkClassifier(NetworkPredictor):
    """Base of the classifiers; not to be used by itself.

    A subclass has the hyperparameters that the methods below read, as constructor
    arguments or, where it offers no choice, as class attributes.
    """

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
            self._monitor.start()
            try:
                if self.solver == "lbfgs":
                    self._fit_lbfgs(data)
                else:
                    self._fit_epochs(data, rng, incremental)
            except KeyboardInterrupt:
                self._warn("Training interrupted by user.", UserWarning)
            self._monitor.restore_best(self.network_)
            self._check_finite()
        self.network_.release()
        return self

    @contextmanager
    def _unchanged_on_error(self):
        """Leave a fitted model as it was when fitting it again fails."""
        before = vars(self).copy()
        network = before.get("network_")
        kept = None
        if network is not None:
            kept = network.params.copy(), copy.deepcopy(self._monitor)
        try:
            yield
        except Exception:
            vars(self).clear()
            vars(self).update(before)
            if network is not None:
                network.params[:], self._monitor = kept
                vars(self).pop("_optimizer", None)  # its moments are of the failure
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
        weights = row_weights(sample_weight, self.class_weight, X, y, self._targets)
        if fresh:
            dtype = choose_dtype(X, self.dtype, self.solver)
        else:
            dtype = self.network_.dtype
        if weights is not None:
            weights = weights.astype(dtype, copy=False)
        targets = self._targets.encode(y, dtype)
        return Data(cast(X, dtype), targets, y, weights)

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
            dtype=X.dtype,
        )
        self.network_.initialize(rng, *self._initializers())
        self._monitor = Monitor(
            tol=self.tol,
            patience=self.n_iter_no_change,
            watches_score=self.early_stopping and self.solver != "lbfgs",
        )
        vars(self).pop("_optimizer", None)

    def _fit_epochs(self, data, rng, incremental):
        validation = None
        if self.early_stopping:
            data, validation = data.split(self.validation_fraction, rng)
        if not (incremental and hasattr(self, "_optimizer")):
            self._optimizer = self._new_optimizer()
            self._learning_rate = self._new_learning_rate(data)
        self._learning_rate.n_seen = self._monitor.n_seen if incremental else 0
        loop = epochs(
            self.network_,
            self._loss,
            self._batches(data),
            self._optimizer,
            self._learning_rate,
            n_epochs=self.max_iter,
            rng=rng if self.shuffle else None,
            alpha=0.0 if self.solver == "adamw" else float(self.alpha),
            alpha_divisor=self._alpha_divisor(data),
        )
        for epoch in loop:
            self._end_epoch(epoch, data, validation)
            self._learning_rate.n_seen = self._monitor.n_seen
            if not np.isfinite(epoch.loss):
                self._check_finite()
            if self._monitor.is_out_of_patience(self._learning_rate, self.verbose):
                break
            if incremental:
                break
            if self._monitor.n_iter == self.max_iter:
                self._warn(
                    f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) "
                    "reached and the optimization hasn't converged yet. Increase "
                    "max_iter, or the learning rate.",
                    ConvergenceWarning,
                )

    def _batches(self, data):
        n_samples = data.X.shape[0]
        batch_size = 200 if self.batch_size == "auto" else self.batch_size
        if self.batch_size != "auto" and batch_size > n_samples:
            self._warn(
                f"Got batch_size={batch_size} larger than the sample size "
                f"({n_samples}): each epoch is one batch of all rows.",
                UserWarning,
            )
        return Batches(data.X, data.targets, data.sample_weight, batch_size)

    def _new_optimizer(self):
        params = self.network_.params
        if self.solver == "sgd":
            return SGD(params, momentum=self.momentum, nesterov=self.nesterovs_momentum)
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

    def _end_epoch(self, epoch, data, validation=None):
        """Measure what was asked for, note it, and print it if wanted."""
        scores = {}
        if self.scoring is not None:
            scores["score"] = self._score_epoch(data)
        if validation is not None:
            logits = self.network_.logits(validation.X)
            scores["validation_loss"] = self._loss.value(
                logits, validation.targets, validation.sample_weight
            )
            scores["validation_score"] = self._score_epoch(validation)
        self._monitor.add(epoch, self.network_, **scores)
        if self.verbose and self._monitor.n_iter % int(self.verbose) == 0:
            self._monitor.print_last()

    def _score_epoch(self, data):
        scorer = get_scorer("accuracy" if self.scoring is None else self.scoring)
        weight = data.sample_weight
        kwargs = {} if weight is None else {"sample_weight": weight}
        return scorer(EpochModel(self), data.X, data.y, **kwargs)

    def _fit_lbfgs(self, data):
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
            on_iteration=lambda epoch: self._end_epoch(epoch, data),
            **self._lbfgs_options,
        )
        self._monitor.loss = float(result.fun)  # where there was no iteration at all
        if result.status == 1:
            self._warn(
                f"lbfgs failed to converge after {result.nit} iteration(s): "
                f"{result.message}. Increase the number of iterations (max_iter="
                f"{self.max_iter}) or scale the data (sklearn.preprocessing).",
                ConvergenceWarning,
            )

    def _warn(self, message, category):
        # The user's line is the first that is neither ours nor scikit-learn's.
        frame, level = sys._getframe(1), 3
        ours = ("skdeepnn.", "sklearn.", "contextlib")
        while frame.f_back and frame.f_back.f_globals["__name__"].startswith(ours):
            frame, level = frame.f_back, level + 1
        warnings.warn(message, category, stacklevel=level)

    def _check_finite(self):
        if not np.isfinite(self.network_.params).all():
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may "
                "contain large values and need to be preprocessed, or the learning "
                "rate is too large."
            )

    @property
    def n_iter_(self):
        """Number of epochs, or iterations of L-BFGS, that the last fit ran."""
        return self._monitor.n_iter

    @property
    def t_(self):
        """Number of rows seen in training, counted again in every epoch."""
        return self._monitor.n_seen

    @property
    def loss_(self):
        """The penalized loss of the last epoch."""
        return self._monitor.loss

    @property
    def loss_curve_(self):
        """List of the penalized loss of each epoch."""
        return self._monitor.column("loss")

    @property
    def best_loss_(self):
        """The lowest loss of all epochs; None with `early_stopping`."""
        return self._monitor.best_loss

    @property
    def validation_scores_(self):
        """List of the validation score of each epoch with `early_stopping`, or None."""
        if self._monitor.watches_score:
            return self._monitor.column("validation_score")
        return None

    @property
    def best_validation_score_(self):
        """The highest validation score with `early_stopping`, or None."""
        return self._monitor.best_score

    @property
    def history_(self):
        """What each epoch showed: a dict of arrays, as `pandas.DataFrame` takes it."""
        return self._monitor.history
