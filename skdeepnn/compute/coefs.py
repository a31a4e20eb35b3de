"""Coefficients of a flat vector, without the intercepts, in as few parts as pay.

Small layers are passed over together, with zeros in the place of intercepts: calls are
what takes time there. Large ones are passed over as they are.
"""

import math

import numpy as np

from .layout import LARGE

__all__ = ["Coefs"]


class Coefs:
    """Parts of vectors that hold the coefficients of a network.

    Parameters
    ----------
    layers : list of Dense
        Of the network, for their sizes.
    mask : ndarray of shape (n_params,)
        1 where a coefficient is, 0 for intercepts.
    is_stack : bool, default=False
        Whether it is a stack of networks, whose members are passed over together.

    Examples
    --------
    >>> from skdeepnn.nn.layers import Dense
    >>> coefs = Coefs([Dense(2, 1)], mask=np.array([1.0, 1.0, 0.0]))
    >>> [(own, _)] = coefs.parts(np.array([5.0, 6.0, 7.0]), np.zeros(3))
    >>> own
    array([5., 6., 0.])
    """

    def __init__(self, layers, mask, is_stack=False):
        self._parts = [
            (part, None if mask[part].all() else mask[part])
            for part in _slices(layers, is_stack)
        ]
        longest = max((m.size for _, m in self._parts if m is not None), default=0)
        self._work = np.empty_like(mask[:longest])

    def parts(self, params, gradient):
        """Yield coefficients with the parts of the gradient that belong to them.

        Parameters
        ----------
        params, gradient : ndarray of shape (n_params,)
            Flat vectors.

        Yields
        ------
        coefs, own_gradient : ndarray of shape (n,)
            The first may be memory that the next part overwrites, with zeros for
            intercepts; the second is a view.
        """
        for part, mask in self._parts:
            coefs = params[part]
            if mask is not None:
                coefs = np.multiply(coefs, mask, out=self._work[: mask.size])
            yield coefs, gradient[part]


def _slices(layers, is_stack):
    """Slices of the flat vector: large layers' coefficients, and what lies between.

    Those of a stack's members are one. Large layers' parameters lie row by row, their
    intercepts last.
    """
    slices, start, stop = [], 0, 0
    for layer in layers:
        size = layer.fan_in * layer.fan_out
        if not is_stack and size >= LARGE:
            if stop > start:
                slices.append(slice(start, stop))
            slices.append(slice(stop, stop + size))
            start = stop + math.prod(layer.shape)  # behind its intercepts
        stop += math.prod(layer.shape)
    if stop > start:
        slices.append(slice(start, stop))
    return slices
