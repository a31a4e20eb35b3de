import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.utils.class_weight import compute_sample_weight

from skdeepnn.data import SMALL_TABLE, Data, cast, choose_dtype, row_weights
from skdeepnn.targets import TargetCoder

LARGE = SMALL_TABLE + 1


@pytest.mark.parametrize(
    ("n_samples", "input_dtype", "dtype", "solver", "expected"),
    [
        (LARGE, np.float64, "auto", "adam", np.float32),
        (LARGE, np.float32, "auto", "adam", np.float32),
        (SMALL_TABLE, np.float64, "auto", "adam", np.float64),
        (SMALL_TABLE, np.float32, "auto", "adam", np.float64),
        (LARGE, np.float64, "auto", "lbfgs", np.float64),
        (LARGE, np.float64, "float64", "sgd", np.float64),
        (10, np.float64, "float32", "lbfgs", np.float32),
    ],
)
@pytest.mark.parametrize("container", [np.asarray, csr_array])
def test_dtype(container, n_samples, input_dtype, dtype, solver, expected):
    X = container(np.ones((n_samples, 2), input_dtype))
    assert choose_dtype(X, dtype, solver) == expected


def test_values_too_large_for_float32():
    X = np.full((LARGE, 2), 1e39)
    assert choose_dtype(X, "auto", "adam") == np.float64
    assert choose_dtype(-X, "auto", "adam") == np.float64
    with pytest.raises(ValueError, match="dtype='float64'"):
        cast(X, np.dtype(np.float32))


def test_cast_copies_only_when_it_must():
    X = np.ones((3, 2))
    assert cast(X, np.dtype(np.float64)) is X
    assert cast(X, np.dtype(np.float32)).dtype == np.float32


def test_weights_are_products(rng):
    y = np.array([0, 1, 1, 1])
    X, coder = np.zeros((4, 1)), TargetCoder(y)
    weight = np.array([2.0, 1.0, 0.0, 1.0])
    assert row_weights(None, None, X, y, coder) is None
    np.testing.assert_array_equal(row_weights(weight, None, X, y, coder), weight)
    np.testing.assert_array_equal(
        row_weights(weight, {0: 3.0, 1: 1.0}, X, y, coder), [6, 1, 0, 1]
    )
    np.testing.assert_allclose(
        row_weights(None, "balanced", X, y, coder), compute_sample_weight("balanced", y)
    )
    # "balanced" counts weights: both classes weigh 2 here
    np.testing.assert_allclose(row_weights(weight, "balanced", X, y, coder), weight)


def test_multilabel_class_weight():
    Y = np.array([[1, 0], [1, 1], [0, 1]])
    weights = row_weights(
        None, [{0: 1, 1: 2}, {0: 1, 1: 5}], np.zeros((3, 1)), Y, TargetCoder(Y)
    )
    np.testing.assert_array_equal(weights, [2, 10, 5])


@pytest.mark.parametrize(
    ("weight", "match"),
    [
        ([0, 0, 0, 0], "at least one non-zero"),
        ([1, -1, 1, 1], "[Nn]egative"),
        ([1, np.nan, 1, 1], "NaN"),
        ([1, 1], "shape"),
    ],
)
def test_bad_weights(weight, match):
    y = np.array([0, 1, 1, 1])
    with pytest.raises(ValueError, match=match):
        row_weights(weight, None, np.zeros((4, 1)), y, TargetCoder(y))


def test_split_is_stratified_and_whole():
    y = np.repeat([0, 1], [90, 10])
    X = np.arange(100.0)[:, np.newaxis]
    data = Data(X, y[:, np.newaxis], y, X[:, 0] + 1)
    train, validation = data.split(0.2, np.random.RandomState(0))
    assert validation.y.sum() == 2
    assert sorted(np.concatenate([train.X, validation.X])[:, 0]) == list(range(100))
    np.testing.assert_array_equal(validation.sample_weight, validation.X[:, 0] + 1)
    assert train.total_weight + validation.total_weight == data.total_weight


def test_split_survives_a_class_of_one_row():
    y = np.array([0] * 19 + [1])
    data = Data(np.zeros((20, 1)), y[:, np.newaxis], y, None)
    train, validation = data.split(0.2, np.random.RandomState(0))
    assert len(train.y) == 16
    assert len(validation.y) == 4
    with pytest.raises(ValueError, match="validation_fraction"):
        data.split(0.05, np.random.RandomState(0))
