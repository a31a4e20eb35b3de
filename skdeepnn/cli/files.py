"""Tables of data from CSV and Parquet files, tidied for classification."""

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from contextlib import contextmanager
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits

from .columns import MAX_LEVELS, tidy
from .labels import labels_of
from .messages import CompareError, Notes, count_of
from .text import read_rows

__all__ = [
    "PARQUET",
    "Table",
    "load_example",
    "load_table",
    "opener_of",
    "reading",
]

TEXT = (".csv", ".tsv", ".txt", ".tab", ".dat", ".data")
PARQUET = (".parquet", ".pq")
"""How names of Parquet files end."""
PACKED = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
NUMBERS_ROWS = {
    "",
    "index",
    "id",
    "row",
    "rowid",
    "row_id",
    "rownames",
    "no",
    "nr",
    "#",
}


class Table(NamedTuple):
    """A table of data, ready to be compared on.

    Parameters
    ----------
    name : str
        What to call it.
    X : ndarray or DataFrame of shape (n_samples, n_features)
        Features. A DataFrame has float64 columns, NaN where missing, and columns of
        type category.
    y : ndarray of shape (n_samples,)
        Labels: integers or strings.
    notes : list of str
        What was changed on the way, in sentences for the user.
    ways : list of Way
        How each of the columns of a file was read.
    """

    name: str
    X: object
    y: np.ndarray
    notes: list
    ways: list = ()


def load_example():
    """Return the table that is used where the user has none: scikit-learn's digits.

    Ten classes and nearly two thousand rows keep the models apart, in their scores and
    in their times, and need no other package.

    Returns
    -------
    Table
        1797 rows of 64 numbers.

    Examples
    --------
    >>> load_example().X.shape
    (1797, 64)
    """
    X, y = load_digits(return_X_y=True)
    return Table("digits (scikit-learn)", X, y, [])


def load_table(path, target, max_levels=MAX_LEVELS):
    r"""Read a table from a CSV or Parquet file.

    Numbers, booleans and dates (as days since 1970) become columns of float64, anything
    else becomes categories. Rows without a target and columns with a single value are
    dropped; ``notes`` says so.

    Parameters
    ----------
    path : str or path-like
        File that ends in .csv, .tsv, .txt, .tab, .dat or .data (UTF-8; separated by
        whichever of comma, semicolon, tab, bar and space makes rows of equal length),
        .parquet or .pq; or one of these packed as .gz, .bz2, .xz or .zip. In a text
        file empty fields, "NA", "NaN", "null" and "?" are missing, and other marks as
        notes tell.
    target : str or None
        Name of the column to predict; None raises an error that lists the columns.
    max_levels : int, default=254
        Of categories, from which on a note says that models merge them.

    Returns
    -------
    Table
        Its `X` is a DataFrame.

    Raises
    ------
    CompareError
        If the file cannot be used as it is: the message says why, and what to do.
    ImportError
        If pandas (for Parquet also pyarrow) is not installed.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "pets.csv")
    >>> with open(path, "w") as file:
    ...     _ = file.write("legs,skin,pet\n4,fur,cat\n2,feathers,bird\n,fur,cat\n")
    >>> table = load_table(path, "pet")
    >>> table.X.dtypes.astype(str).tolist()
    ['float64', 'category']
    >>> table.y.tolist()
    ['cat', 'bird', 'cat']
    """
    path = Path(path)
    notes = Notes()
    frame, separator = _read(path, target, notes)
    if target not in frame.columns:
        raise CompareError(_no_such_target(path.name, target, list(frame.columns)))
    if list(frame.columns).count(target) > 1:
        raise CompareError(
            f"{path.name} has several columns {target!r}: rename all but the target."
        )
    frame = _without_row_numbers(frame, target, notes)
    if frame.shape[1] == 1:
        raise CompareError(
            f"{path.name} has no column besides the target {target!r} to predict it "
            "from: add some. (Columns are separated by commas, semicolons, tabs, | or "
            "spaces.)"
        )
    y, is_known = labels_of(frame[target], path.name, notes)
    if not is_known.all():
        n = int((~is_known).sum())
        notes.say(f"Dropped {count_of(n, 'row')} with no {target!r}.")
        frame = frame[is_known]
    if frame.empty:
        raise CompareError(f"{path.name} has no row with a value of {target!r}.")
    X, ways = tidy(frame.drop(columns=target), notes, separator, max_levels)
    if X.shape[1] == 0:
        raise CompareError(
            f"No column of {path.name} besides {target!r} has more than one value: "
            "there is nothing to predict it from."
        )
    return Table(path.name, X, y, notes.sentences(), ways)


def _without_row_numbers(frame, target, notes):
    """Leave out an index that was written along: it tells a sorted target."""
    while frame.shape[1] > 1 and frame.columns[0] != target:
        name, column = frame.columns[0], frame.iloc[:, 0]
        has_no_name = re.fullmatch(r"|Unnamed: \d+(\.\d+)*|\.\.\.\d+", name)
        if name.lower() not in NUMBERS_ROWS and not has_no_name:
            break
        numbers = _whole_numbers(column)
        if numbers is None or len(np.unique(numbers)) < len(numbers):
            break
        counts = np.array_equal(
            np.sort(numbers) - numbers.min(), np.arange(len(numbers))
        )
        if not has_no_name and not (counts and numbers.min() in (0, 1)):
            break
        called = f"{name!r}" if name else "which has no name"
        notes.say(f"Left out the first column, {called}: it numbers rows.")
        frame = frame.iloc[:, 1:]
    return frame


def _whole_numbers(column):
    try:
        values = column.to_numpy().astype(float)
    except (TypeError, ValueError):
        return None
    return values if np.all(values == np.round(values)) else None


def _read(path, target, notes):
    """Read a file to a DataFrame whose columns are named by strings."""
    with reading(path.name):
        opened, suffix = opener_of(path, notes)
        with opened() as file:
            content = file.read()
    pd = import_module("pandas")
    if suffix in PARQUET:
        frame, separator = _read_parquet(pd, content, path, target, notes), ""
    else:
        header, rows, separator = read_rows(content, path.name, notes, target)
        columns = [list(column) for column in zip(*rows, strict=True)]
        columns = [pd.Series(column, dtype=object) for column in columns]
        frame = pd.concat(columns, axis=1) if rows else pd.DataFrame(columns=header)
        frame.columns = header
    if frame.empty:
        raise CompareError(f"{path.name} has no rows: name a file with data in it.")
    return frame, separator


@contextmanager
def reading(name):
    """Say in one line why a file cannot be read.

    Parameters
    ----------
    name : str
        Of the file.

    Raises
    ------
    CompareError
        In place of the errors of reading and unpacking.

    Examples
    --------
    >>> with reading("a.gz"):
    ...     gzip.decompress(b"no")
    Traceback (most recent call last):
    skdeepnn.cli.messages.CompareError: a.gz cannot be read (Not a gzipped file
    (b'no')): check it, or fetch it again.
    """
    try:
        yield
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        reason = getattr(error, "strerror", None) or error
        raise CompareError(
            f"{name} cannot be read ({reason}): check it, or fetch it again."
        ) from error


def opener_of(path, notes):
    """Return what opens a file unpacked, and the suffix that tells its format.

    Parameters
    ----------
    path : Path
        Of the file.
    notes : Notes
        Is told what was read of an archive.

    Returns
    -------
    opened : callable
        Returns a binary file, each time at its beginning.
    suffix : str
        In lower case, with its point.

    Raises
    ------
    CompareError
        If there is no such file, nothing in it, or no format of that name.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "pets.csv.gz"
    >>> _ = path.write_bytes(gzip.compress(b"pet"))
    >>> opened, suffix = opener_of(path, [])
    >>> opened().read(), suffix
    (b'pet', '.csv')
    """
    if not path.exists():
        raise CompareError(f"There is no file {str(path)!r}: check the path.")
    if path.is_dir():
        raise CompareError(f"{str(path)!r} is a directory: name a file in it.")
    inner, packing = Path(path.name), path.suffix.lower()
    if packing in (*PACKED, ".zip"):
        inner = inner.with_suffix("")
    suffix = inner.suffix.lower() or (".csv" if inner.name != path.name else "")
    if packing != ".zip" and suffix not in (*TEXT, *PARQUET):
        raise CompareError(
            f"Cannot read {path.name!r}: convert it to .csv, .tsv, .parquet or .pq."
        )
    opened = partial(PACKED.get(packing, open), path, "rb")
    if packing == ".zip":
        opened, suffix = _unzipped(path, notes)
    with opened() as file:
        if not file.read(1):
            raise CompareError(f"{path.name} is empty: name a file with a table in it.")
    return opened, suffix


def _unzipped(path, notes):
    name = path.name
    with zipfile.ZipFile(path) as archive:
        names = [
            member
            for member in archive.namelist()
            if not member.startswith("__MACOSX/")
            and Path(member).suffix.lower() in (*TEXT, *PARQUET)
        ]
        if len(names) != 1:
            has = f"{len(names)} tables" if names else "no table"
            raise CompareError(
                f"{name} has {has} in it: unpack it and name one file "
                "(.csv, .tsv, .txt, .parquet)."
            )
        if archive.getinfo(names[0]).flag_bits & 1:
            raise CompareError(f"{name} has a password: unpack it and name the file.")
        notes.say(f"Read {names[0]!r} from {name}.")
    return lambda: zipfile.ZipFile(path).open(names[0]), Path(names[0]).suffix.lower()


def _read_parquet(pd, content, path, target, notes):
    pa = import_module("pyarrow")
    try:
        frame = pd.read_parquet(io.BytesIO(content), engine="pyarrow")
        for _, column in frame.items():
            if column.dtype.kind == "O":
                column.to_numpy()  # only so is it found out if text is none
    except (OSError, ValueError, TypeError, pa.ArrowException) as error:
        raise CompareError(
            f"{path.name} is not a Parquet file that can be read ({error}): write it "
            "anew, or as CSV."
        ) from error
    frame.columns = [str(name) for name in frame.columns]
    index = frame.index
    if not (isinstance(index, pd.RangeIndex) and index.name is None):
        levels = {str(n): index.get_level_values(i) for i, n in enumerate(index.names)}
        frame = frame.reset_index(drop=True)
        if target in levels and target not in frame.columns:
            frame[target] = levels.pop(target).to_numpy()
            notes.say(f"Took the target {target!r} from the index.")
        for name in levels:
            called = "which has no name" if name == "None" else repr(name)
            notes.say(f"Left out the index, {called}.")
    return frame


def _no_such_target(name, target, columns):
    some = [repr(column) for column in columns]
    if len(some) > 9:
        some[6:-2] = ["…"]
    some = ", ".join(some)
    if target is None:
        return f"Say which column of {name} to predict, with --target: {some}."
    lower = {column.lower(): column for column in reversed(columns)}
    near = get_close_matches(target.lower(), lower, n=3)
    if near:
        meant = " or ".join(repr(lower[key]) for key in near)
        return f"{name} has no column {target!r}: did you mean {meant}?"
    return f"{name} has no column {target!r}. It has {some}."
