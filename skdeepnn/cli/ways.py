"""How each column of a table is read: found in training, kept with the model.

A value is read by itself, so that it means the same in any file, and in any part of it.
"""

from importlib import import_module
from typing import NamedTuple

import numpy as np

from .dates import read_date
from .values import ALWAYS_MISSING, is_mark, read_number, tidied

__all__ = ["Reader", "Way", "days_of"]

MAX_CACHED = 5_000  # texts of a column that are kept with their values
KINDS = ("booleans", "numbers", "dates", "durations", "categories")


class Way(NamedTuple):
    """How a column is read.

    Parameters
    ----------
    name : str
        Of the column in the file.
    n_after : int
        How many columns behind it have this name too.
    feature : str
        What the model calls it.
    kind : {"booleans", "numbers", "dates", "durations", "categories"}
        What its values are. All but categories become numbers: dates days since 1970,
        durations seconds.
    mark : {".", ","}, default="."
        Of decimals, where numbers are text.
    unit : str, default=""
        That numbers have behind or before them.
    order : {"month", "day", None}, default=None
        Which of the two is first where dates have both as numbers; None where nothing
        told: such dates are then not read.

    Examples
    --------
    >>> way = Way("price", 0, "price", "numbers", mark=",", unit="EUR")
    >>> [way.value_of(text) for text in ("1.234,50 EUR", "7", "n.a.", "5 kg")]
    [1234.5, 7.0, nan, None]
    """

    name: str
    n_after: int
    feature: str
    kind: str
    mark: str = "."
    unit: str = ""
    order: str | None = None

    @classmethod
    def of(cls, plain):
        """Return it from the dict that `_asdict` makes, which a file may hold.

        Raises
        ------
        TypeError or ValueError
            If that is none.
        """
        way = cls(**plain)
        is_valid = (
            all(type(text) is str for text in (way.name, way.feature, way.unit))
            and type(way.n_after) is int
            and way.n_after >= 0
            and way.kind in KINDS
            and way.mark in (".", ",")
            and way.order in ("month", "day", None)
        )
        if not is_valid:
            raise ValueError("it says of a column what there is not")
        return way

    def value_of(self, text):
        """Return what a text means: NaN or "" if it is missing, None if unreadable."""
        text = tidied(text)
        if self.kind == "categories":
            return "" if text in ALWAYS_MISSING else text
        if text in ALWAYS_MISSING or is_mark(text):
            return np.nan
        if self.kind == "numbers":
            value = read_number(text, self.mark, self.unit)
        elif self.kind == "dates":
            value = read_date(text, self.order)
        elif self.kind == "booleans":
            value = {"true": 1.0, "false": 0.0}.get(text.lower())
        else:
            value = None
        return np.nan if value is not None and np.isinf(value) else value


class Reader:
    """Reads a column, block by block, and counts what cannot be read.

    Parameters
    ----------
    way : Way
        How.

    Attributes
    ----------
    n_bad : int
        Values that could not be read so far, which count as missing.
    bad : list of str
        The first few of them.

    Examples
    --------
    >>> reader = Reader(Way("x", 0, "x", "numbers"))
    >>> reader.read(["1", "", "one", "two"]), reader.n_bad, reader.bad
    (array([ 1., nan, nan, nan]), 2, ['one', 'two'])
    """

    def __init__(self, way):
        self.way = way
        self.n_bad, self.bad = 0, []
        self._texts, self._unreadable = {}, set()

    def read(self, values):
        """Return the values of a block as numbers, or categories as text and None.

        Parameters
        ----------
        values : list or Series of shape (n_samples,)
            Texts, or the values of a typed column.

        Returns
        -------
        ndarray of shape (n_samples,)
            Of floats, NaN where missing, or of objects.
        """
        if isinstance(values, list):
            return self._from_texts(values)
        kind = values.dtype.kind
        if kind == "M" and self.way.kind == "dates":
            return days_of(values).to_numpy(dtype=float)
        if kind == "m" and self.way.kind == "durations":
            return values.dt.total_seconds().to_numpy(dtype=float)
        if kind in "biuf" and self.way.kind == "numbers":
            numbers = values.to_numpy(dtype=float, copy=True)
            numbers[np.isinf(numbers)] = np.nan
            return numbers
        return self._from_objects(values.astype(object))

    def _from_texts(self, texts):
        known = self._texts
        if len(known) > MAX_CACHED:
            known.clear()
            self._unreadable.clear()
        for text in set(texts).difference(known):
            value = self.way.value_of(text)
            if value is None:
                self._unreadable.add(text)
                value = np.nan
            known[text] = value
        if self._unreadable:
            self._count([text for text in texts if text in self._unreadable])
        values = list(map(known.__getitem__, texts))
        if self.way.kind == "categories":
            return np.array([value or None for value in values], dtype=object)
        return np.array(values, dtype=float)

    def _from_objects(self, column):
        """Read values each by its own type: a block may have others than the whole."""
        pd = import_module("pandas")
        kind = pd.api.types.infer_dtype(column, skipna=True)
        if self.way.kind == "dates" and kind in ("date", "datetime"):
            return days_of(column).to_numpy(dtype=float)
        try:
            codes, given = pd.factorize(column)
        except TypeError:  # lists and the like go by their text
            codes, given = pd.factorize(column.map(str, na_action="ignore"))
        values = [self._one(value) for value in given]
        is_bad = np.array([*(value is None for value in values), False])[codes]
        if is_bad.any():
            self._count(column[is_bad].tolist())
        if self.way.kind == "categories":
            return np.fromiter([*(v or None for v in values), None], object)[codes]
        return np.array([*values, None], dtype=float)[codes]

    def _one(self, value):
        if isinstance(value, str):
            return self.way.value_of(value)
        if self.way.kind == "categories":
            return str(value)
        if self.way.kind not in ("numbers", "booleans"):
            return None
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return None
        if self.way.kind == "booleans" and number not in (0, 1):
            return None
        return number if np.isfinite(number) else np.nan

    def _count(self, values):
        self.n_bad += len(values)
        for value in map(str, values[: 100 if len(self.bad) < 4 else 0]):
            if len(self.bad) < 4 and value not in self.bad:
                self.bad.append(value)


def days_of(column):
    """Return dates as days since 1970, in UTC.

    Parameters
    ----------
    column : Series
        Of dates or datetimes.

    Returns
    -------
    Series of float
        NaN where missing.

    Examples
    --------
    >>> import pandas as pd
    >>> days_of(pd.Series(pd.to_datetime(["1970-01-02 12:00", None]))).tolist()
    [1.5, nan]
    """
    pd = import_module("pandas")
    # Seconds reach beyond the year 9999, which often stands for "never"; nanoseconds,
    # which to_datetime makes of objects before pandas 3, do not.
    if column.dtype == object:
        dates = column.astype("datetime64[s, UTC]")
    else:
        dates = pd.to_datetime(column, utc=True)
    days = dates.dt.tz_convert(None).astype("datetime64[s]").astype("int64") / 86400
    return days.where(dates.notna())
