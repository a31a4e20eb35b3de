"""What must hold after whatever was fitted: judged here, made in `problems`."""

import dis
import os
import pickle
import random
import signal
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import sklearn
from scipy.sparse import issparse
from sklearn.base import clone
from threadpoolctl import ThreadpoolController

import skdeepnn

__all__ = [
    "check_classifier",
    "check_encoder",
    "in_users_words",
    "print_of",
    "tried",
    "unchanged",
]

OURS = str(Path(skdeepnn.__file__).parent)
THEIRS = str(Path(sklearn.__file__).parent)
USERS = str(Path(__file__).parent)
POOLS = ThreadpoolController()
RAISES = dis.opmap["RAISE_VARARGS"]
CONVERTING = (  # NumPy's words for a value that is no number, which name the value
    "could not convert string to float: ",
    "could not convert ",
    "float() argument must be a string or a real number, not ",
    "complex() first argument must be a string or a number, not ",
)


def in_users_words(error):
    """Whether an error was meant for the user: somebody wrote a `raise` for the case.

    That somebody is this package, scikit-learn's validation, or the user's function.
    What NumPy, SciPy or the interpreter say of what happened inside is not for users.
    """
    if not isinstance(error, (ValueError, TypeError, AttributeError)):
        return False
    if isinstance(error, AttributeError) and "only available for" not in str(error):
        return False
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    if str(error).startswith(CONVERTING):
        return True
    if code.co_filename.startswith(USERS):
        return "invariants" not in code.co_filename
    if not str(error).strip() or not code.co_filename.startswith((OURS, THEIRS)):
        return False
    return code.co_code[trace.tb_lasti] == RAISES


@contextmanager
def tried(**inputs):
    """Pass over errors that are in the user's words, and fail for all others.

    Of warnings, all may come that say what to do: no RuntimeWarning is among these, and
    none that is for developers.
    """
    before = {name: print_of(value) for name, value in inputs.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for kind in (RuntimeWarning, DeprecationWarning, PendingDeprecationWarning):
            warnings.simplefilter("error", kind)
        state = state_of_the_process()
        try:
            yield
        except Exception as error:
            if not in_users_words(error):
                raise
        finally:
            for name, now in state_of_the_process().items():
                assert now == state[name], f"{name} has changed"
    for name, value in inputs.items():
        assert print_of(value) == before[name], f"{name} has changed"


def state_of_the_process():
    """What belongs to all of a process, as something that can be compared."""
    return {
        "the global random state": pickle.dumps(np.random.get_state()),
        "random": random.getstate(),
        "warnings.filters": list(warnings.filters),
        "np.errstate": np.geterr(),
        "np.printoptions": np.get_printoptions(),
        "scikit-learn's configuration": sklearn.get_config(),
        "threads": [(pool["filepath"], pool["num_threads"]) for pool in POOLS.info()],
        "os.environ": dict(os.environ),
        "signals": [signal.getsignal(number) for number in signal.valid_signals()],
    }


def print_of(value):
    """What is compared of an input: values, types and layout, without its caches."""
    if isinstance(value, np.ndarray):
        layout = value.dtype.str, value.shape, value.strides, value.flags.writeable
        if value.dtype.hasobject:
            return layout, repr(value.tolist())
        return layout, value.tobytes()
    if issparse(value):
        parts = ("data", "indices", "indptr", "row", "col", "offsets")
        arrays = [print_of(getattr(value, p)) for p in parts if hasattr(value, p)]
        more = dict(value) if value.format == "dok" else None
        return value.format, value.shape, arrays, more
    if isinstance(value, (pd.DataFrame, pd.Series)):
        axes = [repr(list(axis)) for axis in value.axes]
        return axes, repr(value.dtypes), repr(value.to_numpy().tolist())
    if hasattr(value, "to_pylist"):  # of Arrow
        return repr(getattr(value, "schema", None)), repr(value.to_pylist())
    if isinstance(value, (pl.DataFrame, pl.Series)):
        return repr(value.to_arrow().to_pylist()), repr(
            value.dtypes if hasattr(value, "dtypes") else value.dtype
        )
    if isinstance(value, dict):
        return {repr(key): print_of(inner) for key, inner in value.items()}
    return repr(value)


@contextmanager
def unchanged(clf):
    """Constructor arguments are not to be changed, nor copied."""
    given = clf.get_params(deep=False)
    before = {name: print_of(value) for name, value in given.items()}
    yield
    now = clf.get_params(deep=False)
    assert all(now[name] is given[name] for name in given)
    for name, value in now.items():
        assert print_of(value) == before[name], f"{name} has changed"


def check_classifier(clf, X, y):
    """Check all that a fitted classifier says of the rows that it has learned from."""
    n_samples, n_classes = n_rows(X), len(clf.classes_)
    proba, decision = clf.predict_proba(X), clf.decision_function(X)
    assert proba.shape == (n_samples, n_classes)
    assert np.all((proba >= 0) & (proba <= 1))  # nor NaN
    multilabel = clf._state.targets.kind == "multilabel-indicator"
    if not multilabel:
        np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)
    assert np.isfinite(decision).all()
    assert np.isfinite(clf.predict_log_proba(X)).all()
    assert np.isfinite(clf.network_.params).all()
    predicted = clf.predict(X)
    if multilabel:
        assert predicted.shape == (n_samples, n_classes)
    else:
        assert set(predicted.tolist()) <= set(clf.classes_.tolist())
    assert 0 <= clf.score(X, y) <= 1
    assert np.isfinite(clf.loss_) or clf.max_iter == 0
    assert f"{type(clf).__name__}(" in repr(clf)
    np.testing.assert_array_equal(again(clf).predict_proba(X), proba)
    assert not clone(clf).__sklearn_is_fitted__()


def check_encoder(encoder, X):
    """Check what an encoder makes of the rows that it has learned from."""
    encoded = encoder.transform(X)
    names = encoder.get_feature_names_out()
    assert encoded.shape == (n_rows(X), len(names))
    values = encoded.data if issparse(encoded) else encoded
    assert np.isfinite(values).all()
    twin = again(encoder).transform(X)
    assert print_of(twin) == print_of(encoded)
    assert not hasattr(clone(encoder), "n_features_in_")


def n_rows(X):
    """Number of rows of whatever was a table."""
    return X.shape[0] if hasattr(X, "shape") else len(X)


def again(estimator):
    """The same after pickling, where its arguments can be pickled."""
    try:
        text = pickle.dumps(estimator)
    except (pickle.PicklingError, AttributeError, TypeError):
        return estimator
    return pickle.loads(text)
