"""Tables from files that may be larger than memory: block after block of rows."""

import io
from importlib import import_module
from itertools import islice

from .files import PARQUET, opener_of, reading
from .messages import CompareError
from .text import stream_rows

__all__ = ["Blocks", "open_blocks"]

VALUES = 400_000  # in a block, about: as text they take a hundred bytes each
MOST_ROWS = 20_000


class Blocks:
    """A table in blocks.

    Parameters
    ----------
    name : str
        Of the file.
    header : list of str
        Names of the columns.
    blocks : callable
        Takes positions of columns and a number of rows; yields as :meth:`read` does.

    Examples
    --------
    >>> table = Blocks("a.csv", ["x"], lambda positions, size: iter([]))
    >>> next(table.read([0]))
    Traceback (most recent call last):
    skdeepnn.cli.messages.CompareError: a.csv has no rows: name a file with data in it.
    """

    def __init__(self, name, header, blocks):
        self.name, self.header = name, header
        self._blocks = blocks

    def read(self, positions, size=None):
        """Yield blocks of rows.

        Parameters
        ----------
        positions : collection of int
            Of the columns that are needed.
        size : int, default=None
            Rows of a block, for tests.

        Yields
        ------
        n_rows : int
            At least 1.
        columns : dict of int to {list of str, Arrow array}
            By position.

        Raises
        ------
        CompareError
            If the file turns out to be damaged.
        """
        if size is None:
            size = max(100, min(MOST_ROWS, VALUES // max(1, len(self.header))))
        n_rows = 0
        with reading(self.name):
            for n, columns in self._blocks(sorted(positions), size):
                n_rows += n
                yield n, columns
        if not n_rows:
            raise CompareError(f"{self.name} has no rows: name a file with data in it.")


def open_blocks(path, notes, names):
    r"""Open a table to read it in blocks.

    Parameters
    ----------
    path : Path
        As of :func:`skdeepnn.cli.files.load_table`.
    notes : Notes
        Is told what is left out, until the last block has been read.
    names : collection of str
        Columns that there should be.

    Returns
    -------
    Blocks
        It reads the file as it goes on.

    Raises
    ------
    CompareError
        If it cannot be read: the message says why, and what to do.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skdeepnn.cli.messages import Notes
    >>> path = Path(tempfile.mkdtemp()) / "pets.csv"
    >>> _ = path.write_text("legs,pet\n4,cat\n2,bird\n3,dog\n")
    >>> table = open_blocks(path, Notes(), {"legs"})
    >>> table.header, list(table.read([0], size=2))
    (['legs', 'pet'], [(2, {0: ['4', '2']}), (1, {0: ['3']})])
    """
    with reading(path.name):
        opened, suffix = opener_of(path, notes)
        if suffix in PARQUET:
            return _parquet(path.name, opened)
        header, rows, _ = stream_rows(opened, path.name, notes, names)

    def blocks(positions, size):
        while block := list(islice(rows, size)):
            columns = list(zip(*block, strict=True))
            yield len(block), {i: list(columns[i]) for i in positions}

    return Blocks(path.name, header, blocks)


def _parquet(name, opened):
    pa = import_module("pyarrow")
    parquet = import_module("pyarrow.parquet")
    file = opened()
    try:
        if not file.seekable():
            file = io.BytesIO(file.read())
        table = parquet.ParquetFile(file, pre_buffer=False)
        header = table.schema_arrow.names
    except pa.ArrowException as error:
        raise _no_parquet(name, error) from error

    def blocks(positions, size):
        wanted = list(dict.fromkeys(header[i] for i in positions))
        try:
            for batch in table.iter_batches(size, columns=wanted):
                batch.validate(full=True)  # text is not looked at before
                found = batch.schema.names
                places = {i: _place(header, found, i) for i in positions}
                yield (
                    batch.num_rows,
                    {i: batch.column(place) for i, place in places.items()},
                )
        except (pa.ArrowException, OSError) as error:
            raise _no_parquet(name, error) from error

    return Blocks(name, header, blocks)


def _place(header, found, i):
    """Return where a column of the file is among those that were read."""
    nth = header[:i].count(header[i])
    return [j for j, name in enumerate(found) if name == header[i]][nth]


def _no_parquet(name, error):
    return CompareError(
        f"{name} is not a Parquet file that can be read ({error}): write it anew, or "
        "as CSV."
    )
