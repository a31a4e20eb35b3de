import warnings

import numpy as np
import pytest
from like_mlp import like_mlp

from skdeepnn.fitting.lbfgs import minimize_lbfgs
from skdeepnn.nn.losses import LOSSES
from skdeepnn.nn.network import Network

LOSS = LOSSES["log_loss", "logistic"]


@pytest.fixture
def problem(rng):
    X = rng.randn(60, 3)
    y = (X @ [1.0, -2.0, 0.5] + rng.randn(60) > 0).astype(float)[:, np.newaxis]
    return Network([3, 1]), X, y


def test_the_gradient_vanishes_at_the_minimum(problem):
    network, X, y = problem
    result = minimize_lbfgs(network, LOSS, X, y, l2=0.1, tol=1e-8, ftol=0.0)
    value = network.loss_and_gradient(X, y, None, LOSS, 0.1)
    assert np.abs(network.gradient).max() <= 1e-8
    assert value == pytest.approx(result.fun, rel=1e-13)


def test_records_describe_the_accepted_points(problem):
    network, X, y = problem
    records = []

    def check(record):
        records.append(record.loss)
        assert record.loss == network.loss_and_gradient(X, y, None, LOSS, 0.1)
        assert record.gradient_norm == pytest.approx(np.linalg.norm(network.gradient))

    result = minimize_lbfgs(network, LOSS, X, y, l2=0.1, on_iteration=check)
    assert len(records) == result.nit
    assert records == sorted(records, reverse=True)


def test_can_be_stopped(problem):
    network, X, y = problem
    points = []

    def stop_at_two(record):
        points.append(network.params.copy())
        return len(points) == 2

    minimize_lbfgs(network, LOSS, X, y, on_iteration=stop_at_two)
    assert len(points) == 2
    np.testing.assert_array_equal(network.params, points[-1])


def test_an_interruption_leaves_the_last_finished_iteration(problem):
    network, X, y = problem
    points = []

    def interrupt(record):
        points.append(network.params.copy())
        if len(points) == 3:
            network.params[:] = np.nan
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        minimize_lbfgs(network, LOSS, X, y, on_iteration=interrupt)
    np.testing.assert_array_equal(network.params, points[-1])


def test_a_loss_of_zero_is_convergence():
    X, y = np.repeat([[-50.0], [50.0]], 20, axis=0), np.repeat([0, 1], 20)
    clf = like_mlp((), solver="lbfgs", alpha=0.0, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert clf.fit(X, y).loss_ == 0
