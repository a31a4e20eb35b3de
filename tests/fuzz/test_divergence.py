"""Rates, values and weights of any size: finite numbers, or the documented error."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skdeepnn import DeepNNClassifier, LogisticRegressionNN

SMALL = {"hidden_layer_sizes": (4,), "random_state": 0}
PLAIN = {"preprocess": None, **SMALL}
ESTIMATORS = {
    "default": lambda: DeepNNClassifier(random_state=0),
    **{
        solver: lambda solver=solver: DeepNNClassifier(solver=solver, **SMALL)
        for solver in ("adamw", "adam", "sgd", "lbfgs")
    },
    **{
        f"plain {solver}": lambda solver=solver: DeepNNClassifier(
            solver=solver, **PLAIN
        )
        for solver in ("adamw", "adam", "sgd", "lbfgs")
    },
    "logistic": lambda: LogisticRegressionNN(),
    "logistic sgd": lambda: LogisticRegressionNN(solver="sgd", random_state=0),
    "logistic adam": lambda: LogisticRegressionNN(solver="adam", random_state=0),
}
DOCUMENTED = (
    "Solver produced non-finite parameter weights",
    "The weights of the rows are too large or too small",
    "Logistic regression needs samples of at least 2 classes",
    "validation_fraction=",
)
ADVISES = (  # what warnings say is to be done
    "Increase max_iter",
    "Increase the number of iterations",
    "infinite values",
    "each epoch is one batch of all rows",
)


def numbers(n=80):
    return np.random.RandomState(0).randn(n, 3)


TABLES = {
    "plain": numbers(),
    "huge": numbers() * 1e300,
    "tiny": numbers() * 1e-300,
    "huge and tiny": numbers() * [1e300, 1e-300, 1],
    "far": numbers() + 1e12,
    "duplicates": np.repeat(numbers(4), 20, axis=0),
    "collinear": numbers()[:, :1] * [1.0, 2.0, -3.0],
    "constant": np.full((80, 3), 7.0),
    "zeros": np.zeros((80, 2)),
    "one constant": np.c_[numbers(), np.full(80, 7.0)],
    "one sample": numbers(1),
    "two samples": numbers(2),
    "outlier": np.r_[numbers(79), np.full((1, 3), 1e300)],
}
WEIGHTS = {
    "huge": lambda n: np.linspace(1, 2, n) * 1e300,
    "tiny": lambda n: np.linspace(1, 2, n) * 1e-300,
    "wide": lambda n: 10.0 ** np.linspace(-300, 300, n),
    "one row": lambda n: np.eye(n)[0],
}


def finite_or_documented(clf, X, sample_weight=None):
    """Fit, and check what comes of it; no warning but those that say what to do."""
    y = np.arange(len(X)) % 2
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            clf.fit(X, y, sample_weight)
        except ValueError as error:
            assert str(error).startswith(DOCUMENTED)  # noqa: PT017
            return
        assert np.isfinite(clf.network_.params).all()
        assert np.isfinite(clf.decision_function(X)).all()
        assert np.isfinite(clf.predict_log_proba(X)).all()
        assert np.isfinite([clf.loss_, *clf.loss_curve_]).all()
    for warning in caught:
        assert not issubclass(warning.category, RuntimeWarning), warning.message
        assert any(advice in str(warning.message) for advice in ADVISES)


@pytest.mark.parametrize("rate", [1e-8, 1e-2, 1.0, 1e2, 1e8])
@pytest.mark.parametrize("name", [name for name in ESTIMATORS if "lbfgs" not in name])
def test_learning_rates(name, rate):
    clf = ESTIMATORS[name]().set_params(max_iter=30)
    if name != "logistic":
        clf.set_params(learning_rate_init=rate)
    finite_or_documented(clf, TABLES["plain"])


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_tables(name, table):
    finite_or_documented(ESTIMATORS[name]().set_params(max_iter=20), TABLES[table])


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_weights(name, weights):
    X = TABLES["plain"]
    clf = ESTIMATORS[name]().set_params(max_iter=20)
    finite_or_documented(clf, X, WEIGHTS[weights](len(X)))


@pytest.mark.parametrize("make", [DeepNNClassifier, LogisticRegressionNN])
def test_no_warning_reaches_a_user_whose_input_is_sound(make, iris):
    X, y = iris
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf = make(random_state=0).fit(X, y)
        clf.score(X, y)
        clf.predict_proba(X[:1])
        make(random_state=0).fit(X, y, np.linspace(0, 2, len(X)))


def test_a_rate_that_is_too_high_is_told(iris):
    with pytest.raises(ValueError, match="or the learning rate is too large"):
        DeepNNClassifier(
            (4, 4), "identity", solver="sgd", learning_rate_init=1e8, random_state=0
        ).fit(*iris)


def test_one_that_is_too_low_is_told(iris):
    with pytest.warns(ConvergenceWarning, match="or the learning rate"):
        DeepNNClassifier(
            solver="sgd", learning_rate_init=1e-8, max_iter=3, random_state=0, tol=0
        ).fit(*iris)
