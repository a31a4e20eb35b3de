"""Test error, log loss and AUROC on folders of tables, each split in three ways.

    python benchmarks/accuracy.py --data DIR [DIR ...] [--methods NAME ...]
        [--tables NAME ...] [--peers FILE.jsonl [FILE.jsonl ...]] [--results FILE.jsonl]

Each DIR holds tables in KEEL's format (https://keel.es): lines that begin with @, then
comma-separated rows, the label last, ``?`` or ``<null>`` where a value is missing.
Columns that do not parse as numbers are categorical. `DeepNNClassifier`, CatBoost and
LightGBM get the data frame as it is, the others what is usual for them; all have their
defaults, and one thread. CatBoost and LightGBM come with ``pip install
"skdeepnn[bench]"``, and are left out where they are not installed.

Protocol: tables of more than 15,000 rows are cut to a stratified 15,000, classes of
fewer than 10 rows are left out, three stratified splits hold out a quarter; error, log
loss (probabilities not below 1e-7) and area under the ROC curve (mean over the classes,
each against the rest) on that quarter, expected calibration error in 15 bins.

Every fit's result is written at once to the results file, and what is there is not run
again. A method that fails on a split is recorded with its "error", is named under the
tables, and has no part in the means of that table: delete its lines to run it again.
Results name their table and its folder. Those of older runs name no folder: they are
taken for the table of that name if only one folder has it. Where several files have a
result for the same fit the first counts, and the results file comes before the peers'.
"""

import argparse
import json
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedShuffleSplit
from summaries import N_SPLITS, show
from tabular import MODELS, find, is_installed, load
from threadpoolctl import threadpool_limits

from skdeepnn.crossfit import calibration_error

LOWEST_PROBABILITY = 1e-7
OLD_NAMES = {"cat": "catboost", "lgbm": "lightgbm"}  # in results of older runs


# ----------------------------------------------------------------------------- scores


def area_under_roc(proba, y):
    """Mean AUROC of the classes in `y`, each against the rest."""
    areas = [roc_auc_score(y == label, proba[:, label]) for label in np.unique(y)]
    return float(np.mean(areas))


def score(model, X, y, split):
    """Fit `model` on one part of a split and score it on the other."""
    if len(np.unique(y)) < 2:
        raise ValueError("a single class is left, which there is no predicting")
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
        "auc": area_under_roc(proba, y[test]),
        "ece": calibration_error(proba, y[test]),
        "t": seconds,
        "n_test": len(test),
    }


# ---------------------------------------------------------------------------- results


def read(paths):
    """Read results, one JSON object a line."""
    lines = [line for path in paths for line in path.read_text().splitlines()]
    rows = [json.loads(line) for line in lines if line.strip()]
    return [
        {**row, "method": OLD_NAMES.get(row["method"], row["method"])} for row in rows
    ]


def fit_of(row):
    """Return what identifies the fit that a row is about."""
    return row["method"], row["folder"], row["data"], row["split"]


def of_tables(rows, tables):
    """Choose the rows that are about `tables`, the first of each fit.

    Returns
    -------
    rows : list of dict
        All with their folder.
    unclear : list of str
        Names of tables in several folders, of which there are rows without a folder.
    """
    folders = defaultdict(list)
    for folder, name in tables:
        folders[name].append(folder)
    found, unclear = {}, set()
    for row in rows:
        candidates = [row["folder"]] if "folder" in row else folders[row["data"]]
        if len(candidates) > 1:
            unclear.add(row["data"])
        elif candidates and (candidates[0], row["data"]) in tables:
            row = {**row, "folder": candidates[0]}
            found.setdefault(fit_of(row), row)
    return list(found.values()), sorted(unclear)


def run(tables, methods, results_path):
    """Score all methods on all tables, going on where an earlier run has ended."""
    results, _ = of_tables(
        read([results_path] if results_path.exists() else []), tables
    )
    done = {fit_of(row) for row in results}
    fits = [
        {"method": method, "folder": folder, "data": name, "split": split}
        for folder, name in tables
        for split in range(N_SPLITS)
        for method in methods
    ]
    jobs = [fit for fit in fits if fit_of(fit) not in done]
    loaded = (None, None)
    with results_path.open("a") as file, threadpool_limits(1):
        for job in track(
            jobs, "fitting", console=Console(stderr=True), disable=not jobs
        ):
            path, split = tables[job["folder"], job["data"]], job["split"]
            try:
                if loaded[0] != path:
                    loaded = path, load(path)
                scores = score(MODELS[job["method"]](split), *loaded[1], split)
            except Exception as error:  # the other methods and tables go on
                message = " ".join(f"{type(error).__name__}: {error}".split())
                scores = {"error": message}
            file.write(json.dumps({**job, **scores}) + "\n")
            file.flush()


# ----------------------------------------------------------------------- command line


def arguments(argv):
    """Parse the command line, and refuse what cannot be run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, help="folders of tables"
    )
    parser.add_argument(
        "--methods", nargs="+", choices=MODELS, help="by default all that are installed"
    )
    parser.add_argument("--tables", nargs="+", help="names, by default all")
    parser.add_argument(
        "--peers", type=Path, nargs="+", default=[], help="results of other methods"
    )
    parser.add_argument(
        "--results", type=Path, default=Path("accuracy.jsonl"), help="what has been run"
    )
    args = parser.parse_args(argv)
    for folder in args.data:
        if not find([folder]):
            parser.error(f"{folder} has no tables: files that end in .dat")
    for path in args.peers:
        if not path.is_file():
            parser.error(f"{path} is not a file")
    names = [folder.resolve().name for folder in args.data]
    if len(set(names)) < len(names):
        parser.error(f"folders need names of their own, not {', '.join(names)}")
    for method in args.methods or ():
        if not is_installed(method):
            parser.error(f'{method} is not installed: pip install "skdeepnn[bench]"')
    args.methods = args.methods or list(filter(is_installed, MODELS))
    return args


def main(argv=None):
    """Run what is missing and print the tables."""
    args = arguments(argv)
    tables = find(args.data, args.tables)
    run(tables, args.methods, args.results)
    rows, unclear = of_tables(read([args.results, *args.peers]), tables)
    methods = list(args.methods)
    if args.peers:
        methods += sorted({row["method"] for row in rows} - set(methods))
    show(rows, methods)
    if unclear:
        print(
            "left out, as several folders have such a table and the result names none:",
            ", ".join(unclear),
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
