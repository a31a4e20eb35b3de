"""scikit-learn's callbacks, alone and inside its meta-estimators."""

import joblib
import numpy as np
import pandas as pd
import pytest
from like_mlp import like_mlp
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepnn import DeepNNClassifier, LogisticRegressionNN

pytestmark = [
    pytest.mark.usefixtures("callbacks"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


class Recorder:
    """Notes all hooks; asks to stop after some epochs."""

    def __init__(self, stop_after=np.inf):
        self.stop_after = stop_after
        self.events, self.models, self.data, self.metadata = [], [], [], []

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, fitted_estimator=None):
        self.events.append(f"begin {context.task_name}")

    def on_fit_task_end(
        self,
        estimator,
        context,
        *,
        X=None,
        y=None,
        metadata=None,
        fitted_estimator=None,
    ):
        self.events.append(f"end {context.task_name}")
        if context.task_name == "epoch" and fitted_estimator is not None:
            self.models.append(fitted_estimator)
            self.data.append((X, y))
            self.metadata.append(metadata)
        return len(self.models) >= self.stop_after


ESTIMATORS = [
    like_mlp((5,), max_iter=4, random_state=0),
    like_mlp((5,), solver="lbfgs", max_iter=4, random_state=0),
    LogisticRegressionNN(max_iter=4),
    LogisticRegressionNN(solver="sgd", max_iter=4),
]


@pytest.mark.parametrize("clf", ESTIMATORS, ids=repr)
def test_one_task_an_epoch(iris, clf):
    recorder = Recorder()
    clf.set_callbacks(recorder).fit(*iris)
    clf.set_callbacks()
    events = recorder.events
    assert events[:2] == ["setup", "begin fit"]
    assert events[-2:] == ["end fit", "teardown"]
    assert len(recorder.models) == 4
    assert events.count("begin epoch") == events.count("end epoch")
    assert events.count("begin epoch") == (5 if clf.solver == "lbfgs" else 4)


@pytest.mark.parametrize("clf", ESTIMATORS, ids=repr)
def test_fitted_estimator_is_the_model_then(iris, clf):
    X, y = iris
    recorder = Recorder()
    weight = np.linspace(0.5, 1.5, 150)
    clf.set_callbacks(recorder).fit(X, y, sample_weight=weight)
    clf.set_callbacks()
    for k, model in enumerate(recorder.models, start=1):
        assert int(np.ravel(model.n_iter_)[0]) == k
        assert len(model.loss_curve_) == k
        if clf.solver != "lbfgs":  # it starts anew in its coordinates
            shorter = type(clf)(**clf.get_params()).set_params(max_iter=k)
            shorter.fit(X, y, sample_weight=weight)
            np.testing.assert_array_equal(
                model.predict_proba(X), shorter.predict_proba(X)
            )
    np.testing.assert_array_equal(
        recorder.models[-1].predict_proba(X), clf.predict_proba(X)
    )
    assert recorder.data[0][0] is X
    assert recorder.data[0][1] is y
    assert recorder.metadata[0]["sample_weight"] is weight


@pytest.mark.parametrize("clf", ESTIMATORS, ids=repr)
def test_a_request_to_stop_is_obeyed(iris, clf):
    recorder = Recorder(stop_after=2)
    clf.set_callbacks(recorder).fit(*iris)
    clf.set_callbacks()
    assert int(np.ravel(clf.n_iter_)[0]) == 2
    np.testing.assert_array_equal(
        recorder.models[-1].predict_proba(iris[0]), clf.predict_proba(iris[0])
    )
    assert recorder.events[-1] == "teardown"


@pytest.mark.parametrize(
    "params", [{}, {"early_stopping": False, "averaging": 0.25}, {"n_members": 1}]
)
def test_with_the_defaults_the_model_then_is_what_fit_would_return(iris, params):
    X, y = iris
    recorder = Recorder()
    clf = DeepNNClassifier((8,), max_iter=12, random_state=0, **params)
    clf.set_callbacks(recorder).fit(X, y)
    last = recorder.models[-1]
    np.testing.assert_array_equal(last.predict_proba(X), clf.predict_proba(X))
    assert last.temperature_ == clf.temperature_
    assert getattr(last, "oof_score_", None) == getattr(clf, "oof_score_", None)
    clf.set_callbacks(Recorder(stop_after=4)).fit(X, y)
    clf.set_callbacks()
    np.testing.assert_array_equal(
        recorder.models[3].predict_proba(X), clf.predict_proba(X)
    )


def test_with_early_stopping_the_model_then_is_the_best_so_far(iris):
    X, y = pd.DataFrame(iris[0], columns=list("abcd")), pd.Series(iris[1])
    recorder = Recorder()
    clf = like_mlp((5,), early_stopping=True, max_iter=6, random_state=0)
    clf.set_callbacks(recorder).fit(X, y)
    X_train, y_train = recorder.data[0]
    assert isinstance(X_train, pd.DataFrame)  # the rows that are trained on
    assert len(X_train) == len(y_train) == 135
    np.testing.assert_array_equal(
        recorder.models[-1].predict_proba(X), clf.predict_proba(X)
    )


def test_callbacks_are_told_of_the_end_when_fit_fails(iris):
    recorder = Recorder()
    clf = like_mlp((5,), "identity", solver="sgd", learning_rate_init=1e200)
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="non-finite"):
        clf.set_callbacks(recorder).fit(*iris)
    assert recorder.events[-1] == "teardown"


@pytest.mark.parametrize("clf", ESTIMATORS[::2], ids=repr)
@pytest.mark.parametrize("weighted", [False, True])
def test_scoring_monitor(callbacks, iris, clf, weighted):
    X, y = iris
    weight = np.linspace(0.5, 1.5, 150) if weighted else None
    monitor = callbacks.ScoringMonitor(scoring="neg_log_loss")
    clf.set_callbacks(monitor).fit(X, y, sample_weight=weight)
    clf.set_callbacks()
    frame = monitor.get_logs().data_as_pandas
    scores = frame["neg_log_loss"].dropna()
    assert len(scores) >= 4
    expected = -log_loss(y, clf.predict_proba(X), sample_weight=weight)
    assert scores.max() == pytest.approx(expected)


def test_scoring_monitor_sees_the_training_rows_and_their_weights(iris):
    X, y = iris
    recorder = Recorder()
    weight = np.arange(150.0)
    clf = like_mlp((5,), early_stopping=True, max_iter=2, random_state=0)
    clf.set_callbacks(recorder).fit(X, y, sample_weight=weight)
    rows = recorder.metadata[0]["sample_weight"].astype(int)
    np.testing.assert_array_equal(recorder.data[0][0], X[rows])


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("nested", [False, True])
def test_progress_bar_inside_a_search(callbacks, iris, backend, n_jobs, nested, capfd):
    clf = like_mlp(max_iter=3, random_state=0)
    model = make_pipeline(StandardScaler(), clf) if nested else clf
    name = "deepnnclassifier__hidden_layer_sizes" if nested else "hidden_layer_sizes"
    search = GridSearchCV(model, {name: ["4", "8"]}, cv=2, n_jobs=n_jobs)
    depth = {"max_propagation_depth": None} if nested else {}
    search.set_callbacks(callbacks.ProgressBar(**depth))
    with joblib.parallel_backend(backend):
        search.fit(*iris)
    assert search.best_params_[name] in ("4", "8")
    printed = capfd.readouterr().out
    assert "GridSearchCV" in printed
    assert "DeepNNClassifier" in printed
