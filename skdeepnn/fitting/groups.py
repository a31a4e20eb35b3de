"""Groups of a stack's members, trained in threads side by side."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

__all__ = ["count_groups", "cut", "members_of_groups", "side_by_side"]

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


def side_by_side(loops, team):
    """Run the epoch loops of groups of a stack's members in threads.

    Parameters
    ----------
    loops : list of generator
        One :func:`epochs` a group.
    team : Team
        The threads.

    Yields
    ------
    Epoch
        One an epoch, with the loss of all members.
    """
    while True:
        records = team.map(next, loops)
        norms = [record.gradient_norm for record in records]
        seconds = [record.seconds for record in records]
        yield replace(
            records[0],
            loss=np.concatenate([np.atleast_1d(record.loss) for record in records]),
            gradient_norm=float(np.linalg.norm(norms)),
            seconds=(max if team.n_threads > 1 else sum)(seconds),
        )
