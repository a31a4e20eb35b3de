"""Groups of a stack's members, trained side by side."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..compute.batches import Batches, Orders
from ..nn.network import Network
from ..nn.optimizers import WeightAverage
from ..nn.training import LearningRate, epochs

__all__ = [
    "Group",
    "count_groups",
    "cut",
    "joined",
    "members_of_groups",
    "side_by_side",
]

# From so many values a layer on threads gain more by working side by side than they
# lose by waiting for the interpreter's lock, which each needs between two NumPy calls.
_THREAD_VALUES = 2**16


def count_groups(network, batch_size, team, *, always=False):
    """Return in how many groups to train the members of a stack.

    Parameters
    ----------
    network : Network
        A stack, or a single network.
    batch_size : int
        Rows a step.
    team : Team
        Its threads are the most that there can be.
    always : bool, default=False
        Whether to use all threads even where members are so small that it may not pay.

    Returns
    -------
    int
        1 for a single network.

    Examples
    --------
    >>> from skdeepnn.nn.network import Network
    >>> from skdeepnn.compute.threads import SERIAL
    >>> count_groups(Network([2, 3, 1], n_members=4), 10, SERIAL)
    1
    """
    n_members = network.n_members or 1
    n_groups = min(n_members, team.n_threads)
    n_values = n_members * batch_size * max(network.layer_sizes[1:]) // n_groups
    return n_groups if always or n_values >= _THREAD_VALUES else 1


def members_of_groups(n_members, n_groups):
    """Return which members each group has.

    Examples
    --------
    >>> members_of_groups(5, 2)
    [slice(0, 2, None), slice(2, 5, None)]
    """
    bounds = [n_members * i // n_groups for i in range(n_groups + 1)]
    return [slice(*pair) for pair in pairwise(bounds)]


def cut(network, n_groups):
    """Cut the stacks of a network into groups of members that share its parameters.

    Parameters
    ----------
    network : Network or Ensemble
        A stack, or several; a single network makes one group.
    n_groups : int
        Number of groups of each stack.

    Returns
    -------
    list of Network
        Their members in order, part after part.

    Examples
    --------
    >>> from skdeepnn.nn.network import Network
    >>> [group.n_members for group in cut(Network([2, 1], n_members=5), 2)]
    [2, 3]
    """
    if n_groups == 1:
        return network.parts
    return [
        part.group(members)
        for part in network.parts
        for members in members_of_groups(part.n_members, n_groups)
    ]


@dataclass
class Group:
    """Some members of one part of a network, in training.

    Parameters
    ----------
    part : int
        Number of the part.
    members : slice
        Which of its members.
    network : Network
        Of these members, with a share of the whole network's memory.
    loss : object
        One of :mod:`skdeepnn.nn.losses`.
    batches : Batches
        Of the rows that they see.
    orders : Orders
        In which they see them.
    optimizer : object
        Of their parameters.
    learning_rate : LearningRate
        That of all groups.
    average : WeightAverage or None
        Of their parameters.
    options : dict
        Other arguments of :func:`~skdeepnn.nn.training.epochs`.
    """

    part: int
    members: slice
    network: Network
    loss: object
    batches: Batches
    orders: Orders
    optimizer: object
    learning_rate: LearningRate
    average: WeightAverage | None
    options: dict

    def epochs(self, first=0):
        """Train, yielding a record after every epoch, from the given one on."""
        return epochs(
            self.network,
            self.loss,
            self.batches,
            self.optimizer,
            self.learning_rate,
            orders=self.orders,
            first=first,
            average=self.average,
            **self.options,
        )

    @property
    def predicting(self):
        """The parameters that predict: the average, if there is one."""
        return self.network.params if self.average is None else self.average.value


def side_by_side(groups, team, first=0):
    """Train groups of members in threads.

    Parameters
    ----------
    groups : list of Group
        Some may be left out from one epoch to the next.
    team : Team
        The threads.
    first : int, default=0
        Number of the first epoch.

    Yields
    ------
    Epoch
        One an epoch, of all members.
    """
    loops = {id(group): group.epochs(first) for group in groups}
    while True:
        records = team.map(next, [loops[id(group)] for group in groups])
        yield joined(records, at_once=team.n_threads > 1)


def joined(records, at_once=False):
    """Make one record of those of several groups.

    Parameters
    ----------
    records : list of Epoch
        One a group.
    at_once : bool, default=False
        Whether the groups have trained at the same time.

    Returns
    -------
    Epoch
        With the losses and gradients of all members, in order.
    """
    if len(records) == 1:
        return records[0]
    losses, norms, seconds = zip(
        *((r.loss, r.gradient_norm, r.seconds) for r in records), strict=True
    )
    return replace(
        records[0],
        loss=np.hstack(losses),
        gradient_norm=np.hstack(norms),
        seconds=(max if at_once else sum)(seconds),
    )
