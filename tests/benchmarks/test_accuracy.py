"""benchmarks/accuracy.py on small tables."""

import importlib.util
import json
from pathlib import Path

import numpy as np
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
    spec.loader.exec_module(module)
    return module


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
    rows = accuracy.read(results)
    assert [row["split"] for row in rows] == [0, 1, 2]
    assert all(0 <= row["err"] < 0.2 and 0 < row["ll"] < 1 for row in rows)

    def not_again(*args):
        raise AssertionError("it has been run")

    monkeypatch.setattr(accuracy, "score", not_again)
    peers = tables / "peers.jsonl"
    worse = [
        {**row, "method": "mlp", "err": row["err"] + 0.1, "ll": 2 * row["ll"], "t": 1}
        for row in rows
    ]
    peers.write_text("\n".join(map(json.dumps, worse)) + "\n")
    capsys.readouterr()
    assert accuracy.main([*args, "--peers", str(peers)]) == 0
    out = capsys.readouterr().out
    assert "again" in out
    assert "0.500" in out  # the ratio of the log losses


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
    accuracy, tables, capsys, monkeypatch
):
    monkeypatch.setitem(accuracy.MODELS, "hgb", lambda split: Broken())
    monkeypatch.setitem(accuracy.MODELS, "mlp", lambda split: Broken(split, only=1))
    monkeypatch.setitem(accuracy.MODELS, "skdeepnn", lambda split: NotFinite())
    results = tables / "results.jsonl"
    args = ["--data", str(tables), "--results", str(results), "--tables", "again"]
    assert accuracy.main(args) == 0
    out = " ".join(capsys.readouterr().out.split())
    rows = accuracy.read(results)
    assert len(rows) == 12
    errors = {
        method: [row.get("error") for row in rows if row["method"] == method]
        for method in accuracy.MODELS
    }
    message = "ValueError: an [empty] column"
    assert errors["lr"] == [None] * 3
    assert errors["hgb"] == [message] * 3
    assert errors["mlp"] == [None, message, None]
    assert errors["skdeepnn"] == ["ValueError: probabilities that are not finite"] * 3
    assert "hgb failed on again, in 3 of 3 splits, and has no part in the means" in out
    assert "mlp failed on again, in 1 of 3 splits" in out
    assert message in out
    assert set(accuracy.by_table(rows, "err")["lr"]) == {"again"}
    assert accuracy.by_table(rows, "err").get("mlp") == {}
    before = results.read_bytes()
    assert accuracy.main(args) == 0  # nothing is run again
    assert results.read_bytes() == before


def test_means_leave_out_the_table_of_a_failure(accuracy, capsys):
    def rows(method, table, **scores):
        scores = scores or {"err": 0.1, "ll": 0.2, "t": 1, "ece": 0.0, "n_test": 9}
        return [
            {"method": method, "data": table, "split": i, **scores} for i in range(3)
        ]

    some = rows("mlp", "a") + rows("mlp", "b") + rows("hgb", "a")
    some += rows("hgb", "b", error="E: e") + rows("lr", "a", error="E: e")
    table = accuracy.summary(some, ["mlp", "hgb", "lr"])
    assert list(table.columns[1].cells) == ["2", "1", "0"]
    assert list(accuracy.table_of_tables(some, ["lr", "hgb"]).columns[0].cells) == [
        "a",
        "b",
    ]


def test_a_table_that_cannot_be_loaded(accuracy, tables, capsys):
    (tables / "aaa.dat").write_bytes(b"\xff\xfe,1\n")
    args = ["--data", str(tables), "--results", str(tables / "r"), "--methods", "lr"]
    assert accuracy.main([*args, "--tables", "aaa", "again"]) == 0
    out = capsys.readouterr().out
    assert "lr failed on aaa, in 3 of 3 splits" in " ".join(out.split())


def test_setbacks(accuracy):
    def rows(method, error):
        return [
            {"method": method, "data": "t", "split": i, "err": error, "n_test": 100}
            for i in range(3)
        ]

    for error, expected in [(0.14, ["t"]), (0.111, []), (0.12, [])]:
        both = rows("skdeepnn", error) + rows("mlp", 0.1)
        assert accuracy.setbacks(both) == expected


def test_calibration_error(accuracy):
    proba = np.array([[0.8, 0.2]] * 10)
    assert accuracy.calibration_error(proba, np.array([0] * 8 + [1] * 2)) < 1e-12
    assert accuracy.calibration_error(proba, np.ones(10, int)) == pytest.approx(0.8)


def test_a_folder_without_tables(accuracy, tmp_path, capsys):
    with pytest.raises(SystemExit):
        accuracy.main(["--data", str(tmp_path)])
    assert "no tables" in capsys.readouterr().err
