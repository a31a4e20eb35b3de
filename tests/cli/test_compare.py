import bz2
import datetime
import decimal
import gzip
import io
import lzma
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pets import damaged, pets
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepnn.cli.compare import METRICS, compare, summarize
from skdeepnn.cli.files import load_example, load_table
from skdeepnn.cli.main import main
from skdeepnn.cli.messages import CompareError
from skdeepnn.cli.models import MODELS, make_models

ALL_NAMES = [model.__name__ for model in MODELS.values()]


class Prior(ClassifierMixin, BaseEstimator):
    """Predicts the frequencies of the classes, and notes what it was fitted on."""

    fitted_on = []

    def fit(self, X, y):
        self.fitted_on.append((X, y))
        self.classes_, counts = np.unique(y, return_counts=True)
        self.proba_ = counts / counts.sum()
        return self

    def predict_proba(self, X):
        return np.tile(self.proba_, (X.shape[0], 1))


class Broken(Prior):
    def fit(self, X, y):
        raise RuntimeError("two\nlines")


@pytest.fixture
def frame():
    rng = np.random.RandomState(0)
    n = 120
    frame = pd.DataFrame(
        {
            "size": rng.normal(5, 2, n),
            "colour": rng.choice(["red", "green", "blue"], n),
            "word": [f"w{i}" for i in range(n)],
        }
    )
    signal = frame["size"] + 3 * (frame["colour"] == "red") + rng.normal(0, 1, n)
    frame["kind"] = np.where(signal > 6, "big", "small")
    frame.loc[::10, "size"] = np.nan
    frame.loc[1::10, "colour"] = None
    return frame


def write(path, frame, **kwargs):
    frame.to_csv(path, index=False, **kwargs)
    return path


# Scores


@pytest.mark.parametrize("load", [load_breast_cancer, load_iris])
def test_scores_are_those_computed_by_hand(load):
    X, y = load(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression(random_state=3))
    splitter = StratifiedKFold(4, shuffle=True, random_state=3)
    models = make_models(["logreg"], seed=3)
    records = list(compare(X, y, models, cv=4, seed=3))
    assert [record["fold"] for record in records] == [1, 2, 3, 4]
    for record, (train, test) in zip(records, splitter.split(X, y), strict=True):
        proba = model.fit(X[train], y[train]).predict_proba(X[test])
        scores = proba if proba.shape[1] > 2 else proba[:, 1]
        auc = roc_auc_score(y[test], scores, multi_class="ovr")
        assert record["accuracy"] == model.score(X[test], y[test])
        assert_allclose(record["log_loss"], log_loss(y[test], proba), rtol=1e-9)
        assert_allclose(record["roc_auc"], auc, rtol=1e-12)
        assert (record["n_train"], record["n_test"]) == (len(train), len(test))
        assert record["fit_seconds"] > 0
        assert record["predict_us_per_row"] > 0


def test_all_models_agree_with_cross_validate():
    X, y = load_iris(return_X_y=True)
    models = make_models(hidden_layer_sizes=(5,), seed=1)
    summary = summarize(compare(X, y, models, cv=2, seed=1))
    assert [row["model"] for row in summary] == ALL_NAMES
    cv = StratifiedKFold(2, shuffle=True, random_state=1)
    scoring = {"accuracy": "accuracy", "log_loss": "neg_log_loss"}
    for row in summary:
        model = models[row["model"]]
        if row["model"] != "HistGradientBoostingClassifier":
            model = make_pipeline(StandardScaler(), model)
        with pytest.warns() if row["n_not_converged"] else _nothing():
            scores = cross_validate(model, X, y, cv=cv, scoring=scoring)
        accuracy = scores["test_accuracy"]
        assert_allclose(row["accuracy"]["mean"], accuracy.mean(), rtol=1e-9)
        assert_allclose(row["accuracy"]["std"], accuracy.std(), atol=1e-12)
        loss = -scores["test_log_loss"]
        assert_allclose(row["log_loss"]["mean"], loss.mean(), rtol=1e-6)


class _nothing:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


def test_same_seed_gives_same_scores_and_another_seed_others():
    X, y = load_iris(return_X_y=True)

    def scores(seed):
        models = make_models(["mlp", "deepnn"], (4,), seed)
        records = compare(X, y, models, cv=2, seed=seed)
        return [record["log_loss"] for record in records]

    assert scores(0) == scores(0)
    assert scores(0) != scores(1)


@pytest.mark.parametrize(
    "relabel",
    [
        lambda y: np.array(["no", "yes"])[y],
        lambda y: y.astype(bool),
        lambda y: y * 7 - 3,
        lambda y: pd.Series(y).map({0: "a", 1: "b"}),
    ],
)
def test_labels_may_be_of_any_type(relabel):
    X, y = load_breast_cancer(return_X_y=True)
    models = make_models(["logreg"])
    plain = next(compare(X, y, models, cv=2))
    relabelled = next(compare(X, relabel(y), models, cv=2))
    assert [plain[m] for m in ("accuracy", "log_loss", "roc_auc")] == [
        relabelled[m] for m in ("accuracy", "log_loss", "roc_auc")
    ]


def test_folds_are_the_outer_loop():
    X, y = load_iris(return_X_y=True)
    records = compare(X, y, {"a": Prior(), "b": Prior()}, cv=3)
    order = [(record["fold"], record["model"]) for record in records]
    assert order == [(1, "a"), (1, "b"), (2, "a"), (2, "b"), (3, "a"), (3, "b")]


def test_preprocessing_is_fitted_on_the_training_part_alone(monkeypatch):
    X, y = load_iris(return_X_y=True)
    X[0] = 1e6  # would show in the scale of each fold
    monkeypatch.setattr(Prior, "fitted_on", [])
    records = list(compare(X, y, {"prior": Prior()}, cv=3))
    for (Xt, yt), record in zip(Prior.fitted_on, records, strict=True):
        assert len(yt) == record["n_train"]
        assert_allclose(Xt.mean(axis=0), 0, atol=1e-9)
        assert_allclose(Xt.std(axis=0), 1)


def test_models_passed_are_left_unfitted():
    X, y = load_iris(return_X_y=True)
    models = make_models(["logreg"])
    list(compare(X, y, models, cv=2))
    assert not hasattr(models["LogisticRegression"], "coef_")


def test_a_failing_model_does_not_stop_the_others():
    X, y = load_iris(return_X_y=True)
    records = list(compare(X, y, {"broken": Broken(), "prior": Prior()}, cv=2))
    assert records[0]["error"] == "RuntimeError: two lines"
    assert all(records[0][metric] is None for metric in METRICS)
    broken, prior = summarize(records)
    assert (broken["n_failed"], broken["accuracy"], broken["best"]) == (2, None, [])
    assert broken["error"] == "RuntimeError: two lines"
    assert_allclose(prior["accuracy"]["mean"], 1 / 3)
    assert set(prior["best"]) == set(METRICS)


def test_convergence_warnings_are_counted_and_not_shown(recwarn):
    X, y = load_iris(return_X_y=True)
    models = {"short": LogisticRegression(max_iter=1), "full": LogisticRegression()}
    short, full = summarize(compare(X, y, models, cv=2))
    assert (short["n_not_converged"], full["n_not_converged"]) == (2, 0)
    assert len(recwarn) == 0


@pytest.mark.parametrize("name", ["mlp", "deepnn"])
def test_ctrl_c_in_a_network_ends_the_comparison(name, monkeypatch):
    # The networks end their training with a warning and keep the interrupt.
    X, y = load_iris(return_X_y=True)
    models = make_models([name], (4,))
    calls = []

    def interrupt(*args, **kwargs):
        calls.append(args)
        raise KeyboardInterrupt

    if name == "mlp":
        target = "sklearn.neural_network._multilayer_perceptron.gen_batches"
        monkeypatch.setattr(target, interrupt)
    else:
        monkeypatch.setattr("skdeepnn.nn.training.Batches.epoch", interrupt)
    with pytest.raises(KeyboardInterrupt):
        list(compare(X, y, models, cv=2))
    assert calls


# Folds


@pytest.mark.parametrize(
    "y, cv, message",
    [
        ([0] * 9 + [1] * 3, 5, r"Class '1' has 3 rows, .* --cv 3, or drop it or merge"),
        (["a"] * 9 + ["b"], 2, r"Class 'b' has 1 row, .* No --cv can split it: drop"),
        ([0, 1, 2] * 2 + [0] * 9, 5, r"Class '1' has 2 rows.*\(1 other class like"),
        ([0, 1] * 9, 1, r"--cv must be at least 2 folds, got 1"),
        (["a"] * 9, 2, r"one class only, 'a'.* Name another column"),
    ],
)
def test_folds_that_cannot_be_made(y, cv, message):
    with pytest.raises(CompareError, match=message):
        compare(np.zeros((len(y), 1)), y, {}, cv=cv)  # before any record is drawn


# Models


def test_models_by_short_and_class_name():
    models = make_models(["HGB", "mlpclassifier", "mlp", "deepnn"], [64, 32], seed=5)
    names = ["HistGradientBoostingClassifier", "MLPClassifier", "DeepNNClassifier"]
    assert list(models) == names
    assert [model.random_state for model in models.values()] == [5, 5, 5]
    assert models["MLPClassifier"].hidden_layer_sizes == (64, 32)
    assert models["DeepNNClassifier"].hidden_layer_sizes == (64, 32)
    assert list(make_models()) == ALL_NAMES


def test_models_keep_their_own_layers_by_default():
    for name, model in make_models().items():
        default = type(model)().get_params() | {"random_state": 0}
        assert model.get_params() == default, name


def test_unknown_model_lists_those_there_are():
    with pytest.raises(CompareError) as error:
        make_models(["logreg", "svm"])
    assert "'svm'" in str(error.value)
    for short, model in MODELS.items():
        assert f"{short} ({model.__name__})" in str(error.value)


# Summary


def record(model, accuracy=0.5, seconds=1.0):
    times = {"fit_seconds": seconds, "predict_us_per_row": seconds}
    scores = {"accuracy": accuracy, "log_loss": 1 - accuracy, "roc_auc": accuracy}
    return {"model": model, "error": None, "converged": True, **scores, **times}


def test_best_is_highest_or_lowest_as_the_metric_has_it():
    a, b = summarize([record("a", 0.9, 2.0), record("b", 0.8, 1.0)])
    assert a["best"] == ["accuracy", "log_loss", "roc_auc"]
    assert b["best"] == ["fit_seconds", "predict_us_per_row"]


def test_ties_to_the_digits_shown_are_all_best():
    a, b, c = summarize(
        [record("a", 0.90001, 1.01), record("b", 0.9, 1.04), record("c", 0.8999, 1.06)]
    )
    assert a["best"] == b["best"] == list(METRICS)
    assert c["best"] == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.floats(0, 1),
            st.floats(1e-6, 1e6),
        ),
        min_size=1,
    )
)
def test_summary_of_any_records(values):
    rows = summarize([record(*value) for value in values])
    assert {row["model"] for row in rows} == {name for name, *_ in values}
    for row in rows:
        own = [accuracy for name, accuracy, _ in values if name == row["model"]]
        assert row["n_folds"] == len(own)
        assert row["accuracy"]["mean"] == pytest.approx(np.mean(own))
        assert row["accuracy"]["std"] == pytest.approx(np.std(own))
    for metric in METRICS:
        assert any(metric in row["best"] for row in rows)
    top = max(row["accuracy"]["mean"] for row in rows)
    for row in rows:
        if "accuracy" in row["best"]:
            assert row["accuracy"]["mean"] == pytest.approx(top, abs=1.01e-4)


# Tables


def test_example_needs_no_pandas():
    table = load_example()
    assert isinstance(table.X, np.ndarray)
    assert len(table.X) == len(table.y) == 1797
    assert table.notes == []


def test_table_with_everything_in_it(tmp_path, frame):
    path = write(tmp_path / "t.csv", frame)
    table = load_table(path, "kind")
    assert (table.name, table.notes) == ("t.csv", [])
    assert table.X.columns.tolist() == ["size", "colour", "word"]
    assert [str(dtype) for dtype in table.X.dtypes] == [
        "float64",
        "category",
        "category",
    ]
    assert_allclose(table.X["size"], frame["size"])
    assert_array_equal(table.X["colour"].isna(), frame["colour"].isna())
    assert_array_equal(table.y, frame["kind"])
    for row in summarize(compare(table.X, table.y, make_models(), cv=2)):
        assert row["n_failed"] == 0, row["error"]
        assert row["accuracy"]["mean"] > 0.7, row["model"]


def test_parquet_and_separators_give_the_same_table(tmp_path, frame):
    paths = [
        write(tmp_path / "comma.csv", frame),
        write(tmp_path / "semicolon.csv", frame, sep=";"),
        write(tmp_path / "tab.tsv", frame, sep="\t"),
        write(tmp_path / "BAR.CSV", frame, sep="|"),
        write(tmp_path / "bom.csv", frame, encoding="utf-8-sig"),
        tmp_path / "p.parquet",
        tmp_path / "p.pq",
    ]
    for path in paths[-2:]:
        frame.to_parquet(path)
    first = load_table(paths[0], "kind")
    for path in paths[1:]:
        other = load_table(path, "kind")
        pd.testing.assert_frame_equal(first.X, other.X)
        assert_array_equal(first.y, other.y)


DAY = datetime.date(2020, 1, 1)
CELLS = {
    "integer": ([3, 1, 2], [3, 1, 2]),
    "bool": ([True, False, True], [1, 0, 1]),
    "bool with a gap": ([True, None, False], [1, np.nan, 0]),
    "Int64": (pd.array([1, None, 3], dtype="Int64"), [1, np.nan, 3]),
    "boolean": (pd.array([True, None, False], dtype="boolean"), [1, np.nan, 0]),
    "string": (pd.array(["a", None, "b"], dtype="string"), ["a", None, "b"]),
    "text": (["x", None, "y"], ["x", None, "y"]),
    "decimal": ([decimal.Decimal("1.5"), None, decimal.Decimal(2)], [1.5, np.nan, 2]),
    "date": ([DAY, None, datetime.date(2020, 1, 3)], [18262, np.nan, 18264]),
    "datetime": (
        pd.to_datetime(["1970-01-02 12:00", None, "1970-01-01 00:00"]),
        [1.5, np.nan, 0],
    ),
    "ISO text": (["2020-01-01", None, "2020-01-03 12:00"], [18262, np.nan, 18264.5]),
    "never": ([DAY, None, datetime.date(9999, 12, 31)], [18262, np.nan, 2932896]),
    "no date": (["2020-01-01", None, "2020-13-45"], ["2020-01-01", None, "2020-13-45"]),
    "timedelta": (pd.to_timedelta([1, None, 60], unit="s"), [1, np.nan, 60]),
    "category": (pd.Categorical(["u", None, "v"]), ["u", None, "v"]),
    "list": ([[1], None, [2]], ["[1]", None, "[2]"]),
    "infinite": ([np.inf, 1.0, 2.0], [np.nan, 1, 2]),
}


@pytest.mark.parametrize("name", CELLS)
def test_columns_of_every_type(name, tmp_path):
    given_cells, expected = CELLS[name]
    frame = pd.DataFrame({"x": given_cells, "y": ["a", "b", "a"]})
    frame.to_parquet(tmp_path / "t.parquet")
    table = load_table(tmp_path / "t.parquet", "y")
    column = table.X["x"]
    if isinstance(expected[0], str):
        assert column.dtype == "category"
        assert column.astype(object).where(column.notna(), None).tolist() == expected
    else:
        assert column.dtype == np.float64
        assert_array_equal(column, expected)
    assert bool(table.notes) == (name == "infinite")


def test_question_marks_are_missing_numbers(tmp_path):
    (tmp_path / "t.csv").write_text("a, y\n1, p\n?, q\n3, p\n")
    table = load_table(tmp_path / "t.csv", "y")
    assert_array_equal(table.X["a"], [1, np.nan, 3])
    assert table.y.tolist() == ["p", "q", "p"]


@pytest.mark.parametrize(
    "cells, labels",
    [
        (["1", "0", "1", ""], [1, 0, 1]),
        (["1.0", "2.0", "1.0", ""], [1, 2, 1]),
        (["0.5", "1.5", "0.5", ""], ["0.5", "1.5", "0.5"]),
        (["True", "False", "True", ""], ["True", "False", "True"]),
        (["a", "b", "1", "?"], ["a", "b", "1"]),
    ],
)
def test_targets_and_rows_without_one(cells, labels, tmp_path):
    lines = [f"{i},{cell}\n" for i, cell in enumerate(cells, 5)]
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(lines))
    table = load_table(tmp_path / "t.csv", "y")
    assert table.y.tolist() == labels
    assert_array_equal(table.X["x"], [5, 6, 7])
    assert table.notes == ["Dropped 1 row with no 'y'."]


def test_useless_columns_are_left_out_and_named(tmp_path, frame):
    frame["one"], frame["none"], frame["same"] = 1, None, "s"
    table = load_table(write(tmp_path / "t.csv", frame), "kind")
    assert table.X.columns.tolist() == ["size", "colour", "word"]
    assert table.notes == ["Left out, having one value or none: 'one', 'none', 'same'."]


@pytest.mark.parametrize("rare", [1e9, "x"])
@pytest.mark.parametrize("other", ["size", "colour"])
def test_column_that_is_empty_in_a_fold_changes_nothing(rare, other, frame):
    y = frame["kind"].to_numpy()
    frame = frame.astype({"colour": "category"})
    models = make_models(["logreg", "hgb", "deepnn"], (3,))
    splitter = StratifiedKFold(2, shuffle=True, random_state=0)
    (_, first_test), _ = splitter.split(y, y)
    frame["rare"] = np.nan if rare == 1e9 else pd.Categorical([None] * len(y), ["x"])
    frame.loc[first_test[0], "rare"] = rare
    with_it = list(compare(frame[[other, "rare"]], y, models, cv=2))[:3]
    without = list(compare(frame[[other]], y, models, cv=2))[:3]
    assert [record["error"] for record in with_it + without] == [None] * 6
    for one, another in zip(with_it[:2], without[:2], strict=True):
        assert one["roc_auc"] == pytest.approx(another["roc_auc"], abs=0.02)


def test_index_that_was_written_along_is_left_out(tmp_path, frame):
    frame.to_csv(tmp_path / "t.csv")
    table = load_table(tmp_path / "t.csv", "kind")
    assert table.X.columns.tolist() == ["size", "colour", "word"]
    assert "numbers rows" in table.notes[0]


def test_columns_of_equal_names_are_all_used(tmp_path):
    rows = "".join(f"{i},{i % 3},{i % 2}\n" for i in range(9))
    (tmp_path / "t.csv").write_text("a,a,y\n" + rows)
    X = load_table(tmp_path / "t.csv", "y").X
    assert_array_equal(X.to_numpy(), [[i, i % 3] for i in range(9)])
    assert len(set(X.columns)) == 2


def test_thousands_of_distinct_texts(tmp_path):
    n = 2000
    frame = pd.DataFrame({"x": [f"t{i}" for i in range(n)], "y": np.arange(n) % 2})
    frame.loc[::2, "x"] = [f"even{i % 60}" for i in range(n // 2)]
    table = load_table(write(tmp_path / "t.csv", frame), "y")
    assert table.notes == ["Rare values are merged, there being over 254, in 'x'."]
    models = make_models(["logreg", "hgb"])
    for row in summarize(compare(table.X, table.y, models, cv=2)):
        assert row["n_failed"] == 0, row["error"]
        assert row["accuracy"]["mean"] > 0.6, row["model"]


def test_one_hot_columns_are_bounded(monkeypatch, frame):
    monkeypatch.setattr(Prior, "fitted_on", [])
    X = pd.DataFrame({"x": pd.Categorical([f"t{i % 500}" for i in range(1000)])})
    y = np.arange(1000) % 2
    list(compare(X, y, {"prior": Prior()}, cv=2))
    assert [X.shape[1] for X, _ in Prior.fitted_on] == [50, 50]


def test_gradient_boosting_gets_categories_and_gaps_as_such(frame):
    y = (frame.pop("kind") == "big").to_numpy()
    X = frame[["size", "colour"]].astype({"colour": "category"})
    ours = next(compare(X, y, make_models(["hgb"]), cv=2))
    splitter = StratifiedKFold(2, shuffle=True, random_state=0)
    train, test = next(splitter.split(X, y))
    model = HistGradientBoostingClassifier(
        categorical_features="from_dtype", random_state=0
    ).fit(X.iloc[train], y[train])
    proba = model.predict_proba(X.iloc[test])
    assert_allclose(ours["log_loss"], log_loss(y[test], proba), rtol=1e-9)


# Tables that cannot be used. In each: the file's name and text, and the message.

BAD = {
    "missing": ("no.csv", None, "There is no file .*no.csv.*check the path"),
    "extension": ("t.xlsx", b"x", "Cannot read 't.xlsx': convert it to .csv"),
    "empty": ("t.csv", b"", "t.csv is empty"),
    "blank": ("t.csv", b"\n\n", "t.csv is empty"),
    "no rows": ("t.csv", b"a,y\n", "t.csv has no rows"),
    "long row": ("t.csv", b"a,y\n1,2\n1,2,3\n", "line 3 has 3 fields .* header has 2"),
    "short row": ("t.csv", b"a,y\n1,2\n1\n", "line 3 has 1 field where"),
    "open quote": ("t.csv", b'a,y\n"1,2\n3,4\n', "t.csv is "),
    "latin-1": ("t.csv", "a,y\né,1\n".encode("latin1"), "not text in UTF-8.*0xe9"),
    "utf-16": ("t.csv", "a,y\n1,2\n".encode("utf-16-le"), "binary, not text"),
    "half of utf-16": ("t.csv", b"\xff\xfea", "not text in UTF-16, as its first"),
    "bytes": ("t.csv", bytes(range(256)) * 9, "not text in UTF-8"),
    "zeros": ("t.csv", b"a\0,y\n1,2\n", "binary, not text"),
    "parquet": ("t.parquet", b"PAR1 and more", "not a Parquet file"),
    "typo": ("t.csv", b"price,Colour\n1,2\n", "did you mean 'Colour'"),
    "unlike": ("t.csv", b"a,b\n1,2\n", "no column 'color'. It has 'a', 'b'"),
    "only target": ("t.csv", b"color\n1\n2\n", "no column besides the target 'color'"),
    "no targets": ("t.csv", b"a,color\n1,\n2,?\n", "no row with a value of 'color'"),
    "twice": ("t.csv", b"color,color,a\n1,2,3\n", "several columns 'color': rename"),
    "constant": ("t.csv", b"a,color\n1,2\n1,3\n", "besides 'color' has more than one"),
    "continuous": (
        "t.csv",
        b"a,color\n" + b"".join(b"1,%d.5\n" % i for i in range(50)),
        "'color' of t.csv looks continuous: 50 different numbers in 50 rows",
    ),
    "numbering": (
        "t.csv",
        b"a,color\n" + b"".join(b"1,%d\n" % i for i in range(50)),
        "'color' of t.csv looks continuous: 50",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_tables_that_cannot_be_used(case, tmp_path):
    name, content, message = BAD[case]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CompareError, match=message) as error:
        load_table(tmp_path / name, "color")
    assert "\n" not in str(error.value)


def test_directory_is_no_table(tmp_path):
    with pytest.raises(CompareError, match="is a directory: name a file"):
        load_table(tmp_path, "y")


def test_no_target_lists_the_columns(tmp_path):
    names = [f"c{i}" for i in range(20)]
    (tmp_path / "t.csv").write_text(",".join(names) + "\n" + ",".join("1" * 20) + "\n")
    with pytest.raises(CompareError, match="--target: 'c0', .*…, 'c18', 'c19'"):
        load_table(tmp_path / "t.csv", None)


@given(content=st.binary(max_size=60))
def test_any_bytes_make_a_table_or_a_clear_error(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "t.csv"
    path.write_bytes(b"a,y\n" + content)
    try:
        table = load_table(path, "y")
    except CompareError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
    else:
        assert len(table.X) == len(table.y)


PACKED = {
    ".csv": bytes,
    ".csv.gz": gzip.compress,
    ".csv.bz2": bz2.compress,
    ".csv.xz": lzma.compress,
}


def as_file(frame, name):
    if name.endswith(".zip"):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("t.csv", frame.to_csv(index=False))
        return file.getvalue()
    if "parquet" in name:
        content = frame.to_parquet()
        return gzip.compress(content) if name.endswith(".gz") else content
    return PACKED[name](frame.to_csv(index=False).encode())


@pytest.mark.parametrize("name", [*PACKED, ".zip", ".parquet", ".parquet.gz"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_damaged_file_is_a_table_or_a_clear_error(data, name, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / f"damaged{name}"
    path.write_bytes(data.draw(damaged(as_file(pets(60), name))))
    try:
        table = load_table(path, "pet")
    except CompareError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
    else:
        assert len(table.X) == len(table.y)


def test_text_in_parquet_that_is_none(tmp_path):
    """Arrow looks at text only where it is made strings of Python's."""
    content = bytearray(pets(60).to_parquet(compression=None))
    content[content.index(b"feathers") + 2] = 0xFF
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(CompareError, match="not a Parquet file that can be read"):
        load_table(tmp_path / "t.parquet", "pet")


def test_what_a_terminal_would_obey_is_shown_and_not_obeyed(tmp_path, capfd):
    rows = "1,\x1b[2Jk,a\n2,l,b\n" * 20
    path = tmp_path / "t.csv"
    path.write_text("\x1b[31mx,y\u202e,z\n" + rows, encoding="utf-8")
    for argv in (
        ["compare", path, "--target", "z", "--models", "logreg", "--cv", "2"],
        ["train", path, "--target", "y\u202e", "--out", tmp_path / "m"],
        ["compare", path, "--target", "nothing"],
    ):
        main([*map(str, argv)])
        shown = "".join(capfd.readouterr())
        assert shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert r"\x1b[31mx" in shown


def test_many_columns_and_long_fields(tmp_path):
    names = [f"c{i}" for i in range(2_000)]
    rows = [",".join([str(i % 3)] * 2_000) + f",{'kl'[i % 2]}" for i in range(6)]
    text = ",".join([*names, "y"]) + "\n" + "\n".join(rows) + "\n"
    (tmp_path / "wide.csv").write_text(text)
    assert load_table(tmp_path / "wide.csv", "y").X.shape == (6, 2_000)
    (tmp_path / "long.csv").write_text("a,y\n" + ("x" * 10**6 + ",k\nz,l\n") * 3)
    table = load_table(tmp_path / "long.csv", "y")
    assert max(map(len, table.X["a"])) == 10**6


def test_numbers_need_no_optional_package():
    # Hidden, not merely unused: scikit-learn imports some where it finds them.
    code = """
import sys

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name in ("pandas", "rich", "matplotlib", "pyarrow"):
            raise ModuleNotFoundError(name=name)

sys.meta_path.insert(0, Hide())
import skdeepnn.__main__
from skdeepnn.cli.compare import *
from skdeepnn.cli.models import *
from skdeepnn.cli.files import load_example

table = load_example()
print(next(compare(table.X, table.y, make_models(["logreg"])))["error"])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("None\n", "")
