"""Objects with large arrays, handed from one process to another by way of a file.

Through a pipe ten megabytes take 40 ms, as long as an epoch of a small network; in a
file that is kept in memory they are written once and mapped, which takes 5 ms.
"""

import mmap
import os
import pickle
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from joblib.externals.loky.backend import resource_tracker

from .signals import Guard, pass_on_signals, uninterrupted

try:  # which also pickles functions that modules do not have, such as lambdas
    from cloudpickle import dumps
except ImportError:
    try:
        from joblib.externals.cloudpickle import dumps  # as far as joblib 1.5
    except ImportError:
        from pickle import dumps

__all__ = ["Parcel", "SharedFolder", "pack"]

_MEMORY = "/dev/shm"  # a folder in memory, where there is one
_ALIGNED = 64  # bytes


class Parcel(NamedTuple):
    """A packed object.

    Parameters
    ----------
    pickled : bytes
        The object, without the arrays that are in the file.
    path : str or None
        Name of the file; None where nothing is in one.
    places : list of (int, int)
        Where each array begins and ends there.
    """

    pickled: bytes
    path: str | None
    places: list

    def unpack(self):
        """Return the object. Its arrays are those of the file until written to."""
        if self.path is None:
            return pickle.loads(self.pickled)
        with open(self.path, "rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        view = memoryview(mapped)
        return pickle.loads(
            self.pickled, buffers=[view[slice(*p)] for p in self.places]
        )


def pack(value, path=None):
    """Pack an object, its arrays into a file if there may be one.

    Parameters
    ----------
    value : object
        Anything that can be pickled; functions without a name if cloudpickle, which
        most versions of joblib bring with them, is installed.
    path : str, optional
        Name of a file for it, which an earlier parcel may have used that nobody needs
        any more.

    Returns
    -------
    Parcel
        To be sent, and unpacked there.

    Examples
    --------
    >>> import numpy as np
    >>> with SharedFolder() as folder:
    ...     pack(np.arange(3), folder.path("a")).unpack()
    array([0, 1, 2])
    """
    if path is not None:
        buffers = []
        pickled = dumps(value, protocol=5, buffer_callback=buffers.append)
        arrays = [buffer.raw() for buffer in buffers]
        if sum(array.nbytes for array in arrays):
            try:
                return Parcel(pickled, path, _write(arrays, path))
            except OSError:  # memory for files is limited where containers are
                pass
    return Parcel(dumps(value, protocol=5), None, [])


def _write(arrays, path):
    places, end = [], 0
    # What is overwritten does not need to be allocated again
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        for array in arrays:
            start = -(-end // _ALIGNED) * _ALIGNED
            end = start + array.nbytes
            places.append((start, end))
            file.seek(start)
            file.write(array)
    return places


class SharedFolder:
    """A folder for parcels, which goes at the end of ``with``, or with this process."""

    def path(self, name):
        """Return the path of a file in the folder."""
        return str(Path(self._folder, name))

    @uninterrupted
    def __enter__(self):
        self._guard = Guard()
        self._guard.__enter__()
        parent = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        self._folder = tempfile.mkdtemp(prefix=f"skdeepnn_{os.getpid()}_", dir=parent)
        resource_tracker.register(self._folder, "folder")
        try:
            pass_on_signals()
        except BaseException:
            self._delete()
            raise
        return self

    @uninterrupted
    def __exit__(self, *exception):
        self._delete()
        pass_on_signals()

    def _delete(self):
        shutil.rmtree(self._folder, ignore_errors=True)
        resource_tracker.unregister(self._folder, "folder")
        self._guard.__exit__()
