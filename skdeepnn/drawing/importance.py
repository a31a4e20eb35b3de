"""Which columns count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..inspection import oof_permutation_importance
from .canvas import import_pyplot, new_axes, shorten
from .source import feature_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from sklearn.base import BaseEstimator

    from ..typing import ArrayLike, MatrixLike, RandomState, Scoring

__all__ = ["ImportanceDisplay"]


class ImportanceDisplay:
    """How much worse predictions become where a column is shuffled.

    Make one with :meth:`from_estimator`, or of what scikit-learn's
    `permutation_importance` returns.

    Parameters
    ----------
    importances : array-like of shape (n_features, n_repeats)
        Decrease of the score, for each shuffle of each column.
    feature_names : array-like of str of shape (n_features,)
        Names of the columns.
    score_name : str, default="accuracy"
        What decreases.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the bars.
    figure_ : matplotlib Figure
        Figure of the axes.
    bars_ : matplotlib BarContainer
        A bar for each column that is shown, the most important on top.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skdeepnn import DeepNNClassifier
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> clf = DeepNNClassifier(random_state=0).fit(X, y)
    >>> display = ImportanceDisplay.from_estimator(clf, X, y, random_state=0)
    >>> display.figure_.savefig("importance.png")  # doctest: +SKIP
    >>> len(display.bars_)
    13
    """

    ax_: Axes
    figure_: Any  # a Figure, or the SubFigure that `ax` is in
    bars_: BarContainer

    def __init__(
        self,
        *,
        importances: ArrayLike,
        feature_names: Sequence[Any],
        score_name: str = "accuracy",
    ) -> None:
        self.importances = importances
        self.feature_names = feature_names
        self.score_name = score_name

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: MatrixLike,
        y: MatrixLike,
        *,
        scoring: Scoring = None,
        n_repeats: int = 5,
        random_state: RandomState = None,
        max_features: int = 20,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Shuffle the columns of the training data out of fold, and draw the result.

        Parameters
        ----------
        estimator, X, y, scoring, n_repeats, random_state
            As for :func:`skdeepnn.inspection.oof_permutation_importance`.
        max_features, ax, **kwargs
            See :meth:`plot`.

        Returns
        -------
        ImportanceDisplay
            The plot.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        import_pyplot()  # before any work is done
        found = oof_permutation_importance(
            estimator,
            X,
            y,
            scoring=scoring,
            n_repeats=n_repeats,
            random_state=random_state,
        )
        score = scoring if isinstance(scoring, str) else "score"
        display = cls(
            importances=found.importances,
            feature_names=feature_names(estimator),
            score_name="accuracy" if scoring is None else score,
        )
        return display.plot(ax=ax, max_features=max_features, **kwargs)

    def plot(
        self, ax: Axes | None = None, *, max_features: int = 20, **kwargs: Any
    ) -> Self:
        """Draw a bar for each column, with the standard deviation of the repeats.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; a new figure by default.
        max_features : int, default=20
            How many columns to show, the most important ones.
        **kwargs : dict
            Passed to ``Axes.barh``.

        Returns
        -------
        ImportanceDisplay
            This object.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If there are not as many names as columns, or none are to be shown.
        """
        if max_features < 1:
            raise ValueError(f"max_features must be at least 1, got {max_features!r}.")
        importances = np.asarray(self.importances)
        if len(self.feature_names) != len(importances):
            raise ValueError(
                f"There are {len(self.feature_names)} feature_names for importances of "
                f"{len(importances)} columns."
            )
        plt = import_pyplot()
        means = importances.mean(axis=1)
        shown = np.argsort(-means, kind="stable")[:max_features][::-1]
        if ax is None:
            size = (6.4, 1.2 + 0.28 * len(shown))
            ax = new_axes(size)
        self.ax_, self.figure_ = ax, ax.figure
        ink = plt.rcParams["axes.edgecolor"]  # black is not seen on dark ground
        style = {"error_kw": {"elinewidth": 1}, "ecolor": ink, "height": 0.7, **kwargs}
        # By position: columns of the same name have bars of their own
        self.bars_ = ax.barh(
            np.arange(len(shown)),
            means[shown],
            xerr=importances[shown].std(axis=1),
            tick_label=[shorten(self.feature_names[j]) for j in shown],
            **style,
        )
        ax.set(xlabel=f"Decrease of {self.score_name} where shuffled")
        ax.axvline(0, color=ink, linewidth=0.8)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(left=False)
        return self
