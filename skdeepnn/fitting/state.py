"""What a fit carries from one call to the next, in one object.

`warm_start` and `partial_fit` go on from it; a fit that starts anew makes a new one.
"""

from copy import copy
from dataclasses import dataclass, replace
from typing import NamedTuple

import joblib
import numpy as np

from ..nn.network import Network
from ..nn.training import LearningRate
from ..tables.targets import TargetCoder
from .monitor import Monitor

__all__ = ["FitState", "StepState", "fingerprint"]


def fingerprint(X, y):
    """Return what tells training rows, encoded, from others."""
    return joblib.hash((X, y))


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


@dataclass
class FitState:
    """What a fit leaves behind: the model, and what the next call goes on from.

    Parameters
    ----------
    targets : TargetCoder
        What the network's logits stand for.
    encoder : TabularEncoder or None, default=None
        What makes the network's columns of a table; None for numbers taken as they are.
    network : Network, optional
        What predicts; None until training begins.
    monitor : Monitor, optional
        History, best epoch and patience.
    temperature : float, default=1.0
        What logits were divided by, so that they are honest: the network's are.
    view_shares : dict of str to float, optional
        Of the weights of the views that were trained; 0 for those left out.
    record : OutOfFoldRecord, optional
        Predictions for the training rows, each by members that have not seen it.
    digest : str, optional
        What tells these rows, as the user has them, from others.
    class_totals : float or ndarray of shape (n_classes,), default=0.0
        Sums of the weights of each class's rows that were seen, by `partial_fit` in all
        its calls.
    steps : StepState, optional
        Moments and learning rate of gradient descent.
    is_incremental : bool, default=False
        Whether the last call was `partial_fit`, which asks for going on.
    fold_seed : int, optional
        What the held-out rows were drawn by, so that they stay unseen.
    folded : str, optional
        Fingerprint of the rows that folds were held out of; "nothing" or "several"
        where members may have been trained on what they hold out.
    scored : tuple, optional
        What tells the rows and the scorer by which the best epoch was chosen.

    Examples
    --------
    >>> state = FitState(TargetCoder([0, 1]))
    >>> state.is_new
    True
    """

    targets: TargetCoder
    encoder: object | None = None
    network: Network | None = None
    monitor: Monitor | None = None
    temperature: float = 1.0
    view_shares: dict | None = None
    record: object | None = None
    digest: str | None = None
    class_totals: np.ndarray | float = 0.0
    steps: StepState | None = None
    is_incremental: bool = False
    fold_seed: int | None = None
    folded: str | None = None
    scored: tuple | None = None

    @property
    def is_new(self):
        """Whether training has yet to begin."""
        return self.network is None

    def take_columns(self, X, y):
        """Know the training rows by these columns from now on."""
        before, now = self.folded, fingerprint(X, y)
        if before not in (None, "nothing", "several"):
            self.folded = now
        if self.scored is not None:
            self.scored = (now, *self.scored[1:])

    def copy(self):
        """Return one whose network and history are not those of a fit that goes on."""
        return replace(
            self, network=copy(self.network), monitor=copy(self.monitor), steps=None
        )

    def without_moments(self):
        """Return one from which gradient descent goes on with new moments."""
        return replace(self, steps=None)

    def snapshot(self):
        """Return what :meth:`restore` needs, should training go on and fail."""
        return self.network.params.copy(), self.monitor.snapshot()

    def restore(self, snapshot):
        """Undo what training has done to the network and to the history."""
        params, history = snapshot
        self.monitor.restore(history)
        if not np.array_equal(self.network.params, params):
            self.network.params[:] = params
            self.steps = None  # the optimizer's moments are of the failure
