"""Real signals into trainings and predictions: what do they leave altered?

``python tests/signals.py`` sends 50,000 times SIGINT, half of them with another one
close behind, into several loops, and prints after how many something was not as before.
The tests do a short form of it.
"""

import argparse
import os
import random
import signal
import threading
import time
import warnings
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import sklearn
from sklearn.datasets import make_classification
from threadpoolctl import threadpool_limits

from skdeepnn import DeepNNClassifier
from skdeepnn.compute import threads
from skdeepnn.compute.parcels import SharedFolder
from skdeepnn.fitting import interruptions

_HANDLERS = (signal.SIGINT, signal.SIGTERM)


def traces():
    """Return all that a signal might leave altered."""
    cores = threads._CORES
    return {
        "BLAS": [library.num_threads for library in threads.blas_libraries()],
        "users": (cores.n_users, cores.holds_blas, cores.lock.locked()),
        "free threads": cores.n_free,
        "threads": sum(
            getattr(thread, "_target", None) is threads._serve
            for thread in threading.enumerate()
        ),
        "handlers": [signal.getsignal(number) for number in _HANDLERS],
        "errors of NumPy": np.geterr(),
        "scikit-learn": sklearn.get_config(),
        "filters of warnings": list(warnings.filters),
        "folders": len(list(Path("/dev/shm").glob(f"skdeepnn_{os.getpid()}_*"))),
    }


class Hail:
    """Signals from a thread, after a random while of up to so many seconds."""

    def __init__(self, seconds):
        self._seconds, self._rng = seconds, random.Random(0)
        self._asked, self._are_sent = SimpleQueue(), True
        self.n_calls = self.n_raised = 0
        threading.Thread(target=self._send, daemon=True).start()

    def _send(self):
        main = threading.main_thread().ident
        while self._asked.get():
            time.sleep(self._rng.random() * self._seconds)
            signal.pthread_kill(main, signal.SIGINT)
            if self._rng.random() < 0.5:
                time.sleep(self._rng.random() * 1e-4)
                signal.pthread_kill(main, signal.SIGINT)
            self._are_sent = True

    def strike(self, work):
        """Call `work` again and again until signals have been sent."""
        self._are_sent = False
        self._asked.put(True)
        while True:
            try:
                while not self._are_sent:
                    work()
                    self.n_calls += 1
                time.sleep(0)  # a call, after which the last one is raised
                return
            except KeyboardInterrupt:
                self.n_raised += 1

    def end(self):
        """Send no more."""
        self._asked.put(None)


def count_altered(work, n_signals, seconds):
    """Return what was altered after some signals, and how often they were raised."""
    work()  # what is made once is there
    hail = Hail(seconds)
    before, altered = traces(), {}
    for _ in range(n_signals):
        while True:
            try:
                hail.strike(work)
                break
            except KeyboardInterrupt:  # the second one, beside the work
                hail.n_raised += 1
        now = traces()
        for name in before:
            if now[name] != before[name]:
                altered[name] = altered.get(name, 0) + 1
        before = now
    hail.end()
    return altered, hail.n_raised, hail.n_calls


X, Y = make_classification(60, 5, random_state=0)
SMALL = {"hidden_layer_sizes": (4,), "n_members": 1, "max_iter": 3, "random_state": 0}
PLAIN = {"solver": "adam", "preprocess": None, "early_stopping": False}


def lease():
    with threads.new_team(1):
        pass


def team_of_two():
    with threads.new_team(2) as team:
        team.map(abs, [1, 2])


def folder():
    with SharedFolder() as folder:
        Path(folder.path("a")).write_text("a")


CLF = DeepNNClassifier(**SMALL, **PLAIN).fit(X, Y)
MANY = np.random.RandomState(0).normal(size=(2**19, 5)).astype(np.float32)
REFITTED = DeepNNClassifier(**SMALL, **PLAIN)


def small_fit():
    interruptions.forget()
    REFITTED.fit(X, Y)


def second_fit():
    """As if a first interruption had been a moment ago, which lets all through."""
    REFITTED.fit(X, Y)


def encoded_fit():
    interruptions.forget()
    DeepNNClassifier(**SMALL).fit(X, Y)


def prediction():
    CLF.predict_proba(X[:3])


def large_prediction():
    CLF.predict_proba(MANY[: 2**17])


LOOPS = {
    "new_team(1)": (lease, 2e-4, 20),
    "a team of two": (team_of_two, 4e-4, 10),
    "a shared folder": (folder, 4e-4, 5),
    "fits": (small_fit, 6e-3, 6),
    "fits, no end by interruption": (second_fit, 6e-3, 3),
    "fits with an encoder": (encoded_fit, 3e-2, 1),
    "predictions": (prediction, 4e-4, 3),
    "large predictions": (large_prediction, 2e-2, 2),
}
"""Each with the longest while before a signal, and its share of all signals."""


def main(n_signals=50_000):
    """Run all loops, print and return what was altered."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    warnings.simplefilter("ignore")
    found = {}
    with threadpool_limits(2, user_api="blas"):
        for name, (work, seconds, share) in LOOPS.items():
            n = -(-n_signals * share // sum(loop[2] for loop in LOOPS.values()))
            start = time.perf_counter()
            altered, n_raised, n_calls = count_altered(work, n, seconds)
            took = time.perf_counter() - start
            print(
                f"{name:30}{n:7,} times signals, {n_raised:7,} raised, {n_calls:8,} "
                f"calls ended, {took:4.0f} s, altered: {altered or 'nothing'}",
                flush=True,
            )
            found |= {f"{name}: {what}": times for what, times in altered.items()}
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--signals", type=int, default=50_000)
    raise SystemExit(bool(main(parser.parse_args().signals)))
