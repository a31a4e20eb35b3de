"""Estimators whose network is a stack of several."""

import pickle

import numpy as np
import pytest
from like_mlp import like_mlp
from sklearn.datasets import load_iris, make_classification, make_moons

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*:sklearn.exceptions.ConvergenceWarning"
)


@pytest.fixture
def moons():
    return make_moons(600, noise=0.2, random_state=0)


def test_members_differ_and_their_mean_logits_predict(moons):
    X, y = moons
    clf = like_mlp((8,), n_members=3, max_iter=20, random_state=0).fit(X, y)
    assert clf.coefs_[0].shape == (3, 2, 8)
    assert np.unique(clf.coefs_[0][:, 0, 0]).size == 3
    a = X.astype(clf.network_.dtype)
    for layer in clf.layers_:
        a = layer.forward(a)
    assert a.shape == (3, 600, 1)
    np.testing.assert_allclose(clf.decision_function(X), a.mean(0)[:, 0], rtol=1e-4)
    assert clf.loss_ == pytest.approx(np.mean(clf.loss_curve_[-1]))


@pytest.mark.parametrize("solver", ["lbfgs", "adam", "adamw", "sgd"])
def test_a_stack_learns_with_every_solver(solver):
    X, y = load_iris(return_X_y=True)
    X = (X - X.mean(0)) / X.std(0)
    clf = like_mlp(
        (8,), solver=solver, n_members=4, learning_rate_init=0.01, random_state=0
    ).fit(X, y)
    assert clf.score(X, y) > 0.95
    np.testing.assert_allclose(clf.predict_proba(X).sum(axis=1), 1, rtol=1e-6)


def test_lbfgs_minimizes_every_member():
    X, y = make_classification(100, random_state=0)
    clf = like_mlp(
        (), solver="lbfgs", n_members=3, alpha=1.0, tol=1e-8, random_state=0
    ).fit(X, y)  # convex: all members meet
    np.testing.assert_allclose(clf.coefs_[0][1], clf.coefs_[0][0], atol=1e-3)
    alone = like_mlp((), solver="lbfgs", alpha=1.0, tol=1e-8, random_state=0).fit(X, y)
    assert clf.loss_ == pytest.approx(alone.loss_, rel=1e-6)


def test_one_member_is_no_stack(moons):
    clf = like_mlp((4,), n_members=1, max_iter=3).fit(*moons)
    assert clf.network_.n_members is None
    assert clf.coefs_[0].shape == (2, 4)


def test_early_stopping_watches_the_stack_as_one(moons):
    clf = like_mlp(
        (8,), n_members=3, early_stopping=True, max_iter=30, random_state=0
    ).fit(*moons)
    assert clf.best_validation_score_ == max(clf.validation_scores_)


def test_pickles_and_goes_on(moons):
    X, y = moons
    clf = like_mlp((8,), n_members=3, max_iter=5, random_state=0).fit(X, y)
    twin = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(clf.predict_proba(X), twin.predict_proba(X))
    for model in (clf, twin):
        model.partial_fit(X, y)
    np.testing.assert_array_equal(clf.predict_proba(X), twin.predict_proba(X))


def test_the_number_of_members_cannot_change_in_warm_starts(moons):
    clf = like_mlp((4,), n_members=2, warm_start=True, max_iter=2).fit(*moons)
    with pytest.raises(ValueError, match="has n_members=2"):
        clf.set_params(n_members=3).fit(*moons)
