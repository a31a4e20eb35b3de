"""Numerical gradients in float64, for comparison with backpropagation's."""

import numpy as np


def numerical_gradient(function, params, step=1e-6):
    """Central differences of `function()` with respect to `params`, in place."""
    gradient = np.empty_like(params)
    for i in range(params.size):
        saved = params[i]
        params[i] = saved + step
        above = function()
        params[i] = saved - step
        below = function()
        params[i] = saved
        gradient[i] = np.sum(above - below) / (2 * step)
    return gradient


def relative_error(actual, expected):
    """Largest deviation relative to the largest entry."""
    return np.abs(actual - expected).max() / np.abs(expected).max()
