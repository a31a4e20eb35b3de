"""Run tests that scikit-learn ships for a class of its own on a class of ours.

Nothing is copied: the installed functions run with another class under the old name.
"""

import inspect
from types import FunctionType

import pytest


def borrow_tests(suite, theirs, ours, *, left_out=(), only=None):
    """Return the tests of a scikit-learn test module, run on another class.

    Parameters
    ----------
    suite : module
        One of scikit-learn's test modules.
    theirs, ours : type
        The class that they test, and the one that takes its place.
    left_out : container of str
        Names of tests that are about something else.
    only : dict of str to list, optional
        Values that parameters of tests are restricted to, by their names.

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
        if theirs.__name__ not in inspect.getsource(function) + repr(marks):
            continue
        function = inspect.unwrap(function)
        test = FunctionType(
            function.__code__,
            world,
            name,
            function.__defaults__,
            function.__closure__,
        )
        test.pytestmark = [
            _replace(mark, theirs, ours, only or {})
            for mark in marks
            if mark.name in ("parametrize", "filterwarnings")
        ]
        tests[name] = test
    return tests


def _replace(mark, theirs, ours, only):
    """Put our class in the place of theirs, and leave out what is about others."""
    if mark.name != "parametrize":
        return mark
    argnames, values, *rest = mark.args
    if isinstance(values, list) and theirs in values:
        values = [ours]  # the other values are classes that we do not have
    if isinstance(argnames, str):
        names = [name.strip() for name in argnames.split(",")]
        rows = [value if len(names) > 1 else (value,) for value in values]
        values = [
            value
            for value, row in zip(values, rows, strict=True)
            if all(
                entry in only.get(name, [entry])
                for name, entry in zip(names, row, strict=False)
            )
        ]
    return getattr(pytest.mark, mark.name)(argnames, values, *rest, **mark.kwargs).mark
