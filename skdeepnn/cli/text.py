"""Rows from text: separators, quotes, titles, comments, footers.

What stands around the table is left out, with a note for each; a line inside it that
has too many or too few fields is an error, never padded.
"""

import codecs
import csv
import io
import re
from collections import Counter

from .messages import CompareError, count_of

__all__ = ["read_rows"]

HEADER_WITHIN = 30  # lines of the file
SAMPLE = 1 << 16  # characters in which separator and quotes are looked for
MAX_FIELD = 2**31 - 1  # the csv module's own bound is 131,072 characters
ESCAPED = re.compile(r'\\"(?!\s*(?:[,;\t|]|$))', re.MULTILINE)  # and not C:\",
TOTALS = re.compile(
    r"(grand |sub-?)?(totals?|sum|average|avg|mean|count|gesamt|summe|insgesamt|"
    r"mittelwert|somme|moyenne|suma)\s*:?",
    re.IGNORECASE,
)


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
    text = _decoded(content, name)
    if not text.strip():
        raise CompareError(f"{name} is empty: name a file with a table in it.")
    given = re.match(r"\s*\"?sep=(.)\"?\s*?[;,\t]*(\r?\n|$)", text, re.IGNORECASE)
    skipped = 0
    if given:
        notes.say("Left out line 1, which only says what separates the fields.")
        skipped = text[: given.end()].count("\n")
        text = text[given.end() :]
    sample = text[:SAMPLE]
    if len(text) > SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    quote = _quote(sample)
    separator = given[1] if given else _separator(sample, quote, target)
    lines = _parsed(text, separator, quote, name, skipped)
    if not lines:
        raise CompareError(f"{name} is empty: name a file with a table in it.")
    filled = [(line, row) for line, row in lines if any(map(str.strip, row))]
    if len(filled) < len(lines):
        n = count_of(len(lines) - len(filled), "row")
        notes.say(f"Left out {n} without any value.")
    lines = filled or lines
    if quote == "'":
        notes.say("Single quotes around fields were read as quotes.")
    return *_shaped(lines, separator, name, notes), separator


def _decoded(content, name):
    encoding = "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-16":
            raise CompareError(
                f"{name} is not text in UTF-16, as its first bytes say: save it as "
                "CSV in UTF-8."
            ) from error
        line = content.count(b"\n", 0, error.start) + 1
        raise CompareError(
            f"{name} is not text in UTF-8 (byte 0x{content[error.start]:02x} in line "
            f"{line} does not belong there): save it as CSV in UTF-8."
        ) from error
    if "\0" in text:
        raise CompareError(f"{name} is binary, not text: save the table as CSV.")
    return text


def _quote(sample):
    """Return the single quote if fields stand in it, and none in double ones."""
    edge = r"[,;\t| ]"
    if re.search(rf'(^|{edge})"', sample, re.MULTILINE):
        return '"'
    opened = re.findall(rf"(?:^|{edge}\s*)'", sample, re.MULTILINE)
    whole = rf"(?:^|(?<={edge}))'[^'\n]*'(?=\s*(?:{edge}|$))"
    whole = re.findall(whole, sample, re.MULTILINE)
    return "'" if whole and len(whole) == len(opened) else '"'


def _parse(text, separator, quote):
    """Yield the rows that are not blank, each with the number of its first line."""
    line = 1
    rows = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        quotechar=quote,
        skipinitialspace=separator != "\t",
        escapechar="\\" if ESCAPED.search(text) else None,
    )
    for row in rows:
        if separator == " " and len(row) > 1 and row[-1] == "":
            row = row[:-1]
        if row and not (len(row) == 1 and not row[0].strip()):
            yield line, row
        line = rows.line_num + 1


def _separator(sample, quote, target):
    """Return what splits most lines into equally many fields."""
    best = ",", (False, 0.5, 0)
    for separator in ",;\t| ":
        try:
            rows = [row for _, row in _parse(sample, separator, quote)]
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
        named = any(target in map(str.strip, row) for row in rows[:HEADER_WITHIN])
        if (named, share, width) > best[1]:
            best = separator, (named, share, width)
    return best[0]


def _parsed(text, separator, quote, name, skipped):
    limit = csv.field_size_limit(MAX_FIELD)
    line = 0
    lines = []
    try:
        for line, row in _parse(text, separator, quote):
            lines.append((line + skipped, row))
    except csv.Error as error:
        raise CompareError(
            f"{name} is not a regular CSV file: {error}, after line {line + skipped}. "
            "Mend that line."
        ) from error
    finally:
        csv.field_size_limit(limit)
    return lines


def _shaped(lines, separator, name, notes):
    """Tell the table from what stands around it; refuse rows of other lengths."""
    widths = Counter(len(row) for _, row in lines)
    most = max(widths.values())
    # The first line decides between equally frequent widths: it should be the header.
    width = next(len(row) for _, row in lines if widths[len(row)] == most)
    if len(lines[0][1]) > 1 and most < 0.5 * len(lines):
        width = len(lines[0][1])
    lines = _without_surroundings(lines, width, separator, notes)
    line, header = lines[0]
    rows = lines[1:]
    header = [cell.strip().strip("\u200b\ufeff") for cell in header]
    if rows and len(header) == width - 1 and all(len(row) == width for _, row in rows):
        if all(row[-1] == "" for _, row in rows):
            notes.say("Left out the empty field at the end of every row.")
            rows = [(line, row[:-1]) for line, row in rows]
        else:
            notes.say(
                "The header has a name less than the rows have fields: the first "
                "column was taken to have none."
            )
            header = ["", *header]
    if len(header) > 1 and header[-1] == "" and all(not r[-1].strip() for _, r in rows):
        notes.say("Left out the last column, which has neither name nor value.")
        header = header[:-1]
        rows = [(line, r[:-1] if len(r) > len(header) else r) for line, r in rows]
    return header, _regular(rows, header, name, notes)


def _without_surroundings(lines, width, separator, notes):
    """Leave out titles and comments before the table, footers after it."""
    start = 0
    while start < len(lines) - 1 and _is_title(lines, start, width):
        line, row = lines[start]
        notes.say(f"Left out line {line}, which is not of the table: {_shown(row)}.")
        start += 1
    end = len(lines)
    while end > start + 2 and _is_footer([row for _, row in lines[start:end]], width):
        end -= 1
        line, row = lines[end]
        notes.say(
            f"Left out line {line}, which sums up or comments on the table: "
            f"{_shown(row)}."
        )
    header = lines[start][1]
    if header[0].startswith("#") and len(header) > 1:
        header = [header[0].lstrip("# "), *header[1:]]
        if separator == " " and header[0] == "":
            header = header[1:]
    kept = [(lines[start][0], header)]
    for line, row in lines[start + 1 : end]:
        if row == lines[start][1]:
            notes.say(f"Left out line {line}, which repeats the header.")
        elif row[0].startswith("#") and len(row) != width:
            notes.say(f"Left out line {line}, a comment: {_shown(row)}.")
        else:
            kept.append((line, row))
    return kept


def _shown(row):
    text = " ".join(cell for cell in row if cell)
    return repr(text if len(text) <= 40 else text[:39] + "\u2026")


def _is_title(lines, i, width):
    row, after = lines[i][1], lines[i + 1][1]
    n_filled = sum(bool(cell.strip()) for cell in row)
    if row[0].startswith(("#", "%", "//")) and len(row) != width:
        return not (len(row) == width - 1 and len(after) == width)
    if len(row) < width - 1 or (len(row) == 1 < width):
        return any(len(later) == width for _, later in lines[i + 1 :])
    return n_filled == 1 and width > 2 and sum(map(bool, after)) > 1


def _is_footer(rows, width):
    *before, last = rows
    filled = [cell.strip() for cell in last if cell.strip()]
    if not filled:
        return True
    if len(filled) == 1 and (len(last) == 1 < width) and not _is_number(filled[0]):
        return bool(re.search(r"\W", filled[0])) or bool(TOTALS.fullmatch(filled[0]))
    for i, cell in enumerate(last):
        if TOTALS.fullmatch(cell.strip()):
            column = {row[i].strip().lower() for row in before if i < len(row)}
            return cell.strip().lower() not in column
    return False


def _is_number(text):
    return bool(re.fullmatch(r"[+-]?[\d.,]+", text))


def _regular(rows, header, name, notes):
    width, regular, n_ended = len(header), [], 0
    for line, row in rows:
        if len(row) > width and not any(cell.strip() for cell in row[width:]):
            row, n_ended = row[:width], n_ended + 1
        if len(row) != width:
            cure = "put fields that contain the separator in double quotes"
            if any("\n" in cell for cell in row):
                cure = "a quote that opens in it may not be closed"
            raise CompareError(
                f"{name} is ragged: line {line} has {count_of(len(row), 'field')} "
                f"where the header has {width}. Mend that line ({cure})."
            )
        regular.append(row)
    if n_ended:
        notes.say(f"Left out empty fields at the end of {count_of(n_ended, 'row')}.")
    return regular
