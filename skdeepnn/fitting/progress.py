"""What epochs change: what a fit takes from a checkpoint, to go on as if never killed.

All else follows from the data and the random state, and is done again: the columns are
encoded, the initial weights drawn, the folds held out, and the rows shuffled as often
as there were epochs. So a file is no larger than a few times the parameters.
"""

import hashlib

import numpy as np

from ..files.container import MALFORMED

__all__ = ["Evaluations", "go_on", "progress_of"]

_MOST_BYTES = 2**28  # of gradients that are kept


def progress_of(fit, groups, steps, epoch):
    """Return what the epochs until now have changed.

    Parameters
    ----------
    fit : DescentFit
        Whose network, averages, monitor and held-out rows they are.
    groups : list of Group
        All members, also those that the race has left behind. How they are cut into
        groups is left out: another machine may have more cores.
    steps : StepState
        For learning rate and dropout.
    epoch : int
        Number of the last.

    Returns
    -------
    dict
        Of plain values and arrays, for :func:`go_on`.
    """
    watched, rng = fit.watched, steps.dropout_rng
    average = None
    if fit.averaged is not fit.network:
        times = [of_part[0].average.t for of_part in _by_part(groups)]
        average = {"params": fit.averaged.params, "times": times}
    return {
        "epoch": epoch,
        "params": fit.network.params,
        "average": average,
        "optimizers": [_joined(of_part) for of_part in _by_part(groups)],
        "learning_rate": steps.learning_rate.initial,
        "dropout": None if rng is None else rng.bit_generator.state,
        "monitor": fit.monitor.__getstate__(),
        "active": None if watched is None else watched.active,
        "weights": None if watched is None else watched.weights,
        "scores": fit.held_scores,
        "scored_at": fit.scored_at,
    }


def go_on(fit, groups, steps, progress, path):
    """Be as a fit was that has been killed.

    Parameters
    ----------
    fit, groups, steps : object
        As for :func:`progress_of`, before the first epoch; changed in place.
    progress : dict
        What it returned.
    path : path-like
        Where that is from, for errors.

    Returns
    -------
    int
        Number of the next epoch.

    Raises
    ------
    ValueError
        If it does not fit.
    """
    like = progress_of(fit, groups, steps, 0)
    like["monitor"]["_best_params"] = like["params"]
    try:
        _check_form(progress, like, "what it holds")
        epochs = range(fit.plan.max_iter)
        first = epochs.index(progress["epoch"]) + 1
        _give(fit, groups, steps, progress)
    except MALFORMED as error:
        raise ValueError(f"{path} does not fit this training: {error}") from error
    for group in groups:
        for _ in range(first):
            next(group.orders)
    return first


def _check_form(found, like, where):
    """Raise a ValueError if something is not made as what there would be here."""
    is_same = type(found) is type(like)
    if where.endswith(("._columns", ".scores")):  # not known before the first epoch
        values = found.values()
        is_same = all(np.asarray(value).dtype.kind in "fi" for value in values)
        is_same &= len({np.shape(value) for value in values}) < 2
    elif where.endswith((".active", ".weights")):  # some may be left behind
        is_same &= like is None or (found.dtype, found.ndim) == (like.dtype, 1)
    elif where.endswith("._best_params") and found is None:
        is_same = True
    elif isinstance(like, (bool, int, float)):
        # Infinity is for integers, too
        is_same = isinstance(found, (int, float, np.number))
    elif isinstance(like, np.ndarray):
        is_same &= (found.dtype, found.shape) == (like.dtype, like.shape)
    elif isinstance(like, (dict, list)):
        pairs = like.items() if isinstance(like, dict) else enumerate(like)
        is_same &= len(found) == len(like)
        for key, value in pairs:
            _check_form(found[key], value, f"{where}.{key}")
    if not is_same:
        raise ValueError(f"{where} is made in another way")


def _give(fit, groups, steps, progress):
    fit.network.params[:] = progress["params"]
    if fit.averaged is not fit.network:
        average = progress["average"]
        fit.averaged.params[:] = average["params"]
        for group in groups:
            group.average.t = average["times"][group.part]
    for of_part, saved in zip(_by_part(groups), progress["optimizers"], strict=True):
        _part_again(of_part, *saved)
    steps.learning_rate.initial = progress["learning_rate"]
    if steps.dropout_rng is not None:
        steps.dropout_rng.bit_generator.state = progress["dropout"]
    fit.monitor.__setstate__(progress["monitor"])
    steps.learning_rate.n_seen = fit.monitor.n_seen
    if fit.watched is not None:
        if not np.isin(progress["active"], fit.watched.active).all():
            raise ValueError("there are no such parts")
        fit.watched.active = progress["active"]
        fit.watched.weights = progress["weights"]
    fit.held_scores, fit.scored_at = progress["scores"], progress["scored_at"]


def _by_part(groups):
    """Return lists of the groups of each part."""
    n_parts = 1 + max(group.part for group in groups)
    return [[group for group in groups if group.part == i] for i in range(n_parts)]


def _joined(groups):
    """Return vectors and counts of the optimizers of a part's groups, as of one."""
    vectors, counts = zip(
        *(group.optimizer.progress() for group in groups), strict=True
    )
    return [np.concatenate(of_all) for of_all in zip(*vectors, strict=True)], counts[0]


def _part_again(groups, vectors, counts):
    """Give a part's groups their shares of what was joined."""
    ends = np.cumsum([group.network.params.size for group in groups])
    shares = [np.split(vector, ends[:-1]) for vector in vectors]
    for i, group in enumerate(groups):
        group.optimizer.go_on_from([of_all[i] for of_all in shares], counts)


class Evaluations:
    """Losses and gradients in the order in which L-BFGS has asked for them.

    Nobody can begin in the middle of SciPy's L-BFGS. But it is no more than a function
    of what it is told: so it begins anew, and for as long as it asks for what a fit
    that was killed has computed, it is told that. Its own arithmetic takes next to
    nothing beside the evaluations.

    Parameters
    ----------
    network : Network
        What is evaluated, at its parameters.
    progress : dict, optional
        What :attr:`progress` of another was.
    path : path-like, optional
        Where that is from, for errors.

    Examples
    --------
    >>> from skdeepnn.nn.losses import BinaryCrossEntropy
    >>> from skdeepnn.nn.network import Network
    >>> network, X = Network([1, 1]), np.array([[-1.0], [1.0]])
    >>> args = X, np.array([[0.0], [1.0]]), None, BinaryCrossEntropy(), 0.0
    >>> first = Evaluations(network)
    >>> first(*args)
    0.6931471805599453
    >>> again = Evaluations(network, first.progress)
    >>> again.is_told, again(*args), again.is_told
    (True, 0.6931471805599453, False)
    """

    def __init__(self, network, progress=None, path=None):
        self.network = network
        self._values, self._places, self._gradients = [], [], []
        self._n_told = 0
        if progress is None:
            return
        try:
            self._values = progress["values"].tolist()
            self._places = progress["places"].tolist()
            self._gradients = list(progress["gradients"])
            n_each = {len(self._values), len(self._places), len(self._gradients)}
            if len(n_each) > 1 or progress["gradients"].shape[1:] != (
                network.params.shape
            ):
                raise ValueError("its gradients are those of another network")
        except MALFORMED as error:
            raise ValueError(f"{path} does not fit this training: {error}") from error

    def __call__(self, X, y, sample_weight, loss, l2):
        """Return the loss, of all members together, with the gradient in the network.

        Parameters
        ----------
        X, y, sample_weight, loss, l2
            As for `Network.loss_and_gradient`.
        """
        params, i = self.network.params, self._n_told
        place = hashlib.blake2b(params, digest_size=8).hexdigest()
        if self.is_told and self._places[i] == place:
            self._n_told += 1
            self.network.gradient[:] = self._gradients[i]
            return self._values[i]
        for kept in (self._values, self._places, self._gradients):
            del kept[i:]  # another version of SciPy goes another way
        value = self.network.loss_and_gradient(X, y, sample_weight, loss, l2)
        value = float(np.sum(value))
        if not self.is_full:
            self._n_told += 1
            self._values.append(value)
            self._places.append(place)
            self._gradients.append(self.network.gradient.copy())
        return value

    @property
    def is_told(self):
        """Whether the next evaluation is one that is known."""
        return self._n_told < len(self._values)

    @property
    def n_bytes(self):
        """Size of all gradients."""
        return len(self._gradients) * self.network.gradient.nbytes

    @property
    def is_full(self):
        """Whether no more are kept: a fit then goes on from those that are."""
        return self.n_bytes >= _MOST_BYTES

    @property
    def progress(self):
        """What is known, as arrays."""
        return {
            "values": np.array(self._values),
            "places": np.array(self._places),
            "gradients": np.array(self._gradients),
        }
