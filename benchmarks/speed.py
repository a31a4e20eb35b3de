"""Time and memory of skdeepnn beside scikit-learn and PyTorch, measured in one run.

    python benchmarks/speed.py [--repeats 5] [--row NAME ...] [--json FILE] [--quick]

All train the same network on the same data with the same batches, solver and number of
epochs, in turn, so that the machine's moods hit all alike. The first round, a warm-up,
is left out. A ratio is the median over the rounds, with the least and the largest
behind it; above 1 means that skdeepnn is faster.

The columns: seconds of skdeepnn on float64, as users call it, and on float32; how many
times as long MLPClassifier takes on float64, MLPClassifier on float32, and PyTorch on
the CPU in eager mode (`pip install ".[bench]"`). The last is what share of skdeepnn's
time the matrix products of the training take by themselves. Both of the latter two are
compared with skdeepnn on float32.
"""

import argparse
import json
import math
import subprocess
import sys
import warnings
from functools import partial

import numpy as np
from contenders import (
    ROWS,
    Row,
    contenders,
    import_torch,
    made,
    ours,
    partial_fit,
    theirs,
)
from regressions import logistic
from shapes import shapes
from threadpoolctl import threadpool_info
from timing import alternate, peak_memory, seconds_text, with_spread

QUICK_ROWS = 300  # as many, of every table, with --quick


def quick_row(row, most):
    """Return the row, with two epochs where it is not to be measured in earnest."""
    return row if most == math.inf else row._replace(n_epochs=2)


# -------------------------------------------------------------------- table of training

# Name of the ratio: its column, numerator and denominator
RATIOS = {
    "MLPClassifier": ("MLP float64", "theirs", "ours"),
    "MLPClassifier, float32": ("MLP float32", "theirs 32", "ours 32"),
    "PyTorch": ("PyTorch", "torch", "ours 32"),
    "matrix products": ("products' share", "products", "ours 32"),
}


def measure(row, repeats, most=math.inf):
    """Time all that do the work of a row; at most `most` data rows."""
    row = quick_row(row, most)
    return alternate(contenders(row, *row.load(most)), repeats)


def ratios(seconds):
    """Return the ratios of the table, a float or more each, by name."""
    return {
        name: seconds[over] / seconds[under]
        for name, (_, over, under) in RATIOS.items()
        if over in seconds and under in seconds
    }


def print_training_head():
    columns = "".join(f"{column:>19}" for column, _, _ in RATIOS.values())
    print(f"\n{'training':15}{'float64':>9}{'float32':>9}{columns}")


def print_training_row(name, seconds):
    found = ratios(seconds)
    cells = [with_spread(found[ratio]) if ratio in found else "-" for ratio in RATIOS]
    times = [
        seconds_text(seconds[key]) + "s" if key in seconds else "-"
        for key in ("ours", "ours 32")
    ]
    text = f"{name:15}{times[0]:>9}{times[1]:>9}"
    print(text + "".join(f"{cell:>19}" for cell in cells), flush=True)


def training(names, repeats, most):
    """Print the table of training times with its geometric means."""
    print_training_head()
    results = {}
    for name in names:
        results[name] = measure(ROWS[name], repeats, most)
        print_training_row(name, results[name])
    found = [ratios(seconds) for seconds in results.values()]
    means = []
    for ratio in RATIOS:
        medians = [np.median(row[ratio]) for row in found if ratio in row]
        mean = f"{np.exp(np.mean(np.log(medians))):.2f}" if medians else "-"
        means.append(f"{mean} of {len(medians)}")
    print(f"{'geometric mean':33}" + "".join(f"{mean:>19}" for mean in means))
    return results


# -------------------------------------------------------------------------- predictions

PREDICTED = partial(made, 1_000_000, 50, 5)


def predictors(X, y):
    """Return both classifiers, fitted on float64 and on float32 by the first rows."""
    row, n_rows = ROWS["tabular"]._replace(n_epochs=1), 10_000
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for dtype in (np.float64, np.float32):
            rows = X[:n_rows].astype(dtype)
            for who, make in (("ours", ours), ("theirs", theirs)):
                found[who, np.dtype(dtype).name] = make(row).fit(rows, y[:n_rows])
    return found


def predict_one_by_one(clf, X, n_rows=1_000):
    for i in range(min(n_rows, len(X))):
        clf.predict_proba(X[i : i + 1])


def predict(repeats, most):
    """Time predicted probabilities: many rows at once, and one at a time."""
    print(
        f"\n{'predict_proba':31}{'skdeepnn':>10}{'MLP':>10}{'ratio':>19}"
        f"{'MB beyond in- and output':>30}"
    )
    X, y = PREDICTED(most=most)
    models, results = predictors(X, y), {}
    for dtype in ("float64", "float32"):
        X = X.astype(dtype, copy=False)
        pair = {who: models[who, dtype] for who in ("ours", "theirs")}
        many = {who: partial(clf.predict_proba, X) for who, clf in pair.items()}
        single = {who: partial(predict_one_by_one, clf, X) for who, clf in pair.items()}
        peaks = [prediction_memory(clf, X) for clf in pair.values()]
        for name, functions in (
            (f"{len(X):,} rows, {dtype}", many),
            (f"one row 1,000 times, {dtype}", single),
        ):
            results[name] = alternate(functions, repeats)
            print_pair(name, results[name], peaks if functions is many else None)
        results[f"{len(X):,} rows, {dtype}"]["MB"] = np.array(peaks)
    return results


def prediction_memory(clf, X):
    """Return the MB that predicting needs beyond its input and output."""
    output = clf.predict_proba(X[:1])
    return peak_memory(lambda: clf.predict_proba(X)) - output.nbytes * len(X) / 1e6


def print_pair(name, seconds, peaks):
    texts = [seconds_text(seconds[who]) + "s" for who in ("ours", "theirs")]
    memory = "" if peaks is None else "{:,.1f} / {:,.1f}".format(*peaks)
    ratio = with_spread(seconds["theirs"] / seconds["ours"])
    print(f"{name:31}{texts[0]:>10}{texts[1]:>10}{ratio:>19}{memory:>30}", flush=True)


# -------------------------------------------------------------------- growth and memory

_middle = {"rows": 8_000, "width": 128, "depth": 2, "members": 1}
GROWTH = {
    "rows": (2_000, 4_000, 8_000, 16_000),
    "width": (64, 128, 256, 512),
    "depth": (1, 2, 4, 8),
    "members": (1, 2, 4, 8),
}


def growing_fit(what, size, most, n_epochs=3):
    """Return a fit where one of rows, width, depth and members has that size."""
    sizes = {**_middle, what: size}
    hidden = (sizes["width"],) * sizes["depth"]
    X, y = made(int(sizes["rows"] * min(1, most / 16_000)), 50, 5)
    members = {"n_members": sizes["members"]}
    row = Row(None, hidden, 200, n_epochs, members)
    return partial(ours(row).fit, X.astype(np.float32), y)


def growth(repeats, most):
    """Print how the cost of an epoch grows: slopes between logarithms."""
    print(f"\n{'growth of the cost':21}{'exponent':>19}   seconds an epoch")
    results = {}
    for what, sizes in GROWTH.items():
        fits = {size: growing_fit(what, size, most) for size in sizes}
        seconds = {size: s / 3 for size, s in alternate(fits, repeats).items()}
        rounds = np.log(np.array(list(seconds.values())))
        slopes = np.polyfit(np.log(sizes), rounds, 1)[0]
        cells = [f"{size:,}: {np.median(s):.3g}" for size, s in seconds.items()]
        print(f"{what:21}{with_spread(slopes):>19}   {'  '.join(cells)}", flush=True)
        results[what] = seconds
    return results


def memory_cases(row, X, y):
    """Return what to measure the memory of: a function of an estimator, by name."""
    if row.task == "partial_fit":
        return {"partial_fit": lambda clf: peak_memory(partial(partial_fit, clf, X, y))}
    return {
        "fit": lambda clf: peak_memory(partial(clf.fit, X, y)),
        "predict_proba": lambda clf: prediction_memory(clf, X),
    }


def memory(repeats, most):
    """Print the peak memory beyond the data; it needs no repeats."""
    print(f"\n{'memory beyond the data, MB':47}{'skdeepnn':>12}{'MLPClassifier':>16}")
    results = {}
    for name in ("tabular", "stream"):
        row = ROWS[name]._replace(n_epochs=2)
        X, y = row.load(most=most)
        for data in (X, X.astype(np.float32)):
            pair = ours(row), theirs(row)
            for what, measure_peak in memory_cases(row, data, y).items():
                peaks = [measure_peak(clf) for clf in pair]
                label = f"{name}, {len(X):,} x {X.shape[1]}, {data.dtype}, {what}"
                print(f"{label:47}{peaks[0]:>12.2f}{peaks[1]:>16.2f}", flush=True)
                results[label] = dict(zip(("ours", "theirs"), peaks, strict=True))
    return results


# ------------------------------------------------------------------------------- import

_IMPORT = """
from time import perf_counter
start = perf_counter()
import sklearn.linear_model, sklearn.model_selection, sklearn.neural_network
middle = perf_counter()
import skdeepnn
print(middle - start, perf_counter() - middle)
"""


def imports(repeats, most):
    """Print the time that importing takes, in new processes."""
    command = [sys.executable, "-c", _IMPORT]
    pairs = np.array(
        [
            [float(part) for part in subprocess.check_output(command).split()]
            for _ in range(repeats + 1)
        ][1:]
    )
    print("\nimport, ms")
    for name, values in zip(("scikit-learn", "skdeepnn besides"), pairs.T, strict=True):
        print(f"{name:21}{with_spread(values * 1e3):>19}")
    return {"scikit-learn": pairs[:, 0], "skdeepnn besides": pairs[:, 1]}


PARTS = {
    "logistic": logistic,
    "shapes": shapes,
    "predict": predict,
    "growth": growth,
    "memory": memory,
    "import": imports,
}


def thread_counts():
    """Return the threads of each library, by name."""
    names = {"blas": "BLAS", "openmp": "OpenMP"}
    counts = {
        names.get(info["user_api"], info["user_api"]): info["num_threads"]
        for info in threadpool_info()
    }
    torch = import_torch()
    if torch is not None:
        counts["PyTorch"] = torch.get_num_threads()
    counts["the stack's members"] = ROWS["stack"].settings["n_jobs"]
    return counts


def jsonable(results):
    """Return nested dicts with lists in the place of arrays."""
    if isinstance(results, dict):
        return {str(key): jsonable(value) for key, value in results.items()}
    return results.tolist() if isinstance(results, np.ndarray) else results


def main(argv=None):
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5, help="timed rounds")
    parser.add_argument("--row", nargs="+", choices=[*ROWS, *PARTS], metavar="NAME")
    parser.add_argument("--json", metavar="FILE", help="where to write all seconds")
    parser.add_argument(
        "--quick", action="store_true", help="few rows and epochs: just to see it run"
    )
    args = parser.parse_args(argv)
    names = args.row or [*ROWS, *PARTS]
    most = QUICK_ROWS if args.quick else math.inf
    results = {"threads": thread_counts(), "repeats": args.repeats}
    threads = ", ".join(f"{name} {n}" for name, n in results["threads"].items())
    print(f"threads: {threads}; rounds: {args.repeats}; median (least-largest)")
    if import_torch() is None:
        print('PyTorch is not installed, and left out: pip install ".[bench]"')
    rows = [name for name in ROWS if name in names]
    if rows:
        results["training"] = training(rows, args.repeats, most)
    for name in PARTS:
        if name in names:
            results[name] = PARTS[name](args.repeats, most)
    if args.json:
        with open(args.json, "w") as file:
            json.dump(jsonable(results), file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
