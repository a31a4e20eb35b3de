"""Tables of data from CSV and Parquet files, tidied for classification."""

import csv
import re
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits

__all__ = ["CompareError", "Table", "count_of", "load_example", "load_table"]


MAX_LEVELS = 254  # HistGradientBoosting takes 255; one is kept for the merged rest


class CompareError(ValueError):
    """A mistake in the data or in what was asked for, told in one line.

    Examples
    --------
    >>> raise CompareError("There is no file 'a.csv'.")
    Traceback (most recent call last):
    skdeepnn.cli.files.CompareError: There is no file 'a.csv'.
    """

    def __str__(self):
        return " ".join(super().__str__().split())


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
    """

    name: str
    X: object
    y: np.ndarray
    notes: list


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


def load_table(path, target):
    r"""Read a table from a CSV or Parquet file.

    Numbers, booleans and dates (as days since 1970) become columns of float64, anything
    else becomes categories. Rows without a target and columns with a single value are
    dropped; ``notes`` says so.

    Parameters
    ----------
    path : str or path-like
        File that ends in .csv or .tsv (UTF-8; separated by whichever of comma,
        semicolon, tab and bar the header has most of), .parquet or .pq. In a text file
        empty fields, "NA", "?" and what else pandas holds for missing are missing.
    target : str or None
        Name of the column to predict; None raises an error that lists the columns.

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
    frame = _read(path)
    if target not in frame.columns:
        raise CompareError(_no_such_target(path.name, target, list(frame.columns)))
    if list(frame.columns).count(target) > 1:
        raise CompareError(
            f"{path.name} has several columns {target!r}: rename all but the target."
        )
    if frame.shape[1] == 1:
        raise CompareError(
            f"{path.name} has no column besides the target {target!r} to predict it "
            "from: add some. (Columns are separated by commas, semicolons, tabs or |.)"
        )
    notes = []
    if frame.columns[0] == "" and _counts_rows(frame.iloc[:, 0]):
        frame = frame.iloc[:, 1:]
        notes.append("Left out the first column, which has no name and numbers rows.")
    known = frame[target].notna()
    if not known.all():
        n = int((~known).sum())
        notes.append(f"Dropped {count_of(n, 'row')} with no {target!r}.")
        frame = frame[known]
    if frame.empty:
        raise CompareError(f"{path.name} has no row with a value of {target!r}.")
    y = _labels(frame[target], path.name)
    X = _tidy(frame.drop(columns=target), notes)
    if X.shape[1] == 0:
        raise CompareError(
            f"No column of {path.name} besides {target!r} has more than one value: "
            "there is nothing to predict it from."
        )
    return Table(path.name, X, y, notes)


def _counts_rows(column):
    """Whether it is an index that was written along: it tells a sorted target."""
    numbers = np.arange(len(column))
    return np.array_equal(column, numbers) or np.array_equal(column, numbers + 1)


def _read(path):
    """Read a file to a DataFrame whose columns are named by strings."""
    try:
        suffix = _check_file(path)
        pd = import_module("pandas")
        if suffix in (".csv", ".tsv"):
            frame = _read_csv(pd, path)
        else:
            frame = _read_parquet(pd, path)
    except OSError as error:
        reason = error.strerror or error  # Arrow raises some that have only a text
        raise CompareError(f"{path.name} cannot be read: {reason}.") from error
    if frame.empty:
        raise CompareError(f"{path.name} has no rows: name a file with data in it.")
    return frame


def _check_file(path):
    if not path.exists():
        raise CompareError(f"There is no file {str(path)!r}: check the path.")
    if path.is_dir():
        raise CompareError(f"{str(path)!r} is a directory: name a file in it.")
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".tsv", ".parquet", ".pq"):
        raise CompareError(
            f"Cannot read {path.name!r}: convert it to .csv, .tsv, .parquet or .pq."
        )
    if path.stat().st_size == 0:
        raise CompareError(f"{path.name} is empty: name a file with a table in it.")
    return suffix


def _read_parquet(pd, path):
    import_module("pyarrow")
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except (ValueError, TypeError) as error:
        raise CompareError(
            f"{path.name} is not a Parquet file that can be read ({error}): write it "
            "anew, or as CSV."
        ) from error
    frame.columns = [str(name) for name in frame.columns]
    return frame


def _read_csv(pd, path):
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            separator, header = _check_csv(file, path.name)
        frame = pd.read_csv(
            path,
            sep=separator,
            encoding="utf-8-sig",
            skipinitialspace=True,
            index_col=False,
            na_values=["?"],
            low_memory=False,
        )
    except UnicodeDecodeError as error:
        raise CompareError(
            f"{path.name} is not text in UTF-8 (byte 0x{error.object[error.start]:02x} "
            "does not belong there): save it as CSV in UTF-8."
        ) from error
    except (csv.Error, pd.errors.ParserError) as error:
        raise CompareError(
            f"{path.name} is not a regular CSV file: {error}. Mend that line."
        ) from error
    frame.columns = header  # pandas tells equal names apart, and makes names up
    return frame


def _check_csv(file, name):
    """Find the separator; refuse lines of unequal length, which pandas would pad."""
    start = file.read(1 << 16)
    if "\0" in start:
        raise CompareError(f"{name} is binary, not text: save the table as CSV.")
    lines = start.splitlines()
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise CompareError(f"{name} is empty: name a file with a table in it.")
    unquoted = re.sub('"[^"]*"', "", first)
    separator = max(",;\t|", key=unquoted.count)
    file.seek(0)
    rows = csv.reader(file, delimiter=separator, skipinitialspace=True)
    header = None
    for row in rows:
        header = header or row
        if row and len(row) != len(header):
            raise CompareError(
                f"{name} is ragged: line {rows.line_num} has "
                f"{count_of(len(row), 'field')} where the header has {len(header)}. "
                "Mend that line (quote fields that contain the separator)."
            )
    return separator, header


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


def _labels(column, name):
    """Return integers where all labels are whole numbers, else strings."""
    types = import_module("pandas").api.types
    if not types.is_numeric_dtype(column) or types.is_bool_dtype(column):
        return np.array(column.map(str), dtype=str)
    values = column.to_numpy(float)
    n_distinct = len(np.unique(values))
    whole = bool(np.isfinite(values).all() and np.all(values == np.round(values)))
    # Whole numbers may be codes of many classes, as long as these have several rows.
    if n_distinct > 20 and (not whole or n_distinct > len(values) / 10):
        raise CompareError(
            f"The target {column.name!r} of {name} looks continuous: {n_distinct} "
            f"different numbers in {count_of(len(values), 'row')}. These are "
            "classifiers: name a column of classes, or bin this one first."
        )
    return column.to_numpy(np.int64) if whole else values.astype(str)


def _tidy(frame, notes):
    """Make columns of float64 and of categories; drop those with a single value."""
    columns, dropped, infinite, wide = {}, [], [], []
    for i, name in enumerate(frame.columns):
        given = frame.iloc[:, i]
        column = _as_numbers(given)
        if column is None:
            column = given.astype(object).map(str, na_action="ignore")
            column = column.astype("category")
            if len(column.cat.categories) > MAX_LEVELS:
                wide.append(name)
        elif np.isinf(column).any():
            column = column.where(np.isfinite(column))
            infinite.append(name)
        if column.nunique(dropna=False) > 1:
            columns[name if name not in columns else f"{name}.{i}"] = column
        else:
            dropped.append(name)
    for names, what in (
        (dropped, "Left out, having one value or none: {}."),
        (infinite, "Infinite numbers count as missing in {}."),
        (wide, f"Rare values are merged, there being over {MAX_LEVELS}, in {{}}."),
    ):
        if names:
            some = ", ".join(map(repr, names[:5]))
            rest = len(names) - 5
            notes.append(what.format(some + (f" and {rest} more" if rest > 0 else "")))
    pd = import_module("pandas")
    return pd.DataFrame(columns, index=frame.index)


def _as_numbers(column):
    """Return a column as float64, dates as days since 1970; None if it is neither."""
    pd = import_module("pandas")
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return None
    if pd.api.types.is_timedelta64_dtype(column):
        return column.dt.total_seconds()
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64")
    if kind in ("boolean", "decimal", "floating", "integer", "mixed-integer-float"):
        return column.where(column.notna(), np.nan).astype("float64")
    if kind == "string":
        text = column.dropna().astype(str)
        if not text.str.match(r"\d{4}-\d\d-\d\d([T ]|$)").all():
            return None
    elif kind not in ("date", "datetime", "datetime64"):
        return None
    try:
        dates = pd.to_datetime(column, utc=True, format="ISO8601")
    except ValueError:  # such as a 13th month
        return None
    # Seconds reach beyond the year 9999, which often stands for "never".
    days = dates.dt.tz_convert(None).astype("datetime64[s]").astype("int64") / 86400
    return days.where(dates.notna())


def count_of(n, noun, plural="s"):
    """Return a number with its noun.

    Examples
    --------
    >>> count_of(1, "row"), count_of(2000, "row")
    ('1 row', '2,000 rows')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}{plural}"
