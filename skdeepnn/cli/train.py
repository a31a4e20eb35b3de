"""A model from a table: fitted to all of its rows, and told of out of fold."""

import platform
import warnings
from datetime import date
from time import perf_counter

import numpy as np
import sklearn

from .. import __version__
from ..classifier import DeepNNClassifier
from ..inspection import oof_permutation_importance
from ..saving import write_model
from .console import EpochBar, print_lines, waiting
from .files import load_table
from .messages import CompareError
from .output import check_output, writing
from .trained import report

__all__ = ["about_model", "fit_table", "train"]

MOST_SHUFFLED = 20_000  # rows that tell how much columns matter


def train(path, target, out, *, layers=None, seed=0):
    """Fit a model to a table, write it, and print what there is to know of it.

    Parameters
    ----------
    path : Path
        As of :func:`skdeepnn.cli.files.load_table`.
    target : str or None
        Name of the column to predict; None raises an error that lists the columns.
    out : Path
        Of the model's file.
    layers : sequence of int, default=None
        Hidden layers; by default the classifier's.
    seed : int, default=0
        Its `random_state`.

    Raises
    ------
    CompareError
        If the table cannot be used, or the file not be written: which is tried first.

    Examples
    --------
    >>> from pathlib import Path
    >>> train(Path("no.csv"), "y", Path("model.skdeepnn"))
    Traceback (most recent call last):
    skdeepnn.cli.messages.CompareError: There is no file 'no.csv': check the path.
    """
    check_output(out, {"the data": path})
    with waiting(f"Reading {path.name}"):
        table = load_table(path, target, max_levels=np.inf)
    classifier, told, seconds = fit_table(table, target, layers, seed)
    importance = None
    if hasattr(classifier, "oof_score_"):
        with waiting("Looking at what each column is worth"):
            importance = oof_permutation_importance(
                classifier,
                table.X,
                table.y,
                random_state=seed,
                max_samples=MOST_SHUFFLED,
            )
    about = about_model(table, target, [*table.notes, *told], seconds, importance)
    with writing(out):
        write_model(classifier, out, about)
    print_lines(report(classifier, about, out))


def fit_table(table, target, layers=None, seed=0):
    """Fit the classifier to a table.

    Parameters
    ----------
    table : Table
        From :func:`skdeepnn.cli.files.load_table`.
    target : str
        Name of what is predicted.
    layers : sequence of int, default=None
        Hidden layers.
    seed : int, default=0
        Its `random_state`.

    Returns
    -------
    classifier : DeepNNClassifier
        Fitted.
    told : list of str
        What it warned of.
    seconds : float
        How long that took.

    Raises
    ------
    CompareError
        If there is a single class.
    KeyboardInterrupt
        On Ctrl-C: a fit called from within this package passes it on.

    Examples
    --------
    >>> from skdeepnn.cli.files import Table
    >>> table = Table("pets.csv", np.eye(3), np.array(["cat"] * 3), [])
    >>> fit_table(table, "pet")
    Traceback (most recent call last):
    skdeepnn.cli.messages.CompareError: The target 'pet' has one class only, 'cat':
    there is nothing to tell apart. Name another column.
    """
    labels = np.unique(table.y)
    if len(labels) < 2:
        raise CompareError(
            f"The target {target!r} has one class only, {str(labels[0])!r}: there is "
            "nothing to tell apart. Name another column."
        )
    options = {"hidden_layer_sizes": tuple(layers)} if layers else {}
    # What is a category was decided in reading, and stays so
    categories = [way.feature for way in table.ways if way.kind == "categories"]
    if categories:
        options["categorical_features"] = categories
    classifier = DeepNNClassifier(random_state=seed, **options)
    start = perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _fit(classifier, table)
    seconds = perf_counter() - start
    told = list(dict.fromkeys(str(warning.message) for warning in caught))
    return classifier, told, seconds


def _fit(classifier, table):
    """Fit it, showing its epochs where scikit-learn has callbacks to tell of them."""
    if not hasattr(classifier, "set_callbacks"):
        with waiting("Training"):
            classifier.fit(table.X, table.y)
        return
    classifier.set_callbacks(EpochBar()).fit(table.X, table.y)
    classifier.set_callbacks()


def about_model(table, target, notes, seconds, importance):
    """Return what a model's file says about it, in plain data.

    Parameters
    ----------
    table : Table
        That it was fitted to.
    target : str
        Name of what it predicts.
    notes : list of str
        On the data and the fit.
    seconds : float
        That the fit took.
    importance : Bunch or None
        Of :func:`~skdeepnn.inspection.oof_permutation_importance`.

    Returns
    -------
    dict
        "data", "target", "n_rows", "created", "versions", "seconds", "notes",
        "importance" ("names", "values" of shape (n_features, n_repeats) and "score") or
        None, and "reading", how the columns of a file are read.

    Examples
    --------
    >>> from skdeepnn.cli.files import Table
    >>> table = Table("pets.csv", np.eye(3), np.arange(3), [])
    >>> about = about_model(table, "pet", ["A note."], 0.5, None)
    >>> about["data"], about["n_rows"], about["reading"]
    ('pets.csv', 3, {'columns': [], 'target': 'pet'})
    """
    if importance is not None:
        importance = {
            "names": [way.feature for way in table.ways],
            "values": importance.importances,
            "score": "accuracy",
        }
    return {
        "data": table.name,
        "target": target,
        "n_rows": len(table.y),
        "created": date.today().isoformat(),
        "versions": {
            "skdeepnn": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
        },
        "seconds": seconds,
        "notes": list(notes),
        "importance": importance,
        "reading": {"columns": [w._asdict() for w in table.ways], "target": target},
    }
