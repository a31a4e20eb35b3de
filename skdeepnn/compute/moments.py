"""Moving sums of gradients whose decay is put off.

A moment ``m = β m + g`` costs a pass over memory for the product and another for the
sum. If the decay is left out of `n` steps, the moment is stored as ``m / βⁿ``, what
is added to it grows by ``1 / β`` from step to step, and one pass is left: BLAS's axpy.
Of the twelve passes of Adam seven are left, and 0.7 of the time.
"""

import math

from .vectors import clear_tiny

__all__ = ["PutOffDecay"]

_MOST_STEPS = 64
_MOST_GROWTH = 1e4  # of what is added, far from float32's largest number


class PutOffDecay:
    """Decay of moments, made up for every few dozen steps.

    Parameters
    ----------
    *betas : float
        Decay of each moment in a step, in [0, 1).

    Attributes
    ----------
    n_steps : int
        Number of steps since the moments were as they are defined.

    Examples
    --------
    Two steps with a gradient of 1 and a decay of a half, for ``1 / 2 + 1``:

    >>> import numpy as np
    >>> m, decay = np.zeros(1), PutOffDecay(0.5)
    >>> for _ in range(2):
    ...     (growth,) = decay.step(m)
    ...     m += growth * 1
    >>> m / growth
    array([1.5])
    """

    def __init__(self, *betas):
        self.betas = betas
        self._most_steps = 1
        if min(betas) > 0:
            n_steps = math.log(_MOST_GROWTH) / -math.log(min(betas))
            self._most_steps = int(min(max(n_steps, 1), _MOST_STEPS))
        self.n_steps = 0

    def step(self, *moments):
        """Begin a step.

        Parameters
        ----------
        *moments : ndarray of shape (n_params,)
            One for each of `betas`; decayed in place when it is time.

        Returns
        -------
        list of float
            What the moments are stored multiplied with during this step; what is
            added to them must be multiplied with it as well.
        """
        self.n_steps += 1
        if self.n_steps >= self._most_steps:
            for moment, beta in zip(moments, self.betas, strict=True):
                moment *= beta**self.n_steps
                clear_tiny(moment, beta, _MOST_STEPS)
            self.n_steps = 0
        return [beta**-self.n_steps for beta in self.betas]
