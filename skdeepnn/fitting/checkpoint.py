"""The file of a fit that may be killed, and what tells its own from others.

A fit that is called again does again what comes before its first epoch, which the
random state decides, and takes from the file what the epochs until then have changed:
see :mod:`skdeepnn.fitting.progress`.
"""

import hashlib
import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from ..files.container import MALFORMED, Kind, read, sealed
from ..files.values import decode, encode
from ..tables.identity import identity
from .fit import warn_caller

__all__ = ["Checkpoint", "describe", "open_checkpoint"]

_KIND = Kind(
    b"SKDNNFIT",
    1,
    noun="checkpoint",
    reader="a fit writes them to a path of their own.",
    remedy="Delete it to begin anew.",
)
_ROWS = ("X", "y", "sample_weight", "X_val", "y_val", "sample_weight_val")
_FREE = ("n_jobs", "verbose", "random_state")  # no results depend on the first two
_SHARE = 0.01  # of the time of a fit that writing may take
_SECONDS, _BYTES_A_SECOND = 0.02, 2e8  # of the first write, as a rough guide


class Checkpoint:
    """A file that a fit writes to, and from which it goes on if it was killed.

    It is written between two epochs whenever that brings the time that writing has
    taken to no more than a hundredth of the whole. There are two of them, the last and
    the one before it, which counts if the last is damaged.

    Parameters
    ----------
    path : str or path-like
        Where. The one before has the suffix ".before", and one that is being written
        ".part".
    told : dict
        What tells the fit from others.

    Attributes
    ----------
    progress : dict or None
        What a fit that was killed has left; None if there was none.
    is_over : bool
        To be set when training has come to its end, and was not interrupted.

    Examples
    --------
    >>> import tempfile
    >>> path, told = f"{tempfile.mkdtemp()}/fit", {"of": {}, "params": {}}
    >>> first = Checkpoint(path, told)
    >>> rng = first.begin(np.random.RandomState(0), is_free=False)
    >>> first.write({"epoch": 7})
    >>> again = Checkpoint(path, told)
    >>> rng = again.begin(np.random.RandomState(0), is_free=False)
    >>> again.progress
    {'epoch': 7}
    """

    def __init__(self, path, told):
        path = Path(path)
        self.path = path.resolve() if path.is_symlink() else path
        self.before, self._part = (
            self.path.with_name(self.path.name + suffix)
            for suffix in (".before", ".part")
        )
        self.told, self.progress, self.is_over = told, None, False
        self._is_sound = True  # whether what is there is worth being the one before
        self._began, self._spent, self._expected = perf_counter(), 0.0, None

    def begin(self, rng, *, is_free):
        """Look for what a fit has left that was killed.

        Parameters
        ----------
        rng : RandomState
            That the fit is to draw from.
        is_free : bool
            Whether the user leaves open what it is.

        Returns
        -------
        RandomState
            The same, or what an earlier fit has drawn from.

        Raises
        ------
        ValueError
            If there is another fit's file, or something else, or a damaged one alone.
        OSError
            If files cannot be read, or written there.
        """
        found, path = self._find()
        self._random = rng.get_state(legacy=False)
        if found is None:
            with self._part.open("wb"):
                pass  # an error comes now rather than after hours
            self._part.unlink()
            return rng
        try:
            if is_free:
                rng = np.random.RandomState()
                rng.set_state(found["random"])
                self._random = found["random"]
            differences = self._differences(found)
        except MALFORMED as error:
            raise ValueError(f"{path} does not hold a checkpoint: {error}") from error
        if differences:
            raise ValueError(
                f"{path} is the checkpoint of another fit: of {', '.join(differences)}."
                " Give this fit a path of its own, or delete the file to begin anew."
            )
        self.progress = found["progress"]
        return rng

    def _find(self):
        """Return what the newest sound file holds, and its path."""
        errors = []
        for path in (self.path, self.before):
            if not path.exists():
                continue
            try:
                found = read(path, _KIND, _build)
            except ValueError as error:
                errors.append(str(error))
                continue
            if errors:
                self._is_sound = False
                warn_caller(
                    f"{errors[0]} Training goes on from {path}, the one before it.",
                    UserWarning,
                )
            return found, path
        if errors:
            raise ValueError(" ".join(errors))
        return None, None

    def _differences(self, found):
        """Return in what a file's fit differs from this one, as phrases."""
        (of, params), (now_of, now_params) = (
            (told["of"], told["params"]) for told in (found["told"], self.told)
        )
        names = [name for name in now_of if of.get(name) != now_of[name]]
        differences = [f"another {name}" for name in names]
        for name in now_params:
            if params.get(name) != now_params[name]:
                differences.append(f"{name}={params.get(name)}, not {now_params[name]}")
        if _digest(found["random"]) != _digest(self._random):
            differences.append("another random_state")
        return differences

    def is_due(self, n_bytes):
        """Return whether it is time to write so many bytes."""
        if self._expected is None:
            self._expected = _SECONDS + n_bytes / _BYTES_A_SECOND
        return self.seconds_left() <= 0

    def seconds_left(self):
        """Return after how many seconds it will be time to write again."""
        wanted = (self._spent + (self._expected or _SECONDS)) / _SHARE
        return wanted - (perf_counter() - self._began)

    def write(self, progress):
        """Write what the epochs so far have changed.

        Where that fails, as it does when a disk is full, a warning says so, and what
        was there before is still there.

        Parameters
        ----------
        progress : dict
            Plain values and arrays.
        """
        start = perf_counter()
        try:
            self._write(progress)
        except OSError as error:
            with suppress(OSError):
                self._part.unlink()
            warn_caller(
                f"The checkpoint {self.path} could not be written, and training goes "
                f"on: {error}",
                UserWarning,
            )
        self._expected = perf_counter() - start
        self._spent += self._expected

    def _write(self, progress):
        arrays = []
        value = {"told": self.told, "random": self._random, "progress": progress}
        tree = encode(value, arrays, "checkpoint")
        with self._part.open("wb") as file:
            file.write(sealed(_KIND, {"fit": tree}, arrays))
            file.flush()
            os.fsync(file.fileno())
        if self._is_sound and self.path.exists():
            self.path.replace(self.before)
        self._part.replace(self.path)
        self._is_sound = True

    def remove(self):
        """Delete the files: the fit has come to its end."""
        for path in (self.before, self.path, self._part):
            path.unlink(missing_ok=True)


def _build(described, arrays):
    found = decode(described["fit"], arrays)
    if {"told", "random", "progress"} - found.keys():
        raise ValueError("parts of it are missing")
    return found


def open_checkpoint(path, estimator, rows, state, rng):
    """Return a checkpoint, and what to draw from.

    Parameters
    ----------
    path : str or path-like
        Where it is, or is to be.
    estimator : NetworkClassifier
        For its class and its hyperparameters.
    rows : tuple
        `X`, `y`, `sample_weight` and the three of the validation set, as the user has
        them.
    state : FitState or None
        What training goes on from.
    rng : RandomState
        Made of its `random_state`.

    Returns
    -------
    rng : RandomState
        The same, or, where none was given, what the fit that was killed has drawn from.
    checkpoint : Checkpoint
        With what that has left.

    Raises
    ------
    ValueError, OSError
        As :meth:`Checkpoint.begin` does.
    """
    checkpoint = Checkpoint(path, _told_of(estimator, rows, state))
    is_free = estimator.random_state is None or estimator.random_state is np.random
    return checkpoint.begin(rng, is_free=is_free), checkpoint


def _told_of(estimator, rows, state):
    """Return what tells a fit from others, in plain values."""
    *rows, validation = rows
    given = dict(zip(_ROWS, (*rows, *validation), strict=True))
    of = {what: None if v is None else identity(v) for what, v in given.items()}
    cls = type(estimator)
    of["estimator"] = f"{cls.__module__}.{cls.__qualname__}"
    of["version of skdeepnn"] = sys.modules[__package__.split(".")[0]].__version__
    params = estimator.get_params(deep=False)
    of["model to go on from"] = (
        None
        if state is None
        else _digest(
            [state.network.params, state.monitor.n_seen, state.fold_seed, state.folded]
        )
    )
    params = {key: describe(v) for key, v in params.items() if key not in _FREE}
    return {"of": of, "params": params}


def describe(value):
    """Return text that is the same for the same hyperparameter in every process.

    Functions are told by their names, and objects by what they are made of.

    Examples
    --------
    >>> describe((64, 32)) == describe(np.array([64, 32]))
    True
    >>> describe(np.log), describe({"b": 1.5})
    ('numpy.log', "{'b': 1.5}")
    """
    if isinstance(value, (np.ndarray, np.generic)):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(describe, value))}]"
    if isinstance(value, dict):
        pairs = sorted((describe(k), describe(v)) for k, v in value.items())
        return f"{{{', '.join(f'{k}: {v}' for k, v in pairs)}}}"
    if value is None or isinstance(value, (bool, int, float, str)):
        return repr(value)
    if isinstance(value, partial):
        return describe((value.func, value.args, value.keywords))
    if hasattr(value, "__name__"):
        module = getattr(value, "__module__", None) or "numpy"
        return f"{module}.{getattr(value, '__qualname__', value.__name__)}"
    cls = type(value)
    made_of = describe(vars(value)) if hasattr(value, "__dict__") else repr(value)
    return f"{cls.__module__}.{cls.__qualname__}({made_of})"


def _digest(value):
    """Return a hash of plain values and arrays."""
    arrays = []
    tree = encode(value, arrays, "value")
    found = hashlib.sha256(repr(tree).encode())
    for array in arrays:
        found.update(array)
    return found.hexdigest()
