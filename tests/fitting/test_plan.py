import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skdeepnn import DeepNNClassifier
from skdeepnn.fitting.plan import FEW_ROWS, PLANNED, make_plan


def plan_of(n_samples, is_incremental=False, n_features=10, **params):
    clf = DeepNNClassifier(**params)
    params = {name: getattr(clf, name) for name in PLANNED}
    return make_plan(params, n_samples, n_features, is_incremental=is_incremental)


@pytest.mark.parametrize("n_samples", [10, 63, 64, 1999, 2000, 10**6])
@pytest.mark.parametrize("solver", ["adamw", "adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("is_incremental", [False, True])
def test_nothing_stays_auto_but_the_way_of_stopping(n_samples, solver, is_incremental):
    plan = vars(plan_of(n_samples, is_incremental, solver=solver))
    autos = {name for name, value in plan.items() if value == "auto"}
    holds_out = solver == "adamw" and n_samples >= FEW_ROWS and not is_incremental
    assert autos == ({"early_stopping"} if holds_out else set())
    assert 1 <= plan["batch_size"] <= n_samples


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_other_solvers_have_the_peers_defaults(solver):
    from sklearn.neural_network import MLPClassifier

    plan = vars(plan_of(1000, solver=solver))
    peer = MLPClassifier().get_params()
    for name in peer.keys() & plan.keys() - {"solver", "batch_size"}:
        assert plan[name] == peer[name], name
    assert plan["batch_size"] == 200
    assert plan["n_members"] == 1


@pytest.mark.parametrize(
    "params",
    [
        {"alpha": 0.5},
        {"batch_size": 17},
        {"max_iter": 3},
        {"n_members": 5},
        {"label_smoothing": 0.3},
        {"averaging": 0.0},
        {"hidden_layer_sizes": (7,)},
        {"early_stopping": False},
        {"n_iter_no_change": 4},
    ],
)
@pytest.mark.parametrize("n_samples", [20, 5000])
def test_what_is_set_stays(params, n_samples):
    plan = vars(plan_of(n_samples, **params))
    for name, value in params.items():
        assert plan[name] == value


def test_larger_tables_get_more_steps_an_epoch_and_fewer_epochs():
    sizes = [100, 1000, 10_000, 100_000, 10**6]
    plans = [plan_of(n) for n in sizes]
    epochs = [plan.max_iter for plan in plans]
    assert epochs == sorted(epochs, reverse=True)
    assert epochs[-1] == 10
    steps = [
        plan.max_iter * np.ceil(n / plan.batch_size)
        for n, plan in zip(sizes, plans, strict=True)
    ]
    assert min(steps) >= 4000
    assert plan_of(1000, n_iter_no_change=3).min_steps == 0
    assert plan_of(1000).min_steps == 600


@pytest.mark.parametrize(
    ("n_samples", "n_features", "min_steps"),
    [(64, 10, 200), (300, 10, 300), (600, 10, 600), (10**6, 10, 600)]
    + [(100, 251, 199), (500, 1000, 50), (100, 10**5, 1), (2000, 600, 600)],
)
def test_few_rows_and_many_columns_take_fewer_steps(n_samples, n_features, min_steps):
    assert plan_of(n_samples, n_features=n_features).min_steps == min_steps
    assert plan_of(n_samples, n_features=n_features, n_iter_no_change=3).min_steps == 0


def test_wide_tables_get_smaller_networks_unless_told():
    wide, narrow = (plan_of(500, n_features=p) for p in (1000, 100))
    names = ("hidden_layer_sizes", "n_members", "n_iter_no_change")
    assert [getattr(wide, name) for name in names] == [(64, 64), 4, 8]
    assert [getattr(narrow, name) for name in names] == [(128, 64), 8, 15]
    told = {"hidden_layer_sizes": (9,), "n_members": 3, "n_iter_no_change": 2}
    plan = vars(plan_of(500, n_features=1000, **told))
    assert told.items() <= plan.items()
    assert plan_of(500, n_features=1000, solver="adam").hidden_layer_sizes == (100,)


def test_training_goes_on_where_a_table_has_become_wide():
    rng = np.random.RandomState(0)
    X, y = rng.randn(1000, 300), np.arange(1000) % 2
    clf = DeepNNClassifier(warm_start=True, max_iter=2, random_state=0).fit(X, y)
    assert clf.layers_[0].coef.shape == (8, 300, 128)
    clf.fit(X[:400], y[:400])
    assert clf.layers_[0].coef.shape == (8, 300, 128)


@pytest.mark.parametrize(
    ("params", "is_incremental", "n_times"),
    [
        ({}, False, 6),
        ({}, True, 2),
        ({"warm_start": True}, False, np.inf),
        ({"early_stopping": True}, False, np.inf),
        ({"scoring": "accuracy"}, True, np.inf),
        ({"solver": "lbfgs"}, False, np.inf),
    ],
)
def test_how_often_rows_will_be_seen(params, is_incremental, n_times):
    params = {"solver": "adam", "n_members": 2, "max_iter": 3} | params
    plan = plan_of(1000, is_incremental, **params)
    assert plan.times_seen(is_incremental=is_incremental) == n_times


def test_what_was_left_to_the_plan_is_remembered():
    plan = plan_of(1000, max_iter=3, alpha=0.1)
    assert {"batch_size", "label_smoothing", "n_members"} <= plan.left_to_plan
    assert not {"max_iter", "alpha", "solver", "loss"} & plan.left_to_plan


@pytest.mark.parametrize("n_samples", [20, 100])
def test_what_was_left_to_the_plan_is_no_cause_for_warnings(n_samples):
    """Neither that all epochs were used up, nor that batches are of all rows."""
    rng = np.random.RandomState(0)
    X, y = rng.randn(n_samples, 3), np.arange(n_samples) % 2
    with warnings.catch_warnings(action="error"):
        DeepNNClassifier((4,), n_members=2, random_state=0).fit(X, y)
    clf = DeepNNClassifier((4,), max_iter=2, batch_size=1000, early_stopping=False)
    with (
        pytest.warns(UserWarning, match="Got batch_size=1000 larger than"),
        pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(2\) reached"),
    ):
        clf.fit(X, y)
