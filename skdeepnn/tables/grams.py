"""Text as a few numbers: the principal components of the n-grams that recur in it."""

import zlib
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from sklearn.utils.extmath import randomized_svd

from .distinct import factorize
from .scaling import smooth_clip

__all__ = ["Grams", "count_grams", "grams_of", "plain", "some_of"]

SIZES = (2, 3, 4)  # of the n-grams, in characters
N_COMPONENTS = 40
VALUES_A_COMPONENT = 4  # at least, or there is nothing in common to learn
MAX_LENGTH = 1000  # characters, beyond which text is not read
MAX_VALUES = 10_000  # distinct ones to learn from
MAX_GRAMS = 5000
BLOCK_SIZE = 1 << 20  # characters worked on at a time, or learned from
SPACE = ord(" ")
FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, and 2^64 divided by the golden ratio


class Grams(NamedTuple):
    """What turns text into numbers, by the n-grams of characters in it.

    Each value is a vector of how often n-grams come in it, the rare ones counting more,
    of length 1. The numbers are its principal components.

    Parameters
    ----------
    keys : ndarray of shape (n_grams,)
        Sorted numbers that stand for the n-grams.
    weights : ndarray of shape (n_grams,)
        What each counts.
    components : ndarray of shape (n_grams, n_components)
        What they add to each of the numbers.
    center : ndarray of shape (n_components,)
        What is taken off.

    Examples
    --------
    >>> names = "Ann Anna Annie Hanna Jim Jimmy Tim Timmy Kim".split()
    >>> grams = Grams.of(np.array(names))
    >>> grams.encode(np.array(["Annabel", "Timothy", None, "???"]), float).round(1)
    array([[ 1.1,  0. ],
           [-0.7, -0.2],
           [ 0. ,  0. ],
           [ 0. ,  0. ]])
    """

    keys: np.ndarray
    weights: np.ndarray
    components: np.ndarray
    center: np.ndarray

    @classmethod
    def of(cls, column, sample_weight=None):
        """Return those of a column of training data; None if nothing recurs in it."""
        texts, counts = _texts_of(column, sample_weight)
        if len(texts) < 2 * VALUES_A_COMPONENT:
            return None
        keys, n_found = np.unique(grams_of(texts)[1], return_counts=True)
        keys = keys[n_found > 1]
        table = count_grams(texts, keys)
        kept, share = _recurrent(table, counts)
        n_components = min(
            N_COMPONENTS, len(texts) // VALUES_A_COMPONENT, len(kept) - 1
        )
        if n_components < 1:
            return None
        weights = 1 - np.log(share)
        table = _normalized(table[:, kept], weights)
        components, center = _principal(table, counts, n_components)
        if components is None:
            return None
        return cls(keys[kept], weights, components, center)

    @property
    def width(self):
        """Number of columns."""
        return len(self.center)

    def some(self, which):
        """Return what has some of the numbers only."""
        components = self.components[:, which]
        return self._replace(components=components, center=self.center[which])

    def encode(self, column, dtype):
        """Return the numbers of a column; zeros where no n-gram is known."""
        values, inverse = factorize(column)
        texts = [plain(value) for value in values]
        ends = np.cumsum([len(text) for text in texts])
        starts = np.flatnonzero(np.diff(ends // BLOCK_SIZE, prepend=-1)).tolist()
        out = np.empty((len(texts), self.width), dtype)
        for start, stop in zip(starts, [*starts[1:], len(texts)], strict=True):
            out[start:stop] = self._encode_texts(texts[start:stop])
        return out[inverse]

    def _encode_texts(self, texts):
        table = count_grams(texts, self.keys)
        out = _normalized(table, self.weights) @ self.components - self.center
        smooth_clip(out)
        out[np.diff(table.indptr) == 0] = 0
        return out


def plain(value):
    r"""Return text without what matters little; empty for what is none.

    Examples
    --------
    >>> plain("  New\tYORK "), plain(None)
    ('new york', '')
    """
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return ""
    return " ".join(value[:MAX_LENGTH].casefold().split())


def some_of(texts):
    """Return the positions of some of many distinct texts; all if they are few.

    Which they are is a matter of their characters, not of their order.

    Examples
    --------
    >>> some_of(["b", "a"])
    [1, 0]
    """
    checks = [zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in texts]
    order = sorted(range(len(texts)), key=lambda i: (checks[i], texts[i]))
    ends = np.cumsum([len(texts[i]) for i in order])
    n_read = min(MAX_VALUES, int(np.searchsorted(ends, BLOCK_SIZE)) + 1)
    return sorted(order[:n_read], key=texts.__getitem__)


def _texts_of(column, sample_weight):
    """Return distinct texts to learn from, sorted, and their shares of the weight."""
    values, inverse = factorize(column)
    counts = np.bincount(inverse, sample_weight, minlength=len(values))
    texts, inverse = factorize(np.array([*map(plain, values)], dtype=object))
    counts = np.bincount(inverse, counts, minlength=len(texts))
    counts = {text: n for text, n in zip(texts, counts, strict=True) if text and n > 0}
    texts = list(counts)
    texts = [texts[i] for i in some_of(texts)]
    counts = np.array([counts[text] for text in texts])
    return texts, counts / counts.sum()


def grams_of(texts):
    """Return the n-grams of texts: within words, which have a space at both ends.

    Parameters
    ----------
    texts : list of str
        What :func:`plain` has returned.

    Returns
    -------
    rows : ndarray of shape (n_found,)
        Number of the text in which each is.
    keys : ndarray of shape (n_found,)
        Number that stands for it: a polynomial of its characters modulo 2^64.

    Examples
    --------
    >>> rows, keys = grams_of(["ab"])  # " a", "ab", "b ", " ab", "ab " and " ab "
    >>> len(np.unique(keys))
    6
    """
    joined = "".join(f" {text} " for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
    row = np.repeat(np.arange(len(texts)), [len(text) + 2 for text in texts])
    is_space = codes == SPACE
    codes = codes.astype(np.uint64) + np.uint64(1)  # 0 in front would not count
    rows, keys, key = [], [], codes
    has_space = np.zeros(len(codes), dtype=bool)  # inside
    for size in range(2, SIZES[-1] + 1):
        key = key[:-1] * FACTOR + codes[size - 1 :]
        if size == 2:  # two spaces are where one text ends and the next begins
            within = ~(is_space[:-1] & is_space[1:])
            has_space = has_space[:-1]
        else:
            has_space = has_space[:-1] | is_space[size - 2 : -1]
            within = ~has_space
        rows.append(row[: len(key)][within])
        keys.append(key[within])
    return np.concatenate(rows), np.concatenate(keys)


def count_grams(texts, keys):
    """Return how often n-grams come in texts.

    Parameters
    ----------
    texts : list of str
        What :func:`plain` has returned.
    keys : ndarray of shape (n_grams,)
        Sorted numbers of the n-grams to count.

    Returns
    -------
    csr_array of shape (n_texts, n_grams)
        Counts.

    Examples
    --------
    >>> keys = np.unique(grams_of(["aaa"])[1])
    >>> count_grams(["aaa", "b"], keys).sum(axis=1)
    array([9., 0.])
    """
    rows, found = grams_of(texts)
    if not len(keys):
        return csr_array((len(texts), 0))
    columns = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
    known = keys[columns] == found
    entries = np.ones(known.sum()), (rows[known], columns[known])
    return csr_array(entries, (len(texts), len(keys)))


def _recurrent(table, counts):
    """Return which n-grams are in several values, and their share of the weight."""
    n_values = np.bincount(table.indices, minlength=table.shape[1])
    by_entry = np.repeat(counts, np.diff(table.indptr))
    share = np.bincount(table.indices, by_entry, minlength=table.shape[1])
    kept = np.flatnonzero(n_values > 1)
    most = np.argsort(-share[kept].round(9), kind="stable")
    kept = np.sort(kept[most[:MAX_GRAMS]])
    return kept, share[kept]


def _normalized(table, weights):
    """Return weighted counts, each row of length 1, or 0 if it is empty."""
    n_entries = np.diff(table.indptr)
    data = table.data * weights[table.indices]
    row = np.repeat(np.arange(len(n_entries)), n_entries)
    lengths = np.sqrt(np.bincount(row, data**2, minlength=len(n_entries)))
    return csr_array((data / lengths[row], table.indices, table.indptr), table.shape)


def _principal(table, counts, n_components):
    """Return the directions of most variance of weighted rows, and the rows' mean.

    The first of the numbers has a variance of 1; the others keep their proportion.
    """
    weighted = csr_array(table * np.sqrt(counts)[:, np.newaxis])
    axes = randomized_svd(weighted, n_components, random_state=0)[2].T
    scores = table @ axes
    scores -= counts @ scores
    variances, rotation = np.linalg.eigh(scores.T @ (counts[:, np.newaxis] * scores))
    variances, rotation = variances[::-1], rotation[:, ::-1]  # the greatest first
    if variances[0] < 1e-9:  # they are all the same, but for rounding
        return None, None
    rotation = rotation[:, variances > 1e-4 * variances[0]] / np.sqrt(variances[0])
    components = axes @ rotation
    largest = abs(components).argmax(axis=0)  # is made positive
    components *= np.sign(components[largest, np.arange(len(largest))])
    return components, counts @ (table @ components)
