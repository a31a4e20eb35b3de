"""Other processes that work for this one: joblib's, whichever backend is in force.

Threads share the interpreter's lock, which small layers hand over too slowly to gain
by it (48 µs each time); processes do not, but what they work on must be sent to them.
"""

from concurrent.futures import BrokenExecutor

from joblib import Parallel, delayed
from joblib._parallel_backends import LokyBackend, MultiprocessingBackend
from joblib.parallel import get_active_backend

from .threads import new_team

__all__ = ["Workers", "asks_for_threads", "find_workers"]


class Workers:
    """Processes that run functions, with BLAS held to one thread.

    Parameters
    ----------
    n_workers : int
        How many there are.
    are_here : bool, default=True
        Whether they are on this machine.

    Examples
    --------
    >>> with Workers(2) as workers:
    ...     workers.map(abs, [-1, -2, -3])
    [1, 2, 3]
    """

    def __init__(self, n_workers, are_here=True):
        self.n_workers, self.are_here = n_workers, are_here
        self._parallel = None

    def map(self, function, *iterables):
        """Call `function` on each set of arguments and return the results.

        Parameters
        ----------
        function : callable
            To be found in a module: it is sent by its name.
        *iterables : iterable
            Of equal lengths: its arguments, call by call. Large ones are better packed
            by :func:`skdeepnn.compute.parcels.pack`.

        Returns
        -------
        list or None
            Results in the order of the calls. None if a worker has died, as those do
            that the system takes the memory from: nothing has been done then.
        """
        if self._parallel is None:
            # joblib would put short tasks together, for one worker
            self._parallel = Parallel(self.n_workers, batch_size=1, max_nbytes=None)
            self._parallel.__enter__()
        calls = zip(*iterables, strict=True)
        try:
            return self._parallel(delayed(_call)(function, *call) for call in calls)
        except BrokenExecutor:
            self.close()
            return None

    def close(self):
        """Let go of the processes, which joblib keeps for others for some time."""
        if self._parallel is not None:
            self._parallel.__exit__(None, None, None)
            self._parallel = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def _call(function, *arguments):
    with new_team(1):
        return function(*arguments)


def find_workers(n_jobs):
    """Return the workers that there are, if work is to be shared with any.

    Parameters
    ----------
    n_jobs : int or None
        How many, as joblib counts: -1 stands for all. None for as many as
        ``joblib.parallel_config`` says, and for none where it says nothing.

    Returns
    -------
    Workers or None
        None where there would be one only, where the backend has threads and no
        processes, and within the task of another call, such as that of a search, which
        has shared the cores already.

    Examples
    --------
    >>> find_workers(None) is None, find_workers(2).n_workers
    (True, 2)
    """
    if n_jobs == 1:
        return None
    backend, n_configured = get_active_backend()
    if backend.nesting_level or getattr(backend, "supports_sharedmem", False):
        return None
    if n_jobs is None:  # a cluster says itself that all of it is meant
        n_jobs = n_configured or getattr(backend, "default_n_jobs", 1)
    if n_jobs == 1:
        return None
    n_workers = backend.effective_n_jobs(n_jobs)
    # Other backends are those of clusters
    are_here = isinstance(backend, (LokyBackend, MultiprocessingBackend))
    return Workers(n_workers, are_here) if n_workers > 1 else None


def asks_for_threads(n_jobs):
    """Return whether a backend of threads is in force, and asked for more than one.

    Parameters
    ----------
    n_jobs : int or None
        As for :func:`find_workers`.

    Examples
    --------
    >>> from joblib import parallel_config
    >>> with parallel_config("threading", n_jobs=2):
    ...     asks_for_threads(None)
    True
    """
    backend, n_configured = get_active_backend()
    n_jobs = n_configured if n_jobs is None else n_jobs
    return getattr(backend, "uses_threads", False) and n_jobs not in (None, 1)
