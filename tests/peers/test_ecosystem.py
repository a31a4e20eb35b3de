"""At work inside scikit-learn's tools, each with a result that can be checked."""

import matplotlib
import numpy as np
import pytest
from like_mlp import like_mlp
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, make_moons
from sklearn.ensemble import VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.inspection import DecisionBoundaryDisplay, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, recall_score
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    TunedThresholdClassifierCV,
    cross_validate,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepnn import LogisticRegressionNN

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ESTIMATORS = [
    like_mlp((16,), max_iter=60, learning_rate_init=0.01, random_state=0),
    LogisticRegressionNN(),
]
both = pytest.mark.parametrize("clf", ESTIMATORS, ids=lambda clf: type(clf).__name__)


@pytest.fixture(scope="module")
def cancer():
    X, y = load_breast_cancer(return_X_y=True)
    return train_test_split(X, y, stratify=y, random_state=0)


@both
def test_pipeline(cancer, clf):
    X_train, X_test, y_train, y_test = cancer
    model = make_pipeline(StandardScaler(), clone(clf)).fit(X_train, y_train)
    by_hand = clone(clf).fit(StandardScaler().fit_transform(X_train), y_train)
    scaled = StandardScaler().fit(X_train).transform(X_test)
    np.testing.assert_allclose(
        model.predict_proba(X_test), by_hand.predict_proba(scaled)
    )
    assert model.score(X_test, y_test) > 0.94


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_grid_search_over_layer_sizes(n_jobs):
    X, y = make_moons(300, noise=0.1, random_state=0)
    search = GridSearchCV(
        like_mlp(solver="lbfgs", random_state=0),
        {"hidden_layer_sizes": [(), (16,), (16, 16)]},
        cv=3,
        n_jobs=n_jobs,
    ).fit(X, y)
    scores = dict(
        zip([(), (16,), (16, 16)], search.cv_results_["mean_test_score"], strict=True)
    )
    assert search.best_params_["hidden_layer_sizes"] != ()
    assert scores[(16,)] > scores[()] + 0.05  # moons are not linearly separable
    assert search.best_estimator_.score(X, y) > 0.98


def test_halving_search_with_max_iter_as_the_resource(digits):
    X, y = digits
    search = HalvingGridSearchCV(
        like_mlp(random_state=0, learning_rate_init=0.01),
        {"hidden_layer_sizes": [(1,), (2,), (30,), (60,)]},
        resource="max_iter",
        min_resources=2,
        max_resources=8,
        factor=2,
        cv=2,
    ).fit(X, y)
    assert search.n_resources_ == [2, 4, 8]
    assert search.best_params_["hidden_layer_sizes"] in [(30,), (60,)]
    assert search.best_estimator_.n_iter_ == 8


def test_grid_search_over_regularization_agrees_with_logistic_regression(cancer):
    X_train, _, y_train, _ = cancer
    X = StandardScaler().fit_transform(X_train)
    scores = [
        GridSearchCV(clf, {"C": [0.001, 0.1, 10]}, scoring="neg_log_loss", cv=3)
        .fit(X, y_train)
        .cv_results_["mean_test_score"]
        for clf in (
            LogisticRegressionNN(),
            LogisticRegression(tol=1e-8, max_iter=10_000),
        )
    ]
    np.testing.assert_allclose(*scores, rtol=1e-4)


@both
def test_cross_validate(cancer, clf):
    X_train, _, y_train, _ = cancer
    result = cross_validate(
        make_pipeline(StandardScaler(), clf),
        X_train,
        y_train,
        scoring=["accuracy", "neg_log_loss", "roc_auc"],
        return_estimator=True,
    )
    assert result["test_accuracy"].mean() > 0.94
    assert result["test_neg_log_loss"].mean() > -0.2
    assert result["test_roc_auc"].mean() > 0.98
    assert len({id(model[-1].network_) for model in result["estimator"]}) == 5


def test_calibration_mends_an_overconfident_network():
    rng = np.random.RandomState(0)
    X = rng.randn(600, 5)
    y = (X[:, 0] + 1.5 * rng.randn(600) > 0).astype(int)
    clf = like_mlp((50,), solver="lbfgs", alpha=0, random_state=0)
    raw = clone(clf).fit(X[:300], y[:300])
    calibrated = CalibratedClassifierCV(clf, cv=3).fit(X[:300], y[:300])
    losses = [
        brier_score_loss(y[300:], model.predict_proba(X[300:])[:, 1])
        for model in (raw, calibrated)
    ]
    assert losses[1] < 0.85 * losses[0]


@pytest.mark.parametrize("voting", ["soft", "hard"])
def test_voting(cancer, voting):
    X_train, X_test, y_train, y_test = cancer
    members = [
        (type(clf).__name__, make_pipeline(StandardScaler(), clf)) for clf in ESTIMATORS
    ]
    vote = VotingClassifier(members, voting=voting).fit(X_train, y_train)
    assert vote.score(X_test, y_test) > 0.94
    if voting == "soft":
        mean = np.mean([m.predict_proba(X_test) for m in vote.estimators_], axis=0)
        np.testing.assert_allclose(vote.predict_proba(X_test), mean)


@both
def test_fixed_threshold(cancer, clf):
    X_train, X_test, y_train, y_test = cancer
    model = make_pipeline(StandardScaler(), clf).fit(X_train, y_train)
    strict = FixedThresholdClassifier(
        model, threshold=0.9, response_method="predict_proba"
    ).fit(X_train, y_train)
    np.testing.assert_array_equal(
        strict.predict(X_test), model.predict_proba(X_test)[:, 1] >= 0.9
    )
    recalls = [recall_score(y_test, m.predict(X_test)) for m in (model, strict)]
    assert recalls[1] <= recalls[0]


@both
def test_tuned_threshold(clf):
    rng = np.random.RandomState(0)
    X = rng.randn(1500, 4)
    y = (X[:, 0] + rng.randn(1500) > 2.2).astype(int)  # one row in 16
    plain = clone(clf).fit(X[:1000], y[:1000])
    tuned = TunedThresholdClassifierCV(clf, scoring="balanced_accuracy", cv=3)
    tuned.fit(X[:1000], y[:1000])
    assert tuned.best_threshold_ < 0.5
    scores = [
        balanced_accuracy_score(y[1000:], m.predict(X[1000:])) for m in (plain, tuned)
    ]
    assert scores[1] > scores[0] + 0.1


@both
def test_permutation_importance(clf):
    rng = np.random.RandomState(0)
    X = rng.randn(400, 4)
    y = (X[:, 2] > 0).astype(int)
    result = permutation_importance(clf.fit(X, y), X, y, random_state=0)
    assert result.importances_mean.argmax() == 2
    assert result.importances_mean[2] > 0.3
    assert np.abs(np.delete(result.importances_mean, 2)).max() < 0.05


def test_decision_boundary_display():
    matplotlib.use("Agg")
    X, y = make_moons(200, noise=0.1, random_state=0)
    clf = like_mlp((16, 16), solver="lbfgs", random_state=0).fit(X, y)
    display = DecisionBoundaryDisplay.from_estimator(
        clf, X, response_method="predict", grid_resolution=40
    )
    grid = np.c_[display.xx0.ravel(), display.xx1.ravel()]
    np.testing.assert_array_equal(display.response.ravel(), clf.predict(grid))


def test_metadata_routing_brings_the_validation_set_through_a_pipeline(cancer):
    X_train, X_test, y_train, y_test = cancer
    with config_context(enable_metadata_routing=True):
        clf = like_mlp((8,), early_stopping=True, max_iter=20, random_state=0)
        clf.set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
        model = make_pipeline(StandardScaler(), clf, transform_input=["X_val"])
        weight = np.linspace(1, 2, len(y_test))
        model.fit(
            X_train, y_train, X_val=X_test, y_val=y_test, sample_weight_val=weight
        )
    scaled = model[0].transform(X_test)
    expected = clone(clf).fit(
        model[0].transform(X_train),
        y_train,
        X_val=scaled,
        y_val=y_test,
        sample_weight_val=weight,
    )
    assert model[-1].validation_scores_ == expected.validation_scores_
    assert model[-1].best_validation_score_ == model.score(
        X_test, y_test, sample_weight=weight
    )
