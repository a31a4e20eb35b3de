"""Searching over layer sizes with scikit-learn's searches, Optuna and others.

Every entry is a string such as "64-32", which `DeepNNClassifier` takes as
`hidden_layer_sizes`: unlike tuples, strings are understood by every search, and can be
read in ``cv_results_`` and written to tables.

A default fit knows its score on rows that it has not seen: with ``**out_of_fold()`` a
search costs one fit a candidate.

With Optuna, whose samplers learn from earlier trials, suggest integers. Told of every
epoch, by one of scikit-learn's callbacks, it ends the trials that promise nothing::

    class Pruning:
        def __init__(self, trial):
            self.trial = trial

        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, estimator, context): ...

        def on_fit_task_end(self, estimator, context):
            if context.task_name == "epoch":
                losses = estimator.history_["validation_loss"]
                self.trial.report(losses[-1], step=len(losses))
                if self.trial.should_prune():
                    raise optuna.TrialPruned

    def objective(trial):
        depth = trial.suggest_int("depth", 1, 3)
        width = trial.suggest_int("width", 2, 256, log=True)
        clf = DeepNNClassifier(layer_sizes(width, depth), random_state=0)
        clf.set_callbacks(Pruning(trial)).fit(X, y)
        return clf.score_report()["log_loss"]["value"]  # of rows not seen

    study = optuna.create_study(direction="minimize")
    study.optimize(objective, n_trials=30)
"""

from __future__ import annotations

import math
import re
from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.utils import check_random_state
from sklearn.utils.validation import _num_samples

from .fitting.scoring import HeldOutModel
from .inspection import check_training_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from .typing import MatrixLike, RandomState, Shape

__all__ = [
    "LayerSizes",
    "OutOfFold",
    "layer_size_grid",
    "layer_sizes",
    "oof_scorer",
    "out_of_fold",
    "parse_layer_sizes",
]


def _constant(width, depth):
    return [width] * depth


def _funnel(width, depth):
    return [width / 2**i for i in range(depth)]


def _pyramid(width, depth):
    return [width / 2 ** (depth - 1 - i) for i in range(depth)]


def _diamond(width, depth):
    return [width / 2 ** abs(i - (depth - 1) // 2) for i in range(depth)]


SHAPES = {
    "constant": _constant,
    "funnel": _funnel,
    "pyramid": _pyramid,
    "diamond": _diamond,
}
"""Shapes by name: functions ``(width, depth) -> sizes``."""


def layer_sizes(width: int, depth: int, shape: Shape = "constant") -> str:
    """Return the sizes of hidden layers as a string.

    Parameters
    ----------
    width : int
        Number of units of the widest layer.
    depth : int
        Number of hidden layers; 0 for none.
    shape : {"constant", "funnel", "pyramid", "diamond"}, default="constant"
        All layers alike; each half as wide as the one before it; each twice as wide;
        or widest in the middle. No layer has less than one unit.

    Returns
    -------
    str
        For `hidden_layer_sizes`.

    Raises
    ------
    ValueError
        If width or depth are out of range, or there is no such shape.

    Examples
    --------
    >>> layer_sizes(64, 3, shape="funnel")
    '64-32-16'
    """
    if shape not in SHAPES:
        raise ValueError(f"There is no shape {shape!r}. Use one of {sorted(SHAPES)}.")
    _check_integer("width", width, 1)
    _check_integer("depth", depth, 0)
    sizes = SHAPES[shape](int(width), int(depth))
    return "-".join(str(max(1, round(size))) for size in sizes)


def parse_layer_sizes(text: str) -> tuple[int, ...]:
    """Read the sizes of hidden layers from a string.

    Parameters
    ----------
    text : str
        Integers with hyphens, commas or spaces between them, perhaps in brackets;
        empty for no layer.

    Returns
    -------
    tuple of int
        The sizes.

    Raises
    ------
    ValueError
        If it holds anything else.

    Examples
    --------
    >>> parse_layer_sizes("64-32")
    (64, 32)
    """
    inside = re.fullmatch(r"\s*[(\[](.*)[)\]]\s*", text)  # a tuple as Python writes it
    parts = re.sub("[-,]", " ", inside[1] if inside else text).split()
    if not all(part.isascii() and part.isdecimal() for part in parts):
        raise ValueError(
            f"hidden_layer_sizes is {text!r}: a string must hold integers with hyphens "
            'between them, as "64-32" does.'
        )
    return tuple(int(part) for part in parts)


def layer_size_grid(
    widths: Iterable[int],
    depths: Iterable[int],
    shape: Shape | Sequence[Shape] = "constant",
) -> list[str]:
    """Return layer sizes for `GridSearchCV`, every width with every depth.

    Parameters
    ----------
    widths : iterable of int
        Numbers of units of the widest layer.
    depths : iterable of int
        Numbers of hidden layers.
    shape : str or iterable of str, default="constant"
        As for :func:`layer_sizes`, or several.

    Returns
    -------
    list of str
        Without duplicates, small networks first.

    Examples
    --------
    >>> layer_size_grid([32, 64], depths=[1, 2], shape="funnel")
    ['32', '32-16', '64', '64-32']

    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skdeepnn import DeepNNClassifier
    >>> grid = {"hidden_layer_sizes": layer_size_grid([1, 16], [1])}
    >>> clf = DeepNNClassifier(
    ...     solver="lbfgs", preprocess=None, alpha=1, max_iter=5000, random_state=0
    ... )
    >>> GridSearchCV(clf, grid).fit(*load_iris(return_X_y=True)).best_params_
    {'hidden_layer_sizes': '16'}
    """
    shapes = [shape] if isinstance(shape, str) else list(shape)
    sizes = [
        layer_sizes(width, depth, name)
        for width in sorted(widths)
        for depth in sorted(depths)
        for name in shapes
    ]
    return list(dict.fromkeys(sizes))


class LayerSizes:
    """A distribution of layer sizes for `RandomizedSearchCV` and its like.

    Width and depth are drawn log-uniformly: halving and doubling are as probable.

    Parameters
    ----------
    width : tuple of int, default=(16, 256)
        Least and largest number of units of the widest layer.
    depth : tuple of int, default=(1, 3)
        Least and largest number of hidden layers.
    shape : str or sequence of str, default="constant"
        As for :func:`layer_sizes`; one of several is drawn.

    Raises
    ------
    ValueError
        If bounds are out of range or in the wrong order, or there is no such shape.

    Examples
    --------
    >>> sizes = LayerSizes(width=(8, 128), depth=(1, 3), shape="funnel")
    >>> sizes.rvs(random_state=0), sizes.rvs(random_state=2)
    ('36-18', '26')
    """

    def __init__(
        self,
        width: tuple[int, int] = (16, 256),
        depth: tuple[int, int] = (1, 3),
        shape: Shape | Sequence[Shape] = "constant",
    ) -> None:
        self.width = width
        self.depth = depth
        self.shape = shape
        for name, bounds in (("width", width), ("depth", depth)):
            least, largest = bounds
            _check_integer(f"The least {name}", least, 1)
            _check_integer(f"The largest {name}", largest, least)
        for name in self._shapes():
            layer_sizes(1, 1, name)

    def _shapes(self):
        return [self.shape] if isinstance(self.shape, str) else list(self.shape)

    def rvs(self, random_state: RandomState = None) -> str:
        """Draw one.

        Parameters
        ----------
        random_state : int, RandomState instance or None, default=None
            Source of randomness.

        Returns
        -------
        str
            For `hidden_layer_sizes`.
        """
        rng = check_random_state(random_state)
        width, depth = (_log_uniform(rng, *b) for b in (self.width, self.depth))
        shapes = self._shapes()
        return layer_sizes(width, depth, shapes[rng.randint(len(shapes))])

    def __repr__(self):
        return (
            f"LayerSizes(width={self.width}, depth={self.depth}, shape={self.shape!r})"
        )


def _log_uniform(rng, least, largest):
    # Half a unit on both sides gives the ends of the range their due.
    low, high = math.log(least - 0.5), math.log(largest + 0.5)
    return int(np.clip(round(math.exp(rng.uniform(low, high))), least, largest))


def _check_integer(name, value, least):
    if not isinstance(value, Integral) or value < least:
        raise ValueError(
            f"{name} must be an integer of at least {least}, got {value!r}."
        )


class OutOfFold:
    """One split, of all rows for training and all rows for testing.

    For searches over :class:`~skdeepnn.DeepNNClassifier`, which needs no other folds
    than those that its members hold out: with :func:`oof_scorer`, a candidate costs one
    fit. With any other scorer it would be tested on rows that it was trained on.

    See Also
    --------
    out_of_fold : Both, and what else a search needs.

    Examples
    --------
    >>> [(len(train), len(test)) for train, test in OutOfFold().split([[1], [2]])]
    [(2, 2)]
    """

    def split(
        self, X: MatrixLike, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the numbers of all rows, twice.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Rows.
        y, groups : object
            Not used.

        Yields
        ------
        train, test : ndarray of shape (n_samples,)
            The same.
        """
        rows = np.arange(_num_samples(X))
        yield rows, rows

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return 1."""
        return 1

    def __repr__(self):
        return "OutOfFold()"


class _OofScorer:
    """What :func:`oof_scorer` returns."""

    def __init__(self, scoring):
        self.scoring = scoring
        get_scorer(scoring)  # an unknown name is an error now rather than later

    def __call__(self, estimator, X, y, **kwargs):
        record = check_training_rows(estimator, X, y, allow_new=True)
        model = estimator
        if record is not None:
            model = HeldOutModel(record.targets, None, X, record.logits)
        return get_scorer(self.scoring)(model, X, y, **kwargs)

    def __repr__(self):
        return f"oof_scorer({self.scoring!r})"


def oof_scorer(scoring: str = "neg_log_loss") -> Callable[..., float]:
    """Return a scorer of the out-of-fold predictions that a fit has made.

    Parameters
    ----------
    scoring : str or callable, default="neg_log_loss"
        A scorer as scikit-learn has them: a name, or what `make_scorer` makes of any
        metric of predictions, probabilities or logits.

    Returns
    -------
    callable
        ``(estimator, X, y) -> float``, for the `scoring` of searches with
        ``cv=OutOfFold()``. Another number of rows than the estimator was fitted to are
        taken for new ones, and scored as ever: so ``search.score(X_test, y_test)``
        works. It raises a ValueError for as many rows that are not the same, and
        behind transformers, which have seen all rows.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skdeepnn import DeepNNClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = DeepNNClassifier(random_state=0).fit(X, y)
    >>> oof_scorer("accuracy")(clf, X, y) == clf.oof_score_
    True
    """
    return _OofScorer(scoring)


def out_of_fold(scoring: str = "neg_log_loss") -> dict[str, Any]:
    """Return arguments with which a search costs one fit a candidate.

    For scikit-learn's `GridSearchCV`, `RandomizedSearchCV` and, with an int as their
    `random_state`, their halving kin, and for `cross_validate`. A search then fits the
    best candidate once more, as ever: one fit a candidate and one, where `cv=5` makes
    five a candidate and one. With Optuna return ``clf.fit(X, y).oof_score_``, or an
    :func:`oof_scorer`'s value.

    Parameters
    ----------
    scoring : str or callable, default="neg_log_loss"
        As for :func:`oof_scorer`.

    Returns
    -------
    dict
        "cv", "scoring", and "error_score", so that what cannot be scored is an error
        and not a warning.

    Notes
    -----
    The best of many candidates looks better than it is, here as with folds. Its
    `oof_score_` is of the rows that it was chosen by.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skdeepnn import DeepNNClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> grid = {"hidden_layer_sizes": layer_size_grid([2, 32], [1])}
    >>> clf = DeepNNClassifier(random_state=0)
    >>> search = GridSearchCV(clf, grid, **out_of_fold()).fit(X, y)
    >>> search.best_params_, search.n_splits_
    ({'hidden_layer_sizes': '32'}, 1)
    """
    return {
        "cv": OutOfFold(),
        "scoring": oof_scorer(scoring),
        "error_score": "raise",
    }
