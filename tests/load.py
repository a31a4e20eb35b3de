"""What a long life does to a model: single predictions by the million, endless streams.

    python tests/load.py                       # 1e6 predictions, 1e8 rows: minutes
    python tests/load.py --predictions 1e4 --rows 1e6 --block 100

It prints memory, time and accuracy while they go on, and whether they rise or fall: by
how much from the first to the last row, along the line that fits best. `test_load.py`
runs it in short.
"""

import argparse
import gc
import mmap
import time
import tracemalloc
from pathlib import Path
from typing import NamedTuple

import numpy as np

from skdeepnn import DeepNNClassifier

N_FEATURES, N_LOOKS = 8, 20


class Look(NamedTuple):
    """What is seen on the way, `done` rows or calls after the start."""

    done: int
    memory: float  # bytes
    time: float  # seconds of the processor a row or call, since the last look
    accuracy: float


def make_rows(rng, n_rows):
    """Return rows of two classes, of which no line is the border."""
    X = rng.standard_normal((n_rows, N_FEATURES), dtype=np.float32)
    return X, (X[:, 0] * X[:, 1] + 0.5 * X[:, 2] > 0).astype(np.intp)


def memory_in_use():
    """Return how many bytes this process has, as seen from where that can be seen."""
    if tracemalloc.is_tracing():
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    n_pages = Path("/proc/self/statm").read_text().split()[1]
    return int(n_pages) * mmap.PAGESIZE


def predict_rows(clf, n_calls, n_looks=N_LOOKS):
    """Predict rows one by one, and look at what that does."""
    X, y = make_rows(np.random.default_rng(1), 1000)
    n_between = max(1, n_calls // n_looks)
    for done in range(0, n_calls, n_between):
        start, n_right = time.process_time(), 0
        for i in range(done, done + n_between):
            i %= len(X)
            n_right += (clf.predict_proba(X[i : i + 1])[0, 1] > 0.5) == y[i]
        seconds = time.process_time() - start
        yield Look(
            done + n_between,
            memory_in_use(),
            seconds / n_between,
            n_right / n_between,
        )


def train_on_stream(clf, n_rows, n_block, n_looks=N_LOOKS):
    """Train on rows that are seen once, in blocks, and look at what that does."""
    rng = np.random.default_rng(2)
    X_test, y_test = make_rows(np.random.default_rng(3), 10_000)
    n_blocks = max(1, n_rows // n_block)
    looks = {round(i * n_blocks / n_looks) for i in range(1, n_looks + 1)}
    seconds, last = 0.0, 0
    for k in range(1, n_blocks + 1):
        X, y = make_rows(rng, n_block)
        start = time.process_time()
        clf.partial_fit(X, y, classes=[0, 1])
        seconds += time.process_time() - start
        if k in looks:
            accuracy = clf.score(X_test, y_test)
            per_row = seconds / ((k - last) * n_block)
            yield Look(k * n_block, memory_in_use(), per_row, accuracy)
            seconds, last = 0.0, k


def rise(looks, name):
    """Return by how much a figure rises from first to last, and its median.

    The first fifth is left out: there memory is asked for, and networks learn.
    """
    looks = looks[len(looks) // 5 :]
    done = np.array([look.done for look in looks], dtype=float)
    values = np.array([getattr(look, name) for look in looks])
    slope = np.polyfit(done, values, 1)[0] if len(looks) > 1 else np.nan
    return slope * (done[-1] - done[0]), np.median(values)


def tell(what, looks):
    """Collect looks, print what they say, and return them."""
    looks = list(looks)
    print(f"{what}: {looks[-1].done:,}")
    for name, unit, scale in (
        ("memory", "MB", 1e-6),
        ("time", "µs", 1e6),
        ("accuracy", "", 1),
    ):
        rises, median = rise(looks, name)
        first, last = (getattr(looks[i], name) * scale for i in (0, -1))
        print(
            f"  {name:8} {median * scale:11.4f} {unit:2}  rises by "
            f"{rises * scale:+.4f} ({rises / median:+.2%}); first {first:.4f}, "
            f"last {last:.4f}",
            flush=True,
        )
    return looks


def main(arguments=None):
    """Print what a million predictions and a stream of rows do."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--predictions", type=float, default=1e6)
    parser.add_argument("--rows", type=float, default=1e8)
    parser.add_argument("--block", type=float, default=1e5)
    parser.add_argument("--members", type=int, default=1, help="networks of the stream")
    options = parser.parse_args(arguments)
    X, y = make_rows(np.random.default_rng(0), 2000)
    clf = DeepNNClassifier((16,), random_state=0).fit(X, y)
    if options.predictions:
        looks = predict_rows(clf, int(options.predictions))
        tell("single predictions", looks)
    if options.rows:
        stream = DeepNNClassifier((16,), n_members=options.members, random_state=0)
        looks = train_on_stream(stream, int(options.rows), int(options.block))
        tell("rows of a stream", looks)


if __name__ == "__main__":
    main()
