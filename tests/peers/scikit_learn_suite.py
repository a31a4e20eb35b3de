"""Run tests that scikit-learn ships for a class of its own on a class of ours.

Nothing is copied: the installed functions run with another class under the old name.
"""

import inspect
from types import FunctionType

import pytest


def borrow_tests(suite, theirs, ours, names=None, left_out=()):
    """Return the tests of a scikit-learn test module, run on another class.

    Parameters
    ----------
    suite : module
        One of scikit-learn's test modules.
    theirs, ours : type
        The class that they test, and the one that takes its place.
    names : callable, optional
        Given a test's source, tells whether it is about the class; by default whether
        it names it.
    left_out : container of str
        Names of tests that are about something else.

    Returns
    -------
    dict of str to function
        For a test module's globals.
    """
    world = {**vars(suite), theirs.__name__: ours}
    tests = {}
    for name, function in vars(suite).items():
        if not name.startswith("test_") or name in left_out:
            continue
        marks = getattr(function, "pytestmark", [])
        if not (names or (lambda text: theirs.__name__ in text))(
            inspect.getsource(function) + repr(marks)
        ):
            continue
        function = inspect.unwrap(function)
        test = FunctionType(
            function.__code__,
            world,
            name,
            function.__defaults__,
            function.__closure__,
        )
        test.pytestmark = [_replace(mark, theirs, ours) for mark in marks]
        tests[name] = test
    return tests


def _replace(mark, theirs, ours):
    """Put our class, and nothing else of the parameters, in the place of theirs."""
    if mark.name != "parametrize":
        return mark
    argnames, values, *rest = mark.args
    if isinstance(values, list) and theirs in values:
        values = [ours]  # the other values are classes that we do not have
    return getattr(pytest.mark, mark.name)(argnames, values, *rest, **mark.kwargs).mark
