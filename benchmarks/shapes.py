"""Default fits of tables of all shapes, beside MLPClassifier behind a scaler."""

import warnings
from functools import partial

import numpy as np
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits
from timing import alternate, seconds_text, with_spread

from skdeepnn import DeepNNClassifier

SHAPES = (
    *((64, 4), (64, 20), (150, 4), (200, 20), (500, 20), (1_000, 20)),
    *((100, 100), (500, 100), (2_000, 100), (300, 300), (1_000, 300)),
    *((100, 500), (500, 500), (1_000, 500), (2_000, 500), (1_000, 1_000)),
    *((100, 2_000), (500, 2_000), (2_000, 2_000), (500, 5_000)),
    *((100, 10_000), (100, 20_000), (500, 20_000)),
)
"""Numbers of rows and of columns."""


def table(n_rows, n_columns):
    """Return as many rows to learn from as to test with, of two overlapping classes.

    Up to ten of the columns tell something of the class.
    """
    n_telling = min(n_columns, 10)
    X, y = make_classification(
        2 * n_rows,
        n_columns,
        n_informative=n_telling // 2 + 1,
        n_redundant=n_telling // 3,
        class_sep=1.5,
        flip_y=0.05,
        random_state=0,
    )
    return X[:n_rows], y[:n_rows], X[n_rows:], y[n_rows:]


def classifiers():
    """Return both classifiers with their defaults."""
    return {
        "ours": DeepNNClassifier(random_state=0),
        "theirs": make_pipeline(StandardScaler(), MLPClassifier(random_state=0)),
    }


def shapes(repeats, most):
    """Time default fits on one thread; above 1, MLPClassifier takes longer."""
    print(
        f"\n{'default fits':18}{'skdeepnn':>10}{'MLP':>10}{'ratio':>19}"
        f"{'error':>9}{'MLP':>7}{'log loss':>11}{'MLP':>7}"
    )
    results = {}
    for n_rows, n_columns in SHAPES:
        X, y, X_test, y_test = table(min(n_rows, most), min(n_columns, most))
        clfs = classifiers()
        fits = {who: partial(clf.fit, X, y) for who, clf in clfs.items()}
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seconds = alternate(fits, repeats)
        probas = [clf.predict_proba(X_test) for clf in clfs.values()]
        errors = [1 - clf.score(X_test, y_test) for clf in clfs.values()]
        losses = [log_loss(y_test, proba) for proba in probas]
        name = f"{len(X):,} x {X.shape[1]:,}"
        times = [seconds_text(seconds[who]) + "s" for who in clfs]
        print(
            f"{name:18}{times[0]:>10}{times[1]:>10}"
            f"{with_spread(seconds['theirs'] / seconds['ours']):>19}"
            f"{errors[0]:>9.3f}{errors[1]:>7.3f}{losses[0]:>11.3f}{losses[1]:>7.3f}",
            flush=True,
        )
        scores = {"errors": np.array(errors), "log losses": np.array(losses)}
        results[name] = {**seconds, **scores}
    return results
