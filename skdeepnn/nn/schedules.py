"""Learning-rate schedules: what the initial learning rate is multiplied with, when.

A schedule is a function ``(progress, n_seen, power_t) -> factor`` of

- `progress`, the part of the planned training that is done, from 0 to 1;
- `n_seen`, the number of rows seen in the epochs that are finished;
- `power_t`, the exponent of the inverse scaling.

A user's own function ``progress -> factor`` is accepted wherever a name is.
"""

import math

from .functions import call

__all__ = ["SCHEDULES", "constant", "cosine", "get_schedule", "invscaling", "one_cycle"]


def constant(progress, n_seen=0, power_t=0.5):
    """Return 1, always.

    Examples
    --------
    >>> constant(0.7)
    1.0
    """
    return 1.0


def invscaling(progress, n_seen=0, power_t=0.5):
    """Inverse scaling ``1 / (1 + n_seen) ** power_t``, once an epoch.

    The schedule of Robbins and Monro (1951) in the units of `MLPClassifier`, which
    counts rows: it becomes small within an epoch, so start from a large rate.

    Examples
    --------
    >>> invscaling(0.5, n_seen=99)
    0.1
    """
    return 1 / (1 + n_seen) ** power_t if n_seen else 1.0


def cosine(progress, n_seen=0, power_t=0.5):
    """Half a cosine from 1 to 0: ``(1 + cos(π progress)) / 2``.

    The annealing of Loshchilov and Hutter, :arxiv:`1608.03983`, eq. 5, without
    restarts. Use it when `max_iter` is the number of epochs you mean to train.

    Examples
    --------
    >>> round(cosine(0.5), 3)
    0.5
    """
    return 0.5 * (1 + math.cos(math.pi * progress))


def one_cycle(progress, n_seen=0, power_t=0.5):
    """From 1/25 up to 1 at three tenths of the training, then down to 1e-4 / 25.

    The warm-up and annealing of Smith and Topin, :arxiv:`1708.07120`, with cosine
    flanks. Use it for large learning rates on short trainings.

    Examples
    --------
    >>> [round(one_cycle(p), 3) for p in (0.0, 0.3, 1.0)]
    [0.04, 1.0, 0.0]
    """
    start, peak, end = 1 / 25, 0.3, 1e-4 / 25
    if progress < peak:
        return 1 + (start - 1) * cosine(progress / peak)
    return end + (1 - end) * cosine((progress - peak) / (1 - peak))


SCHEDULES = {
    "constant": constant,
    "invscaling": invscaling,
    "adaptive": constant,  # the training loop divides the rate when progress stalls
    "cosine": cosine,
    "one_cycle": one_cycle,
}
"""Schedules by name."""


def get_schedule(schedule):
    """Return the schedule of that name, or wrap a function of the progress.

    Parameters
    ----------
    schedule : str or callable
        A key of :data:`SCHEDULES`, or ``progress -> factor``.

    Returns
    -------
    callable
        ``(progress, n_seen, power_t) -> factor``.

    Raises
    ------
    ValueError
        If there is no schedule of that name; when called, if a function returns
        anything else than a finite number from 0 on.

    Examples
    --------
    >>> get_schedule(lambda progress: 1 - progress)(0.25, 0, 0.5)
    0.75
    """
    if callable(schedule):
        return lambda progress, n_seen, power_t: _checked(
            call(schedule, "learning_rate", "progress -> factor", progress), progress
        )
    if schedule not in SCHEDULES:
        raise ValueError(
            f"There is no schedule {schedule!r}. Use one of {sorted(SCHEDULES)}, or a "
            "function progress -> factor."
        )
    return SCHEDULES[schedule]


def _checked(factor, progress):
    """Return what a user's schedule has returned, if it is a factor."""
    try:
        is_factor = (
            not isinstance(factor, str | bytes) and 0 <= float(factor) < math.inf
        )
    except (TypeError, ValueError):
        is_factor = False
    if not is_factor:
        raise ValueError(
            f"The schedule passed as learning_rate returned {factor!r} at progress "
            f"{progress:.3g}: it must return the factor that multiplies "
            "learning_rate_init, a finite number from 0 on."
        )
    return factor
