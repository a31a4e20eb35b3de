"""Columns as models take them, from columns as tables have them.

The text columns of a table are read together, because one tells of another: a file
whose "1,5" can only have a decimal comma has it in "1,234" too.
"""

from collections import Counter
from importlib import import_module

import numpy as np

from .dates import read_dates
from .messages import count_of
from .values import ALWAYS_MISSING, MOST, is_mark, read_numbers, tidied

__all__ = ["MAX_LEVELS", "is_text", "tidy"]

MAX_LEVELS = 254  # HistGradientBoosting takes 255; one is kept for the merged rest
LARGEST_EXACT = 2**53  # above it, float64 does not tell whole numbers apart


def tidy(frame, notes, separator=""):
    """Make columns of float64 and of categories; drop those with a single value.

    Parameters
    ----------
    frame : DataFrame
        Features.
    notes : Notes
        Is told what was changed.
    separator : str, default=""
        Between the fields of the file: where that is a semicolon or a tab, a comma is
        more likely a decimal one.

    Returns
    -------
    DataFrame
        Columns of float64, NaN where missing, and of type category.
    """
    pd = import_module("pandas")
    given = [frame.iloc[:, i] for i in range(frame.shape[1])]
    texts = {i: _Text(column) for i, column in enumerate(given) if is_text(column)}
    decimal = _agreed([text.numbers for text in texts.values()], ".,")
    order = _agreed([text.dates for text in texts.values()], ("month", "day"))
    if order is None and decimal == ",":
        order = "day"
    if decimal is None and separator in (";", "\t"):
        decimal = ","
    columns = {}
    for i, (name, column) in enumerate(zip(frame.columns, given, strict=True)):
        if i in texts:
            column = texts[i].column(name, decimal or ".", order, notes)
        else:
            column = _from_typed(column)
        if isinstance(column.dtype, pd.CategoricalDtype):
            if len(column.cat.categories) > MAX_LEVELS:
                rare = "Rare values are merged, there being over"
                notes.say(f"{rare} {MAX_LEVELS}, in", name)
        elif np.isinf(column).any():
            column = column.where(np.isfinite(column))
            notes.say("Infinite numbers count as missing in", name)
        if column.nunique(dropna=False) > 1:
            columns[name if name not in columns else f"{name}.{i}"] = column
        else:
            notes.say("Left out, having one value or none:", name)
    return pd.DataFrame(columns, index=frame.index)


def is_text(column):
    """Whether a Series has text, or categories that are text, beside missing values."""
    infer = import_module("pandas").api.types.infer_dtype
    values = getattr(column, "cat", None)
    if values is not None:
        return infer(values.categories) == "string"
    return infer(column, skipna=True) in ("string", "empty")


def _agreed(readings, keys):
    """Return the one way in which columns can be read that leave no choice, if any."""
    forced = {next(iter(reading)) for reading in readings if len(reading) == 1}
    if keys == ".,":  # whole numbers are read alike, and tell nothing
        forced = {
            mark
            for reading in readings
            if len(reading) == 1
            for mark, way in reading.items()
            if any(mark in text for text in way.values)
        }
    return forced.pop() if len(forced) == 1 else None


class _Text:
    """A column of text, and the ways to read it."""

    def __init__(self, column):
        pd = import_module("pandas")
        self.index = column.index
        self.codes, given = pd.factorize(column.astype(object))
        self.given = [str(text) for text in given]
        self.texts = [tidied(text) for text in self.given]
        self.counts = Counter()
        n_rows = np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))
        for text, n in zip(self.texts, n_rows.tolist(), strict=True):
            self.counts[text] += n
        valued = {t: n for t, n in self.counts.items() if not is_mark(t)}
        if {text.lower() for text in valued} <= {"true", "false"}:
            valued = {}
        self.valued = valued
        self.numbers = read_numbers(valued)
        self.dates = {} if self.numbers else read_dates(valued)

    def column(self, name, decimal, order, notes):
        """Return it as numbers, days or categories."""
        values, known = None, set(self.counts) - ALWAYS_MISSING
        if not self.valued:
            values = {t: float(t.lower() == "true") for t in known if not is_mark(t)}
        elif self.numbers:
            values = self._chosen_numbers(name, decimal, notes)
        elif self.dates:
            values = self._chosen_dates(name, order, notes)
        if values is None:
            self._tell_missing(name, ALWAYS_MISSING & set(self.counts), notes)
            return self._categories(name, notes)
        others = set(self.counts) - set(values)
        self._tell_missing(name, {t for t in others if is_mark(t)}, notes)
        bad = sorted(t for t in others if not is_mark(t))
        if bad:
            n = sum(self.counts[text] for text in bad)
            some = ", ".join(map(repr, bad[:3])) + (", \u2026" if len(bad) > 3 else "")
            kind = "numbers" if self.numbers else "dates"
            notes.say(
                f"{count_of(n, 'value')} that cannot be read as {kind} ({some}) "
                "counted as missing in",
                name,
            )
        return self._mapped([values.get(text, np.nan) for text in self.texts])

    def _chosen_numbers(self, name, decimal, notes):
        mark = decimal if decimal in self.numbers else next(iter(self.numbers))
        reading = self.numbers[mark]
        if _merges(reading.values):
            notes.say(
                "Whole numbers above 2**53, which as numbers would not be told apart, "
                "count as categories in",
                name,
            )
            return None
        if len(self.numbers) == 2 and reading.remarks:
            text = next(t for t, v in reading.values.items() if "," in t or "." in t)
            value = f"{reading.values[text]:.15g}"
            notes.say(
                f"{text!r} could be read in two ways, and was as {value}, in", name
            )
        for remark in reading.remarks:
            notes.say(remark, name)
        return reading.values

    def _chosen_dates(self, name, order, notes):
        if len(self.dates) == 2:
            first = order or "month"
            notes.say(
                f"Dates such as {next(iter(self.valued))!r} do not tell the day from "
                f"the month: the {first} was taken to be first in",
                name,
            )
            return self.dates[first].values
        (way,) = self.dates.values()
        return way.values

    def _categories(self, name, notes):
        pd = import_module("pandas")
        known = {text for text in self.texts if text not in ALWAYS_MISSING}
        if len(known) < sum(text not in ALWAYS_MISSING for text in self.texts):
            notes.say("Values that differ only in spaces were made one in", name)
        total = sum(self.valued.values())
        share = sum(
            n for text, n in self.valued.items() if text[0].isdecimal()
        ) and sum(n for t, n in self.valued.items() if read_numbers({t: 1}))
        if total and 0.5 <= share / total < MOST:
            notes.say(
                "Over half of the values are numbers, but fewer than 95 %, so that all "
                "count as categories, in",
                name,
            )
        values = [None if text in ALWAYS_MISSING else text for text in self.texts]
        codes = np.append(np.array(values, dtype=object), None)[self.codes]
        return pd.Series(codes, self.index, dtype=object).astype("category")

    def _mapped(self, values):
        pd = import_module("pandas")
        return pd.Series(
            np.append(np.array(values, float), np.nan)[self.codes], self.index
        )

    def _tell_missing(self, name, marks, notes):
        for mark in sorted(marks - {"", "NA", "NaN", "nan", "null", "NULL", "?"}):
            notes.say(f"{mark!r} counts as missing in", name)


def _merges(values):
    """Whether float64 makes one of several whole numbers."""
    large = {
        text: value
        for text, value in values.items()
        if abs(value) >= LARGEST_EXACT and text.lstrip("+-").isdecimal()
    }
    return len(set(large.values())) < len({int(text) for text in large})


def _from_typed(column):
    """Return a column as float64, dates as days since 1970, or as categories."""
    pd = import_module("pandas")
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if not isinstance(column.dtype, pd.CategoricalDtype):
        if pd.api.types.is_timedelta64_dtype(column):
            return column.dt.total_seconds()
        if pd.api.types.is_integer_dtype(column):
            values = column.dropna().unique()
            if len(np.unique(values.astype("float64"))) == len(values):
                return column.astype("float64")
        elif pd.api.types.is_numeric_dtype(column):
            return column.astype("float64")
        elif kind in (
            "boolean",
            "decimal",
            "floating",
            "integer",
            "mixed-integer-float",
        ):
            return column.where(column.notna(), np.nan).astype("float64")
        elif kind in ("date", "datetime", "datetime64"):
            return _days(pd, column)
    column = column.astype(object).map(str, na_action="ignore")
    return column.astype("category")


def _days(pd, column):
    # Seconds reach beyond the year 9999, which often stands for "never"; nanoseconds,
    # which to_datetime makes of objects before pandas 3, do not.
    if column.dtype == object:
        dates = column.astype("datetime64[s, UTC]")
    else:
        dates = pd.to_datetime(column, utc=True)
    days = dates.dt.tz_convert(None).astype("datetime64[s]").astype("int64") / 86400
    return days.where(dates.notna())
