"""What tells tables, labels and weights from all others: hashes of every value."""

import hashlib

import numpy as np
from scipy.sparse import issparse

from .columns import is_frame, read_column

__all__ = ["identity"]


def identity(values):
    """Return what tells values from others: a hash of all of them.

    Parameters
    ----------
    values : {array-like, sparse matrix, dataframe} or None
        A table, labels or weights, as the user has them: no arithmetic has been done
        whose last digits may be those of a machine.

    Returns
    -------
    str
        Of 64 digits; the same in other processes.

    Raises
    ------
    TypeError
        If there are objects that are neither numbers nor text nor dates, and print as
        their address.

    Examples
    --------
    >>> identity([[1.0, 2.0]]) == identity(np.array([[1.0, 2.0]]))
    True
    >>> identity([[1.0, 2.0]]) == identity([[1.0, 2.5]])
    False
    """
    found = hashlib.sha256()
    for array in _arrays(values):
        array = np.ascontiguousarray(array)
        found.update(repr((array.shape, array.dtype.str)).encode())
        if array.dtype.hasobject:
            text = repr(array.tolist())
            if " object at 0x" in text:
                raise TypeError(
                    "A checkpoint is for tables of numbers, text and dates, and this "
                    f"one has objects: {text[:100]}..."
                )
            found.update(text.encode())
        else:
            found.update(
                array.data if array.dtype.kind not in "mM" else array.view(int)
            )
    return found.hexdigest()


def _arrays(values):
    """Yield the arrays that values consist of."""
    if issparse(values):
        yield np.array(values.shape)
        if values.format not in ("csr", "csc"):
            values = values.tocsr()
        yield from (values.data, values.indices, values.indptr)
    elif is_frame(values):
        yield np.array([str(name) for name in values.columns])
        yield np.array([str(dtype) for dtype in values.dtypes])
        for j in range(values.shape[1]):
            yield read_column(values, j)
    else:
        yield np.asarray(values)
