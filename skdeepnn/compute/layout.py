"""Where the arrays of a network lie in memory: decided once for a shape and a batch.

Memory order is half the speed of small products: BLAS takes up to twice as long where
both factors lie contiguous along the axis that is summed over. A layer whose input
lies row by row ("C") therefore writes its output column by column ("F"), the next one
the other way round, so that none of the three products of a layer meets that case; only
large layers are served better by rows throughout, and batches of many rows by columns.
Columns have another advantage: one of ones after the last lets the next layer's product
include its intercepts, and their gradient.
"""

from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from .cutting import LARGE_PRODUCT

__all__ = [
    "LARGE",
    "LayerLayout",
    "alternating_orders",
    "best_param_orders",
    "layer_layout",
    "layouts",
]

LARGE = 2**15
"""Coefficients from which on a layer is large, and has rows throughout."""

_MANY_ROWS = 500  # of a batch; columns throughout make 1,000 rows 1.2 times as fast


class LayerLayout(NamedTuple):
    """Where what a layer reads and writes lies in memory.

    Parameters
    ----------
    input_order : {"C", "F"}
        Memory order of the input, and of its gradient.
    output_order : {"C", "F"}
        Memory order of the output.
    ones : bool
        Whether the output has a column of ones after the last, which takes the place
        of adding the next layer's intercepts.

    Examples
    --------
    >>> LayerLayout("C", "F", ones=True).output_order
    'F'
    """

    input_order: str
    output_order: str
    ones: bool


def layer_layout(param_order):
    """Return the layout of a layer of which nothing but its parameters is known.

    Parameters
    ----------
    param_order : {"C", "F"}
        Memory order of its parameters.

    Returns
    -------
    LayerLayout
        Its input lies as the parameters do, its output the other way.

    Examples
    --------
    >>> layer_layout("C")
    LayerLayout(input_order='C', output_order='F', ones=False)
    """
    return LayerLayout(param_order, "F" if param_order == "C" else "C", False)


@lru_cache(256)
def layouts(layer_sizes, n_samples, fit_intercept=True):
    """Return the layout of each layer for batches of so many rows.

    Parameters
    ----------
    layer_sizes : tuple of int
        Number of features, of units of each hidden layer, and of outputs.
    n_samples : int
        Number of rows of a batch.
    fit_intercept : bool, default=True
        Whether layers have intercepts.

    Returns
    -------
    tuple of LayerLayout
        Columns for many rows, unless products are large; and for the logits, whose
        sums over classes are then several times as fast.

    Examples
    --------
    >>> for layout in layouts((30, 100, 50, 2), n_samples=100):
    ...     print(*layout)
    C F True
    F C False
    C F False
    """
    orders = ["C", *_hidden_orders(layer_sizes, n_samples), "F"]
    ones = [fit_intercept and order == "F" for order in orders[1:-1]]
    return tuple(map(LayerLayout, orders, orders[1:], [*ones, False]))


def best_param_orders(layer_sizes):
    """Return the memory order of each layer's parameters.

    Parameters
    ----------
    layer_sizes : sequence of int
        As for :func:`layouts`.

    Returns
    -------
    list of {"C", "F"}
        Alternating, but for large layers; the last is best row by row, as outputs are
        few.

    Examples
    --------
    >>> best_param_orders((30, 100, 50, 50, 2))
    ['C', 'F', 'C', 'C']
    """
    return [*alternating_orders(layer_sizes)[:-1], "C"]


def alternating_orders(layer_sizes):
    """Return the memory order of each layer's input, where the batch is not known.

    Examples
    --------
    >>> alternating_orders((30, 100, 50, 50, 2))
    ['C', 'F', 'C', 'F']
    """
    orders = ["C"]
    for fan_in, fan_out in pairwise(layer_sizes[1:]):
        is_small = fan_in * fan_out < LARGE
        orders.append("F" if is_small and orders[-1] == "C" else "C")
    return orders


def _hidden_orders(layer_sizes, n_samples):
    """Return the memory order of each hidden layer's output."""
    orders = alternating_orders(layer_sizes)[1:]
    # Columns that begin 4 KiB apart compete for the same places in the cache
    if n_samples < _MANY_ROWS or n_samples % 1024 == 0:
        return orders
    sizes = [n_samples * fan_in * fan_out for fan_in, fan_out in pairwise(layer_sizes)]
    return [
        "F" if max(pair) <= LARGE_PRODUCT else order
        for pair, order in zip(pairwise(sizes), orders, strict=True)
    ]
