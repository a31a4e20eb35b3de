"""One fit: a network, data and hyperparameters brought together by a solver."""

import sys
import warnings
from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import get_scorer

from .lbfgs import minimize_lbfgs
from .optimizers import SGD, Adam, AdamW
from .predictor import EpochModel
from .training import Batches, LearningRate, epochs

__all__ = ["Fit", "StepState", "check_finite", "warn_caller"]


OPTIMIZERS = {"sgd": SGD, "adam": Adam, "adamw": AdamW}
"""Optimizers by the names of the solvers."""

_STOPPED = 99  # SciPy's status after a callback's StopIteration


class StepState(NamedTuple):
    """What gradient descent carries on from one `partial_fit` to the next.

    Parameters
    ----------
    optimizer : object
        One of :mod:`skdeepnn.optimizers`.
    learning_rate : LearningRate
        As training goes on.
    dropout_rng : numpy.random.Generator or None
        Source of the dropout.
    """

    optimizer: object
    learning_rate: LearningRate
    dropout_rng: np.random.Generator | None


class Fit:
    """The training of a classifier's network by the solver that it asks for.

    Parameters
    ----------
    classifier : NetworkClassifier
        Its hyperparameters are read; its network is trained in place and its monitor
        told of every epoch.
    data : Data
        Training rows.
    validation : Data or None
        Rows to watch.
    tasks : EpochTasks
        Told of every epoch, for callbacks.
    """

    def __init__(self, classifier, data, validation, tasks):
        self.classifier = classifier
        self.network = classifier.network_
        self.monitor = classifier._monitor
        self.loss = classifier._loss
        self.data = data
        self.validation = validation
        self.tasks = tasks

    def run_epochs(self, rng, state=None, n_epochs=None):
        """Train by gradient descent on batches.

        Parameters
        ----------
        rng : RandomState
            Source of the validation part and of the order of the rows.
        state : StepState, optional
            To go on from; by default a new one.
        n_epochs : int, optional
            End after so many epochs; by default after `max_iter`, with a warning.

        Returns
        -------
        StepState
            To go on with.
        """
        clf = self.classifier
        if clf.early_stopping and self.validation is None:
            rows, validation_rows = self.data.split(clf.validation_fraction, rng)
            self.validation = self.data.take(validation_rows)
            self.data = self.data.take(rows)
            self.tasks.take(rows)
        if state is not None and type(state.optimizer) is not OPTIMIZERS[clf.solver]:
            state = None  # the solver has been changed since
        rate = None if state is None else state.learning_rate
        state = state or self._new_state(rng)
        state.learning_rate.n_seen = 0 if rate is None else self.monitor.n_seen
        loop = epochs(
            self.network,
            self.loss,
            self._batches(),
            state.optimizer,
            state.learning_rate,
            n_epochs=clf.max_iter,
            rng=rng if clf.shuffle else None,
            alpha=0.0 if clf.solver == "adamw" else float(clf.alpha),
            alpha_divisor=clf._alpha_divisor(self.data),
            dropout_rng=state.dropout_rng,
            max_gradient_norm=clf.max_gradient_norm,
        )
        self.tasks.begin(clf.max_iter)
        for _ in range(n_epochs or clf.max_iter):
            self.tasks.begin_epoch()
            stops = self._end_epoch(next(loop))
            state.learning_rate.n_seen = self.monitor.n_seen
            stops |= self.monitor.is_out_of_patience(state.learning_rate, clf.verbose)
            if stops:
                return state
        if n_epochs is None:
            warn_caller(
                f"Stochastic Optimizer: Maximum iterations ({clf.max_iter}) reached "
                "and the optimization hasn't converged yet. Increase max_iter, or the "
                "learning rate.",
                ConvergenceWarning,
            )
        return state

    def run_lbfgs(self):
        """Train by L-BFGS on all rows.

        Raises
        ------
        ValueError
            If the classifier asks for dropout.
        """
        clf = self.classifier
        if np.any(clf.dropout):
            raise ValueError(
                "dropout changes the loss from step to step, which solver='lbfgs' "
                "cannot follow: use solver='adam', or dropout=0.0."
            )

        def end_iteration(epoch):
            stops = self._end_epoch(epoch)
            self.tasks.begin_epoch()
            return stops

        self.tasks.begin(clf.max_iter + 1)  # one is begun after the last, and not run
        self.tasks.begin_epoch()
        l2, left = float(clf.alpha / self.data.total_weight), clf.max_iter
        was_stuck = False
        for coordinates, n_iterations, is_final, precision in clf._lbfgs_rounds(
            self.data, l2
        ):
            if left == 0:
                break
            result = minimize_lbfgs(
                self.network,
                self.loss,
                self.data.X,
                self._smooth_targets(),
                self.data.sample_weight,
                l2=l2,
                max_iter=min(left, n_iterations or left),
                max_fun=clf.max_fun,
                tol=clf.tol * precision,
                coordinates=coordinates,
                on_iteration=end_iteration,
                **clf._lbfgs_options,
            )
            self.monitor.loss = float(result.fun)  # if there was no iteration at all
            left -= result.nit
            if result.status == _STOPPED or (result.status == 0 and is_final):
                return
            is_stuck = result.status == 2 and result.nit == 0
            if was_stuck and is_stuck:
                break  # the line search finds nothing better in new coordinates either
            was_stuck = is_stuck
        warn_caller(
            f"lbfgs failed to converge after {self.monitor.n_iter} iteration(s). "
            f"Increase the number of iterations (max_iter={clf.max_iter}) or scale the "
            "data (sklearn.preprocessing).",
            ConvergenceWarning,
        )

    def _new_state(self, rng):
        clf = self.classifier
        schedule = clf.learning_rate
        if clf.solver != "sgd" and schedule in ("adaptive", "invscaling"):
            schedule = "constant"  # as in MLPClassifier: these two are for SGD
        rate = LearningRate(clf._initial_rate(self.data), schedule, clf.power_t)
        dropout_rng = None
        if np.any(clf.dropout):
            dropout_rng = np.random.default_rng(rng.randint(2**31))
        return StepState(self._new_optimizer(), rate, dropout_rng)

    def _new_optimizer(self):
        clf, params = self.classifier, self.network.params
        if clf.solver == "sgd":
            return SGD(params, momentum=clf.momentum, nesterov=clf.nesterovs_momentum)
        adam = {"beta_1": clf.beta_1, "beta_2": clf.beta_2, "epsilon": clf.epsilon}
        if clf.solver == "adam":
            return Adam(params, **adam)
        return AdamW(params, weight_decay=clf.alpha * self.network.coef_mask(), **adam)

    def _batches(self):
        n_samples, batch_size = self.data.X.shape[0], self.classifier.batch_size
        if batch_size == "auto":
            batch_size = min(200, n_samples)
        if batch_size > n_samples:
            warn_caller(
                f"Got batch_size={batch_size} larger than the sample size "
                f"({n_samples}): each epoch is one batch of all rows.",
                UserWarning,
            )
        data = self.data
        return Batches(data.X, self._smooth_targets(), data.sample_weight, batch_size)

    def _smooth_targets(self):
        """Mix the targets with the uniform distribution, as label smoothing does."""
        targets, share = self.data.targets, self.classifier.label_smoothing
        if not share:
            return targets
        is_softmax = self.loss.out_activation == "softmax"
        uniform = 1 / targets.shape[1] if is_softmax else 0.5
        return targets + share * (uniform - targets)

    def _end_epoch(self, epoch):
        """Measure, note, print and tell what an epoch brought; return if to stop."""
        if not np.isfinite(epoch.loss):
            check_finite(self.network)
        scoring, scores = self.classifier.scoring, {}
        if scoring not in (None, "loss"):
            scores["score"] = self._score(self.data)
        if self.validation is not None:
            logits = self.network.logits(self.validation.X)
            loss = self.loss.value(
                logits, self.validation.targets, self.validation.sample_weight
            )
            score = -loss if scoring == "loss" else self._score(self.validation)
            scores |= {"validation_loss": loss, "validation_score": score}
        self.monitor.add(epoch, self.network, **scores)
        if self.classifier.verbose:
            self.monitor.print_last(every=int(self.classifier.verbose))
        return self.tasks.end_epoch()

    def _score(self, data):
        scorer = get_scorer(self.classifier.scoring or "accuracy")
        kwargs = {}
        # A function of the user's own need not know of weights; scikit-learn's do.
        if data.sample_weight is not None and hasattr(scorer, "_score_func"):
            kwargs["sample_weight"] = data.sample_weight
        score = scorer(EpochModel(self.classifier), data.X, data.y, **kwargs)
        if not isinstance(score, Real):
            raise ValueError(
                f"scoring={self.classifier.scoring!r} returned {score!r}: a scorer "
                "must return one number."
            )
        return float(score)


def check_finite(network):
    """Raise a ValueError if training has made parameters infinite or NaN."""
    if not np.isfinite(network.params).all():
        raise ValueError(
            "Solver produced non-finite parameter weights. The input data may contain "
            "large values and need to be preprocessed, or the learning rate is too "
            "large."
        )


def warn_caller(message, category):
    """Warn at the line of the user's code that called us, however deep we are."""
    frame, level = sys._getframe(1), 3
    ours = ("skdeepnn.", "sklearn.", "contextlib")
    while frame.f_back and frame.f_back.f_globals["__name__"].startswith(ours):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
