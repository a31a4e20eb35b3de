"""A whole table encoded in ONNX's operators."""

import numpy as np

from .categories import add_categories
from .numeric import add_numeric

__all__ = ["add_encoder"]


def add_encoder(inputs, encoder):
    """Add what `TabularEncoder.encode` does.

    Parameters
    ----------
    inputs : Inputs
        Of the model.
    encoder : TabularEncoder
        Fitted.

    Returns
    -------
    encoded : str
        Of shape (n_samples, n_columns).
    dtype : dtype
        Its type.

    Raises
    ------
    ValueError
        If ONNX cannot encode a feature, or not from an input of its type.

    Examples
    --------
    >>> from skdeepnn.graphs.graph import Graph
    >>> from skdeepnn.graphs.inputs import Inputs
    >>> from skdeepnn.preprocessing import TabularEncoder
    >>> encoder = TabularEncoder().fit(np.arange(6.0).reshape(3, 2))
    >>> inputs = Inputs(Graph.new(), [("X", np.float64, 2)], ["a", "b"])
    >>> add_encoder(inputs, encoder)
    ('where', dtype('float64'))
    """
    features = np.flatnonzero(~encoder.is_categorical_).tolist()
    parts, dtype = add_numeric(inputs, encoder._numeric, features)
    for j, levels in encoder._used_levels():
        parts.append(add_categories(inputs, levels, j, dtype))
    return inputs.graph.concat(parts), dtype
