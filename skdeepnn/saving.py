"""Models in files that are safe to load: numbers and text, and never code.

A file is eight bytes that say what it is, the format's version, a description of the
model in JSON, the arrays it speaks of, and a SHA-256 checksum of all that. Loading
builds objects of the classes listed here and of no others, whatever a file says.

For pipelines, `skops <https://skops.readthedocs.io>`_ does the same, if it is told
which types to trust: :data:`SKOPS_TRUSTED`. For programs without Python there is
:mod:`skdeepnn.onnx`.
"""

from __future__ import annotations

import datetime
import decimal
import hashlib
import json
import os
import struct
import tempfile
from array import array
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from typing import Any

    from .classifier import DeepNNClassifier
    from .logistic import LogisticRegressionNN
    from .preprocessing import TabularEncoder

__all__ = ["SKOPS_TRUSTED", "load", "read_model", "replacing", "save", "write_model"]

MAGIC, VERSION = b"SKDEEPNN", 1
_HEAD, _DIGEST_SIZE = struct.Struct("<8sIQ"), 32

# What building objects of a malformed description may raise
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
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
}
_ESTIMATORS = ("DeepNNClassifier", "LogisticRegressionNN", "TabularEncoder")
_SPARSE = {"csr_array": sparse.csr_array, "csr_matrix": sparse.csr_matrix}
_DATES = {
    cls.__name__: cls for cls in (datetime.datetime, datetime.date, datetime.time)
}
# What going on with training needs beside, and only `partial_fit` and `warm_start` keep
_OF_STEPS = {
    "StepState": "fitting.state",
    "SGD": "nn.optimizers",
    "Adam": "nn.optimizers",
    "AdamW": "nn.optimizers",
    "LearningRate": "nn.training",
    "PutOffDecay": "compute.moments",
    "Shrinkage": "compute.vectors",
}

SKOPS_TRUSTED = sorted(
    [f"{__package__}.{m}.{name}" for name, m in (_MODULES | _OF_STEPS).items()]
    + [f"{cls.__module__}.{cls.__qualname__}" for cls in _SPARSE.values()]
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
    from it (`warm_start`), with new moments.

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
    arrays: list[np.ndarray] = []
    tree = _encode(estimator, arrays, type(estimator).__name__)
    told = _encode(about, arrays, "about")
    listed, offset = [], 0
    for values in arrays:
        listed.append([values.dtype.str, list(values.shape), offset])
        offset += values.nbytes
    parts = {"model": tree, "arrays": listed}
    if about is not None:
        parts["about"] = told
    described = json.dumps(parts, allow_nan=False).encode()
    head = _HEAD.pack(MAGIC, VERSION, len(described))
    content = b"".join([head, described, *(values.tobytes() for values in arrays)])
    with replacing(path) as file:
        file.write(content + hashlib.sha256(content).digest())


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
    path = Path(path)
    content = path.read_bytes()
    if content[: len(MAGIC)] != MAGIC:
        raise ValueError(
            f"{path} is no model of skdeepnn: load reads what save has written, and "
            "no pickles."
        )
    body, digest = content[:-_DIGEST_SIZE], content[-_DIGEST_SIZE:]
    is_whole = len(body) >= _HEAD.size and hashlib.sha256(body).digest() == digest
    version = _HEAD.unpack(body[: _HEAD.size])[1] if len(body) >= _HEAD.size else 0
    if is_whole and version > VERSION:
        raise ValueError(
            f"{path} has format {version}, and this skdeepnn reads up to {VERSION}: "
            "install the version that has saved it, or a later one."
        )
    if not is_whole:
        raise ValueError(
            f"{path} is damaged: it is cut short, or bytes of it have changed. Copy it "
            "again, or save the model anew."
        )
    start = _HEAD.size + _HEAD.unpack(body[: _HEAD.size])[2]
    try:
        described = json.loads(body[_HEAD.size : start])
        arrays = [_array(body, start, *entry) for entry in described["arrays"]]
        estimator = _decode(described["model"], arrays)
        about = _decode(described.get("about"), arrays)
    except _MALFORMED as error:
        raise ValueError(f"{path} does not hold a model: {error}") from error
    is_known = type(about) in (dict, type(None))
    if type(estimator).__name__ not in _ESTIMATORS or not is_known:
        raise ValueError(f"{path} does not hold a model, but something else.")
    return estimator, about


@contextmanager
def replacing(path):
    """Open a file so that there is the old one or the new one, and never a part.

    Parameters
    ----------
    path : str or path-like
        What is written takes its place when the block has ended without an exception;
        otherwise nothing has changed. Devices and pipes are written to as they are.

    Yields
    ------
    file
        A binary file.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "a"
    >>> with replacing(path) as file:
    ...     _ = file.write(b"whole"), print(path.exists())
    False
    >>> path.read_bytes()
    b'whole'
    """
    path = Path(path)
    if path.exists() and not path.is_file() and not path.is_dir():
        with path.open("wb") as file:
            yield file
        return
    if path.is_symlink():
        path = path.resolve()
    file = tempfile.NamedTemporaryFile(  # noqa: SIM115
        dir=path.parent, prefix=f".{path.name}.", delete=False
    )
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).chmod(0o666 & ~_umask())
        Path(file.name).replace(path)
    except BaseException:
        Path(file.name).unlink(missing_ok=True)
        raise


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _array(body, start, dtype, shape, offset):
    """Return an array of the file, which may be written to."""
    dtype = np.dtype(dtype)
    if dtype.hasobject:
        raise ValueError("its arrays hold objects")
    count = int(np.prod(shape))
    first = start + offset
    if count < 0 or offset < 0 or first + count * dtype.itemsize > len(body):
        raise ValueError("an array of it goes beyond its end")
    return np.frombuffer(body, dtype, count, first).reshape(shape).copy()


def _is_ours(cls):
    module = _MODULES.get(cls.__name__)
    return module is not None and cls.__module__ == f"{__package__}.{module}"


def _encode(value, arrays, where):
    """Return what JSON can hold of a value; arrays go to the list."""

    def inside(values):
        return [_encode(v, arrays, f"{where}[{i}]") for i, v in enumerate(values)]

    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if np.isfinite(value) else {"float": repr(value)}
    if type(value) is list:
        return inside(value)
    if type(value) is tuple:
        return {"tuple": inside(value)}
    if type(value) in (set, frozenset):
        return {"set": inside(sorted(value, key=repr))}
    if isinstance(value, np.ndarray) and value.dtype.hasobject:
        return {"objects": inside(value.ravel().tolist()), "shape": value.shape}
    if isinstance(value, (np.ndarray, np.generic)):
        arrays.append(np.ascontiguousarray(value))
        kind = "scalar" if isinstance(value, np.generic) else "array"
        return {kind: len(arrays) - 1, "shape": value.shape}
    return _encode_object(value, arrays, where)


def _encode_object(value, arrays, where):
    cls = type(value)
    if cls is dict or _is_ours(cls):
        state = _state_of(value)
        pairs = [
            [_encode(k, arrays, where), _encode(v, arrays, f"{where}.{k}")]
            for k, v in state.items()
        ]
        return {"dict": pairs} if cls is dict else {"of": cls.__name__, "dict": pairs}
    if cls is array and value.typecode == "d":
        return {"column": _encode(np.array(value), arrays, where)}
    if isinstance(value, np.dtype):
        return {"dtype": value.str}
    if isinstance(value, type) and value.__name__ in _SPARSE:
        return {"sparse": value.__name__}
    if _DATES.get(cls.__name__) is cls and getattr(value, "tzinfo", None) is None:
        return {cls.__name__: value.isoformat()}
    if cls is datetime.timedelta:
        return {"timedelta": [value.days, value.seconds, value.microseconds]}
    if cls is decimal.Decimal:
        return {"decimal": str(value)}
    if cls is np.random.RandomState:
        return {"random": _encode(value.get_state(legacy=True), arrays, where)}
    raise TypeError(
        f"{where} is {value!r}, of type {cls.__name__}, which a file of numbers and "
        "text cannot hold: replace it before saving, or pickle the estimator for those "
        "who trust you."
    )


def _state_of(value):
    """Return what an object is made of, as its class takes it back."""
    if type(value) is dict:
        return value
    if isinstance(value, tuple):
        return value._asdict()
    if type(value).__name__ == "FitState":
        value = value.without_moments()
    if type(value).__name__ == "Monitor":
        return vars(value)
    getstate = getattr(value, "__getstate__", None)
    state = getstate() if callable(getstate) else vars(value)
    return dict(state)


def _decode(tree, arrays):
    """Return what :func:`_encode` was given."""
    if isinstance(tree, list):
        return [_decode(value, arrays) for value in tree]
    if not isinstance(tree, dict):
        return tree
    if "dict" in tree:
        state = {_decode(k, arrays): _decode(v, arrays) for k, v in tree["dict"]}
        return _rebuilt(tree["of"], state) if "of" in tree else state
    (kind, value), *_ = tree.items()
    return _DECODERS[kind](value, tree, arrays)


def _objects(values, tree, arrays):
    out = np.empty(len(values), dtype=object)
    out[:] = [_decode(value, arrays) for value in values]
    return out.reshape(tree["shape"])


def _random(value, tree, arrays):
    rng = np.random.RandomState()
    rng.set_state(_decode(value, arrays))
    return rng


_DECODERS: dict[str, Any] = {
    "float": lambda value, tree, arrays: float(value),
    "tuple": lambda value, tree, arrays: tuple(_decode(v, arrays) for v in value),
    "set": lambda value, tree, arrays: {_decode(v, arrays) for v in value},
    "objects": _objects,
    "array": lambda value, tree, arrays: arrays[value].reshape(tree["shape"]),
    "scalar": lambda value, tree, arrays: arrays[value].reshape(())[()],
    "column": lambda value, tree, arrays: array("d", _decode(value, arrays).tolist()),
    "dtype": lambda value, tree, arrays: np.dtype(value),
    "sparse": lambda value, tree, arrays: _SPARSE[value],
    "timedelta": lambda value, tree, arrays: datetime.timedelta(*value),
    "decimal": lambda value, tree, arrays: decimal.Decimal(value),
    "random": _random,
    **{
        name: lambda value, tree, arrays, cls=cls: cls.fromisoformat(value)
        for name, cls in _DATES.items()
    },
}


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
