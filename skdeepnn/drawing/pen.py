"""Units, weights and words of a network, drawn on axes measured in heights of text."""

import numpy as np

from .blueprint import LINE, SMALL
from .canvas import NEGATIVE, POSITIVE, background, import_pyplot, new_axes

__all__ = ["Pen"]

WIDEST, NARROWEST = 2.4, 0.3  # lines, in points
FAINTEST = 0.15  # opacity of the smallest weight
DASHES = (0, (4, 2))
BAND = 0.12  # opacity


class Pen:
    """What draws a network on axes.

    Parameters
    ----------
    ax : matplotlib Axes or None
        Axes, whose texts become smaller where the drawing is larger than they are; None
        for a new figure of its size.
    width, height : float
        Of the drawing, in heights of text.

    Attributes
    ----------
    ax : matplotlib Axes
        From 0 to `width`, and from 0 to `height`.
    width : float
        As given.
    units, edges, bands : list
        What was drawn, of each kind.
    """

    def __init__(self, ax, width, height):
        plt = import_pyplot()
        size = plt.rcParams["font.size"]
        title = 2.5 * LINE
        if ax is None:
            ax = new_axes((width * size / 72, (height + title) * size / 72))
            room = 1.0
        else:
            points = ax.get_window_extent().size * 72 / ax.figure.dpi
            room = min(1.0, *(points / size / (width, height)))
        self.ax, self.width = ax, width
        self._size, self._room = size * room, room
        self.color = plt.rcParams["text.color"]
        self.units, self.edges, self.bands = [], [], []
        ax.set(xlim=(0, width), ylim=(0, height))
        ax.set_axis_off()

    def title(self, text):
        """Write above the drawing."""
        self.ax.set_title(text, fontsize=1.1 * self._size, pad=self._size)

    def text(self, x, y, text, **style):
        """Write one or several lines."""
        usual = {"ha": "center", "va": "center", "fontsize": SMALL * self._size}
        self.ax.text(x, y, text, linespacing=LINE / 1.1, **usual | style)

    def column(self, column, y, names, is_input):
        """Draw units around `y`, with names to the left or to the right of them."""
        heights = column.y + y
        area = (0.95 * self._size) ** 2
        self.units.append(
            self.ax.scatter(
                np.full(len(heights), column.x),
                heights,
                s=area,
                facecolor=background(self.ax),
                edgecolor=self.color,
                linewidth=1.1 * self._room,
                zorder=3,
            )
        )
        if not column.is_drawn_whole:
            self._ellipsis(column, y)
        side, ha = (-0.9, "right") if is_input else (0.9, "left")
        for height, name in zip(heights, names, strict=False):
            self.text(column.x + side, height, name, ha=ha)

    def gap(self, x, y):
        """Draw an ellipsis in place of layers."""
        self._dots(x + np.array([-0.9, 0, 0.9]), np.full(3, y))

    def _ellipsis(self, column, y):
        """Draw an ellipsis in place of units, with how many these are."""
        middle = y + (column.y[column.y > 0].min() + column.y[column.y < 0].max()) / 2
        self._dots(np.full(3, column.x), middle + np.array([-0.6, 0, 0.6]))
        n_more = column.size - len(column.units)
        self.text(column.x + 0.9, middle, f"{n_more:,} more", ha="left")

    def _dots(self, x, y):
        area = (0.25 * self._size) ** 2
        self.ax.scatter(x, y, s=area, color=self.color, linewidth=0, zorder=3)

    def weights(self, left, right, coef, y, largest):
        """Draw lines between two columns, as wide as weights are large."""
        from matplotlib.collections import LineCollection

        order = np.argsort(abs(coef), axis=None)  # large ones above small ones
        i, j = np.unravel_index(order, coef.shape)
        values = coef[i, j]
        share = abs(values) / largest
        starts = np.column_stack([np.full(len(i), left.x), y + left.y[i]])
        ends = np.column_stack([np.full(len(j), right.x), y + right.y[j]])
        edges = LineCollection(
            np.stack([starts, ends], axis=1),
            colors=[POSITIVE if value >= 0 else NEGATIVE for value in values],
            linestyles=["-" if value >= 0 else DASHES for value in values],
            linewidths=self._room * (NARROWEST + (WIDEST - NARROWEST) * share),
            alpha=FAINTEST + (1 - FAINTEST) * share,
            zorder=1,
        )
        self.edges.append(self.ax.add_collection(edges, autolim=False))

    def band(self, left, right, y):
        """Draw a band between two columns; a gap is as high as what is beside it."""
        low, high = (left if len(left.units) else right).span
        corners = [(left.x, y + low), (left.x, y + high)]
        low, high = (right if len(right.units) else left).span
        corners += [(right.x, y + high), (right.x, y + low)]
        (band,) = self.ax.fill(
            *zip(*corners, strict=True), color=self.color, alpha=BAND, lw=0, zorder=0
        )
        self.bands.append(band)

    def legend(self, y):
        """Say what lines and bands mean."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        signs = {
            "positive weight": {"color": POSITIVE},
            "negative weight": {"color": NEGATIVE, "linestyle": DASHES},
        }
        handles = [
            Line2D([], [], lw=WIDEST * self._room, label=sign, **style)
            for sign, style in signs.items()
            if self.edges
        ]
        if self.bands:
            of_band = {"color": self.color, "alpha": BAND, "lw": 0}
            handles.append(Patch(**of_band, label="weights not drawn one by one"))
        self.ax.legend(
            handles=handles,
            loc="lower center",
            bbox_to_anchor=(0.5, y / self.ax.get_ylim()[1]),
            ncols=3,
            frameon=False,
            fontsize=SMALL * self._size,
            borderpad=0,
            borderaxespad=0,
            handlelength=3,
        )
