"""One fit from end to end: data, a plan and a state go in, a result comes out."""

import numpy as np

from ..compute.threads import new_team
from ..nn.ensemble import Ensemble
from ..nn.network import Network
from .descent import DescentFit
from .fit import warn_caller
from .interruptions import are_passed_on
from .lbfgs import LbfgsFit
from .monitor import Monitor

__all__ = ["train"]


def train(data, validation, plan, state, rng, tasks, *, n_epochs=None, checkpoint=None):
    """Train a network as planned.

    Parameters
    ----------
    data : Data
        Training rows.
    validation : Data or None
        Rows to watch.
    plan : Plan
        What to do.
    state : FitState
        What to go on from; a new one gets a network. Changed in place.
    rng : RandomState
        Source of randomness.
    tasks : EpochTasks
        Told of every epoch.
    n_epochs : int, optional
        End after so many epochs, and go on from the moments of the last call; by
        default as the plan says, with new moments.
    checkpoint : Checkpoint, optional
        Where to write what a fit that was killed goes on from.

    Returns
    -------
    FitState
        The state as it is now, and what follows from held-out predictions.

    Raises
    ------
    ValueError
        If training diverged.

    Notes
    -----
    An interruption by the user ends training, with a warning, as it was after the last
    epoch that was finished. It is passed on where that would be a disservice: before
    there was one, in `partial_fit`, which nothing is lost of, and where
    :func:`~skdeepnn.fitting.interruptions.are_passed_on` says so.
    """
    rngs = rng
    parts = plan.views or [None] if state.is_new else state.network.parts
    n_members = plan.n_members * len(parts)
    if n_members > 1:
        seeds = rng.randint(2**31, size=n_members)
        rngs = [np.random.RandomState(seed) for seed in seeds]
    if state.is_new:
        _begin(state, plan, data, rngs)
    else:
        state.temperature = 1.0  # what comes now shall find its own
    if plan.solver == "lbfgs" and len(state.network.parts) > 1:
        state.network = state.network.merged()  # L-BFGS knows nothing of parts
    kind = LbfgsFit if plan.solver == "lbfgs" else DescentFit
    fit = kind(data, validation, plan, state, tasks, checkpoint)
    if n_epochs is None:
        fit.forget_other_scores()
    state.is_incremental = n_epochs is not None
    state.monitor.start(state.network, **plan.stopping_rule())
    try:
        fit.run(rng, rngs, n_epochs)
        if checkpoint is not None:
            checkpoint.is_over = True
    except KeyboardInterrupt:
        if n_epochs is not None or state.monitor.n_iter == 0:
            raise
        if are_passed_on(tasks.estimator):
            raise
        fit.undo_epoch()
        warn_caller("Training interrupted by user.", UserWarning)
    with new_team(1):  # BLAS's own threads would change the last digits
        return fit.end()


def _begin(state, plan, data, rngs):
    """Build the network and start all counts."""

    def new_network(n_inputs):
        return Network(
            [n_inputs, *plan.hidden_layer_sizes, state.targets.n_outputs],
            plan.activation,
            n_members=plan.n_members if plan.n_members > 1 else None,
            fit_intercept=plan.fit_intercept,
            dropout=plan.dropout,
            dtype=data.targets.dtype,
        )

    if plan.views:
        names, columns = zip(*plan.views.items(), strict=True)
        parts = [new_network(len(seen)) for seen in columns]
        state.network = Ensemble(parts, columns, names)
    else:
        state.network = new_network(data.X.shape[1])
    state.network.initialize(rngs, plan.weight_init, plan.intercept_init)
    state.monitor = Monitor(**plan.stopping_rule())
