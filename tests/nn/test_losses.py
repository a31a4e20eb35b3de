import numpy as np
import pytest
from gradients import numerical_gradient, relative_error
from scipy import special
from sklearn.metrics import log_loss

from skdeepnn.nn.losses import (
    LOSSES,
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    SquaredError,
    log_softmax,
    logistic,
    softmax,
)


def targets(rng, loss, shape):
    if loss.out_activation == "softmax":
        return np.eye(shape[-1])[rng.randint(shape[-1], size=shape[:-1])]
    return rng.randint(2, size=shape).astype(float)


@pytest.mark.parametrize("key", LOSSES)
@pytest.mark.parametrize("shape", [(7, 3), (2, 7, 3)])
@pytest.mark.parametrize("weighted", [False, True])
def test_gradient(rng, key, shape, weighted):
    loss = LOSSES[key]
    logits, y = 3 * rng.randn(*shape), targets(rng, loss, shape)
    weight = rng.randint(0, 4, size=shape[:-1]).astype(float) if weighted else None
    flat = logits.ravel()
    expected = numerical_gradient(lambda: loss.value(logits, y, weight), flat)
    actual = logits.copy()
    value = loss.value_and_gradient(actual, y, weight)
    np.testing.assert_allclose(value, loss.value(logits, y, weight), rtol=1e-13)
    assert relative_error(actual.ravel(), expected) < 1e-6
    assert np.shape(value) == shape[:-2]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("key", LOSSES)
def test_logits_of_1e4_give_finite_losses_and_exact_gradients(key, dtype):
    loss = LOSSES[key]
    logits = np.array([[1e4, -1e4], [-1e4, 1e4]], dtype)
    y = np.array([[1, 0], [1, 0]], dtype)
    assert np.isfinite(loss.value(logits, y))
    gradient = logits.copy()
    value = loss.value_and_gradient(gradient, y)
    if key[0] == "log_loss":
        # Row 0 is right, row 1 wrong by 1e4 (logistic, twice) or 2e4 (softmax).
        assert value == 1e4
        np.testing.assert_array_equal(gradient, [[0, 0], [-0.5, 0.5]])
    else:
        assert value == 0.5
        np.testing.assert_array_equal(gradient, 0)


def test_binary_equals_scikit_learn(rng):
    logits, y = rng.randn(20, 1), rng.randint(2, size=(20, 1))
    weight = rng.rand(20)
    assert BinaryCrossEntropy().value(logits, y, weight) == pytest.approx(
        log_loss(y, special.expit(logits), sample_weight=weight), rel=1e-12
    )


def test_categorical_equals_scikit_learn(rng):
    logits, labels, weight = rng.randn(20, 4), rng.randint(4, size=20), rng.rand(20)
    actual = CategoricalCrossEntropy().value(logits, np.eye(4)[labels], weight)
    proba = special.softmax(logits, axis=1)
    assert actual == pytest.approx(
        log_loss(labels, proba, sample_weight=weight, labels=range(4)), rel=1e-12
    )


def test_multilabel_sums_over_labels(rng):
    logits, y = rng.randn(20, 3), rng.randint(2, size=(20, 3))
    columns = [
        log_loss(y[:, k], special.expit(logits[:, k]), labels=[0, 1]) for k in range(3)
    ]
    assert BinaryCrossEntropy().value(logits, y) == pytest.approx(sum(columns))


def test_two_class_softmax_is_the_logistic_of_the_difference(rng):
    logits, labels = rng.randn(10, 2), rng.randint(2, size=10)
    binary = BinaryCrossEntropy().value(logits[:, 1:] - logits[:, :1], labels[:, None])
    multi = CategoricalCrossEntropy().value(logits, np.eye(2)[labels])
    assert multi == pytest.approx(binary)


def test_squared_error_is_half_the_brier_score():
    value = SquaredError("softmax").value(np.zeros((1, 2)), np.array([[1.0, 0.0]]))
    assert value == pytest.approx(0.25)


def test_links_against_scipy(rng):
    z = 50 * rng.randn(40, 3)
    np.testing.assert_allclose(logistic(z), special.expit(z), rtol=1e-14)
    np.testing.assert_allclose(softmax(z), special.softmax(z, axis=1), rtol=1e-13)
    np.testing.assert_allclose(
        log_softmax(z), special.log_softmax(z, axis=1), rtol=1e-13, atol=1e-15
    )


@pytest.mark.parametrize("key", LOSSES)
def test_a_column_that_would_broadcast_is_refused(key):
    with pytest.raises(ValueError, match="both end in"):
        LOSSES[key].value_and_gradient(np.zeros((5, 1)), np.zeros(5))
    with pytest.raises(ValueError, match="both end in"):
        LOSSES[key].value(np.zeros((5, 2)), np.zeros((5, 1)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("key", LOSSES)
def test_certainty_makes_no_denormal_numbers(key, dtype):
    """Products of backpropagation would take many times as long with them."""
    gaps = np.geomspace(1, 1e4, 500).astype(dtype)
    logits = np.stack([gaps, -gaps, np.zeros_like(gaps)], axis=1)
    y = np.zeros_like(logits)
    y[:, 0] = 1
    exact = LOSSES[key].proba(logits.astype(np.float64)) - y
    LOSSES[key].value_and_gradient(logits, y)
    nonzero = np.abs(logits[logits != 0])
    assert nonzero.min() > 1e8 * np.finfo(dtype).tiny
    if key[0] == "log_loss":
        logits *= len(y)
        np.testing.assert_allclose(logits, exact, rtol=0, atol=1e-6)
        wrong = y == 0
        np.testing.assert_allclose(logits[wrong], exact[wrong], rtol=1e-4, atol=1e-22)


@pytest.mark.parametrize("key", LOSSES)
def test_gradients_in_extended_precision(key):
    logits = np.array([[0.5, -1.0], [2.0, 0.1]])
    y = np.array([[1.0, 0.0], [0.0, 1.0]])
    extended = logits.astype(np.longdouble)
    LOSSES[key].value_and_gradient(extended, y.astype(np.longdouble))
    LOSSES[key].value_and_gradient(logits, y)
    np.testing.assert_allclose(extended.astype(float), logits, rtol=1e-14)
