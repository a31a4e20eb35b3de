"""Gradient descent: a fit by steps on batches of rows."""

from contextlib import closing, nullcontext
from copy import deepcopy

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning

from ..compute.batches import Batches
from ..compute.signals import pass_on_signals
from ..compute.threads import SERIAL, new_team
from ..compute.workers import asks_for_threads, find_workers
from ..nn.optimizers import SGD, Adam, AdamW, WeightAverage
from ..nn.training import LearningRate
from .fit import Fit, warn_caller
from .folds import OutOfFold
from .groups import Group, count_groups, cut, members_of_groups, side_by_side
from .plan import is_auto
from .preconditioning import safe_learning_rate
from .progress import go_on, progress_of
from .rounds import in_rounds
from .state import StepState

__all__ = ["DescentFit"]


_WORTH_SENDING = 0.2  # seconds of work, from which on other processes are a gain
_MEMBER_SECONDS, _VALUE_SECONDS = 6e-5, 1e-10  # of a step, as a rough guide
_ROUND_BYTES = 2**26  # of the parameters that a round brings back, one set an epoch

_OPTIMIZERS = {"sgd": SGD, "adam": Adam, "adamw": AdamW}


class DescentFit(Fit):
    """A fit by "sgd", "adam" or "adamw"; parameters as for :class:`Fit`."""

    workers, uses_threads = None, False
    round_end = 0  # number of the epoch after which all members are here again

    def run(self, rng, rngs, n_epochs=None):
        """Train by gradient descent on batches.

        Parameters
        ----------
        rng : RandomState
            Source of the validation part.
        rngs : RandomState or list of RandomState
            Source of the order of the rows; one a member of a stack.
        n_epochs : int, optional
            End after so many epochs, going on from the state's moments; by default
            after `max_iter`, with a warning, from new ones.
        """
        plan = self.plan
        self._choose_what_to_watch(rng)
        batches = self._batches(ones=n_epochs is None)
        uses_blas = self._has_large_products(batches[0].batch_size)
        if n_epochs is None and not np.any(plan.dropout):  # of numbers in one order
            self.workers = find_workers(plan.n_jobs)
        with new_team(plan.n_jobs, uses_blas) as team, self.workers or nullcontext():
            steps = None if n_epochs is None else self._going_on(self.state.steps)
            steps = steps or self._new_steps(rng, batches[0].batch_size, team)
            groups = self._groups(batches, steps, rngs if plan.shuffle else None)
            first = self._go_on_from_checkpoint(groups, steps)
            self.n_batches = len(batches[0])
            stops = self._run_epochs(groups, steps, n_epochs, team, first)
            steps = steps._replace(optimizers=[group.optimizer for group in groups])
        self.state.steps = steps
        if not stops and n_epochs is None and "max_iter" not in plan.left_to_plan:
            warn_caller(
                f"Stochastic Optimizer: Maximum iterations ({plan.max_iter}) reached "
                "and the optimization hasn't converged yet. Increase max_iter, or the "
                "learning rate.",
                ConvergenceWarning,
            )

    def _run_epochs(self, groups, steps, n_epochs, team, first):
        """Run epochs until one of them is the last; return if not by their number."""
        plan, racing = self.plan, self._racing(groups)
        self.tasks.begin(plan.max_iter)
        self.last = (n_epochs or plan.max_iter) - 1
        with closing(self._loop(racing, team, first)) as loop:
            for epoch in range(first, self.last + 1):
                pass_on_signals()
                self.tasks.begin_epoch()
                self.n_steps = (epoch + 1) * self.n_batches
                self.is_last = epoch == self.last
                record, self.looked = next(loop)
                stops = self._end_epoch(record)
                self._keep_epoch()
                steps.learning_rate.n_seen = self.monitor.n_seen
                if self.n_steps >= plan.race_steps and not self.is_last:
                    self._end_race(racing)
                if self.n_steps >= plan.min_steps:
                    stops |= self.monitor.is_out_of_patience(
                        steps.learning_rate, plan.verbose
                    )
                if stops:
                    return True
                self._write_checkpoint(groups, steps, epoch)
        return False

    def _keep_epoch(self):
        """Keep the parameters, should the next epoch be interrupted."""
        if self.monitor.watches_score or self.is_last:
            return  # those of the best epoch are kept
        if self._finished is None:
            self._finished = np.empty_like(self.averaged.params)
        self._finished[:] = self.averaged.params

    def _racing(self, groups):
        """Return the groups of those parts that have not been left behind."""
        if self.watched is None:
            return groups.copy()
        return [group for group in groups if group.part in self.watched.active]

    def _go_on_from_checkpoint(self, groups, steps):
        """Be as a fit was that was killed, if one was; return the next epoch."""
        if self.checkpoint is None or self.checkpoint.progress is None:
            return 0
        path = self.checkpoint.path
        first = go_on(self, groups, steps, self.checkpoint.progress, path)
        if self.plan.verbose:
            print(f"Going on from {path}, after iteration {first}.")
        return first

    def _write_checkpoint(self, groups, steps, epoch):
        """Write what the epochs so far have changed, if it is time to."""
        if self.checkpoint is None or self.is_last or epoch + 1 < self.round_end:
            return
        if self.checkpoint.is_due(5 * self.network.params.nbytes):
            self.checkpoint.write(progress_of(self, groups, steps, epoch))

    def _loop(self, groups, team, first):
        """Train the groups where it is fastest: in other processes, or here."""
        if self._is_worth_sending(groups, first):
            watched = self.watched if isinstance(self.watched, OutOfFold) else None
            plan_round = self._plan_round_until_checkpoint
            yield from in_rounds(groups, self.workers, first, plan_round, watched)
        team = team if self.uses_threads else SERIAL
        for record in side_by_side(groups, team, first):
            yield record, None

    def _is_worth_sending(self, groups, first):
        """Whether the epochs that are sure to come are work for other processes."""
        if self.workers is None or self.uses_threads or len(groups) == 1:
            return False
        n_steps = len(self._plan_round(first)) * self.n_batches
        rows = groups[0].batches.batch_size * _VALUE_SECONDS
        seconds = [
            (group.network.n_members or 1) * _MEMBER_SECONDS
            + group.network.params.size * rows
            for group in groups
        ]
        return n_steps * sum(seconds) >= _WORTH_SENDING

    def _plan_round(self, epoch):
        """Say for this epoch and all that are sure to follow if predictions matter."""
        plan, n_batches = self.plan, self.n_batches
        if self.tasks.has_callbacks or plan.scoring not in (None, "loss"):
            return [True]  # someone looks at the network after each
        end = max(epoch + self.monitor.n_sure, -(-plan.min_steps // n_batches))
        if self.watched is not None and len(self.watched.active) > 2:
            end = min(end, max(epoch + 1, -(-plan.race_steps // n_batches)))
        most = epoch + 1 + _ROUND_BYTES // self.network.params.nbytes
        end = min(end, most, self.last + 1)
        due, scored_at = [], self.scored_at
        for n_steps in range((epoch + 1) * n_batches, end * n_batches + 1, n_batches):
            is_due = self.validation is not None
            if self.watched is not None:
                is_due = self._is_due(n_steps, scored_at)
            is_due |= n_steps == (self.last + 1) * n_batches
            scored_at = n_steps if is_due else scored_at
            due.append(is_due)
        return due

    def _plan_round_until_checkpoint(self, epoch):
        """Plan a round, no longer than until a checkpoint is due."""
        due = self._plan_round(epoch)
        if self.checkpoint is not None:
            lasted = np.mean(self.monitor.column("seconds") or np.inf)
            n_epochs = int(max(self.checkpoint.seconds_left(), 0) / lasted)
            due = due[: max(n_epochs, 1)]
        self.round_end = epoch + len(due)
        return due

    def _end_race(self, groups):
        """Go on without the part that the others miss least, if there are three."""
        if len(self.watched.active) < 3:
            return
        retired = self.watched.retire(self.averaged)
        groups[:] = [group for group in groups if group.part != retired]

    def _going_on(self, steps):
        """Return the steps of the last call if this one can go on from them."""
        solver = self.plan.solver
        if steps is None or type(steps.optimizers[0]) is not _OPTIMIZERS[solver]:
            return None  # the solver has been changed since
        if solver == "adamw":
            for optimizer in steps.optimizers:
                optimizer.weight_decay = float(self.plan.alpha)
        self.uses_threads = len(steps.optimizers) > len(self.network.parts)
        steps.learning_rate.n_seen = self.monitor.n_seen
        return steps

    def _batches(self, ones):
        n_samples, batch_size = self.data.X.shape[0], self.plan.batch_size
        if batch_size > n_samples and "batch_size" not in self.plan.left_to_plan:
            warn_caller(
                f"Got batch_size={batch_size} larger than the sample size "
                f"({n_samples}): each epoch is one batch of all rows.",
                UserWarning,
            )
        targets = self._smooth_targets()
        return [
            Batches(
                X,
                targets,
                self.data.sample_weight,
                batch_size,
                ones=ones and self.network.fit_intercept,
                rows=getattr(self.watched, "rows", None),
            )
            for X in self.network.inputs(self.data.X)
        ]

    def _new_steps(self, rng, batch_size, team):
        plan = self.plan
        n_groups, dropout_rng = 1, None  # dropout's numbers come in one order
        if np.any(plan.dropout):
            dropout_rng = np.random.default_rng(rng.randint(2**31))
        else:
            n_groups = self._count_groups(batch_size, team)
        schedule = plan.learning_rate
        if plan.solver != "sgd" and schedule in ("adaptive", "invscaling"):
            schedule = "constant"  # as in MLPClassifier: these two are for SGD
        initial = plan.learning_rate_init
        if is_auto(initial):
            initial = safe_learning_rate(self.data, plan, self.loss)
        rate = LearningRate(initial, schedule, plan.power_t)
        networks = cut(self.network, n_groups)
        optimizers = [self._new_optimizer(network) for network in networks]
        return StepState(optimizers, rate, dropout_rng)

    def _count_groups(self, batch_size, team):
        """Return in how many groups to train the members of each part."""
        stack, always = self.network.parts[0], asks_for_threads(self.plan.n_jobs)
        n_groups = 1
        if self.workers is None or self.workers.are_here:
            n_groups = count_groups(stack, batch_size, team, always=always)
        self.uses_threads = n_groups > 1
        if self.workers is not None and not self.uses_threads:
            n_groups = min(stack.n_members or 1, self.workers.n_workers)
        return n_groups

    def _new_optimizer(self, network):
        plan, params = self.plan, network.params
        if plan.solver == "sgd":
            return SGD(params, momentum=plan.momentum, nesterov=plan.nesterovs_momentum)
        adam = {
            "beta_1": plan.beta_1,
            "beta_2": plan.beta_2,
            "epsilon": plan.epsilon,
        }
        if plan.solver == "adam":
            return Adam(params, **adam)
        decay, mask = float(plan.alpha), network.coef_mask()
        return AdamW(params, weight_decay=decay, mask=mask, **adam)

    def _groups(self, batches, steps, rngs):
        """Return the groups that the members of each part train in."""
        plan, parts = self.plan, self.network.parts
        n_groups = len(steps.optimizers) // len(parts)
        networks = cut(self.network, n_groups)
        ends = np.cumsum([network.n_members or 1 for network in networks])
        starts = [0, *ends[:-1]]
        group_rngs = [rngs] * len(networks)
        if isinstance(rngs, list):
            group_rngs = [rngs[i:j] for i, j in zip(starts, ends, strict=True)]
            if issparse(self.data.X):  # whose rows members can only see in one order
                group_rngs = [deepcopy(rngs[0]) for _ in networks]
        options = {
            "n_epochs": max(plan.max_iter, 1),
            "alpha": 0.0 if plan.solver == "adamw" else float(plan.alpha),
            "alpha_divisor": self._alpha_divisor(),
            "dropout_rng": steps.dropout_rng,
            "max_gradient_norm": plan.max_gradient_norm,
        }
        return [
            Group(
                part=i // n_groups,
                members=members,
                network=network,
                loss=self.loss,
                batches=own_batches,
                orders=own_batches.orders(rng),
                optimizer=optimizer,
                learning_rate=steps.learning_rate,
                average=average,
                options=options,
            )
            for i, (network, optimizer, rng, (members, own_batches), average) in (
                enumerate(
                    zip(
                        networks,
                        steps.optimizers,
                        group_rngs,
                        self._batches_of_groups(batches, n_groups),
                        self._averages(n_groups),
                        strict=True,
                    )
                )
            )
        ]

    def _batches_of_groups(self, batches, n_groups):
        """Cut the batches of each part as :func:`cut` does its members."""
        if n_groups == 1:
            return [(slice(None), of_part) for of_part in batches]
        return [
            (members, of_part.twin(members))
            for of_part, part in zip(batches, self.network.parts, strict=True)
            for members in members_of_groups(part.n_members, n_groups)
        ]

    def _alpha_divisor(self):
        """Sum of weights that the penalty is divided by; None for each batch's own."""
        return float(self.data.total_weight) if self.plan.penalizes_the_whole else None

    def _averages(self, n_groups):
        """Averages of the weights of each group, parts of those of the network."""
        if not self.plan.averaging:
            return [None] * (n_groups * len(self.network.parts))
        self.averaged = self.network.with_params(self.network.params.copy())
        return [
            WeightAverage(network.params, self.plan.averaging)
            for network in cut(self.averaged, n_groups)
        ]
