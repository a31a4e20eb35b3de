"""One estimator in several threads."""

import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification

from skdeepnn import DeepNNClassifier, LogisticRegressionNN

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

QUICK = {"hidden_layer_sizes": (8,), "max_iter": 3, "random_state": 0}
PLAIN = {"preprocess": None, "n_members": 1, "early_stopping": False}


def make(n_samples=400, n_features=6, n_classes=2):
    return make_classification(
        n_samples,
        n_features,
        n_informative=4,
        n_classes=n_classes,
        random_state=n_features,
    )


def frame(X):
    columns = {f"x{i}": column for i, column in enumerate(X.T)}
    return pd.DataFrame(columns).assign(kind=np.where(X[:, 0] > 0, "a", "b"))


MODELS = {
    "default": (DeepNNClassifier(**QUICK), np.asarray),
    "plain": (DeepNNClassifier(**QUICK, **PLAIN), np.asarray),
    "frames": (DeepNNClassifier(**QUICK), frame),
    "logistic": (LogisticRegressionNN(), np.asarray),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("n_rows", [1, 300, 20_000])
def test_sixteen_threads_predict_as_one(model, n_rows):
    clf, as_table = model
    X, y = make()
    clf = clone(clf).fit(as_table(X), y)
    table = as_table(np.resize(X, (n_rows, X.shape[1])))
    expected = clf.predict_proba(table)
    start = threading.Barrier(16, timeout=60)

    def predict(_):
        start.wait()
        return [clf.predict_proba(table) for _ in range(3)]

    with ThreadPoolExecutor(16) as pool:
        for results in pool.map(predict, range(16)):
            for proba in results:
                np.testing.assert_array_equal(proba, expected)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_a_prediction_during_refits_is_of_the_model_before_or_after(model):
    """Of another number of classes, from a start to which the rows fit in any case."""
    clf, as_table = model
    tables = [make(300, 6, 2), make(300, 6, 4)]
    clf, twin = clone(clf), clone(clf)
    expected, rows = [], as_table(tables[0][0][:50])
    for X, y in tables:
        twin.fit(as_table(X), y)
        expected.append((twin.predict_proba(rows), twin.predict(rows)))
    clf.fit(as_table(tables[0][0]), tables[0][1])
    ended, failed, seen = threading.Event(), [], set()

    def predict():
        while not ended.is_set():
            proba, labels = clf.predict_proba(rows), clf.predict(rows)
            of = [np.array_equal(proba, e[0]) for e in expected]
            ofs = [np.array_equal(labels, e[1]) for e in expected]
            if not (any(of) and any(ofs)):
                failed.append(proba.shape)
                return
            seen.add(of.index(True))

    thread = threading.Thread(target=predict)
    thread.start()
    try:
        for _ in range(6):
            for X, y in (tables[1], tables[0]):
                clf.fit(as_table(X), y)
    finally:
        ended.set()
        thread.join()
    assert not failed
    assert seen == {0, 1}


@pytest.mark.parametrize("as_table", [np.asarray, frame])
def test_rows_are_checked_as_those_of_the_model_that_there_is(as_table):
    """While it is fitted to another number of features."""
    reached, go_on = threading.Event(), threading.Event()

    def wait(rng, fan_in, fan_out):
        reached.set()
        assert go_on.wait(60)
        return np.zeros((fan_in, fan_out))

    X, y = make(200, 6)
    wide, labels = make(200, 9)
    clf = DeepNNClassifier(**QUICK).fit(as_table(X), y)
    before = clf.predict_proba(as_table(X))
    clf.set_params(weight_init=wait)
    thread = threading.Thread(target=clf.fit, args=(as_table(wide), labels))
    thread.start()
    try:
        assert reached.wait(60)
        np.testing.assert_array_equal(clf.predict_proba(as_table(X)), before)
        with pytest.raises(ValueError, match=r"features|feature names"):
            clf.predict(as_table(wide))
        with pytest.raises(RuntimeError, match="fitted already: fit a clone"):
            clf.fit(as_table(X), y)
        with pytest.raises(RuntimeError, match="fitted already: fit a clone"):
            clf.partial_fit(as_table(X), y)
        assert clone(clf).set_params(weight_init="auto").fit(X, y).n_features_in_ == 6
    finally:
        go_on.set()
        thread.join()
    assert clf.predict_proba(as_table(wide)).shape == (200, 2)
    clf.set_params(weight_init="auto").fit(as_table(X), y)  # and so again
    with pytest.raises(ValueError, match=r"features|feature names"):
        clf.predict(as_table(wide))


def test_names_of_features_go_with_the_model_they_belong_to():
    X, y = make()
    clf = DeepNNClassifier(**QUICK).fit(frame(X), y)
    assert clf.feature_names_in_.tolist()[-1] == "kind"
    clf.fit(X, y)
    with warnings.catch_warnings(action="error"):
        clf.predict(X)
    assert not hasattr(clf, "feature_names_in_")
    assert clf.n_features_in_ == 6


def test_clones_are_fitted_in_threads():
    X, y = make()
    expected = DeepNNClassifier(**QUICK).fit(X, y).predict_proba(X)
    with ThreadPoolExecutor(8) as pool:
        clfs = [DeepNNClassifier(**QUICK) for _ in range(8)]
        for clf in pool.map(lambda clf: clf.fit(X, y), clfs):
            np.testing.assert_array_equal(clf.predict_proba(X), expected)
