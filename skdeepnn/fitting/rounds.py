"""Rounds of epochs in other processes: members go out, and come back trained.

Between two rounds it is decided here, with all members in sight, whether to go on. So a
round has as many epochs as are sure to follow, whatever they bring, and what comes back
is what this process would have computed, to the bit.
"""

import itertools
from contextlib import nullcontext
from copy import copy

import numpy as np

from ..compute.parcels import SharedFolder, pack
from ..compute.threads import SERIAL
from ..nn.network import Network
from .fit import warn_caller
from .groups import Group, joined, side_by_side

__all__ = ["in_rounds"]

_FIXED = ("part", "members", "loss", "batches", "options")
_MOVING = ("orders", "optimizer", "average")


def in_rounds(groups, workers, first, plan_round, watched=None):
    """Train groups of members in other processes.

    Parameters
    ----------
    groups : list of Group
        Some may be left out from one round to the next.
    workers : Workers
        Where to train. Should one of them die, training goes on here.
    first : int
        Number of the first epoch.
    plan_round : callable
        Called with the number of an epoch, returns for it and for all others that are
        sure to follow whether predictions will be looked at.
    watched : OutOfFold, optional
        Rows of which members are to predict those that they hold out.

    Yields
    ------
    Epoch
        One an epoch, of all members.
    Looked or None
        What they predict, where that is looked at and there is `watched`.
    """
    with SharedFolder() if workers.are_here else nullcontext() as folder:
        tasks = []
        for n_rounds in itertools.count():
            if len(groups) != sum(map(len, tasks)):
                n_tasks = min(workers.n_workers, len(groups))
                tasks = [groups[i::n_tasks] for i in range(n_tasks)]
                paths = [folder and folder.path(str(i)) for i in range(n_tasks)]
                fixed = [
                    pack([_fixed(group, watched) for group in task], path)
                    for task, path in zip(tasks, paths, strict=True)
                ]
            due = plan_round(first)
            moving = [
                pack([_moving(group) for group in task], path and f"{path}-out")
                for task, path in zip(tasks, paths, strict=True)
            ]
            # What the last round brought is still there, should this one fail
            back = [path and f"{path}-back-{n_rounds % 2}" for path in paths]
            args = [first] * n_tasks, [due] * n_tasks
            found = workers.map(_train_groups, fixed, moving, *args, back)
            if found is None:
                warn_caller(
                    "A worker process has died, as it does where memory is short: "
                    "training goes on in this one.",
                    UserWarning,
                )
                break
            found = [parcel.unpack() for parcel in found]
            # The ith group is one of the task i % n_tasks
            results = [found[i % n_tasks][i // n_tasks] for i in range(len(groups))]
            yield from _told(groups, results, due, watched)
            first += len(due)
    for record in side_by_side(groups, SERIAL, first):
        yield record, None


def _told(groups, results, due, watched):
    """Yield the epochs of a round, with the network as it was after each."""
    moving, records, looks = zip(*results, strict=True)
    n_epochs = min(map(len, records))  # fewer than planned if training diverged
    for k in range(n_epochs):
        looked = None
        # At first, too: so much is done, should an interruption come while it is told
        if k in (0, n_epochs - 1):
            for group, values in zip(groups, moving, strict=True):
                _move(group, values)
        if due[k]:
            for group, look in zip(groups, looks, strict=True):
                group.predicting[:] = look[k][0]
            if watched is not None:
                looked = watched.gather(
                    (group.part, group.members, look[k][1])
                    for group, look in zip(groups, looks, strict=True)
                )
        yield joined([record[k] for record in records], at_once=True), looked


def _train_groups(fixed, moving, first, due, path):
    """Train groups in this process: one that is no other's."""
    groups = zip(fixed.unpack(), moving.unpack(), strict=True)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return pack([_train(*group, first, due) for group in groups], path)


def _train(fixed, moving, first, due):
    group, share = _group(fixed, moving)
    loop, records, looks = group.epochs(first), [], []
    for is_due in due:
        records.append(next(loop))
        group.learning_rate.n_seen += records[-1].n_samples
        looks.append(_look(group, share) if is_due else None)
        if not np.isfinite(group.network.params).all():
            break
    return _moving(group), records, looks


def _look(group, share):
    """Return the parameters that predict, and what they predict."""
    params = group.predicting.copy()
    looked = share and share.look(group.network.with_params(params))
    return params, looked


def _fixed(group, watched):
    """Return what training does not change of a group, to be sent once."""
    fixed = {name: getattr(group, name) for name in _FIXED}
    settings = group.network.settings()
    share = None if watched is None else watched.share(group.part, group.members)
    return fixed, settings, share


def _moving(group):
    """Return what training changes; the learning rate is common to the groups."""
    moving = {name: getattr(group, name) for name in _MOVING}
    return group.network.params, moving, copy(group.learning_rate)


def _group(fixed, moving):
    """Make a group, and its share of the rows held out, of what has been sent."""
    fixed, settings, share = fixed
    params, moving, learning_rate = moving
    network = Network(**settings)
    network.params[:] = params
    own = {"network": network, "learning_rate": learning_rate}
    return Group(**fixed | moving | own), share


def _move(group, moving):
    """Let a group be as it has come back, with the memory that it has here."""
    params, moving, _ = moving
    group.network.params[:] = params
    group.orders, group.optimizer = moving["orders"], moving["optimizer"]
    if group.average is not None:
        group.average.value[:] = moving["average"].value
        group.average.t = moving["average"].t
