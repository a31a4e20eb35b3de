"""Optuna's studies with the callback that the docstring of `model_selection` shows."""

import textwrap
import threading

import numpy as np
import optuna
import pytest
from sklearn.datasets import make_classification
from threadpoolctl import threadpool_limits

from skdeepnn import DeepNNClassifier, model_selection
from skdeepnn.compute.threads import blas_is_held, blas_libraries
from skdeepnn.model_selection import layer_sizes

optuna.logging.set_verbosity(optuna.logging.WARNING)


@pytest.fixture(scope="module")
def rows():
    return make_classification(
        240, 12, n_informative=6, n_classes=3, class_sep=2, random_state=0
    )


@pytest.fixture
def shown(rows, callbacks):
    """What the docstring defines, with these rows as its data."""
    _, _, block = model_selection.__doc__.partition("promise nothing::\n")
    code = textwrap.dedent(block.partition("    study =")[0])
    names = dict(zip(("X", "y"), rows, strict=True))
    names |= {"optuna": optuna, "layer_sizes": layer_sizes}
    names |= {"DeepNNClassifier": DeepNNClassifier}
    exec(code, names)
    return names


def find(objective, n_trials=8):
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=3),
    )
    study.optimize(objective, n_trials=n_trials)
    return study


def test_a_study_ends_bad_trials_and_finds_the_same_again(rows, shown):
    study, again = find(shown["objective"]), find(shown["objective"])
    told = [(t.state.name, t.params, t.intermediate_values) for t in study.trials]
    assert told == [
        (t.state.name, t.params, t.intermediate_values) for t in again.trials
    ]
    assert study.best_value == again.best_value
    ended = [t for t in study.trials if t.state.name == "PRUNED"]
    whole = [t for t in study.trials if t.state.name == "COMPLETE"]
    assert len(ended) >= 2
    assert len(ended) + len(whole) == 8
    longest = max(len(t.intermediate_values) for t in ended)
    assert longest < min(len(t.intermediate_values) for t in whole)
    for trial in ended[:2]:  # which it would have been wrong to go on with
        trial = optuna.trial.FixedTrial(trial.params)
        assert shown["objective"](trial) > study.best_value
    # Nothing but the score tells that anybody watched
    best = study.best_params
    sizes = layer_sizes(best["width"], best["depth"])
    alone = DeepNNClassifier(sizes, random_state=0).fit(*rows)
    assert alone.score_report()["log_loss"]["value"] == study.best_value


class Bad(optuna.trial.FixedTrial):
    """One that is ended after some epochs."""

    def __init__(self, n_epochs):
        super().__init__({})
        self.n_epochs, self.steps = n_epochs, []

    def report(self, value, step):
        self.steps.append(step)

    def should_prune(self):
        return len(self.steps) == self.n_epochs


@pytest.mark.parametrize("n_epochs", [1, 4])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_trial_that_is_ended_leaves_nothing_behind(rows, shown, n_epochs, n_jobs):
    with threadpool_limits(2, user_api="blas"):
        check_nothing_is_left(rows, shown["Pruning"], n_epochs, n_jobs)


def check_nothing_is_left(rows, pruning, n_epochs, n_jobs):
    clf = DeepNNClassifier((16,), n_jobs=n_jobs, random_state=0)
    before = threading.active_count(), [b.num_threads for b in blas_libraries()]
    bad = Bad(n_epochs)
    with pytest.raises(optuna.TrialPruned):
        clf.set_callbacks(pruning(bad)).fit(*rows)
    assert bad.steps == list(range(1, n_epochs + 1))
    assert not hasattr(clf, "classes_")
    assert not blas_is_held()
    now = threading.active_count(), [b.num_threads for b in blas_libraries()]
    assert now == before
    alone = DeepNNClassifier((16,), n_jobs=n_jobs, random_state=0).fit(*rows)
    clf.set_callbacks().fit(*rows)
    np.testing.assert_array_equal(
        clf.predict_proba(rows[0]), alone.predict_proba(rows[0])
    )
    with pytest.raises(optuna.TrialPruned):  # what was fitted stays as it was
        clf.set_callbacks(pruning(Bad(n_epochs))).fit(*rows)
    np.testing.assert_array_equal(
        clf.predict_proba(rows[0]), alone.predict_proba(rows[0])
    )
