"""What a default fit knows of held-out rows, beside the slow way to the same.

    python benchmarks/out_of_fold.py search|importance|sets --data DIR [DIR ...]
        [--tables NAME ...] [--most N]

On the tables of folders as `accuracy.py` takes them, a quarter of the rows held out:

- search: over layer sizes, by out-of-fold scores (one fit a candidate) and by five
  folds; the test log loss and error of both winners, and the ratio of times;
- importance: rank correlation of `oof_permutation_importance` with scikit-learn's
  `permutation_importance` on the rows held out, beside that of two runs of the latter
  with other seeds, and the ratio of times, that of another fit included;
- sets: share of the rows held out that have their class in their set at 0.8, 0.9 and
  0.95, how many standard errors that is away, and the mean size of a set.

--most N takes the first N tables that have enough rows (and, for importance, columns).
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from sklearn.inspection import permutation_importance
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, train_test_split
from tabular import find, load
from threadpoolctl import threadpool_limits

from skdeepnn import DeepNNClassifier
from skdeepnn.inspection import oof_permutation_importance
from skdeepnn.model_selection import out_of_fold

SIZES = ["8", "16", "32", "64", "32-32", "64-32", "128-64", "64-64-64"]
CONFIDENCES = (0.8, 0.9, 0.95)


def timed(function, *args, **kwargs):
    """Return what a call returns, and its seconds."""
    start = time.perf_counter()
    return function(*args, **kwargs), time.perf_counter() - start


def search(X, X_test, y, y_test):
    """Search over layer sizes in both ways."""
    grid, results = {"hidden_layer_sizes": SIZES}, []
    folds = {"cv": 5, "scoring": "neg_log_loss"}
    for arguments in (out_of_fold(), folds):
        finder = GridSearchCV(DeepNNClassifier(random_state=0), grid, **arguments)
        found, seconds = timed(finder.fit, X, y)
        loss = log_loss(y_test, found.predict_proba(X_test))
        best = found.best_params_["hidden_layer_sizes"]
        error = float(np.mean(found.predict(X_test) != y_test))
        results.append((loss, error, seconds, best))
    (loss, error, seconds, best), (loss_5, error_5, seconds_5, best_5) = results
    print(
        f"{best:>9} {best_5:>9}   loss {loss:.4f} {loss_5:.4f}   error {error:.4f} "
        f"{error_5:.4f}   time {seconds / seconds_5:.2f}",
        flush=True,
    )
    return np.log(loss / loss_5), np.log(seconds / seconds_5)


def importance(X, X_test, y, y_test):
    """Compare importances out of fold with those on rows held out."""
    of = {"scoring": "neg_log_loss", "n_repeats": 5}
    clf, seconds_fit = timed(DeepNNClassifier(random_state=0).fit, X, y)
    ours, seconds = timed(oof_permutation_importance, clf, X, y, random_state=0, **of)
    slow = [
        timed(permutation_importance, clf, X_test, y_test, random_state=seed, **of)
        for seed in (0, 1)
    ]
    theirs = [found.importances_mean for found, _ in slow]
    agreement = spearmanr(ours.importances_mean, theirs[0]).statistic
    itself = spearmanr(*theirs).statistic
    ratio = seconds / (slow[0][1] + seconds_fit)
    print(f"rank correlation {agreement:.2f} (itself {itself:.2f})   time {ratio:.2f}")
    return agreement, np.log(ratio)


def sets(X, X_test, y, y_test):
    """Tell how often sets have the true class."""
    clf = DeepNNClassifier(random_state=0).fit(X, y)
    line, away = "", []
    for confidence in CONFIDENCES:
        found = clf.predict_set(X_test, confidence)
        covered = found[np.arange(len(y_test)), y_test].mean()
        variance = confidence * (1 - confidence) * (1 / len(y_test) + 1 / len(y))
        away.append((covered - confidence) / np.sqrt(variance))
        line += f"   {covered:.3f} ({away[-1]:+.1f}) {found.sum(axis=1).mean():.2f}"
    print(line, flush=True)
    return min(away), max(away)


PARTS = {"search": search, "importance": importance, "sets": sets}
FEWEST_ROWS = {"search": 400, "importance": 400, "sets": 90}
FEWEST_COLUMNS = {"importance": 5}


def main(argv=None):
    """Run one part on all tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--tables", nargs="+", help="names, by default all")
    parser.add_argument("--most", type=int, default=sys.maxsize, help="how many tables")
    args = parser.parse_args(argv)
    figures = []
    for (folder, name), path in find(args.data, args.tables).items():
        X, y = load(path)
        has_columns = X.shape[1] >= FEWEST_COLUMNS.get(args.part, 0)
        if len(y) < FEWEST_ROWS[args.part] or not has_columns:
            continue
        print(f"{folder:6} {name:18}", end=" ")
        X, X_test, y, y_test = train_test_split(
            X, y, test_size=0.25, stratify=y, random_state=0
        )
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            figures.append(PARTS[args.part](X, X_test, y, y_test))
        if len(figures) == args.most:
            break
    first, second = np.transpose(figures)
    if args.part == "search":
        loss, seconds = np.exp(first.mean()), np.exp(second.mean())
        print(
            f"geometric means: log loss {loss:.3f}, time {seconds:.3f} of five folds'"
        )
    elif args.part == "importance":
        print(f"mean correlation {first.mean():.2f}, time {np.exp(second.mean()):.2f}")
    else:
        print(f"standard errors away: {first.min():+.1f} to {second.max():+.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
