"""The same path as scikit-learn's MLPClassifier, from the same random_state."""

import numpy as np
import pytest
from like_mlp import like_mlp
from sklearn.neural_network import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SETTINGS = {
    "sgd": {"solver": "sgd", "nesterovs_momentum": False, "momentum": 0.0},
    "momentum": {"solver": "sgd", "nesterovs_momentum": False},
    "nesterov": {"solver": "sgd"},
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.2},
    "adaptive": {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "tol": 1e-2,
        "n_iter_no_change": 2,
    },
    "adam": {"solver": "adam", "beta_1": 0.8, "beta_2": 0.99},
    "deep": {"hidden_layer_sizes": (20, 10, 5), "alpha": 1.0},
    "logistic units": {"activation": "logistic", "hidden_layer_sizes": (30, 20)},
    "tanh units": {"activation": "tanh", "batch_size": 50},
    "without shuffling": {"shuffle": False},
}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("n_classes", [2, 10])
def test_same_loss_curve_and_network(digits, name, n_classes):
    X, y = digits
    rows = y < n_classes
    settings = {"max_iter": 12, "random_state": 3, **SETTINGS[name]}
    theirs = MLPClassifier(**settings).fit(X[rows], y[rows])
    ours = like_mlp(dtype="float64", **settings).fit(X[rows], y[rows])
    assert len(ours.loss_curve_) >= 10
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    for actual, expected in zip(ours.coefs_, theirs.coefs_, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(
        ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-6
    )


@pytest.mark.parametrize("name", SETTINGS)
def test_same_path_from_copied_weights(digits, name):
    """Through the initializer hooks, without shuffling, from whatever random_state."""
    X, y = digits
    settings = {"max_iter": 12, **SETTINGS[name], "shuffle": False}
    still = settings | {"solver": "sgd", "learning_rate_init": 1e-300, "max_iter": 1}
    start = MLPClassifier(**still, random_state=5).fit(X, y)
    weights, intercepts = iter(start.coefs_), iter(start.intercepts_)
    theirs = MLPClassifier(**settings, random_state=5).fit(X, y)
    ours = like_mlp(
        **settings,
        weight_init=lambda rng, fan_in, fan_out: next(weights),
        intercept_init=lambda rng, fan_in, fan_out: next(intercepts),
        dtype="float64",
    ).fit(X, y)
    assert len(ours.loss_curve_) >= 10
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)


def test_same_lbfgs(digits):
    X, y = digits
    settings = {"solver": "lbfgs", "max_iter": 10, "random_state": 0}
    theirs = MLPClassifier(**settings).fit(X, y)
    ours = like_mlp(**settings).fit(X, y)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-9)
    assert ours.n_iter_ == theirs.n_iter_


def test_same_early_stopping(digits):
    X, y = digits
    rows = y < 2  # scikit-learn stratifies two classes, but not more
    settings = {"early_stopping": True, "random_state": 0, "n_iter_no_change": 3}
    theirs = MLPClassifier(**settings).fit(X[rows], y[rows])
    ours = like_mlp(dtype="float64", **settings).fit(X[rows], y[rows])
    assert ours.validation_scores_ == theirs.validation_scores_
    assert ours.best_validation_score_ == theirs.best_validation_score_
    for actual, expected in zip(ours.coefs_, theirs.coefs_, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-9)


def test_same_weighted_path(digits):
    X, y = digits[0][:200], digits[1][:200]  # one batch
    weight = np.random.RandomState(0).randint(0, 3, 200).astype(float)
    settings = {"max_iter": 10, "random_state": 0}
    theirs = MLPClassifier(**settings).fit(X, y, sample_weight=weight)
    ours = like_mlp(**settings).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)


def test_same_multilabel_path(digits):
    X, y = digits
    Y = np.stack([y % 2, y > 4, y % 3 == 0], axis=1).astype(int)
    settings = {"max_iter": 10, "random_state": 0}
    theirs = MLPClassifier(**settings).fit(X, Y)
    ours = like_mlp(dtype="float64", **settings).fit(X, Y)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
