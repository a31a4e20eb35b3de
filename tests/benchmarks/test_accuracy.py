"""benchmarks/accuracy.py on small tables."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

PATH = Path(__file__).parents[2] / "benchmarks" / "accuracy.py"
pytestmark = pytest.mark.skipif(
    not PATH.is_file(), reason="benchmarks are not installed"
)


@pytest.fixture(scope="module")
def accuracy():
    spec = importlib.util.spec_from_file_location("accuracy", PATH)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(PATH.parent)
        spec.loader.exec_module(module)
    yield module
    del sys.modules["summaries"], sys.modules["tabular"]


@pytest.fixture(scope="module")
def summaries(accuracy):
    return sys.modules["summaries"]


@pytest.fixture
def without_libraries(monkeypatch):
    """Take away what may or may not be installed."""
    monkeypatch.setitem(sys.modules, "catboost", None)
    monkeypatch.setitem(sys.modules, "lightgbm", None)


@pytest.fixture
def tables(tmp_path):
    X, y = load_iris(return_X_y=True)
    rows = [[*map(str, row), f"class{label}"] for row, label in zip(X, y, strict=True)]
    rows[0][0], rows[1][1], rows[149][4] = "?", "<null>", "rare"
    for i, row in enumerate(rows):
        row.insert(4, "ab"[i % 2])
    text = "\n".join([", ".join(row) for row in rows])
    (tmp_path / "iris.dat").write_text(f"@relation iris\n@data\n{text}\n")
    (tmp_path / "again.dat").write_text(text + "\n")
    return tmp_path


def results_of(method, table, folder="f", **scores):
    """Three rows, one a split."""
    row = {"method": method, "folder": folder, "data": table, **scores}
    return [{**row, "split": split} for split in range(3)]


SCORES = {"err": 0.1, "ll": 0.2, "t": 1, "n_test": 100}


def write(path, rows):
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    return path


def without_folder(rows):
    return [{k: v for k, v in row.items() if k != "folder"} for row in rows]


def test_loads_numbers_categories_and_gaps(accuracy, tables):
    X, y = accuracy.load(tables / "iris.dat")
    assert X.shape == (149, 5)  # the class of one row is left out
    assert [str(dtype) for dtype in X.dtypes] == ["float64"] * 4 + ["category"]
    assert X.isna().sum().tolist() == [1, 1, 0, 0, 0]
    assert np.bincount(y).tolist() == [50, 50, 49]


def test_runs_resumes_and_sums_up(accuracy, tables, capsys, monkeypatch):
    results = tables / "results.jsonl"
    args = ["--data", str(tables), "--results", str(results), "--tables", "again"]
    args += ["--methods", "lr"]
    assert accuracy.main(args) == 0
    rows = accuracy.read([results])
    assert [row["split"] for row in rows] == [0, 1, 2]
    assert {(row["folder"], row["data"]) for row in rows} == {(tables.name, "again")}
    assert all(0 <= row["err"] < 0.2 and 0 < row["ll"] < 1 for row in rows)
    assert all(0.9 < row["auc"] <= 1 for row in rows)

    def not_again(*args):
        raise AssertionError("it has been run")

    monkeypatch.setattr(accuracy, "score", not_again)
    worse = [
        {
            **row,
            "method": "mlp",
            "err": row["err"] + 0.1,
            "ll": 2 * row["ll"],
            "auc": 1 - 4 * max(1 - row["auc"], 0.01),
            "t": 1,
        }
        for row in rows
    ]
    peers = write(tables / "peers.jsonl", worse)
    capsys.readouterr()
    assert accuracy.main([*args, "--peers", str(peers)]) == 0
    out = capsys.readouterr().out
    line = next(line for line in out.splitlines() if line.split()[:2] == ["lr", "1"])
    assert line.split()[3] == "0.500"  # the ratio of the log losses
    assert 0 < float(line.split()[4]) <= 0.25  # that of what the AUROC leaves
    assert tables.name + ": ratio to mlp" in out
    assert "all together" not in out


class Broken:
    """Fails on every table, on one split only, or gives no probabilities."""

    def __init__(self, split=0, only=None):
        self.split, self.only = split, only

    def fit(self, X, y):
        if self.only in (None, self.split):
            raise ValueError("an [empty]\ncolumn")
        self.k = len(np.unique(y))

    def predict_proba(self, X):
        return np.full((len(X), self.k), 1 / self.k)


class NotFinite(Broken):
    def __init__(self):
        super().__init__(only=-1)

    def predict_proba(self, X):
        return super().predict_proba(X) * np.nan


def test_a_failing_method_is_recorded_and_the_run_goes_on(
    accuracy, summaries, tables, capsys, monkeypatch, without_libraries
):
    monkeypatch.setitem(accuracy.MODELS, "hgb", lambda split: Broken())
    monkeypatch.setitem(accuracy.MODELS, "mlp", lambda split: Broken(split, only=1))
    monkeypatch.setitem(accuracy.MODELS, "skdeepnn", lambda split: NotFinite())
    results = tables / "results.jsonl"
    args = ["--data", str(tables), "--results", str(results), "--tables", "again"]
    assert accuracy.main(args) == 0
    out = " ".join(capsys.readouterr().out.split())
    rows = accuracy.read([results])
    assert len(rows) == 12
    errors = {
        method: [row.get("error") for row in rows if row["method"] == method]
        for method in ("skdeepnn", "mlp", "lr", "hgb")
    }
    message = "ValueError: an [empty] column"
    assert errors["lr"] == [None] * 3
    assert errors["hgb"] == [message] * 3
    assert errors["mlp"] == [None, message, None]
    assert errors["skdeepnn"] == ["ValueError: probabilities that are not finite"] * 3
    again = f"{tables.name}/again"
    assert f"hgb failed on {again}, in 3 of 3 splits, and has no part in the" in out
    assert f"mlp failed on {again}, in 1 of 3 splits" in out
    assert message in out
    assert set(summaries.by_table(rows, "err")["lr"]) == {(tables.name, "again")}
    assert summaries.by_table(rows, "err").get("mlp") == {}
    before = results.read_bytes()
    assert accuracy.main(args) == 0  # nothing is run again
    assert results.read_bytes() == before


def test_means_leave_out_the_table_of_a_failure(summaries):
    rows = results_of("mlp", "a", **SCORES) + results_of("mlp", "b", **SCORES)
    rows += results_of("hgb", "a", **SCORES) + results_of("hgb", "b", error="E: e")
    rows += results_of("lr", "a", error="E: e")
    table = summaries.summary(rows, ["mlp", "hgb", "lr"], "f")
    assert list(table.columns[1].cells) == ["2", "1", "0"]
    grid = summaries.table_of_tables(rows, ["lr", "hgb"], "f")
    assert list(grid.columns[0].cells) == ["a", "b"]


def test_means_of_tables_without_some_scores(summaries):
    rows = results_of("mlp", "a", **SCORES, auc=0.9, ece=0.02)
    rows += results_of("mlp", "b", **SCORES)
    rows += results_of("hgb", "a", **SCORES, auc=0.8, ece=0.04)
    rows += results_of("hgb", "b", **SCORES, auc=0.7, ece=0.08)
    rows += results_of("lr", "a", **SCORES) + results_of("lr", "b", **SCORES)
    table = summaries.summary(rows, ["mlp", "hgb", "lr"], "f")
    cells = {str(column.header): list(column.cells) for column in table.columns}
    assert cells["tables"] == ["2", "2", "2"]
    assert cells["1 - AUROC"] == ["1.000 (1)", "2.000 (1)", "-"]
    assert cells["calibration error"] == ["0.0200 (1)", "0.0600", "-"]


def test_next_to_no_area_left_counts_like_next_to_no_error(summaries):
    rows = results_of("mlp", "a", **SCORES, auc=0.999)
    rows += results_of("hgb", "a", **SCORES, auc=0.99)
    table = summaries.summary(rows, ["hgb"], "f")
    assert "2.000" in [list(column.cells)[0] for column in table.columns]


def test_a_table_that_cannot_be_loaded(accuracy, tables, capsys):
    (tables / "aaa.dat").write_bytes(b"\xff\xfe,1\n")
    args = ["--data", str(tables), "--results", str(tables / "r"), "--methods", "lr"]
    assert accuracy.main([*args, "--tables", "aaa", "again"]) == 0
    out = capsys.readouterr().out
    assert f"lr failed on {tables.name}/aaa, in 3 of 3" in " ".join(out.split())


@pytest.mark.parametrize(
    "error, rivals, expected",
    [
        (0.14, {"mlp": 0.1}, 4),
        (0.14, {"catboost": 0.1, "mlp": 0.2}, 4),
        (0.14, {"catboost": 0.2, "mlp": 0.1}, 4),
        (0.14, {"hgb": 0.1}, None),
        (0.13, {"mlp": 0.1}, None),  # three rows, not more
        (0.4, {"mlp": 0.35}, None),  # five rows, but 1.14 times
        (0.04, {"mlp": 0.0}, 4),
    ],
)
def test_setbacks(summaries, error, rivals, expected):
    rows = results_of("skdeepnn", "t", err=error, n_test=100)
    for rival, rivals_error in rivals.items():
        rows += results_of(rival, "t", err=rivals_error)
    found = summaries.setbacks(rows)
    if expected is None:
        assert found == []
    else:
        assert found[0].table == ("f", "t")
        assert found[0].n_lost == expected


def test_setbacks_are_printed_with_their_numbers(summaries, capsys):
    rows = results_of("skdeepnn", "t", err=0.14, ll=0.3, t=1, n_test=100)
    rows += results_of("mlp", "t", **SCORES)
    rows += results_of("skdeepnn", "u", "g", err=0.1, ll=0.3, t=1, n_test=100)
    rows += results_of("catboost", "u", "g", err=0.0, ll=0.3, t=1)
    summaries.show(rows, ["skdeepnn", "mlp", "catboost"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    u = ["g/u", "100", "0.1000", "-", "0.0000", "inf", "10.0"]
    t = ["f/t", "100", "0.1400", "0.1000", "-", "1.40", "4.0"]
    assert lines[-2:] == [u, t]
    summaries.show(results_of("skdeepnn", "t", **SCORES) + rows[3:6], ["skdeepnn"])
    assert capsys.readouterr().out.rstrip().endswith("test rows, on: none")


def test_area_under_roc(accuracy):
    y = np.array([0, 0, 1, 1])
    scores = np.array([0.1, 0.4, 0.3, 0.9])  # one of four pairs the wrong way round
    assert accuracy.area_under_roc(np.c_[1 - scores, scores], y) == 0.75
    # One class of three is not in the test part; the others are in the right order
    proba = np.array([[0.5, 0.2, 0.3], [0.4, 0.2, 0.4], [0.2, 0.4, 0.4]])
    assert accuracy.area_under_roc(proba, np.array([0, 0, 1])) == 1


def test_calibration_error(accuracy):
    proba = np.array([[0.8, 0.2]] * 10)
    assert accuracy.calibration_error(proba, np.array([0] * 8 + [1] * 2)) < 1e-12
    assert accuracy.calibration_error(proba, np.ones(10, int)) == pytest.approx(0.8)


@pytest.fixture
def folders(tables):
    """Two folders with a table of the same name, and one more in the second."""
    for folder, names in [("one", ["same"]), ("two", ["same", "other"])]:
        (tables / folder).mkdir()
        for name in names:
            text = (tables / "again.dat").read_text()
            (tables / folder / f"{name}.dat").write_text(text)
    return [tables / "one", tables / "two"]


def test_folders_are_summed_up_by_themselves_and_together(
    accuracy, folders, capsys, monkeypatch
):
    errors = iter([0.1] * 3 + [0.2] * 3 + [0.4] * 3)  # other, in two, comes first
    monkeypatch.setattr(
        accuracy, "score", lambda *args: {**SCORES, "err": next(errors)}
    )
    results = folders[0].parent / "results"
    args = ["--data", *map(str, folders), "--results", str(results)]
    args += ["--methods", "skdeepnn"]
    peers = [
        write(results.with_suffix(f".{name}"), results_of("mlp", *table, **SCORES))
        for name, table in enumerate(
            [("same", "one"), ("same", "two"), ("other", "two")]
        )
    ]
    peers.append(write(results.with_suffix(".hgb"), results_of("hgb", "same", "two")))
    assert accuracy.main([*args, "--peers", *map(str, peers)]) == 0
    out = capsys.readouterr().out
    means = [line.split() for line in out.splitlines() if line.startswith(" skdeepnn ")]
    # 0.1 in one; 0.2 and 0.4 in two
    assert [line[1:3] for line in means] == [
        ["1", "1.000"],
        ["2", "2.828"],
        ["3", "2.000"],
    ]
    order = [
        "one: test",
        "one: ratio",
        "two: test",
        "two: ratio",
        "all together: ratio",
    ]
    assert sorted(order, key=out.index) == order
    assert "hgb" not in out[: out.index(order[2])]  # which was not run in one
    assert "hgb" in out[out.index(order[2]) :]
    before = results.read_bytes()
    assert accuracy.main(args) == 0  # nothing is run again
    assert results.read_bytes() == before


def test_rows_without_a_folder(accuracy, folders, capsys):
    rows = without_folder(
        results_of("mlp", "same", **SCORES)
        + results_of("mlp", "other", **SCORES)
        + results_of("mlp", "nowhere", **SCORES)
    )
    both = accuracy.find(folders)
    found, unclear = accuracy.of_tables(rows, both)
    assert {(row["folder"], row["data"]) for row in found} == {("two", "other")}
    assert len(found) == 3
    assert unclear == ["same"]
    found, unclear = accuracy.of_tables(rows, accuracy.find(folders[:1]))
    assert {(row["folder"], row["data"]) for row in found} == {("one", "same")}
    assert unclear == []
    elsewhere = results_of("mlp", "same", "three", **SCORES)
    assert accuracy.of_tables(elsewhere, both) == ([], [])


def test_unclear_rows_are_named(accuracy, folders, capsys, monkeypatch):
    monkeypatch.setattr(accuracy, "score", lambda *args: SCORES)
    peers = write(
        folders[0].parent / "peers",
        without_folder(results_of("mlp", "same", **SCORES)),
    )
    args = ["--methods", "lr", "--results", str(peers.with_name("r"))]
    args += ["--peers", str(peers), "--data", str(folders[0])]
    assert accuracy.main(args) == 0
    assert "left out" not in capsys.readouterr().out
    assert accuracy.main([*args, str(folders[1])]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("left out")
    assert last.endswith(": same")


def test_the_first_result_of_a_fit_counts(accuracy, tables):
    first = results_of("cat", "iris", tables.name, err=0.1)
    second = results_of("catboost", "iris", tables.name, err=0.2)
    paths = [write(tables / "a", first), write(tables / "b", second)]
    rows, _ = accuracy.of_tables(accuracy.read(paths), accuracy.find([tables]))
    assert [row["err"] for row in rows] == [0.1] * 3
    assert {row["method"] for row in rows} == {"catboost"}


def with_gaps(n_rows=900):
    """Labels that only the categories tell; one class is where these are missing."""
    y = np.arange(n_rows) % 3
    X = pd.DataFrame({"x0": np.arange(n_rows) // 3 % 4 * 1.0})
    X["x1"] = pd.Series(np.array(["b", None, "a"], object)[y]).astype("category")
    X.loc[::7, "x0"] = np.nan
    return X, y


@pytest.mark.parametrize("method", ["catboost", "lightgbm"])
def test_libraries_get_categories_as_such(
    accuracy, method, capfd, monkeypatch, tmp_path
):
    pytest.importorskip(method)
    monkeypatch.chdir(tmp_path)
    X, y = with_gaps()
    before = X.copy()
    model = accuracy.MODELS[method](1)
    assert accuracy.score(model, X, y, 0)["err"] == 0
    if method == "catboost":
        assert model.model.get_cat_feature_indices() == [1]
        params = model.model.get_params()
        assert (params["random_seed"], params["thread_count"]) == (1, 1)
    else:
        assert model.booster_.pandas_categorical == [["a", "b"]]
        assert (model.random_state, model.n_jobs) == (1, 1)
    assert X.equals(before)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("method", ["catboost", "lightgbm"])
def test_libraries_that_are_not_installed(
    accuracy, tables, method, capsys, without_libraries, monkeypatch
):
    args = ["--data", str(tables), "--results", str(tables / "r"), "--tables", "iris"]
    with pytest.raises(SystemExit):
        accuracy.main([*args, "--methods", "lr", method])
    message = f'{method} is not installed: pip install "skdeepnn[bench]"'
    assert message in capsys.readouterr().err
    assert not (tables / "r").exists()
    monkeypatch.setattr(accuracy, "score", lambda *args: SCORES)
    assert accuracy.main(args) == 0
    run = {row["method"] for row in accuracy.read([tables / "r"])}
    assert run == {"skdeepnn", "mlp", "lr", "hgb"}


def test_libraries_run_by_default_where_they_are_installed(accuracy, tables):
    pytest.importorskip("catboost")
    pytest.importorskip("lightgbm")
    assert accuracy.arguments(["--data", str(tables)]).methods == list(accuracy.MODELS)


def test_a_folder_without_tables(accuracy, tables, capsys):
    (tables / "empty").mkdir()
    with pytest.raises(SystemExit):
        accuracy.main(["--data", str(tables), str(tables / "empty")])
    assert "empty has no tables" in capsys.readouterr().err


def test_folders_of_the_same_name(accuracy, folders, capsys):
    with pytest.raises(SystemExit):
        accuracy.main(["--data", str(folders[0]), str(folders[1] / ".." / "one")])
    assert "folders need names of their own" in capsys.readouterr().err


def test_peers_that_are_not_there(accuracy, tables, capsys):
    with pytest.raises(SystemExit):
        accuracy.main(["--data", str(tables), "--peers", str(tables / "nothing")])
    assert "nothing is not a file" in capsys.readouterr().err
