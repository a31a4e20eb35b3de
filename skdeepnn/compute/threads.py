"""Threads that work side by side, with BLAS held to one thread meanwhile.

NumPy lets go of the interpreter's lock inside its loops and products, so threads run in
parallel where arrays are not tiny. To leave that to BLAS wastes it: a second thread of
its own gains little on products of a few hundred rows and idles during everything that
is not a product, and several trainings at once have them fight for the cores.
"""

from functools import cache, partial
from queue import SimpleQueue
from threading import Lock, Thread

from threadpoolctl import ThreadpoolController

from .signals import Guard, pass_on_signals, uninterrupted

__all__ = ["SERIAL", "Team", "blas_is_held", "blas_libraries", "new_team"]


class Team:
    """Some threads, of which the calling one is the first.

    Tasks of 10 µs already pay: a round trip through the queues takes 7 µs, an eighth of
    what `concurrent.futures` needs.

    Parameters
    ----------
    n_threads : int
        How many to work with.

    Examples
    --------
    >>> with Team(2) as team:
    ...     team.map(abs, [-1, -2, -3])
    [1, 2, 3]
    """

    def __init__(self, n_threads):
        self.n_threads = n_threads
        self._done = SimpleQueue()
        self._queues, self._threads = [], []

    @uninterrupted
    def _start(self):
        try:
            for _ in range(self.n_threads - 1):
                queue = SimpleQueue()
                args = (queue, self._done)
                thread = Thread(target=_serve, args=args, daemon=True)
                self._queues.append(queue)  # before, lest it waits for good
                thread.start()
                self._threads.append(thread)
        except BaseException:  # no more threads are to be had
            self.close()
            raise
        pass_on_signals()

    def map(self, function, *iterables):
        """Call `function` on each set of arguments and return the results.

        Parameters
        ----------
        function : callable
            Called in several threads at once.
        *iterables : iterable
            Of equal lengths: its arguments, call by call.

        Returns
        -------
        list
            Results in the order of the calls. An exception in one of them is raised
            here, after all threads have come to rest.
        """
        if not self._threads:  # many a team is never asked for anything
            self._start()
        calls = list(zip(*iterables, strict=True))
        results = [None] * len(calls)

        def work(first):
            for i in range(first, len(calls), self.n_threads):
                results[i] = function(*calls[i])

        queues = self._queues[: len(calls) - 1]
        for first, queue in enumerate(queues, start=1):
            queue.put(partial(work, first))
        try:
            work(0)
        finally:
            errors = [self._done.get() for _ in queues]
        for error in errors:
            if error is not None:
                raise error
        return results

    def close(self):
        """Wait for the threads to finish what they do, and end them."""
        for queue in self._queues:
            queue.put(None)
        for thread in self._threads:
            thread.join()
        self._queues, self._threads = [], []

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def _serve(tasks, done):
    while (task := tasks.get()) is not None:
        error = None
        try:
            task()
        except BaseException as raised:  # it is raised again in the thread that waits
            error = raised
        task = None  # or what it holds would live until the next one comes
        done.put(error)


SERIAL = Team(1)
"""The calling thread alone."""


class _Cores:
    """The threads of this process that all its trainings share.

    The number of BLAS's threads is one for the whole process: the first training that
    wants it held to one, or the second of any that run at once, sets it; the last that
    ends puts it back.
    """

    def __init__(self):
        self.lock = Lock()
        self.n_users = self.n_free = 0
        self.holds_blas = False
        self.numbers = []  # of threads that the BLAS libraries had before

    def take(self, n_wanted, uses_blas):
        with self.lock:
            if self.n_users == 0:
                self.numbers = [library.num_threads for library in blas_libraries()]
                self.n_free = max(self.numbers, default=1)
            # Two libraries with threads of their own wait for each other's cores, so
            # only NumPy's may have some (SciPy's made L-BFGS ten times as slow).
            only_one = uses_blas and self.n_users == 0
            self.holds_blas = not only_one or self.numbers[:1] == [1]
            _set_blas_threads([*self.numbers[:1] * only_one, *[1] * len(self.numbers)])
            self.n_users += 1
            if n_wanted is None:
                n_wanted = self.n_free
            elif n_wanted < 0:
                n_wanted = max(1, max(self.numbers, default=1) + 1 + n_wanted)
            n_taken = min(n_wanted, self.n_free)
            self.n_free -= n_taken
            return n_taken

    def give_back(self, n_taken):
        with self.lock:
            self.n_free += n_taken
            self.n_users -= 1
            if self.n_users == 0:
                self.holds_blas = False
                _set_blas_threads(self.numbers)


_CORES = _Cores()


def blas_is_held():
    """Return whether a team holds all of BLAS to one thread."""
    return _CORES.holds_blas


@cache
def blas_libraries():
    """Return threadpoolctl's controllers of the BLAS libraries, NumPy's first."""
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    return sorted(libraries, key=lambda library: "numpy" not in library.filepath)


def _set_blas_threads(numbers):
    for library, number in zip(blas_libraries(), numbers, strict=False):
        # From release 3.8 on, threadpoolctl's own setter does nothing in any thread but
        # the first that called it, lest threads undo what others have set. The lock and
        # the count of users above see to that.
        setter = getattr(library, "_real_set_num_threads", library.set_num_threads)
        setter(number)


def new_team(n_threads=None, uses_blas=False):
    """Provide a team; BLAS is held to one thread while it exists.

    Parameters
    ----------
    n_threads : int or None, default=None
        How many threads at the most; None or -1 for as many as BLAS would use, -2 for
        one less, and so on. That is the number of cores, unless something has limited
        it, as joblib does in its worker processes; teams that exist at the same time
        share them.
    uses_blas : bool, default=False
        Whether to leave the threads to BLAS, for large products, unless there is
        another team.

    Returns
    -------
    context manager
        For a :class:`Team` with one thread or more. However it is left, be it by an
        interruption anywhere, its threads have come to rest and everything is as it
        was before.

    Examples
    --------
    >>> with new_team(1) as team:
    ...     team.n_threads
    1
    """
    return _Lease(n_threads, uses_blas)


class _Lease:
    """Threads that a team takes from all there are, and gives back."""

    def __init__(self, n_threads, uses_blas):
        self._wanted = n_threads, uses_blas
        self._guard = Guard()

    @uninterrupted
    def __enter__(self):
        self._guard.__enter__()
        self._n_taken = _CORES.take(*self._wanted)
        self._team = Team(max(1, self._n_taken))
        try:
            pass_on_signals()
        except BaseException:
            self._give_back()
            raise
        return self._team

    @uninterrupted
    def __exit__(self, *exception):
        self._give_back()
        pass_on_signals()

    def _give_back(self):
        try:
            self._team.close()
        finally:
            _CORES.give_back(self._n_taken)
            self._guard.__exit__()
