"""The L2 penalty: ``l2 / 2 * sum(coef²)``, which leaves intercepts free."""

import math

import numpy as np

from .layers import LARGE
from .optimizers import add_multiple

__all__ = ["Penalty"]


class Penalty:
    """Adds the penalty's gradient to that of the loss, and computes its value.

    Small layers are passed over together, with zeros in the place of intercepts: calls
    are what takes time there. Large ones are passed over as they are.

    Parameters
    ----------
    network : Network
        Whose parameters it will be.

    References
    ----------
    Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 7.1.1.

    Examples
    --------
    >>> from skdeepnn.nn.network import Network
    >>> network = Network([1, 1])
    >>> network.params[:] = 3.0, 10.0
    >>> Penalty(network).add(network.params, network.gradient, l2=2.0)
    9.0
    >>> network.gradient
    array([6., 0.])
    """

    def __init__(self, network):
        self._n_members = network.n_members
        mask = network.coef_mask()
        self._parts = [
            (part, None if mask[part].all() else mask[part]) for part in _parts(network)
        ]
        longest = max((m.size for _, m in self._parts if m is not None), default=0)
        self._work = np.empty_like(mask[:longest])

    def add(self, params, gradient, l2):
        """Add the penalty's gradient, ``l2 * coef``.

        Parameters
        ----------
        params : ndarray of shape (n_params,)
            Coefficients and intercepts.
        gradient : ndarray of shape (n_params,)
            Changed in place.
        l2 : float or ndarray of shape (n_members,)
            Strength.

        Returns
        -------
        float or ndarray of shape (n_members,)
            The penalty, one a member for a stack.
        """
        squares = 0.0
        for part, mask in self._parts:
            coefs, own_gradient = params[part], gradient[part]
            if mask is not None:
                coefs = np.multiply(coefs, mask, out=self._work[: mask.size])
            if isinstance(l2, np.ndarray):
                by_member = (self._n_members, -1)
                vectors = own_gradient.reshape(by_member), coefs.reshape(by_member)
                for *pair, own_l2 in zip(*vectors, l2.tolist(), strict=True):
                    add_multiple(*pair, own_l2)
            else:
                add_multiple(own_gradient, coefs, l2)
            if self._n_members is None:
                squares += float(coefs @ coefs)
            else:
                members = coefs.reshape(self._n_members, -1)
                squares = np.vecdot(members, members)
        return 0.5 * l2 * squares


def _parts(network):
    """Slices of the flat vector: large layers' coefficients, and what lies between.

    Those of a stack's members are one. Large layers' parameters lie row by row, their
    intercepts last.
    """
    parts, start, stop = [], 0, 0
    for layer in network.layers:
        size = layer.fan_in * layer.fan_out
        if network.n_members is None and size >= LARGE:
            if stop > start:
                parts.append(slice(start, stop))
            parts.append(slice(stop, stop + size))
            start = stop + math.prod(layer.shape)  # behind its intercepts
        stop += math.prod(layer.shape)
    if stop > start:
        parts.append(slice(start, stop))
    return parts
