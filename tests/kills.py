"""Fits that are killed at random moments, again and again: does anything show?

Each setting is trained once without interruption. Then processes train it with a
checkpoint, and are killed by SIGKILL until so many have died; whenever one gets to the
end, its model must be that of the first to the bit, and the next begins anew.
Checkpoints are written after every epoch here, so that many are killed while they write
one. The figures are how many were killed, how many of them while they wrote, how many
processes went on from a file, and how many got to the end.

    python tests/kills.py [--kills 50] [--seed 0] [SETTING ...]
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import joblib  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy.sparse import csr_array  # noqa: E402
from sklearn.datasets import make_classification  # noqa: E402

from skdeepnn import DeepNNClassifier, LogisticRegressionNN, load, save  # noqa: E402
from skdeepnn.compute import parcels  # noqa: E402
from skdeepnn.fitting import checkpoint as checkpoints  # noqa: E402
from skdeepnn.fitting import descent  # noqa: E402

PEER = {"solver": "adam", "preprocess": None, "hidden_layer_sizes": (40,)}
SHORT = {"max_iter": 40, "n_iter_no_change": np.inf}


def rows(n=1000, n_classes=3):
    return make_classification(
        n, 10, n_informative=6, n_classes=n_classes, random_state=0
    )


def network(n=1000, n_classes=3, data=None, fit=None, **params):
    """Return a function that trains on rows, with a checkpoint or without."""

    def train(path=None):
        X, y = rows(n, n_classes) if data is None else data(*rows(n, n_classes))
        clf = DeepNNClassifier(**{"random_state": 0} | params)
        options = {} if fit is None else fit(X, y)
        return clf.fit(X, y, checkpoint=path, **options), X

    return train


def logistic(n_classes, **params):
    def train(path=None):
        X, y = make_classification(
            4000, 60, n_informative=30, n_classes=n_classes, random_state=0
        )
        clf = LogisticRegressionNN(random_state=0, **params)
        return clf.fit(X, y, checkpoint=path), X

    return train


def frame(X, y):
    table = pd.DataFrame(X).add_prefix("c")
    table["kind"] = np.where(X[:, 0] > 0, "high", "low")
    table["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        np.arange(len(X)), unit="D"
    )
    table.loc[::7, "c1"] = np.nan
    return table, y


def labels(X, y):
    return X, np.stack([y == 0, y > 1], axis=1).astype(int)


def weighted(X, y):
    return {"sample_weight": np.linspace(0.5, 2, len(X))}


def validated(X, y):
    return {"X_val": X[::5] + 0.01, "y_val": y[::5]}


def own_random_state(path=None):
    X, y = rows()
    rng = np.random.RandomState(3)
    clf = DeepNNClassifier(**PEER, max_iter=60, early_stopping=True, random_state=rng)
    clf.fit(X, y, checkpoint=path)
    clf.drawn = rng.randint(2**31, size=5)  # what comes after is the same, too
    return clf, X


def goes_on(path=None):
    X, y = rows()
    clf = DeepNNClassifier(random_state=0, warm_start=True, max_iter=15).fit(X, y)
    return clf.set_params(max_iter=20).fit(X, y, checkpoint=path), X


def on_threads(path=None):
    with joblib.parallel_config("threading", n_jobs=2):
        return network(n_members=5)(path)


def in_processes(path=None):
    descent._WORTH_SENDING = 0.0
    # What cleans up after a process is killed with it
    parcels._MEMORY = os.environ["JOBLIB_TEMP_FOLDER"] = tempfile.gettempdir()
    return network(n_jobs=2, n_members=4, max_iter=30)(path)


def stream(solver, **params):
    """Blocks of rows: who was killed goes on from the model in the file."""

    def train(path=None):
        X, y = rows(6000)
        clf = DeepNNClassifier(solver=solver, random_state=0, **params)
        if path is not None and Path(path).exists():
            clf = load(path)
        blocks = np.split(np.arange(len(X)), 40)
        n_done = clf.t_ // len(blocks[0]) if hasattr(clf, "t_") else 0
        for block in blocks[n_done:]:
            clf.partial_fit(X[block], y[block], classes=[0, 1, 2])
            if path is not None:
                save(clf, path)
        return clf, X

    return train


SETTINGS = {
    "default": network(),
    "table": network(300, data=frame, fit=weighted),
    "few rows": network(50, n_classes=2),
    "one member": network(n_members=1),
    "validation set": network(fit=validated, scoring="accuracy"),
    "labels": network(data=labels, n_members=3),
    "sparse": network(data=lambda X, y: (csr_array(X), y), n_members=2),
    "dropout": network(dropout=0.1, class_weight="balanced"),
    "adam": network(**PEER, early_stopping=True, max_iter=150),
    "adam, dropout": network(**PEER, **SHORT, dropout=0.2, learning_rate="cosine"),
    "adam, stack": network(**PEER, **SHORT, n_members=3, averaging=0.2),
    "sgd": network(
        **PEER | {"solver": "sgd"}, learning_rate="adaptive", learning_rate_init=0.1
    ),
    "sgd, plain": network(**PEER | {"solver": "sgd"}, **SHORT, momentum=0.0),
    "lbfgs": network(3000, **PEER | {"solver": "lbfgs"}),
    "lbfgs, stack": network(**PEER | {"solver": "lbfgs"}, n_members=2, max_iter=60),
    "logistic": logistic(2),
    "logistic, classes": logistic(6, C=100.0),
    "logistic, sgd": logistic(2, solver="sgd"),
    "random state": own_random_state,
    "warm start": goes_on,
    "threads": on_threads,
    "processes": in_processes,
    "stream": stream("adamw"),
    "stream, sgd": stream("sgd", dropout=0.1, n_members=2),
}


def outcome(train, path=None):
    """Return all that a fit has found, as arrays by name."""
    clf, X = train(path)
    found = {f"history {k}": v for k, v in clf.history_.items() if k != "seconds"}
    found["params"], found["proba"] = clf.network_.params, clf.predict_proba(X)
    for name in ("oof_decision_function_", "oof_score_", "temperature_", "t_", "drawn"):
        if hasattr(clf, name):
            found[name] = getattr(clf, name)
    return {name: np.asarray(value) for name, value in found.items()}


def differing(found, expected):
    """Return the names of what differs."""
    assert found.keys() == expected.keys()
    return [
        name
        for name, value in expected.items()
        if value.dtype != found[name].dtype or value.tobytes() != found[name].tobytes()
    ]


def start(train, path, folder):
    """Train in a process of its own; return its number."""
    child = os.fork()
    if child:
        return child
    os.setpgrp()
    status, result = 1, folder / "result.npz"
    try:
        checkpoints._SHARE, tempfile.tempdir = np.inf, str(folder / "temporary")
        os.makedirs(tempfile.tempdir, exist_ok=True)
        found = outcome(train, path)
        with open(f"{result}.part", "wb") as file:
            np.savez(file, **found)
        os.replace(f"{result}.part", result)
        status = 0
    finally:
        os._exit(status)


def taken(folder):
    """Return what a fit has found, if it got to the end, and empty the folder."""
    result = folder / "result.npz"
    if not result.exists():
        return None
    with np.load(result) as found:
        found = dict(found)
    shutil.rmtree(folder / "temporary", ignore_errors=True)
    for left in folder.iterdir():
        left.unlink()
    return found


def killed_until_done(train, folder, rng, longest, n_left):
    """Kill processes at random moments until one gets to the end.

    Returns what it found, and the numbers of processes that were killed, that were
    while they wrote, and that went on from a file.
    """
    path, result = folder / "fit", folder / "result.npz"
    n_killed = n_writing = n_going_on = 0
    while True:
        n_going_on += path.exists()
        begun = time.time_ns()
        child = start(train, path, folder)
        end = time.perf_counter() + rng.uniform(0, longest)
        while n_killed < n_left and time.perf_counter() < end and not result.exists():
            time.sleep(0.0005)
        if n_killed < n_left and not result.exists():
            os.kill(child, signal.SIGKILL)
            with suppress(ProcessLookupError):  # others that it may have started
                os.killpg(child, signal.SIGTERM)
        _, status = os.waitpid(child, 0)
        found = taken(folder)
        if found is not None:
            return found, n_killed, n_writing, n_going_on
        if not os.WIFSIGNALED(status):
            raise SystemExit("a fit has failed")
        n_killed += 1
        parts = [p for p in folder.iterdir() if p.name.startswith(("fit.part", ".fit"))]
        n_writing += any(part.stat().st_mtime_ns > begun for part in parts)
        if rng.random() < 0.5:  # what is left of the others is to do no harm either
            for part in parts:
                part.unlink()


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("settings", nargs="*", metavar="SETTING")
    args = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    rng, is_fine = np.random.default_rng(args.seed), True
    print(f"{'setting':20}  seconds  killed  writing  went on  ended  the same")
    for name in args.settings or SETTINGS:
        train = SETTINGS[name]
        before = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            os.waitpid(start(train, None, Path(folder)), 0)
            expected = taken(Path(folder))
        seconds = time.perf_counter() - before
        n_killed = n_writing = n_going_on = n_ended = 0
        wrong = set()
        while n_killed < args.kills:
            with tempfile.TemporaryDirectory() as folder:
                found, *counts = killed_until_done(
                    train, Path(folder), rng, seconds, args.kills - n_killed
                )
            n_killed, n_writing = n_killed + counts[0], n_writing + counts[1]
            n_going_on, n_ended = n_going_on + counts[2], n_ended + 1
            wrong |= set(differing(found, expected))
        same = "yes" if not wrong else f"no: {', '.join(sorted(wrong))}"
        counts = f"{seconds:7.2f}  {n_killed:6}  {n_writing:7}  {n_going_on:7}"
        counts += f"  {n_ended:5}"
        print(f"{name:20}  {counts}  {same}", flush=True)
        is_fine &= not wrong
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
