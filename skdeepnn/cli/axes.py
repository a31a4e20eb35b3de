"""Axes of a picture: from data to places in it, and what is written beside them.

Pictures are 340 units wide, a phone's width, in which text is 11 units high.
"""

import math

import numpy as np

from .markup import Markup, tag

__all__ = ["DASHES", "WIDTH", "Axes", "short", "ticks_of"]

WIDTH = 340
DASHES = (None, "7 3", "2 3", "9 3 2 3", "4 2")  # a line's, by its number


class Axes:
    """A frame that turns data to places in a picture.

    Parameters
    ----------
    xlim, ylim : tuple of float
        The values at its sides.
    box : tuple of float
        Left, top, right and bottom side in the picture.
    log_x, log_y : bool, default=False
        Which axes are logarithmic.

    Examples
    --------
    >>> axes = Axes((0, 10), (0, 1), (40, 20, 240, 120))
    >>> float(axes.x(5)), float(axes.y(1))
    (140.0, 20.0)
    """

    def __init__(self, xlim, ylim, box, log_x=False, log_y=False):
        self.left, self.top, self.right, self.bottom = box
        self.xlim, self.ylim, self.log_x, self.log_y = xlim, ylim, log_x, log_y
        self.parts = []

    def x(self, values):
        """Return where values of the horizontal axis are."""
        share = _share(values, self.xlim, self.log_x)
        return self.left + share * (self.right - self.left)

    def y(self, values):
        """Return where values of the vertical axis are."""
        share = _share(values, self.ylim, self.log_y)
        return self.bottom - share * (self.bottom - self.top)

    def add(self, name, *children, **attributes):
        """Put an element into the picture, over those before it."""
        self.parts.append(tag(name, *children, **attributes))

    def text(self, x, y, text, anchor="start", class_=None, **attributes):
        """Write something."""
        self.add(
            "text",
            text,
            x=short(x),
            y=short(y),
            text_anchor=None if anchor == "start" else anchor,
            class_=class_,
            **attributes,
        )

    def segment(self, x1, y1, x2, y2, class_, **attributes):
        """Draw a line between two places."""
        names = "x1", "y1", "x2", "y2"
        ends = dict(zip(names, map(short, (x1, y1, x2, y2)), strict=True))
        self.add("line", **ends, class_=class_, **attributes)

    def curve(self, x, y, class_, dash=None):
        """Draw a line through data."""
        points = zip(self.x(x), self.y(y), strict=True)
        places = " ".join(f"{short(a)},{short(b)}" for a, b in points)
        self.add("polyline", points=places, class_=class_, stroke_dasharray=dash)

    def frame(self, xticks, yticks, xlabel, ylabel):
        """Draw lines at the ticks, their numbers, and what the axes are."""
        for value in yticks:
            y = self.y(value)
            self.segment(self.left, y, self.right, y, "grid")
            self.text(self.left - 5, y + 4, f"{value:g}", "end", "tick")
        self.segment(self.left, self.bottom, self.right, self.bottom, "axis")
        for value in xticks:
            self.text(self.x(value), self.bottom + 14, f"{value:g}", "middle", "tick")
        middle = (self.left + self.right) / 2
        self.text(middle, self.bottom + 29, xlabel, "middle")
        self.text(0, self.top - 9, ylabel)

    def legend(self, x, y, texts):
        """Tell what lines are, the last of them at a height."""
        y -= 15 * (len(texts) - 1)
        for i, text in enumerate(texts):
            dash = DASHES[i]
            self.segment(x, y - 4, x + 24, y - 4, f"line c{i}", stroke_dasharray=dash)
            self.text(x + 29, y, text, class_="halo")
            y += 15

    def picture(self, height, label):
        """Return the picture, with a text for those who do not see it."""
        return tag(
            "svg",
            *self.parts,
            viewBox=f"0 0 {WIDTH} {short(height)}",
            role="img",
            aria_label=label,
        )


def _share(values, limits, is_log):
    low, high = limits
    values = np.asarray(values, dtype=float)
    if is_log:
        values, low, high = np.log(values), math.log(low), math.log(high)
    return (values - low) / (high - low)


def ticks_of(low, high, is_log=False):
    """Return a few round numbers between two.

    Examples
    --------
    >>> ticks_of(0, 1), ticks_of(3, 40, is_log=True)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [5.0, 10.0, 20.0])
    """
    if is_log:
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for steps in ((1, 2, 5), (1, 3), (1,)):
            ticks = [step * 10.0**power for power in powers for step in steps]
            ticks = [tick for tick in ticks if low <= tick <= high]
            if len(ticks) <= 6:
                break
        return ticks if len(ticks) > 1 else [low * 1.02, high / 1.02]
    rough = (high - low) / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * k for k in (1, 2, 5, 10) if size * k >= rough * 0.8)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def short(value):
    """Return a number for SVG, to a tenth of a unit.

    Examples
    --------
    >>> short(1.26), short(2)
    ('1.3', '2')
    """
    return Markup(f"{float(value):.1f}".removesuffix(".0"))
