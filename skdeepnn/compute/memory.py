"""Arrays in the order that a layout asks for, allocated before training."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .elementwise import draw_mask
from .products import OuterProduct, product

__all__ = ["BatchMemory", "Cache", "Recent", "as_matrices", "by_layer", "new_cache"]


@dataclass(slots=True)
class Cache:
    """What a layer's backward pass needs of its forward pass.

    Parameters
    ----------
    z : ndarray of shape (..., n_samples, fan_out)
        ``X @ coef + intercept``; the activation where that can be done in place.
    a : ndarray of shape (..., n_samples, fan_out)
        ``activation(z)``; the same array as `z` unless the activation keeps its input.
    output : ndarray of shape (..., n_samples, fan_out or fan_out + 1)
        What the layer returns: `a`, or with dropout ``a * mask``; perhaps with a
        column of ones.
    scratch : ndarray of shape (..., n_samples, fan_out) or None
        What the activation's derivative needs besides.
    mask : ndarray of shape (..., n_samples, fan_out) or None
        What `a` is multiplied with by dropout.
    X_gradient : ndarray of shape (..., n_samples, fan_in) or None
        Where the gradient with respect to the input goes; None for a first layer,
        whose input is data.
    multiply : callable
        The product ``A @ B`` that computes `X_gradient`.
    X : ndarray of shape (..., n_samples, fan_in or fan_in + 1), default=None
        The input, set by the forward pass.
    drops : bool, default=False
        Whether the last forward pass had dropout.

    Examples
    --------
    >>> from skdeepnn.nn.layers import Dense
    >>> Dense(3, 2).new_cache(5).z.shape
    (5, 2)
    """

    z: np.ndarray
    a: np.ndarray
    output: np.ndarray
    scratch: np.ndarray | None
    mask: np.ndarray | None
    X_gradient: np.ndarray | None
    multiply: Callable
    X: np.ndarray | None = None
    drops: bool = False

    def drop_units(self, share, rng):
        """Write ``a * mask`` into `output`, or `a` without a source of randomness.

        Parameters
        ----------
        share : float
            How many units to leave out.
        rng : numpy.random.Generator or None
            Draws which ones.
        """
        output = self.output[..., : self.a.shape[-1]]
        self.drops = rng is not None
        if self.drops:
            draw_mask(rng, share, out=self.mask)
            np.multiply(self.a, self.mask, out=output)
        else:
            output[...] = self.a


@dataclass(slots=True)
class BatchMemory:
    """What training on batches of one size needs.

    Parameters
    ----------
    caches : list of Cache
        One a layer.

    Examples
    --------
    >>> from skdeepnn.nn.network import Network
    >>> memory = BatchMemory(Network([2, 3, 1]).new_caches(5))
    >>> [array.shape for array in memory.work]
    [(5, 1), (5, 1), (5, 1)]
    """

    caches: list
    work: list = None

    def __post_init__(self):
        self.work = [np.empty_like(self.caches[-1].z) for _ in range(3)]


class Recent(dict):
    """A dict that keeps two entries: an epoch's batches have one size, and its last's.

    Examples
    --------
    >>> recent = Recent()
    >>> for size in (64, 17, 50):
    ...     recent.keep(size, "memory")
    >>> list(recent)
    [17, 50]
    """

    def keep(self, key, value):
        """Add an entry in the place of the oldest of two."""
        while len(self) > 1:
            self.pop(next(iter(self)))
        self[key] = value


def new_cache(
    layout,
    shape,
    *,
    n_members=None,
    dtype=np.float64,
    keeps_input=True,
    scratch=None,
    drops=False,
    X_gradient=True,
):
    """Allocate what batches of one size need in a layer.

    Parameters
    ----------
    layout : LayerLayout
        Where arrays shall lie.
    shape : tuple of int
        ``(n_samples, fan_in, fan_out)``.
    n_members : int or None, default=None
        Number of networks in a stack.
    dtype : dtype, default=float64
        Of the arrays.
    keeps_input : bool, default=True
        Whether `z` and `a` are two arrays.
    scratch : type or None, default=None
        ``bool`` or ``float`` if the activation's derivative needs one more array.
    drops : bool, default=False
        Whether there may be dropout.
    X_gradient : bool, default=True
        Whether the gradient of the input will be asked for.

    Returns
    -------
    Cache
        Not initialized, but for the column of ones.

    Examples
    --------
    >>> from skdeepnn.compute.layout import LayerLayout
    >>> cache = new_cache(LayerLayout("C", "F", ones=True), (5, 3, 2))
    >>> cache.output.shape, cache.a.shape, cache.X_gradient.shape
    ((5, 3), (5, 2), (5, 3))
    """
    n_samples, fan_in, fan_out = shape
    members = () if n_members is None else (n_members,)

    def empty(n_columns, order):
        array = np.empty((*members, n_samples * n_columns), dtype)
        return as_matrices(array, (*members, n_samples, n_columns), order)

    output = empty(fan_out + layout.ones, layout.output_order)
    if layout.ones:
        output[..., -1] = 1
    a = output[..., :fan_out]
    if drops:
        a = np.empty_like(a)
    multiply = product
    if X_gradient and fan_out == 1:
        multiply = OuterProduct(n_samples, fan_in, n_members, dtype)
    return Cache(
        z=np.empty_like(a) if keeps_input else a,
        a=a,
        output=output,
        scratch=scratch and np.empty_like(a, dtype=bool if scratch is bool else None),
        mask=np.empty_like(a) if drops else None,
        X_gradient=empty(fan_in, layout.input_order) if X_gradient else None,
        multiply=multiply,
    )


def as_matrices(vector, shape, order):
    """Return a view of a vector, or of a row for each member, as matrices.

    Parameters
    ----------
    vector : ndarray of shape (..., m * n)
        What to look at.
    shape : tuple of int
        ``(..., m, n)``.
    order : {"C", "F"}
        Memory order of each matrix.

    Returns
    -------
    ndarray of shape `shape`
        A view.

    Examples
    --------
    >>> as_matrices(np.arange(4), (2, 2), "F")
    array([[0, 2],
           [1, 3]])
    """
    if order == "C":
        return vector.reshape(shape)
    *members, n_rows, n_columns = shape
    return vector.reshape(*members, n_columns, n_rows).mT


def by_layer(vector, layers, n_members=None):
    """Return views of a flat vector, one a layer.

    Parameters
    ----------
    vector : ndarray of shape (n_params,)
        Member after member for a stack.
    layers : list of Dense
        Of the network, for their sizes.
    n_members : int or None, default=None
        Number of networks in a stack.

    Returns
    -------
    list of ndarray
        Of shape ``(size,)`` each, or ``(n_members, size)`` for a stack.

    Examples
    --------
    >>> from skdeepnn.nn.layers import Dense
    >>> by_layer(np.arange(5), [Dense(2, 1), Dense(1, 1)])
    [array([0, 1, 2]), array([3, 4])]
    """
    members = n_members or 1
    sizes = [math.prod(layer.shape) // members for layer in layers]
    parts = np.split(vector.reshape(members, -1), np.cumsum(sizes)[:-1], axis=1)
    return parts if n_members else [part[0] for part in parts]
