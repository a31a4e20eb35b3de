"""Values as JSON and arrays: numbers, text, and what is made of them; never code."""

import datetime
import decimal
from array import array
from functools import partial

import numpy as np
from scipy import sparse

__all__ = ["SPARSE", "decode", "encode"]

SPARSE = {"csr_array": sparse.csr_array, "csr_matrix": sparse.csr_matrix}
_DATES = {
    cls.__name__: cls for cls in (datetime.datetime, datetime.date, datetime.time)
}


def encode(value, arrays, where, describe=None):
    """Return what JSON can hold of a value.

    Parameters
    ----------
    value : object
        Text, numbers, None, dates, arrays, random states, and lists, tuples, sets and
        dicts of them.
    arrays : list of ndarray
        Those of the value are added to it.
    where : str
        What to call the value in errors.
    describe : callable, optional
        Given an object of another class, returns a name for the class and a dict of
        what it is made of; or None if it may not be in a file.

    Returns
    -------
    object
        For :func:`decode`.

    Raises
    ------
    TypeError
        If a value is none of these.

    Examples
    --------
    >>> arrays = []
    >>> tree = encode({"a": (1, np.inf), "b": np.eye(2)}, arrays, "x")
    >>> decode(tree, arrays)
    {'a': (1, inf), 'b': array([[1., 0.],
           [0., 1.]])}
    """

    def inside(values):
        return [
            encode(v, arrays, f"{where}[{i}]", describe) for i, v in enumerate(values)
        ]

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
    return _encode_object(value, arrays, where, describe)


def _encode_object(value, arrays, where, describe):
    cls = type(value)
    described = (None, value) if cls is dict else describe and describe(value)
    if described is not None:
        name, state = described
        pairs = [
            [
                encode(k, arrays, where, describe),
                encode(v, arrays, f"{where}.{k}", describe),
            ]
            for k, v in state.items()
        ]
        return {"dict": pairs} if name is None else {"of": name, "dict": pairs}
    if cls is array and value.typecode == "d":
        return {"column": encode(np.array(value), arrays, where)}
    if isinstance(value, np.dtype):
        return {"dtype": value.str}
    if isinstance(value, type) and value.__name__ in SPARSE:
        return {"sparse": value.__name__}
    if _DATES.get(cls.__name__) is cls and getattr(value, "tzinfo", None) is None:
        return {cls.__name__: value.isoformat()}
    if cls is datetime.timedelta:
        return {"timedelta": [value.days, value.seconds, value.microseconds]}
    if cls is decimal.Decimal:
        return {"decimal": str(value)}
    if cls is np.random.RandomState:
        return {"random": encode(value.get_state(legacy=True), arrays, where)}
    if cls is np.random.Generator:
        return {"generator": encode(value.bit_generator.state, arrays, where)}
    raise TypeError(
        f"{where} is {value!r}, of type {cls.__name__}, which a file of numbers and "
        "text cannot hold: replace it before saving, or pickle the estimator for those "
        "who trust you."
    )


def decode(tree, arrays, rebuild=None):
    """Return what :func:`encode` was given.

    Parameters
    ----------
    tree : object
        What it returned.
    arrays : list of ndarray
        What it added.
    rebuild : callable, optional
        Given the name of a class and a dict, returns the object.

    Raises
    ------
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError
        If it is nothing that :func:`encode` returns.

    Examples
    --------
    >>> decode({"set": [1, 2]}, [])
    {1, 2}
    """
    if isinstance(tree, list):
        return [decode(value, arrays, rebuild) for value in tree]
    if not isinstance(tree, dict):
        return tree
    if "dict" in tree:
        state = {
            decode(k, arrays, rebuild): decode(v, arrays, rebuild)
            for k, v in tree["dict"]
        }
        if "of" not in tree:
            return state
        if rebuild is None:
            raise ValueError("it holds objects")
        return rebuild(tree["of"], state)
    (kind, value), *_ = tree.items()
    inner = partial(decode, arrays=arrays, rebuild=rebuild)
    return _DECODERS[kind](value, tree, inner, arrays)


def _objects(values, tree, inner, arrays):
    out = np.empty(len(values), dtype=object)
    out[:] = [inner(value) for value in values]
    return out.reshape(tree["shape"])


def _random(value, tree, inner, arrays):
    rng = np.random.RandomState()
    rng.set_state(inner(value))
    return rng


def _generator(value, tree, inner, arrays):
    rng = np.random.default_rng()
    rng.bit_generator.state = inner(value)
    return rng


_DECODERS = {
    "float": lambda value, tree, inner, arrays: float(value),
    "tuple": lambda value, tree, inner, arrays: tuple(inner(v) for v in value),
    "set": lambda value, tree, inner, arrays: {inner(v) for v in value},
    "objects": _objects,
    "array": lambda value, tree, inner, arrays: arrays[value].reshape(tree["shape"]),
    "scalar": lambda value, tree, inner, arrays: arrays[value].reshape(())[()],
    "column": lambda value, tree, inner, arrays: array("d", inner(value).tolist()),
    "dtype": lambda value, tree, inner, arrays: np.dtype(value),
    "sparse": lambda value, tree, inner, arrays: SPARSE[value],
    "timedelta": lambda value, tree, inner, arrays: datetime.timedelta(*value),
    "decimal": lambda value, tree, inner, arrays: decimal.Decimal(value),
    "random": _random,
    "generator": _generator,
    **{
        name: lambda value, tree, inner, arrays, cls=cls: cls.fromisoformat(value)
        for name, cls in _DATES.items()
    },
}
