"""One fit: a network, data and hyperparameters brought together by a solver."""

import sys
import warnings
from copy import copy, deepcopy
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import joblib
import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning

from .crossfit import HeldOut, OutOfFold
from .groups import count_groups, cut, side_by_side
from .lbfgs import minimize_lbfgs
from .optimizers import SGD, Adam, AdamW, WeightAverage
from .parallel import new_team
from .predictor import EpochModel, HeldOutModel, held_out_results, measure
from .training import Batches, LearningRate, epochs

__all__ = ["Fit", "StepState", "check_finite", "warn_caller"]


OPTIMIZERS = {"sgd": SGD, "adam": Adam, "adamw": AdamW}
"""Optimizers by the names of the solvers."""

# From so many multiplications on a product gains by BLAS's own threads.
_BLAS_PRODUCT = 2**23

_STOPPED = 99  # SciPy's status after a callback's StopIteration


class StepState(NamedTuple):
    """What gradient descent carries on from one `partial_fit` to the next.

    Parameters
    ----------
    optimizers : list of object
        One of :mod:`skdeepnn.optimizers` for each group of members.
    learning_rate : LearningRate
        As training goes on.
    dropout_rng : numpy.random.Generator or None
        Source of the dropout.
    """

    optimizers: list
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
        self.data = self._all_data = data
        self.validation = validation
        self.tasks = tasks
        tasks.results = self.results
        self.plan = classifier._plan
        self.watched = None  # rows whose predictions tell when to stop, by default
        self.averaged = self.network  # what predicts, while it is trained
        self._held_scores, self._scored_at = {}, -np.inf

    def run_epochs(self, rng, rngs, state=None, n_epochs=None):
        """Train by gradient descent on batches.

        Parameters
        ----------
        rng : RandomState
            Source of the validation part.
        rngs : RandomState or list of RandomState
            Source of the order of the rows; one a member of a stack.
        state : StepState, optional
            To go on from; by default a new one.
        n_epochs : int, optional
            End after so many epochs; by default after `max_iter`, with a warning.

        Returns
        -------
        StepState
            To go on with.
        """
        clf, plan = self.classifier, self.plan
        if plan.early_stopping == "auto":
            self.watched = self._hold_out(rng)
            if self.monitor.n_seen:  # it may be of other rows what was best before
                scores = self._score_held(n_iter=20)
                self.monitor.begin_at(scores["validation_score"], self.network)
        else:
            clf._folded = "nothing"
            if plan.early_stopping and self.validation is None:
                self._split(rng)
        batches = self._batches(ones=n_epochs is None)
        if (
            state is not None
            and type(state.optimizers[0]) is not OPTIMIZERS[clf.solver]
        ):
            state = None  # the solver has been changed since
        if state is not None and clf.solver == "adamw":
            for optimizer in state.optimizers:
                optimizer.weight_decay = float(plan.alpha)
        is_new = state is None
        uses_blas = self._has_large_products(batches.batch_size)
        with new_team(clf.n_jobs, uses_blas) as team:
            if is_new:
                n_groups = 1  # dropout's numbers come in one order
                if not np.any(clf.dropout):
                    n_groups = count_groups(
                        self.network, batches.batch_size, team, always=bool(clf.n_jobs)
                    )
                state = self._new_state(rng, n_groups)
            state.learning_rate.n_seen = 0 if is_new else self.monitor.n_seen
            loop = self._loop(team, batches, state, rngs if clf.shuffle else None)
            self.tasks.begin(plan.max_iter)
            last = (n_epochs or plan.max_iter) - 1
            for epoch in range(last + 1):
                self.tasks.begin_epoch()
                self.n_steps, self.is_last = (epoch + 1) * len(batches), epoch == last
                stops = self._end_epoch(next(loop))
                state.learning_rate.n_seen = self.monitor.n_seen
                if self.n_steps >= plan.min_steps:
                    stops |= self.monitor.is_out_of_patience(
                        state.learning_rate, clf.verbose
                    )
                if stops:
                    return state
        if n_epochs is None and clf.max_iter != "auto":
            warn_caller(
                f"Stochastic Optimizer: Maximum iterations ({plan.max_iter}) reached "
                "and the optimization hasn't converged yet. Increase max_iter, or the "
                "learning rate.",
                ConvergenceWarning,
            )
        return state

    def _split(self, rng):
        """Set rows aside as the validation set."""
        fraction = self.classifier.validation_fraction
        rows, validation_rows = self.data.split(fraction, rng)
        self.validation = self.data.take(validation_rows)
        self.data = self.data.take(rows)
        self.tasks.take(rows)

    def _hold_out(self, rng):
        """Choose the rows whose predictions tell when to stop."""
        clf = self.classifier
        folded, clf._folded = clf._folded, "nothing"
        if self.validation is not None:
            return HeldOut(self.validation, self.loss)
        # The same rows when training goes on: what was held out stays unseen, if it is
        # the same data.
        if clf._fold_seed is None:
            clf._fold_seed = rng.randint(2**31)
        rng = np.random.RandomState(clf._fold_seed)
        is_honest = folded in (None, self.fingerprint)
        clf._folded = self.fingerprint if is_honest else "several"
        n_members = self.network.n_members or 1
        if issparse(self.data.X) or not 1 < n_members <= self.data.X.shape[0]:
            self._split(rng)  # members cannot each have rows of their own
            return HeldOut(self.validation, self.loss, is_honest)
        return OutOfFold(self.data, self.loss, n_members, rng, is_honest)

    @cached_property
    def fingerprint(self):
        """What tells the training rows from others."""
        return joblib.hash((self._all_data.X, self._all_data.y))

    def _has_large_products(self, batch_size):
        """Whether BLAS's own threads are of use."""
        sizes = pairwise(self.network.layer_sizes)
        largest = batch_size * max(fan_in * fan_out for fan_in, fan_out in sizes)
        return largest > _BLAS_PRODUCT and self.classifier.n_jobs != 1

    def _loop(self, team, batches, state, rngs):
        """The epoch loop of the network, or of groups of its members in threads."""
        clf = self.classifier
        networks = cut(self.network, len(state.optimizers))
        ends = np.cumsum([network.n_members or 1 for network in networks])
        starts = [0, *ends[:-1]]
        members = [slice(*pair) for pair in zip(starts, ends, strict=True)]
        group_rngs = [rngs]
        if rngs is None:
            group_rngs = [None] * len(networks)
        elif isinstance(rngs, list):
            group_rngs = [rngs[part] for part in members]
            if issparse(self.data.X):  # whose rows members can only see in one order
                group_rngs = [deepcopy(rngs[0]) for _ in members]
        loops = [
            epochs(
                network,
                self.loss,
                batches if len(networks) == 1 else batches.twin(part),
                optimizer,
                state.learning_rate,
                n_epochs=max(self.plan.max_iter, 1),
                rng=rng,
                alpha=0.0 if clf.solver == "adamw" else float(self.plan.alpha),
                alpha_divisor=clf._alpha_divisor(self.data),
                dropout_rng=state.dropout_rng,
                max_gradient_norm=clf.max_gradient_norm,
                average=average,
            )
            for network, optimizer, rng, part, average in zip(
                networks,
                state.optimizers,
                group_rngs,
                members,
                self._averages(len(networks)),
                strict=True,
            )
        ]
        return loops[0] if len(loops) == 1 else side_by_side(loops, team)

    def _averages(self, n_groups):
        """Averages of the weights of each group, parts of those of the network."""
        if not self.plan.averaging:
            return [None] * n_groups
        self.averaged = self.network.with_params(self.network.params.copy())
        return [
            WeightAverage(network.params, self.plan.averaging)
            for network in cut(self.averaged, n_groups)
        ]

    def run_lbfgs(self):
        """Train by L-BFGS on all rows.

        Raises
        ------
        ValueError
            If the classifier asks for dropout.
        """
        clf = self.classifier
        clf._folded = "nothing"
        if np.any(clf.dropout):
            raise ValueError(
                "dropout changes the loss from step to step, which solver='lbfgs' "
                "cannot follow: use solver='adam', or dropout=0.0."
            )

        def end_iteration(epoch):
            stops = self._end_epoch(epoch)
            self.tasks.begin_epoch()
            return stops

        n_samples = self.data.X.shape[0]
        with new_team(clf.n_jobs, uses_blas=self._has_large_products(n_samples)):
            self._run_rounds(end_iteration)

    def _run_rounds(self, end_iteration):
        clf = self.classifier
        plan = self.plan
        self.tasks.begin(plan.max_iter + 1)  # one is begun after the last, and not run
        self.tasks.begin_epoch()
        l2, left = float(plan.alpha / self.data.total_weight), plan.max_iter
        was_stuck = False
        rounds = clf._lbfgs_rounds(self.data, l2) if left else ()
        for coordinates, n_iterations, is_final, precision in rounds:
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
            if left == 0:
                break  # before coordinates are computed that nobody needs
        warn_caller(
            f"lbfgs failed to converge after {self.monitor.n_iter} iteration(s). "
            f"Increase the number of iterations (max_iter={plan.max_iter}) or scale "
            "the data (sklearn.preprocessing).",
            ConvergenceWarning,
        )

    def _new_state(self, rng, n_groups):
        clf = self.classifier
        schedule = clf.learning_rate
        if clf.solver != "sgd" and schedule in ("adaptive", "invscaling"):
            schedule = "constant"  # as in MLPClassifier: these two are for SGD
        rate = LearningRate(clf._initial_rate(self.data), schedule, clf.power_t)
        dropout_rng = None
        if np.any(clf.dropout):
            dropout_rng = np.random.default_rng(rng.randint(2**31))
        networks = cut(self.network, n_groups)
        optimizers = [self._new_optimizer(network) for network in networks]
        return StepState(optimizers, rate, dropout_rng)

    def _new_optimizer(self, network):
        clf, params = self.classifier, network.params
        if clf.solver == "sgd":
            return SGD(params, momentum=clf.momentum, nesterov=clf.nesterovs_momentum)
        adam = {
            "beta_1": clf.beta_1,
            "beta_2": self.plan.beta_2,
            "epsilon": clf.epsilon,
        }
        if clf.solver == "adam":
            return Adam(params, **adam)
        decay, mask = float(self.plan.alpha), network.coef_mask()
        return AdamW(params, weight_decay=decay, mask=mask, **adam)

    def _batches(self, ones):
        n_samples, batch_size = self.data.X.shape[0], self.plan.batch_size
        if batch_size > n_samples and self.classifier.batch_size != "auto":
            warn_caller(
                f"Got batch_size={batch_size} larger than the sample size "
                f"({n_samples}): each epoch is one batch of all rows.",
                UserWarning,
            )
        return Batches(
            self.data.X,
            self._smooth_targets(),
            self.data.sample_weight,
            batch_size,
            ones=ones and self.network.fit_intercept,
            rows=getattr(self.watched, "rows", None),
        )

    def _smooth_targets(self):
        """Mix the targets with the uniform distribution, as label smoothing does."""
        targets, share = self.data.targets, self.plan.label_smoothing
        if not share:
            return targets
        is_softmax = self.loss.out_activation == "softmax"
        uniform = 1 / targets.shape[1] if is_softmax else 0.5
        return targets + share * (uniform - targets)

    def _end_epoch(self, epoch):
        """Measure, note, print and tell what an epoch brought; return if to stop."""
        if not np.isfinite(epoch.loss).all():
            check_finite(self.network)
        scoring, scores = self.classifier.scoring, {}
        if scoring not in (None, "loss"):
            scores["score"] = self._score(self.data)
        if self.watched is not None:
            # Averages of the weights change every few steps only: so do these.
            every = WeightAverage.EVERY
            is_due = self.n_steps <= every or self.n_steps >= self._scored_at + every
            if is_due or self.is_last:
                self._held_scores, self._scored_at = self._score_held(), self.n_steps
            scores |= self._held_scores
        elif self.validation is not None:
            logits = self.averaged.logits(self.validation.X, n_threads=1)
            loss = self.loss.value(
                logits, self.validation.targets, self.validation.sample_weight
            )
            score = -loss if scoring == "loss" else self._score(self.validation)
            scores |= {"validation_loss": loss, "validation_score": score}
        self.monitor.add(epoch, self.averaged, **scores)
        if self.classifier.verbose:
            self.monitor.print_last(every=int(self.classifier.verbose))
        return self.tasks.end_epoch()

    def _score_held(self, n_iter=2):
        """Score the rows held out, with the temperature that suits them best."""
        logits, loss = self.watched.evaluate(self.averaged, n_iter)
        score = -loss
        if self.classifier.scoring not in (None, "loss"):
            model = HeldOutModel(self.classifier, self.watched.data.X, logits)
            score = self._score(self.watched.data, model)
        return {"validation_loss": loss, "validation_score": score}

    def results(self):
        """Return what the classifier's attributes become if training stops now."""
        network, monitor = copy(self.averaged), copy(self.monitor)
        monitor.restore_best(network)
        results = {"network_": network, "_monitor": monitor, "_steps": None}
        return results | self.held_out_results(network)

    def held_out_results(self, network):
        """Return the attributes that follow from a network's held-out predictions."""
        if self.watched is None:
            return {}
        return held_out_results(self.classifier, self.watched, network)

    def _score(self, data, model=None):
        model = model or EpochModel(self.classifier, self.averaged)
        return measure(model, data, self.classifier.scoring or "accuracy")


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
