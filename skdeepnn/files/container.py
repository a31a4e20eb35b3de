"""Files that are whole or refused: arrays and what is said of them, with a checksum.

Eight bytes say what a file is; then come the format's version, a description in JSON,
the arrays that it speaks of, and a SHA-256 checksum of all that.
"""

import hashlib
import json
import os
import struct
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

__all__ = ["HEAD", "MALFORMED", "Kind", "read", "replacing", "sealed"]

HEAD, _DIGEST_SIZE = struct.Struct("<8sIQ"), 32

MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What building objects of a malformed description may raise."""


class Kind(NamedTuple):
    """What a file is, and what to say of one that is not.

    Parameters
    ----------
    magic : bytes
        Eight, with which it begins.
    version : int
        The latest format that there is.
    noun : str
        What it holds.
    reader : str
        What to know of who reads it, for errors about foreign files.
    remedy : str
        What to do about a damaged one.
    """

    magic: bytes
    version: int
    noun: str
    reader: str
    remedy: str


def sealed(kind, described, arrays):
    """Return the bytes of a file.

    Parameters
    ----------
    kind : Kind
        What it is.
    described : dict
        What JSON can hold; gets an entry "arrays".
    arrays : list of ndarray
        In C order.

    Returns
    -------
    bytes
        For :func:`read`.
    """
    listed, offset = [], 0
    for values in arrays:
        listed.append([values.dtype.str, list(values.shape), offset])
        offset += values.nbytes
    described["arrays"] = listed
    text = json.dumps(described, allow_nan=False).encode()
    head = HEAD.pack(kind.magic, kind.version, len(text))
    content = b"".join([head, text, *(values.tobytes() for values in arrays)])
    return content + hashlib.sha256(content).digest()


def read(path, kind, build):
    """Read a file.

    Parameters
    ----------
    path : path-like
        Where.
    kind : Kind
        What it should be.
    build : callable
        Makes of the description and a list of arrays what is returned.

    Returns
    -------
    object
        That.

    Raises
    ------
    ValueError
        If it is something else, is damaged, of a later format, or makes no sense.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "a"
    >>> kind = Kind(b"EXAMPLES", 1, "example", "read it.", "Write it anew.")
    >>> _ = path.write_bytes(sealed(kind, {"b": 2}, [np.ones(3)]))
    >>> read(path, kind, lambda described, arrays: (described["b"], arrays))
    (2, [array([1., 1., 1.])])
    """
    content = Path(path).read_bytes()
    if content[: len(kind.magic)] != kind.magic:
        raise ValueError(f"{path} is no {kind.noun} of skdeepnn: {kind.reader}")
    body, digest = content[:-_DIGEST_SIZE], content[-_DIGEST_SIZE:]
    is_whole = len(body) >= HEAD.size and hashlib.sha256(body).digest() == digest
    version = HEAD.unpack(body[: HEAD.size])[1] if len(body) >= HEAD.size else 0
    if is_whole and version > kind.version:
        raise ValueError(
            f"{path} has format {version}, and this skdeepnn reads up to "
            f"{kind.version}: install the version that has saved it, or a later one."
        )
    if not is_whole:
        raise ValueError(
            f"{path} is damaged: it is cut short, or bytes of it have changed. "
            f"{kind.remedy}"
        )
    start = HEAD.size + HEAD.unpack(body[: HEAD.size])[2]
    try:
        described = json.loads(body[HEAD.size : start])
        arrays = [_array(body, start, *entry) for entry in described["arrays"]]
        return build(described, arrays)
    except MALFORMED as error:
        raise ValueError(f"{path} does not hold a {kind.noun}: {error}") from error


@contextmanager
def replacing(path):
    """Open a file so that there is the old one or the new one, and never a part.

    Parameters
    ----------
    path : str or path-like
        What is written takes its place when the block has ended without an exception;
        otherwise nothing has changed. Devices and pipes are written to as they are.

    Yields
    ------
    file
        A binary file.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "a"
    >>> with replacing(path) as file:
    ...     _ = file.write(b"whole"), print(path.exists())
    False
    >>> path.read_bytes()
    b'whole'
    """
    path = Path(path)
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as file:
            yield file
        return
    if path.is_symlink():
        path = path.resolve()
    file = tempfile.NamedTemporaryFile(  # noqa: SIM115
        dir=path.parent, prefix=f".{path.name}.", delete=False
    )
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).chmod(0o666 & ~_umask())
        Path(file.name).replace(path)
    except BaseException:
        Path(file.name).unlink(missing_ok=True)
        raise


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _array(body, start, dtype, shape, offset):
    """Return an array of the file, which may be written to."""
    dtype = np.dtype(dtype)
    if dtype.hasobject:
        raise ValueError("its arrays hold objects")
    count = int(np.prod(shape))
    first = start + offset
    if count < 0 or offset < 0 or first + count * dtype.itemsize > len(body):
        raise ValueError("an array of it goes beyond its end")
    return np.frombuffer(body, dtype, count, first).reshape(shape).copy()
