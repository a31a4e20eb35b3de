"""Training time of DeepNNClassifier beside MLPClassifier, measured in one run.

    python benchmarks/speed.py [--repeats 5] [--row NAME ...]

Both train the same network on the same data with the same batches, solver and number
of epochs, in turn, so that the machine's moods hit both alike. The table gives the
median seconds of each and the median, least and largest ratio of the pairs.
"""

import argparse
import sys
import time
import warnings
from functools import partial

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits, make_classification
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_info

from skdeepnn import DeepNNClassifier


def _shipped(loader):
    X, y = loader(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def _made(n_samples, n_features, n_classes):
    return make_classification(
        n_samples,
        n_features,
        n_informative=n_features // 2,
        n_classes=n_classes,
        random_state=0,
    )


# name: (data, hidden layers, batch size, epochs)
ROWS = {
    "breast cancer": (partial(_shipped, load_breast_cancer), (100,), 200, 200),
    "digits": (partial(_shipped, load_digits), (100,), 200, 60),
    "tabular": (partial(_made, 10_000, 50, 5), (256, 256, 256), 256, 4),
    "image": (partial(_made, 12_800, 784, 10), (256, 128), 128, 3),
}


def seconds_to_fit(estimator, X, y):
    """Return the seconds that `estimator` takes to fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # neither is meant to converge here
        start = time.perf_counter()
        estimator.fit(X, y)
    return time.perf_counter() - start


def measure(load, hidden, batch_size, n_epochs, repeats):
    """Time both classifiers in turn.

    Returns
    -------
    ours, theirs : ndarray of shape (repeats,)
        Seconds; the first pair, a warm-up, is left out.
    """
    X, y = load()
    settings = {
        "hidden_layer_sizes": hidden,
        "batch_size": batch_size,
        "max_iter": n_epochs,
        "n_iter_no_change": n_epochs + 1,
        "random_state": 0,
    }
    pairs = [
        (
            seconds_to_fit(DeepNNClassifier(**settings), X, y),
            seconds_to_fit(MLPClassifier(**settings), X, y),
        )
        for _ in range(repeats + 1)
    ]
    return np.array(pairs[1:]).T


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5, help="timed pairs a row")
    parser.add_argument("--row", nargs="+", choices=ROWS, default=list(ROWS))
    args = parser.parse_args(argv)
    threads = {info["user_api"]: info["num_threads"] for info in threadpool_info()}
    print(f"threads: {threads}, pairs a row: {args.repeats}")
    print(f"{'':16}{'skdeepnn':>10}{'MLPClassifier':>15}{'ratio':>8}  least to largest")
    ratios = []
    for name in args.row:
        ours, theirs = measure(*ROWS[name], args.repeats)
        ratio = theirs / ours
        ratios.append(np.median(ratio))
        print(
            f"{name:16}{np.median(ours):>9.3f}s{np.median(theirs):>14.3f}s"
            f"{ratios[-1]:>8.2f}  {ratio.min():.2f} to {ratio.max():.2f}",
            flush=True,
        )
    print(f"{'geometric mean':41}{np.exp(np.mean(np.log(ratios))):>8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
