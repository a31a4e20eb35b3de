"""Models in files that are safe to load: numbers and text, and never code.

A file is eight bytes that say what it is, the format's version, a description of the
model in JSON, the arrays it speaks of, and a SHA-256 checksum of all that. Loading
builds objects of the classes listed here and of no others, whatever a file says.

For pipelines, `skops <https://skops.readthedocs.io>`_ does the same, if it is told
which types to trust: :data:`SKOPS_TRUSTED`. For programs without Python there is
:mod:`skdeepnn.onnx`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .files.container import Kind, read, replacing, sealed
from .files.values import SPARSE, decode, encode

if TYPE_CHECKING:
    import os

    from .classifier import DeepNNClassifier
    from .logistic import LogisticRegressionNN
    from .preprocessing import TabularEncoder

__all__ = ["SKOPS_TRUSTED", "load", "read_model", "replacing", "save", "write_model"]

MAGIC, VERSION = b"SKDEEPNN", 1
_KIND = Kind(
    MAGIC,
    VERSION,
    noun="model",
    reader="load reads what save has written, and no pickles.",
    remedy="Copy it again, or save the model anew.",
)

# The classes that a file may hold: each by its module, inside this package
_MODULES = {
    "DeepNNClassifier": "classifier",
    "LogisticRegressionNN": "logistic",
    "TabularEncoder": "preprocessing",
    "FitState": "fitting.state",
    "Monitor": "fitting.monitor",
    "OutOfFoldRecord": "fitting.record",
    "Ensemble": "nn.ensemble",
    "Network": "nn.network",
    "TargetCoder": "tables.targets",
    "Levels": "tables.levels",
    "TextLevels": "tables.text",
    "Grams": "tables.grams",
    "Reading": "tables.numbers",
    "NumericColumns": "tables.numeric",
    "Bins": "tables.views",
    "Quantiles": "tables.views",
    "Robust": "tables.views",
    "Standardized": "tables.views",
    # What going on with training needs beside, and only `partial_fit` keeps
    "StepState": "fitting.state",
    "SGD": "nn.optimizers",
    "Adam": "nn.optimizers",
    "AdamW": "nn.optimizers",
    "LearningRate": "nn.training",
    "PutOffDecay": "compute.moments",
    "Shrinkage": "compute.vectors",
}
_ESTIMATORS = ("DeepNNClassifier", "LogisticRegressionNN", "TabularEncoder")
SKOPS_TRUSTED = sorted(
    [f"{__package__}.{m}.{name}" for name, m in _MODULES.items()]
    + [f"{cls.__module__}.{cls.__qualname__}" for cls in SPARSE.values()]
)
"""The types of this package, for `skops.io.load(path, trusted=SKOPS_TRUSTED)`.

With these, skops loads whole pipelines that have our estimators in them, as
:func:`load` does with an estimator alone. Functions and objects of your own are not
among them, nor is anything that a model by default does not have.
"""


def save(
    estimator: DeepNNClassifier | LogisticRegressionNN | TabularEncoder,
    path: str | os.PathLike[str],
) -> None:
    """Write a fitted estimator to a file.

    The file takes the place of an older one only when it is complete. It has what
    predicts and what a fit knows, but not the optimizer's moments: training may go on
    from it (`warm_start`), with new moments. After `partial_fit` it has these too,
    which makes it three times as large: save the model after a call, and should the
    process be killed, `partial_fit` of what is loaded goes on as if nothing had been.

    Parameters
    ----------
    estimator : DeepNNClassifier, LogisticRegressionNN or TabularEncoder
        The one to save.
    path : str or path-like
        Where.

    Raises
    ------
    TypeError
        If it is none of these, or has something in it that is no number and no text,
        such as a function as its `learning_rate`.
    OSError
        If the file cannot be written; what was there before is still there.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from skdeepnn import DeepNNClassifier, load
    >>> X, y = np.random.RandomState(0).randn(100, 3), np.arange(100) % 2
    >>> clf = DeepNNClassifier(random_state=0).fit(X, y)
    >>> path = Path(tempfile.mkdtemp()) / "model.skdeepnn"
    >>> save(clf, path)
    >>> bool((load(path).predict_proba(X) == clf.predict_proba(X)).all())
    True
    """
    write_model(estimator, path)


def write_model(estimator, path, about=None):
    """Write a fitted estimator to a file, and what is to be known of it.

    Parameters
    ----------
    estimator : DeepNNClassifier, LogisticRegressionNN or TabularEncoder
        As in :func:`save`, whose errors it raises.
    path : str or path-like
        Where.
    about : dict, default=None
        Plain data: text, numbers, lists, dicts, arrays and None. Files without it are
        those that :func:`save` writes.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skdeepnn import LogisticRegressionNN
    >>> path = Path(tempfile.mkdtemp()) / "model.skdeepnn"
    >>> write_model(LogisticRegressionNN(C=2.0), path, {"data": "pets.csv"})
    >>> read_model(path)
    (LogisticRegressionNN(C=2.0), {'data': 'pets.csv'})
    """
    if type(estimator).__name__ not in _ESTIMATORS or not _is_ours(type(estimator)):
        raise TypeError(
            f"save is for {', '.join(_ESTIMATORS)}, not {type(estimator).__name__}."
        )
    arrays = []
    tree = encode(estimator, arrays, type(estimator).__name__, _describe)
    parts = {"model": tree, "arrays": None}
    if about is not None:
        parts["about"] = encode(about, arrays, "about", _describe)
    with replacing(path) as file:
        file.write(sealed(_KIND, parts, arrays))


def load(
    path: str | os.PathLike[str],
) -> DeepNNClassifier | LogisticRegressionNN | TabularEncoder:
    """Read an estimator from a file that :func:`save` has written.

    Parameters
    ----------
    path : str or path-like
        Where.

    Returns
    -------
    DeepNNClassifier, LogisticRegressionNN or TabularEncoder
        As it was saved: predictions are the same to the bit on the same machine.

    Raises
    ------
    ValueError
        If the file is no model, is damaged, or is of a later version. Nothing in it is
        ever executed.
    """
    return read_model(path)[0]


def read_model(path):
    """Read what :func:`write_model` has written: an estimator, and what is about it.

    Parameters
    ----------
    path : str or path-like
        Where.

    Returns
    -------
    estimator : DeepNNClassifier, LogisticRegressionNN or TabularEncoder
        As :func:`load` returns it; the errors are the same.
    about : dict or None
        None if there is nothing.
    """
    return read(path, _KIND, _build)


def _build(described, arrays):
    estimator = decode(described["model"], arrays, _rebuilt)
    about = decode(described.get("about"), arrays, _rebuilt)
    is_known = type(about) in (dict, type(None))
    if type(estimator).__name__ not in _ESTIMATORS or not is_known:
        raise ValueError("it is something else")
    return estimator, about


def _is_ours(cls):
    module = _MODULES.get(cls.__name__)
    return module is not None and cls.__module__ == f"{__package__}.{module}"


def _describe(value):
    """Return the name and the parts of an object of one of our classes."""
    return (type(value).__name__, _state_of(value)) if _is_ours(type(value)) else None


def _state_of(value):
    """Return what an object is made of, as its class takes it back."""
    if type(value) is dict:
        return value
    if isinstance(value, tuple):
        return value._asdict()
    if type(value).__name__ == "FitState" and not value.is_incremental:
        value = value.without_moments()
    if type(value).__name__ == "Monitor":
        return vars(value)
    getstate = getattr(value, "__getstate__", None)
    state = getstate() if callable(getstate) else vars(value)
    return dict(state)


def _rebuilt(name, state):
    """Return an object of one of our classes that is made of this."""
    cls = getattr(import_module(f".{_MODULES[name]}", __package__), name)
    if issubclass(cls, tuple):
        return cls(**state)
    new = cls.__new__(cls)
    setstate = getattr(new, "__setstate__", None)
    if setstate is None:
        vars(new).update(state)
    else:
        setstate(state)
    return new
