"""What "auto" stands for: hyperparameters as a fit uses them.

With ``solver="adamw"``, the default, "auto" is this package's own recipe for tables;
with the other solvers it is what `MLPClassifier` has.
"""

import math
from types import SimpleNamespace

import numpy as np

from ..nn.optimizers import WeightAverage

__all__ = ["FEW_ROWS", "PLANNED", "Plan", "is_auto", "make_plan"]

FEW_ROWS = 64
"""Tables of fewer rows are too small for folds: all members learn from all rows."""

PLANNED = (
    "solver",
    "hidden_layer_sizes",
    "activation",
    "fit_intercept",
    "dropout",
    "loss",
    "label_smoothing",
    "alpha",
    "batch_size",
    "shuffle",
    "learning_rate",
    "learning_rate_init",
    "power_t",
    "momentum",
    "nesterovs_momentum",
    "beta_1",
    "beta_2",
    "epsilon",
    "averaging",
    "max_gradient_norm",
    "max_iter",
    "max_fun",
    "tol",
    "n_iter_no_change",
    "early_stopping",
    "validation_fraction",
    "scoring",
    "n_members",
    "n_jobs",
    "warm_start",
    "verbose",
)
"""Hyperparameters that a fit goes by."""

_RECIPE = {
    "hidden_layer_sizes": (128, 64),
    "alpha": 0.02,
    "learning_rate_init": 0.008,
    "beta_2": 0.95,
    "n_iter_no_change": 15,
}
_PEER = {
    "hidden_layer_sizes": (100,),
    "alpha": 0.0001,
    "learning_rate_init": 0.001,
    "beta_2": 0.999,
    "n_iter_no_change": 10,
    "max_iter": 200,
    "early_stopping": False,
    "label_smoothing": 0.0,
    "averaging": 0.0,
    "n_members": 1,
}
_SOME_ROWS = 300  # from here on six members of each view are better than four
_MANY_ROWS = 2000  # from here on half as many members do, in batches twice as large
_MIN_STEPS, _MAX_STEPS, _MIN_EPOCHS = 600, 4000, 10
_SCORE_STEPS = 40  # a fiftieth of all steps; scoring more often takes a tenth longer
_RACE_ROWS, _RACE_STEPS = 800, 300  # with so many, these tell which views are worth it
_FEWEST_STEPS = 200  # that small tables take; more gain nothing there
_FEWEST_STEPS_OF_VIEWS = 120  # with two or three times as many members
_WIDE = {"hidden_layer_sizes": (64, 64), "n_members": 4, "n_iter_no_change": 8}
_MANY_COLUMNS, _COLUMN_STEPS = 250, 50_000  # steps times columns of wide tables


class Plan(SimpleNamespace):
    """What a fit is to do: the hyperparameters :data:`PLANNED`, and what follows.

    Parameters
    ----------
    **params : object
        By name, as :class:`~skdeepnn.DeepNNClassifier` documents them, without "auto".

    Attributes
    ----------
    left_to_plan : frozenset of str
        Names of those that were "auto".
    min_steps : int
        Number of steps before which training is not stopped.
    score_steps : int
        Number of steps after which held-out rows are scored again.
    race_steps : int or inf
        Number of steps after which one of three views is left behind.
    weight_init, intercept_init : object
        Initializers: one for all layers, or a list with one each.
    penalizes_the_whole : bool
        Whether the penalty is that of all rows' loss, rather than of each batch's.
    preconditions : bool
        Whether L-BFGS works in the coordinates of a logistic regression's curvature.
    views : dict of str to ndarray of int
        Columns of the views that parts of the network see, by name; empty if there is
        one network for all columns.
    lbfgs_options : dict
        Of :func:`skdeepnn.fitting.lbfgs.minimize_lbfgs`.

    Examples
    --------
    >>> Plan(solver="sgd", alpha=0.0).preconditions
    False
    """

    left_to_plan = frozenset()
    min_steps, score_steps, race_steps = 0, WeightAverage.EVERY, math.inf
    weight_init, intercept_init = "glorot_uniform", None
    penalizes_the_whole = preconditions = False
    lbfgs_options = {}
    views = {}

    def stopping_rule(self):
        """Return the arguments of a `Monitor`."""
        return {
            "tol": 0.0 if self.early_stopping == "auto" else self.tol,
            "patience": self.n_iter_no_change,
            "watches_score": bool(self.early_stopping) and self.solver != "lbfgs",
        }

    def times_seen(self, *, is_incremental=False):
        """Return how many times each row will be looked at, as far as is known.

        Parameters
        ----------
        is_incremental : bool, default=False
            Whether this is `partial_fit`.

        Returns
        -------
        int or inf
            By all members together.
        """
        if self.solver == "lbfgs" or self.early_stopping or self.scoring:
            return math.inf
        if is_incremental:
            return self.n_members
        return math.inf if self.warm_start else self.n_members * self.max_iter


def make_plan(params, n_samples, n_features=1, *, n_views=1, is_incremental=False):
    """Replace "auto" in a classifier's hyperparameters.

    Parameters
    ----------
    params : dict
        Hyperparameters.
    n_samples : int
        Number of rows to learn from.
    n_features : int, default=1
        Number of columns of the network's input, of one view.
    n_views : int, default=1
        Number of views, each of which has members of its own.
    is_incremental : bool, default=False
        Whether this is `partial_fit`, which cannot hold out rows.

    Returns
    -------
    Plan
        The same names with values.

    Examples
    --------
    >>> plan = make_plan({"solver": "adamw", "alpha": "auto", "max_iter": 50}, 1000)
    >>> plan.alpha, plan.max_iter
    (0.02, 50)
    """
    has_few_rows = n_samples < FEW_ROWS and not is_incremental
    has_many_rows = n_samples >= _MANY_ROWS
    if params["solver"] == "adamw":
        defaults = dict(_RECIPE)
        cross_fits = not (has_few_rows or is_incremental)
        defaults["early_stopping"] = "auto" if cross_fits else False
        defaults["n_members"] = 4 if has_many_rows else 8
        if n_views > 1:
            defaults |= _of_views(n_samples)
        if _is_wide(n_samples, n_features):
            defaults |= _WIDE
        batch_size = min(max(128, n_samples // 512), 1024) if has_many_rows else 64
        defaults["batch_size"] = min(batch_size, n_samples)
    else:
        defaults = {**_PEER, "batch_size": min(200, n_samples)}
    plan = {
        name: defaults.get(name, value) if is_auto(value) else _plain(value)
        for name, value in params.items()
    }
    holds_out = plan.get("early_stopping") == "auto"
    steps = math.ceil(n_samples / plan.get("batch_size", n_samples))
    if params["solver"] == "adamw":
        # Smoothing the labels and averaging the weights need held-out rows to tell when
        # to stop and how certain to be.
        by_mode = {
            "label_smoothing": 0.1 if holds_out else 0.0,
            "averaging": 0.25 if holds_out or has_few_rows else 0.0,
            "max_iter": 200,
        }
        if holds_out:
            most = _MAX_STEPS // 2 if n_views > 1 else _MAX_STEPS
            by_mode["max_iter"] = max(_MIN_EPOCHS, math.ceil(most / steps))
        elif has_few_rows:
            by_mode["max_iter"] = _MIN_STEPS
        for name, value in by_mode.items():
            if name in plan and is_auto(plan[name]):
                plan[name] = value
    waits = holds_out and is_auto(params.get("n_iter_no_change"))
    return Plan(
        **plan,
        min_steps=_min_steps(n_samples, n_features, n_views) if waits else 0,
        score_steps=_SCORE_STEPS if has_many_rows and n_views > 1 else Plan.score_steps,
        race_steps=_RACE_STEPS if n_views > 2 and n_samples >= _RACE_ROWS else math.inf,
        left_to_plan=frozenset(n for n, value in params.items() if is_auto(value)),
    )


def _plain(value):
    """Return numbers as Python has them: small types of NumPy's would overflow."""
    return value.item() if isinstance(value, np.generic) else value


def _is_wide(n_samples, n_features):
    """Whether columns are so many, for the rows, that steps cost more than they bring.

    Rows can then be told apart in many ways, and any network soon has found one.
    """
    return n_features > max(_MANY_COLUMNS, n_samples / 3)


def _of_views(n_samples):
    """Return defaults where each of several views has members of its own."""
    n_members = 6 if _SOME_ROWS <= n_samples < _RACE_ROWS else 4
    return {"n_members": n_members, "n_iter_no_change": 6}


def _min_steps(n_samples, n_features, n_views):
    """Return the number of steps before which training does not stop."""
    rows, fewest = n_samples, _FEWEST_STEPS
    if n_views > 1:
        rows, fewest = n_samples // 2, _FEWEST_STEPS_OF_VIEWS
    steps = min(max(rows, fewest), _MIN_STEPS)
    if _is_wide(n_samples, n_features):
        steps = min(steps, max(_COLUMN_STEPS // n_features, 1))
    return steps


def is_auto(value):
    """Return whether a hyperparameter is left to the plan.

    Examples
    --------
    >>> is_auto("auto"), is_auto((128, 64))
    (True, False)
    """
    return isinstance(value, str) and value == "auto"
