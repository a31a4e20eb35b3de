"""The weights of a network's first layer, by feature or as images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .canvas import (
    divide,
    have_room,
    import_pyplot,
    new_axes,
    shorten,
    signed_colormap,
    title_size,
)
from .source import choose_part, classifier_of, input_names, output_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.image import AxesImage
    from sklearn.base import BaseEstimator

    from ..typing import ArrayLike

__all__ = ["WeightsDisplay"]

CHOSEN = "those with the largest weights"


class WeightsDisplay:
    """What the units of a network's first layer look for.

    A heat map of features by units, or an image a unit where the features are pixels.
    Colours are symmetric about 0, which is grey; they are the lighter the larger a
    weight is, so that signs are to be seen in print, too. Where there are too many
    units or features, those with the largest weights are shown, by their sum of
    squares.

    Make one with :meth:`from_estimator`. The constructor serves weights of other
    origin: ``WeightsDisplay(coef=mlp.coefs_[0])``.

    Parameters
    ----------
    coef : array-like of shape (n_features, n_units)
        Weights.
    feature_names : array-like of str of shape (n_features,), default=None
        Names of the features; None is for x0, x1 and so on.
    unit_names : array-like of str of shape (n_units,), default=None
        Names of the units; None is for numbers.
    image_shape : tuple of int, default=None
        Height and width of the images that features are the pixels of, row after row;
        with a third of 3 where each pixel has a red, a green and a blue. None is for
        features that are no pixels.
    name : str, default=None
        What to call it all in the title.

    Attributes
    ----------
    ax_ : matplotlib Axes or None
        Axes with the heat map, or those that the images are in; None if the axes of
        each image were given.
    axes_ : ndarray of matplotlib Axes of shape (n_shown,)
        Those of the heat map, or of each image.
    figure_ : matplotlib Figure
        Figure of the axes.
    images_ : list of matplotlib AxesImage
        The heat map, or the image of each unit that is shown.
    colorbar_ : matplotlib Colorbar
        What the colours mean. Of images with red, green and blue it is that of each.
    units_ : ndarray of int of shape (n_shown,)
        Which units are shown.
    features_ : ndarray of int
        Which features are.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skdeepnn import DeepNNClassifier
    >>> X, y = load_wine(return_X_y=True, as_frame=True)
    >>> clf = DeepNNClassifier(random_state=0).fit(X, y)
    >>> display = WeightsDisplay.from_estimator(clf)
    >>> display.figure_.savefig("weights.png")  # doctest: +SKIP
    >>> print(display.ax_.get_title())
    DeepNNClassifier
    view 'standardized' (56% of the weight), member 0 of 4
    16 of 128 units, those with the largest weights

    What logistic regression finds in digits:

    >>> from sklearn.datasets import load_digits
    >>> from skdeepnn import LogisticRegressionNN
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = LogisticRegressionNN(C=0.01).fit(X / 16, y)
    >>> display = WeightsDisplay.from_estimator(clf, image_shape=(8, 8))
    >>> [ax.get_title() for ax in display.axes_[:2]]
    ['class 0', 'class 1']
    """

    ax_: Axes | None
    axes_: np.ndarray
    figure_: Any  # a Figure, or the SubFigure that `ax` is in
    images_: list[AxesImage]
    colorbar_: Colorbar
    units_: np.ndarray
    features_: np.ndarray

    def __init__(
        self,
        *,
        coef: ArrayLike,
        feature_names: Sequence[Any] | None = None,
        unit_names: Sequence[Any] | None = None,
        image_shape: Sequence[int] | None = None,
        name: str | None = None,
    ) -> None:
        self.coef = coef
        self.feature_names = feature_names
        self.unit_names = unit_names
        self.image_shape = image_shape
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        *,
        view: str | None = None,
        member: int = 0,
        image_shape: Sequence[int] | None = None,
        name: str | None = None,
        ax: Axes | np.ndarray | Sequence[Axes] | None = None,
        max_units: int = 16,
        max_features: int = 20,
        **kwargs: Any,
    ) -> Self:
        """Draw the first layer of a fitted classifier.

        Parameters
        ----------
        estimator : estimator
            Fitted :class:`~skdeepnn.DeepNNClassifier` or
            :class:`~skdeepnn.LogisticRegressionNN`, or a pipeline that ends in one.
        view : str, default=None
            Which of the `views_` of the classifier; by default the one that counts
            most, and for images the one of those that show each pixel in one column.
        member : int, default=0
            Which of the networks that see this view. They are equals.
        image_shape : tuple of int, default=None
            As for the constructor.
        name : str, default=None
            Title, above what is said of units left out; by default the class, with view
            and member where there are several.
        ax, max_units, max_features, **kwargs
            See :meth:`plot`.

        Returns
        -------
        WeightsDisplay
            The plot. Features are columns as the encoder makes them of a table, where
            there is one: weights of numbers are for these scaled.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        NotFittedError
            If `estimator` is not fitted.
        TypeError
            If `estimator` has no ``network_``.
        ValueError
            If there is no such view or member, or no images are to be made of what the
            network sees.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skdeepnn import LogisticRegressionNN
        >>> X, y = load_iris(return_X_y=True, as_frame=True)
        >>> clf = LogisticRegressionNN().fit(X, y)
        >>> display = WeightsDisplay.from_estimator(clf)
        >>> [label.get_text() for label in display.ax_.get_xticklabels()]
        ['class 0', 'class 1', 'class 2']
        """
        hint = (
            "If it has coefs_, use WeightsDisplay(coef=estimator.coefs_[0]).plot(), or "
            "coef=estimator.coef_.T if it has coef_."
        )
        classifier = classifier_of(estimator, "network_", hint)
        network = classifier.network_
        n_pixels = None if image_shape is None else int(np.prod(image_shape))
        part = choose_part(classifier, view, n_pixels)
        layers, n_members = network.parts[part].layers, network.parts[part].n_members
        if not 0 <= member < (n_members or 1):
            raise ValueError(
                f"member={member!r}, but there are {n_members or 1}: from 0 on."
            )
        coef = layers[0].coef
        display = cls(
            coef=coef if n_members is None else coef[member],
            feature_names=input_names(estimator)[part],
            unit_names=output_names(classifier) if len(layers) == 1 else None,
            image_shape=image_shape,
            name=_title(classifier, part, member) if name is None else name,
        )
        return display.plot(
            ax, max_units=max_units, max_features=max_features, **kwargs
        )

    def plot(
        self,
        ax: Axes | np.ndarray | Sequence[Axes] | None = None,
        *,
        max_units: int = 16,
        max_features: int = 20,
        **kwargs: Any,
    ) -> Self:
        """Draw the weights.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of them, default=None
            Axes to draw on; images divide them among themselves. An array has axes for
            each image. By default a new figure.
        max_units : int, default=16
            How many units to show.
        max_features : int, default=20
            How many features to show in a heat map. Images show all.
        **kwargs : dict
            Passed to ``Axes.imshow``, such as `cmap`; `vmax` is the weight of the
            lightest colour, by default the size of the largest that is shown.

        Returns
        -------
        WeightsDisplay
            This object.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If the names, `image_shape` or the number of axes do not fit the weights,
            these are not finite, or none are to be shown.
        """
        coef = self._check_coef()
        for what, n in (("max_units", max_units), ("max_features", max_features)):
            if n < 1:
                raise ValueError(f"{what} must be at least 1, got {n!r}.")
        import_pyplot()
        self.units_ = _largest(coef, max_units, axis=0)
        self.features_ = np.arange(len(coef))
        if self.image_shape is None:
            self.features_ = _largest(coef[:, self.units_], max_features, axis=1)
        shown = coef[np.ix_(self.features_, self.units_)]
        most = kwargs.pop("vmax", None) or abs(shown).max() or 1.0
        limits = {} if "norm" in kwargs else {"vmin": -most, "vmax": most}
        style = {"cmap": signed_colormap(), **limits, **kwargs}
        if self.image_shape is None:
            self._draw_map(ax, shown, style)
        else:
            self._draw_images(ax, shown, most, style)
        self.figure_ = self.axes_[0].figure
        title = self._title_lines(coef)
        if self.ax_ is not None:
            self.ax_.set_title(title, fontsize="medium")
        return self

    def _check_coef(self):
        coef = np.asarray(self.coef)
        if coef.ndim != 2:
            raise ValueError(
                "coef must have the shape (n_features, n_units), but has "
                f"{coef.shape}: of several networks choose one."
            )
        if not np.isfinite(coef).all():
            raise ValueError("coef must be finite.")
        names = {"feature_names": self.feature_names, "unit_names": self.unit_names}
        for (what, given), wanted in zip(names.items(), coef.shape, strict=True):
            if given is not None and len(given) != wanted:
                raise ValueError(
                    f"There are {len(given)} {what}, but coef has the shape "
                    f"{coef.shape}."
                )
        shape = self.image_shape
        if shape is not None and not (
            len(shape) in (2, 3) and (*shape, 3)[2] == 3 and np.prod(shape) == len(coef)
        ):
            raise ValueError(
                f"image_shape={shape!r} is to be (height, width) or (height, width, 3) "
                f"of images of {len(coef)} values."
            )
        return coef

    def _draw_map(self, ax, shown, style):
        n_features, n_units = shown.shape
        names = [self._unit_name(unit) for unit in self.units_]
        if ax is None:
            height = max(2.6, 1.7 + 0.22 * n_features)
            ax = new_axes((max(6.4, 2.6 + 0.32 * n_units), height))
        elif np.ndim(ax):
            raise ValueError("A heat map is drawn on axes alone: pass one, no array.")
        self.ax_, self.axes_ = ax, np.array([ax])
        self.images_ = [ax.imshow(shown, **{"aspect": "auto", **style})]
        labels = [self._feature_name(feature) for feature in self.features_]
        ax.set_yticks(range(n_features), labels)
        is_upright = not have_room(ax, names)
        ax.set_xticks(range(n_units), names, rotation=90 if is_upright else 0)
        if self.unit_names is None:
            ax.set_xlabel("Unit of the first layer")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        self.colorbar_ = _colorbar(self.images_[0], ax, "Weight")

    def _draw_images(self, ax, shown, most, style):
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import Normalize

        self._divide(ax, shown.shape[1])
        is_colored = len(self.image_shape) == 3
        self.images_ = []
        for panel, unit, weights in zip(self.axes_, self.units_, shown.T, strict=True):
            image = weights.reshape(self.image_shape)
            if is_colored:  # 0 is half of the light
                image = np.clip(0.5 + image / (2 * most), 0, 1)
            self.images_.append(panel.imshow(image, **style))
            name = self._unit_name(unit)
            title = name if self.unit_names is not None else f"unit {name}"
            panel.set_title(title, pad=0.3 * self._title_size)
            panel.title.set(fontsize=self._title_size)
            panel.set(xticks=[], yticks=[])
        source, label = self.images_[0], "Weight"
        if is_colored:
            source = ScalarMappable(Normalize(-most, most), "gray")
            label = "Weight of red, of green and of blue"
        where = list(self.axes_) if self.ax_ is None else self.ax_
        self.colorbar_ = _colorbar(source, where, label)

    def _divide(self, ax, n_images):
        """Find axes for each image."""
        n_columns = _n_columns(n_images)
        n_rows = -(-n_images // n_columns)
        if ax is not None and np.ndim(ax):
            axes = np.asarray(ax, dtype=object).ravel()
            if len(axes) != n_images:
                raise ValueError(
                    f"There are {len(axes)} axes for {n_images} images: pass as many, "
                    "or axes to be divided."
                )
            self.ax_, self.axes_ = None, axes
            self._title_size = title_size()
            return
        if ax is None:
            height, width = self.image_shape[:2]
            side = 1.25 if n_images > 4 else 2.4
            shape = min(2.0, max(0.5, height / width))
            ax = new_axes(
                (max(4.8, side * n_columns + 1.2), (side * shape + 0.2) * n_rows + 0.8)
            )
        self.ax_ = ax
        self.axes_, self._title_size = divide(ax, n_images, n_columns)

    def _unit_name(self, unit):
        return str(unit) if self.unit_names is None else shorten(self.unit_names[unit])

    def _feature_name(self, feature):
        if self.feature_names is None:
            return f"x{feature}"
        return shorten(self.feature_names[feature])

    def _title_lines(self, coef):
        """Return what is drawn, and how much of it."""
        units = "units" if self.unit_names is None else "outputs"
        pairs = (
            (self.units_, coef.shape[1], units),
            (self.features_, len(coef), "features"),
        )
        cut = [f"{len(s)} of {n:,} {what}" for s, n, what in pairs if len(s) < n]
        lines = [] if self.name is None else [str(self.name)]
        if cut:
            lines.append(f"{' and '.join(cut)}, {CHOSEN}")
        return "\n".join(lines)


def _title(classifier, part, member):
    """Return whose weights they are."""
    network, which = classifier.network_, []
    if network.names:
        name = network.names[part]
        which.append(f"view {name!r} ({classifier.views_[name]:.0%} of the weight)")
    n_members = network.parts[part].n_members or 1
    if n_members > 1:
        which.append(f"member {member} of {n_members}")
    name = type(classifier).__name__
    return f"{name}\n{', '.join(which)}" if which else name


def _largest(coef, n_most, axis):
    """Return which units or features have the largest weights, in their order."""
    sizes = (coef.astype(float) ** 2).sum(axis=axis)
    return np.sort(np.argsort(-sizes, kind="stable")[:n_most])


def _n_columns(n_images):
    """Return how many images are beside each other: such that few places stay empty."""
    if n_images <= 4:
        return n_images
    return min((5, 4, 6), key=lambda n_columns: -n_images % n_columns)


def _colorbar(source, axes, label):
    first = axes[0] if isinstance(axes, list) else axes
    bar = first.figure.colorbar(source, ax=axes, label=label)
    bar.outline.set_visible(False)
    return bar
