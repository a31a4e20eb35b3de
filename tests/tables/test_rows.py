import numpy as np
import pytest
from scipy.sparse import csr_array, issparse
from sklearn.linear_model import LogisticRegression
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import validate_data

from skdeepnn.compute.casting import check_fits
from skdeepnn.tables.rows import (
    FLOAT_TYPES,
    SMALL_TABLE,
    TINY_TABLE,
    Data,
    check_rows,
    choose_dtype,
    in_type,
)
from skdeepnn.tables.targets import TargetCoder
from skdeepnn.tables.weights import class_factors

LARGE = SMALL_TABLE + 1


@pytest.mark.parametrize(
    ("n_samples", "input_dtype", "dtype", "solver", "expected"),
    [
        (LARGE, np.float64, "auto", "adam", np.float32),
        (LARGE, np.float32, "auto", "adam", np.float32),
        (SMALL_TABLE, np.float64, "auto", "adam", np.float64),
        (TINY_TABLE, np.float64, "auto", "adamw", np.float64),
        (TINY_TABLE + 1, np.float64, "auto", "adamw", np.float32),
        (SMALL_TABLE, np.float32, "auto", "adam", np.float32),
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
    for refuse in (
        lambda: check_fits(X, np.dtype(np.float32)),
        lambda: choose_dtype(X, "float32", "adam"),
    ):
        with pytest.raises(ValueError, match="dtype='float64'"):
            refuse()
    check_fits(X, np.dtype(np.float64))


@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, csr_array])
def test_values_up_to_the_largest_of_float32_fit(form):
    largest = float(np.finfo(np.float32).max)
    X = np.full((2 * LARGE, 2), -largest)  # the squares' sum is beyond the limit
    for fitting in (form(X), form(X)[::2]):
        assert choose_dtype(fitting, "auto", "adam") == np.float32
    X[-1, -1] = np.nextafter(largest, np.inf)
    assert choose_dtype(form(X), "auto", "adam") == np.float64
    assert choose_dtype(form(np.full((LARGE, 2), 1e200)), "auto", "adam") == np.float64


def test_large_data_that_is_soon_done_with_is_not_copied():
    small, large = np.zeros((100, 100)), np.zeros((1000, 600))
    assert in_type(small, np.float32, 1).dtype == np.float32
    assert in_type(large, np.float32, np.inf).dtype == np.float32
    assert in_type(large, np.float32, 5) is large
    assert in_type(large, np.float32, 6).dtype == np.float32
    assert in_type(large, np.float64, np.inf) is large
    assert in_type(csr_array(large), np.float32, 1).dtype == np.float32


def test_class_factors():
    targets = TargetCoder([0, 1, 2])
    totals = np.array([3.0, 1.0, 0.0])
    assert class_factors(None, targets, totals) is None
    # All classes that have been seen get the same sum of weights, and the whole stays
    np.testing.assert_allclose(
        class_factors("balanced", targets, totals)[:2], [2 / 3, 2]
    )
    by_dict = class_factors({0: 3.0, 2: 5.0}, targets, totals)
    np.testing.assert_array_equal(by_dict, [3, 1, 5])


def test_balanced_is_scikit_learns():
    y = np.array([0, 1, 1, 1, 2, 2])
    factors = class_factors("balanced", TargetCoder(y), np.bincount(y).astype(float))
    np.testing.assert_allclose(factors[y], compute_sample_weight("balanced", y))


def test_split_is_stratified_and_whole():
    y = np.repeat([0, 1], [90, 10])
    X = np.arange(100.0)[:, np.newaxis]
    data = Data(X, y[:, np.newaxis], y, X[:, 0] + 1)
    rows, validation_rows = data.split(0.2, np.random.RandomState(0))
    train, validation = data.take(rows), data.take(validation_rows)
    assert validation.y.sum() == 2
    assert sorted(np.concatenate([train.X, validation.X])[:, 0]) == list(range(100))
    np.testing.assert_array_equal(validation.sample_weight, validation.X[:, 0] + 1)
    assert train.total_weight + validation.total_weight == data.total_weight


@pytest.mark.parametrize("seed", range(5))
def test_a_class_of_one_row_is_learned_not_watched(seed):
    y = np.array([0] * 19 + [1])
    data = Data(np.zeros((20, 1)), y[:, np.newaxis], y, None)
    rows, validation_rows = data.split(0.2, np.random.RandomState(seed))
    assert 19 in rows
    assert sorted([*rows, *validation_rows]) == list(range(20))
    assert len(validation_rows) == 4


def test_split_of_more_classes_than_validation_rows():
    y = np.arange(20) % 10
    data = Data(np.zeros((20, 1)), np.zeros((20, 10)), y, None)
    _, validation_rows = data.split(0.2, np.random.RandomState(0))
    assert len(validation_rows) == 4
    with pytest.raises(ValueError, match="validation_fraction"):
        data.split(0.05, np.random.RandomState(0))


def outcome(function, *args, **kwargs):
    """What a function returns, or the error that it raises."""
    try:
        with np.errstate(invalid="ignore"):  # in the sum of both infinities
            result = function(*args, **kwargs)
    except (ValueError, TypeError) as error:
        return type(error), str(error)
    dense = result.toarray() if issparse(result) else result
    return type(result), result.dtype, dense.tolist()


ROWS = {
    "one": np.ones((1, 2)),
    "float32": np.ones((3, 2), np.float32),
    "columns": np.asfortranarray(np.arange(6.0).reshape(3, 2)),
    "view": np.arange(24.0).reshape(6, 4)[::2, ::-2],
    "many": np.ones((5000, 2)),
    "float16": np.ones((3, 2), np.float16),
    "other bytes": np.ones((3, 2), ">f8"),
    "integers": np.ones((3, 2), int),
    "objects": np.ones((3, 2), object),
    "list": [[1, 2]],
    "matrix": np.ones((1, 2)).view(np.matrix),
    "masked": np.ma.ones((3, 2)),
    "sparse": csr_array(np.eye(2)),
    "nan": np.array([[1.0, np.nan]]),
    "inf": np.array([[np.inf, 1.0]], np.float32),
    "both infinities": np.array([[np.inf, -np.inf]]),
    "none": np.ones((0, 2)),
    "no columns": np.ones((2, 0)),
    "narrow": np.ones((3, 1)),
    "wide": np.ones((3, 3)),
    "vector": np.ones(2),
    "scalar": np.array(1.0),
    "three axes": np.ones((1, 2, 2)),
    "complex": np.ones((3, 2), complex),
    "text": np.array([["a", "b"]]),
}


@pytest.mark.parametrize("kind", ROWS)
def test_rows_are_checked_as_by_scikit_learn(kind):
    clf, X = LogisticRegression().fit(np.eye(2), [0, 1]), ROWS[kind]
    expected = outcome(
        validate_data, clf, X, accept_sparse="csr", dtype=FLOAT_TYPES, reset=False
    )
    assert outcome(check_rows, clf, X) == expected


def test_rows_without_the_names_of_the_features_get_a_warning():
    clf = LogisticRegression().fit(np.eye(2), [0, 1])
    clf.feature_names_in_ = np.array(["a", "b"], dtype=object)
    with pytest.warns(UserWarning, match="valid feature names"):
        check_rows(clf, np.ones((1, 2)))


def test_a_split_needs_a_share():
    y = np.arange(10) % 2
    data = Data(np.eye(10), y[:, np.newaxis], y, None)
    with pytest.raises(ValueError, match="validation_fraction=0 leaves nothing"):
        data.split(0, np.random.RandomState(0))
