"""Logits of many rows: in blocks, which threads may share."""

from .casting import cast
from .threads import new_team

__all__ = ["predict_in_blocks"]

_FEW_ROWS = 256  # fewer are not worth memory of their own, nor cut into blocks
_BLOCK_VALUES = 2**17  # of the widest layer: 1 MiB in float64
_MANY_BLOCKS = 16  # from so many on they are for threads to share


def predict_in_blocks(network, X, out, n_threads):
    """Write a network's logits into `out`; see `Network.logits`.

    Parameters
    ----------
    network : Network
        What predicts.
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        Input of any float type.
    out : ndarray of shape (n_samples, n_outputs)
        Where to write.
    n_threads : int or None
        How many threads may share many rows.

    Returns
    -------
    ndarray of shape (n_samples, n_outputs)
        `out`.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeepnn.nn.network import Network
    >>> network, out = Network([2, 1]), np.ones((3, 1))
    >>> predict_in_blocks(network, np.ones((3, 2)), out, n_threads=1).ravel()
    array([0., 0., 0.])
    """
    n_samples = X.shape[0]
    if n_samples < _FEW_ROWS:
        return _predict_few(network, X, out)
    width = max(network.layer_sizes[1:]) * (network.n_members or 1)
    n_rows = max(_FEW_ROWS, _BLOCK_VALUES // width)
    starts = range(0, n_samples, n_rows)
    if len(starts) < _MANY_BLOCKS or n_threads == 1:
        return _predict(network, X, out, starts, n_rows)
    with new_team(n_threads) as team:
        shares = [starts[i :: team.n_threads] for i in range(team.n_threads)]
        team.map(lambda share: _predict(network, X, out, share, n_rows), shares)
    return out


def _predict_few(network, X, out):
    """Write the logits of all rows into `out`."""
    a = cast(X, network.dtype)
    for layer in network.layers:
        a = layer.forward(a)
    out[...] = a if network.n_members is None else a.mean(0)
    return out


def _predict(network, X, out, starts, n_rows):
    """Write the logits of the blocks of rows that begin there into `out`."""
    caches = None
    if n_rows <= X.shape[0]:
        caches = network.new_caches(n_rows, training=False)
    for start in starts:
        rows = slice(start, start + n_rows)
        a = X[rows]
        if caches is None or a.shape[0] != n_rows:  # the last block
            _predict_few(network, a, out[rows])
            continue
        a = cast(a, network.dtype)
        for layer, cache in zip(network.layers, caches, strict=True):
            a = layer.forward(a, cache)
        out[rows] = a if network.n_members is None else a.mean(0)
    return out
