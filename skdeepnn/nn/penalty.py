"""The L2 penalty: ``l2 / 2 * sum(coef²)``, which leaves intercepts free."""

import numpy as np

from ..compute.coefs import Coefs
from ..compute.vectors import add_multiple

__all__ = ["Penalty"]


class Penalty:
    """Adds the penalty's gradient to that of the loss, and computes its value.

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
        is_stack = network.n_members is not None
        self._coefs = Coefs(network.layers, network.coef_mask(), is_stack)

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
        for coefs, own_gradient in self._coefs.parts(params, gradient):
            add_multiple(own_gradient, coefs, l2)
            squares += self._sum_of_squares(coefs)
        return 0.5 * l2 * squares

    def _sum_of_squares(self, coefs):
        if self._n_members is None:
            return float(coefs @ coefs)
        members = coefs.reshape(self._n_members, -1)
        return np.vecdot(members, members)
