"""Views of numbers, and cycles of dates, in ONNX's operators."""

import numpy as np

from ..tables.scaling import BOUND, FARTHEST
from ..tables.views import BOUND as FAR_BOUND
from ..tables.views import Bins, Quantiles, Robust, Standardized

__all__ = ["add_numeric"]

CURES = {
    "numbers": "convert it with pandas.to_numeric",
    "dates": "convert it with pandas.to_datetime",
    "durations": "convert it with pandas.to_timedelta",
    "times": "make datetime.time of it",
}
DAY, HOUR = 86_400_000_000, 3_600_000_000  # microseconds
NO_DATE = np.iinfo(np.int64).min  # what NumPy's and pandas' NaT are as integers


class Numbers:
    """Numbers of a table, and what several views of them need.

    Parameters
    ----------
    graph : Graph
        The model.
    x : str
        Of shape (n_samples, n_columns), NaN where missing.
    dtype : dtype
        Of `x`, and of the views.
    center : ndarray of shape (n_columns,)
        Medians.
    """

    def __init__(self, graph, x, dtype, center):
        self.graph, self.x, self.dtype = graph, x, np.dtype(dtype)
        self.is_missing = graph("IsNaN", x)
        self._center, self._filled = center, None

    @property
    def filled(self):
        """In float64, medians where missing."""
        if self._filled is None:
            x = self.cast(self.x, np.float64)
            self._filled = self.graph("Where", self.is_missing, self._center, x)
        return self._filled

    def cast(self, x, dtype):
        """Convert, from or to float64, if that is not the type already."""
        return x if self.dtype == np.float64 else self.graph.cast(x, dtype)


def _scaled(numbers, view, bound):
    """See `skdeepnn.tables.scaling.transform_dense`."""
    graph, number = numbers.graph, numbers.dtype.type
    with np.errstate(over="ignore"):
        center, scale = (v.astype(number) for v in (view.center, view.scale))
    z = graph("Mul", graph("Sub", numbers.x, center), scale)
    is_missing = graph("IsNaN", z)  # infinity times 0, too
    z = graph.bounded(z, number(-FARTHEST), number(FARTHEST))
    root = graph("Div", z, number(bound))
    root = graph("Sqrt", graph("Add", graph("Mul", root, root), number(1)))
    return graph("Where", is_missing, number(0), graph("Div", z, root))


def _robust(numbers, view):
    return _scaled(numbers, view, BOUND)


def _standardized(numbers, view):
    return _scaled(numbers, view, FAR_BOUND)


def _quantiles(numbers, view):
    """Interpolate between knots, which a binary search finds.

    The knots of all columns are one after another in one array: `place` is that of the
    greatest knot that is not above the number, for each row and column.
    """
    graph = numbers.graph
    sizes = np.array([len(knots) for knots in view.knots])
    last = np.cumsum(sizes) - 1
    knots, scores = np.concatenate(view.knots), np.concatenate(view.scores)
    first = last - sizes + 1
    x = graph.bounded(numbers.filled, knots[first], knots[last])
    place = graph("Add", graph.cast(graph("Mul", x, 0.0), np.int64), first)
    step = 1 << int(sizes.max() - 1).bit_length() >> 1
    while step:
        further = graph("Min", graph("Add", place, np.int64(step)), last)
        is_reached = graph("GreaterOrEqual", x, graph("Gather", knots, further))
        place = graph("Where", is_reached, further, place)
        step >>= 1
    after = graph("Min", graph("Add", place, np.int64(1)), last)
    low, high = graph("Gather", knots, place), graph("Gather", knots, after)
    score, rise = graph("Gather", scores, place), graph("Gather", scores, after)
    width = graph("Max", graph("Sub", high, low), np.finfo(float).tiny)
    slope = graph("Div", graph("Sub", rise, score), width)
    out = graph("Add", graph("Mul", slope, graph("Sub", x, low)), score)
    out = graph("Where", numbers.is_missing, 0.0, out)
    return numbers.cast(out, numbers.dtype)


def _bins(numbers, view):
    robust = _robust(numbers, view.robust)
    if not len(view.column):
        return robust
    graph = numbers.graph
    half = graph("Mul", numbers.filled, 0.5)
    through = graph("Sub", graph.take(half, view.column), view.below)
    through = graph("Div", graph.bounded(through, 0.0, view.width), view.width)
    through = graph("Sub", through, 0.5)
    return graph.concat([robust, numbers.cast(through, numbers.dtype)])


_VIEWS = {
    Robust: _robust,
    Standardized: _standardized,
    Quantiles: _quantiles,
    Bins: _bins,
}


def add_numeric(inputs, columns, features):
    """Add what `NumericColumns.encode` does.

    Parameters
    ----------
    inputs : Inputs
        Of the model.
    columns : NumericColumns
        What is known of the numeric features.
    features : ndarray of shape (n_numeric,)
        Their numbers among all.

    Returns
    -------
    parts : list of str
        Columns to put side by side.
    dtype : dtype
        Of all of these.

    Raises
    ------
    ValueError
        If features come as text, or dates not as integers.

    Examples
    --------
    >>> from skdeepnn.graphs.graph import Graph
    >>> from skdeepnn.graphs.inputs import Inputs
    >>> from skdeepnn.tables.numbers import Reading
    >>> from skdeepnn.tables.numeric import NumericColumns
    >>> X = np.arange(6.0).reshape(3, 2)
    >>> columns = NumericColumns.of(X, [Reading(), Reading()])
    >>> inputs = Inputs(Graph.new(), [("X", np.float32, 2)], ["a", "b"])
    >>> parts, dtype = add_numeric(inputs, columns, [0, 1])
    >>> parts, dtype
    (['where'], dtype('float32'))
    """
    graph, used = inputs.graph, np.flatnonzero(columns.used)
    _check_types(inputs, columns, features)
    dtype = inputs.number_type([features[i] for i in used])
    if not len(used):
        return [], dtype
    matrix = _read(inputs, columns, features, used, dtype)
    numbers = Numbers(graph, matrix, dtype, columns.center[used])
    parts = [_VIEWS[type(view)](numbers, view) for view in columns.views.values()]
    indicated = np.flatnonzero(columns.has_missing[used])
    if len(indicated):
        is_missing = numbers.is_missing
        if len(indicated) < len(used):
            is_missing = graph.take(is_missing, indicated)
        parts.append(graph.cast(is_missing, dtype))
    for i, cycles in columns.cycles.items():
        if cycles:
            parts += _circles(graph, inputs.column(features[i]), cycles, dtype)
    return parts, dtype


def _check_types(inputs, columns, features):
    for j, reading in zip(features, columns.readings, strict=True):
        if reading is None:
            continue
        name, kind = inputs.names[j], reading.kind
        if inputs.is_text(j):
            raise ValueError(
                f"Feature {name!r} is {kind}, but text in the input of the model, "
                f"where ONNX cannot read it: {CURES[kind]} where the text is, for "
                "to_onnx and for the model. The fitted estimator takes that, too."
            )
        if _is_date(reading) and inputs.dtype(j) != np.int64:
            raise ValueError(
                f"Feature {name!r} is {kind}, for which ONNX has no type: give "
                "microseconds, as integers, with Int64TensorType as the input's type; "
                "skdeepnn.onnx.to_onnx and as_inputs do so."
            )


def _read(inputs, columns, features, used, dtype):
    """Return the numbers in use as a matrix, NaN where missing."""
    is_date = [_is_date(columns.readings[i]) for i in used]
    if not any(is_date):
        return inputs.matrix([features[i] for i in used], dtype)
    graph, parts = inputs.graph, []
    for i, date in zip(used, is_date, strict=True):
        part = inputs.matrix([features[i]], dtype)
        if date:
            is_missing = graph("Equal", inputs.column(features[i]), np.int64(NO_DATE))
            part = graph("Where", is_missing, dtype.type(np.nan), part)
        parts.append(part)
    return graph.concat(parts)


def _is_date(reading):
    """Return whether what is read so has a type of its own, of dates and the like."""
    return reading is not None and reading.kind != "numbers"


def _circles(graph, moments, cycles, dtype):
    """See `skdeepnn.tables.dates.circles`."""
    is_missing = graph("Equal", moments, np.int64(NO_DATE))
    # Rounded as in training, where dates are floats: before 1684 and from 2256 on
    moments = graph.cast(graph.cast(moments, np.float64), np.int64)
    parts = []
    for name in cycles:
        step, n_steps = _STEPS[name](graph, moments)
        angles = 2 * np.pi * np.arange(n_steps) / n_steps
        for points in (np.sin(angles), np.cos(angles)):
            point = graph("Gather", points.astype(dtype), step)
            parts.append(graph("Where", is_missing, dtype.type(0), point))
    return parts


def _floor(graph, x, step):
    """Return the integer part of a quotient of integers, the next below if negative."""
    rest = graph("Mod", x, np.int64(step))  # has the sign of the divisor
    return graph("Div", graph("Sub", x, rest), np.int64(step))


def _hour(graph, moments):
    return graph("Mod", _floor(graph, moments, HOUR), np.int64(24)), 24


def _weekday(graph, moments):
    days = graph("Add", _floor(graph, moments, DAY), np.int64(3))
    return graph("Mod", days, np.int64(7)), 7


def _month(graph, moments):
    """Count days from the first of March of the year 0, where leap days are last.

    There are 146,097 in 400 years. In a year that begins with March the months begin
    on the days (153 m + 2) // 5.
    """

    def of_all(operator, x, number):
        return graph(operator, x, np.int64(number))

    days = of_all("Add", _floor(graph, moments, DAY), 719_468)
    day = of_all("Mod", days, 146_097)
    leap = graph("Sub", of_all("Div", day, 36_524), of_all("Div", day, 1_460))
    leap = graph("Sub", leap, of_all("Div", day, 146_096))
    year = of_all("Div", graph("Add", day, leap), 365)
    start = graph("Sub", of_all("Div", year, 4), of_all("Div", year, 100))
    start = graph("Add", of_all("Mul", year, 365), start)
    day = graph("Sub", day, start)
    month = of_all("Div", of_all("Add", of_all("Mul", day, 5), 2), 153)
    return of_all("Mod", of_all("Add", month, 2), 12), 12


_STEPS = {"month": _month, "weekday": _weekday, "hour": _hour}
