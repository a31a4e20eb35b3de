"""What each epoch of a training showed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .canvas import import_pyplot, new_axes
from .source import classifier_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Self

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from sklearn.base import BaseEstimator

    from ..typing import ArrayLike, Quantity

__all__ = ["LossCurveDisplay"]

# quantity: (entry of history_, its counterpart on validation rows, label of the axis)
QUANTITIES = {
    "loss": ("loss", "validation_loss", "Loss"),
    "score": ("score", "validation_score", "Score"),
    "learning_rate": ("learning_rate", None, "Learning rate"),
    "gradient_norm": ("gradient_norm", None, "Norm of the gradient"),
}


MARKS = "s^Dv<>P*"
STYLE_OF_TRAINING = ("color", "gid", "marker", "markevery")


class LossCurveDisplay:
    """Loss, score or learning rate over the epochs of a training.

    Make one with :meth:`from_estimator`. The constructor serves records of other
    origin: ``LossCurveDisplay(history={"loss": mlp.loss_curve_})``.

    Parameters
    ----------
    history : dict of str to array-like of shape (n_epochs,)
        What each epoch showed, as the attribute ``history_`` of the classifiers has it.
    quantity : {"loss", "score", "learning_rate", "gradient_norm"}, default="loss"
        What to draw. Loss and score are drawn for training and validation rows, as far
        as `history` has them.
    name : str, default=None
        Name of the training in the legend, to tell several on the same axes apart.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the curves.
    figure_ : matplotlib Figure
        Figure of the axes.
    line_ : matplotlib Line2D or None
        Curve on training rows; None where `history` has none.
    validation_line_ : matplotlib Line2D or None
        Dashed curve on validation rows; None where `history` has none.
    best_epoch_ : int or None
        The epoch, counted from 1, with the highest validation score (the first of
        equals), whose parameters the classifier kept; None without validation rows.
    best_marker_ : matplotlib Line2D or None
        Dot at that epoch of the validation curve.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.preprocessing import scale
    >>> from skdeepnn import DeepNNClassifier
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> clf = DeepNNClassifier(early_stopping=True, random_state=0).fit(scale(X), y)
    >>> display = LossCurveDisplay.from_estimator(clf)
    >>> display.figure_.savefig("loss.png")  # doctest: +SKIP
    >>> len(display.line_.get_xdata()) == clf.n_iter_
    True
    """

    ax_: Axes
    figure_: Any  # a Figure, or the SubFigure that `ax` is in
    line_: Line2D | None
    validation_line_: Line2D | None
    best_epoch_: int | None
    best_marker_: Line2D | None

    def __init__(
        self,
        *,
        history: Mapping[str, ArrayLike],
        quantity: Quantity = "loss",
        name: str | None = None,
    ) -> None:
        self.history = history
        self.quantity = quantity
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        *,
        quantity: Quantity = "loss",
        name: str | None = None,
        ax: Axes | None = None,
        validation_kwargs: dict[str, Any] | None = None,
        despine: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Draw the training of a fitted classifier.

        Parameters
        ----------
        estimator : estimator
            Fitted :class:`~skdeepnn.DeepNNClassifier` or
            :class:`~skdeepnn.LogisticRegressionNN`, or a pipeline that ends in one.
        quantity : {"loss", "score", "learning_rate", "gradient_norm"}, default="loss"
            What to draw. The validation part needs ``early_stopping=True``, the
            score on training rows ``scoring``.
        name, ax, validation_kwargs, despine, **kwargs
            See :meth:`plot`.

        Returns
        -------
        LossCurveDisplay
            The plot.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If `estimator` is not fitted.
        TypeError
            If `estimator` keeps no ``history_``.
        ValueError
            If its history does not have the `quantity`.

        Examples
        --------
        Two trainings on the same axes:

        >>> from skdeepnn import LogisticRegressionNN
        >>> from skdeepnn.datasets import make_flower
        >>> X, y = make_flower()
        >>> ax = None
        >>> for solver in ("lbfgs", "adam"):
        ...     clf = LogisticRegressionNN(solver=solver).fit(X, y)
        ...     display = LossCurveDisplay.from_estimator(clf, name=solver, ax=ax)
        ...     ax = display.ax_
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['lbfgs', 'adam']
        """
        hint = (
            "If it has a loss_curve_, use LossCurveDisplay(history={'loss': "
            "estimator.loss_curve_}).plot()."
        )
        classifier = classifier_of(estimator, "history_", hint)
        display = cls(history=classifier.history_, quantity=quantity, name=name)
        return display.plot(
            ax, validation_kwargs=validation_kwargs, despine=despine, **kwargs
        )

    def plot(
        self,
        ax: Axes | None = None,
        *,
        name: str | None = None,
        validation_kwargs: dict[str, Any] | None = None,
        despine: bool = True,
        **kwargs: Any,
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on, such as those of an earlier display, to compare the two;
            a new figure by default.
        name : str, default=None
            Name in the legend; by default that of the display.
        validation_kwargs : dict, default=None
            Passed to ``Axes.plot`` for the curve on validation rows.
        despine : bool, default=True
            Whether to remove the frame's top and right side. Set it to False where
            the axes have something on the right, such as a second scale.
        **kwargs : dict
            Passed to ``Axes.plot`` for the curve on training rows. That on validation
            rows takes colour and marks.

        Returns
        -------
        LossCurveDisplay
            This object.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `quantity` is unknown, or `history` does not have it.
        """
        training, validation, label = self._curves()
        import_pyplot()
        if ax is None:
            ax = new_axes()
        self.ax_, self.figure_ = ax, ax.figure
        kwargs = _marks(ax) | kwargs
        name = self.name if name is None else name
        self.line_ = self.validation_line_ = self.best_marker_ = None
        self.best_epoch_ = self._best_epoch()
        style = dict(kwargs)
        if training is not None:
            text = _label(name, "training", alone=validation is None)
            self.line_ = _draw(ax, training, {"label": text, **kwargs})
            # Colours and marks tell trainings apart, dashes the rows.
            style |= {"color": self.line_.get_color()}
            style = {key: style[key] for key in STYLE_OF_TRAINING if key in style}
        if validation is not None:
            text = _label(name, "validation", alone=False)
            style |= {"linestyle": "--", "label": text, **(validation_kwargs or {})}
            self.validation_line_ = _draw(ax, validation, style)
            if self.best_epoch_ is not None:
                best = _label(name, f"best epoch ({self.best_epoch_})", alone=False)
                self.best_marker_ = self._mark_best(validation, best)
        ax.set(xlabel="Epoch", ylabel=label)
        ax.locator_params(axis="x", integer=True)
        if despine:
            ax.spines[["top", "right"]].set_visible(False)
        if name is not None or len(ax.get_lines()) > 1:
            ax.legend(frameon=False)
        return self

    def _curves(self):
        """Values on training rows and on validation rows, and what they are called."""
        if self.quantity not in QUANTITIES:
            raise ValueError(
                f"quantity must be one of {sorted(QUANTITIES)}, got {self.quantity!r}."
            )
        key, validation_key, label = QUANTITIES[self.quantity]
        training, validation = self.history.get(key), self.history.get(validation_key)
        if training is None and validation is None:
            hint = ": fit with scoring=... or early_stopping=True"
            raise ValueError(
                f"The history has no {self.quantity}"
                f"{hint if self.quantity == 'score' else ''}."
            )
        return training, validation, label

    def _best_epoch(self):
        scores = self.history.get("validation_score")
        return None if scores is None else int(np.argmax(scores)) + 1

    def _mark_best(self, validation, text):
        (marker,) = self.ax_.plot(
            self.best_epoch_,
            validation[self.best_epoch_ - 1],
            "o",
            color=self.validation_line_.get_color(),
            label=text,
        )
        return marker


def _label(name, what, alone):
    if name is None:
        return what
    return name if alone else f"{name}, {what}"


def _marks(ax):
    """Return the marks of one more training: the first on the axes has none."""
    n_before = len({line.get_gid() for line in ax.get_lines()} - {None})
    style = {"gid": f"training {n_before}"}
    if n_before:
        style["marker"] = MARKS[(n_before - 1) % len(MARKS)]
        style["markevery"] = 0.1  # of the diagonal of the axes
    return style


def _draw(ax, values, style):
    if len(values) == 1:  # a line would not be seen
        style = {"marker": "o", **style}
    # Epochs count from 1, as n_iter_ and the lines of `verbose` do.
    (line,) = ax.plot(np.arange(1, len(values) + 1), values, **style)
    return line
