"""Classifiers by their names, and what each needs to be fed a table."""

import ast
import inspect
from difflib import get_close_matches
from functools import partial
from importlib import import_module

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.utils import get_tags

from ..classifier import DeepNNClassifier
from ..logistic import LogisticRegressionNN
from .columns import MAX_LEVELS
from .messages import CompareError

__all__ = [
    "MODELS",
    "make_models",
    "preparation_note",
    "split_names",
    "with_preparation",
]

MODELS = {
    "logreg": LogisticRegression,
    "logreg-nn": LogisticRegressionNN,
    "mlp": MLPClassifier,
    "hgb": HistGradientBoostingClassifier,
    "deepnn": DeepNNClassifier,
}
"""Classifiers to compare, by their short names."""

# What keeps packages from writing to the terminal, and files beside the user's
QUIET = {
    "lightgbm": {"verbose": -1},
    "catboost": {"verbose": 0, "allow_writing_files": False},
}
MAX_ONE_HOT = 50  # columns that a text column becomes, for linear models and networks


def split_names(text):
    """Split names at commas, but not at those inside brackets.

    Examples
    --------
    >>> split_names("mlp, sklearn.svm.SVC(C=10, gamma=0.1),")
    ['mlp', 'sklearn.svm.SVC(C=10, gamma=0.1)']
    """
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def make_models(names=None, hidden_layer_sizes=None, seed=0):
    """Make unfitted classifiers, with their defaults.

    Parameters
    ----------
    names : iterable of str, default=None
        Short names (keys of :data:`MODELS`) or class names of these, in any case, or
        dotted names of classifiers in any installed package, such as
        "sklearn.svm.SVC". Arguments may follow in brackets: "sklearn.svm.SVC(C=10)";
        their values are literals of Python, and nothing in them is executed. By
        default all of :data:`MODELS`.
    hidden_layer_sizes : sequence of int, default=None
        Hidden layers of those that have such a parameter, as `MLPClassifier` and
        `DeepNNClassifier`; by default theirs.
    seed : int, default=0
        `random_state` of those that have one.

    Returns
    -------
    dict of str to classifier
        By class name, with the arguments that were given; in the order of `names`.

    Raises
    ------
    CompareError
        If there is no model of a name, or it cannot be imported, is no classifier, or
        does not have the arguments.

    Examples
    --------
    >>> make_models(["mlp", "DeepNNClassifier"], (64, 32))["DeepNNClassifier"]
    DeepNNClassifier(hidden_layer_sizes=(64, 32), random_state=0)
    >>> make_models(["sklearn.svm.SVC(C=10)"])
    {'SVC(C=10)': SVC(C=10, random_state=0)}
    """
    models = {}
    for text in MODELS if names is None else names:
        name, arguments = _parsed(text)
        cls = _class_of(name)
        model = _made(cls, name, arguments, hidden_layer_sizes, seed)
        shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
        shown = f"({shown})" if shown else ""
        key = f"{cls.__name__}{shown}"
        if key in models and type(models[key]) is not cls:
            key = f"{name}{shown}"  # two packages have one of this name
        models[key] = model
    return models


def _parsed(text):
    """Return a name and the arguments in brackets behind it."""
    name, bracket, _ = (part.strip() for part in text.partition("("))
    if not bracket:
        return name, {}
    try:
        call = ast.parse(f"f{text[text.index('(') :]}", mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise ValueError
        if call.args or any(keyword.arg is None for keyword in call.keywords):
            raise ValueError
        return name, {k.arg: ast.literal_eval(k.value) for k in call.keywords}
    except (SyntaxError, ValueError, MemoryError, RecursionError, TypeError) as error:
        raise CompareError(
            f"Cannot read the arguments of {text!r}: write names and plain values, as "
            "in sklearn.svm.SVC(C=10, kernel='rbf')."
        ) from error


def _class_of(name):
    known = MODELS | {model.__name__.lower(): model for model in MODELS.values()}
    if name.lower() in known:
        return known[name.lower()]
    every = ", ".join(f"{k} ({v.__name__})" for k, v in MODELS.items())
    if "." not in name.strip("."):
        raise CompareError(
            f"There is no model {name!r}. Choose from {every}, or give a dotted name "
            "such as sklearn.svm.SVC."
        )
    path, _, attribute = name.rpartition(".")
    module = _module_of(path, name)
    if not hasattr(module, attribute):
        near = get_close_matches(attribute, dir(module), n=1)
        meant = f"did you mean {path}.{near[0]}?" if near else "check its spelling."
        raise CompareError(f"{path} has no {attribute!r}: {meant}")
    cls = getattr(module, attribute)
    if not isinstance(cls, type):
        raise CompareError(
            f"{name} is no class: name a classifier, such as sklearn.svm.SVC."
        )
    return cls


def _module_of(path, name):
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        missing = error.name or path
        if path == missing or path.startswith(f"{missing}."):
            package = path.split(".")[0]
            if missing == package:
                remedy = f"install {package!r} for this Python, or check the spelling"
            else:
                remedy = f"{package} is there: check the spelling of the rest"
            raise CompareError(f"{name}: no module {missing!r}; {remedy}.") from error
        raise CompareError(
            f"{name} needs {missing!r}, which is not installed: install it."
        ) from error
    except Exception as error:  # whatever a module does when it is imported
        raise CompareError(
            f"{name}: importing {path} fails ({type(error).__name__}: {error}): "
            "mend or reinstall it."
        ) from error


def _made(cls, name, arguments, hidden_layer_sizes, seed):
    model = _instance(cls, name, arguments)
    declared = inspect.signature(cls).parameters
    unknown = sorted(set(arguments) - set(declared))
    if unknown:  # swallowed by **kwargs, and perhaps misspelt
        near = get_close_matches(unknown[0], declared, n=1)
        if near:
            raise CompareError(
                f"{name} has no {unknown[0]!r}: did you mean {near[0]!r}?"
            )
    ours = {"random_state": seed}
    if hidden_layer_sizes:
        ours["hidden_layer_sizes"] = tuple(hidden_layer_sizes)
    taken = {*model.get_params(), *declared}
    ours = {key: value for key, value in ours.items() if key in taken}
    ours |= QUIET.get(cls.__module__.split(".")[0], {})
    return model.set_params(**{k: v for k, v in ours.items() if k not in arguments})


def _instance(cls, name, arguments):
    remedy = "mend its arguments" if arguments else "name one that needs no arguments"
    try:
        model = cls(**arguments)
        if is_classifier(model) and hasattr(model, "fit"):
            return model
    except Exception as error:  # whatever a class does when it is made
        if hasattr(cls, "fit"):
            raise CompareError(f"{name} cannot be made ({error}): {remedy}.") from error
    raise CompareError(
        f"{name} is no classifier of scikit-learn's kind: name one that has fit and "
        "predict, such as sklearn.svm.SVC."
    )


def with_preparation(model, X):
    """Return a copy of a model, behind what it needs to be fed a table.

    Parameters
    ----------
    model : classifier
        `DeepNNClassifier` gets a table as it is, `HistGradientBoostingClassifier`
        categories and missing values as such. Others get a column for each frequent
        category; and numbers as they are if their tags tell that they take missing
        values, as those of trees do, or else standardized, with the median and an
        indicator where one is missing.
    X : ndarray or DataFrame of shape (n_samples, n_features)
        The table.

    Returns
    -------
    classifier
        Unfitted.

    Examples
    --------
    >>> with_preparation(LogisticRegression(), np.zeros((9, 2)))[-1]
    LogisticRegression()
    """
    if isinstance(model, DeepNNClassifier):
        return clone(model)  # it takes tables as they come
    categorical = _categorical(X)
    numeric = [i for i in range(X.shape[1]) if i not in categorical]
    model = clone(model)
    if isinstance(model, HistGradientBoostingClassifier):
        return _with_codes(model, X, categorical, numeric)
    takes_gaps = get_tags(model).input_tags.allow_nan
    encoder = OneHotEncoder(
        max_categories=MAX_ONE_HOT,
        handle_unknown="infrequent_if_exist",
        sparse_output=not takes_gaps,
    )
    numbers = "passthrough" if takes_gaps else _standardized()
    # Names of columns are lost on the way: some packages refuse some of them.
    is_plain = not categorical and not (takes_gaps and hasattr(X, "dtypes"))
    return _joined(model, encoder, categorical, numbers, numeric, is_plain)


def preparation_note(models, X):
    """Say how categories are given to classifiers other than :data:`MODELS`.

    Parameters
    ----------
    models : dict of str to classifier
        From :func:`make_models`.
    X : ndarray or DataFrame of shape (n_samples, n_features)
        The table.

    Returns
    -------
    list of str
        A sentence, or none if there are no categories or no such classifiers.

    Examples
    --------
    >>> preparation_note(make_models(["sklearn.svm.SVC"]), np.zeros((9, 2)))
    []
    """
    known = tuple(MODELS.values())
    others = [name for name, model in models.items() if not isinstance(model, known)]
    if not others or not _categorical(X):
        return []
    return [
        "Categories were given as columns of zeros and ones, one for each frequent "
        f"category, to {', '.join(others)}: ways of their own with them, if any, were "
        "not used."
    ]


def _categorical(X):
    """Return which columns of a table are categories."""
    if not hasattr(X, "dtypes"):
        return []
    kinds = [getattr(dtype, "kind", "O") for dtype in X.dtypes]
    return [i for i, kind in enumerate(kinds) if kind not in "iuf"]


def _standardized():
    # A column that is empty in one fold stays, as zeros, which change nothing.
    imputer = SimpleImputer(
        strategy="median", add_indicator=True, keep_empty_features=True
    )
    return make_pipeline(imputer, StandardScaler())


def _with_codes(model, X, categorical, numeric):
    # What categorical_features="from_dtype" does inside, but with a bound on the
    # number of categories. Those that training did not see become missing.
    model.set_params(categorical_features=list(range(len(categorical))))
    encoder = OrdinalEncoder(
        max_categories=MAX_LEVELS,
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
    )
    is_plain = not categorical and not np.isnan(_numbers(X, numeric)).any()
    columns = partial(_not_empty, numeric)
    return _joined(model, encoder, categorical, "passthrough", columns, is_plain)


def _joined(model, encoder, categorical, numbers, columns, is_plain):
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
