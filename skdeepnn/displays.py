"""Plots of trainings, networks and weights, on scikit-learn's Display convention.

- :class:`LossCurveDisplay`: what each epoch of a training showed;
- :class:`NetworkDisplay`: the architecture of a network;
- :class:`WeightsDisplay`: what its first layer looks for, as images or by feature;
- :class:`ImportanceDisplay`: how much predictions depend on each column.

Each is made with `from_estimator`, or of data of another origin, and drawn by `plot`.
"""

from .drawing.importance import ImportanceDisplay
from .drawing.loss_curve import LossCurveDisplay
from .drawing.network import NetworkDisplay
from .drawing.weights import WeightsDisplay

__all__ = ["ImportanceDisplay", "LossCurveDisplay", "NetworkDisplay", "WeightsDisplay"]
