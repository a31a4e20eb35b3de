"""Test error and log loss on a folder of tables, each split in three ways.

    python benchmarks/accuracy.py --data DIR [--peers FILE.jsonl] [--results FILE.jsonl]

DIR holds tables in KEEL's format (https://keel.es): lines that begin with @, then
comma-separated rows, the label last, ``?`` or ``<null>`` where a value is missing.
Columns that do not parse as numbers are categorical. `DeepNNClassifier` gets the data
frame as it is, its peers what is usual for them.

Protocol: tables of more than 15,000 rows are cut to a stratified 15,000, classes of
fewer than 10 rows are left out, three stratified splits hold out a quarter; error and
log loss (probabilities not below 1e-7) on that quarter, expected calibration error in
15 bins; BLAS has one thread. Every fit's result is written at once to the results file,
and what is there is not run again. A method that fails on a split is recorded with its
"error", is named under the tables, and has no part in the means of that table: delete
its lines to run it again.
"""

import argparse
import json
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedShuffleSplit, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from skdeepnn import DeepNNClassifier

MAX_ROWS = 15_000
SMALLEST_CLASS = 10
N_SPLITS = 3
LOWEST_PROBABILITY = 1e-7
LOWEST_ERROR = 0.005  # below it, ratios of errors mean little
N_BINS = 15


def load(path):
    """Read a table in KEEL's format.

    Returns
    -------
    X : DataFrame
        Numbers as float64, other columns as categories.
    y : ndarray of int
        Labels by their order.
    """
    rows = [
        [cell.strip() for cell in line.split(",")]
        for line in path.read_text().splitlines()
        if line.strip() and not line.startswith("@")
    ]
    frame = pd.DataFrame(rows).replace({"?": None, "<null>": None})
    y = frame.iloc[:, -1].to_numpy(str)
    X = frame.iloc[:, :-1].set_axis(range(frame.shape[1] - 1), axis=1)
    for name in X:
        try:
            X[name] = X[name].astype(float)
        except ValueError:
            X[name] = X[name].astype("category")
    X.columns = [f"x{name}" for name in X]
    if len(y) > MAX_ROWS:
        _, X, _, y = train_test_split(
            X, y, test_size=MAX_ROWS, stratify=y, random_state=0
        )
    labels, counts = np.unique(y, return_counts=True)
    keep = np.isin(y, labels[counts >= SMALLEST_CLASS])
    return X[keep].reset_index(drop=True), np.unique(y[keep], return_inverse=True)[1]


def prepared(classifier):
    """Put `classifier` behind scaled numbers, gaps filled, and one-hot categories."""
    return make_pipeline(
        make_column_transformer(
            (
                make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
                make_column_selector(dtype_include="number"),
            ),
            (
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                make_column_selector(dtype_exclude="number"),
            ),
        ),
        classifier,
    )


MODELS = {
    "skdeepnn": lambda split: DeepNNClassifier(random_state=split),
    "mlp": lambda split: prepared(MLPClassifier(random_state=split)),
    "lr": lambda split: prepared(LogisticRegression(max_iter=1000)),
    "hgb": lambda split: HistGradientBoostingClassifier(random_state=split),
}


def calibration_error(proba, y):
    """Expected calibration error of the predicted class (Guo et al., ICML 2017)."""
    confidence = proba.max(axis=1)
    is_right = proba.argmax(axis=1) == y
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    gaps = np.bincount(bins, is_right - confidence, minlength=N_BINS)
    return float(np.abs(gaps).sum() / len(y))


def score(model, X, y, split):
    """Fit `model` on one part of a split and score it on the other."""
    splits = StratifiedShuffleSplit(N_SPLITS, test_size=0.25, random_state=0)
    train, test = list(splits.split(X, y))[split]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peers that have not converged, all the time
        start = time.perf_counter()
        model.fit(X.iloc[train], y[train])
        seconds = time.perf_counter() - start
        proba = model.predict_proba(X.iloc[test])
    if not np.isfinite(proba).all():
        raise ValueError("probabilities that are not finite")
    of_labels = np.maximum(proba[np.arange(len(test)), y[test]], LOWEST_PROBABILITY)
    return {
        "err": float((proba.argmax(axis=1) != y[test]).mean()),
        "ll": float(-np.log(of_labels).mean()),
        "ece": calibration_error(proba, y[test]),
        "t": seconds,
        "n_test": len(test),
    }


def run(directory, methods, results_path, names):
    """Score all methods on all tables, going on where an earlier run has ended."""
    results = read(results_path) if results_path.exists() else []
    done = {(row["method"], row["data"], row["split"]) for row in results}
    jobs = [
        (path, split, method)
        for path in sorted(directory.glob("*.dat"))
        if not names or path.stem in names
        for split in range(N_SPLITS)
        for method in methods
        if (method, path.stem, split) not in done
    ]
    loaded = (None, None)
    with results_path.open("a") as file, threadpool_limits(1):
        for path, split, method in track(
            jobs, "fitting", console=Console(stderr=True), disable=not jobs
        ):
            try:
                if loaded[0] != path:
                    loaded = path, load(path)
                scores = score(MODELS[method](split), *loaded[1], split)
            except Exception as error:  # the other methods and tables go on
                message = " ".join(f"{type(error).__name__}: {error}".split())
                scores = {"error": message}
            row = {"method": method, "data": path.stem, "split": split, **scores}
            file.write(json.dumps(row) + "\n")
            file.flush()
            results.append(row)
    return [row for row in results if not names or row["data"] in names]


def read(path):
    """Read results, one JSON object a line."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def by_table(rows, field):
    """Mean of `field` over splits, as {method: {table: mean}}; only whole tables."""
    values = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if field in row:
            values[row["method"]][row["data"]].append(row[field])
    return {
        method: {
            table: float(np.mean(splits))
            for table, splits in tables.items()
            if len(splits) == N_SPLITS
        }
        for method, tables in values.items()
    }


def geometric_mean(method, peer, floor=0.0):
    """Geometric mean of the ratios over the tables that both have."""
    common = method.keys() & peer.keys()
    ratios = [max(method[t], floor) / max(peer[t], floor) for t in common]
    return float(np.exp(np.mean(np.log(ratios)))) if ratios else np.nan


def table_of_tables(rows, methods):
    """Lay out error and log loss of each method on each table."""
    errors, losses = by_table(rows, "err"), by_table(rows, "ll")
    table = Table("table", *methods, title="test error / log loss", box=None)
    for name in sorted({row["data"] for row in rows}):
        cells = [
            f"{errors[m][name]:.4f}/{losses[m][name]:.3f}"
            if name in errors.get(m, {})
            else "-"
            for m in methods
        ]
        scored = [m for m in methods if name in losses.get(m, {})]
        if scored:
            best = methods.index(min(scored, key=lambda m: losses[m][name]))
            cells[best] = f"[bold]{cells[best]}[/bold]"
        table.add_row(name, *cells)
    return table


def summary(rows, methods, reference="mlp"):
    """Lay out geometric means of the ratios to the reference."""
    errors, losses = by_table(rows, "err"), by_table(rows, "ll")
    seconds, calibration = by_table(rows, "t"), by_table(rows, "ece")
    table = Table(
        "method",
        *("tables", "error", "log loss", "time", "calibration error"),
        title=f"ratio to {reference}, geometric means (time: of the sums)",
        box=None,
    )
    for method in methods:
        common = seconds.get(method, {}).keys() & seconds[reference].keys()
        if not common:
            table.add_row(method, "0", *"----")
            continue
        time_ratio = sum(seconds[method][t] for t in common) / sum(
            seconds[reference][t] for t in common
        )
        table.add_row(
            method,
            f"{len(common)}",
            f"{geometric_mean(errors[method], errors[reference], LOWEST_ERROR):.3f}",
            f"{geometric_mean(losses[method], losses[reference]):.3f}",
            f"{time_ratio:.2f}",
            f"{np.mean(list(calibration[method].values())):.4f}"
            if calibration.get(method)
            else "-",
        )
    return table


def setbacks(rows, method="skdeepnn", reference="mlp"):
    """Tables where the error is over 1.15 times the reference's, by over two rows."""
    errors, n_test = by_table(rows, "err"), by_table(rows, "n_test").get(method, {})
    return [
        name
        for name, error in errors.get(method, {}).items()
        if name in errors.get(reference, {})
        and error > 1.15 * errors[reference][name]
        and (error - errors[reference][name]) * n_test[name] > 2
    ]


def failures(rows):
    """Sentences on who failed where, for each method and table the first failure."""
    failed = defaultdict(list)
    for row in rows:
        if "error" in row:
            failed[row["method"], row["data"]].append(row)
    return [
        f"{method} failed on {table}, in {len(those)} of {N_SPLITS} splits, and has no "
        f"part in the means of that table: {those[0]['error']}"
        for (method, table), those in failed.items()
    ]


def main(argv=None):
    """Run what is missing and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of tables")
    parser.add_argument("--peers", type=Path, help="results of other methods")
    parser.add_argument(
        "--results", type=Path, default=Path("accuracy.jsonl"), help="what has been run"
    )
    parser.add_argument("--methods", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--tables", nargs="+", help="names, by default all")
    args = parser.parse_args(argv)
    if not any(args.data.glob("*.dat")):
        parser.error(f"{args.data} has no tables: files that end in .dat")
    rows = run(args.data, args.methods, args.results, args.tables)
    methods = list(args.methods)
    if args.peers is not None:
        here = {(row["method"], row["data"], row["split"]) for row in rows}
        tables = {row["data"] for row in rows}
        rows += [
            row
            for row in read(args.peers)
            if (row["method"], row["data"], row["split"]) not in here
            and row["data"] in tables
        ]
        methods += sorted({row["method"] for row in rows} - set(methods))
    console = Console()
    console.width = max(console.width, 16 + 16 * len(methods))
    console.print(table_of_tables(rows, methods))
    if by_table(rows, "t").get("mlp"):
        console.print(summary(rows, methods))
        console.print("much worse than mlp on:", setbacks(rows) or "none")
    for sentence in failures(rows):
        console.print(sentence, markup=False, highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
