"""What is said to the user: one-line errors, and notes under the table."""

import re

__all__ = ["CompareError", "Notes", "count_of", "listed", "printable"]

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class CompareError(ValueError):
    """A mistake in the data or in what was asked for, told in one line.

    Examples
    --------
    >>> raise CompareError("There is no file 'a.csv'.")
    Traceback (most recent call last):
    skdeepnn.cli.messages.CompareError: There is no file 'a.csv'.
    """

    def __str__(self):
        return printable(" ".join(super().__str__().split()))


class Notes:
    """Sentences for the user; what is said of several columns is said once.

    Examples
    --------
    >>> notes = Notes()
    >>> notes.say("Dropped 1 row.")
    >>> for name in "abcdefg":
    ...     notes.say("Decimal commas were read in", name)
    >>> notes.sentences()[1]
    "Decimal commas were read in 'a', 'b', 'c', 'd', 'e' and 2 more."
    """

    def __init__(self):
        self._columns = {}

    def say(self, sentence, column=None):
        """Say a sentence; where it is of a column, the name of that ends it."""
        names = self._columns.setdefault(sentence, [])
        if column is not None and column not in names:
            names.append(column)

    def sentences(self):
        """Return what was said, as a list of str, in the order of first saying."""
        return [
            f"{sentence} {listed(names)}." if names else sentence
            for sentence, names in self._columns.items()
        ]


def listed(names, most=5):
    """Return names in quotes, the first of them where there are many.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    rest = len(names) - most
    some = ", ".join(map(repr, names[:most]))
    return some + (f" and {rest} more" if rest > 0 else "")


def printable(text):
    r"""Return text without what a terminal would obey, or what turns its order round.

    Examples
    --------
    >>> print(printable("\x1b[31mred"))
    \x1b[31mred
    """
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], text)


def count_of(n, noun, plural="s"):
    """Return a number with its noun.

    Examples
    --------
    >>> count_of(1, "row"), count_of(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}{plural}"
