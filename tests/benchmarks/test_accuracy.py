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
