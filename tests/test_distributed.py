"""Searches on a Dask cluster: the same results, whatever becomes of its workers."""

import itertools
import os
import signal

import joblib
import numpy as np
import pytest
from dask.distributed import Client, LocalCluster
from sklearn.base import clone
from sklearn.datasets import make_moons
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    GridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
)

from skdeepnn import DeepNNClassifier
from skdeepnn.compute.threads import new_team
from skdeepnn.fitting import descent
from skdeepnn.model_selection import (
    LayerSizes,
    layer_size_grid,
    out_of_fold,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def client():
    """Two processes of one thread each, as on two machines."""
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        client.amm.stop()  # what lies on one worker alone is lost with it
        yield client


@pytest.fixture(scope="module")
def moons():
    return make_moons(200, noise=0.2, random_state=0)


QUICK = DeepNNClassifier(n_members=3, max_iter=5, random_state=0)
WHOLE = DeepNNClassifier(max_iter=5, random_state=0)  # with all the views
GRID = {"hidden_layer_sizes": layer_size_grid([2, 8, 32], [1, 2], shape="funnel")}
DRAWN = {"hidden_layer_sizes": LayerSizes((2, 32), (1, 2))}
SEARCHES = {
    "folds": GridSearchCV(QUICK, GRID, cv=2, scoring="neg_log_loss"),
    "grid": GridSearchCV(WHOLE, GRID, **out_of_fold()),
    "random": RandomizedSearchCV(
        QUICK, DRAWN, n_iter=6, random_state=0, **out_of_fold("accuracy")
    ),
    "halving": HalvingRandomSearchCV(
        QUICK, DRAWN, min_resources=100, random_state=0, **out_of_fold()
    ),
}


def check_same(search, other, X):
    for name, values in search.cv_results_.items():
        if not name.endswith("_time"):
            np.testing.assert_array_equal(other.cv_results_[name], values)
    assert other.best_params_ == search.best_params_
    np.testing.assert_array_equal(other.predict_proba(X), search.predict_proba(X))


@pytest.mark.parametrize("kind", SEARCHES)
def test_a_search_on_a_cluster_finds_the_same(client, moons, kind):
    search = SEARCHES[kind].fit(*moons)
    with joblib.parallel_config(backend="dask"):
        there = clone(SEARCHES[kind]).fit(*moons)
    check_same(search, there, moons[0])


def test_epochs_of_a_search_on_a_cluster_are_heard_of(client, moons, callbacks, capfd):
    search = clone(SEARCHES["grid"]).set_callbacks(callbacks.ProgressBar())
    with joblib.parallel_config(backend="dask"):
        search.fit(*moons)
    assert "DeepNNClassifier" in capfd.readouterr().out


@pytest.mark.filterwarnings("ignore:Sending large graph")
def test_an_ensemble_is_trained_on_a_cluster(client, moons, monkeypatch):
    """In rounds: the results of each come back, and are what one process finds."""
    monkeypatch.setattr(descent, "_WORTH_SENDING", 0)
    ensemble = DeepNNClassifier((16,), n_members=24, random_state=0)
    expected = clone(ensemble).fit(*moons)
    before = client.run_on_scheduler(count_transitions)
    with joblib.parallel_config(backend="dask"):
        ensemble.fit(*moons)
    assert client.run_on_scheduler(count_transitions) > before
    assert ensemble.oof_score_ == expected.oof_score_
    np.testing.assert_array_equal(ensemble.network_.params, expected.network_.params)


def count_transitions(dask_scheduler):
    """Return how often tasks have changed their state."""
    return dask_scheduler.transition_counter


def count_threads(n_jobs):
    with new_team(n_jobs) as team:
        return team.n_threads


@pytest.mark.parametrize("n_jobs", [None, -1, 4])
def test_fits_in_workers_keep_to_their_core(client, moons, n_jobs):
    assert set(client.run(count_threads, n_jobs).values()) == {1}
    clf = clone(QUICK).set_params(n_jobs=n_jobs)
    grid = {"hidden_layer_sizes": ["8", "16"]}
    with joblib.parallel_config(backend="dask"):
        search = GridSearchCV(clf, grid, **out_of_fold()).fit(*moons)
    check_same(GridSearchCV(QUICK, grid, **out_of_fold()).fit(*moons), search, moons[0])


class KillsOnce:
    """A scorer whose process ends, without a word, in the middle of the search."""

    def __init__(self, scorer, folder):
        self.scorer, self.mark = scorer, folder / "killed"

    def __call__(self, estimator, X, y):
        if estimator.hidden_layer_sizes == "8" and not self.mark.exists():
            self.mark.write_text(str(os.getpid()))
            os.kill(os.getpid(), signal.SIGKILL)
        return self.scorer(estimator, X, y)


# The last, so that no other test waits for the worker that takes the place.
def test_a_search_outlives_a_worker(client, moons, tmp_path):
    client.wait_for_workers(2)
    before = set(client.run(os.getpid).values())
    splits = list(StratifiedKFold(2).split(*moons))
    data = [*moons, *itertools.chain(*splits)]
    scorer = get_scorer("neg_log_loss")
    grid = {"hidden_layer_sizes": ["2", "8", "32"]}
    search = GridSearchCV(QUICK, grid, cv=splits, scoring=KillsOnce(scorer, tmp_path))
    with joblib.parallel_config(backend="dask", scatter=data):
        search.fit(*moons)
    assert int((tmp_path / "killed").read_text()) in before
    client.wait_for_workers(2)
    assert set(client.run(os.getpid).values()) != before
    alone = GridSearchCV(QUICK, grid, cv=splits, scoring=scorer).fit(*moons)
    check_same(alone, search, moons[0])
