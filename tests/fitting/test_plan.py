import numpy as np
import pytest

from skdeepnn import DeepNNClassifier
from skdeepnn.fitting.plan import FEW_ROWS, PLANNED, make_plan


def plan_of(n_samples, is_incremental=False, **params):
    clf = DeepNNClassifier(**params)
    params = {name: getattr(clf, name) for name in PLANNED}
    return make_plan(params, n_samples, is_incremental=is_incremental)


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
