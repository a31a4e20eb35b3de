"""Dates, durations and times of day, of whatever library, as microseconds."""

import re
from datetime import date, datetime, time, timedelta

import numpy as np

__all__ = ["circles", "cycles_of", "date_of_text", "microseconds"]

EPOCH = datetime(1970, 1, 1)
MICROSECOND = timedelta(microseconds=1)

# One of ISO 8601's forms: others, such as 03/04/2020, are read differently by country
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?\s?(Z|[+-]\d\d(:?\d\d)?)?)?",
    re.ASCII,
)


def date_of_text(text):
    """Return a date in ISO's form as microseconds since 1970, None for other text.

    Parameters
    ----------
    text : str
        Such as "2020-03-04" or "2020-03-04T05:06:07.5+01:00".

    Returns
    -------
    float or None
        In UTC, as which dates without a time zone count.

    Examples
    --------
    >>> date_of_text("1970-01-02"), date_of_text("02/01/1970")
    (86400000000.0, None)
    """
    text = text.strip()
    if not _ISO.fullmatch(text):
        return None
    try:
        return _since_epoch(datetime.fromisoformat(text.replace(" ", "T", 1)))
    except ValueError:  # such as the 30th of February
        return None


def microseconds(value):
    """Return what a value is in time, and how much of it.

    Parameters
    ----------
    value : object
        Date, datetime, duration, time of day or period, of Python, NumPy or pandas.

    Returns
    -------
    tuple of (str, float) or None
        One of "dates", "durations" and "times", and microseconds: since 1970 in UTC,
        in all, and since midnight. None for anything else.

    Examples
    --------
    >>> microseconds(date(1970, 1, 2)), microseconds(timedelta(seconds=1))
    (('dates', 86400000000.0), ('durations', 1000000.0))
    """
    if isinstance(value, date):  # datetime and pandas' Timestamp are dates
        return "dates", _since_epoch(value)
    if isinstance(value, timedelta):
        return "durations", value / MICROSECOND
    if isinstance(value, time):
        moment = datetime.combine(EPOCH, value.replace(tzinfo=None))
        return "times", (moment - EPOCH) / MICROSECOND
    if isinstance(value, np.datetime64):
        return "dates", float(value.astype("M8[us]").astype(np.int64))
    if isinstance(value, np.timedelta64):
        return "durations", float(value.astype("m8[us]").astype(np.int64))
    if hasattr(value, "freqstr") and hasattr(value, "start_time"):  # pandas' Period
        return "dates", _since_epoch(value.start_time)
    return None


def _since_epoch(value):
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    offset = value.utcoffset() or timedelta(0)  # in UTC it may be before the year 1
    return (value.replace(tzinfo=None) - EPOCH - offset) / MICROSECOND


def cycles_of(moments):
    """Return the cycles through which dates go, of those that are more than one step.

    Parameters
    ----------
    moments : ndarray of shape (n_samples,)
        Microseconds since 1970, NaN where missing.

    Returns
    -------
    list of str
        Of "month", "weekday" and "hour".

    Examples
    --------
    >>> cycles_of(np.array([0, 86_400e6, 2 * 86_400e6]))  # three days at midnight
    ['weekday']
    """
    steps = _steps(moments[np.isfinite(moments)])
    return [name for name, (step, _) in steps.items() if len(np.unique(step)) > 1]


def circles(moments, cycles):
    """Return where dates are in their cycles, as points on circles.

    Parameters
    ----------
    moments : ndarray of shape (n_samples,)
        Microseconds since 1970, NaN where missing.
    cycles : list of str
        What :func:`cycles_of` has returned.

    Returns
    -------
    ndarray of shape (n_samples, 2 * n_cycles)
        Sine and cosine of each; zeros where missing.

    Examples
    --------
    >>> circles(np.array([0, 6 * 3600e6, np.nan]), ["hour"]).round(6)
    array([[0., 1.],
           [1., 0.],
           [0., 0.]])
    """
    known = np.isfinite(moments)
    points = np.zeros((len(moments), 2 * len(cycles)))
    steps = _steps(moments[known])
    for i, name in enumerate(cycles):
        step, n_steps = steps[name]
        angle = 2 * np.pi * step / n_steps
        points[known, 2 * i], points[known, 2 * i + 1] = np.sin(angle), np.cos(angle)
    return points


def _steps(moments):
    """Return the step in each cycle, and of how many."""
    times = moments.astype(np.int64).astype("M8[us]")
    days = times.astype("M8[D]").astype(np.int64)
    return {
        "month": (times.astype("M8[M]").astype(np.int64) % 12, 12),
        "weekday": ((days + 3) % 7, 7),  # the first of January 1970 was a Thursday
        "hour": (times.astype("M8[h]").astype(np.int64) % 24, 24),
    }
