import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array, issparse
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_iris,
    load_wine,
    make_multilabel_classification,
)
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.preprocessing import scale
from sklearn.utils import compute_sample_weight

from skdeepnn import LogisticRegressionNN
from skdeepnn.fitting.preconditioning import expected_smoothness

LOADERS = {
    "iris": load_iris,
    "wine": load_wine,
    "breast cancer": load_breast_cancer,
    "digits": load_digits,
}


def objective(clf, X, y, weight):
    """What both minimize, from their public attributes."""
    logits = X @ clf.coef_.T + clf.intercept_
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    indices = np.searchsorted(clf.classes_, y)
    losses = np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(y)), indices]
    penalty = 0.5 / clf.C * (clf.coef_**2).sum()
    return (weight @ losses + penalty) / weight.sum()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.parametrize("C", [0.01, 1, 100])
def test_reaches_the_optimum_of_scikit_learn(name, C):
    X, y = LOADERS[name](return_X_y=True)
    X = scale(X)
    rows = np.random.RandomState(0).randint(0, 4, len(y)).astype(float)
    for fit_intercept, weight, class_weight in itertools.product(
        [True, False], [None, rows], [None, "balanced"]
    ):
        kwargs = {"C": C, "fit_intercept": fit_intercept, "class_weight": class_weight}
        total = np.ones(len(y)) if weight is None else weight.copy()
        if class_weight is not None:
            kept = total > 0
            copies = np.repeat(y, total.astype(int))
            by_class = dict(
                zip(copies, compute_sample_weight("balanced", copies), strict=True)
            )
            total[kept] *= [by_class[label] for label in y[kept]]
        # Both at their defaults
        theirs = LogisticRegression(**kwargs).fit(X, y, weight)
        ours = LogisticRegressionNN(**kwargs).fit(X, y, weight)
        bound = objective(theirs, X, y, total) * (1 + 1e-5)
        assert objective(ours, X, y, total) <= bound
        # Both run until they can do no better
        kwargs |= {"tol": 1e-10, "max_iter": 20_000}
        theirs = LogisticRegression(**kwargs).fit(X, y, weight)
        ours = LogisticRegressionNN(**kwargs).fit(X, y, weight)
        bound = objective(theirs, X, y, total) * (1 + 1e-8)
        assert objective(ours, X, y, total) <= bound
        assert ours.loss_ == pytest.approx(objective(ours, X, y, total), rel=1e-12)
        for attribute in ("coef_", "intercept_"):
            actual, expected = getattr(ours, attribute), getattr(theirs, attribute)
            assert actual.shape == expected.shape
            largest = np.abs(expected).max()
            np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4 * largest)


def test_without_a_penalty(digits):
    X, y = load_iris(return_X_y=True)
    X, y = scale(X)[50:], y[50:]  # the two classes that overlap
    kwargs = {"C": np.inf, "tol": 1e-8, "max_iter": 10_000}
    theirs = LogisticRegression(**kwargs).fit(X, y)
    ours = LogisticRegressionNN(**kwargs).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-4)
    assert ours.loss_ == pytest.approx(log_loss(y, ours.predict_proba(X)), rel=1e-10)


def test_attributes_are_shaped_as_logistic_regressions(iris):
    X, y = iris
    for rows in (slice(None), slice(100)):
        ours = LogisticRegressionNN().fit(X[rows], y[rows])
        theirs = LogisticRegression(tol=1e-8, max_iter=1000).fit(X[rows], y[rows])
        for name in ("coef_", "intercept_", "classes_", "n_iter_"):
            assert getattr(ours, name).shape == getattr(theirs, name).shape
        np.testing.assert_allclose(
            ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5
        )
        np.testing.assert_allclose(
            ours.decision_function(X), theirs.decision_function(X), atol=1e-4
        )
        assert len(ours.layers_) == 1


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("batch_size", ["auto", 150])
def test_gradient_descent_finds_the_optimum(scaled, batch_size):
    """With the automatic step; unscaled columns make it slow, not unstable."""
    X, y = load_iris(return_X_y=True)
    X = scale(X) if scaled else X
    kwargs = {"solver": "sgd", "tol": 0, "random_state": 0, "momentum": 0.9}
    clf = LogisticRegressionNN(
        batch_size=batch_size, max_iter=3000, n_iter_no_change=np.inf, **kwargs
    )
    with pytest.warns(ConvergenceWarning):
        clf.fit(X, y)
    best = LogisticRegressionNN(tol=1e-8, max_iter=1000).fit(X, y)
    assert clf.loss_ == pytest.approx(best.loss_, rel=1e-3 if scaled else 0.1)


def test_full_batch_descent_never_goes_up():
    X, y = load_breast_cancer(return_X_y=True)
    clf = LogisticRegressionNN(solver="sgd", batch_size=len(X), max_iter=50, tol=0)
    with pytest.warns(ConvergenceWarning):
        clf.fit(X, y)  # columns from 1e-3 to 1e3
    assert np.all(np.diff(clf.loss_curve_) < 0)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_batches_share_the_penalty(iris):
    """Small batches head for the optimum of the whole, not for a more penalized one."""
    X, y = iris
    clf = LogisticRegressionNN(
        C=0.1, solver="adam", batch_size=10, max_iter=300, tol=0, random_state=0,
        learning_rate="cosine", n_iter_no_change=np.inf,
    ).fit(X, y)  # fmt: skip
    best = LogisticRegressionNN(C=0.1, tol=1e-8).fit(X, y)
    np.testing.assert_allclose(clf.coef_, best.coef_, atol=2e-3)


def test_expected_smoothness(rng):
    X, weight = rng.randn(40, 3), rng.rand(40)
    design = np.hstack([X, np.ones((40, 1))])
    share = weight / weight.sum()
    eigenvalue = np.linalg.eigvalsh(design.T @ (share[:, np.newaxis] * design)).max()
    largest_row = (40 * share * (design**2).sum(axis=1)).max()
    assert expected_smoothness(X, weight, 40) == pytest.approx(eigenvalue, rel=1e-2)
    assert expected_smoothness(X, weight, 1) == pytest.approx(largest_row)
    between = expected_smoothness(csr_array(X), weight, 10)
    assert eigenvalue < between < largest_row


def test_multilabel_is_one_regression_a_label():
    X, Y = make_multilabel_classification(100, n_classes=3, random_state=0)
    X = scale(X)
    kwargs = {"tol": 1e-8, "max_iter": 1000}
    clf = LogisticRegressionNN(**kwargs).fit(X, Y)
    for k in range(3):
        column = LogisticRegression(**kwargs).fit(X, Y[:, k])
        np.testing.assert_allclose(clf.coef_[k], column.coef_[0], rtol=1e-4, atol=1e-6)


WIDE_SCALES = np.logspace(-6, 6, 30)[np.random.RandomState(0).permutation(30)]


@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("C", [0.1, 1, 10])
@pytest.mark.parametrize("name", ["breast cancer", "wine", "scales from 1e-6 to 1e6"])
def test_unscaled_data_converge_at_the_defaults(name, C):
    """Where LogisticRegression's default solver stops with a warning."""
    if name in LOADERS:
        X, y = LOADERS[name](return_X_y=True)
    else:
        X, y = load_breast_cancer(return_X_y=True)
        X = scale(X) * WIDE_SCALES
    clf = LogisticRegressionNN(C=C).fit(X, y)
    newton = LogisticRegression(
        C=C, solver="newton-cholesky", tol=1e-10, max_iter=1000
    ).fit(X, y)
    weight = np.ones(len(y))
    reached, best = (objective(m, X, y, weight) for m in (clf, newton))
    assert reached <= best * (1 + 1e-6)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_sparse_data_reach_the_same_optimum(fit_intercept, n_classes):
    X, y = load_digits(return_X_y=True)
    X, y = X[y < n_classes], y[y < n_classes]
    kwargs = {"fit_intercept": fit_intercept, "tol": 1e-8, "max_iter": 1000}
    dense = LogisticRegressionNN(**kwargs).fit(X, y)
    sparse = LogisticRegressionNN(**kwargs).fit(csr_array(X), y)
    assert sparse.loss_ == pytest.approx(dense.loss_, rel=1e-9, abs=1e-10)
    np.testing.assert_allclose(sparse.coef_, dense.coef_, atol=1e-4)


def test_classes_share_nothing(iris):
    """Of the parameters that give the same probabilities, those that sum to zero."""
    for C in (1, np.inf):
        clf = LogisticRegressionNN(C=C).fit(*iris)
        np.testing.assert_allclose(clf.coef_.sum(axis=0), 0, atol=1e-9)
        assert clf.intercept_.sum() == pytest.approx(0, abs=1e-9)


def test_warm_start_saves_iterations(digits):
    X, y = digits
    clf = LogisticRegressionNN(warm_start=True, tol=1e-6, max_iter=1000).fit(X, y)
    first = clf.n_iter_[0]
    assert clf.fit(X, y).n_iter_[0] < first / 4


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"C": 0}, "'C' parameter"),
        ({"solver": "newton-cg"}, "'solver' parameter"),
        ({"max_iter": -1}, "'max_iter' parameter"),
        ({"penalty": "l1"}, "solver='liblinear' or 'saga'"),
        ({"l1_ratio": 1.0}, "solver='liblinear' or 'saga'"),
        ({"penalty": "elasticnet"}, "solver='saga'"),
        ({"l1_ratio": 0.5}, "solver='saga'"),
        ({"dual": True}, "solver='liblinear'"),
        ({"intercept_scaling": 2.0}, "solver='liblinear'"),
        ({"learning_rate_init": "fast"}, "'learning_rate_init' parameter"),
    ],
)
def test_bad_parameters(iris, params, match):
    with pytest.raises(ValueError, match=match):
        LogisticRegressionNN(**params).fit(*iris)


def test_arguments_of_logistic_regression_can_be_passed_on(iris):
    X, y = iris
    theirs = LogisticRegression(tol=1e-8, max_iter=1000, n_jobs=None)
    params = theirs.get_params()
    params.pop("multi_class", None)  # deprecated, and gone since 1.8
    ours = LogisticRegressionNN(**params).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.fit(X, y).coef_, rtol=1e-4)


def test_no_penalty_is_infinite_C(iris):
    X, y = iris
    none = LogisticRegressionNN(penalty=None).fit(X, y)
    infinite = LogisticRegressionNN(C=np.inf).fit(X, y)
    np.testing.assert_array_equal(none.coef_, infinite.coef_)


def test_sparsify_and_densify(iris):
    X, y = iris
    clf = LogisticRegressionNN().fit(X, y)
    coef, proba = clf.coef_.copy(), clf.predict_proba(X)
    assert issparse(clf.sparsify().coef_)
    np.testing.assert_array_equal(clf.coef_.toarray(), coef)
    np.testing.assert_array_equal(clf.predict_proba(X), proba)
    np.testing.assert_array_equal(clf.densify().coef_, coef)
    with pytest.raises(NotFittedError):
        LogisticRegressionNN().sparsify()


def test_coefficients_can_be_set(iris):
    X, y = iris
    clf = LogisticRegressionNN().fit(X, y)
    twin = LogisticRegressionNN(C=1e-9).fit(X, y)
    twin.coef_, twin.intercept_ = clf.coef_, clf.intercept_
    np.testing.assert_array_equal(twin.predict_proba(X), clf.predict_proba(X))


def test_partial_fit(digits):
    X, y = digits
    clf = LogisticRegressionNN(solver="adam", learning_rate_init=0.01)
    for _ in range(20):
        clf.partial_fit(X, y, classes=range(10))
    assert clf.score(X, y) > 0.97
    assert not hasattr(LogisticRegressionNN(), "partial_fit")


def test_no_iterations(iris):
    with pytest.warns(ConvergenceWarning):
        clf = LogisticRegressionNN(max_iter=0).fit(*iris)
    np.testing.assert_allclose(clf.predict_proba(iris[0]), 1 / 3)
    assert clf.n_iter_ == [0]


@pytest.mark.parametrize("seed", range(100, 120))
@pytest.mark.parametrize("C", [10.0, 1e4])
def test_rare_classes_and_large_values_are_no_obstacle(seed, C):
    """Also where the probability of a class vanishes on the way."""
    rng = np.random.RandomState(seed)
    X = rng.randint(0, 256, (20, 5)).astype(float)
    y = (rng.randn(20, 10) + 2 * rng.randn(10)).argmax(axis=1)
    y[:2] = [0, 1]
    clf = LogisticRegressionNN(C=C, max_iter=1000).fit(X, y)
    newton = LogisticRegression(
        C=C, solver="newton-cholesky", tol=1e-10, max_iter=1000
    ).fit(X, y)
    reached, best = (objective(m, X, y, np.ones(20)) for m in (clf, newton))
    assert reached <= best + 1e-4 * max(best, 0.01)
    assert clf.loss_ == pytest.approx(reached, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_heavy_rows_do_not_end_the_search_early(seed):
    """Where coefficients are large, the gradient is small far from the optimum."""
    rng = np.random.RandomState(seed)
    X = rng.normal(size=(60, 4))
    y = (X @ rng.normal(size=4) + rng.normal(size=60) > 0).astype(int)
    weight = np.where(rng.uniform(size=60) < 0.1, 1e6, 1e-3)
    clf = LogisticRegressionNN(C=1e3).fit(X, y, weight)
    reference = LogisticRegression(
        C=1e3, solver="newton-cholesky", tol=1e-10, max_iter=1000
    ).fit(X, y, weight)
    least = objective(reference, X, y, weight)
    assert objective(clf, X, y, weight) < least * 1.05


def test_sparse_data_far_from_zero_without_intercept():
    rng = np.random.RandomState(0)
    X = 1e5 * rng.randn(2) + rng.randn(1500, 2)
    y = (X - X.mean(axis=0)) @ [2, -1] + rng.logistic(size=1500) > 0
    dense = LogisticRegressionNN(fit_intercept=False).fit(X, y)
    sparse = LogisticRegressionNN(fit_intercept=False, max_iter=1000)
    sparse.fit(csr_array(X), y)
    assert sparse.loss_ == pytest.approx(dense.loss_, rel=1e-2)


@pytest.mark.parametrize("offset", [1e3, 1e4])
def test_large_intercepts_leave_the_penalty_exact(offset):
    rng = np.random.RandomState(0)
    X = rng.randn(200, 3)
    y = X[:, 0] + rng.randn(200) > 0
    expected = LogisticRegressionNN(tol=1e-8).fit(X, y).coef_
    clf = LogisticRegressionNN(dtype="float32").fit(X + offset, y)
    atol = 1e-6 * offset * np.abs(expected).max()  # as precise as the data are
    np.testing.assert_allclose(clf.coef_, expected, rtol=1e-3, atol=atol)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_partial_fit_minds_no_max_iter(solver):
    X, y = np.random.RandomState(0).randn(50, 2), np.arange(50) % 2
    clf = LogisticRegressionNN(solver=solver, max_iter=0)
    assert clf.partial_fit(X, y, classes=[0, 1]).n_iter_ == 1
