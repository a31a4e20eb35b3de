"""Models in ONNX: what onnxruntime computes is what the estimators do."""

import datetime
import importlib
import subprocess
import sys

import numpy as np
import onnxruntime
import pandas as pd
import polars as pl
import pytest
import skl2onnx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array
from scipy.sparse import random as random_sparse
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepnn import DeepNNClassifier, LogisticRegressionNN, save
from skdeepnn.nn.activations import ACTIVATIONS, Activation
from skdeepnn.onnx import as_inputs, to_onnx
from skdeepnn.preprocessing import TabularEncoder
from skdeepnn.tables.dates import circles

QUICK = {"random_state": 0, "max_iter": 5}

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:.*(infinite|known category):UserWarning"),
]


def session_of(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options)


def run(model, X):
    session = session_of(model)
    return session.run(None, as_inputs(X, session))


def assert_same(estimator, X, rows=None, model=None):
    """Check labels and probabilities of rows by a model of an estimator."""
    rows = X if rows is None else rows
    label, proba = run(to_onnx(estimator, X) if model is None else model, rows)
    expected = estimator.predict_proba(rows)
    np.testing.assert_allclose(proba, expected, rtol=1e-4, atol=1e-5)
    assert ((proba > 0) & ((proba < 1) | (expected == 1))).all()
    np.testing.assert_array_equal(label, estimator.predict(rows))


def small_fit(kind, dtype, seed=0, n=60, **params):
    """Return a network of three features, fitted to labels of a kind, and rows."""
    rng = np.random.RandomState(seed)
    X = rng.randn(n, 3)
    y = {
        "one": np.zeros(n, int),
        "two": (X[:, 0] > 0).astype(int),
        "many": np.digitize(X[:, 0], [-0.5, 0.5]),
        "labels": (X[:, :2] > 0).astype(int),
    }[kind]
    clf = DeepNNClassifier(dtype=dtype, preprocess=None, **QUICK | params)
    return clf.fit(X, y), X


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_each_activation(activation, dtype):
    clf, X = small_fit("many", dtype, hidden_layer_sizes=(5, 4), activation=activation)
    for scale in (1, 100):  # far on both sides, too
        assert_same(clf, X * scale)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(["one", "two", "many", "labels"]),
    dtype=st.sampled_from(["float32", "float64"]),
    given_dtype=st.sampled_from([np.float32, np.float64]),
    sizes=st.lists(st.integers(1, 6), max_size=3),
    n_members=st.integers(1, 4),
    data=st.data(),
    params=st.fixed_dictionaries(
        {"fit_intercept": st.booleans(), "solver": st.sampled_from(["adamw", "sgd"])}
    ),
)
def test_any_network(kind, dtype, given_dtype, sizes, n_members, data, params):
    names = st.sampled_from(sorted(ACTIVATIONS))
    n = len(sizes)
    activation = data.draw(st.lists(names, min_size=n, max_size=n)) if n else "relu"
    params |= {"activation": activation, "n_members": n_members}
    clf, X = small_fit(kind, dtype, hidden_layer_sizes=sizes, **params)
    assert_same(clf, X.astype(given_dtype))


numbers = st.one_of(
    st.floats(-10, 10, width=32),
    st.sampled_from([np.nan, np.inf, -np.inf, 0.0, 1e30, -1e30, 1e-30]),
)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    X=arrays(
        np.float64, st.tuples(st.integers(2, 90), st.integers(1, 3)), elements=numbers
    ),
    new=arrays(np.float64, (5, 3), elements=numbers),
    dtype=st.sampled_from([np.float32, np.float64]),
    categorical=st.booleans(),
)
def test_any_matrix_is_encoded(X, new, dtype, categorical):
    views = ["robust", "standardized", "quantiles", "bins"]
    encoder = TabularEncoder(
        views=views, categorical_features=[0] if categorical else None, min_frequency=1
    )
    X, new = X.astype(dtype), new[:, : X.shape[1]].astype(dtype)
    encoder.fit(X)
    model = to_onnx(encoder, X)
    for rows in (X, new):
        (found,) = run(model, rows)
        np.testing.assert_allclose(found, encoder.transform(rows), rtol=1e-5, atol=1e-6)


SETS = {
    "iris": load_iris,
    "wine": load_wine,
    "breast_cancer": load_breast_cancer,
    "digits": load_digits,
}


@pytest.mark.parametrize("name", SETS)
def test_tables_of_numbers(name, tmp_path):
    X, y = SETS[name](return_X_y=True)
    clf = DeepNNClassifier(**QUICK).fit(X, y)
    for rows in (X, X.astype(np.float32), X[:1]):
        assert_same(clf, X.astype(rows.dtype), rows)
    label, proba = run(to_onnx(clf, X), X[:0])  # which predict_proba refuses
    assert label.shape == (0,)
    assert proba.shape == (0, len(clf.classes_))
    save(clf, tmp_path / "model")
    size = len(to_onnx(clf, X).SerializeToString())
    assert size < 1.1 * (tmp_path / "model").stat().st_size
    assert_same(LogisticRegressionNN().fit(X, y), X)


def make_frame(n=400):
    rng = np.random.RandomState(0)
    hours = pd.to_timedelta(rng.randint(0, 60 * 365 * 24, n), unit="h")
    some = rng.rand(n) < 0.1
    frame = pd.DataFrame(
        {
            "a number": np.where(some, np.nan, rng.randn(n)),
            "single": rng.randn(n).astype(np.float32),
            "integer": rng.randint(0, 50, n),
            "extension": pd.array(rng.choice([1, 2, None], n), dtype="Int64"),
            "flag": rng.rand(n) > 0.5,
            "two": rng.choice(["rome", "oslo", None], n),
            "four": rng.choice(["r", "o", "p", "é", None], n),
            "rare": [f"v{i}" for i in rng.randint(0, n, n)],
            "group": pd.Categorical(rng.choice([1, 2, 3], n)),
            "half": pd.Categorical(rng.choice([1.5, 2.5, np.nan], n)),
            "day": (pd.Timestamp("1965-01-01") + hours).where(~some),
            "lasts": pd.to_timedelta(rng.randint(0, 1000, n), unit="s"),
            "time": [datetime.time(int(h)) for h in rng.randint(0, 24, n)],
            "constant": 1.0,
            "empty": np.nan,
        }
    )
    total = 25 * (frame.four == "r") + frame.integer + 25 * (frame.day.dt.month > 6)
    return frame, np.where(total > 45, "yes", "no")


@pytest.fixture(scope="module")
def fitted():
    frame, label = make_frame()
    with pytest.warns(UserWarning, match="rare"):
        clf = DeepNNClassifier(random_state=0, max_iter=40).fit(frame, label)
    assert np.ptp(clf.predict_proba(frame)) > 0.9  # or all would agree about nothing
    return clf, frame


def test_columns_of_all_types(fitted):
    clf, frame = fitted
    assert clf.columns_["kind"].tolist()[-6:] == [
        *["categories", "dates", "durations", "times", "constant", "empty"]
    ]
    model = to_onnx(clf, frame)
    assert_same(clf, frame, model=model)
    assert_same(clf, frame, frame[:1], model=model)
    many = pd.concat([frame] * 25, ignore_index=True)
    assert len(many) == 10_000
    assert_same(clf, frame, many, model=model)


def test_values_that_training_had_not(fitted):
    clf, frame = fitted
    n = len(frame)
    new = frame.assign(
        **{"a number": np.resize([np.inf, -np.inf, 1e300, np.nan], n)},
        single=np.float32(np.nan),
        integer=2**40,
        extension=pd.array([None] * n, dtype="Int64"),
        two="nowhere",
        four=np.resize(["new", "r", ""], n),
        group=pd.Categorical([9] * n),
        day=pd.Timestamp("1604-02-29 23:59:59.999999"),
        lasts=pd.NaT,
        constant=np.nan,
        empty=3.0,
    )
    expected = new.assign(four=new.four.replace("", None))  # how missing text is given
    _, proba = run(to_onnx(clf, frame), new)
    np.testing.assert_allclose(proba, clf.predict_proba(expected), atol=1e-5)
    encoder = clf._state.encoder
    (found,) = run(to_onnx(encoder, frame), new)
    np.testing.assert_allclose(found, encoder.transform(expected), atol=1e-12)


def test_plain_arrays_of_objects_do_for_missing_text(fitted):
    clf, frame = fitted
    session = session_of(to_onnx(clf, frame))
    inputs = as_inputs(frame, session)
    for missing in (None, np.nan, ""):
        inputs["two"] = np.full((len(frame), 1), missing, dtype=object)
        _, proba = session.run(None, inputs)
        expected = clf.predict_proba(frame.assign(two=None))
        np.testing.assert_allclose(proba, expected, atol=1e-5)


def test_encoders_of_all_types(fitted):
    _, frame = fitted
    encoder = TabularEncoder(views="auto").fit(frame.drop(columns="rare"))
    rows = frame.drop(columns="rare")
    (found,) = run(to_onnx(encoder, rows), rows)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, encoder.transform(rows), atol=1e-12)


def test_dates_of_800_years_are_where_they_are_in_their_cycles():
    days = np.arange("1600", "2400", 7, dtype="M8[D]").astype("M8[us]")
    days = days + np.arange(len(days)) * np.timedelta64(3_599_999_999, "us")
    frame = pd.DataFrame({"day": days})
    encoder = TabularEncoder().fit(frame)
    (found,) = run(to_onnx(encoder, frame), frame)
    moments = days.astype(np.int64).astype(float)
    expected = circles(moments, ["month", "weekday", "hour"])
    np.testing.assert_allclose(found[:, 1:], expected, atol=1e-12)


def test_categories_in_arrays():
    rng = np.random.RandomState(0)
    words = rng.choice(["a", "b", "c", None], (200, 2)).astype(object)
    label = words[:, 0] == "a"
    assert_same(DeepNNClassifier(**QUICK).fit(words, label), words)
    codes = rng.randint(0, 4, (200, 2))
    clf = DeepNNClassifier(categorical_features=[0], **QUICK).fit(codes, label)
    for dtype in (np.int64, np.float32, np.float64):
        assert_same(clf, codes.astype(dtype), codes.astype(dtype) + 1)
    halves = codes / 2 + 0.1  # of which float32 has other ones, in both
    clf = DeepNNClassifier(categorical_features=[0], **QUICK).fit(halves, label)
    for dtype in (np.float32, np.float64):
        assert_same(clf, halves.astype(dtype))


def test_polars(fitted):
    frame = fitted[1][["integer", "two", "a number", "day"]].astype({"day": "M8[us]"})
    rows = frame.to_dict("list")
    rows["two"] = [None if v != v else v for v in rows["two"]]
    rows["day"] = [None if v is pd.NaT else v.to_pydatetime() for v in rows["day"]]
    table = pl.DataFrame(rows)
    assert_same(DeepNNClassifier(**QUICK).fit(table, np.arange(400) % 2), table)


def test_sparse_training_data():
    S = csr_array(random_sparse(300, 30, density=0.2, random_state=0))
    y = (np.nan_to_num(S.toarray()).sum(axis=1) > 3).astype(int)
    S.data[::17] = np.nan
    clf = DeepNNClassifier(**QUICK).fit(S, y)
    assert_same(clf, S)
    assert_same(clf, S, S.toarray())
    S.data[:] = np.nan_to_num(S.data)
    assert_same(DeepNNClassifier(preprocess=None, **QUICK).fit(S, y), S)


LABELS = {
    "text": ["b", "a", "ü"],
    "objects": np.array(["b", "a", "ü"], dtype=object),
    "integers": [-3, 2**40, 5],
    "floats": [1.0, 3.0, 2.0],
    "booleans": [True, False, True],
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels(kind):
    X, y = load_iris(return_X_y=True)
    y = np.asarray(LABELS[kind])[y]
    for clf in (DeepNNClassifier(**QUICK), LogisticRegressionNN()):
        assert_same(clf.fit(X, y), X)


def test_options_of_skl2onnx():
    X, y = load_iris(return_X_y=True)
    X = X.astype(np.float32)
    clf = LogisticRegressionNN().fit(X, np.array(["b", "a", "c"])[y])
    proba = clf.predict_proba(X)
    label, dicts = session_of(skl2onnx.to_onnx(clf, X[:1])).run(None, {"X": X})
    assert label.tolist() == clf.predict(X).tolist()
    assert dicts[0] == pytest.approx(dict(zip("abc", proba[0], strict=True)))
    label, *columns = run(to_onnx(clf, X, options={"zipmap": "columns"}), X)
    np.testing.assert_allclose(np.column_stack(columns), proba, atol=1e-6)
    options = {"nocl": True, "zipmap": False}
    label, found = run(to_onnx(clf, X, options=options), X)
    np.testing.assert_array_equal(label, proba.argmax(axis=1))
    _, scores = run(to_onnx(clf, X, options={"raw_scores": True, "zipmap": False}), X)
    np.testing.assert_allclose(scores, clf.decision_function(X), atol=1e-4)
    clf.fit(X, y > 1)
    _, scores = run(to_onnx(clf, X, options={"raw_scores": True, "zipmap": False}), X)
    expected = np.outer(clf.decision_function(X), [-1, 1])
    np.testing.assert_allclose(scores, expected, atol=1e-4)


def test_class_labels_as_an_output():
    X, y = load_iris(return_X_y=True)
    clf = LogisticRegressionNN().fit(X, np.array(["b", "a", "c"])[y])
    options = {"output_class_labels": True, "zipmap": False}
    *_, classes = run(to_onnx(clf, X, options=options), X)
    assert classes.tolist() == list("abc")


def test_convert_sklearn_takes_any_types_of_inputs():
    X, y = load_iris(return_X_y=True)
    clf = DeepNNClassifier(**QUICK).fit(X, y)
    halves = [("left", FloatTensorType([None, 3])), ("right", FloatTensorType([1, 1]))]
    for types in ([("X", FloatTensorType([None, None]))], halves):
        model = skl2onnx.convert_sklearn(
            clf, initial_types=types, options={id(clf): {"zipmap": False}}
        )
        rows = X[:1].astype(np.float32)
        inputs = {"X": rows} if len(types) == 1 else {"left": rows[:, :3]}
        inputs |= {"right": rows[:, 3:]} if len(types) == 2 else {}
        _, proba = session_of(model).run(None, inputs)
        np.testing.assert_allclose(proba, clf.predict_proba(rows), atol=1e-5)


def pipelines():
    network = DeepNNClassifier(preprocess=None, **QUICK)
    yield make_pipeline(StandardScaler(), DeepNNClassifier(**QUICK))
    yield make_pipeline(StandardScaler(), LogisticRegressionNN())
    yield make_pipeline(TabularEncoder(views="auto"), LogisticRegression())
    yield make_pipeline(TabularEncoder(views="auto"), network)
    yield CalibratedClassifierCV(DeepNNClassifier(**QUICK), cv=2)
    yield BaggingClassifier(LogisticRegressionNN(), n_estimators=2, random_state=0)
    parts = [("a", StandardScaler(), [0, 1]), ("b", TabularEncoder(), [2, 3])]
    yield make_pipeline(ColumnTransformer(parts), network)
    yield GridSearchCV(DeepNNClassifier(**QUICK), {"alpha": [0.1, 1.0]}, cv=2)


@pytest.mark.parametrize("model", [*pipelines()], ids=lambda m: repr(m)[:30])
def test_pipelines(model):
    X, y = load_iris(return_X_y=True)
    model.fit(X, y)
    for dtype in (np.float32, np.float64):
        assert_same(model, X.astype(dtype))


def test_a_pipeline_on_a_frame_has_an_input_for_each_column(fitted):
    frame = fitted[1].drop(columns="rare")
    model = make_pipeline(TabularEncoder(), LogisticRegression())
    model.fit(frame, frame.two == "rome")
    assert_same(model, frame)
    names = [one.name for one in to_onnx(model, frame).graph.input]
    assert len(names) == frame.shape[1]
    assert names[1:] == frame.columns[1:].tolist()


def test_a_column_transformer_leaves_columns_of_several_types_to_the_encoder(fitted):
    frame = fitted[1][["single", "two", "a number", "four"]]
    parts = [("a", TabularEncoder(), ["two", "a number"])]
    model = make_pipeline(ColumnTransformer(parts), LogisticRegression())
    assert_same(model.fit(frame, frame.two == "rome"), frame)


@pytest.mark.parametrize("target_opset", [13, 15, 18, 20, None])
def test_only_standard_operators_of_the_version_asked_for(fitted, target_opset):
    clf, frame = fitted
    model = to_onnx(clf, frame, target_opset=target_opset)
    assert {o.domain for o in model.opset_import} <= {"", "ai.onnx.ml"}
    if target_opset:
        assert {o.domain: o.version for o in model.opset_import}[""] == target_opset
    assert_same(clf, frame, model=model)


# ------------------------------------------------------------------------------ errors


def column_of(name, values):
    frame = pd.DataFrame({"size": np.arange(200.0), name: values})
    return frame, np.resize(["yes", "no"], 200)


def test_what_onnx_cannot_do_is_said_with_the_column_and_what_to_do():
    words = pd.Series(np.resize(["new road", "old lane"], 200))
    streets = [f"{word} {i}" for i, word in enumerate(words)]
    cases = {
        "is text that was encoded by its n-grams.*preprocess=None": streets,
        "is numbers, but text.*pandas.to_numeric": [f"1,{i:03d}.5" for i in range(200)],
        "is dates, but text.*pandas.to_datetime": ["2020-01-01", "2020-05-06"] * 100,
        "has the category 'nan'": np.resize(["nan", "b"], 200),
        r"values of the types \['int', 'str'\]": np.resize([1, "b"], 200).tolist(),
    }
    for message, values in cases.items():
        values = pd.Series(values, dtype=object)
        if "int" in message:
            values[:] = [1, "b"] * 100
        frame, label = column_of("odd", values)
        clf = DeepNNClassifier(**QUICK).fit(frame, label)
        with pytest.raises(ValueError, match=f"'odd'.*{message}"):
            to_onnx(clf, frame)


def test_the_last_step_behind_n_grams_can_be_converted():
    streets = [f"{word} {i}" for i, word in enumerate(["new road", "old lane"] * 100)]
    frame, label = column_of("street", streets)
    network = DeepNNClassifier(preprocess=None, **QUICK)
    model = make_pipeline(TabularEncoder(), network).fit(frame, label)
    assert_same(network, model[:-1].transform(frame))


def test_inputs_of_another_type_than_the_columns_are_refused(fitted):
    clf, frame = fitted
    good = {
        one.name: one.type.tensor_type.elem_type
        for one in to_onnx(clf, frame).graph.input
    }
    of_number = {1: FloatTensorType, 7: Int64TensorType, 8: StringTensorType}
    types = {
        name: of_number.get(number, DoubleTensorType)([None, 1])
        for name, number in good.items()
    }
    cases = {
        "integer": (StringTensorType, "'integer' is numbers, but text"),
        "day": (DoubleTensorType, "'day' is dates.*Int64TensorType"),
        "two": (FloatTensorType, "'two' has categories that are not numbers"),
        "group": (StringTensorType, "'group' has categories that are not text"),
    }
    for name, (wrong, message) in cases.items():
        changed = types | {name: wrong([None, 1])}
        with pytest.raises(ValueError, match=message):
            skl2onnx.convert_sklearn(clf, initial_types=[*changed.items()])
    with pytest.raises(ValueError, match="14 columns.*15 features"):
        to_onnx(clf, frame.drop(columns="rare"))
    with pytest.raises(ValueError, match="another order"):
        skl2onnx.convert_sklearn(
            clf, initial_types=[*zip(frame, [*types.values()], strict=True)][::-1]
        )


def test_rows_that_do_not_fit_the_inputs_are_refused(fitted):
    clf, frame = fitted
    session = session_of(to_onnx(clf, frame))
    cases = {
        "14 columns, and the model 15": frame.drop(columns="rare"),
        "'integer' is of type int64.*missing": frame.assign(integer=np.nan),
        "'integer' is numbers, and X has 'a'": frame.assign(integer="a"),
        "'two' is text, and X has 3": frame.assign(two=3),
    }
    for message, rows in cases.items():
        with pytest.raises(ValueError, match=message):
            as_inputs(rows, session)
    X = pd.DataFrame({"a": [1.0, 2.0] * 9, "b": [2.0, 1.0] * 9})
    session = session_of(to_onnx(LogisticRegressionNN().fit(X, X.a > 1), X))
    with pytest.raises(ValueError, match="another order"):
        as_inputs(X[["b", "a"]], session)


def test_other_refusals():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(NotFittedError):
        to_onnx(DeepNNClassifier(), X)
    clf = LogisticRegressionNN().fit(X, y)
    with pytest.raises(ValueError, match="target_opset is 12.*13"):
        to_onnx(clf, X, target_opset=12)
    with pytest.raises(ValueError, match=r"\[0, 1, 2, 3\] are numbers.*text"):
        to_onnx(clf, X.astype(str))
    with pytest.raises(ValueError, match=r"the shape \(4,\)"):
        to_onnx(clf, X[0])
    with pytest.raises(ValueError, match="'X' is of type complex128"):
        to_onnx(clf, X * 1j)
    own = Activation("own", *ACTIVATIONS["tanh"][1:])
    clf = DeepNNClassifier((3,), own, **QUICK).fit(X, y)
    with pytest.raises(ValueError, match="'own' is one of your own"):
        to_onnx(clf, X)


def test_without_skl2onnx_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    monkeypatch.delitem(sys.modules, "skdeepnn.onnx")
    with pytest.raises(ImportError, match=r"pip install 'skdeepnn\[onnx\]'"):
        importlib.import_module("skdeepnn.onnx")


def test_nothing_else_needs_skl2onnx():
    code = (
        "import sys; sys.modules['skl2onnx'] = sys.modules['onnx'] = None;"
        "import skdeepnn.classifier, skdeepnn.preprocessing, skdeepnn.saving"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
