"""Tables, targets, weights and arguments as people pass them: sound, odd and wrong."""

import datetime
import decimal
import fractions
import tempfile
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from hypothesis import strategies as st
from scipy import sparse

from skdeepnn.nn.activations import ACTIVATIONS
from skdeepnn.nn.initializers import INITIALIZERS

__all__ = [
    "CONTAINERS",
    "ENCODER",
    "LOGISTIC",
    "NETWORK",
    "arguments",
    "class_weights",
    "tables",
    "targets",
    "weights",
]

HUGE = 10**400
DAY = datetime.date(2024, 2, 29)

# Arguments: sound values first, then those that are to be refused


def own_schedule(progress):
    return 1 - progress / 2


def schedule_of_two(progress, rate):
    return rate


def own_initializer(rng, fan_in, fan_out):
    return rng.randn(fan_in, fan_out) / 10


def initializer_of_a_shape(shape):
    return np.zeros(shape)


def initializer_of_nan(rng, fan_in, fan_out):
    return np.full((fan_in, fan_out), np.nan)


def initializer_of_a_wrong_shape(rng, fan_in, fan_out):
    return np.zeros((fan_out + 1, fan_in))


def own_intercepts(rng, fan_in, fan_out):
    return rng.rand(fan_out)


def own_scorer(estimator, X, y):
    return float(np.mean(estimator.predict(X) == y))


def scorer_of_none(estimator, X, y):
    return None


def scorer_that_fails(estimator, X, y):
    raise ValueError("by the user")


SHARED = {
    "tol": [0, 1e-4, 1e300, np.inf, np.float32(1e-3), 0.5],
    "fit_intercept": [True, False, np.bool_(False)],
    "random_state": [0, 2**32 - 1, np.int64(7)],
    "warm_start": [True, False],
    "batch_size": [1, 7, 10**9, "auto", np.int32(5)],
    "learning_rate": ["constant", "cosine", "one_cycle", "invscaling", "adaptive"],
    "learning_rate_init": [1e-8, 0.1, 100.0, 1e8, "auto", np.float32(0.1), 1],
    "power_t": [0, 0.5, 300.0, 1e300],
    "shuffle": [True, False],
    "momentum": [0, 0.9, 1],
    "nesterovs_momentum": [True, False],
    "beta_1": [0, 0.9, 1 - 1e-16],
    "beta_2": [0, 0.9, 1 - 1e-16],
    "epsilon": [1e-300, 1e-8, 1.0, 1e300],
    "scoring": ["loss", None, "accuracy", "neg_log_loss", "roc_auc", own_scorer],
    "dtype": ["auto", "float32", "float64"],
    "n_iter_no_change": [1, 10, np.inf],
    "weight_init": [*INITIALIZERS, own_initializer],
    "n_jobs": [None, 1, 2, -1],
    "max_iter": [1, 2, np.int64(3)],
}
NETWORK = SHARED | {
    "hidden_layer_sizes": [(), [], 1, (3, 2), "4-2", np.array([2, 2]), np.int8(2)],
    "activation": [*ACTIVATIONS, ["tanh", "relu"], ACTIVATIONS["tanh"], ("gelu",)],
    "solver": ["adamw", "adam", "sgd", "lbfgs"],
    "alpha": [0, 1e-300, 0.5, 1e8, 1e300, "auto"],
    "beta_2": [*SHARED["beta_2"], "auto"],
    "verbose": [False],
    "early_stopping": ["auto", True, False],
    "validation_fraction": [0, 0.01, 0.1, 0.5, 0.99],
    "n_iter_no_change": [*SHARED["n_iter_no_change"], "auto"],
    "max_fun": [1, 5],
    "dropout": [0.0, 0.5, 1 - 1e-16, [0.5], (0.1, 0.2)],
    "label_smoothing": [0, 0.1, 1 - 1e-16, "auto"],
    "max_gradient_norm": [1e-300, 1, 1e300, np.inf, None],
    "loss": ["log_loss", "squared_error"],
    "weight_init": [*SHARED["weight_init"], "auto"],
    "intercept_init": ["auto", "zeros", own_intercepts],
    "n_members": [1, 2, 3, "auto"],
    "averaging": [0, 0.5, 1 - 1e-16, "auto"],
    "preprocess": ["auto", None],
    "categorical_features": ["from_dtype", None, [], [0], [False], ["a"], [-1], [9]],
}
LOGISTIC = SHARED | {
    "penalty": ["l2", None],
    "C": [1e-300, 1e-8, 1.0, 1e8, 1e300, np.inf],
    "solver": ["lbfgs", "sgd", "adam"],
    "max_iter": [0, 1, 2, 50],
    "verbose": [0],
    "l1_ratio": [0.0, 1.0, None],
    "dual": [False, True],
    "intercept_scaling": [1, 2.0],
}
ENCODER = {
    "categorical_features": NETWORK["categorical_features"],
    "views": [("robust",), "auto", ["standardized"], ["bins", "quantiles"]],
    "max_categories": [2, 3, 100],
    "min_frequency": [0, 1, 2.5, 1e9, np.inf],
}
BY_ARGUMENT = {
    "hidden_layer_sizes": [0, (2, 0), "4-0", "4,,2", "64 units", [[2]], ("4",), 2.0],
    "activation": ["step", ["relu"] * 9, ["step"], [None], len, [[]]],
    "dropout": [1.0, [0.1] * 9, [2.0], ["a"], [[0.1]], []],
    "learning_rate": [schedule_of_two, int, "step", own_schedule],
    "weight_init": [initializer_of_a_shape, initializer_of_nan, len, "ones"],
    "intercept_init": [initializer_of_a_wrong_shape, own_initializer, "ones"],
    "scoring": [scorer_of_none, scorer_that_fails, "r2", "accurate", len, "jaccard"],
    "categorical_features": [["zz"], [0.5], [[0]], [True] * 50, [None], {0: 1}, "a"],
    "views": [[], ["robust", "robust"], ["ranks"], [None], [0], "bins", [["bins"]]],
    "random_state": [np.random.default_rng(0), 2**32],
    "penalty": ["l1", "elasticnet", "deprecated"],
    "class_weight": [],
}
ODD = [None, "", "nonsense", "auto", b"auto", -1, 0, 1.5, np.nan, np.inf, -np.inf]
ODD += [True, [], {}, (), object(), 1j, np.array(1), np.array([1, 2]), np.float16(0.5)]
ODD += [decimal.Decimal("0.5"), pd.NA, pd.NaT, DAY, int]
ODD += ["1", "0.5", np.array(["auto"]), np.str_("auto"), np.datetime64("2020"), [None]]


ONE_IN_FOUR = st.sampled_from([False] * 3 + [True])


@st.composite
def arguments(draw, sound, most=5, is_odd=ONE_IN_FOUR):
    """Arguments for a constructor, of which one at the most is odd."""
    names = draw(st.lists(st.sampled_from(sorted(sound)), max_size=most, unique=True))
    params = {name: draw(st.sampled_from(sound[name])) for name in names}
    if draw(is_odd):
        name = draw(st.sampled_from(sorted(sound)))
        odd = BY_ARGUMENT.get(name, []) + ODD
        params[name] = draw(st.sampled_from(odd))
    return params


# Tables: columns, and what holds them

WORDS = np.array(
    ["red", "green", "blue", "", " ", "nan", "1,5", "12%", "é\u0300", "日本"]
)


def numbers(rng, n):
    return rng.randn(n)


COLUMNS = {
    "numbers": numbers,
    "whole": lambda rng, n: rng.randint(-3, 4, n),
    "bytes": lambda rng, n: rng.randint(0, 255, n).astype(np.uint8),
    "flags": lambda rng, n: rng.rand(n) > 0.5,
    "gaps": lambda rng, n: np.where(rng.rand(n) < 0.3, np.nan, rng.randn(n)),
    "missing": lambda rng, n: np.full(n, np.nan),
    "infinite": lambda rng, n: np.where(rng.rand(n) < 0.2, -np.inf, rng.randn(n)),
    "constant": lambda rng, n: np.full(n, 3.0),
    "two": lambda rng, n: (rng.rand(n) > 0.9).astype(np.float32),
    "huge": lambda rng, n: rng.randn(n) * 1e300,
    "largest": lambda rng, n: rng.choice([-1, 1], n) * np.finfo(float).max,
    "tiny": lambda rng, n: rng.randn(n) * 1e-310,
    "wide": lambda rng, n: 10.0 ** rng.uniform(-300, 300, n),
    "far": lambda rng, n: 1e15 + rng.randint(3, size=n),
    "large": lambda rng, n: rng.randint(2**62, 2**63 - 1, n),
    "unsigned": lambda rng, n: rng.randint(0, 2**64, n, dtype=np.uint64),
    "half": lambda rng, n: rng.randn(n).astype(np.float16),
    "long": lambda rng, n: rng.randn(n).astype(np.longdouble),
    "words": lambda rng, n: WORDS[rng.randint(len(WORDS), size=n)].astype(object),
    "fixed": lambda rng, n: WORDS[rng.randint(len(WORDS), size=n)],
    "names": lambda rng, n: np.array([f"street {i}" for i in range(n)], dtype=object),
    "days": lambda rng, n: np.datetime64("2024-01-01") + rng.randint(0, 900, n),
    "never": lambda rng, n: np.full(n, np.datetime64("NaT", "ns")),
    "hours": lambda rng, n: rng.randint(0, 99, n).astype("m8[h]"),
    "none": lambda rng, n: np.full(n, None),
}
ANY_VALUE = [None, np.nan, pd.NA, pd.NaT, "a", "", b"a", 1, 2.5, True, HUGE, -0.0, "5"]
ANY_VALUE += [DAY, datetime.datetime(2024, 1, 1), datetime.time(3), decimal.Decimal(2)]
ANY_VALUE += [fractions.Fraction(1, 3), pd.Timestamp("2020-01-01", tz="UTC"), np.inf]
ANY_VALUE += [datetime.timedelta(1), pd.Period("2024-01"), np.float32(2), np.str_("b")]
WRONG_VALUE = [[1, 2], {"a": 1}, (1,), 1j, np.zeros(2), {3}, np.zeros((1, 2))]


def mixed(values):
    def column(rng, n):
        cells = np.empty(n, dtype=object)
        for i in range(n):
            cells[i] = values[rng.randint(len(values))]
        return cells

    return column


COLUMNS["mixed"] = mixed(ANY_VALUE)
COLUMNS["wrong"] = mixed([*ANY_VALUE, *WRONG_VALUE])
COLUMNS["complex"] = lambda rng, n: rng.randn(n) + 1j
COLUMNS["text and gaps"] = mixed(["a", "b", None])
COLUMNS["digits"] = mixed(["1", "2.5", "-3", "1e400", None])
PLAIN = ["numbers", "whole", "flags", "constant", "two", "far", "half"]


def array_of(columns):
    if not columns:
        return np.empty((0, 0))
    if len({column.dtype.kind for column in columns} - set("biuf")) == 0:
        return np.stack(columns, axis=1)
    cells = np.empty((len(columns[0]), len(columns)), dtype=object)
    for j, column in enumerate(columns):
        cells[:, j] = list(column)
    return cells


def names_of(columns):
    return [chr(97 + j) if j < 26 else f"c{j}" for j in range(len(columns))]


def frame_of(columns):
    return pd.DataFrame(dict(zip(names_of(columns), columns, strict=True)))


def read_only(columns):
    X = array_of(columns)
    X.flags.writeable = False
    return X


def mapped(columns):
    X = array_of(columns)
    if X.dtype.hasobject or not X.size:
        return X
    with tempfile.TemporaryFile() as file:
        there = np.memmap(file, X.dtype, "w+", shape=X.shape)
    there[:] = X
    return there


def strided(columns):
    X = array_of(columns)
    return np.repeat(np.repeat(X, 2, axis=0), 2, axis=1)[::-2, ::2]


def sparse_of(make):
    def made(columns):
        return make(np.nan_to_num(array_of(columns).astype(float)))

    return made


def unsorted(columns):
    X = sparse.csr_array(sparse_of(np.asarray)(columns))
    X.indices, X.data = X.indices[::-1].copy(), X.data[::-1].copy()
    return X


def twice(columns):
    X = sparse.coo_array(sparse_of(np.asarray)(columns))
    parts = [np.concatenate([part, part]) for part in (X.row, X.col)]
    return sparse.coo_array((np.concatenate([X.data, X.data]), parts), X.shape)


def long_indices(columns):
    X = sparse.csr_matrix(sparse_of(np.asarray)(columns))
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


def arrow_of(columns):
    return pa.Table.from_pandas(frame_of(columns), preserve_index=False)


class Duck:
    """An array as some libraries have them."""

    def __init__(self, X):
        self.X = X

    def __array__(self, dtype=None, copy=None):
        return np.array(self.X, dtype)

    def __len__(self):
        return len(self.X)

    def __repr__(self):
        return f"Duck({self.X.tolist()})"


CONTAINERS = {
    "array": array_of,
    "Fortran": lambda columns: np.asfortranarray(array_of(columns)),
    "strided": strided,
    "read-only": read_only,
    "memmap": mapped,
    "other end": lambda columns: array_of(columns).astype(">f8"),
    "text": lambda columns: array_of(columns).astype(str),
    "list": lambda columns: array_of(columns).tolist(),
    "tuples": lambda columns: tuple(map(tuple, array_of(columns).tolist())),
    "matrix": lambda columns: np.matrix(array_of(columns)),
    "masked": lambda columns: np.ma.masked_array(array_of(columns)),
    "duck": lambda columns: Duck(array_of(columns)),
    "frame": frame_of,
    "index": lambda columns: frame_of(columns).set_axis(["i"] * len(columns[0])),
    "twins": lambda columns: frame_of(columns).set_axis(["a"] * len(columns), axis=1),
    "numbered": lambda columns: pd.DataFrame(array_of(columns)),
    "names and numbers": lambda columns: frame_of(columns).rename(columns={"a": 0}),
    "nullable": lambda columns: frame_of(columns).convert_dtypes(),
    "arrow types": lambda columns: frame_of(columns).convert_dtypes(
        dtype_backend="pyarrow"
    ),
    "category": lambda columns: frame_of(columns).astype("category"),
    "levels": lambda columns: pd.concat({"a": frame_of(columns)}, axis=1),
    "sparse frame": lambda columns: frame_of(columns).astype(pd.SparseDtype(float, 0)),
    "arrow": arrow_of,
    "dictionary": lambda columns: pa.table(
        {
            name: pa.array(column).dictionary_encode()
            for name, column in zip(names_of(columns), columns, strict=True)
        }
    ),
    "batch": lambda columns: arrow_of(columns).to_batches()[0],
    "polars": lambda columns: pl.from_pandas(frame_of(columns)),
    "enum": lambda columns: pl.from_pandas(frame_of(columns)).with_columns(
        pl.all().cast(pl.String).cast(pl.Categorical)
    ),
    "structs": lambda columns: pl.from_pandas(frame_of(columns)).select(
        pl.struct(pl.all()).alias("s"), pl.concat_list(pl.all()).alias("l")
    ),
    "lazy": lambda columns: pl.from_pandas(frame_of(columns)).lazy(),
    **{
        f"{form} {kind}": sparse_of(getattr(sparse, f"{form}_{kind}"))
        for form in ("csr", "csc", "coo", "lil", "dok", "dia", "bsr")
        for kind in ("matrix", "array")
    },
    "unsorted": unsorted,
    "twice": twice,
    "long indices": long_indices,
    "one column": lambda columns: np.asarray(columns[0]),
    "series": lambda columns: pd.Series(columns[0]),
    "stacked": lambda columns: array_of(columns)[..., np.newaxis],
    "ragged": lambda columns: [*array_of(columns).tolist(), [1.0]],
    "dict": lambda columns: dict(zip(names_of(columns), columns, strict=True)),
    "records": lambda columns: frame_of(columns).to_records(index=False),
    "iterator": lambda columns: iter(array_of(columns).tolist()),
    "nothing": lambda columns: None,
    "word": lambda columns: "a table",
    "number": lambda columns: 3.5,
    "transposed": lambda columns: array_of(columns).T,
    "no columns": lambda columns: np.empty((len(columns[0]), 0)),
    "no rows": lambda columns: array_of(columns)[:0],
    "no rows in a frame": lambda columns: frame_of(columns)[:0],
    "no columns in a frame": lambda columns: frame_of(columns)[[]],
}
WRONG = list(CONTAINERS)[list(CONTAINERS).index("one column") :]
SOUND = [name for name in CONTAINERS if name not in WRONG]


def made(container, columns):
    """A table, or None where this container cannot hold these columns."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return CONTAINERS[container](columns)
    except (ValueError, TypeError, ArithmeticError, pl.exceptions.PolarsError):
        return None
    except (pa.ArrowException, KeyError, NotImplementedError):
        return None


@st.composite
def tables(draw, n_samples=None):
    """A table, and its number of rows before it was put into a container."""
    sizes = [1, 2, 3, 5, 20, 63, 64, 70, 90]
    n = draw(st.sampled_from(sizes)) if n_samples is None else n_samples
    rng = np.random.RandomState(draw(st.integers(0, 99)))
    is_plain = draw(st.sampled_from([True, True, False]))
    kinds = st.sampled_from(PLAIN if is_plain else sorted(COLUMNS))
    chosen = draw(st.lists(kinds, min_size=1, max_size=4))
    if draw(st.sampled_from([False] * 9 + [True])):
        chosen = chosen * (70 // len(chosen))
    columns = [COLUMNS[kind](rng, n) for kind in chosen]
    names = st.sampled_from(SOUND * 4 + WRONG)
    container = draw(names)
    X = made(container, columns)
    return (made("frame", columns) if X is None else X), n


# Targets

LABELS = {
    "two": lambda rng, n: np.arange(n) % 2,
    "three": lambda rng, n: np.arange(n) % 3 - 1,
    "words": lambda rng, n: np.array(["no", "yes", "ünclear"])[np.arange(n) % 3],
    "objects": lambda rng, n: np.array(["a", "b"], dtype=object)[np.arange(n) % 2],
    "flags": lambda rng, n: np.arange(n) % 2 == 0,
    "floats": lambda rng, n: np.arange(n) % 3 * 1.0,
    "one": lambda rng, n: np.zeros(n, int),
    "one word": lambda rng, n: np.full(n, "only"),
    "all": lambda rng, n: np.arange(n),
    "rare": lambda rng, n: (np.arange(n) == 0).astype(np.int8),
    "unsigned": lambda rng, n: np.arange(n, dtype=np.uint64) % 2 + 2**63,
    "other end": lambda rng, n: (np.arange(n) % 2).astype(">i4"),
    "half": lambda rng, n: (np.arange(n) % 2).astype(np.float16),
    "list": lambda rng, n: ["xy"[i % 2] for i in range(n)],
    "tuple": lambda rng, n: tuple(i % 2 for i in range(n)),
    "column": lambda rng, n: (np.arange(n) % 2)[:, np.newaxis],
    "series": lambda rng, n: pd.Series(np.arange(n) % 2, index=np.arange(n)[::-1]),
    "nullable": lambda rng, n: pd.Series(np.arange(n) % 2, dtype="Int64"),
    "strings": lambda rng, n: pd.Series(
        ["ab"[i % 2] for i in range(n)], dtype="string"
    ),
    "category": lambda rng, n: pd.Series(np.arange(n) % 2).astype("category"),
    "categorical": lambda rng, n: pd.Categorical(["ab"[i % 2] for i in range(n)]),
    "polars": lambda rng, n: pl.Series(["ab"[i % 2] for i in range(n)]),
    "arrow": lambda rng, n: pa.array(["ab"[i % 2] for i in range(n)]),
    "chunks": lambda rng, n: pa.chunked_array([pa.array([i % 2 for i in range(n)])]),
    "frame": lambda rng, n: pd.DataFrame({"y": np.arange(n) % 2}),
    "read-only": lambda rng, n: np.frombuffer(bytes(i % 2 for i in range(n)), np.uint8),
}
MULTILABEL = {
    "labels": lambda rng, n: rng.randint(2, size=(n, 3)),
    "label flags": lambda rng, n: rng.rand(n, 2) > 0.5,
    "label floats": lambda rng, n: rng.randint(2, size=(n, 2)) * 1.0,
    "label list": lambda rng, n: rng.randint(2, size=(n, 2)).tolist(),
    "label frame": lambda rng, n: pd.DataFrame(rng.randint(2, size=(n, 2))),
    "sparse labels": lambda rng, n: sparse.csr_matrix(rng.randint(2, size=(n, 3))),
    "sparse array": lambda rng, n: sparse.csc_array(rng.randint(2, size=(n, 3))),
    "no labels": lambda rng, n: np.zeros((n, 2), int),
}
WRONG_LABELS = {
    "none": lambda rng, n: None,
    "numbers": lambda rng, n: rng.randn(n),
    "gaps": lambda rng, n: np.where(np.arange(n) % 2, 1.0, np.nan),
    "infinite": lambda rng, n: np.where(np.arange(n) % 2, 1.0, np.inf),
    "missing": lambda rng, n: np.array([None, "a"], dtype=object)[np.arange(n) % 2],
    "missing numbers": lambda rng, n: pd.Series([None, 1] * n, dtype="Int64")[:n],
    "missing words": lambda rng, n: pd.Series([None, "a"] * n, dtype="string")[:n],
    "missing arrow": lambda rng, n: pa.array([None, "a"] * n)[:n],
    "missing polars": lambda rng, n: pl.Series([None, "a"] * n)[:n],
    "mixed": mixed(["a", 1]),
    "wrong": mixed([*ANY_VALUE, *WRONG_VALUE]),
    "several": lambda rng, n: rng.randint(3, size=(n, 2)),
    "several words": lambda rng, n: np.full((n, 2), "a"),
    "sparse column": lambda rng, n: sparse.csr_matrix(np.ones((n, 1), int)),
    "sparse gaps": lambda rng, n: sparse.csr_matrix(np.full((n, 2), np.nan)),
    "days": lambda rng, n: np.datetime64("2024-01-01") + np.arange(n) % 2,
    "hours": lambda rng, n: (np.arange(n) % 2).astype("m8[h]"),
    "bytes": lambda rng, n: np.array([b"a", b"b"])[np.arange(n) % 2],
    "byte list": lambda rng, n: [[b"a", b"b"][i % 2] for i in range(n)],
    "complex": lambda rng, n: np.arange(n) % 2 + 1j,
    "longer": lambda rng, n: np.arange(n + 1) % 2,
    "shorter": lambda rng, n: np.arange(n - 1) % 2,
    "cube": lambda rng, n: np.zeros((n, 2, 2), int),
    "no column": lambda rng, n: np.zeros((n, 0), int),
    "number": lambda rng, n: 1,
    "word": lambda rng, n: "yes",
    "scalar": lambda rng, n: np.array(1),
    "dict": lambda rng, n: {i: i % 2 for i in range(n)},
    "set": lambda rng, n: {"a", "b"},
    "iterator": lambda rng, n: iter([0, 1] * n),
    "ragged": lambda rng, n: [[1], [0, 1]] * n,
    "sets": lambda rng, n: [{"a"}, {"a", "b"}] * n,
    "records": lambda rng, n: np.zeros(n, [("a", int), ("b", float)]),
}
TARGETS = LABELS | MULTILABEL | WRONG_LABELS


@st.composite
def targets(draw, n_samples):
    """A target, and how it is called."""
    groups = [list(LABELS)] * 5 + [list(MULTILABEL), list(WRONG_LABELS)]
    name = draw(st.sampled_from(draw(st.sampled_from(groups))))
    rng = np.random.RandomState(draw(st.integers(0, 9)))
    return TARGETS[name](rng, n_samples), name


# Weights

ROW_WEIGHTS = {
    "ones": lambda rng, n: np.ones(n),
    "some": lambda rng, n: rng.rand(n) + 0.1,
    "whole": lambda rng, n: rng.randint(1, 4, n),
    "gone": lambda rng, n: np.arange(n) % 3,
    "one row": lambda rng, n: np.eye(n)[0],
    "list": lambda rng, n: [1.0] * n,
    "series": lambda rng, n: pd.Series(rng.rand(n) + 1, index=np.arange(n)[::-1]),
    "polars": lambda rng, n: pl.Series(rng.rand(n) + 1),
    "single": lambda rng, n: np.ones(n, np.float32),
    "flags": lambda rng, n: np.arange(n) % 2 == 0,
    "number": lambda rng, n: 2.0,
    "huge": lambda rng, n: rng.rand(n) * 1e300,
    "largest": lambda rng, n: np.full(n, np.finfo(float).max),
    "tiny": lambda rng, n: rng.rand(n) * 1e-310,
    "wide": lambda rng, n: 10.0 ** rng.uniform(-300, 300, n),
    "read-only": lambda rng, n: np.broadcast_to(2.0, n),
    "zeros": lambda rng, n: np.zeros(n),
    "negative": lambda rng, n: rng.rand(n) - 0.5,
    "gaps": lambda rng, n: np.full(n, np.nan),
    "infinite": lambda rng, n: np.full(n, np.inf),
    "longer": lambda rng, n: np.ones(n + 1),
    "column": lambda rng, n: np.ones((n, 1)),
    "words": lambda rng, n: ["a"] * n,
    "missing": lambda rng, n: [None] * n,
    "complex": lambda rng, n: np.full(n, 1j),
    "sparse": lambda rng, n: sparse.csr_array(np.ones((1, n))),
    "word": lambda rng, n: "balanced",
    "dict": lambda rng, n: {0: 1},
    "large": lambda rng, n: [HUGE] * n,
    "dates": lambda rng, n: np.full(n, np.datetime64("2020-01-01")),
}
CLASS_WEIGHTS = [None, "balanced", {}, {0: 2, 1: 1}, {"a": 2, "b": 0.5}, {0: 0, 1: 1}]
CLASS_WEIGHTS += [[{0: 1, 1: 2}, {0: 1, 1: 5}], [{0: 1, 1: 2}] * 3, {0: 1e300, 1: 1e-9}]
CLASS_WEIGHTS += [{0: 0, 1: 0}, {0: -1}, {0: np.nan}, {0: np.inf}, {0: "a"}, {0: None}]
CLASS_WEIGHTS += [{7: 1}, {"zz": 1}, [], [1, 2], [{}], "even", {None: 1}, {(0,): 1}, 1]
CLASS_WEIGHTS += [np.ones(2), {0: [1]}, {0: HUGE}, {0: 1j}, {0.5: 1}, [None, None]]


@st.composite
def weights(draw, n_samples):
    """Weights of rows; mostly none."""
    if draw(st.sampled_from([True, True, False])):
        return None
    name = draw(st.sampled_from(list(ROW_WEIGHTS)))
    return ROW_WEIGHTS[name](np.random.RandomState(0), n_samples)


def class_weights():
    """Weights of classes; mostly none."""
    return st.sampled_from([None] * 80 + CLASS_WEIGHTS)
