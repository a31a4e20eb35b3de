"""The table in the rows of a text file, and what stands around it.

Titles, comments and sums are left out, with a note for each; the beginning of the file
tells what shape the table has.
"""

import re
from collections import Counter, deque
from itertools import chain, islice

from .messages import CompareError, count_of

__all__ = ["shaped"]

TAIL = 100  # lines at the end, in which footers may be
MAX_NOTED = 5  # comments of which there is a note each
TOTALS = re.compile(
    r"(grand |sub-?)?(totals?|sum|average|avg|mean|count|gesamt|summe|insgesamt|"
    r"mittelwert|somme|moyenne|suma)\s*:?",
    re.IGNORECASE,
)


def shaped(lines, separator, name, notes, head):
    """Tell the table from what stands around it; refuse rows of other lengths.

    Parameters
    ----------
    lines : callable
        Returns the rows of the file anew, each with the number of its line.
    separator : str
        Between fields.
    name : str
        Of the file, for messages.
    notes : Notes
        Is told what was left out.
    head : int or None
        How many rows tell the shape; None is all.

    Returns
    -------
    header : list of str
        Names of the columns.
    rows : iterator of list of str
        All as long as the header.

    Raises
    ------
    CompareError
        If there is no row, or one of another length.

    Examples
    --------
    >>> from skdeepnn.cli.messages import Notes
    >>> lines = lambda: iter([(1, ["Pets"]), (2, ["legs", "pet"]), (3, ["4", "cat"])])
    >>> header, rows = shaped(lines, ",", "pets.csv", Notes(), None)
    >>> header, list(rows)
    (['legs', 'pet'], [['4', 'cat']])
    """
    rest = lines()
    first = list(islice(rest, head))
    if not first:
        raise CompareError(f"{name} is empty: name a file with a table in it.")
    widths = Counter(len(row) for _, row in first)
    most = max(widths.values())
    # The first line decides between equally frequent widths: it should be the header.
    width = next(len(row) for _, row in first if widths[len(row)] == most)
    if len(first[0][1]) > 1 and most < 0.5 * len(first):
        width = len(first[0][1])
    start = _start(first, width, notes)
    given = first[start][1]
    rows = chain(first[start + 1 :], rest)
    rows = _without_footers(rows, given, width, notes, lines)
    rows = _without_comments(rows, given, width, notes)
    known = list(islice(rows, head))
    header, may_end = _header(given, [row for _, row in known], width, separator, notes)
    rows = chain(known, rows)
    return header, _regular(rows, header, may_end, name, notes)


def _header(given, rows, width, separator, notes):
    """Return the names of the columns, and whether rows may have a field more."""
    header = given
    if header[0].startswith("#") and len(header) > 1:
        header = [header[0].lstrip("# "), *header[1:]]
        if separator == " " and header[0] == "":
            header = header[1:]
    header = [cell.strip().strip("\u200b\ufeff") for cell in header]
    may_end = False
    if rows and len(header) == width - 1 and all(len(row) == width for row in rows):
        may_end = all(row[-1] == "" for row in rows)
        if may_end:
            notes.say("Left out the empty field at the end of every row.")
        else:
            notes.say(
                "The header has a name less than the rows have fields: the first "
                "column was taken to have none."
            )
            header = ["", *header]
    if len(header) > 1 and header[-1] == "":
        n = len(header)
        if all(not row[n - 1].strip() for row in rows if len(row) >= n):
            notes.say("Left out the last column, which has neither name nor value.")
            return header[:-1], True
    return header, may_end


def _start(lines, width, notes):
    """Return the number of the header, after titles and comments."""
    start = 0
    while start < len(lines) - 1 and _is_title(lines, start, width):
        line, row = lines[start]
        notes.say(f"Left out line {line}, which is not of the table: {_shown(row)}.")
        start += 1
    return start


def _without_footers(rows, header, width, notes, again):
    """Hold back the last rows, and leave out those that are none; keep one."""
    tail, n = deque(), 0
    for row in rows:
        tail.append(row)
        if len(tail) > TAIL:
            n += 1
            yield tail.popleft()

    def texts_before(i):
        """Return what is in a column above: read anew, for it is seldom asked for."""
        last = tail[-1][0]
        column = {header[i].strip().lower()} if i < len(header) else set()
        for line, row in again():
            if line >= last:
                return column
            if i < len(row) and TOTALS.fullmatch(row[i].strip()):
                column.add(row[i].strip().lower())
        return column

    while n + len(tail) > 1 and _is_footer(tail[-1][1], width, texts_before):
        line, row = tail.pop()
        notes.say(
            f"Left out line {line}, which sums up or comments on the table: "
            f"{_shown(row)}."
        )
    yield from tail


def _without_comments(rows, header, width, notes):
    n = 0
    for line, row in rows:
        if row == header:
            what = "which repeats the header."
        elif row[0].startswith("#") and len(row) != width:
            what = f"a comment: {_shown(row)}."
        else:
            yield line, row
            continue
        n += 1
        if n <= MAX_NOTED:
            notes.say(f"Left out line {line}, {what}")
    if n > MAX_NOTED:
        more = count_of(n - MAX_NOTED, "more line")
        notes.say(f"Left out {more} that are comments or repeat the header.")


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


def _is_footer(last, width, texts_before):
    filled = [cell.strip() for cell in last if cell.strip()]
    if not filled:
        return True
    if len(filled) == 1 and (len(last) == 1 < width) and not _is_number(filled[0]):
        return bool(re.search(r"\W", filled[0])) or bool(TOTALS.fullmatch(filled[0]))
    for i, cell in enumerate(last):
        if TOTALS.fullmatch(cell.strip()):
            return cell.strip().lower() not in texts_before(i)
    return False


def _is_number(text):
    return bool(re.fullmatch(r"[+-]?[\d.,]+", text))


def _regular(rows, header, may_end, name, notes):
    """Yield rows as long as the header; where they may end so, without a last field."""
    width, n_ended = len(header), 0
    for line, row in rows:
        if len(row) != width:
            if len(row) > width and not any(cell.strip() for cell in row[width:]):
                n_ended += len(row) > width + may_end
                row = row[:width]
            elif len(row) == width + 1 and may_end:
                notes.say("Left out values of the last column, which has no name.")
                row = row[:width]
            else:
                raise _ragged(line, row, width, name)
        yield row
    if n_ended:
        notes.say(f"Left out empty fields at the end of {count_of(n_ended, 'row')}.")


def _ragged(line, row, width, name):
    cure = "put fields that contain the separator in double quotes"
    if any("\n" in cell for cell in row):
        cure = "a quote that opens in it may not be closed"
    return CompareError(
        f"{name} is ragged: line {line} has {count_of(len(row), 'field')} "
        f"where the header has {width}. Mend that line ({cure})."
    )
