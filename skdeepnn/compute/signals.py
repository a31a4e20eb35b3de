"""Signals wait where an interruption would leave something half done.

Python runs the handler of a signal between any two instructions of the main thread, so
the `KeyboardInterrupt` of Ctrl-C may come up in a ``finally``, too, or on the way into
an ``__exit__``, and what these were to put back stays as it is. No order of statements
prevents that. So a handler stands before the user's for a while, and looks where the
program is: within functions that are marked it takes note, to call the user's at their
end, and calls that at once elsewhere.
"""

import _signal
import sys
import warnings
from contextlib import _GeneratorContextManager
from functools import wraps
from threading import get_ident, main_thread

import numpy as np

__all__ = ["Guard", "guarded", "pass_on_signals", "uninterrupted"]

# As functions of C: those of `signal`, which make enums of what they return, take ten
# times as long, and fits of milliseconds are guarded
getsignal, signal = _signal.getsignal, _signal.signal

_NAMES = ("SIGALRM", "SIGTERM", "SIGINT")  # whose handlers raise: for timeouts, Ctrl-C
_NUMBERS = [getattr(_signal, name) for name in _NAMES if hasattr(_signal, name)]

_MARKED = {  # code that is not to be interrupted: first that of others
    method.__code__
    for kind in (np.errstate, warnings.catch_warnings, _GeneratorContextManager)
    for method in (kind.__enter__, kind.__exit__)
    if hasattr(method, "__code__")
}
_WAITING = []  # handlers to be called, and the numbers of their signals


def uninterrupted(function):
    """Mark a function: within it and all that it calls, signals wait.

    Its last statement is to call :func:`pass_on_signals`, unless it returns something
    that would be lost with the exception.

    Parameters
    ----------
    function : callable
        Short, and written in Python.

    Returns
    -------
    callable
        The same.
    """
    _MARKED.add(function.__code__)
    return function


def _is_marked(frame):
    while frame is not None:
        if frame.f_code in _MARKED:
            return True
        frame = frame.f_back
    return False


def pass_on_signals():
    """Call the handlers of signals that have waited, unless they have to go on so.

    They may raise exceptions, such as KeyboardInterrupt.
    """
    if not _WAITING or get_ident() != main_thread().ident:
        return
    frame = sys._getframe(1)
    if frame.f_code in _MARKED:  # which is about to end
        frame = frame.f_back
    if _is_marked(frame):
        return
    try:
        while _WAITING:
            handler, number = _WAITING.pop(0)
            handler(number, frame)
    finally:  # one exception stands for all
        _WAITING.clear()


class Guard:
    """Has signals wait for marked functions to end, if this is the main thread.

    No other thread is ever interrupted. Guards may be within each other.

    Examples
    --------
    >>> import signal
    >>> @uninterrupted
    ... def work():
    ...     signal.raise_signal(signal.SIGINT)
    ...     print("all done")
    ...     pass_on_signals()
    >>> try:
    ...     with Guard():
    ...         work()
    ... except KeyboardInterrupt:
    ...     print("interrupted")
    all done
    interrupted
    """

    @uninterrupted
    def __enter__(self):
        self._before = {}
        if get_ident() != main_thread().ident:
            return self
        try:
            for number in _NUMBERS:
                self._stand_before(number)
        except ValueError:  # in a program that Python is a part of, it is another one
            pass
        except BaseException:
            self._step_back()
            raise
        return self

    def _stand_before(self, number):
        handler = getsignal(number)
        if not callable(handler):  # the system's
            return
        if isinstance(getattr(handler, "__self__", None), Guard):
            return
        if not self._before:  # nobody can wait now: these are left from long ago
            _WAITING.clear()
        self._before[number] = handler
        signal(number, self._handle)

    def _handle(self, number, frame):
        handler = self._before[number]
        if _is_marked(frame):
            _WAITING.append((handler, number))
        else:
            handler(number, frame)

    def _step_back(self):
        for number, handler in self._before.items():
            if getsignal(number) == self._handle:  # or somebody has set another
                signal(number, handler)

    @uninterrupted
    def __exit__(self, *exception):
        self._step_back()
        pass_on_signals()


def guarded(fit):
    """Decorate a method so that there is a :class:`Guard` while it runs.

    Around scikit-learn's own decorators, it sees to it that these, too, put its
    configuration back.
    """

    @wraps(fit)
    def fit_guarded(self, *args, **kwargs):
        with Guard():
            return fit(self, *args, **kwargs)

    return fit_guarded
