"""What all pictures have in common: axes, colours, and names short enough to draw."""

import numpy as np

__all__ = [
    "NEGATIVE",
    "POSITIVE",
    "background",
    "divide",
    "have_room",
    "import_pyplot",
    "new_axes",
    "shorten",
    "signed_colormap",
    "title_size",
]

NEGATIVE, POSITIVE = "#3f7fd4", "#d9661f"  # of lines, on light and dark ground alike
# Of areas. Lightness grows all the way, from 20 over 60 to 96 in CIELAB: so signs and
# sizes are read in grey too, where both ends of the usual maps are the same.
SIGNED = ["#0b2a6b", "#2f62b0", "#8f8f8f", "#f0ab3c", "#fff6c4"]


def import_pyplot():
    """Return `matplotlib.pyplot`, or raise an error that says how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            'Displays are drawn with matplotlib: pip install "skdeepnn[plot]"'
        ) from error
    return plt


def new_axes(figsize=None):
    """Return axes of a new figure, of a size in inches, which has room for its texts.

    Examples
    --------
    >>> new_axes((3, 2)).figure.get_size_inches()
    array([3., 2.])
    """
    return import_pyplot().subplots(figsize=figsize, layout="constrained")[1]


def background(ax):
    """Return the colour behind axes without a patch of their own.

    Examples
    --------
    >>> background(new_axes())
    (1.0, 1.0, 1.0, 1.0)
    """
    import_pyplot()
    import matplotlib as mpl

    color = mpl.colors.to_rgba(ax.figure.get_facecolor())
    default = mpl.colors.to_rgba(mpl.rcParams["figure.facecolor"])
    return color if color[3] else default  # figures inside of figures have none


def signed_colormap():
    """Return the map from blue, for what is negative, over grey for 0 to yellow.

    Examples
    --------
    >>> [f"{signed_colormap()(x)[2]:.2f}" for x in (0.0, 0.5, 1.0)]  # of blue
    ['0.42', '0.56', '0.77']
    """
    import_pyplot()
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signed", SIGNED).with_extremes(bad="none")


def shorten(name, longest=32):
    """Return a name, with an ellipsis in its middle if it is longer than that.

    Examples
    --------
    >>> shorten("od280/od315_of_diluted_wines_standardized")
    'od280/od315_of_…nes_standardized'
    """
    name = str(name).replace("$", r"\$")  # which would begin a formula
    if len(name) <= longest:
        return name
    half = (longest - 1) // 2
    return f"{name[:half]}…{name[-(longest - 1 - half) :]}"


def title_size():
    """Return the size of small titles, in points.

    Examples
    --------
    >>> title_size()
    8.0
    """
    return 0.8 * import_pyplot().rcParams["font.size"]


def divide(ax, n_parts, n_columns):
    """Divide axes among smaller ones, row by row, with room for small titles.

    Returns
    -------
    parts : ndarray of matplotlib Axes of shape (n_parts,)
        Inside of `ax`.
    size : float
        Of their titles, in points.

    Examples
    --------
    >>> parts, size = divide(new_axes(), 5, 3)
    >>> len(parts), size
    (5, 8.0)
    """
    ax.set_axis_off()
    n_rows = -(-n_parts // n_columns)
    height = ax.get_window_extent().height * 72 / ax.figure.dpi / n_rows
    size = min(title_size(), 0.14 * height)
    of_part = 0.92 / n_columns, (1 - 1.8 * size / height) / n_rows
    parts = np.empty(n_parts, dtype=object)
    for i in range(n_parts):
        row, column = divmod(i, n_columns)
        corner = (column + 0.04) / n_columns, (n_rows - 1 - row + 0.02) / n_rows
        parts[i] = ax.inset_axes([*corner, *of_part])
    return parts, size


def have_room(ax, names):
    """Whether names of columns can stand beside each other beneath axes.

    Examples
    --------
    >>> ax = new_axes()
    >>> have_room(ax, ["0", "1"]), have_room(ax, ["a long name"] * 10)
    (True, False)
    """
    width = ax.get_window_extent().width * 72 / ax.figure.dpi
    letters = width / (0.62 * import_pyplot().rcParams["font.size"])
    # Names of rows and a colour bar will need a part of it
    return bool(len(names) * (max(map(len, names)) + 1) < 0.7 * letters)
