"""DeepNNClassifier() as it is: raw tables, folds, honest scores."""

import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris, make_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from skdeepnn import DeepNNClassifier

QUICK = {"hidden_layer_sizes": (16,), "max_iter": 15, "random_state": 0}


@pytest.fixture(scope="module")
def cancer():
    return train_test_split(*load_breast_cancer(return_X_y=True), random_state=0)


@pytest.fixture(scope="module")
def fitted(cancer):
    X, _, y, _ = cancer
    return DeepNNClassifier(random_state=0).fit(X, y)


def make_frame(n_samples=300, seed=0):
    rng = np.random.RandomState(seed)
    color = rng.choice(["red", "green", "blue"], n_samples)
    size = rng.lognormal(3, 2, n_samples)
    flag = rng.rand(n_samples) < 0.5
    y = np.where((color == "red") ^ (np.log(size) > 3), "yes", "no")
    X = pd.DataFrame(
        {
            "color": pd.Categorical(color),
            "text": rng.choice(["a", "b"], n_samples),
            "size": np.where(rng.rand(n_samples) < 0.1, np.nan, size),
            "flag": flag,
            "count": pd.array(rng.randint(9, size=n_samples), dtype="Int64"),
        }
    )
    X.loc[::17, "color"] = np.nan
    X.loc[::13, "count"] = pd.NA
    return X, y


def test_better_than_a_network_on_raw_data_and_knows_it(cancer, fitted):
    X_train, X_test, y_train, y_test = cancer
    assert fitted.score(X_test, y_test) > 0.95
    assert abs(fitted.oof_score_ - fitted.score(X_test, y_test)) < 0.04
    peer = MLPClassifier(random_state=0).fit(X_train, y_train)
    loss = log_loss(y_test, fitted.predict_proba(X_test))
    assert loss < 0.5 * log_loss(y_test, peer.predict_proba(X_test))


def test_what_is_held_out_is_recorded(cancer, fitted):
    X, _, y, _ = cancer
    assert fitted.oof_decision_function_.shape == (len(y),)
    guessed = fitted.oof_decision_function_ > 0
    assert fitted.oof_score_ == pytest.approx((guessed == y).mean())
    history = fitted.history_
    assert {"validation_loss", "validation_score"} <= history.keys()
    np.testing.assert_array_equal(
        history["validation_score"], -history["validation_loss"]
    )
    proba = 1 / (1 + np.exp(-fitted.oof_decision_function_))
    # Calibrated fold by fold with what the other folds tell, it is a little worse
    best = history["validation_loss"].min()
    assert best < log_loss(y, proba) < 1.2 * best
    assert fitted.temperature_ != 1


def test_raw_frames_with_gaps():
    X, y = make_frame()
    X_test, y_test = make_frame(seed=1)
    clf = DeepNNClassifier(random_state=0).fit(X, y)
    assert clf.score(X_test, y_test) > 0.85
    assert set(clf.predict(X_test)) == {"yes", "no"}
    assert list(clf.feature_names_in_) == list(X.columns)
    X_test["color"] = "never seen"
    assert np.isfinite(clf.predict_proba(X_test)).all()
    with pytest.raises(ValueError, match="feature names"):
        clf.predict(X_test[X_test.columns[::-1]])


def test_an_array_for_a_frame_is_warned_of_once():
    X = pd.DataFrame(np.random.RandomState(0).randn(100, 2), columns=["a", "b"])
    clf = DeepNNClassifier(**QUICK).fit(X, X["a"] > 0)
    with pytest.warns(UserWarning, match="feature names") as record:
        clf.predict(X.to_numpy())
    assert ["DeepNNClassifier" in str(warning.message) for warning in record] == [True]


def test_predictions_keep_to_the_threads_allowed(monkeypatch):
    X, y = np.random.RandomState(0).randn(6000, 2), np.arange(6000) % 2
    clf = DeepNNClassifier((64,), max_iter=1, n_jobs=1).fit(X, y)
    monkeypatch.setattr("skdeepnn.compute.inference.new_team", None)  # not to be called
    assert clf.predict(X).shape == (6000,)


def test_units_and_outliers_do_not_matter(cancer):
    X, X_test, y, _ = cancer
    scales = 10.0 ** np.arange(-15, 15)
    X_scaled, X_test_scaled = X * scales + 7 * scales, X_test * scales + 7 * scales
    clf = DeepNNClassifier(**QUICK, dtype="float64")
    expected = clone(clf).fit(X, y).predict_proba(X_test)
    actual = clone(clf).fit(X_scaled, y).predict_proba(X_test_scaled)
    np.testing.assert_allclose(actual, expected, atol=1e-4)
    X_outlier = X.copy()
    X_outlier[0, 0] *= 1e9
    actual = clone(clf).fit(X_outlier, y).predict_proba(X_test)
    assert np.abs(actual - expected).mean() < 0.02


@pytest.mark.parametrize("seed", range(3))
def test_pure_noise_is_known_to_be_noise(seed):
    rng = np.random.RandomState(seed)
    X, y = rng.randn(400, 10), rng.rand(400) < 0.5
    clf = DeepNNClassifier(random_state=seed).fit(X, y)
    assert clf.oof_score_ < 0.6
    proba = clf.predict_proba(rng.randn(1000, 10))
    assert np.abs(proba - 0.5).mean() < 0.1


def test_going_on_keeps_the_folds():
    rng = np.random.RandomState(0)
    X, y = rng.randn(400, 10), rng.rand(400) < 0.5
    clf = DeepNNClassifier(warm_start=True)
    for _ in range(4):
        clf.fit(X, y)
    assert clf.oof_score_ < 0.6  # with new folds members would know the answers


@pytest.mark.parametrize("n_samples", [5, 30, 63, 64, 65, 130])
def test_small_tables(n_samples):
    X, y = load_iris(return_X_y=True)
    rows = np.random.RandomState(0).permutation(len(X))
    clf = DeepNNClassifier(random_state=0).fit(X[rows[:n_samples]], y[rows[:n_samples]])
    assert clf.score(X, y) > (0.6 if n_samples == 5 else 0.85)
    assert hasattr(clf, "oof_score_") == (n_samples >= 64)


@pytest.mark.parametrize("n_rare", [1, 2, 5])
def test_rare_classes(n_rare):
    X, y = make_classification(300, 8, random_state=0)
    y[:n_rare] = 2
    clf = DeepNNClassifier(**QUICK).fit(X, y)
    assert clf.predict_proba(X).shape == (300, 3)
    balanced = DeepNNClassifier(class_weight="balanced", **QUICK).fit(X, y)
    rare = clf.predict_proba(X)[:n_rare, 2].mean()
    assert balanced.predict_proba(X)[:n_rare, 2].mean() > rare


def test_a_validation_set_takes_the_folds_place(cancer):
    X, X_test, y, y_test = cancer
    clf = DeepNNClassifier(random_state=0).fit(X, y, X_val=X_test, y_val=y_test)
    assert not hasattr(clf, "oof_score_")
    proba = clf.predict_proba(X_test)
    best = clf.history_["validation_loss"].min()
    assert 0.8 * best < log_loss(y_test, proba) <= best  # an intercept helps


def test_sparse_rows_and_one_member_set_a_part_aside(cancer):
    X, X_test, y, y_test = cancer
    for data, n_members in ((csr_array(X), "auto"), (X, 1)):
        clf = DeepNNClassifier(n_members=n_members, random_state=0).fit(data, y)
        assert not hasattr(clf, "oof_score_")
        assert clf.score(X_test if n_members == 1 else csr_array(X_test), y_test) > 0.9


@pytest.mark.parametrize("as_labels", [np.asarray, csr_array])
def test_multilabel(as_labels):
    rng = np.random.RandomState(0)
    X = rng.randn(300, 5)
    Y = np.stack([X[:, 0] > 0, X[:, 1] + X[:, 2] > 0, rng.rand(300) < 0.1], 1).astype(
        int
    )
    clf = DeepNNClassifier(random_state=0).fit(X, as_labels(Y))
    assert clf.oof_decision_function_.shape == (300, 3)
    assert (clf.predict(X)[:, :2] == Y[:, :2]).mean() > 0.9


@pytest.mark.parametrize("scoring", ["accuracy", "roc_auc", "neg_log_loss", "loss"])
def test_scorers_judge_the_held_out_rows(cancer, scoring):
    X, _, y, _ = cancer
    clf = DeepNNClassifier(**QUICK, scoring=scoring).fit(X, y)
    held_out = clf.history_["validation_score"]
    if scoring == "accuracy":
        assert held_out.max() == pytest.approx(clf.oof_score_, abs=0.01)
    elif "loss" in scoring:
        assert (held_out < 0).all()


def test_weights_of_rows_count_out_of_fold_too(cancer):
    X, _, y, _ = cancer
    weight = (np.arange(len(y)) % 3 > 0).astype(float)
    clf = DeepNNClassifier(**QUICK).fit(X, y, sample_weight=weight)
    right = (clf.oof_decision_function_ > 0) == y
    assert clf.oof_score_ == pytest.approx(np.average(right, weights=weight))


def make_easy(n_samples=500, seed=0):
    X = np.random.RandomState(seed).randn(n_samples, 4)
    return X, (X[:, 0] > 0).astype(int)


def test_a_few_steps_are_not_lost():
    # The average of the weights must not hold the initial ones against them.
    X, y = make_easy(4000)
    chunks = DeepNNClassifier(random_state=0)
    chunks.partial_fit(X[:64], y[:64], classes=[0, 1])
    for start in range(64, 4000, 50):
        chunks.partial_fit(X[start : start + 50], y[start : start + 50])
    assert chunks.score(X, y) > 0.95
    for n_samples, max_iter in [(50, 9), (600, 1), (600, 2)]:
        clf = DeepNNClassifier(random_state=0, max_iter=max_iter)
        clf.fit(X[:n_samples], y[:n_samples])
        assert clf.score(X, y) > 0.8
    clf = DeepNNClassifier(random_state=0, max_iter=1, warm_start=True)
    scores = [clf.fit(X[:500], y[:500]).score(X, y) for _ in range(10)]
    assert scores[-1] > 0.9


def test_the_last_epoch_is_scored():
    X, y = make_easy(600)
    losses = [
        DeepNNClassifier(random_state=0, max_iter=max_iter)
        .fit(X, y)
        .history_["validation_loss"][-1]
        for max_iter in (1, 2, 3, 4)
    ]
    assert losses == sorted(losses, reverse=True)
    assert len(set(losses)) == 4


def test_partial_fit_says_that_few_rows_are_few():
    X, y = make_easy()
    with pytest.warns(UserWarning, match="learns medians.* 5 rows are few"):
        DeepNNClassifier().partial_fit(X[:5], y[:5], classes=[0, 1])


@pytest.mark.parametrize("begin", ["partial_fit", "few rows", "no early stopping"])
def test_warm_starts_after_what_held_nothing_out(begin):
    X, y = make_easy(150)
    clf = DeepNNClassifier(random_state=0, warm_start=True)
    if begin == "partial_fit":
        clf.partial_fit(X, y, classes=[0, 1])
    elif begin == "few rows":
        clf.fit(X[:50], y[:50])
    else:
        clf.set_params(early_stopping=False).fit(X, y)
        clf.set_params(early_stopping="auto")
    assert clf.fit(X, y).score(X, y) > 0.95
    assert not hasattr(clf, "oof_score_")


def test_no_out_of_fold_score_for_what_members_have_seen():
    rng = np.random.RandomState(0)
    X, y = rng.randn(200, 10), rng.randint(2, size=200)
    clf = DeepNNClassifier((16,), max_iter=20, warm_start=True, random_state=0)
    assert clf.fit(X, y).oof_score_ < 0.65
    assert clf.fit(X, y).oof_score_ < 0.65
    assert not hasattr(clf.fit(X[::-1], y[::-1]), "oof_score_")
    assert not hasattr(clf.fit(X, y), "oof_score_")
    clf.set_params(warm_start=False).fit(X, y)
    clf.set_params(warm_start=True).partial_fit(X, y)
    assert not hasattr(clf.fit(X, y), "oof_score_")


def test_going_on_with_other_rows_learns_from_them():
    rng = np.random.RandomState(1)
    X, y = make_easy()
    X_new = rng.randn(500, 4)
    y_new = (X_new[:, 0] + 1.5 * rng.randn(500) < 0).astype(int)
    clf = DeepNNClassifier(random_state=0, warm_start=True).fit(X, y)
    assert clf.fit(X_new, y_new).score(X_new, y_new) > 0.65


def test_the_temperature_goes_into_the_weights_when_training_goes_on():
    X, y = make_easy()
    clf = DeepNNClassifier(random_state=0, max_iter=30).fit(X, y)
    assert clf.temperature_ != 1
    before = clf.decision_function(X)
    clf.set_params(solver="sgd", learning_rate_init=1e-12).partial_fit(X, y)
    assert clf.temperature_ == 1
    np.testing.assert_allclose(clf.decision_function(X), before, rtol=1e-3, atol=1e-3)


def test_a_score_that_is_as_good_as_it_gets_is_no_improvement():
    X, y = load_iris(return_X_y=True)
    clf = DeepNNClassifier(random_state=0, scoring="accuracy", n_iter_no_change=5)
    assert clf.fit(X, y == 0).n_iter_ < 200


def test_scorers_are_held_to_the_rows_they_are_given():
    def score_some(estimator, X, y):
        return estimator.score(X[:50], y[:50])

    with pytest.raises(ValueError, match="other rows than it is given"):
        DeepNNClassifier(scoring=score_some).fit(*make_easy())


def test_class_weights_are_not_in_the_out_of_fold_score():
    X, y = make_easy()
    clf = DeepNNClassifier(**QUICK, class_weight={0: 0, 1: 1}).fit(X, y)
    guessed = clf.oof_decision_function_ > 0
    assert clf.oof_score_ == pytest.approx((guessed == y).mean())
    assert clf.oof_score_ < 0.6


@pytest.mark.parametrize("first", ["auto", None])
def test_going_on_needs_the_same_preprocessing(first):
    X, y = make_easy()
    clf = DeepNNClassifier(**QUICK, preprocess=first, warm_start=True).fit(X, y)
    clf.set_params(preprocess=None if first else "auto")
    with pytest.raises(ValueError, match="fitted with preprocess"):
        clf.fit(X, y)
    with pytest.raises(ValueError, match="fitted with preprocess"):
        clf.partial_fit(X, y)


def test_more_members_than_rows_set_a_part_aside():
    X, y = make_easy(70)
    clf = DeepNNClassifier((4,), n_members=80, max_iter=2).fit(X, y)
    assert not hasattr(clf, "oof_score_")


def test_rows_without_weight():
    X, y = make_easy(150)
    weight = np.zeros(150)
    weight[:3] = 1
    clf = DeepNNClassifier(**QUICK).fit(X, y, sample_weight=weight)
    assert np.isfinite(clf.loss_curve_).all()
    assert np.isfinite(clf.predict_proba(X)).all()


def test_partial_fit_and_what_follows(cancer):
    X, X_test, y, y_test = cancer
    clf = DeepNNClassifier(random_state=0)
    for _ in range(20):
        clf.partial_fit(X, y, classes=[0, 1])
    assert clf.score(X_test, y_test) > 0.9
    assert not hasattr(clf, "oof_score_")
    assert clf.fit(X, y).oof_score_ > 0.9
    assert not hasattr(clf.partial_fit(X, y), "oof_score_")


def test_nothing_of_the_fit_before_is_left(cancer):
    X, _, y, _ = cancer
    clf = DeepNNClassifier(**QUICK).fit(X, y)
    assert not hasattr(clf.fit(X[:40], y[:40]), "oof_decision_function_")
    assert clf.temperature_ == 1


def test_a_failed_fit_leaves_the_fit_before(cancer):
    X, X_test, y, _ = cancer
    clf = DeepNNClassifier(**QUICK).fit(X, y)
    before = clf.predict_proba(X_test), clf.oof_score_, clf.temperature_

    def fail(estimator, X, y):
        raise KeyError("no score")

    for params, labels in [({"scoring": fail}, y), ({"scoring": None}, y / 3)]:
        with pytest.raises((KeyError, ValueError), match="no score|continuous"):
            clf.set_params(**params).fit(3 * X, labels)
        np.testing.assert_array_equal(clf.predict_proba(X_test), before[0])
        assert (clf.oof_score_, clf.temperature_) == before[1:]


def test_same_seed_same_model_however_many_threads(cancer):
    X, X_test, y, _ = cancer
    probas = [
        DeepNNClassifier(**QUICK, n_jobs=n_jobs).fit(X, y).predict_proba(X_test)
        for n_jobs in (1, 2, None)
    ]
    np.testing.assert_array_equal(probas[0], probas[1])
    np.testing.assert_array_equal(probas[0], probas[2])


def test_pickles(fitted, cancer):
    twin = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(
        twin.predict_proba(cancer[1]), fitted.predict_proba(cancer[1])
    )
    assert twin.oof_score_ == fitted.oof_score_


@pytest.mark.parametrize("solver", ["sgd", "adam", "adamw"])
def test_going_on_from_read_only_memory(solver, tmp_path):
    X, y = make_easy(200)
    clf = DeepNNClassifier(solver=solver, random_state=0)
    clf.partial_fit(X, y, classes=[0, 1])
    joblib.dump(clf, tmp_path / "model")
    twin = joblib.load(tmp_path / "model", mmap_mode="r")
    np.testing.assert_array_equal(
        twin.partial_fit(X, y).predict_proba(X), clf.partial_fit(X, y).predict_proba(X)
    )


def test_an_interrupted_fit_leaves_the_best_so_far(cancer, monkeypatch):
    X, X_test, y, y_test = cancer
    clf = DeepNNClassifier(random_state=0)
    seen = []

    def interrupt(self):
        seen.append(self)
        if len(seen) == 10:
            raise KeyboardInterrupt

    monkeypatch.setattr("skdeepnn.fitting.callbacks.EpochTasks.begin_epoch", interrupt)
    with pytest.warns(UserWarning, match="interrupted"):
        clf.fit(X, y)
    assert clf.n_iter_ == 9
    assert clf.score(X_test, y_test) > 0.9
    assert clf.oof_score_ > 0.9


def test_wrong_input_says_what_to_do():
    X, y = make_frame()
    with pytest.warns(UserWarning, match=r"\['size'\] have infinite values"):
        DeepNNClassifier(**QUICK).fit(
            X.assign(size=np.where(y == "yes", np.inf, X["size"])), y
        )
    with pytest.raises(ValueError, match="nowhere"):
        DeepNNClassifier(**QUICK, categorical_features=["nowhere"]).fit(X, y)
    clf = DeepNNClassifier(**QUICK).fit(X, y)
    with pytest.raises(ValueError, match="size"):
        clf.predict(X.assign(size="large"))


@pytest.mark.parametrize("solver", ["sgd", "adam", "adamw"])
def test_members_whose_batch_weighs_nothing_are_not_penalized_for_it(solver):
    X, y = make_easy(300)
    weight = np.zeros(300)
    weight[:30] = 1
    clf = DeepNNClassifier((16,), solver=solver, n_members=4, batch_size=5)
    clf.set_params(max_iter=30, random_state=0).fit(X, y, sample_weight=weight)
    assert clf.score(X[:30], y[:30]) > 0.85


@pytest.mark.usefixtures("callbacks")
def test_snapshots_know_what_their_members_have_seen():
    class Keep:
        def setup(self, estimator, context):
            pass

        teardown = on_fit_task_begin = setup

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            self.last = fitted_estimator or self.last

    rng, keep = np.random.RandomState(0), Keep()
    X, y = rng.randn(200, 8), rng.randint(2, size=200)
    clf = DeepNNClassifier((32,), early_stopping=False, n_members=4, max_iter=20)
    clf.set_callbacks(keep).fit(X, y)
    snapshot = keep.last.set_callbacks()
    snapshot.set_params(early_stopping="auto", warm_start=True, max_iter=5).fit(X, y)
    assert not hasattr(snapshot, "oof_score_")
    assert snapshot.temperature_ == 1


def test_one_member_sets_the_same_part_aside_when_it_goes_on():
    rng = np.random.RandomState(0)
    X, y = rng.randn(400, 20), rng.randint(2, size=400)
    clf = DeepNNClassifier((64,), n_members=1, warm_start=True, random_state=0)
    clf.set_params(max_iter=100, n_iter_no_change=1000).fit(X, y)
    best = clf.best_validation_score_
    assert clf.fit(X, y).best_validation_score_ < best + 0.05
    proba = clf.predict_proba(rng.randn(1000, 20))
    assert np.abs(proba - 0.5).mean() < 0.15
    clf.fit(X[::-1], y[::-1])
    assert clf.temperature_ == 1  # what is held out now has been trained on


@pytest.mark.parametrize("n_samples", [50, 300])
@pytest.mark.parametrize("early_stopping", ["auto", True])
def test_an_old_score_does_not_count_for_other_labels(n_samples, early_stopping):
    X, y = make_easy(n_samples)
    clf = DeepNNClassifier((16,), early_stopping=early_stopping, random_state=0)
    clf.set_params(warm_start=True, scoring="loss").fit(X, y)
    assert clf.fit(X, 1 - y).score(X, 1 - y) > 0.8


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_an_old_loss_does_not_count_for_other_labels(solver):
    """Training would end after a few epochs that are all better than the last."""
    X, y = make_easy(300)
    settings = {"max_iter": 60, "n_iter_no_change": 3, "random_state": 0}
    clf = DeepNNClassifier((16,), solver=solver, warm_start=True, **settings)
    clf.set_params(learning_rate_init=0.01).fit(X, y)
    best = clf.loss_
    clf.set_params(max_iter=20).fit(X, y[::-1])
    assert clf.loss_ > best
    assert clf.n_iter_ == 20


def test_an_old_score_does_not_count_for_another_scorer():
    X, y = make_easy(300)
    clf = DeepNNClassifier((16,), early_stopping=True, warm_start=True, random_state=0)
    clf.fit(X, y).set_params(scoring="neg_log_loss").fit(X, y)
    assert clf.best_validation_score_ < 0


def test_the_decay_may_change_between_partial_fits():
    X, y = make_easy(300)
    sizes = []
    for alpha in (0.0, 10.0):
        clf = DeepNNClassifier((16,), alpha=0.0, random_state=0)
        clf.partial_fit(X, y, classes=[0, 1]).set_params(alpha=alpha)
        for _ in range(20):
            clf.partial_fit(X, y)
        sizes.append(np.abs(clf.coefs_[0]).mean())
    assert sizes[1] < 0.5 * sizes[0]


def test_sparse_labels():
    X, y = make_easy(100)
    with pytest.raises(ValueError, match=r"sparse column.*toarray\(\)\.ravel"):
        DeepNNClassifier().fit(X, csr_array(y[:, np.newaxis]))
    clf = DeepNNClassifier(**QUICK, scoring="roc_auc")
    clf.fit(X, csr_array(np.stack([y, 1 - y], 1)))
    assert clf.history_["validation_score"].max() > 0.6


def make_steps(n_samples, seed=0):
    """Rows whose class goes by steps of the first column."""
    X = np.random.RandomState(seed).rand(n_samples, 3) * [16, 1, 1]
    return X, (X[:, 0].astype(int) % 2).astype(int)


@pytest.mark.parametrize(
    ("n_samples", "names"),
    [
        (63, ["robust"]),
        (200, ["standardized", "bins"]),
        (500, ["standardized", "quantiles", "bins"]),
        (2000, ["standardized", "quantiles", "bins"]),
    ],
)
def test_views_that_were_tried_and_what_they_count_can_be_read(n_samples, names):
    clf = DeepNNClassifier(random_state=0, max_iter=40).fit(*make_steps(n_samples))
    assert list(clf.views_) == names
    assert sum(clf.views_.values()) == pytest.approx(1)
    if n_samples == 2000:  # the race has an end
        assert min(clf.views_.values()) == 0
        assert len(clf.network_.parts) <= 2
    if len(names) > 1:
        used = [name for name in names if clf.views_[name] > 0]
        assert str(clf.network_).splitlines()[0] == f"Ensemble of {len(used)} views"
        assert clf._state.encoder.views_ == used  # what is not seen is not computed
        n_inputs = clf.network_.layer_sizes[0]
        assert clf.columns_["n_outputs"].sum() == n_inputs


def test_bins_see_steps():
    X, y = make_steps(1500)
    X_test, y_test = make_steps(1500, seed=1)
    clf = DeepNNClassifier(random_state=0).fit(X, y)
    assert max(clf.views_, key=clf.views_.get) == "bins"
    alone = DeepNNClassifier(random_state=0, n_members=6).fit(X, y)
    assert clf.score(X_test, y_test) > alone.score(X_test, y_test)


def test_both_losses_tell_the_same_of_seen_and_unseen_rows(cancer, fitted):
    X, _, y, _ = cancer
    loss, validation = (fitted.history_[k] for k in ("loss", "validation_loss"))
    assert (loss[5:] < validation[5:]).all()
    best = validation.argmin()
    assert loss[best] == pytest.approx(log_loss(y, fitted.predict_proba(X)), abs=0.02)


def test_layers_of_several_views_are_one_stack(cancer, fitted):
    X, *_ = cancer
    assert len(fitted.layers_) == fitted.n_layers_ - 1 == len(fitted.coefs_) == 3
    encoded = fitted._state.encoder.transform(X).astype(np.float32)
    for layer in fitted.layers_:
        encoded = layer.forward(encoded)
    np.testing.assert_allclose(
        encoded.mean(axis=0)[:, 0], fitted.decision_function(X), rtol=1e-3, atol=1e-3
    )
    with pytest.raises(ValueError, match="network_.parts"):
        fitted.coefs_[0] = fitted.coefs_[0]


def test_training_of_several_views_goes_on_with_any_solver():
    X, y = make_steps(400)
    clf = DeepNNClassifier(random_state=0, warm_start=True, max_iter=5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf.fit(X, y)
        for solver in ("sgd", "adam", "lbfgs"):
            twin = pickle.loads(pickle.dumps(clf)).set_params(solver=solver)
            assert np.isfinite(twin.fit(X, y).predict_proba(X)).all()
        clf.partial_fit(X, y).partial_fit(X, y)
    assert not hasattr(clf, "oof_score_")


def test_the_end_of_a_verbose_fit_says_what_the_views_count(capsys):
    clf = DeepNNClassifier(random_state=0, max_iter=3, verbose=True)
    with pytest.warns(match="hasn't converged"):
        clf.fit(*make_steps(300))
    line = capsys.readouterr().out.splitlines()[-1]
    share = clf.views_["bins"]
    assert line.startswith("Weights of the views: standardized ")
    assert line.endswith(f"bins {share:.2f}")
