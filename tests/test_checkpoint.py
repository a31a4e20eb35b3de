"""Fits that are killed and go on; `kills.py` kills more of them, at more moments."""

import json
import pickle
import re
import resource
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from forging import draw_place
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kills import SETTINGS, differing, outcome
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepnn import DeepNNClassifier, LogisticRegressionNN, load, save
from skdeepnn.files.container import HEAD, sealed
from skdeepnn.fitting import checkpoint as checkpoints
from skdeepnn.fitting import progress
from skdeepnn.fitting.checkpoint import describe
from skdeepnn.nn.losses import BinaryCrossEntropy
from skdeepnn.nn.network import Network
from skdeepnn.tables.identity import identity

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

KILLS = Path(__file__).with_name("kills.py")


class Failure(Exception):
    """What ends a fit here, in place of a kill."""


class Score:
    """A scorer that fails, or is interrupted, when it is called for the nth time."""

    fails_at, error, n_calls = np.inf, Failure, 0

    @classmethod
    def score(cls, estimator, X, y):
        cls.n_calls += 1
        if cls.n_calls == cls.fails_at:
            raise cls.error
        return 1.0

    @classmethod
    def fail_at(cls, n, error=Failure):
        cls.fails_at, cls.error, cls.n_calls = n, error, 0


@pytest.fixture(autouse=True)
def writes_after_each_epoch(monkeypatch):
    monkeypatch.setattr(checkpoints, "_SHARE", np.inf)
    Score.fail_at(np.inf)
    yield
    Score.fail_at(np.inf)


SMALL = {"early_stopping": False, "max_iter": 8, "random_state": 0}
CLF = DeepNNClassifier((4,), n_members=2, scoring=Score.score, **SMALL)


def failing(clf, path, *data, n=6, **options):
    """Let a fit fail in its nth epoch; return the paths of what it has left."""
    Score.fail_at(n)
    with pytest.raises(Failure):
        clone(clf).fit(*data, checkpoint=path, **options)
    Score.fail_at(np.inf)
    return path, path.with_name(f"{path.name}.before")


def same(clf, other, X):
    found, expected = (outcome(lambda path, c=c: (c, X)) for c in (clf, other))
    assert differing(found, expected) == []


def test_what_was_killed_ends_as_if_nothing_had_been():
    names = ["few rows", "one member", "adam", "lbfgs", "logistic", "stream, sgd"]
    command = [sys.executable, str(KILLS), "--kills", "4", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()[1:]
    assert [line.split("  ")[0] for line in lines] == names
    assert all(line.endswith(" yes") for line in lines)


def test_a_fit_that_is_over_leaves_nothing(iris, tmp_path):
    clf = clone(CLF).fit(*iris, checkpoint=tmp_path / "fit")
    assert list(tmp_path.iterdir()) == []
    same(clf, clone(CLF).fit(*iris), iris[0])


def test_a_short_fit_writes_nothing(iris, tmp_path, monkeypatch):
    monkeypatch.undo()
    path, before = failing(CLF, tmp_path / "fit", *iris)
    assert not path.exists()
    assert not before.exists()


def test_a_fit_that_was_interrupted_goes_on(iris, tmp_path):
    path = tmp_path / "fit"
    Score.fail_at(5, KeyboardInterrupt)
    with pytest.warns(UserWarning, match="interrupted"):
        clf = clone(CLF).fit(*iris, checkpoint=str(path))
    assert clf.n_iter_ == 4
    assert path.exists()
    Score.fail_at(np.inf)
    clf.fit(*iris, checkpoint=str(path))
    assert Score.n_calls == 4  # the others were before
    same(clf, clone(CLF).fit(*iris), iris[0])


def test_it_says_where_it_goes_on(iris, tmp_path, capsys):
    path, _ = failing(CLF, tmp_path / "fit", *iris)
    clone(CLF).set_params(verbose=True).fit(*iris, checkpoint=path)
    printed = capsys.readouterr().out
    assert f"Going on from {path}, after iteration 5.\nIteration 6, " in printed


def test_a_pipeline_hands_it_on(iris, tmp_path):
    model = make_pipeline(StandardScaler(), CLF)
    path = tmp_path / "fit"
    Score.fail_at(3)
    with pytest.raises(Failure):
        model.fit(*iris, deepnnclassifier__checkpoint=path)
    assert path.exists()
    Score.fail_at(np.inf)
    model.fit(*iris, deepnnclassifier__checkpoint=path)
    assert not path.exists()


@pytest.mark.parametrize("random_state", [None, np.random.RandomState(7)])
def test_random_states(iris, tmp_path, random_state):
    """Without one, it goes on with what was drawn; one's own ends as it would have."""
    clf = DeepNNClassifier((4,), n_members=1, scoring=Score.score, **SMALL)
    clf.set_params(random_state=random_state)
    drawn_from = random_state or np.random.mtrand._rand
    twin = np.random.RandomState()
    twin.set_state(drawn_from.get_state())
    expected = clone(clf).set_params(random_state=twin).fit(*iris)
    again = np.random.RandomState()
    again.set_state(drawn_from.get_state())
    path, _ = failing(clf, tmp_path / "fit", *iris)
    if random_state is not None:
        clf.set_params(random_state=again)
    clf.fit(*iris, checkpoint=path)
    same(clf, expected, iris[0])


def test_a_machine_of_more_cores_goes_on(iris, tmp_path):
    clf = DeepNNClassifier((4,), n_members=5, scoring=Score.score, **SMALL)
    path, _ = failing(clf, tmp_path / "fit", *iris)
    expected = clone(clf).fit(*iris)
    with joblib.parallel_config("threading", n_jobs=2):
        clf.fit(*iris, checkpoint=path)
    same(clf, expected, iris[0])


@pytest.mark.parametrize("with_moments", [False, True])
def test_training_that_goes_on_is_told_from_others(iris, tmp_path, with_moments):
    X, y = iris
    start = clone(CLF).set_params(warm_start=True).fit(X, y)
    blob = pickle.dumps(start)
    Score.fail_at(6)
    with pytest.raises(Failure):
        start.fit(X, y, checkpoint=tmp_path / "fit")
    Score.fail_at(np.inf)
    with pytest.raises(ValueError, match="another model to go on from"):
        clone(start).fit(X, y, checkpoint=tmp_path / "fit")
    if with_moments:
        start.fit(X, y, checkpoint=tmp_path / "fit")
    else:
        start = pickle.loads(blob).fit(X, y, checkpoint=tmp_path / "fit")
    same(start, pickle.loads(blob).fit(X, y), X)


OTHERS = {
    "another X": lambda clf, X, y: (clf, (X + 1, y), {}),
    "another X, another y": lambda clf, X, y: (clf, (X[1:], y[1:]), {}),
    "another y": lambda clf, X, y: (clf, (X, y[::-1]), {}),
    "another sample_weight": lambda clf, X, y: (clf, (X, y, y + 1.0), {}),
    "another X_val, another y_val": lambda clf, X, y: (
        clf,
        (X, y),
        {"X_val": X, "y_val": y},
    ),
    "alpha='auto', not 0.5, max_iter=8, not 9": lambda clf, X, y: (
        clf.set_params(alpha=0.5, max_iter=9),
        (X, y),
        {},
    ),
    "another random_state": lambda clf, X, y: (
        clf.set_params(random_state=1),
        (X, y),
        {},
    ),
    "another estimator": lambda clf, X, y: (LogisticRegressionNN(), (X, y), {}),
}


@pytest.mark.parametrize("what", OTHERS)
def test_another_fit_is_refused(iris, tmp_path, what):
    path, _ = failing(CLF, tmp_path / "fit", *iris)
    content = path.read_bytes()
    clf, data, options = OTHERS[what](clone(CLF), *iris)
    with pytest.raises(ValueError, match=f"another fit: of {what}") as raised:
        clf.fit(*data, checkpoint=path, **options)
    assert str(path) in str(raised.value)
    assert not hasattr(clf, "n_iter_")
    assert path.read_bytes() == content


def test_another_version_is_refused(iris, tmp_path, monkeypatch):
    path, _ = failing(CLF, tmp_path / "fit", *iris)
    monkeypatch.setattr("skdeepnn.__version__", "0.0.9")
    with pytest.raises(ValueError, match="another version of skdeepnn"):
        clone(CLF).fit(*iris, checkpoint=path)


def test_the_one_before_counts_if_the_last_is_damaged(iris, tmp_path):
    path, before = failing(CLF, tmp_path / "fit", *iris)
    path.write_bytes(path.read_bytes()[:-100])
    Score.fail_at(2)
    with (
        pytest.warns(UserWarning, match=f"{path} is damaged.* from {before}"),
        pytest.raises(Failure),
    ):
        clone(CLF).fit(*iris, checkpoint=path)
    Score.fail_at(np.inf)  # what was damaged has not become the one before
    path.unlink()
    clf = clone(CLF).fit(*iris, checkpoint=path)
    assert Score.n_calls == 4
    same(clf, clone(CLF).fit(*iris), iris[0])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["model", "pickle", "text", "nothing"])
def test_other_files_are_refused_and_stay(iris, tmp_path, what):
    path = tmp_path / "fit"
    if what == "model":
        save(clone(CLF).set_params(scoring=None).fit(*iris), path)
    else:
        contents = {"pickle": pickle.dumps(1), "text": b"a,b\n", "nothing": b""}
        path.write_bytes(contents[what])
    content = path.read_bytes()
    with pytest.raises(ValueError, match=f"{path} is no checkpoint of skdeepnn"):
        clone(CLF).fit(*iris, checkpoint=path)
    assert path.read_bytes() == content
    assert [p.name for p in tmp_path.iterdir()] == ["fit"]


def test_checkpoints_are_no_models(iris, tmp_path):
    path, _ = failing(CLF, tmp_path / "fit", *iris)
    with pytest.raises(ValueError, match="no model of skdeepnn"):
        load(path)


def test_where_nothing_can_be_written_there_is_no_training(iris, tmp_path):
    for path in (tmp_path / "no" / "fit", tmp_path):
        Score.fail_at(np.inf)
        with pytest.raises(OSError, match="No such file|Is a directory"):
            clone(CLF).fit(*iris, checkpoint=path)
        assert Score.n_calls == 0


def test_training_goes_on_where_the_disk_is_full(iris, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.warns(UserWarning, match="could not be written, and training"):
            clf = clone(CLF).fit(*iris, checkpoint=tmp_path / "fit")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    same(clf, clone(CLF).fit(*iris), iris[0])
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def tiny():
    rng = np.random.RandomState(0)
    return rng.randn(70, 2), rng.randint(2, size=70)


def tiny_clf():
    params = SMALL | {"max_iter": 3, "solver": "adam", "early_stopping": True}
    return DeepNNClassifier((2,), scoring=Score.score, preprocess=None, **params)


@pytest.fixture(scope="module")
def written(tiny, tmp_path_factory):
    path = tmp_path_factory.mktemp("written") / "fit"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "_SHARE", np.inf)
        failing(tiny_clf(), path, *tiny, n=5)
    return path.read_bytes()


KIND = checkpoints._KIND
FUZZ = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture],
}


@settings(max_examples=100, **FUZZ)
@given(data=st.data())
def test_damaged_files_are_refused_by_name(written, tiny, data, tmp_path):
    path = tmp_path / "damaged"
    position = data.draw(st.integers(0, len(written) - 1))
    content = written[:position]
    if data.draw(st.booleans()):
        flipped = bytes([written[position] ^ data.draw(st.integers(1, 255))])
        content += flipped + written[position + 1 :]
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{path} is (damaged|no checkpoint)"):
        tiny_clf().fit(*tiny, checkpoint=path)


@settings(max_examples=200, **FUZZ)
@given(data=st.data())
def test_forged_files_are_an_error_or_train(written, tiny, data, tmp_path):
    """Whoever forges a file can seal it, too."""
    path = tmp_path / "forged"
    size = HEAD.unpack(written[: HEAD.size])[2]
    described = json.loads(written[HEAD.size : HEAD.size + size])
    arrays = written[HEAD.size + size : -32]
    node = described["fit"]
    if data.draw(st.booleans()):
        (node,) = [v for k, v in node["dict"] if k == "progress"]
    node, key = draw_place(data, node)
    node[key] = data.draw(
        st.none()
        | st.integers(-1, 9)
        | st.text(max_size=8)
        | st.sampled_from(["os.system", {"of": "Popen", "dict": []}, [], {}])
    )
    listed = described.pop("arrays")
    made = [
        np.frombuffer(arrays, dtype, int(np.prod(shape)), offset).reshape(shape)
        for dtype, shape, offset in listed
    ]
    path.write_bytes(sealed(KIND, described, made))
    clf = tiny_clf()
    try:
        clf.fit(*tiny, checkpoint=path)
    except ValueError as error:
        assert re.search(f"{path}|non-finite", str(error))  # noqa: PT017
    else:
        assert np.isfinite(clf.predict_proba(tiny[0])).all()


def test_evaluations_that_were_somewhere_else_are_computed():
    network, X = Network([1, 1]), np.array([[-1.0], [2.0]])
    args = X, np.array([[0.0], [1.0]]), None, BinaryCrossEntropy(), 0.0
    first = progress.Evaluations(network)
    known = [first(*args)]
    network.params[:] = 1.0
    known.append(first(*args))
    again = progress.Evaluations(network, first.progress)
    network.params[:] = 0.0
    assert again(*args) == known[0]
    network.params[:] = 2.0
    assert again(*args) == network.loss_and_gradient(*args)
    assert not again.is_told
    assert again.progress["values"].size == 2


def test_lbfgs_goes_on_from_as_many_evaluations_as_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "_MOST_BYTES", 20000)
    X, y = np.random.RandomState(0).randn(2, 300, 5)
    y = y[:, 0] + X[:, 0] ** 2 > 1
    params = {"solver": "lbfgs", "random_state": 0, "max_iter": 60}
    clf = DeepNNClassifier((20,), scoring=Score.score, **params)
    path, _ = failing(clf, tmp_path / "fit", X, y, n=50)
    assert path.stat().st_size < 30000
    same(clone(clf).fit(X, y, checkpoint=path), clone(clf).fit(X, y), X)


def test_hyperparameters_are_told_alike_in_every_process():
    values = [CLF.scoring, np.tanh, pd.Series, (1, 2.5), {"b": [None]}, Score()]
    told = [describe(value) for value in values]
    assert told[0] == "test_checkpoint.Score.score"
    assert not any(" at 0x" in text for text in told)


def test_tables_are_told_from_others():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    found = [
        identity(table)
        for table in (
            frame,
            frame[::-1],
            frame.rename(columns={"a": "c"}),
            frame.astype({"b": "category"}),
            frame.assign(b=pd.to_datetime(["2020-01-01", None])),
            [["x", "y"]],
        )
    ]
    assert len(set(found)) == len(found)
    assert identity(frame.copy()) == found[0]
    with pytest.raises(TypeError, match="numbers, text and dates"):
        identity(np.array([object()]))


def test_settings_of_kills_are_all_there_is():
    """Every solver, and all that goes on in other threads and processes."""
    assert {"threads", "processes", "stream", "sparse", "default"} <= SETTINGS.keys()
