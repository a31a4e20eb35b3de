"""Dates and times from the text that people write for them."""

import re
from datetime import datetime

from .values import MOST, Reading

__all__ = ["read_date", "read_dates"]

_TIME = (
    r"(?:(?:T|,?\s+)(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d(?:[.,]\d+)?))?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?)?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
# fmt: off
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun",
           "jul", "aug", "sep", "oct", "nov", "dec"]
# fmt: on
_NAME = rf"(?P<name>(?:{'|'.join(_MONTHS)})[a-z]*)\.?"
_DATES = [
    re.compile(_WEEKDAY + pattern + _TIME, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})(?P<by>[-/.])(?P<month>\d{1,2})(?P=by)(?P<day>\d{1,2})",
        r"(?P<first>\d{1,2})(?P<by>[-/.])(?P<last>\d{1,2})(?P=by)(?P<year>\d{4}|\d\d)",
        rf"(?P<day>\d{{1,2}})\.?[-/ ]?{_NAME}[-/, ]+(?P<year>\d{{4}}|\d\d)",
        rf"{_NAME}[- ](?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[- ]+(?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}})[- ]{_NAME}[- ](?P<day>\d{{1,2}})",
    )
]
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")


def read_dates(counts):
    """Read the texts of a column as dates: days since 1970, in UTC where zones are.

    Parameters
    ----------
    counts : dict of str to int
        As of :func:`read_numbers`.

    Returns
    -------
    dict of str to Reading
        With the month before the day (key "month") and after it ("day") where the text
        has both as numbers, as far as at least :data:`MOST` of the rows can be read so.

    Examples
    --------
    >>> read_dates({"31.12.1969": 1, "02.01.1970 12:00": 1})["day"].values
    {'31.12.1969': -1.0, '02.01.1970 12:00': 1.5}
    >>> sorted(read_dates({"1/2/2020": 1}))
    ['day', 'month']
    """
    total = sum(counts.values())
    readings = {}
    parts = {text: _date_parts(text) for text in counts}
    parts = {text: found for text, found in parts.items() if found is not None}
    if not total or sum(counts[text] for text in parts) < MOST * total:
        return {}
    for order in ("month", "day"):
        values = {text: _days(found, order) for text, found in parts.items()}
        values = {text: value for text, value in values.items() if value is not None}
        n_rows = sum(counts[text] for text in values)
        if n_rows >= MOST * total:
            readings[order] = Reading(values, n_rows)
    if len(readings) == 2:
        month, day = readings["month"], readings["day"]
        if month.values == day.values or day.n_rows < month.n_rows:
            del readings["day"]
        elif month.n_rows < day.n_rows or all("." in text for text in parts):
            # With points the day is first: no one writes 12.31.2020
            del readings["month"]
    return readings


def read_date(text, order):
    """Read a date as those of its column were.

    Parameters
    ----------
    text : str
        Tidied.
    order : {"month", "day", None}
        Which is first where both are numbers; None where that is not known.

    Returns
    -------
    float or None
        Days since 1970; None if it is no date, or may be two.

    Examples
    --------
    >>> read_date("1970-01-02", None), read_date("2/1/1970", None)
    (1.0, None)
    """
    parts = _date_parts(text)
    if parts is None:
        return None
    value = _days(parts, order or "month")
    return value if order or value == _days(parts, "day") else None


def _date_parts(text):
    if not any(character.isdigit() for character in text):
        return None
    match = _CLOCK.fullmatch(text)
    if match:
        hour, minute, second = (float(group or 0) for group in match.groups())
        return {"days": hour / 24 + minute / 1440 + second / 86400}
    for pattern in _DATES:
        match = pattern.fullmatch(text)
        if match:
            return match.groupdict()
    return None


def _days(parts, order):
    if "days" in parts:
        return parts["days"]
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 2000 if year < 69 else 1900  # as POSIX and Python have it
    month, day = parts.get("month"), parts.get("day")
    if parts.get("name"):
        month = 1 + _MONTHS.index(parts["name"][:3].lower())
    elif "first" in parts:
        month, day = parts["first"], parts["last"]
        if order == "day":
            month, day = day, month
    hour, half = int(parts["hour"] or 0), (parts["half"] or " ")[0].lower()
    if half != " ":
        hour = hour % 12 + 12 * (half == "p")
    second = float((parts["second"] or "0").replace(",", "."))
    try:
        date = datetime(year, int(month), int(day), hour, int(parts["minute"] or 0))
    except ValueError:  # such as a 13th month
        return None
    days = (date - datetime(1970, 1, 1)).total_seconds() / 86400 + second / 86400
    zone = parts["zone"]
    if zone and zone[0] in "+-":
        offset = datetime.strptime(zone, "%z").utcoffset()
        days -= offset.total_seconds() / 86400
    return days
