"""The architecture of a network."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .blueprint import (
    COLUMN_WIDTH,
    LINE,
    Stack,
    columns_of,
    height_of_units,
    largest_drawn,
    stacks_of,
    stretched,
    width_of,
)
from .canvas import shorten
from .pen import Pen
from .source import classifier_of, input_names, output_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Self

    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection, PathCollection
    from matplotlib.patches import Polygon
    from sklearn.base import BaseEstimator

    from ..typing import ArrayLike

__all__ = ["NetworkDisplay"]

NARROWEST = 46.0  # heights of text: the usual figure


class NetworkDisplay:
    """The architecture of a network: layers from left to right, with what is in them.

    Beneath each layer is what it is, its number of units, its activation, parameters,
    and dropout. Lines are the weights between two layers of which all units are drawn:
    the wider, the larger; solid where positive, dashed where negative. Where there are
    too many, there is a band instead. Networks that see the same columns, and differ in
    their parameters alone, are one row, which says how many they are; of their weights
    those of the first are drawn.

    Make one with :meth:`from_estimator`. The constructor serves networks of other
    origin, see the examples.

    Parameters
    ----------
    coefs : list of ndarray, or dict of str to such lists
        For each layer its weights, of shape (fan_in, fan_out), or (n_members, fan_in,
        fan_out) for networks side by side, whose outputs are averaged. A dict is for
        networks that see different columns, by the name of what they see.
    activations : sequence of str of shape (n_layers,), default=None
        Of each layer, the last included. None says nothing of them.
    dropout : sequence of float of shape (n_layers,), default=None
        Share of the units of each layer that training leaves out. None is none.
    fit_intercept : bool, default=True
        Whether units have an intercept, for the number of parameters.
    feature_names : array-like of str, or dict of str to array-like, default=None
        Names of the inputs, by name of what the networks see if `coefs` is a dict.
    class_names : array-like of str of shape (n_outputs,), default=None
        Names of the outputs.
    n_features : int, default=None
        Of how many features of a table the inputs are made, where they are others.
    shares : dict of str to float, default=None
        How much each entry of `coefs` counts, if that is a dict. Names that it does not
        have are said to be left out.
    name : str, default=None
        What to call it all in the title.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the drawing.
    figure_ : matplotlib Figure
        Figure of the axes.
    units_ : list of matplotlib PathCollection
        The units of each layer that is drawn, row after row.
    edges_ : list of matplotlib LineCollection
        The weights between layers that are drawn whole.
    bands_ : list of matplotlib Polygon
        What stands for weights that are not drawn one by one.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skdeepnn import DeepNNClassifier
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> clf = DeepNNClassifier((8,), n_members=1, random_state=0).fit(X, y)
    >>> display = NetworkDisplay.from_estimator(clf)
    >>> display.figure_.savefig("network.png")  # doctest: +SKIP
    >>> display.ax_.get_title()
    'DeepNNClassifier: 67 parameters'

    Of another origin:

    >>> from sklearn.neural_network import MLPClassifier
    >>> mlp = MLPClassifier((8,), solver="lbfgs", random_state=0).fit(X, y)
    >>> display = NetworkDisplay(
    ...     coefs=mlp.coefs_,
    ...     activations=[mlp.activation, mlp.out_activation_],
    ...     feature_names=mlp.feature_names_in_,
    ... ).plot()
    >>> len(display.edges_)
    2
    """

    ax_: Axes
    figure_: Any  # a Figure, or the SubFigure that `ax` is in
    units_: list[PathCollection]
    edges_: list[LineCollection]
    bands_: list[Polygon]

    def __init__(
        self,
        *,
        coefs: Sequence[ArrayLike] | Mapping[str, Sequence[ArrayLike]],
        activations: Sequence[str] | None = None,
        dropout: Sequence[float] | None = None,
        fit_intercept: bool = True,
        feature_names: Sequence[Any] | Mapping[str, Sequence[Any]] | None = None,
        class_names: Sequence[Any] | None = None,
        n_features: int | None = None,
        shares: Mapping[str, float] | None = None,
        name: str | None = None,
    ) -> None:
        self.coefs = coefs
        self.activations = activations
        self.dropout = dropout
        self.fit_intercept = fit_intercept
        self.feature_names = feature_names
        self.class_names = class_names
        self.n_features = n_features
        self.shares = shares
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        *,
        name: str | None = None,
        ax: Axes | None = None,
        max_units: int = 12,
    ) -> Self:
        """Draw the network of a fitted classifier.

        Parameters
        ----------
        estimator : estimator
            Fitted :class:`~skdeepnn.DeepNNClassifier` or
            :class:`~skdeepnn.LogisticRegressionNN`, or a pipeline that ends in one.
        name : str, default=None
            What to call it in the title; by default its class.
        ax, max_units
            See :meth:`plot`.

        Returns
        -------
        NetworkDisplay
            The plot.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If `estimator` is not fitted.
        TypeError
            If `estimator` has no ``network_``.
        ValueError
            If `max_units` is less than 4.

        Examples
        --------
        Several views of the numbers, each with networks of its own, are a row each:

        >>> from sklearn.datasets import load_wine
        >>> from skdeepnn import DeepNNClassifier
        >>> X, y = load_wine(return_X_y=True, as_frame=True)
        >>> clf = DeepNNClassifier(random_state=0).fit(X, y)
        >>> display = NetworkDisplay.from_estimator(clf)
        >>> list(display.coefs)
        ['standardized', 'bins']
        """
        hint = (
            "If it has coefs_, use NetworkDisplay(coefs=estimator.coefs_).plot(), or "
            "coefs=[estimator.coef_.T] if it has coef_."
        )
        classifier = classifier_of(estimator, "network_", hint)
        network, state = classifier.network_, classifier._state
        layers, names = network.parts[0].layers, input_names(estimator)
        coefs = [[layer.coef for layer in part.layers] for part in network.parts]
        functions = [layer.activation for layer in layers]
        of_layers = [getattr(f, "name", type(f).__name__) for f in functions]
        has_views = bool(network.names)

        def by_view(of_parts):
            if not has_views:
                return of_parts[0]
            return dict(zip(network.names, of_parts, strict=True))

        display = cls(
            coefs=by_view(coefs),
            activations=[*of_layers[:-1], classifier.out_activation_],
            dropout=[layer.dropout for layer in layers],
            fit_intercept=network.fit_intercept,
            feature_names=by_view(names),
            class_names=output_names(classifier),
            n_features=None if state.encoder is None else classifier.n_features_in_,
            shares=classifier.views_ if has_views else None,
            name=type(classifier).__name__ if name is None else name,
        )
        return display.plot(ax, max_units=max_units)

    def plot(self, ax: Axes | None = None, *, max_units: int = 12) -> Self:
        """Draw the network.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on, with texts as small as need be; by default a new figure,
            of a size to suit.
        max_units : int, default=12
            How many units of a layer have room above each other; of wider layers the
            first and the last are drawn. At least 4.

        Returns
        -------
        NetworkDisplay
            This object.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If `max_units` is less than 4, or what the constructor got does not fit
            together.
        """
        if max_units < 4:
            raise ValueError(f"max_units must be at least 4, got {max_units!r}.")
        stacks = self._stacks()
        rows = [self._columns(stack, max_units) for stack in stacks]
        heights = [self._height(*row) for row in zip(stacks, rows, strict=True)]
        notes = self._notes(stacks, rows)
        below = (1.5 + len(notes)) * LINE
        texts = width_of([*notes, *map(self._row_title, stacks)])
        left, width = self._left_and_width(stacks, rows, texts)
        top = sum(heights) + below
        pen = Pen(ax, width, top)
        for stack, columns, height in zip(stacks, rows, heights, strict=True):
            columns = [column._replace(x=column.x + left) for column in columns]
            self._draw_row(pen, stack, columns, top)
            top -= height
        for i, note in enumerate(reversed(notes)):
            pen.text(pen.width / 2, i * LINE, note, va="bottom")
        pen.legend(len(notes) * LINE)
        pen.title(self._title(stacks))
        self.ax_, self.figure_ = pen.ax, pen.ax.figure
        self.units_, self.edges_, self.bands_ = pen.units, pen.edges, pen.bands
        return self

    def _stacks(self):
        """Return the rows of the drawing, after a look at what the constructor got."""
        stacks = stacks_of(self.coefs, self.feature_names)
        n_layers, n_outputs = len(stacks[0].coefs), stacks[0].sizes[-1]
        unknown = {stack.name for stack in stacks} - {*(self.shares or ()), None}
        if self.shares is not None and unknown:
            raise ValueError(f"shares does not have {sorted(unknown)} of coefs.")
        for name, wanted, what in (
            ("activations", n_layers, "layers"),
            ("dropout", n_layers, "layers"),
            ("class_names", n_outputs, "outputs"),
        ):
            given = getattr(self, name)
            if given is not None and len(given) != wanted:
                raise ValueError(f"{len(given)} {name} are given for {wanted} {what}.")
        return stacks

    def _columns(self, stack, max_units):
        """Return the layers of a row, as far from each other as their texts need."""
        columns = columns_of(stack.sizes, max_units)
        lines = [line for c in columns for line in self._lines(stack, columns, c)]
        return stretched(columns, width_of(lines) + 1)

    def _left_and_width(self, stacks, rows, texts):
        """Return where the first layer is, and how wide it is with all texts."""
        pairs = zip(stacks, rows, strict=True)
        inputs = [name for pair in pairs for name in Stack.named(*pair)]
        outputs = [] if self.class_names is None else map(shorten, self.class_names)
        sides = [max(COLUMN_WIDTH / 2, 1.5 + width_of(n)) for n in (inputs, outputs)]
        width = sum(sides) + max(columns[-1].x for columns in rows)
        wanted = max(NARROWEST, width, texts + 2)
        return sides[0] + (wanted - width) / 2, wanted

    def _height(self, stack, columns):
        """Return how high a row is, with what is written above and beneath it."""
        n_lines = max(len(self._lines(stack, columns, column)) for column in columns)
        title = 2 * LINE if self._row_title(stack) else 0
        return title + height_of_units(columns) + (n_lines + 1) * LINE

    def _draw_row(self, pen, stack, columns, top):
        """Draw networks of one shape beneath a height."""
        title = self._row_title(stack)
        if title:
            pen.text(pen.width / 2, top, title, va="top", weight="bold")
            top -= 2 * LINE
        height = height_of_units(columns)
        y = top - height / 2
        largest = largest_drawn(stack, columns)
        for left, right in pairwise(columns):
            if left.is_drawn_whole and right.is_drawn_whole:
                pen.weights(left, right, stack.coefs[left.layer], y, largest or 1.0)
            else:
                pen.band(left, right, y)
        for column in columns:
            lines = self._lines(stack, columns, column)
            beneath = top - height - LINE / 2
            pen.text(column.x, beneath, lines[0], va="top", weight="bold")
            pen.text(column.x, beneath - LINE, "\n".join(lines[1:]), va="top")
            if column.layer is None:
                pen.gap(column.x, y)
            else:
                self._draw_units(pen, stack, columns, column, y)

    def _draw_units(self, pen, stack, columns, column, y):
        names = []
        if column is columns[0]:
            names = stack.named(columns)
        elif column is columns[-1] and self.class_names is not None:
            names = [shorten(self.class_names[unit]) for unit in column.units]
        pen.column(column, y, names, is_input=column is columns[0])

    def _title(self, stacks):
        n_networks = _n_networks(stacks)
        n_params = sum(s.n_members * s.n_params(self.fit_intercept) for s in stacks)
        networks = f"{n_networks} networks, " if n_networks > 1 else ""
        name = "" if self.name is None else f"{self.name}: "
        return f"{name}{networks}{_count(n_params, 'parameter')}"

    def _notes(self, stacks, rows):
        """Return what is said beneath: of the lines' width, and of several networks."""
        notes, averaged = [], "The logits of all networks are averaged"
        pairs = zip(stacks, rows, strict=True)
        drawn = [largest for pair in pairs if (largest := largest_drawn(*pair))]
        if drawn:
            sizes = " and ".join(f"{largest:.3g}" for largest in drawn)
            of = "" if _n_networks(stacks) == 1 else " of the first network of a row"
            notes.append(f"Weights{of}: the wider, the larger, up to {sizes}.")
        if _n_networks(stacks) > 1:
            averaged += ", by the shares of their views," if self.shares else ""
            if self.activations is not None:
                averaged += f" and go through {self.activations[-1]}"
            notes.append(f"{averaged}.")
        unused = [name for name in self.shares or () if name not in self.coefs]
        if unused:
            notes.append(f"Left out after a trial: {', '.join(unused)}.")
        return notes

    def _row_title(self, stack):
        parts = [] if stack.name is None else [stack.name]
        if stack.name is not None and self.shares is not None:
            parts.append(f"{self.shares[stack.name]:.0%} of the weight")
        if stack.n_members > 1:
            n_params = stack.n_params(self.fit_intercept)
            parts.append(f"{stack.n_members} such networks of {n_params:,} parameters")
        return ", ".join(parts)

    def _lines(self, stack, columns, column):
        """Return what is said of a layer, line by line."""
        if column.layer is None:
            return self._lines_of_gap(stack, columns)
        if column.layer == 0:
            if self.n_features is None:
                return ["Input", _count(column.size, "feature")]
            of = f"of {_count(self.n_features, 'feature')}"
            return ["Input", _count(column.size, "column"), of]
        i = column.layer - 1
        is_output = column is columns[-1]
        lines = ["Dense, output" if is_output else "Dense", _count(column.size, "unit")]
        if self.activations is not None:
            lines.append(self._activation(stack, i))
        n_params = stack.n_params(self.fit_intercept, slice(i, i + 1))
        lines.append(_count(n_params, "parameter"))
        if self.dropout is not None and self.dropout[i]:
            lines.append(f"dropout {self.dropout[i]:g}")
        return lines

    def _activation(self, stack, i):
        """Return what is done with the outputs of a layer."""
        n_views = len(self.coefs) if isinstance(self.coefs, dict) else 1
        is_averaged = stack.n_members > 1 or n_views > 1
        is_last = i == len(stack.coefs) - 1
        return "logits" if is_last and is_averaged else shorten(self.activations[i])

    def _lines_of_gap(self, stack, columns):
        """Return what is said of the layers that are not drawn."""
        shown = [column.layer for column in columns]
        i = shown.index(None)
        hidden = slice(shown[i - 1], shown[i + 1] - 1)
        sizes = {str(coef.shape[1]) for coef in stack.coefs[hidden]}
        lines = [f"{hidden.stop - hidden.start} more Dense"]
        least, most = min(sizes, key=int), max(sizes, key=int)
        lines.append(f"of {least if least == most else f'{least} to {most}'} units")
        if self.activations is not None:
            lines += dict.fromkeys(map(shorten, self.activations[hidden]))
        n_params = stack.n_params(self.fit_intercept, hidden)
        lines.append(_count(n_params, "parameter"))
        if self.dropout is not None:
            shares = {f"{share:g}" for share in self.dropout[hidden] if share}
            lines += [f"dropout {' or '.join(sorted(shares))}"] if shares else []
        return lines


def _n_networks(stacks):
    return sum(stack.n_members for stack in stacks)


def _count(number, what):
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
