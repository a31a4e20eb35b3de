"""One search on one machine and on a cluster: which way takes how long.

    python benchmarks/cluster.py [--rows N] [--columns N] [--workers N] [--repeats N]

A search over twelve layer sizes by out-of-fold scores: thirteen fits, of which the last
is alone. In one process, whose fits share their threads out among members; in joblib's
processes; and in those of a Dask cluster on this machine (`pip install
"skdeepnn[distributed]"`), which stand for other machines. Seconds, with their spread,
and the median of the ratios to the first way; no start-up of processes counts.
"""

import argparse
import sys

import joblib
import numpy as np
from dask.distributed import Client, LocalCluster
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from timing import alternate, with_spread

from skdeepnn import DeepNNClassifier
from skdeepnn.model_selection import layer_size_grid, out_of_fold

GRID = {"hidden_layer_sizes": layer_size_grid([16, 32, 64, 128], [1, 2, 3])}


def ways(X, y, n_workers):
    """Return functions that search, by name."""

    def search(n_jobs=None, members=None):
        clf = DeepNNClassifier(random_state=0, n_jobs=members)
        return GridSearchCV(clf, GRID, n_jobs=n_jobs, **out_of_fold()).fit(X, y)

    def on_cluster():
        with joblib.parallel_config(backend="dask", scatter=[X, y]):
            return search()

    return {
        "one process, one thread": lambda: search(members=1),
        "one process, its threads": search,
        f"n_jobs={n_workers}": lambda: search(n_jobs=n_workers),
        f"Dask, {n_workers} workers": on_cluster,
    }


def main(argv=None):
    """Time all ways in turn."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1500)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args(argv)
    X, y = make_classification(args.rows, args.columns, random_state=0)
    with (
        LocalCluster(
            n_workers=args.workers, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        Client(cluster),
    ):
        seconds = alternate(ways(X, y, args.workers), args.repeats)
    first = next(iter(seconds.values()))
    for name, values in seconds.items():
        ratio = np.median(values / first)
        print(f"{name:26} {with_spread(values):>20} s   {ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
