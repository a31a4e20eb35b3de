"""Codes of categories in ONNX's operators."""

from numbers import Number

import numpy as np

from ..tables.levels import Levels

__all__ = ["MISSING", "add_categories"]

MISSING = ("nan", "", "None", "<NA>")
"""What stands for missing text: the empty one, and what runtimes make of objects."""


def add_categories(inputs, levels, j, dtype):
    """Add what `Levels.encode` does.

    Parameters
    ----------
    inputs : Inputs
        Of the model.
    levels : Levels
        What is known of the feature.
    j : int
        Its number.
    dtype : dtype
        Of the codes.

    Returns
    -------
    str
        Codes, of shape (n_samples, width).

    Raises
    ------
    ValueError
        If ONNX cannot encode such a feature, or not from an input of that type.

    Examples
    --------
    >>> from skdeepnn.graphs.graph import Graph
    >>> from skdeepnn.graphs.inputs import Inputs
    >>> inputs = Inputs(Graph.new(), [("color", object, 1)], ["color"])
    >>> levels = Levels(["blue", "green", "red"], False, False)
    >>> codes = add_categories(inputs, levels, 0, np.float32)
    >>> inputs.graph.operators
    ['LabelEncoder', 'Equal', 'Cast']
    """
    name, graph = inputs.names[j], inputs.graph
    if not isinstance(levels, Levels):
        raise ValueError(
            f"Feature {name!r} is text that was encoded by its n-grams of characters, "
            "for which ONNX has no operators: drop the column before fit, or fit a "
            "Pipeline of TabularEncoder() and DeepNNClassifier(preprocess=None), "
            "and convert its last step alone, for what the first returns."
        )
    add_rows = _rows_of_text if inputs.is_text(j) else _rows_of_numbers
    rows = add_rows(inputs, levels, j)
    if levels.n_levels > 2:
        columns = [*range(levels.n_levels)] + [levels.n_levels + 1] * levels.has_missing
        return graph.cast(graph("Equal", rows, np.array(columns)), dtype)
    table = graph("Gather", levels.table().astype(dtype), rows)
    return graph("Reshape", table, np.array([-1, levels.width]))


def _rows_of_text(inputs, levels, j):
    """Return rows of the table of codes: categories, unknown, missing values."""
    known, name = levels.categories, inputs.names[j]
    if not all(isinstance(value, str) for value in known):
        other = next(value for value in known if not isinstance(value, str))
        raise ValueError(
            f"Feature {name!r} has categories that are not text, such as {other!r}, "
            "and its input is text: give it the type of the categories, or, where they "
            "are of several types, fit with all of them as text."
        )
    if MISSING[0] in known:
        raise ValueError(
            f"Feature {name!r} has the category {MISSING[0]!r}, which in ONNX's text "
            "is what missing values are: name it otherwise before fit."
        )
    absent = [text for text in MISSING if text not in known]
    rows = [*range(len(known))] + [levels.n_levels + 1] * len(absent)
    return inputs.graph(
        "LabelEncoder",
        inputs.column(j),
        op_domain="ai.onnx.ml",
        op_version=2,
        keys_strings=[*known, *absent],
        values_int64s=rows,
        default_int64=len(known),
    )


def _rows_of_numbers(inputs, levels, j):
    """Return rows of the table of codes: categories, unknown, missing values."""
    graph, known = inputs.graph, levels.categories
    others = [value for value in known if not isinstance(value, Number)]
    if others:
        raise ValueError(
            f"Feature {inputs.names[j]!r} has categories that are not numbers, such as "
            f"{others[0]!r}, and its input is numbers: give it the type of the "
            "categories, which is StringTensorType for text."
        )
    is_integer = inputs.dtype(j).kind in "biu" and all(
        float(value).is_integer() for value in known
    )
    dtype = np.dtype(np.int64 if is_integer else np.float64)
    x = inputs.matrix([j], dtype)
    rows, n_known = np.arange(len(known)), np.int64(len(known))
    hits = graph("Equal", x, np.array(known, dtype).reshape(1, -1))
    rows = graph("Where", hits, rows - n_known, np.int64(0))
    rows = graph("ReduceSum", rows, np.array([1]), keepdims=1)
    rows = graph("Add", rows, n_known)
    if is_integer:
        return rows
    return graph("Where", graph("IsNaN", x), np.int64(levels.n_levels + 1), rows)
