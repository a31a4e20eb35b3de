"""Neural-network classifiers for scikit-learn, in NumPy alone."""

from .classifier import DeepNNClassifier
from .logistic import LogisticRegressionNN

__all__ = ["DeepNNClassifier", "LogisticRegressionNN"]
__version__ = "0.1.0"
