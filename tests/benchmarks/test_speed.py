import importlib.util
import json
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "speed.py"
pytestmark = [
    pytest.mark.skipif(not PATH.is_file(), reason="benchmarks are not installed"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.fixture(scope="module")
def speed():
    pytest.importorskip("threadpoolctl")
    spec = importlib.util.spec_from_file_location("speed", PATH)
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(PATH.parent)
        spec.loader.exec_module(module)
    yield module
    for name in ("contenders", "regressions", "shapes", "timing"):
        del sys.modules[name]


@pytest.fixture
def regressions(speed):
    return sys.modules["regressions"]


@pytest.fixture(params=["with PyTorch", "without PyTorch"])
def has_torch(request, monkeypatch):
    if request.param == "with PyTorch":
        pytest.importorskip("torch")
        return True
    monkeypatch.setitem(sys.modules, "torch", None)
    return False


ROWS = ["moons", "breast cancer", "digits sgd", "digits logistic", "stack", "stream"]


def test_training_table(speed, capsys, has_torch):
    assert speed.main(["--quick", "--repeats", "1", "--row", *ROWS, "lbfgs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 110
    assert any(line.startswith("PyTorch is not") for line in lines) == (not has_torch)
    named = [line for line in lines if line.startswith((*ROWS, "lbfgs"))]
    assert len(named) == len(ROWS) + 1
    # "-" stands where there is nothing to compare with
    assert sum("-" in line.split() for line in named) == (1 if has_torch else 7)
    means = lines[-1].split()
    assert means[2:][2::3] == ["7", "6", "6" if has_torch else "0", "6"]


def test_other_tables(speed, regressions, capsys, monkeypatch, tmp_path):
    small = {"small": partial(speed.made, 300, 6, 2)}
    monkeypatch.setattr(regressions, "REGRESSIONS", small)
    monkeypatch.setattr(sys.modules["shapes"], "SHAPES", [(64, 4), (90, 400)])
    parts = ["logistic", "shapes", "predict", "growth", "memory"]
    path = tmp_path / "speed.json"
    arguments = ["--quick", "--repeats", "1", "--row", *parts, "--json", str(path)]
    assert speed.main(arguments) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 110
    results = json.loads(path.read_text())
    assert set(results) == {"threads", "repeats", *parts}
    assert np.abs(results["logistic"]["small, to 1e-06"]["gaps"]).max() <= 1e-6
    assert set(results["shapes"]) == {"64 x 4", "90 x 300"}
    assert max(results["shapes"]["64 x 4"]["errors"]) < 0.2


def test_all_train_for_as_long(speed, has_torch):
    row = speed.quick_row(speed.ROWS["digits"], most=100)
    functions = speed.contenders(row, *row.load(most=100))
    assert ("torch" in functions) == has_torch
    names = ["ours", "theirs", "ours 32", "theirs 32"]
    losses = {name: functions[name]().loss_ for name in names}
    if has_torch:
        losses["torch"] = functions["torch"]()[1]
    assert all(functions[name].args[0].n_iter_ == 2 for name in names)
    # The same networks, from other initial weights in PyTorch
    np.testing.assert_allclose(list(losses.values()), losses["ours"], rtol=0.25)


def test_rounds_alternate_and_the_first_is_left_out(speed):
    calls = []
    functions = {name: partial(calls.append, name) for name in "ab"}
    seconds = speed.alternate(functions, repeats=2)
    assert calls == ["a", "b"] * 3
    assert [len(values) for values in seconds.values()] == [2, 2]


def test_fewest_iterations(regressions, iris):
    best = regressions.optimum(*iris)
    for make in (regressions.LogisticRegressionNN, regressions.LogisticRegression):
        n = regressions.fewest_iterations(make, *iris, best)
        gaps = [
            regressions.gap(partial(make, max_iter=i, tol=0), *iris, best)
            for i in (n - 1, n)
        ]
        assert gaps[1] <= regressions.TARGET < gaps[0]


def test_sparse_texts(regressions):
    X, y = regressions.REGRESSIONS["sparse text, 20 classes"](most=100)
    assert X.shape == (100, 5_000)
    assert len(set(y)) == 20
    np.testing.assert_allclose(X.multiply(X).sum(axis=1), 1)
    best = regressions.optimum(X, y)
    assert abs(regressions.gap(regressions.LogisticRegressionNN, X, y, best)) <= 1e-4


@pytest.mark.parametrize(
    "value, text", [(0.5, "0.50"), (12.34, "12.3"), (123.4, "123"), (-0.1, "-0.10")]
)
def test_spread(speed, value, text):
    assert speed.with_spread([value]) == f"{text} ({text}-{text})"


def test_matrix_products_are_those_of_backpropagation(speed):
    """Layer by layer, with the first layer's input left alone."""
    rng = np.random.default_rng(0)
    sizes = [4, 3, 2]
    coefs = [rng.normal(size=shape) for shape in zip(sizes, sizes[1:], strict=False)]
    outputs, deltas = (
        [rng.normal(size=(5, size)) for size in sizes[1:]] for _ in range(2)
    )
    gradients = [np.empty_like(coef) for coef in coefs]
    X = rng.normal(size=(5, 4))
    products = sys.modules["contenders"]._batch_products
    products(X, coefs, gradients, outputs, deltas)
    np.testing.assert_allclose(outputs[1], X @ coefs[0] @ coefs[1])
    np.testing.assert_allclose(gradients[0], X.T @ (deltas[1] @ coefs[1].T))
    np.testing.assert_allclose(gradients[1], (X @ coefs[0]).T @ deltas[1])
