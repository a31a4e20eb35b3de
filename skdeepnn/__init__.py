"""Neural-network classifiers for scikit-learn, in NumPy alone.

Two estimators, for pipelines and searches as any other:

- :class:`DeepNNClassifier`, a network of any depth: good on raw tables as it is, and a
  drop-in for `MLPClassifier`;
- :class:`LogisticRegressionNN`, the network without hidden layers: the optimum of
  `LogisticRegression`, or plain gradient descent.

Around them `preprocessing` makes numbers of tables, `model_selection` searches over
layer sizes, `inspection` tells which columns matter, `displays` draws that, what a
training showed, networks and their weights, `saving` keeps models in files, `interop`
and `pytorch` take networks to other libraries and back, `onnx` to other programs,
`datasets` has the data of the published systems, `typing` the types of arguments. The
rest is how it is done: `nn` is the network, to be read by whoever learns
backpropagation; `compute` makes it fast; `tables` and `fitting` are what lies between a
table and a trained network, `graphs` says both in ONNX's operators, `base` and
`predictor` are scikit-learn's protocol around it, `crossfit` what a fit knows of rows
held out; `drawing` is behind the displays; `files` is how things are written; `cli` is
the command line.

Everywhere rows are samples. Randomness comes from a `random_state`, or below the
estimators from an `rng`, and never from anything global.

>>> from sklearn.datasets import load_iris
>>> from skdeepnn import DeepNNClassifier
>>> X, y = load_iris(return_X_y=True)
>>> DeepNNClassifier(random_state=0).fit(X, y).score(X, y) > 0.95
True
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .classifier import DeepNNClassifier
    from .logistic import LogisticRegressionNN
    from .saving import load, save

__all__ = ["DeepNNClassifier", "LogisticRegressionNN", "load", "save"]
__version__ = "0.1.0"

_MODULES = {
    "DeepNNClassifier": "classifier",
    "LogisticRegressionNN": "logistic",
    "load": "saving",
    "save": "saving",
}


if not TYPE_CHECKING:  # to which any name would be there

    def __getattr__(name):
        # On first use: Ctrl-C while scikit-learn is imported is then the commands'.
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
