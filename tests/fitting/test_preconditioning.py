import warnings

import numpy as np
import pytest
from gradients import numerical_gradient
from scipy.sparse import csr_array, csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from skdeepnn import LogisticRegressionNN
from skdeepnn.fitting.preconditioning import _factor, expected_smoothness, rounds
from skdeepnn.nn.losses import LOSSES
from skdeepnn.nn.network import Network
from skdeepnn.tables.rows import Data


def make_problem(out_activation, n_outputs, fit_intercept, weighted, container):
    rng = np.random.RandomState(0)
    X = rng.randn(40, 3) * [1e-3, 1.0, 1e3] + [1.0, 2.0, 3.0]
    if out_activation == "softmax":
        targets = np.eye(n_outputs)[rng.randint(n_outputs, size=40)]
    else:
        targets = rng.randint(2, size=(40, n_outputs)).astype(float)
    weight = rng.rand(40) if weighted else None
    network = Network([3, n_outputs], fit_intercept=fit_intercept)
    network.params[:] = rng.randn(network.params.size) * 1e-3
    data = Data(container(X), targets, None, weight)
    return network, LOSSES["log_loss", out_activation], data


cases = pytest.mark.parametrize(
    ("out_activation", "n_outputs", "fit_intercept", "weighted", "container"),
    [
        ("logistic", 1, True, False, np.asarray),
        ("logistic", 1, False, True, np.asarray),
        ("logistic", 2, True, True, np.asarray),
        ("softmax", 3, True, True, np.asarray),
        ("softmax", 3, False, False, np.asarray),
        ("logistic", 1, True, True, csr_array),
        ("softmax", 3, True, False, csr_array),
        ("logistic", 1, False, True, csr_array),
        ("softmax", 3, False, False, csr_array),
    ],
)


@cases
def test_gradient_in_the_new_coordinates(
    out_activation, n_outputs, fit_intercept, weighted, container
):
    """Of every round: that of the objective as a function of v."""
    network, loss, data = make_problem(
        out_activation, n_outputs, fit_intercept, weighted, container
    )
    args = (data.X, data.targets, data.sample_weight, loss, 0.1)
    n_rounds = 0
    for coordinates, n_iterations, *_ in rounds(network, loss, data, 0.1):
        v = coordinates.from_params(network.params)

        def objective(v=v, coordinates=coordinates):
            network.params[:] = coordinates.to_params(v)
            return network.loss_and_gradient(*args)

        expected = numerical_gradient(objective, v)
        objective()
        actual = coordinates.to_gradient(network.gradient)
        scale = np.abs(expected).max()
        np.testing.assert_allclose(actual, expected, atol=1e-6 * scale)
        n_rounds += 1
        if n_iterations is None or n_rounds == 2:
            break
    assert n_rounds == (1 if container is csr_array else 2)


@cases
def test_there_and_back(out_activation, n_outputs, fit_intercept, weighted, container):
    network, loss, data = make_problem(
        out_activation, n_outputs, fit_intercept, weighted, container
    )
    if out_activation == "softmax":  # those that sum to zero are kept
        block = network.params.reshape(-1, n_outputs)
        block -= block.mean(axis=1, keepdims=True)
    coordinates, *_ = next(rounds(network, loss, data, 0.1))
    back = coordinates.to_params(coordinates.from_params(network.params))
    np.testing.assert_allclose(back, network.params, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize(
    ("out_activation", "n_outputs"),
    [("logistic", 1), ("logistic", 2), ("softmax", 3), ("softmax", 4)],
)
def test_the_exact_hessian_becomes_the_identity(
    out_activation, n_outputs, fit_intercept
):
    network, loss, data = make_problem(
        out_activation, n_outputs, fit_intercept, True, np.asarray
    )
    args = (data.X, data.targets, data.sample_weight, loss, 0.1)
    steps = rounds(network, loss, data, 0.1)
    next(steps)
    coordinates, *_ = next(steps)
    start = coordinates.from_params(network.params)

    def gradient(v):
        network.params[:] = coordinates.to_params(v)
        network.loss_and_gradient(*args)
        return coordinates.to_gradient(network.gradient)

    hessian = np.array(
        [
            (gradient(start + step) - gradient(start - step)) / 2e-4
            for step in 1e-4 * np.eye(len(start))
        ]
    )
    eigenvalues = np.linalg.eigvalsh(hessian)
    # The softmax leaves one direction a feature, and one for the intercepts, flat
    n_flat = 3 + fit_intercept if out_activation == "softmax" else 0
    np.testing.assert_allclose(eigenvalues[:n_flat], 0, atol=1e-5)
    np.testing.assert_allclose(eigenvalues[n_flat:], 1, atol=1e-3)


def test_constant_and_repeated_features_are_no_obstacle():
    network, loss, data = make_problem("logistic", 1, True, False, np.asarray)
    X = np.hstack([data.X, data.X, np.zeros((40, 1)), np.ones((40, 1))])
    network = Network([8, 1])
    for i, (coordinates, *_) in enumerate(
        rounds(network, loss, data._replace(X=X), l2=0.0)
    ):
        params = coordinates.to_params(np.ones(9))
        assert np.isfinite(params).all()
        if i == 2:
            break


@pytest.mark.parametrize("container", [np.asarray, csr_array])
@pytest.mark.parametrize("C", [1, np.inf])
def test_a_constant_feature_changes_nothing(container, C):
    rng = np.random.RandomState(0)
    X = rng.randn(100, 3)
    y = (X[:, 0] + rng.randn(100) > 0).astype(int)
    wider = np.hstack([X, np.full((100, 1), 3.3)])
    plain = LogisticRegressionNN(C=C).fit(container(X), y)
    clf = LogisticRegressionNN(C=C).fit(container(wider), y)
    assert clf.loss_ == pytest.approx(plain.loss_, rel=1e-8)
    np.testing.assert_allclose(clf.coef_[:, :3], plain.coef_, atol=1e-3)


def make_texts(n_classes, n_texts=400, n_words=1000, length=60):
    """Counts of words, few of them frequent, with other frequencies in each class."""
    rng = np.random.RandomState(0)
    y = np.arange(n_texts) % n_classes
    X = np.zeros((n_texts, n_words))
    for k in range(n_classes):
        shares = np.exp(0.7 * rng.randn(n_words)) / np.arange(1, n_words + 1)
        rows = y == k
        X[rows] = rng.multinomial(length, shares / shares.sum(), size=rows.sum())
    return X, y


def penalized(clf, X, y):
    penalty = 0.5 / clf.C * np.sum(clf.coef_**2) / len(y)
    return log_loss(y, clf.predict_proba(X)) + penalty


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("C", [0.01, 1, 100])
@pytest.mark.parametrize("n_classes", [2, 20])
@pytest.mark.parametrize("kind", ["counts", "normalized", "one-hot"])
def test_sparse_data_take_no_more_iterations_than_in_plain_coordinates(
    kind, n_classes, C, fit_intercept
):
    """To the objective at which LogisticRegression, which has no others, stops."""
    X, y = make_texts(n_classes)
    if kind == "normalized":
        X /= np.linalg.norm(X, axis=1, keepdims=True)
    if kind == "one-hot":
        X = np.hstack([np.eye(61)[X[:, :9].sum(axis=1).astype(int)], X[:, 9:40] > 0])
    X = csr_array(X.astype(float))
    theirs = LogisticRegression(C=C, fit_intercept=fit_intercept, max_iter=1000)
    target = penalized(theirs.fit(X, y), X, y)
    ours = LogisticRegressionNN(C=C, fit_intercept=fit_intercept, max_iter=1000)
    curve = np.array(ours.fit(X, y).loss_curve_)
    assert curve[-1] <= target * (1 + 1e-6)
    n_iterations = np.argmax(curve <= target * (1 + 1e-6)) + 1
    assert n_iterations <= max(1.2 * theirs.n_iter_[0], theirs.n_iter_[0] + 2)


@pytest.mark.parametrize("n_classes", [2, 5])
def test_sparse_columns_of_any_unit_converge(n_classes):
    """Where LogisticRegression does not at ten times the iterations."""
    rng = np.random.RandomState(0)
    X = rng.randn(1000, 300) * (rng.rand(1000, 300) < 0.05)
    y = (3 * X @ rng.randn(300, n_classes) + rng.randn(1000, n_classes)).argmax(axis=1)
    X = csr_array(X * 10 ** rng.uniform(-3, 3, size=300))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf = LogisticRegressionNN().fit(X, y)
    with pytest.warns(UserWarning, match="failed to converge"):
        peer = LogisticRegression(max_iter=1000).fit(X, y)
    assert penalized(clf, X, y) < penalized(peer, X, y)


def test_weights_of_a_sparse_feature_are_copies_of_its_rows():
    X, y = make_texts(2, n_texts=60, n_words=20)
    copies = np.arange(60) % 3
    twice = LogisticRegressionNN().fit(csr_array(X).astype(float), y, copies)
    rows = np.repeat(np.arange(60), copies)
    clf = LogisticRegressionNN().fit(csr_matrix(X[rows]), y[rows])
    assert twice.n_iter_ == clf.n_iter_
    np.testing.assert_allclose(twice.coef_, clf.coef_, rtol=1e-6, atol=1e-9)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_many_dense_features_of_any_scale(fit_intercept, weighted):
    """So many that they are only scaled and centred."""
    rng = np.random.RandomState(0)
    X = rng.randn(120, 450) * np.logspace(-2, 2, 450) + np.logspace(-1, 1, 450)
    y = (X[:, 200:220].sum(axis=1) + 5 * rng.randn(120) > 20).astype(int)
    weight = rng.randint(1, 4, 120).astype(float) if weighted else None
    settings = {"C": 0.1, "fit_intercept": fit_intercept, "tol": 1e-9}
    ours = LogisticRegressionNN(**settings, max_iter=5000).fit(X, y, weight)
    theirs = LogisticRegression(**settings, solver="newton-cholesky", max_iter=1000)
    theirs.fit(X, y, weight)
    expected = theirs.coef_ * X.std(axis=0)
    largest = np.abs(expected).max()
    np.testing.assert_allclose(
        ours.coef_ * X.std(axis=0), expected, atol=1e-3 * largest
    )
    quick = LogisticRegressionNN(**settings | {"tol": 1e-4}, max_iter=400)
    assert quick.fit(X, y, weight).n_iter_ < 400  # 234 to 300, by SciPy's version


def test_factor_of_moments_without_curvature_in_all_directions():
    """What rounding has made indefinite gets the least ridge that cures it."""
    for correlation, ridge in ((0.5, 1e-10), (1.0, 1e-10), (1.05, 0.1), (1.5, 1.0)):
        moments = np.array([[1.0, correlation], [correlation, 1.0]])
        factor = _factor(moments.copy(), 0.0, 2)
        np.fill_diagonal(moments, 1 + ridge)
        np.testing.assert_allclose(factor @ factor.T, moments, rtol=1e-6)
    hopeless = _factor(np.array([[4.0, 9.0], [9.0, 1.0]]), 5.0, 1)
    np.testing.assert_allclose(hopeless, np.diag([3.0, 1.0]))


def test_factor_of_constant_features():
    factor = _factor(np.diag([4.0, 0.0, 9.0]), 0.0, 2)
    np.testing.assert_allclose(factor, np.diag([2.0, 1.0, 3.0]), rtol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 3])
def test_smoothness_of_a_single_row_and_of_zeros(batch_size):
    args = {"batch_size": batch_size, "sample_weight": None}
    assert expected_smoothness(np.array([[3.0, 4.0]]), **args) == 26
    assert expected_smoothness(np.zeros((5, 2)), **args) == pytest.approx(1)
    assert expected_smoothness(np.zeros((5, 2)), **args, fit_intercept=False) == 0
