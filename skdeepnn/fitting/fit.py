"""One fit: what all solvers have in common.

Subclasses, one a family of solvers, have a method `run`.
"""

import sys
import warnings
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import joblib
import numpy as np
from scipy.sparse import issparse

from ..nn.losses import LOSSES
from .folds import HeldOut, OutOfFold
from .record import OutOfFoldRecord
from .scoring import EpochModel, HeldOutModel, measure
from .state import fingerprint

__all__ = ["DIVERGED", "Fit", "check_finite", "each_once", "warn_caller"]

# From so many multiplications on a product gains by BLAS's own threads.
_BLAS_PRODUCT = 2**23
DIVERGED = (
    "Solver produced non-finite parameter weights. The input data may contain large "
    "values and need to be preprocessed, or the learning rate is too large."
)
"""What is said of trainings that end in infinity."""

_BEYOND = 1e150  # logits whose squares may be more than floats can hold
_HUGE = 1e15  # values, from which on the logits of a fit are looked at


class Fit:
    """The training of a network: a base for those of the solvers.

    Parameters
    ----------
    data : Data
        Training rows.
    validation : Data or None
        Rows to watch.
    plan : Plan
        What to do.
    state : FitState
        Its network is trained in place and its monitor told of every epoch.
    tasks : EpochTasks
        Told of every epoch, for callbacks.
    checkpoint : Checkpoint, optional
        Where to write what a fit that was killed goes on from.
    """

    def __init__(self, data, validation, plan, state, tasks, checkpoint=None):
        self.data = self._all_data = data
        self.validation = validation
        self.plan, self.state, self.tasks = plan, state, tasks
        self.checkpoint = checkpoint
        self.network, self.monitor = state.network, state.monitor
        self.targets = state.targets
        self.loss = LOSSES[plan.loss, self.targets.out_activation]
        self.watched = None  # rows whose predictions tell when to stop, by default
        self.averaged = self.network  # what predicts, while it is trained
        self.looked = None  # what it predicts, if another process has found out
        self.held_scores, self.scored_at = {}, -np.inf
        self._finished = None  # parameters after the last epoch
        tasks.result, tasks.live = self.result_so_far, state

    def forget_other_scores(self):
        """Let the best so far count only if it is of the same data and scorer."""
        now = None
        if self.plan.warm_start:
            watched = self.validation or self.data
            now = (self.fingerprint, joblib.hash(watched.y), str(self.plan.scoring))
        if now is None or now != self.state.scored:
            self.monitor.forget()
        self.state.scored = now

    def undo_epoch(self):
        """Let what predicts be as it was after the last epoch that was finished."""
        if self._finished is not None:
            self.averaged.params[:] = self._finished

    def end(self):
        """Give the network its best parameters and return what was found."""
        if self.plan.verbose:
            self.monitor.print_last(every=int(self.plan.verbose), is_end=True)
        if self.averaged is not self.network:
            self.network.params[:] = self.averaged.params
        self.monitor.restore_best(self.network)
        check_finite(self.network, self.data.X)
        result = self._with_held_out(self.state)
        self.state.network.release()
        if self.plan.verbose and self.state.view_shares:
            shares = [f"{n} {share:.2f}" for n, share in self.state.view_shares.items()]
            print(f"Weights of the views: {', '.join(shares)}")
        return result

    def result_so_far(self):
        """Return what :meth:`end` would if training stopped now."""
        state = replace(self.state, network=self.averaged).copy()
        state.monitor.restore_best(state.network)
        return self._with_held_out(state)

    def _choose_what_to_watch(self, rng):
        """Set rows aside, or folds, as early stopping needs them."""
        if self.plan.early_stopping == "auto":
            self.watched = self._hold_out(rng)
            if self.monitor.n_seen:  # it may be of other rows what was best before
                scores = self._score_held(n_iter=20)
                self.monitor.begin_at(scores["validation_score"], self.network)
        else:
            self.state.folded = "nothing"
            if self.plan.early_stopping and self.validation is None:
                self._split(rng)

    def _split(self, rng):
        """Set rows aside as the validation set."""
        fraction = self.plan.validation_fraction
        rows, validation_rows = self.data.split(fraction, rng)
        self.validation = self.data.take(validation_rows)
        self.data = self.data.take(rows)
        self.tasks.take(rows)

    def _hold_out(self, rng):
        """Choose the rows whose predictions tell when to stop."""
        state = self.state
        folded, state.folded = state.folded, "nothing"
        if self.validation is not None:
            return HeldOut(self.validation, self.network, self.loss, self.data)
        # The same rows when training goes on: what was held out stays unseen, if it is
        # the same data.
        if state.fold_seed is None:
            state.fold_seed = rng.randint(2**31)
        rng = np.random.RandomState(state.fold_seed)
        is_honest = folded in (None, self.fingerprint)
        state.folded = self.fingerprint if is_honest else "several"
        n_members = self.network.parts[0].n_members or 1
        if issparse(self.data.X) or not 1 < n_members <= self.data.X.shape[0]:
            self._split(rng)  # members cannot each have rows of their own
            return HeldOut(
                self.validation, self.network, self.loss, self.data, is_honest
            )
        return OutOfFold(self.data, self.network, self.loss, rng, is_honest)

    @cached_property
    def fingerprint(self):
        """What tells the training rows from others."""
        return fingerprint(self._all_data.X, self._all_data.y)

    def _has_large_products(self, batch_size):
        """Whether BLAS's own threads are of use."""
        parts = self.network.parts
        sizes = [pair for part in parts for pair in pairwise(part.layer_sizes)]
        largest = batch_size * max(fan_in * fan_out for fan_in, fan_out in sizes)
        return largest > _BLAS_PRODUCT and self.plan.n_jobs != 1

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
        scoring, scores = self.plan.scoring, {}
        if scoring not in (None, "loss"):
            scores["score"] = self._score(self.data)
        if self.watched is not None:
            # Averages of the weights change every few steps only: so do these.
            if self.is_last or self._is_due(self.n_steps, self.scored_at):
                self.held_scores, self.scored_at = self._score_held(), self.n_steps
            scores |= self.held_scores
            epoch = replace(epoch, loss=scores.pop("loss"))
        elif self.validation is not None:
            logits = self.averaged.logits(self.validation.X, n_threads=1)
            loss = self.loss.value(
                logits, self.validation.targets, self.validation.sample_weight
            )
            score = -loss if scoring == "loss" else self._score(self.validation)
            scores |= {"validation_loss": loss, "validation_score": score}
        self.monitor.add(epoch, self.averaged, **scores)
        if self.plan.verbose:
            self.monitor.print_last(every=int(self.plan.verbose))
        return self.tasks.end_epoch()

    def _is_due(self, n_steps, scored_at):
        """Whether to score rows held out after so many steps, if so many ago before."""
        every = self.plan.score_steps
        return n_steps <= every or n_steps >= scored_at + every

    def _score_held(self, n_iter=1):
        """Score the rows held out, with the weights of the parts that suit them best.

        The loss of training is told as theirs is, so that they can be compared.
        """
        looked = self.looked or self.watched.look(self.averaged)
        if not np.abs(looked.held_out).max() < _BEYOND:  # or NaN
            raise ValueError(DIVERGED)
        logits, loss = self.watched.evaluate(looked.held_out, n_iter)
        score = -loss
        if self.plan.scoring not in (None, "loss"):
            model = HeldOutModel(
                self.targets, self.network, self.watched.data.X, logits
            )
            score = self._score(self.watched.data, model)
        seen = self.watched.training_loss(looked.seen)
        return {"loss": seen, "validation_loss": loss, "validation_score": score}

    def _with_held_out(self, state):
        """Return a state with what follows from the rows held out."""
        held, data = self.watched, self.data
        state.record = state.digest = state.view_shares = None
        if held is None or not held.is_honest:
            return state
        names = state.network.names
        state.network, calibration, logits = held.calibrate(state.network)
        shares = calibration.weights / calibration.weights.sum()
        found = dict(zip(state.network.names, shares.tolist(), strict=False))
        state.view_shares = {name: found.get(name, 0.0) for name in names} or None
        state.temperature = calibration.temperature
        state.steps = None  # the moments are those of other weights
        if not isinstance(held, OutOfFold):
            return state
        state.record = OutOfFoldRecord.of(self.targets, data, *logits, held.folds)
        return state

    def _score(self, data, model=None):
        model = model or EpochModel(self.targets, self.averaged)
        return measure(model, data, self.plan.scoring or "accuracy")


def check_finite(network, X=None):
    """Raise a ValueError if training has made parameters infinite or NaN.

    Parameters
    ----------
    network : Network
        To be checked.
    X : {ndarray, sparse matrix} of shape (n_samples, n_features), optional
        Training rows: if they have huge values, their logits must be finite, too.
    """
    is_finite = np.isfinite(network.params).all()
    if is_finite and X is not None and _is_huge(network.params, X):
        is_finite = np.isfinite(network.logits(X)).all()
    if not is_finite:
        raise ValueError(DIVERGED)


def _is_huge(*arrays):
    """Whether there are values whose products may be more than floats can hold."""
    parts = [array.data if issparse(array) else array for array in arrays]
    return max(max(v.max(initial=0), -v.min(initial=0)) for v in parts) > _HUGE


def warn_caller(message, category):
    """Warn at the line of the user's code that called us, however deep we are."""
    frame, level = sys._getframe(1), 3
    ours = ("skdeepnn.", "sklearn.", "contextlib")
    while frame.f_back and frame.f_back.f_globals["__name__"].startswith(ours):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


@contextmanager
def each_once():
    """Hold back warnings, and give each once at the end, at the user's code."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for message, category in dict.fromkeys(
        (str(w.message), w.category) for w in caught
    ):
        warn_caller(message, category)
