"""Files that are written: whole, or not at all."""

import bz2
import csv
import gzip
import io
import lzma
from contextlib import contextmanager
from importlib import import_module

from ..saving import replacing
from .messages import CompareError

__all__ = ["check_output", "table_writer", "writing"]

TEXT = (".csv", ".tsv", ".tab", ".txt")
PARQUET = (".parquet", ".pq")
PACKERS = {
    ".gz": lambda file: gzip.GzipFile("", "wb", 6, file, mtime=0),
    ".bz2": lambda file: bz2.BZ2File(file, "wb"),
    ".xz": lambda file: lzma.LZMAFile(file, "wb"),  # noqa: SIM115
}


def check_output(path, others):
    """Refuse a file that cannot be written, before there is anything to write.

    Parameters
    ----------
    path : Path
        Of the file, which stays as it is.
    others : dict of str to Path
        What is read, by what to call it: it must not be overwritten.

    Raises
    ------
    CompareError
        If it cannot be written, or is one of the others.

    Examples
    --------
    >>> from pathlib import Path
    >>> check_output(Path("a.csv"), {"the data": Path("a.csv")})
    Traceback (most recent call last):
    skdeepnn.cli.messages.CompareError: --out would overwrite the data: name another.
    """
    for name, other in others.items():
        is_same = path.resolve() == other.resolve()
        if is_same or (path.exists() and other.exists() and path.samefile(other)):
            raise CompareError(f"--out would overwrite {name}: name another.")
    with writing(path):
        if path.is_dir():
            raise IsADirectoryError(21, "it is a directory")
        if path.exists():
            with path.open("ab"):
                pass
        if path.is_file() or not path.exists():
            with replacing(path.with_name(f"{path.name}.check")):
                raise _Writable


class _Writable(Exception):
    """Ends the trial: nothing is to be left of it."""


@contextmanager
def writing(path):
    """Say in one line why a file cannot be written.

    Parameters
    ----------
    path : Path
        Of the file.

    Raises
    ------
    CompareError
        In place of an OSError.

    Examples
    --------
    >>> from pathlib import Path
    >>> with writing(Path("no/such/file")):
    ...     _ = Path("no/such/file").open("w")
    Traceback (most recent call last):
    skdeepnn.cli.messages.CompareError: Cannot write 'no/such/file' (No such file or
    directory): make room or name another file.
    """
    try:
        yield
    except _Writable:
        pass
    except OSError as error:
        raise CompareError(
            f"Cannot write {str(path)!r} ({error.strerror or error}): make room or "
            "name another file."
        ) from error


def table_writer(path):
    r"""Return what writes a table in blocks to a file of this name.

    Parameters
    ----------
    path : Path
        Ends in .csv, .tsv, .txt, .tab, which may be packed (.gz, .bz2, .xz), or in
        .parquet or .pq.

    Returns
    -------
    callable
        Takes a binary file, and returns a context manager with a method ``write`` that
        takes a dict of columns: lists, arrays or Arrow's arrays.

    Raises
    ------
    CompareError
        If there is no format of that name.

    Examples
    --------
    >>> from pathlib import Path
    >>> file = io.BytesIO()
    >>> with table_writer(Path("a.csv"))(file) as table:
    ...     table.write({"x": ["a", "b,c"], "y": [0.5, None]})
    >>> file.getvalue()
    b'x,y\na,0.5\n"b,c",\n'
    """
    packing = path.suffix.lower()
    inner = path.with_suffix("") if packing in PACKERS else path
    suffix = inner.suffix.lower()
    if suffix in PARQUET and inner is path:
        import_module("pyarrow")
        return _ParquetTable
    if suffix not in TEXT:
        raise CompareError(
            f"--out cannot write {path.name!r}: end its name in .csv, .csv.gz, .tsv or "
            ".parquet."
        )
    packer = PACKERS[packing] if inner is not path else None
    separator = "\t" if suffix in (".tsv", ".tab") else ","
    return lambda file: _TextTable(file, packer, separator)


class _TextTable:
    takes_lists = False

    def __init__(self, file, packer, separator):
        self._packed = packer(file) if packer else None
        # The file itself is closed by whoever has opened it
        self._text = io.TextIOWrapper(
            self._packed or file, "utf-8", newline="", write_through=True
        )
        self._rows = csv.writer(self._text, delimiter=separator, lineterminator="\n")
        self._is_new = True

    def write(self, columns):
        if self._is_new:
            self._rows.writerow(columns)
            self._is_new = False
        self._rows.writerows(zip(*map(_cells, columns.values()), strict=True))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self._text.detach()
        if self._packed and kind is None:
            self._packed.close()


def _cells(values):
    """Return values as text has them: six digits of a share are more than are known."""
    if hasattr(values, "to_pylist"):
        return values.to_pylist()
    if getattr(values, "dtype", None) is not None and values.dtype.kind == "f":
        return list(map("{:.6g}".format, values.tolist()))
    return values.tolist() if hasattr(values, "tolist") else values


class _ParquetTable:
    takes_lists = True

    def __init__(self, file):
        self._file, self._writer = file, None

    def write(self, columns):
        pa, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
        table = pa.table(
            {
                name: values if isinstance(values, pa.Array) else pa.array(values)
                for name, values in columns.items()
            }
        )
        if self._writer is None:
            self._writer = parquet.ParquetWriter(self._file, table.schema)
        self._writer.write_table(table.cast(self._writer.schema))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self._writer is not None:
            try:
                self._writer.close()
            except OSError:
                if kind is None:
                    raise
