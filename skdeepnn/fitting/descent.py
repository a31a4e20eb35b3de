"""Gradient descent: a fit by steps on batches of rows."""

from copy import deepcopy
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning

from ..compute.threads import new_team
from ..nn.optimizers import SGD, Adam, AdamW, WeightAverage
from ..nn.training import Batches, LearningRate, epochs
from .fit import Fit, warn_caller
from .groups import count_groups, cut, side_by_side

__all__ = ["DescentFit", "StepState"]


_OPTIMIZERS = {"sgd": SGD, "adam": Adam, "adamw": AdamW}


class StepState(NamedTuple):
    """What gradient descent carries on from one `partial_fit` to the next.

    Parameters
    ----------
    optimizers : list of object
        One of :mod:`skdeepnn.nn.optimizers` for each group of members.
    learning_rate : LearningRate
        As training goes on.
    dropout_rng : numpy.random.Generator or None
        Source of the dropout.
    """

    optimizers: list
    learning_rate: LearningRate
    dropout_rng: np.random.Generator | None


class DescentFit(Fit):
    """A fit by "sgd", "adam" or "adamw"; parameters as for :class:`Fit`."""

    def run(self, rng, rngs, state=None, n_epochs=None):
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
        self._choose_what_to_watch(rng)
        batches = self._batches(ones=n_epochs is None)
        uses_blas = self._has_large_products(batches.batch_size)
        with new_team(clf.n_jobs, uses_blas) as team:
            state = self._going_on(state) or self._new_state(rng, batches, team)
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

    def _going_on(self, state):
        """Return the state of the last call if this one can go on from it."""
        clf = self.classifier
        if state is None or type(state.optimizers[0]) is not _OPTIMIZERS[clf.solver]:
            return None  # the solver has been changed since
        if clf.solver == "adamw":
            for optimizer in state.optimizers:
                optimizer.weight_decay = float(self.plan.alpha)
        state.learning_rate.n_seen = self.monitor.n_seen
        return state

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

    def _new_state(self, rng, batches, team):
        clf = self.classifier
        n_groups, dropout_rng = 1, None  # dropout's numbers come in one order
        if np.any(clf.dropout):
            dropout_rng = np.random.default_rng(rng.randint(2**31))
        else:
            n_groups = count_groups(
                self.network, batches.batch_size, team, always=bool(clf.n_jobs)
            )
        schedule = clf.learning_rate
        if clf.solver != "sgd" and schedule in ("adaptive", "invscaling"):
            schedule = "constant"  # as in MLPClassifier: these two are for SGD
        rate = LearningRate(clf._initial_rate(self.data), schedule, clf.power_t)
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
