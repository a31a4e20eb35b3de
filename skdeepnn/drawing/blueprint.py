"""Which layers and units of a network are drawn, and where: all in heights of text."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from .canvas import shorten

__all__ = [
    "COLUMN_WIDTH",
    "LINE",
    "PITCH",
    "SMALL",
    "Column",
    "Stack",
    "columns_of",
    "height_of_units",
    "largest_drawn",
    "place_units",
    "shown_layers",
    "stacks_of",
    "stretched",
    "width_of",
]

MOST_LAYERS = 8  # with input and output, beside each other
PITCH = 1.6  # from unit to unit
FEWEST_UNITS = 4  # for which there is room in any row
COLUMN_WIDTH = 11.0  # room for "12,345 parameters"
LINE = 1.25  # from line to line of text
LETTER = 0.6  # width of one, about
SMALL = 0.9  # size of most text


class Stack(NamedTuple):
    """Networks of one shape, which see the same inputs: a row of the drawing.

    Parameters
    ----------
    name : str or None
        Of the view that they see.
    coefs : list of ndarray of shape (fan_in, fan_out)
        Of the first of them.
    n_members : int
        How many they are.
    feature_names : sequence of str or None
        Of their inputs.

    Examples
    --------
    >>> stack = Stack.of(None, [np.zeros((3, 4)), np.zeros((4, 1))], ["a", "b", "c"])
    >>> stack.sizes, stack.n_params(fit_intercept=True)
    ([3, 4, 1], 21)
    """

    name: str | None
    coefs: list
    n_members: int
    feature_names: list | None

    @classmethod
    def of(cls, name, coefs, feature_names=None):
        """Return what these coefficients are of, once they have been checked."""
        coefs = [np.asarray(coef) for coef in coefs]
        of = "" if name is None else f" of {name!r}"
        if not coefs or {coef.ndim for coef in coefs} not in ({2}, {3}):
            raise ValueError(
                f"coefs{of} must be arrays of shape (fan_in, fan_out), one a layer, or "
                "(n_members, fan_in, fan_out), but have the shapes "
                f"{[coef.shape for coef in coefs]}."
            )
        for i, (one, other) in enumerate(pairwise(coefs), 1):
            if one.shape[:-2] != other.shape[:-2] or one.shape[-1] != other.shape[-2]:
                raise ValueError(
                    f"coefs{of} do not fit each other: that of shape {other.shape}, "
                    f"number {i}, follows one of shape {one.shape}."
                )
        if feature_names is not None and len(feature_names) != coefs[0].shape[-2]:
            raise ValueError(
                f"There are {len(feature_names)} feature_names{of}, but "
                f"{coefs[0].shape[-2]} inputs."
            )
        if not all(np.isfinite(coef).all() for coef in coefs):
            raise ValueError(f"coefs{of} must be finite.")
        n_members = len(coefs[0]) if coefs[0].ndim == 3 else 1
        first = [coef[0] if coef.ndim == 3 else coef for coef in coefs]
        return cls(name, first, n_members, feature_names)

    @property
    def sizes(self):
        """Number of inputs, and of the units of each layer."""
        return [len(self.coefs[0]), *(coef.shape[1] for coef in self.coefs)]

    def named(self, columns):
        """Return what to write beside the inputs: nothing if not all are drawn."""
        if self.feature_names is None or not columns[0].is_drawn_whole:
            return []
        return [shorten(name) for name in self.feature_names]

    def n_params(self, fit_intercept, layers=slice(None)):
        """Return how many parameters one of the networks has in some of its layers."""
        coefs = self.coefs[layers]
        return sum(coef.size + bool(fit_intercept) * coef.shape[1] for coef in coefs)


def stacks_of(coefs, feature_names):
    """Return a stack for each entry of a dict, or one; see `NetworkDisplay`.

    Examples
    --------
    >>> [stack.name for stack in stacks_of({"a": [np.eye(2)], "b": [np.eye(2)]}, None)]
    ['a', 'b']
    """
    if not isinstance(coefs, dict):
        return [Stack.of(None, coefs, feature_names)]
    names = {} if feature_names is None else feature_names
    if not coefs or not isinstance(names, dict):
        raise ValueError(
            "coefs is a dict: it must have an entry, and feature_names be None or a "
            "dict too."
        )
    stacks = [Stack.of(name, c, names.get(name)) for name, c in coefs.items()]
    units = {stack.name: stack.sizes[1:] for stack in stacks}
    if any(of_stack != stacks[0].sizes[1:] for of_stack in units.values()):
        raise ValueError(
            f"Networks may differ in their inputs alone, but their units: {units}."
        )
    return stacks


class Column(NamedTuple):
    """A layer as it is drawn.

    Parameters
    ----------
    layer : int or None
        0 for the input; None for a gap, in place of several.
    x : float
        Where it is.
    size : int
        How many units it has.
    units : ndarray of int
        Those that are drawn.
    y : ndarray of float
        How far they are above the middle.
    """

    layer: int | None
    x: float
    size: int
    units: np.ndarray
    y: np.ndarray

    @property
    def is_drawn_whole(self):
        """Whether all units are drawn."""
        return self.layer is not None and len(self.units) == self.size

    @property
    def span(self):
        """Lowest and highest point of what is drawn."""
        return (self.y.min() - 0.5, self.y.max() + 0.5)


def columns_of(sizes, max_units):
    """Return the layers of a network from left to right, as they are drawn.

    Parameters
    ----------
    sizes : list of int
        Number of inputs, and of the units of each layer.
    max_units : int
        How many units have room above each other.

    Returns
    -------
    list of Column
        The first at 0.

    Examples
    --------
    >>> [(column.layer, column.x) for column in columns_of([3, 4, 1], 12)]
    [(0, 0.0), (1, 11.0), (2, 22.0)]
    """
    columns = []
    for i, layer in enumerate(shown_layers(len(sizes))):
        size = 0 if layer is None else sizes[layer]
        units, y = place_units(size, max_units)
        columns.append(Column(layer, i * COLUMN_WIDTH, size, units, y))
    return columns


def height_of_units(columns):
    """Return how high the layers of a network are drawn.

    Examples
    --------
    >>> [float(height_of_units(columns_of([3, n, 1], 12))) for n in (2, 400)]
    [6.4, 18.6]
    """
    spans = [column.span for column in columns if len(column.units)]
    return max(FEWEST_UNITS * PITCH, *(high - low for low, high in spans))


def largest_drawn(stack, columns):
    """Return the size of the largest weight between layers drawn whole, or 0.

    Examples
    --------
    >>> stack = Stack.of(None, [np.full((3, 20), 5.0), np.full((20, 1), 2.0)])
    >>> [float(largest_drawn(stack, columns_of([3, 20, 1], n))) for n in (12, 20)]
    [0.0, 5.0]
    """
    sizes = [
        abs(stack.coefs[left.layer]).max()
        for left, right in pairwise(columns)
        if left.is_drawn_whole and right.is_drawn_whole
    ]
    return max(sizes, default=0.0)


def stretched(columns, width):
    """Return columns as far from each other as that, or as they were.

    Examples
    --------
    >>> [column.x for column in stretched(columns_of([3, 4, 1], 12), 20.0)]
    [0.0, 20.0, 40.0]
    """
    stretch = max(1.0, width / COLUMN_WIDTH)
    return [column._replace(x=stretch * column.x) for column in columns]


def width_of(texts):
    """Return how much room small texts need, about.

    Examples
    --------
    >>> round(width_of(["a", "bc"]), 2)
    1.08
    """
    return SMALL * LETTER * max(map(len, texts), default=0)


def place_units(size, max_units):
    """Return which units of a layer are drawn, and how far above the middle.

    Where there are too many, those in the middle make room for an ellipsis.

    Examples
    --------
    >>> place_units(2, 6)
    (array([0, 1]), array([ 0.8, -0.8]))
    >>> place_units(100, 6)
    (array([ 0,  1, 98, 99]), array([ 4. ,  2.4, -2.4, -4. ]))
    """
    if size <= max_units:
        return np.arange(size), PITCH * ((size - 1) / 2 - np.arange(size))
    n_above, n_below = (max_units - 1) // 2, (max_units - 2) // 2
    places = np.r_[:n_above, max_units - n_below : max_units]
    units = np.r_[:n_above, size - n_below : size]
    return units, PITCH * ((max_units - 1) / 2 - places)


def shown_layers(n_layers):
    """Return which layers are drawn, with None for a gap where they are too many.

    Examples
    --------
    >>> shown_layers(3)
    [0, 1, 2]
    >>> shown_layers(32)
    [0, 1, 2, 3, None, 29, 30, 31]
    """
    if n_layers <= MOST_LAYERS:
        return list(range(n_layers))
    n_last = (MOST_LAYERS - 1) // 2
    n_first = MOST_LAYERS - 1 - n_last
    return [*range(n_first), None, *range(n_layers - n_last, n_layers)]
