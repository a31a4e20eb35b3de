import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar

from skdeepnn.fitting.calibration import Calibration, fit_calibration, fit_weights
from skdeepnn.nn.ensemble import Ensemble
from skdeepnn.nn.losses import BinaryCrossEntropy, CategoricalCrossEntropy, softmax
from skdeepnn.nn.network import Network


def fit_temperature(logits, *args, **kwargs):
    """The inverse weight of a single part."""
    return 1 / fit_weights(logits[np.newaxis], *args, **kwargs)[0]


def draw(seed, n_outputs, true_temperature):
    """Logits that are right when divided by that temperature, and labels from them."""
    rng = np.random.RandomState(seed)
    logits = 3 * rng.randn(2000, n_outputs)
    honest = logits / true_temperature
    if n_outputs == 1:
        proba = 1 / (1 + np.exp(-honest))
        return logits, (rng.rand(2000, 1) < proba).astype(float)
    proba = softmax(honest)
    labels = (proba.cumsum(axis=1) < rng.rand(2000, 1)).sum(axis=1)
    return logits, np.eye(n_outputs)[labels]


@pytest.mark.parametrize("n_outputs", [1, 4])
@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 3.0])
def test_finds_the_temperature_that_data_were_made_with(n_outputs, true_temperature):
    logits, targets = draw(0, n_outputs, true_temperature)
    link = "logistic" if n_outputs == 1 else "softmax"
    found = fit_temperature(logits, targets, None, link)
    assert found == pytest.approx(true_temperature, rel=0.15)


@settings(max_examples=25)
@given(
    seed=st.integers(0, 99),
    n_outputs=st.sampled_from([1, 2, 5]),
    temperature=st.floats(0.3, 5),
)
def test_no_other_temperature_has_a_lower_loss(seed, n_outputs, temperature):
    logits, targets = draw(seed, n_outputs, temperature)
    weight = np.random.RandomState(seed).randint(3, size=2000).astype(float)
    link = "logistic" if n_outputs == 1 else "softmax"
    loss = BinaryCrossEntropy() if n_outputs == 1 else CategoricalCrossEntropy()

    def value(log_temperature):
        return loss.value(logits / np.exp(log_temperature), platts, weight)

    center = 0.5 if n_outputs == 1 else 1 / n_outputs
    platts = targets + (center - targets) / 2002
    best = minimize_scalar(value, bounds=(-3, 3), options={"xatol": 1e-9}).fun
    found = fit_temperature(logits, targets, weight, link, n_iter=30)
    assert value(np.log(found)) <= best * (1 + 1e-9)


@pytest.mark.parametrize("n_samples", [10, 1000])
def test_right_on_all_rows_is_no_certainty(n_samples):
    targets = np.array([[1.0], [0.0]] * (n_samples // 2))
    found = fit_temperature(2 * targets - 1, targets, None, "logistic", n_iter=50)
    certainty = 1 / (1 + np.exp(-1 / found))
    assert certainty == pytest.approx(1 - 0.5 / (n_samples + 2), rel=1e-6)


def test_hopeless_predictions_stay_in_bounds():
    targets = np.array([[1.0], [0.0]] * 5)
    found = fit_temperature(1 - 2 * targets, targets, None, "logistic", n_iter=50)
    assert found == pytest.approx(20.0)


def test_weights_are_copies():
    logits, targets = draw(1, 3, 2.0)
    weight = np.random.RandomState(0).randint(3, size=2000)
    weighted = fit_temperature(logits, targets, weight.astype(float), "softmax")
    copies = np.repeat(np.arange(2000), weight)
    expected = fit_temperature(logits[copies], targets[copies], None, "softmax")
    assert weighted == pytest.approx(expected, rel=1e-3)


def draw_parts(seed, n_outputs, sizes=(1.0, 0.5, 0.0)):
    """Logits of parts, of which some tell more than others, and labels from them."""
    rng = np.random.RandomState(seed)
    parts = rng.randn(len(sizes), 1500, n_outputs)
    honest = np.tensordot(sizes, parts, 1)
    if n_outputs == 1:
        return parts, (rng.rand(1500, 1) < 1 / (1 + np.exp(-honest))).astype(float)
    labels = (softmax(honest).cumsum(axis=1) < rng.rand(1500, 1)).sum(axis=1)
    return parts, np.eye(n_outputs)[labels]


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_finds_the_weights_that_data_were_made_with(n_outputs):
    parts, targets = draw_parts(0, n_outputs)
    link = "logistic" if n_outputs == 1 else "softmax"
    found = fit_weights(parts, targets, None, link, n_iter=30)
    np.testing.assert_allclose(found, [1.0, 0.5, 0.0], atol=0.15)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 99),
    n_outputs=st.sampled_from([1, 2, 5]),
    sizes=st.lists(st.floats(0, 2), min_size=1, max_size=3).filter(
        lambda sizes: sum(sizes) > 0.5
    ),
)
def test_no_other_weights_have_a_lower_loss(seed, n_outputs, sizes):
    parts, targets = draw_parts(seed, n_outputs, sizes)
    weight = np.random.RandomState(seed).randint(3, size=1500).astype(float)
    link = "logistic" if n_outputs == 1 else "softmax"
    loss = BinaryCrossEntropy() if n_outputs == 1 else CategoricalCrossEntropy()
    center = 0.5 if n_outputs == 1 else 1 / n_outputs
    platts = targets + (center - targets) / 1502

    def value(weights):
        uneven = 3 / 1500 * ((weights - weights.mean()) ** 2).sum()
        return loss.value(np.tensordot(weights, parts, 1), platts, weight) + uneven

    bounds = [(0, None)] * len(sizes)
    best = minimize(value, np.full(len(sizes), 0.5), bounds=bounds, tol=1e-12).fun
    found = fit_weights(parts, targets, weight, link, n_iter=50)
    assert (found >= 0).all()
    assert value(found) <= best + 1e-7


@pytest.mark.parametrize("n_outputs", [1, 4])
def test_outputs_get_back_what_was_taken_from_them(n_outputs):
    """Factors and intercepts that undo a distortion of each output."""
    rng = np.random.RandomState(0)
    link = "logistic" if n_outputs == 1 else "softmax"
    honest = 2 * rng.randn(20_000, n_outputs)
    if n_outputs == 1:
        targets = (rng.rand(20_000, 1) < 1 / (1 + np.exp(-honest))).astype(float)
    else:
        honest -= honest.mean(axis=1, keepdims=True)
        labels = (softmax(honest).cumsum(axis=1) < rng.rand(20_000, 1)).sum(axis=1)
        targets = np.eye(n_outputs)[labels]
    shift = np.linspace(-1, 1, n_outputs) if n_outputs > 1 else np.ones(1)
    distorted = honest[np.newaxis] - shift
    found = fit_calibration(distorted, targets, None, link)
    restored = found.apply(distorted)
    np.testing.assert_allclose(restored, honest, rtol=0.1, atol=0.2)
    assert found.temperature == pytest.approx(1, abs=0.1)


def test_outputs_that_were_mixed_are_told_apart_again():
    rng = np.random.RandomState(0)
    honest = 2 * rng.randn(20_000, 3)
    honest -= honest.mean(axis=1, keepdims=True)
    labels = (softmax(honest).cumsum(axis=1) < rng.rand(20_000, 1)).sum(axis=1)
    mixed = (honest @ [[1.0, 0.3, 0.0], [0.0, 1.0, 0.3], [0.3, 0.0, 1.0]])[np.newaxis]
    found = fit_calibration(mixed, np.eye(3)[labels], None, "softmax")
    np.testing.assert_allclose(found.apply(mixed), honest, rtol=0.1, atol=0.2)


def test_without_intercepts_zero_stays_zero():
    parts, targets = draw_parts(0, 3)
    found = fit_calibration(parts, targets, None, "softmax", has_intercept=False)
    assert not found.intercepts.any()
    assert not found.apply(np.zeros((3, 1, 3))).any()


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_folded_into_a_network_a_calibration_does_the_same(n_outputs):
    rng = np.random.RandomState(0)
    parts = [Network([n, 5, n_outputs], n_members=2) for n in (2, 3)]
    ensemble = Ensemble(parts, [np.array([0, 1]), np.array([1, 2, 3])], ["a", "b"])
    ensemble.initialize([np.random.RandomState(i) for i in range(4)])
    X, link = rng.randn(50, 4), "logistic" if n_outputs == 1 else "softmax"
    logits = [p.logits(x) for p, x in zip(parts, ensemble.inputs(X), strict=True)]
    matrix = np.eye(n_outputs) + rng.rand(n_outputs, n_outputs)
    found = Calibration(np.array([0.3, 1.1]), matrix, rng.rand(n_outputs), link)
    found.fold_into(ensemble)
    np.testing.assert_allclose(ensemble.logits(X), found.apply(np.stack(logits)))


@pytest.mark.parametrize("start", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("kind", ["right", "wrong", "mixed"])
def test_no_step_goes_further_than_twice_or_half(kind, start):
    """Newton's own would: where sure logits are wrong, their loss is nearly flat."""
    targets = np.array([[1.0], [0.0]] * 50)
    logits = 5 * (2 * targets - 1)
    logits[: {"right": 0, "wrong": 100, "mixed": 30}[kind]] *= -1
    weights = np.array([start])
    for _ in range(30):
        new = fit_weights(logits[np.newaxis], targets, None, "logistic", weights, 1)
        assert weights[0] / 2 <= new[0] * (1 + 1e-12) or new[0] == 0.05
        assert new[0] <= 2 * weights[0] * (1 + 1e-12) or new[0] == 0.05
        weights = new
    honest = {"right": 1 - 0.5 / 102, "mixed": 0.7 - 0.2 / 102, "wrong": 0.5}[kind]
    expected = max(np.log(honest / (1 - honest)) / 5, 0.05)
    assert weights[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("size", [40, -40])
def test_a_step_where_the_loss_is_flat_is_half_of_the_way(size):
    targets = np.array([[1.0], [0.0]] * 50)
    logits = size * (2 * targets - 1)
    found = fit_weights(logits[np.newaxis], targets, None, "logistic", n_iter=1)
    assert found[0] == pytest.approx(0.5)
