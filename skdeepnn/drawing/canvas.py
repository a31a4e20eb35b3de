"""What all pictures have in common: axes, colours, and names short enough to draw."""

__all__ = [
    "NEGATIVE",
    "POSITIVE",
    "background",
    "import_pyplot",
    "new_axes",
    "shorten",
    "signed_colormap",
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
