"""Numbers and dates out of columns of any type, text among them."""

import contextlib
import re
import warnings
from numbers import Number
from typing import NamedTuple

import numpy as np

from .dates import date_of_text, microseconds
from .distinct import factorize, is_missing, some

__all__ = ["Reading", "as_numbers", "number_of_text"]

MOSTLY = 0.95  # of the values: with more that are numbers, the others are mistakes
BLANK = {"", "nan", "nat", "<na>"}  # what becomes of missing values as text
MARKS = {"-", "--", ".", "?", "n/a", "na", "n.a.", "nil", "none", "null", "unknown"}
MARKS |= {"missing", "not available", "#n/a", "#div/0!", "#value!", "#null!"}

CURES = {
    "numbers": "pass numbers",
    "dates": "convert it with pandas.to_datetime",
    "durations": "convert it with pandas.to_timedelta",
    "times": "pass datetime.time",
}

# With a zero before the comma it is one of decimals, not of thousands
_NUMBER = re.compile(
    r"[+-]?([1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]*)?|[0-9]+(\.[0-9]*)?|\.[0-9]+)"
    r"(e[+-]?[0-9]+)?(\s?%)?|[+-]?inf(inity)?",
    re.ASCII | re.IGNORECASE,
)


def number_of_text(text):
    """Return the number that a text is, None if it is none.

    Parameters
    ----------
    text : str
        Digits, with spaces around them, commas between thousands, an exponent or a
        percent sign, if any. What Python alone takes for numbers is none: "3_1".

    Returns
    -------
    float or None
        Hundredths of percents.

    Examples
    --------
    >>> [number_of_text(text) for text in ("1,234.50", " 3 ", "12%", "3_1", "0x1F")]
    [1234.5, 3.0, 0.12, None, None]
    """
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    if text.endswith("%"):
        return float(text[:-1].replace(",", "")) / 100
    return float(text.replace(",", ""))


def _read(value):
    """Return what a value is, and how much."""
    if isinstance(value, (str, bytes)):
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        if (number := number_of_text(text)) is not None:
            return "numbers", number
        if (number := date_of_text(text)) is not None:
            return "dates", number
        text = text.strip().lower()
        kind = "missing" if text in BLANK else "marks" if text in MARKS else "other"
        return kind, np.nan
    if is_missing(value):
        return "missing", np.nan
    if isinstance(value, (bool, np.bool_)):
        return "booleans", float(value)
    if isinstance(value, (complex, np.complexfloating)):
        return "other", np.nan
    if isinstance(value, Number) and not isinstance(value, np.timedelta64):
        try:
            return "numbers", float(value)
        except OverflowError:  # an integer of more than 308 digits
            return "numbers", np.inf if value > 0 else -np.inf
    return microseconds(value) or ("other", np.nan)


def _read_all(values):
    """Return what values are and how much, as arrays."""
    if set(map(type, values)) <= {int, float, type(None)}:
        with contextlib.suppress(OverflowError):  # in an eighth of the time
            numbers = np.array(values, dtype=float)
            return np.where(np.isnan(numbers), "missing", "numbers"), numbers
    kinds, numbers = zip(*map(_read, values), strict=True)
    return np.array(kinds), np.array(numbers)


class Reading(NamedTuple):
    """How the values of a column are to be read.

    Parameters
    ----------
    kind : {"numbers", "dates", "durations", "times"}, default="numbers"
        What they are.
    in_text : bool, default=False
        Whether some are text. What is of another kind then counts as missing; else it
        is an error.

    Examples
    --------
    >>> Reading.of(np.array(["1.5", "12%"]))
    Reading(kind='numbers', in_text=True)
    """

    kind: str = "numbers"
    in_text: bool = False

    @classmethod
    def of(cls, column):
        """Return how to read a column; None if its values are mostly something else.

        At least 95 % of the values have to be of the kind. Marks for missing values,
        such as "-", do not count, unless they are the most.
        """
        if column.dtype.kind in "mM":
            return cls("dates" if column.dtype.kind == "M" else "durations")
        if column.dtype.kind in "iuf" and column.ndim == 1:
            return cls()
        uniques, inverse = factorize(column)
        counts = np.bincount(inverse, minlength=len(uniques))
        kinds, _ = _read_all(uniques)
        totals = {kind: counts[kinds == kind].sum() for kind in CURES}
        kind = max(CURES, key=totals.get)
        n_marks = counts[kinds == "marks"].sum()
        n_values = len(column) - n_marks - counts[kinds == "missing"].sum()
        if totals[kind] < max(MOSTLY * n_values, n_marks, 1):
            return None
        return cls(kind, any(isinstance(value, (str, bytes)) for value in uniques))


def as_numbers(values, name, reading=None):
    """Return a column of any type as floats, NaN where missing.

    Parameters
    ----------
    values : ndarray of shape (n_samples,)
        Column.
    name : str or int
        What to call it in errors and warnings.
    reading : Reading, optional
        How it was read in training; by default as numbers.

    Returns
    -------
    ndarray of shape (n_samples,)
        Floats; microseconds for dates and the like.

    Raises
    ------
    ValueError
        If there are values of another kind, unless some were text in training.

    Warns
    -----
    UserWarning
        If there are values of another kind, and some were text in training.

    Examples
    --------
    >>> as_numbers(np.array([1, None, "2.5"], dtype=object), "age")
    array([1. , nan, 2.5])
    """
    reading = Reading() if reading is None else reading
    if values.dtype.kind in "mM" and reading.kind == Reading.of(values).kind:
        times = values.astype(f"{values.dtype.kind}8[us]")
        return np.where(np.isnat(times), np.nan, times.astype(np.int64))
    uniques, inverse = factorize(values)
    kinds, numbers = _read_all(uniques)
    right = [reading.kind, "missing"]
    right += ["booleans"] * (reading.kind == "numbers")
    wrong = np.flatnonzero(~np.isin(kinds, right))
    if len(wrong):
        _raise_unless_mistakes(reading, kinds, uniques, wrong, name)
        n_wrong, n_rows = np.isin(inverse, wrong).sum(), len(values)
        shown = some([uniques[i] for i in wrong])
        warnings.warn(
            f"Feature {name!r} has values that are not {reading.kind}, in {n_wrong} of "
            f"{n_rows} rows, such as {shown}: they count as missing. Clean them, or "
            "name the feature in categorical_features.",
            UserWarning,
            stacklevel=2,
        )
        numbers[wrong] = np.nan
    return numbers[inverse]


def _raise_unless_mistakes(reading, kinds, uniques, wrong, name):
    """Raise unless the wrong values of a column may be missing ones."""
    others = [i for i in wrong if kinds[i] in CURES]
    if reading.in_text and (reading.kind in kinds or not others):
        return
    if others:
        value, has = uniques[others[0]], f"{kinds[others[0]]}, such as"
        cure = f"{CURES[reading.kind]}, or fit again to what it is now."
    else:
        value, has = uniques[wrong[0]], "the value"
        cure = f"{CURES[reading.kind]}, or fit with it among the categorical_features."
    raise ValueError(
        f"Feature {name!r} should be {reading.kind}, but has {has} {value!r}: {cure}"
    )
