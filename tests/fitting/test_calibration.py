import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from skdeepnn.fitting.calibration import fit_temperature
from skdeepnn.nn.losses import BinaryCrossEntropy, CategoricalCrossEntropy, softmax


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
