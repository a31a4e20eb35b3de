"""Numbers and missing values from the text that people write for them.

A column is judged as a whole, by its distinct texts and how often each occurs: it is
numbers or dates where all of it is, or nearly all (:data:`MOST`). What then is neither
counts as missing, and a note says so.
"""

import re
from typing import NamedTuple

__all__ = [
    "ALWAYS_MISSING",
    "MOST",
    "Reading",
    "is_mark",
    "read_number",
    "read_numbers",
    "tidied",
]

MOST = 0.95
"""Share of the rows with a value that make a column one of numbers, or of dates."""

# fmt: off
ALWAYS_MISSING = frozenset([
    "", "?", "NA", "N/A", "n/a", "NaN", "nan", "-NaN", "-nan", "NULL", "null", "None",
    "<NA>", "\\N", "#N/A", "#N/A N/A", "#NA", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?",
    "#NULL!", "#NUM!", "1.#IND", "1.#QNAN", "-1.#IND", "-1.#QNAN",
])
"""What is missing in a column of features whatever else is there."""

MARKS = frozenset([
    "(blank)", "(empty)", "(missing)", "(null)", "*", "-", "--", "---", ".", "..",
    "...", "/", "blank", "empty", "k. a.", "k.a.", "keine angabe", "missing", "n. a.",
    "n.a", "n.a.", "n/a", "na", "nan", "nil", "no data", "none", "not applicable",
    "not available", "not known", "null", "tbd", "undefined", "unk", "unknown",
    "\u2013", "\u2014",
])
# fmt: on
"""What, in any case of letters, is missing among numbers and dates, but not in text."""

_EDGES = re.compile(r"^[\s\u200b\ufeff]+|[\s\u200b\ufeff]+$")
_SPACES = re.compile(r"[\u00a0\u2007\u2009\u202f]")
_CURRENCY = r"US\$|R\$|[$\u20ac\u00a3\u00a5\u20b9]|USD|EUR|GBP|CHF|JPY|Rs\.?"
_DECORATED = re.compile(
    r"(?P<bound>[<>]=?|\u2264|\u2265)?\s*(?P<sign>[+-]?)\s*"
    rf"(?P<before>(?:{_CURRENCY})?)\s*(?P<sign2>[+-]?)"
    r"(?P<body>[\d.,][\d.,' \u2019]*?(?:[eE][+-]?\d+)?)"
    rf"\s*(?P<after>(?:%|\u2030|{_CURRENCY}|[^\W\d_]+\.?|\u00b0[CF]?)?)"
)
_PLAIN = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity)", re.I)
_GROUPED = re.compile(r"\d{1,3}(?:([ '\u2019])\d{3})(?:\1\d{3})*(?:[.,]\d*)?")
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_GROUP = r"[1-9]\d{0,2}"  # "0.123" has no thousands
_STYLES = {
    ".": re.compile(
        rf"(?:(?:{_GROUP}(?:,\d{{2,3}})*,\d{{3}}|\d+)(?:\.\d*)?|\.\d+){_EXPONENT}"
    ),
    ",": re.compile(rf"(?:(?:{_GROUP}(?:\.\d{{3}})+|\d+)(?:,\d*)?|,\d+){_EXPONENT}"),
}


class Reading(NamedTuple):
    """One way to read the texts of a column.

    Parameters
    ----------
    values : dict of str to float
        Of each text that can be read so.
    n_rows : int
        Rows that have one of these.
    remarks : tuple of str
        What was done to them: beginnings of sentences that end in names of columns.
    unit : str
        That is behind or before the numbers, if any.
    """

    values: dict
    n_rows: int
    remarks: tuple = ()
    unit: str = ""


def tidied(text):
    r"""Return a text without white space around it, and with plain spaces in it.

    Examples
    --------
    >>> tidied("\u00a0New\u00a0York\t")
    'New York'
    """
    if text.isascii():
        return text.strip()
    return _SPACES.sub(" ", _EDGES.sub("", text))


def is_mark(text):
    """Whether a text stands for a missing number or date.

    Examples
    --------
    >>> [is_mark(text) for text in ("N.A.", "#DIV/0!", "--", "0")]
    [True, True, True, False]
    """
    return text in ALWAYS_MISSING or text.lower() in MARKS


def read_numbers(counts):
    """Read the texts of a column as numbers.

    Parameters
    ----------
    counts : dict of str to int
        How many rows have each text, missing values and marks of such left out.

    Returns
    -------
    dict of str to Reading
        With a decimal point (key ".") and with a decimal comma (","), as far as at
        least :data:`MOST` of the rows can be read so. Where the two have the same
        values there is the first alone.

    Examples
    --------
    >>> read_numbers({"$ 1,234.50": 3, "$ 7": 2})["."].values
    {'$ 1,234.50': 1234.5, '$ 7': 7.0}
    >>> {mark: reading.values for mark, reading in read_numbers({"1,234": 9}).items()}
    {'.': {'1,234': 1234.0}, ',': {'1,234': 1.234}}
    >>> read_numbers({"3_1": 9, "5 kg": 1})
    {}
    """
    total = sum(counts.values())
    if all(map(_PLAIN.fullmatch, counts)):
        plain = Reading({text: float(text) for text in counts}, total)
        if any(_STYLES[","].fullmatch(t) is None for t in counts if "." in t) or not (
            any("." in text for text in counts)
        ):
            return {".": plain} if total else {}
    parsed = {text: _undecorated(text) for text in counts}
    parsed = {text: parts for text, parts in parsed.items() if parts is not None}
    readings = {}
    for mark in _STYLES:
        values = {t: _number(p["body"], mark, p["sign"]) for t, p in parsed.items()}
        values = {text: value for text, value in values.items() if value is not None}
        n_rows = sum(counts[text] for text in values)
        used = {text: parsed[text] for text in values}
        if n_rows and n_rows >= MOST * total and _is_of_one_unit(used, counts):
            unit = max(parts["unit"] for parts in used.values())
            readings[mark] = Reading(values, n_rows, tuple(_remarks(used, mark)), unit)
    if len(readings) == 2:
        point, comma = readings["."], readings[","]
        if point.values == comma.values or comma.n_rows < point.n_rows:
            del readings[","]
        elif point.n_rows < comma.n_rows:
            del readings["."]
    return readings


def read_number(text, mark, unit=""):
    """Read a number as those of its column were.

    Parameters
    ----------
    text : str
        Tidied.
    mark : {".", ","}
        Of decimals.
    unit : str, default=""
        That the column has. A number may lack it if it is a currency, or the number 0;
        another unit it may not have.

    Returns
    -------
    float or None
        None if it is no such number.

    Examples
    --------
    >>> read_number("1,234", "."), read_number("1,234", ","), read_number("3 kg", ".")
    (1234.0, 1.234, None)
    """
    is_optional = not unit or re.fullmatch(_CURRENCY, unit)
    if mark == "." and is_optional and _PLAIN.fullmatch(text):
        return float(text)  # in a fraction of the time
    parts = _undecorated(text)
    if parts is None:
        return None
    value = _number(parts["body"], mark, parts["sign"])
    if parts["unit"] == unit or (is_optional and not parts["unit"]):
        return value
    return None if parts["unit"] or value != 0 else value


def _undecorated(text):
    """Take a number's text apart, or return None if it is none."""
    text = text.replace("\u2212", "-")
    negative = len(text) > 2 and text[0] == "(" and text[-1] == ")"
    match = _DECORATED.fullmatch(text[1:-1].strip() if negative else text)
    if match is None:
        if _PLAIN.fullmatch(text) is None:
            return None
        return {"body": text.lower(), "sign": 1, "unit": "", "bound": "", "paren": ""}
    signs = match["sign"] + match["sign2"] + ("-" if negative else "")
    if len(signs) > 1 or (match["before"] and match["after"]):
        return None
    return {
        "body": match["body"],
        "sign": -1 if signs == "-" else 1,
        "unit": match["before"] or match["after"],
        "bound": match["bound"] or "",
        "paren": "(" if negative else "",
    }


def _number(body, mark, sign):
    if _GROUPED.fullmatch(body):
        body = re.sub("[ '\u2019]", "", body)
    if _STYLES[mark].fullmatch(body) is None:
        return sign * float(body) if "inf" in body else None
    group = "," if mark == "." else "."
    return sign * float(body.replace(group, "").replace(mark, "."))


def _is_of_one_unit(parsed, counts):
    """Whether numbers can be compared: "5%" and "7", "5 kg" and "7 g" cannot."""
    units = {parts["unit"] for parts in parsed.values()} - {""}
    bounded = sum(counts[text] for text, parts in parsed.items() if parts["bound"])
    if len(units) > 1 or 2 * bounded > sum(counts[text] for text in parsed):
        return False  # where most are bounds, such as "<50" and ">50", they are classes
    if not units or re.fullmatch(_CURRENCY, *units):
        return True
    return all(p["unit"] or not p["body"].strip("0.,") for p in parsed.values())


def _remarks(parsed, mark):
    bodies = [parts["body"] for parts in parsed.values()]
    group = "," if mark == "." else "."
    if mark == "," and any("," in body for body in bodies):
        yield "Decimal commas were read in"
    for separator, name in (
        (group, {",": "commas", ".": "points"}[group]),
        (" ", "spaces"),
        ("'", "apostrophes"),
        ("\u2019", "apostrophes"),
    ):
        if any(separator in body for body in bodies):
            yield f"Thousands set off by {name} were read in"
    for unit in sorted({parts["unit"] for parts in parsed.values()} - {""}):
        yield f"Numbers were read without their {unit!r} in"
    if any(parts["bound"] for parts in parsed.values()):
        yield "Bounds such as '<1' count as the number itself in"
    if any(parts["paren"] for parts in parsed.values()):
        yield "Numbers in parentheses count as negative in"
