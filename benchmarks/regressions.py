"""LogisticRegressionNN and LogisticRegression, timed to the same objective."""

import warnings
from functools import partial

import numpy as np
from contenders import ROWS, made
from scipy.sparse import csr_matrix, issparse
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from timing import alternate, seconds_text, with_spread

from skdeepnn import LogisticRegressionNN


def texts(n_texts, n_words, n_classes, most, length=60):
    """Word counts of texts, weighted and scaled to length 1, as text is vectorized."""
    rng, n_texts = np.random.default_rng(0), min(n_texts, most)
    y = np.arange(n_texts) % n_classes
    counts = np.zeros((n_texts, n_words))
    for k in range(n_classes):
        shares = np.exp(0.7 * rng.normal(size=n_words)) / np.arange(1, n_words + 1)
        counts[y == k] = rng.multinomial(length, shares / shares.sum(), sum(y == k))
    return TfidfTransformer().fit_transform(csr_matrix(counts)), y


REGRESSIONS = {
    "100,000 x 50": partial(made, 100_000, 50, 5),
    "5,000 x 2,000": partial(made, 5_000, 2_000, 2),
    "digits": ROWS["digits"].load,
    "sparse text, 20 classes": partial(texts, 3_000, 5_000, 20),
}
TARGET = 1e-6  # how far above the optimum the objective may be, relative to it


def objective(clf, X, y):
    """Return what both minimize, at C=1, a row."""
    loss = log_loss(y, clf.predict_proba(X))
    return loss + 0.5 * np.sum(clf.coef_.astype(np.float64) ** 2) / len(y)


def optimum(X, y):
    """Return the least objective, found by Newton's method, or L-BFGS if sparse."""
    solver = "lbfgs" if issparse(X) else "newton-cholesky"
    exact = LogisticRegression(solver=solver, tol=1e-10, max_iter=1000)
    return objective(exact.fit(X, y), X, y)


def gap(make, X, y, best):
    """Return how far above the optimum a fit ends, relative to it."""
    return objective(make().fit(X, y), X, y) / best - 1


def fewest_iterations(make, X, y, best, most=4096):
    """Return about the smallest `max_iter` that reaches `TARGET`, by bisection.

    Exact to a twentieth, as every step of the search is a fit.

    Parameters
    ----------
    make : type
        Class of the regression.
    X, y : ndarray
        Data.
    best : float
        The least objective.
    most : int, default=4096
        Returned where nothing less is enough.
    """

    def reaches(n_iterations):
        return gap(partial(make, max_iter=n_iterations, tol=0), X, y, best) <= TARGET

    high = 1
    while high < most and not reaches(high):
        high *= 2
    low = high // 2
    while high - low > max(1, high // 20):
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def regression_cases(X, y):
    """Return for each case of settings what makes our and their regression."""
    best = optimum(X, y)
    classes = LogisticRegressionNN, LogisticRegression
    exact = [
        partial(make, max_iter=fewest_iterations(make, X, y, best), tol=0)
        for make in classes
    ]
    cases = {f"to {TARGET:g}": exact, "defaults": classes}
    return cases, best


def logistic(repeats, most):
    """Time LogisticRegressionNN and LogisticRegression, both by L-BFGS."""
    print(
        f"\n{'logistic regression':31}{'skdeepnn':>10}{'sklearn':>10}{'ratio':>19}"
        f"{'gap':>10}{'gap':>10}{'iterations':>14}"
    )
    results = {}
    for name, load in REGRESSIONS.items():
        X, y = load(most=most)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cases, best = regression_cases(X, y)
            for case, makes in cases.items():
                results[f"{name}, {case}"] = regression(
                    f"{name}, {case}", makes, X, y, best, repeats
                )
    return results


def regression(name, makes, X, y, best, repeats):
    """Time two regressions and print their line."""
    fits = [make().fit(X, y) for make in makes]
    gaps = [objective(clf, X, y) / best - 1 for clf in fits]
    functions = {
        who: partial(lambda make: make().fit(X, y), make)
        for who, make in zip(("ours", "theirs"), makes, strict=True)
    }
    seconds = alternate(functions, repeats)
    texts = [seconds_text(values) + "s" for values in seconds.values()]
    iterations = "/".join(str(clf.n_iter_[0]) for clf in fits)
    print(
        f"{name:31}{texts[0]:>10}{texts[1]:>10}"
        f"{with_spread(seconds['theirs'] / seconds['ours']):>19}"
        f"{gaps[0]:>10.0e}{gaps[1]:>10.0e}{iterations:>14}",
        flush=True,
    )
    return {**seconds, "gaps": np.array(gaps)}
