"""What members learn in other processes is what they learn here, to the bit."""

import os
import signal

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import make_classification, make_multilabel_classification

from skdeepnn import DeepNNClassifier
from skdeepnn.fitting import descent, rounds

X, Y = make_classification(
    400, 6, n_informative=4, n_classes=3, flip_y=0.2, random_state=0
)
QUICK = {"hidden_layer_sizes": (8,), "random_state": 0}


@pytest.fixture(autouse=True)
def _send_all(monkeypatch):
    """Let other processes have the shortest fits, too."""
    monkeypatch.setattr(descent, "_WORTH_SENDING", 0)


@pytest.fixture
def sent(monkeypatch):
    """The numbers of epochs of the rounds that were sent."""
    found = []

    def told(groups, results, due, watched):
        found.append(len(due))
        return original(groups, results, due, watched)

    original = rounds._told
    monkeypatch.setattr(rounds, "_told", told)
    return found


def assert_same(a, b):
    np.testing.assert_array_equal(a.network_.params, b.network_.params)
    assert a.n_iter_ == b.n_iter_
    assert a.history_.keys() == b.history_.keys()
    for name in a.history_.keys() - {"seconds"}:
        np.testing.assert_array_equal(a.history_[name], b.history_[name])
    assert getattr(a, "oof_score_", None) == getattr(b, "oof_score_", None)
    assert a.t_ == b.t_


FITS = {
    "the defaults": {},
    "no averages": {"averaging": 0.0},
    "many members": {"n_members": 5},
    "no folds": {"n_members": 3, "early_stopping": False, "max_iter": 30},
    "a part held out": {"n_members": 2, "early_stopping": True, "max_iter": 20},
    "an adaptive rate": {
        "solver": "sgd",
        "learning_rate": "adaptive",
        "n_members": 2,
        "tol": 1e-2,
        "n_iter_no_change": 2,
        "max_iter": 30,
    },
    "momentum and a schedule": {
        "solver": "sgd",
        "learning_rate": lambda progress: 1 - progress / 2,
        "n_members": 2,
        "max_iter": 9,
    },
    "adam, in the order of the rows": {
        "solver": "adam",
        "shuffle": False,
        "n_members": 3,
        "max_iter": 9,
    },
    "clipped gradients": {"max_gradient_norm": 0.1, "max_iter": 20},
    "a score": {"scoring": "balanced_accuracy", "max_iter": 12},
    "dropout, which stays here": {"dropout": 0.2, "max_iter": 5},
}


@pytest.mark.parametrize("name", FITS)
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_it_is_the_same_to_the_bit(name, sent):
    fits = [
        DeepNNClassifier(**QUICK | FITS[name], n_jobs=n_jobs).fit(X, Y)
        for n_jobs in (1, 2)
    ]
    assert_same(*fits)
    assert bool(sent) == ("dropout" not in name)
    np.testing.assert_array_equal(*(fit.predict_proba(X) for fit in fits))


def weighted():
    return {"sample_weight": np.random.RandomState(0).rand(len(Y))}


def validated():
    return {"X_val": X[:50], "y_val": Y[:50]}


@pytest.mark.parametrize("arguments", [weighted, validated])
def test_weights_and_rows_to_watch(arguments, sent):
    fits = [
        DeepNNClassifier(**QUICK, n_jobs=n_jobs).fit(X, Y, **arguments())
        for n_jobs in (1, 2)
    ]
    assert_same(*fits)
    assert sent


def test_several_labels_and_sparse_rows(sent):
    X_many, labels = make_multilabel_classification(200, random_state=0)
    for rows in (X_many, sparse.csr_array(X_many)):
        fits = [
            DeepNNClassifier(**QUICK, n_members=2, max_iter=8, n_jobs=n_jobs)
            for n_jobs in (1, 2)
        ]
        assert_same(*(fit.fit(rows, labels) for fit in fits))
    assert sent


def test_a_race_of_views_is_run_to_its_end(sent):
    """With 800 rows one of three views is left behind after 300 steps."""
    rows, labels = make_classification(800, 4, n_redundant=0, random_state=0)
    fits = [
        DeepNNClassifier(**QUICK, n_jobs=n_jobs).fit(rows, labels) for n_jobs in (1, 3)
    ]
    assert_same(*fits)
    assert fits[0].views_ == fits[1].views_
    assert len(fits[0].views_) == 3
    assert max(sent) > 5


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_every_backend(backend, sent):
    expected = DeepNNClassifier(**QUICK, max_iter=9, n_jobs=1).fit(X, Y)
    with joblib.parallel_config(backend, n_jobs=2):
        assert_same(DeepNNClassifier(**QUICK, max_iter=9).fit(X, Y), expected)
    assert bool(sent) == (backend != "threading")


def test_training_goes_on_from_what_has_come_back(sent):
    params = QUICK | {"n_members": 3, "early_stopping": False, "max_iter": 7}
    fits = []
    for n_jobs in (1, 2):
        clf = DeepNNClassifier(**params, n_jobs=n_jobs).fit(X, Y)
        fits.append(clf.partial_fit(X, Y).partial_fit(X, Y))
    assert_same(*fits)
    assert sent


def test_rounds_are_as_long_as_is_sure(sent):
    """Patience of 15 epochs lasts for 16, and the first cannot fail to be the best."""
    params = QUICK | {"n_members": 4, "max_iter": 40}
    clf = DeepNNClassifier(**params, tol=10.0, early_stopping=False, n_jobs=2)
    clf.set_params(n_iter_no_change=15).fit(X, Y)
    assert sent == [16, 1]
    assert clf.n_iter_ == 17


def test_a_diverging_fit_says_so():
    params = QUICK | {"solver": "sgd", "learning_rate_init": 1e30, "n_members": 2}
    for n_jobs in (1, 2):
        with pytest.raises(ValueError, match="non-finite parameter weights"):
            DeepNNClassifier(**params, n_jobs=n_jobs).fit(X, Y)


def test_a_worker_dies_and_training_goes_on_here(sent):
    parent = os.getpid()

    def deadly(progress):
        if progress > 0.5 and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0

    params = QUICK | {"learning_rate": deadly, "max_iter": 30, "n_iter_no_change": 5}
    expected = DeepNNClassifier(**params, n_jobs=1).fit(X, Y)
    with pytest.warns(UserWarning, match="A worker process has died"):
        clf = DeepNNClassifier(**params, n_jobs=2).fit(X, Y)
    assert_same(clf, expected)
    assert 0 < sum(sent) < clf.n_iter_
