"""The drop-in comparison: classifiers cross-validated on the same folds of a table.

A table is loaded, models are made, :func:`compare` yields one record for each model on
each fold, and :func:`summarize` condenses the records. Nothing here prints; what
consumes the records decides what to show.
"""

import math
import warnings
from functools import partial
from time import perf_counter

import numpy as np
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from ..classifier import DeepNNClassifier
from ..logistic import LogisticRegressionNN
from .columns import MAX_LEVELS
from .messages import CompareError, count_of

__all__ = [
    "METRICS",
    "MODELS",
    "SCORES",
    "compare",
    "decimals",
    "make_models",
    "summarize",
]

MODELS = {
    "logreg": LogisticRegression,
    "logreg-nn": LogisticRegressionNN,
    "mlp": MLPClassifier,
    "hgb": HistGradientBoostingClassifier,
    "deepnn": DeepNNClassifier,
}
"""Classifiers to compare, by their short names."""

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

MAX_ONE_HOT = 50  # columns that a text column becomes, for linear models and networks
N_PREDICTIONS = 3


def make_models(names=None, hidden_layer_sizes=None, seed=0):
    """Make unfitted classifiers, with their defaults.

    Parameters
    ----------
    names : iterable of str, default=None
        Short names (keys of :data:`MODELS`) or class names, in any case; all by
        default.
    hidden_layer_sizes : sequence of int, default=None
        Hidden layers of `MLPClassifier` and of `DeepNNClassifier`; by default theirs.
    seed : int, default=0
        Their `random_state`.

    Returns
    -------
    dict of str to classifier
        By class name, in the order of `names`.

    Raises
    ------
    CompareError
        If there is no model of a name.

    Examples
    --------
    >>> make_models(["mlp", "DeepNNClassifier"], (64, 32))["DeepNNClassifier"]
    DeepNNClassifier(hidden_layer_sizes=(64, 32), random_state=0)
    """
    known = MODELS | {model.__name__.lower(): model for model in MODELS.values()}
    models = {}
    for name in MODELS if names is None else names:
        if name.lower() not in known:
            every = ", ".join(f"{k} ({v.__name__})" for k, v in MODELS.items())
            raise CompareError(f"There is no model {name!r}. Choose from {every}.")
        model = known[name.lower()](random_state=seed)
        if hidden_layer_sizes and "hidden_layer_sizes" in model.get_params():
            model.set_params(hidden_layer_sizes=tuple(hidden_layer_sizes))
        models[type(model).__name__] = model
    return models


def compare(X, y, models, *, cv=5, seed=0):
    """Cross-validate models on the same folds.

    All models are fitted on one fold before any is on the next, so that whatever slows
    the machine for a while slows them alike. Each is fitted with its preprocessing, on
    the training part of the fold only. `DeepNNClassifier` gets the table as it is,
    `HistGradientBoostingClassifier` categories and missing values as such; the others
    get standardized numbers, with the median and an indicator where one is missing, and
    a column for each frequent category.

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

    Returns
    -------
    iterator of dict
        For each fold, for each model: "model"; "fold", counted from 1; "n_train" and
        "n_test" rows; the :data:`METRICS`, None where the model failed; "error", why it
        did, or None; "converged"; "warnings", those that its fit gave.

    Raises
    ------
    CompareError
        If there are too few folds, classes, or rows of a class: at once, not when the
        first record is asked for.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> X, y = load_wine(return_X_y=True)
    >>> for record in compare(X, y, make_models(["logreg"]), cv=2):
    ...     print(record["model"], record["fold"], record["accuracy"] > 0.9)
    LogisticRegression 1 True
    LogisticRegression 2 True
    """
    labels, y, counts = np.unique(y, return_inverse=True, return_counts=True)
    _check_folds(labels, counts, cv)
    return _records(X, y, models, cv, seed)


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


def _records(X, y, models, cv, seed):
    splitter = StratifiedKFold(cv, shuffle=True, random_state=seed)
    rows = X.iloc if hasattr(X, "iloc") else X
    for fold, (train, test) in enumerate(splitter.split(y, y), start=1):
        parts = rows[train], y[train], rows[test], y[test]
        for name, model in models.items():
            yield {
                "model": name,
                "fold": fold,
                "n_train": len(train),
                "n_test": len(test),
                **_evaluate(_with_preprocessing(model, X), *parts),
            }


def _with_preprocessing(model, X):
    """Return a pipeline of the model and of what it needs to be fed a table like X."""
    if isinstance(model, DeepNNClassifier):
        return clone(model)  # it takes tables as they come
    categorical = []
    if hasattr(X, "dtypes"):
        kinds = [getattr(dtype, "kind", "O") for dtype in X.dtypes]
        categorical = [i for i, kind in enumerate(kinds) if kind not in "iuf"]
    numeric = [i for i in range(X.shape[1]) if i not in categorical]
    model = clone(model)
    if isinstance(model, HistGradientBoostingClassifier):
        # What categorical_features="from_dtype" does inside, but with a bound on the
        # number of categories. Those that training did not see become missing.
        model.set_params(categorical_features=list(range(len(categorical))))
        numbers, columns = "passthrough", partial(_not_empty, numeric)
        encoder = OrdinalEncoder(
            max_categories=MAX_LEVELS,
            handle_unknown="use_encoded_value",
            unknown_value=np.nan,
        )
        is_plain = not categorical and not np.isnan(_numbers(X, numeric)).any()
    else:
        # A column that is empty in one fold stays, as zeros, which change nothing.
        imputer = SimpleImputer(
            strategy="median", add_indicator=True, keep_empty_features=True
        )
        numbers, columns = make_pipeline(imputer, StandardScaler()), numeric
        encoder = OneHotEncoder(
            max_categories=MAX_ONE_HOT, handle_unknown="infrequent_if_exist"
        )
        is_plain = not categorical
    if is_plain:  # spares 1 ms a call, more than a linear model takes
        return make_pipeline(numbers, model)
    steps = [("categories", encoder, categorical), ("numbers", numbers, columns)]
    return make_pipeline(ColumnTransformer(steps), model)


def _numbers(X, columns):
    values = X.iloc if hasattr(X, "iloc") else X
    return np.asarray(values[:, columns], dtype=float)


def _not_empty(columns, X):
    """Leave out what has no value in a fold: HistGradientBoosting fails on that."""
    is_empty = np.isnan(_numbers(X, columns)).all(axis=0)
    return [
        column for column, empty in zip(columns, is_empty, strict=True) if not empty
    ]


def _evaluate(model, X_train, y_train, X_test, y_test):
    """Fit, predict and score; a model's failure is a result, not an end of it all."""
    error = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            measured = _measure(model, X_train, y_train, X_test, y_test, caught)
        except Exception as failure:
            measured = dict.fromkeys(METRICS)
            error = " ".join(f"{type(failure).__name__}: {failure}".split())
    return {
        **measured,
        "error": error,
        "converged": not any(
            issubclass(warning.category, ConvergenceWarning) for warning in caught
        ),
        "warnings": sorted({str(warning.message) for warning in caught}),
    }


def _measure(model, X_train, y_train, X_test, y_test, caught):
    start = perf_counter()
    model.fit(X_train, y_train)
    fit_seconds = perf_counter() - start
    # Networks end their training on Ctrl-C, and warn, but do not pass it on.
    if any("interrupted by user" in str(warning.message) for warning in caught):
        raise KeyboardInterrupt
    seconds = []
    for _ in range(N_PREDICTIONS):
        start = perf_counter()
        proba = model.predict_proba(X_test)
        seconds.append(perf_counter() - start)
    binary = proba.shape[1] == 2
    return {
        "accuracy": accuracy_score(y_test, proba.argmax(axis=1)),
        "log_loss": log_loss(y_test, proba, labels=model.classes_),
        "roc_auc": roc_auc_score(
            y_test, proba[:, 1] if binary else proba, multi_class="ovr"
        ),
        "fit_seconds": fit_seconds,
        "predict_us_per_row": np.median(seconds) / len(y_test) * 1e6,
    }


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
        "median" over the folds that did not fail, or None; "best", the metrics in which
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
        values = [record[metric] for record in done]
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
