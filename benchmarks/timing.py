"""Times side by side, the memory of a call, and how both are printed."""

import time
import tracemalloc
import warnings

import numpy as np


def alternate(functions, repeats):
    """Call functions in turn, and measure the time of each.

    Parameters
    ----------
    functions : dict of callable
        By name.
    repeats : int
        Number of rounds after the first, which is left out.

    Returns
    -------
    dict of ndarray of shape (repeats,)
        Seconds.
    """
    seconds = {name: [] for name in functions}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nobody is meant to converge here
        for _ in range(repeats + 1):
            for name, function in functions.items():
                start = time.perf_counter()
                function()
                seconds[name].append(time.perf_counter() - start)
    return {name: np.array(values[1:]) for name, values in seconds.items()}


def peak_memory(function):
    """Return the MB that a call needs at most, beyond what was there before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tracemalloc.start()
        try:
            function()
            return tracemalloc.get_traced_memory()[1] / 1e6
        finally:
            tracemalloc.stop()


def with_spread(values):
    """Return the median as text, with the least and the largest value."""
    values = [np.median(values), np.min(values), np.max(values)]
    digits = 2 - (abs(values[0]) >= 10) - (abs(values[0]) >= 100)
    return "{:.{d}f} ({:.{d}f}-{:.{d}f})".format(*values, d=digits)


def seconds_text(values):
    """Return the median with three digits."""
    return f"{np.median(values):.3g}"
