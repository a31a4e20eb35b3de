"""What an interruption by the user, Ctrl-C, means for the fit that it comes up in."""

import sys
from time import monotonic

from sklearn.base import BaseEstimator

__all__ = ["are_passed_on", "forget"]

_SECONDS = 3.0  # in which a second one is meant to end more than the fit

# Packages that call `fit` for others, to go on with the next one
_RUNNERS = {"dask", "dask_ml", "distributed", "joblib", "optuna", "sklearn", "skdeepnn"}
# Modules whose functions stand around the `fit` of every estimator
_AROUND = ("contextlib", "sklearn.base", "sklearn.callback", "sklearn.utils")

_last = -float("inf")


def are_passed_on(estimator):
    """Return whether an interruption of a fit, which comes now, is to end more than it.

    So it is where a search, a pipeline or the like has called `fit`: ended by itself,
    it would be followed by the next one. And so is one that follows another within
    three seconds.

    Parameters
    ----------
    estimator : estimator
        The one that is being fitted, further up the stack.

    Returns
    -------
    bool
        Whether to raise it again.
    """
    global _last
    before, _last = _last, monotonic()
    return _last - before < _SECONDS or any(map(_runs_fits, _above_fit(estimator)))


def forget():
    """Let the next interruption be a first one."""
    global _last
    _last = -float("inf")


def _above_fit(estimator):
    """Return the frames above the estimator's `fit`, and above what that overrides."""
    frames, frame = [], sys._getframe(1)
    while frame is not None:
        is_fit = frame.f_code.co_name in ("fit", "fit_guarded")
        if is_fit and _first_argument(frame) is estimator:
            frames = []
        else:
            frames.append(frame)
        frame = frame.f_back
    return frames


def _runs_fits(frame):
    """Whether a function is one that runs fits for others."""
    module = frame.f_globals.get("__name__", "")
    if module.startswith(_AROUND):
        return False
    is_runner = module.split(".")[0] in _RUNNERS
    return is_runner or isinstance(_first_argument(frame), BaseEstimator)


def _first_argument(frame):
    """Return the first argument of a function, which is `self` for methods."""
    code = frame.f_code
    return frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
