"""Ctrl-C: real signals, in this process and in others."""

import os
import signal
import subprocess
import sys
import threading
import time
import warnings

import joblib
import numpy as np
import pytest
import signals
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.compute.signals import Guard, pass_on_signals, uninterrupted

X, Y = make_classification(300, 6, random_state=0)


@pytest.fixture(autouse=True)
def _python_handles_interrupts():
    """Jobs in the background ignore them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Scorer:
    """Presses Ctrl-C in some epochs."""

    def __init__(self, *epochs):
        self.epochs, self.n_calls = epochs, 0

    def __call__(self, estimator, X, y):
        self.n_calls += 1
        if self.n_calls in self.epochs:
            signal.raise_signal(signal.SIGINT)
        return estimator.score(X, y)


def endless(*epochs, **params):
    """Return a classifier that trains on and on."""
    settings = {"hidden_layer_sizes": (4,), "n_members": 1, "max_iter": 100_000}
    settings |= {"early_stopping": False, "tol": 0.0, "n_iter_no_change": 10**6}
    settings |= {"random_state": 0, "scoring": Scorer(*epochs)}
    return DeepNNClassifier(**settings | params)


# ------------------------------------------------------------------ nothing is left


def test_signals_leave_nothing_altered(capsys):
    assert signals.main(400) == {}
    assert capsys.readouterr().out.count("altered: nothing") == len(signals.LOOPS)


def test_signals_wait_for_the_end_of_marked_functions_alone():
    said = []

    @uninterrupted
    def work():
        signal.raise_signal(signal.SIGINT)
        said.append("all done")
        pass_on_signals()
        said.append("never said")

    def other():
        signal.raise_signal(signal.SIGINT)
        said.append("never said")

    for function in (work, other):
        with pytest.raises(KeyboardInterrupt), Guard():
            function()
    assert said == ["all done"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_handlers_of_users_are_called_and_stay():
    called = []

    def note(number, frame):
        called.append(number)

    signal.signal(signal.SIGINT, note)
    clf = endless(2, max_iter=4).fit(X, Y)
    assert clf.n_iter_ == 4
    assert called == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is note


def test_a_handler_that_is_set_during_a_fit_stays():
    former = []

    def note(number, frame):
        former[0](number, frame)

    def score(estimator, X, y):
        if not former:
            former.append(signal.getsignal(signal.SIGINT))
            signal.signal(signal.SIGINT, note)
        return estimator.score(X, y)

    endless(scoring=score, max_iter=3).fit(X, Y).predict(X)
    assert signal.getsignal(signal.SIGINT) is note
    with pytest.raises(KeyboardInterrupt):  # as before, by way of the guard of the fit
        signal.raise_signal(signal.SIGINT)
    clf = endless(2, max_iter=3)
    with pytest.warns(UserWarning, match="interrupted"):
        assert clf.fit(X, Y).n_iter_ == 1


def test_other_threads_have_no_guard():
    found = []

    def fit():
        score = Scorer()
        endless(scoring=score, max_iter=2).fit(X, Y)
        found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=fit)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]


def test_a_timeout_by_alarm_ends_a_fit_and_leaves_it_as_it_was():
    class TimeIsUpError(Exception):
        pass

    def end(number, frame):
        raise TimeIsUpError

    clf = endless(max_iter=2).fit(X, Y)
    before, proba = signals.traces(), clf.predict_proba(X)
    former = signal.signal(signal.SIGALRM, end)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(TimeIsUpError):
            clf.set_params(max_iter=10**6).fit(X[:, :3], Y)
    finally:
        signal.signal(signal.SIGALRM, former)
    np.testing.assert_array_equal(clf.predict_proba(X), proba)
    assert signals.traces() == before


# ------------------------------------------------------------------ what it ends


@pytest.mark.parametrize("solver", ["adam", "adamw", "lbfgs"])
def test_alone_it_ends_the_fit_with_the_last_finished_epoch(solver):
    clf = endless(5, solver=solver)
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        clf.fit(X, Y)
    assert clf.n_iter_ == len(clf.loss_curve_) == 4
    # L-BFGS has found its next point when a scorer is called
    whole = endless(solver=solver, max_iter=5 if solver == "lbfgs" else 4)
    with warnings.catch_warnings(action="ignore"):
        whole.fit(X, Y)
    np.testing.assert_array_equal(clf.predict_proba(X), whole.predict_proba(X))


def test_before_the_first_epoch_has_ended_there_is_nothing_to_keep():
    clf = endless(max_iter=3).fit(X, Y)
    proba = clf.predict_proba(X)
    with pytest.raises(KeyboardInterrupt):
        clf.set_params(scoring=Scorer(1)).fit(X[:, :2], Y)
    np.testing.assert_array_equal(clf.predict_proba(X), proba)


def test_it_is_passed_on_by_partial_fit_which_loses_one_call():
    clf = endless().partial_fit(X, Y, classes=[0, 1])
    proba = clf.predict_proba(X)
    with pytest.raises(KeyboardInterrupt):
        clf.set_params(scoring=Scorer(1)).partial_fit(X, Y)
    np.testing.assert_array_equal(clf.predict_proba(X), proba)
    assert clf.partial_fit(X, Y).t_ == 2 * len(X)


def test_a_second_one_ends_more():
    clf = endless(3)
    with pytest.warns(UserWarning, match="interrupted"):
        clf.fit(X, Y)
    proba = clf.predict_proba(X)
    with pytest.raises(KeyboardInterrupt):
        clf.set_params(scoring=Scorer(3)).fit(X, Y)
    np.testing.assert_array_equal(clf.predict_proba(X), proba)


def test_a_second_one_during_the_work_at_the_end():
    def calibrate(*args):
        signal.raise_signal(signal.SIGINT)

    clf = DeepNNClassifier((4,), random_state=0, scoring=Scorer(3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skdeepnn.fitting.folds.OutOfFold.calibrate", calibrate)
        with (
            pytest.warns(UserWarning, match="interrupted"),
            pytest.raises(KeyboardInterrupt),
        ):
            clf.fit(X, Y)
    assert not hasattr(clf, "classes_")
    signals.interruptions.forget()
    with pytest.warns(UserWarning, match="interrupted"):
        clf.set_params(scoring=Scorer(3)).fit(X, Y)
    assert clf.oof_score_ > 0.5


class Mine(DeepNNClassifier):
    """Of a user; its `fit` is not the work of another estimator."""

    def fit(self, X, y):
        return super().fit(X, y)


def test_fits_of_subclasses():
    clf = Mine(**endless(3).get_params())
    with pytest.warns(UserWarning, match="interrupted"):
        clf.fit(X, Y)
    assert clf.n_iter_ == 2


def two_calls(clf):
    joblib.Parallel(1)(joblib.delayed(clf.fit)(X, Y) for _ in range(2))


def study(clf):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    optuna.create_study().optimize(lambda trial: clf.fit(X, Y).score(X, Y), n_trials=2)


ABOVE = {
    "search": lambda clf: GridSearchCV(clf, {"alpha": [1, 2]}, n_jobs=1).fit(X, Y),
    "scores": lambda clf: cross_val_score(clf, X, Y, n_jobs=1),
    "pipeline": lambda clf: make_pipeline(StandardScaler(), clf).fit(X, Y),
    "calibration": lambda clf: CalibratedClassifierCV(clf).fit(X, Y),
    "bagging": lambda clf: BaggingClassifier(clf, n_estimators=2).fit(X, Y),
    "joblib": lambda clf: joblib.Parallel(1)(
        joblib.delayed(clf.fit)(X, Y) for _ in "ab"
    ),
    "optuna": study,
}


@pytest.mark.parametrize("run", ABOVE.values(), ids=ABOVE)
def test_it_is_passed_on_to_what_runs_fits(run):
    with pytest.raises(KeyboardInterrupt):
        run(endless(3))


def test_logistic_regression():
    clf = LogisticRegressionNN(solver="sgd", max_iter=10**6, tol=0.0, scoring=Scorer(3))
    with pytest.warns(UserWarning, match="interrupted"):
        assert clf.fit(X, Y).n_iter_ == [2]
    with pytest.raises(KeyboardInterrupt):
        make_pipeline(clf.set_params(scoring=Scorer(3))).fit(X, Y)


# ------------------------------------------------------------------ in other processes

START = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from sklearn.datasets import make_classification
from skdeepnn import DeepNNClassifier
X, y = make_classification(1000, 20, flip_y=0.3, random_state=0)
settings = {"max_iter": 10**6, "early_stopping": False, "tol": 0.0}
settings |= {"n_iter_no_change": 20, "verbose": 1, "random_state": 0}
"""
REST = """
import os
from pathlib import Path
folders = list(Path("/dev/shm").glob(f"skdeepnn_{os.getpid()}_*"))
print("left", len(folders))
"""


def run_and_interrupt(code, n_lines, n_times=1, pause=0.2):
    """Run code as a group of processes, and interrupt it as a terminal does."""
    run = subprocess.Popen(
        [sys.executable, "-u", "-c", START + code + REST],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with run:
        for _ in range(n_lines):
            run.stdout.readline()
        for i in range(n_times):
            time.sleep(pause * (i > 0))
            os.killpg(run.pid, signal.SIGINT)
        out, err = run.communicate(timeout=100)
    return run.returncode, out.splitlines()[-2:], err


def test_one_key_press_in_a_script():
    code = "clf = DeepNNClassifier(**settings).fit(X, y)\nprint(clf.score(X, y) > 0.6)"
    status, out, err = run_and_interrupt(code, 5)
    assert (status, out) == (0, ["True", "left 0"])
    assert "Training interrupted by user." in err
    assert "Traceback" not in err


def test_two_key_presses_end_a_loop_of_fits():
    code = "while True:\n    DeepNNClassifier(**settings).fit(X, y)"
    status, _, err = run_and_interrupt(code, 5, n_times=2, pause=1.0)
    assert status in (1, 130, -signal.SIGINT)
    assert err.rstrip().endswith("KeyboardInterrupt")


def test_a_key_press_reaches_the_workers_too():
    code = """
clf = DeepNNClassifier(n_jobs=2, **settings)
clf.fit(X, y)
print(clf.score(X, y) > 0.6, clf.n_iter_ == len(clf.loss_curve_) > 0)
"""
    status, out, err = run_and_interrupt(code, 5)
    assert (status, out) == (0, ["True True", "left 0"])
    assert "Training interrupted by user." in err
    # A worker that is between two tasks says so itself, in joblib's way
    assert "skdeepnn/fitting" not in err
    assert "skdeepnn/compute" not in err


def test_a_search_on_processes_ends():
    code = """
from sklearn.model_selection import GridSearchCV
try:
    GridSearchCV(DeepNNClassifier(**settings), {"alpha": [1, 2]}, n_jobs=2).fit(X, y)
except KeyboardInterrupt:
    print("passed on")
"""
    status, out, _ = run_and_interrupt(code, 5)
    assert (status, out[0]) == (0, "passed on")
