"""Watching a training: its history, its best epoch, and when to stop."""

from array import array

import numpy as np

__all__ = ["Monitor"]


class Monitor:
    """Keeps what each epoch showed and decides whether another one is worth it.

    Parameters
    ----------
    tol : float
        What counts as an improvement of the best value so far.
    patience : int or inf
        How many epochs in a row may pass without one.
    watches_score : bool, default=False
        Watch the validation score, to be maximized, and keep a copy of the best
        parameters; otherwise watch the training loss.

    Attributes
    ----------
    n_iter : int
        Number of epochs since :meth:`start`.
    n_seen : int
        Number of rows seen in all epochs.
    loss : float
        The last loss.

    Examples
    --------
    >>> from skdeepnn.nn.training import Epoch
    >>> monitor = Monitor(tol=0.1, patience=1)
    >>> for loss in (1.0, 0.95, 0.94):
    ...     monitor.add(Epoch(loss, 0.0, 0.1, n_samples=10, seconds=0.0))
    ...     monitor.is_out_of_patience()
    False
    False
    True
    >>> monitor.best_loss, monitor.n_seen
    (0.94, 30)
    """

    def __init__(self, *, tol, patience, watches_score=False):
        self.tol = tol
        self.patience = patience
        self.watches_score = watches_score
        self._columns = {}  # numbers of all epochs by name, NaN where there is none
        self.n_iter = self.n_seen = 0
        self.loss = np.nan
        self.forget()
        self._best_params = None

    def __copy__(self):
        twin = object.__new__(type(self))
        columns = {name: values[:] for name, values in self._columns.items()}
        vars(twin).update(vars(self), _columns=columns)
        return twin

    def __getstate__(self):
        # As NumPy's arrays, which other ways of storing than pickle know, too
        return vars(self) | {"_columns": self.history}

    def __setstate__(self, state):
        columns = state["_columns"].items()
        columns = {name: array("d", np.asarray(values)) for name, values in columns}
        vars(self).update(state, _columns=columns)

    def snapshot(self):
        """Return what :meth:`restore` needs; it takes as long however many epochs."""
        lengths = {name: len(values) for name, values in self._columns.items()}
        return lengths, vars(self).copy()

    def restore(self, snapshot):
        """Forget all that has been noted since."""
        lengths, before = snapshot
        for name in list(self._columns):
            del self._columns[name][lengths.get(name, 0) :]
            if name not in lengths:
                del self._columns[name]
        vars(self).update(before)

    def start(self, network, *, tol, patience, watches_score):
        """Begin a new call of fit: epochs are counted from 0 again.

        Parameters
        ----------
        network : Network
            As it is now: if a score is watched, the best of the calls before.
        tol, patience, watches_score
            As for the class; they may have changed.
        """
        if watches_score != self.watches_score:
            self.forget()
        self.tol, self.patience = tol, patience
        self.watches_score = watches_score
        self.n_iter = 0
        self._best_params = None
        if watches_score and self._lowest < np.inf:
            self._best_params = network.params.copy()

    def forget(self):
        """Let the best epoch so far count no more."""
        self._lowest, self._n_stalled = np.inf, 0

    def begin_at(self, score, network):
        """Take a network and its validation score as the best so far.

        Parameters
        ----------
        score : float
            On the rows that are watched from now on.
        network : Network
            Its parameters are copied.
        """
        self._lowest, self._n_stalled = -score, 0
        self._best_params = network.params.copy()

    def take_over(
        self, *, n_iter, n_seen, loss, best, n_stalled=0, losses=(), scores=()
    ):
        """Know what another training has shown, as if it had been watched here.

        Parameters
        ----------
        n_iter, n_seen : int
            Number of epochs, and of the rows seen in them.
        loss : float
            The last loss.
        best : float
            The lowest loss, or the highest validation score where that is watched.
        n_stalled : int, default=0
            Number of epochs since an improvement.
        losses, scores : sequence of float, default=()
            Loss and validation score of each epoch, as far as they are known.
        """
        self.n_iter, self.n_seen, self.loss = n_iter, n_seen, float(loss)
        self._lowest, self._n_stalled = (
            (-best if self.watches_score else best),
            n_stalled,
        )
        columns = {"loss": losses, "validation_score": scores}
        self._columns = {
            name: array("d", of) for name, of in columns.items() if len(of)
        }

    def add(self, epoch, network=None, **scores):
        """Take note of an epoch.

        Parameters
        ----------
        epoch : Epoch
            What the training loop yielded.
        network : Network, optional
            Its parameters are copied if they are the best so far.
        **scores : float
            What else was measured: `score`, `validation_loss`, `validation_score`.
        """
        self.n_iter += 1
        self.n_seen += epoch.n_samples
        self.loss = float(np.mean(epoch.loss))  # over the members of a stack
        self._note(
            loss=self.loss,
            learning_rate=epoch.learning_rate,
            gradient_norm=float(np.linalg.norm(epoch.gradient_norm)),
            seconds=epoch.seconds,
            **scores,
        )
        watched = -scores["validation_score"] if self.watches_score else self.loss
        is_worse = watched > self._lowest - self.tol or watched == self._lowest
        self._n_stalled = self._n_stalled + 1 if is_worse else 0
        if watched < self._lowest:
            self._lowest = watched
            if self.watches_score:
                self._best_params = network.params.copy()

    def _note(self, **numbers):
        columns = self._columns
        if numbers.keys() != columns.keys():
            n_before = len(columns.get("loss", ()))
            for name in numbers:
                if name not in columns:
                    columns[name] = array("d", [np.nan]) * n_before
            numbers = dict.fromkeys(columns, np.nan) | numbers
        for name, value in numbers.items():
            columns[name].append(value)

    @property
    def n_sure(self):
        """For how many epochs, at least, patience lasts."""
        return self.patience + 1 - self._n_stalled

    def is_out_of_patience(self, learning_rate=None, verbose=False):
        """Return whether to stop, unless a lower learning rate may help.

        Parameters
        ----------
        learning_rate : LearningRate, optional
            An "adaptive" one is reduced, which starts the count again.
        verbose : bool, default=False
            Whether to print what is done.
        """
        if self._n_stalled <= self.patience:
            return False
        reduced = learning_rate is not None and learning_rate.reduce()
        if reduced:
            self._n_stalled = 0
        if verbose:
            what = "Validation score" if self.watches_score else "Training loss"
            action = "Stopping."
            if reduced:
                action = f"Setting learning rate to {learning_rate.initial:f}"
            print(
                f"{what} did not improve more than tol={self.tol:f} for "
                f"{self.patience} consecutive epochs. {action}"
            )
        return not reduced

    def restore_best(self, network):
        """Give the network the parameters of the best epoch, if they were kept."""
        if self._best_params is not None:
            network.params[:] = self._best_params
        self._best_params = None

    def print_last(self, every=1, is_end=False):
        """Print the last epoch's loss and validation score.

        Parameters
        ----------
        every : int, default=1
            Only if the number of the epoch is a multiple of this;
        is_end : bool, default=False
            or rather, at the end of training, only if it is not.
        """
        if self.n_iter == 0 or (self.n_iter % every == 0) == is_end:
            return
        print(f"Iteration {self.n_iter}, loss = {self.loss:.8f}")
        if self.watches_score:
            print(f"Validation score: {self._columns['validation_score'][-1]:f}")

    @property
    def n_stalled(self):
        """Number of epochs since an improvement."""
        return self._n_stalled

    @property
    def best_loss(self):
        """The lowest loss of all epochs; None where the score is watched."""
        return None if self.watches_score else self._lowest

    @property
    def best_score(self):
        """The highest validation score; None where the loss is watched."""
        return -self._lowest if self.watches_score else None

    def column(self, name):
        """Return one entry of all epochs that have it, as a list."""
        values = self._columns.get(name, ())
        return [value for value in values if name == "loss" or value == value]

    @property
    def history(self):
        """All entries as a dict of arrays, NaN where an epoch lacks one."""
        return {name: np.array(values) for name, values in self._columns.items()}
