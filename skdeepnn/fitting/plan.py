"""What "auto" stands for: hyperparameters as a fit uses them.

With ``solver="adamw"``, the default, "auto" is this package's own recipe for tables;
with the other solvers it is what `MLPClassifier` has.
"""

import math
from types import SimpleNamespace

__all__ = ["FEW_ROWS", "is_auto", "make_plan"]

FEW_ROWS = 64
"""Tables of fewer rows are too small for folds: all members learn from all rows."""

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
_MANY_ROWS = 2000  # from here on half as many members do, in batches twice as large
_MIN_STEPS, _MAX_STEPS, _MIN_EPOCHS = 600, 4000, 10


def make_plan(params, n_samples, *, is_incremental=False):
    """Replace "auto" in a classifier's hyperparameters.

    Parameters
    ----------
    params : dict
        Hyperparameters.
    n_samples : int
        Number of rows to learn from.
    is_incremental : bool, default=False
        Whether this is `partial_fit`, which cannot hold out rows.

    Returns
    -------
    SimpleNamespace
        The same names with values; `min_steps` besides, the number of steps before
        which training is not stopped.

    Examples
    --------
    >>> plan = make_plan({"solver": "adamw", "alpha": "auto", "max_iter": 50}, 1000)
    >>> plan.alpha, plan.max_iter
    (0.02, 50)
    """
    has_few_rows = n_samples < FEW_ROWS and not is_incremental
    if params["solver"] == "adamw":
        defaults = dict(_RECIPE)
        cross_fits = not (has_few_rows or is_incremental)
        defaults["early_stopping"] = "auto" if cross_fits else False
        has_many_rows = n_samples >= _MANY_ROWS
        defaults["n_members"] = 4 if has_many_rows else 8
        batch_size = min(max(128, n_samples // 512), 1024) if has_many_rows else 64
        defaults["batch_size"] = min(batch_size, n_samples)
    else:
        defaults = {**_PEER, "batch_size": min(200, n_samples)}
    plan = {
        name: defaults.get(name, value) if is_auto(value) else value
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
            by_mode["max_iter"] = max(_MIN_EPOCHS, math.ceil(_MAX_STEPS / steps))
        elif has_few_rows:
            by_mode["max_iter"] = _MIN_STEPS
        for name, value in by_mode.items():
            if name in plan and is_auto(plan[name]):
                plan[name] = value
    waits = holds_out and is_auto(params.get("n_iter_no_change"))
    return SimpleNamespace(**plan, min_steps=_MIN_STEPS if waits else 0)


def is_auto(value):
    """Return whether a hyperparameter is left to the plan.

    Examples
    --------
    >>> is_auto("auto"), is_auto((128, 64))
    (True, False)
    """
    return isinstance(value, str) and value == "auto"
