"""One fit: what all solvers have in common.

Subclasses, one a family of solvers, have a method `run`.
"""

import sys
import warnings
from copy import copy
from functools import cached_property
from itertools import pairwise

import joblib
import numpy as np
from scipy.sparse import issparse

from ..nn.optimizers import WeightAverage
from ..tables.targets import accuracy
from .folds import HeldOut, OutOfFold
from .scoring import EpochModel, HeldOutModel, measure

__all__ = ["Fit", "check_finite", "warn_caller"]

# From so many multiplications on a product gains by BLAS's own threads.
_BLAS_PRODUCT = 2**23


class Fit:
    """The training of a classifier's network: a base for those of the solvers.

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
        self.targets = classifier._targets
        self.data = self._all_data = data
        self.validation = validation
        self.tasks = tasks
        tasks.results = self.results
        self.plan = classifier._plan
        self.watched = None  # rows whose predictions tell when to stop, by default
        self.averaged = self.network  # what predicts, while it is trained
        self._held_scores, self._scored_at = {}, -np.inf

    def _choose_what_to_watch(self, rng):
        """Set rows aside, or folds, as early stopping needs them."""
        if self.plan.early_stopping == "auto":
            self.watched = self._hold_out(rng)
            if self.monitor.n_seen:  # it may be of other rows what was best before
                scores = self._score_held(n_iter=20)
                self.monitor.begin_at(scores["validation_score"], self.network)
        else:
            self.classifier._folded = "nothing"
            if self.plan.early_stopping and self.validation is None:
                self._split(rng)

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
            model = HeldOutModel(
                self.targets, self.network, self.watched.data.X, logits
            )
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
        held, data, targets = copy(self.watched), self.watched.data, self.targets
        logits, _ = held.evaluate(network, n_iter=20)
        results = {"temperature_": held.temperature}
        if isinstance(held, OutOfFold) and held.is_honest:
            predicted = targets.decode(logits)
            results["oof_score_"] = accuracy(data.y, predicted, data.row_weight)
            results["oof_decision_function_"] = targets.decision(logits)
        return results

    def _score(self, data, model=None):
        model = model or EpochModel(self.targets, self.averaged)
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
