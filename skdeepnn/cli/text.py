"""Rows from text: separators, quotes, titles, comments, footers.

What stands around the table is left out, with a note for each; a line inside it that
has too many or too few fields is an error, never padded. Files are read line by line:
how is decided by their beginning.
"""

import codecs
import csv
import io
import re
from collections import Counter
from itertools import islice

from .messages import CompareError, count_of
from .shape import shaped

__all__ = ["read_rows", "stream_rows"]

HEADER_WITHIN = 30  # lines of the file
SAMPLE = 1 << 16  # characters in which separator and quotes are looked for
HEAD = 500  # rows that tell the shape of a table that is not read at once
MAX_FIELD = 2**31 - 1  # the csv module's own bound is 131,072 characters
ESCAPED = re.compile(r'\\"(?!\s*(?:[,;\t|]|$))', re.MULTILINE)  # and not C:\",


def read_rows(content, name, notes, target=None):
    r"""Split a text file into the rows of its table.

    Parameters
    ----------
    content : bytes
        In UTF-8, or in UTF-16 with a byte order mark.
    name : str
        Of the file, for messages.
    notes : Notes
        Is told what was left out.
    target : str, default=None
        A column that there should be: tells which line is the header.

    Returns
    -------
    header : list of str
        Names of the columns; "" where there is none.
    rows : list of list of str
        All as long as the header.
    separator : str
        What stands between fields: one of ``,;\t|`` and the space.

    Raises
    ------
    CompareError
        If it is no table; the message names the line.

    Examples
    --------
    >>> from skdeepnn.cli.messages import Notes
    >>> notes = Notes()
    >>> read_rows(b"Pets of 2020\n\nlegs;pet;\n4;cat;\n2;bird;\n", "pets.csv", notes)
    (['legs', 'pet'], [['4', 'cat'], ['2', 'bird']], ';')
    >>> notes.sentences()[0]
    "Left out line 1, which is not of the table: 'Pets of 2020'."
    """

    def opened():
        return io.BytesIO(content)

    header, rows, separator = stream_rows(opened, name, notes, {target}, head=None)
    return header, list(rows), separator


def stream_rows(opened, name, notes, names=(), head=HEAD):
    r"""Split a text file into the rows of its table, one after another.

    The file is gone through once before, so that what is no text, or damaged, is found
    before the first row.

    Parameters
    ----------
    opened : callable
        Returns the file anew, as a binary one that is at its beginning.
    name : str
        Of the file, for messages.
    notes : Notes
        Is told what was left out, until the last row has been taken.
    names : collection of str, default=()
        Columns that there should be: they tell which line is the header.
    head : int or None, default=500
        How many rows tell the shape of the table; None is all.

    Returns
    -------
    header : list of str
        Names of the columns; "" where there is none.
    rows : iterator of list of str
        All as long as the header. It may raise what this function does.
    separator : str
        As of :func:`read_rows`.

    Raises
    ------
    CompareError
        If it is no table; the message names the line.

    Examples
    --------
    >>> from skdeepnn.cli.messages import Notes
    >>> opened = lambda: io.BytesIO(b"legs,pet\n4,cat\n2,bird\n")
    >>> header, rows, _ = stream_rows(opened, "pets.csv", Notes())
    >>> header, next(rows), next(rows)
    (['legs', 'pet'], ['4', 'cat'], ['2', 'bird'])
    """
    encoding = "utf-8-sig"
    with opened() as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            encoding = "utf-16"
    sample, is_escaped = _looked_through(opened, encoding, name)
    given = re.match(r"\s*\"?sep=(.)\"?\s*?[;,\t]*(\r?\n|$)", sample, re.IGNORECASE)
    skipped = 0
    if given:
        notes.say("Left out line 1, which only says what separates the fields.")
        skipped = len(sample[: given.end()].splitlines())
        sample = sample[given.end() :]
    quote = _quote(sample)
    separator = given[1] if given else _separator(sample, quote, names)
    if head is not None and sample.partition("\n")[0].strip('\r" ') in names:
        separator = ","  # the only column: what its values have is no separator
    if quote == "'":
        notes.say("Single quotes around fields were read as quotes.")
    counts = []  # of blank rows, one for each time that the file is gone through

    def lines():
        text = islice(_lines(opened, encoding, name), skipped, None)
        counts.append(Counter())
        rows = _parse(text, separator, quote, is_escaped, counts[-1])
        return _filled(_checked(rows, name, skipped), counts[-1])

    header, rows = shaped(lines, separator, name, notes, head)
    return header, _told(rows, counts[0], len(header), notes), separator


def _looked_through(opened, encoding, name):
    """Return the first lines, and whether there are quotes behind backslashes."""
    sample, n, is_escaped, is_empty = [], 0, False, True
    for line in _lines(opened, encoding, name):
        if n < SAMPLE:
            n += len(line)
            # A line longer than all that is looked at is cut
            sample.append(line[:SAMPLE] if not sample else line)
        is_empty = is_empty and not line.strip()
        if not is_escaped and '\\"' in line:
            is_escaped = ESCAPED.search(line) is not None
    if is_empty:
        raise CompareError(f"{name} is empty: name a file with a table in it.")
    return "".join(sample), is_escaped


def _lines(opened, encoding, name):
    with io.TextIOWrapper(opened(), encoding, newline="") as text:
        try:
            for line in text:
                if "\0" in line:
                    raise CompareError(
                        f"{name} is binary, not text: save the table as CSV."
                    )
                yield line
        except UnicodeError as error:
            raise _no_text(opened, encoding, name) from error


def _no_text(opened, encoding, name):
    """Return an error that names the line that is not text."""
    if encoding == "utf-16":
        return CompareError(
            f"{name} is not text in UTF-16, as its first bytes say: save it as "
            "CSV in UTF-8."
        )
    with opened() as file:
        for number, line in enumerate(file, start=1):  # noqa: B007
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                byte = line[error.start]
                break
    return CompareError(
        f"{name} is not text in UTF-8 (byte 0x{byte:02x} in line {number} does not "
        "belong there): save it as CSV in UTF-8."
    )


def _filled(lines, n_blank):
    """Leave out rows without any value, and count them."""
    for line, row in lines:
        if any(map(str.strip, row)):
            yield line, row
        else:
            n_blank["rows"] += 1


def _told(rows, n_blank, n_columns, notes):
    yield from rows
    if n_blank["lines"] and n_columns == 1:
        n = count_of(n_blank["lines"], "blank line")
        notes.say(f"Left out {n}: write NA where the only column has no value.")
    if n_blank["rows"]:
        notes.say(f"Left out {count_of(n_blank['rows'], 'row')} without any value.")


def _quote(sample):
    """Return the single quote if fields stand in it, and none in double ones."""
    edge = r"[,;\t| ]"
    if re.search(rf'(^|{edge})"', sample, re.MULTILINE):
        return '"'
    opened = re.findall(rf"(?:^|{edge}\s*)'", sample, re.MULTILINE)
    whole = rf"(?:^|(?<={edge}))'[^'\n]*'(?=\s*(?:{edge}|$))"
    whole = re.findall(whole, sample, re.MULTILINE)
    return "'" if whole and len(whole) == len(opened) else '"'


def _parse(lines, separator, quote, is_escaped, n_blank):
    """Yield the rows that are not blank, each with the number of its first line."""
    line = 1
    rows = csv.reader(
        lines,
        delimiter=separator,
        quotechar=quote,
        skipinitialspace=separator != "\t",
        escapechar="\\" if is_escaped else None,
    )
    for row in rows:
        if separator == " " and len(row) > 1 and row[-1] == "":
            row = row[:-1]
        if row and not (len(row) == 1 and not row[0].strip()):
            yield line, row
        else:
            n_blank["lines"] += 1
        line = rows.line_num + 1


def _separator(sample, quote, names):
    """Return what splits most lines into equally many fields."""
    best = ",", (0, 0.5, 0)
    is_escaped = ESCAPED.search(sample) is not None
    for separator in ",;\t| ":
        try:
            lines = io.StringIO(sample, newline="")
            rows = [
                row for _, row in _parse(lines, separator, quote, is_escaped, Counter())
            ]
        except csv.Error:
            continue
        widths = Counter(map(len, rows))
        del widths[1]
        if not widths:
            continue
        width, n = max(widths.items(), key=lambda item: (item[1], item[0]))
        n += len(rows[0]) == width - 1 > 1  # a header without a name for row names
        n_lines = sum(1 for line in sample.splitlines() if line.strip())
        share = n / n_lines
        if share < 0.5 or (separator == " " and (share < 0.9 or best[1][1] > 0.9)):
            continue  # text has spaces
        named = max(
            sum(cell.strip() in names for cell in row) for row in rows[:HEADER_WITHIN]
        )
        if (named, share, width) > best[1]:
            best = separator, (named, share, width)
    return best[0]


def _checked(rows, name, skipped):
    """Yield rows with the numbers of their lines in the file."""
    limit = csv.field_size_limit(MAX_FIELD)
    line = 0
    try:
        for line, row in rows:
            yield line + skipped, row
    except csv.Error as error:
        raise CompareError(
            f"{name} is not a regular CSV file: {error}, after line {line + skipped}. "
            "Mend that line."
        ) from error
    finally:
        csv.field_size_limit(limit)
