import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "reproduce.py"
pytestmark = [
    pytest.mark.skipif(not PATH.is_file(), reason="benchmarks are not installed"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.fixture(scope="module")
def reproduce():
    spec = importlib.util.spec_from_file_location("reproduce", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check(rows):
    """All that was promised is met."""
    verdicts = [row.ok for row in rows if row.ok is not None]
    assert verdicts
    assert all(verdicts), rows


def test_truth_table(reproduce):
    rows, ((_, clf, X, y),) = reproduce.truth_table()
    check(rows)
    np.testing.assert_allclose(clf.predict_proba(X)[:, 1], y, rtol=0, atol=0.04)
    assert np.all(np.diff(clf.history_["loss"]) < 0)
    assert not any(layer.intercept.any() for layer in clf.layers_)
    assert clf.n_iter_ == 1500


@pytest.mark.parametrize("seed", [1, 2])
def test_truth_table_learning_rate_is_that_of_the_sum_of_squares(reproduce, seed):
    """One step of ours is one of the write-up, computed as it writes it."""
    _, ((_, clf, X, y),) = reproduce.truth_table()
    clf.set_params(max_iter=1, random_state=seed, verbose=False).fit(X, y)
    rng = np.random.RandomState(seed)
    first, second = rng.uniform(size=(3, 4)), rng.uniform(size=(4, 1))
    hidden = 1 / (1 + np.exp(-X @ first))
    output = 1 / (1 + np.exp(-hidden @ second))
    delta = 2 * (y[:, np.newaxis] - output) * output * (1 - output)
    back = delta @ second.T * hidden * (1 - hidden)
    np.testing.assert_allclose(clf.coefs_[0], first + X.T @ back, rtol=1e-12)
    np.testing.assert_allclose(clf.coefs_[1], second + hidden.T @ delta, rtol=1e-12)


def test_flower(reproduce):
    rows, runs = reproduce.flower(hidden=(4,))
    check(rows)
    (_, linear, X, y), (_, clf, _, _) = runs
    assert linear.score(X, y) == 0.47
    assert clf.score(X, y) >= 0.90
    # Printed in the course's exercise, for the same seed
    assert clf.history_["loss"][0] == pytest.approx(0.693048, abs=5e-7)
    assert clf.history_["loss"][1000] == pytest.approx(0.288083, abs=5e-7)


@pytest.mark.skipif(
    "SKDEEPNN_DATA" not in os.environ, reason="SKDEEPNN_DATA is not set: no cat images"
)
def test_cats_logistic(reproduce):
    pytest.importorskip("h5py")
    data = reproduce.load_cats()
    rows, ((_, clf, X, y),) = reproduce.cats_logistic(*data)
    check(rows)
    np.testing.assert_allclose(
        clf.history_["loss"][::500],
        [0.693147, 0.303273, 0.214820, 0.166521, 0.135608],
        rtol=0,
        atol=5e-7,
    )
    assert round(clf.score(X, y), 6) == 0.990431
    assert clf.score(data[1], data[3]) == 0.70


def test_a_missing_data_directory_is_no_success(reproduce, monkeypatch, capsys):
    monkeypatch.delenv("SKDEEPNN_DATA", raising=False)
    assert reproduce.main(["--case", "cats-logistic", "cats-network"]) == 3
    output = capsys.readouterr().out
    assert output.count("not run: set SKDEEPNN_DATA") == 2
    assert "0 met, 0 missed, 2 cases not run: cats-logistic, cats-network" in output


@pytest.mark.parametrize(
    "measured, status, verdict",
    [(0.5, 0, "1 met, 0 missed"), (0.25, 1, "MISSED"), (np.nan, 1, "MISSED")],
)
def test_exit_status(reproduce, monkeypatch, capsys, measured, status, verdict):
    def case():
        """Made up."""
        rows = [
            reproduce.equal("a figure", 0.5, np.float64(measured)),
            reproduce.Row("an aside", "shown", "1"),
        ]
        return rows, []

    monkeypatch.setitem(reproduce.CASES, "flower", case)
    assert reproduce.main(["--case", "flower"]) == status
    assert verdict in capsys.readouterr().out


def test_checks(reproduce):
    assert reproduce.equal("", 0.303273, 0.3032734).ok
    assert not reproduce.equal("", 0.303273, 0.3032736).ok
    assert reproduce.at_least("", 0.9, 0.9).ok
    assert not reproduce.at_least("", 0.9, 0.8999).ok
    assert not reproduce.at_least("", 0.9, np.nan).ok
    assert not reproduce.holds("", False).ok


def test_plots(reproduce, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    status = reproduce.main(["--case", "truth-table", "--plot", str(tmp_path)])
    assert status == 0
    assert (tmp_path / "truth-table.png").stat().st_size > 1000
    # k = 500: every 500th iteration printed its loss
    assert capsys.readouterr().out.count(", loss = ") == 3


def test_boundaries(reproduce, tmp_path):
    mpl = pytest.importorskip("matplotlib")
    mpl.use("Agg")
    X, y = reproduce.make_flower(100)
    clf = reproduce.LogisticRegressionNN().fit(X, y)
    runs = [reproduce.Run("one", clf, X, y), reproduce.Run("two", clf, X, y)]
    reproduce.draw("Flower", runs, tmp_path / "flower.png")
    assert (tmp_path / "flower.png").stat().st_size > 1000
