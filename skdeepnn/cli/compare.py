"""The drop-in comparison: classifiers cross-validated on the same folds of a table.

A table is loaded, models are made, :func:`compare` yields one record for each model on
each fold, and :func:`summarize` condenses the records. Nothing here prints; what
consumes the records decides what to show.
"""

import math
import warnings
from time import perf_counter

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from .messages import CompareError, count_of
from .models import with_preparation

__all__ = [
    "METRICS",
    "SCORES",
    "compare",
    "decimals",
    "summarize",
]

METRICS = {
    "accuracy": True,
    "log_loss": False,
    "roc_auc": True,
    "fit_seconds": False,
    "predict_us_per_row": False,
}
"""What is measured on each fold, and whether more of it is better."""

SCORES = ("accuracy", "log_loss", "roc_auc")
"""Those of them that are scores, and not times."""

N_PREDICTIONS = 3


def compare(X, y, models, *, cv=5, seed=0, held_out=None):
    """Cross-validate models on the same folds.

    All models are fitted on one fold before any is on the next, so that whatever slows
    the machine for a while slows them alike. Each is fitted with its preprocessing, on
    the training part of the fold only: see
    :func:`skdeepnn.cli.models.with_preparation`.

    A model without `predict_proba` has no log loss; its ROC AUC is that of its
    `decision_function`, if it has one. To have its probabilities, wrap it in
    scikit-learn's `CalibratedClassifierCV`: that is another model, with another time to
    fit, so it is not done here unasked.

    Parameters
    ----------
    X : ndarray or DataFrame of shape (n_samples, n_features)
        Features: numbers, or a DataFrame as
        :func:`skdeepnn.cli.files.load_table` makes it.
    y : array-like of shape (n_samples,)
        Labels of any one type; models are given the number of each label in the sorted
        list of them.
    models : dict of str to classifier
        What to compare, by the name that records show.
    cv : int, default=5
        Number of folds, stratified and shuffled.
    seed : int, default=0
        Of the shuffling.
    held_out : dict, optional
        To be filled: for each model an array of shape (n_samples, n_classes) of its
        scores of each row, from the fold in which it was held out, and one of shape
        (n_samples,) of its predictions; NaN and -1 until there are any.

    Returns
    -------
    iterator of dict
        For each fold, for each model: "model"; "fold", counted from 1; "n_train" and
        "n_test" rows; the :data:`METRICS`, None where the model failed or has no such
        score; "error", why it failed, or None; "converged"; "warnings", those that its
        fit gave.

    Raises
    ------
    CompareError
        If there are too few folds, classes, or rows of a class: at once, not when the
        first record is asked for.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skdeepnn.cli.models import make_models
    >>> X, y = load_wine(return_X_y=True)
    >>> for record in compare(X, y, make_models(["logreg"]), cv=2):
    ...     print(record["model"], record["fold"], record["accuracy"] > 0.9)
    LogisticRegression 1 True
    LogisticRegression 2 True
    """
    labels, y, counts = np.unique(y, return_inverse=True, return_counts=True)
    _check_folds(labels, counts, cv)
    return _records(X, y, models, cv, seed, held_out)


def _check_folds(labels, counts, cv):
    if cv < 2:
        raise CompareError(f"--cv must be at least 2 folds, got {cv}.")
    if len(labels) < 2:
        raise CompareError(
            f"The target has one class only, {str(labels[0])!r}: there is nothing to "
            "tell apart. Name another column."
        )
    rarest = counts.argmin()
    n, label = counts[rarest], str(labels[rarest])
    if n >= cv:
        return
    others = int((counts < cv).sum()) - 1
    also = f" ({count_of(others, 'other class', 'es')} likewise)" if others else ""
    way = "No --cv can split it" if n < 2 else f"Use --cv {n}"
    raise CompareError(
        f"Class {label!r} has {count_of(n, 'row')}, too few for {cv} folds{also}. "
        f"{way}{':' if n < 2 else ', or'} drop it or merge it with another class."
    )


def _records(X, y, models, cv, seed, held_out):
    splitter = StratifiedKFold(cv, shuffle=True, random_state=seed)
    rows, n_classes = X.iloc if hasattr(X, "iloc") else X, y.max() + 1
    for name in models if held_out is not None else ():
        held_out[name] = np.full((len(y), n_classes), np.nan), np.full(len(y), -1)
    for fold, (train, test) in enumerate(splitter.split(y, y), start=1):
        parts = rows[train], y[train], rows[test], y[test]
        for name, model in models.items():
            record, scores, predicted = _evaluate(with_preparation(model, X), *parts)
            if held_out is not None:
                for kept, new in zip(held_out[name], (scores, predicted), strict=True):
                    if new is not None:
                        kept[test] = new
            yield {
                "model": name,
                "fold": fold,
                "n_train": len(train),
                "n_test": len(test),
                **record,
            }


def _evaluate(model, X_train, y_train, X_test, y_test):
    """Fit, predict and score; a model's failure is a result, not an end of it all."""
    error = scores = predicted = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fit_seconds = _fitted(model, X_train, y_train, caught)
            scores, predicted, seconds = _predicted(model, X_test)
            measured = _scored(model, scores, predicted, y_test)
            measured["fit_seconds"] = fit_seconds
            measured["predict_us_per_row"] = seconds / len(y_test) * 1e6
        except Exception as failure:
            measured, scores, predicted = dict.fromkeys(METRICS), None, None
            error = " ".join(f"{type(failure).__name__}: {failure}".split())
    record = {
        **measured,
        "error": error,
        "converged": not any(
            issubclass(warning.category, ConvergenceWarning) for warning in caught
        ),
        "warnings": sorted({str(warning.message) for warning in caught}),
    }
    return record, scores, predicted


def _fitted(model, X, y, caught):
    """Fit a model, and return how long it took."""
    start = perf_counter()
    model.fit(X, y)
    seconds = perf_counter() - start
    # MLPClassifier ends its training on Ctrl-C, and warns, but does not pass it on.
    if any("interrupted by user" in str(warning.message) for warning in caught):
        raise KeyboardInterrupt
    return seconds


def _predicted(model, X):
    """Return scores of each class, predictions, and the seconds that these take."""
    method = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    seconds = []
    for _ in range(N_PREDICTIONS):
        start = perf_counter()
        values = getattr(model, method)(X)
        seconds.append(perf_counter() - start)
    if method == "predict_proba":
        return values, values.argmax(axis=1), np.median(seconds)
    scores = None
    if hasattr(model, "decision_function"):
        scores = np.asarray(model.decision_function(X))
        scores = np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
        if scores.shape[1] != len(model.classes_):
            scores = None  # of pairs of classes, as SVC can have them
    return scores, np.asarray(values).ravel(), np.median(seconds)


def _scored(model, scores, predicted, y):
    measured = dict.fromkeys(METRICS)
    measured["accuracy"] = accuracy_score(y, predicted)
    if scores is None:
        return measured
    if hasattr(model, "predict_proba"):
        measured["log_loss"] = log_loss(y, scores, labels=model.classes_)
    classes = [1] if scores.shape[1] == 2 else range(scores.shape[1])
    measured["roc_auc"] = float(
        np.mean([roc_auc_score(y == k, scores[:, k]) for k in classes])
    )
    return measured


def summarize(records):
    """Condense the records of each model.

    Parameters
    ----------
    records : iterable of dict
        What :func:`compare` yields, or as much of it as there is.

    Returns
    -------
    list of dict
        For each model: "model"; "n_folds" that it was fitted on, "n_failed" and
        "n_not_converged" of them; "error", the first failure, or None; for each of the
        :data:`METRICS` a dict of "mean", "std" (with divisor n, as NumPy's) and
        "median" over the folds that have it, or None; "best", the metrics in which
        no other is better. Means of scores that agree to four decimals, and median
        times that agree to two digits, are equally good.

    Examples
    --------
    >>> fold = dict.fromkeys(METRICS, 1.0) | {"error": None, "converged": True}
    >>> records = [
    ...     fold | {"model": "a", "accuracy": 0.75},
    ...     fold | {"model": "a", "accuracy": 0.25},
    ...     fold | {"model": "b", "accuracy": 0.25},
    ... ]
    >>> a, b = summarize(records)
    >>> a["accuracy"]
    {'mean': 0.5, 'std': 0.25, 'median': 0.5}
    >>> b["best"]
    ['log_loss', 'roc_auc', 'fit_seconds', 'predict_us_per_row']
    """
    groups = {}
    for record in records:
        groups.setdefault(record["model"], []).append(record)
    rows = [_summarize_model(name, group) for name, group in groups.items()]
    for metric, larger_is_better in METRICS.items():
        values = {
            row["model"]: _rounded(metric, row[metric]) for row in rows if row[metric]
        }
        if values:
            best = (max if larger_is_better else min)(values.values())
            for row in rows:
                if values.get(row["model"]) == best:
                    row["best"].append(metric)
    return rows


def _summarize_model(name, records):
    done = [record for record in records if record["error"] is None]
    row = {
        "model": name,
        "n_folds": len(records),
        "n_failed": len(records) - len(done),
        "n_not_converged": sum(not record["converged"] for record in done),
        "error": next((r["error"] for r in records if r["error"]), None),
    }
    for metric in METRICS:
        values = [record[metric] for record in done if record[metric] is not None]
        row[metric] = (
            {
                statistic: float(getattr(np, statistic)(values))
                for statistic in ("mean", "std", "median")
            }
            if values
            else None
        )
    return row | {"best": []}


def _rounded(metric, statistics):
    if metric in ("fit_seconds", "predict_us_per_row"):
        return float(f"{statistics['median']:.2g}")
    return round(statistics["mean"], 4)


def decimals(summary, metric):
    """Return how many decimals to show: for times, two digits of the shortest.

    Parameters
    ----------
    summary : list of dict
        From :func:`summarize`.
    metric : str
        One of :data:`METRICS`.

    Returns
    -------
    int
        4 for scores.
    """
    if metric in SCORES:
        return 4
    times = [row[metric]["median"] for row in summary if row[metric]]
    return max(0, 1 - math.floor(math.log10(max(min(times, default=1), 1e-6))))
