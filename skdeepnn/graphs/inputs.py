"""The columns that an ONNX model is given: one input each, or matrices of several."""

from itertools import groupby

import numpy as np

__all__ = ["Inputs"]


class Inputs:
    """Columns of the inputs of a model, numbered as the features of the training data.

    Parameters
    ----------
    graph : Graph
        The model.
    variables : list of (str, dtype, int or None)
        Name, type and number of columns of each input; object is the type of text. Of
        a single one the number may be unknown.
    names : list of shape (n_features,)
        What to call the features in errors.

    Raises
    ------
    ValueError
        If there are not as many columns as features.

    Examples
    --------
    >>> from skdeepnn.graphs.graph import Graph
    >>> variables = [("X", np.float32, 2), ("color", object, 1)]
    >>> inputs = Inputs(Graph.new(), variables, ["width", "height", "color"])
    >>> inputs.is_text(2), inputs.column(2), inputs.matrix([0, 1], np.float32)
    (True, 'color', 'X')
    """

    def __init__(self, graph, variables, names):
        self.graph, self.names = graph, list(names)
        if len(variables) == 1 and variables[0][2] is None:
            variables = [(*variables[0][:2], len(self.names))]
        self._places = [
            (name, np.dtype(dtype), i, width)
            for name, dtype, width in variables
            for i in range(width or 1)
        ]
        if len(self._places) != len(self.names):
            raise ValueError(
                f"The model's inputs have {len(self._places)} columns, and the "
                f"estimator was fitted to {len(self.names)} features."
            )

    def dtype(self, j):
        """Return the type of a feature."""
        return self._places[j][1]

    def is_text(self, j):
        """Return whether a feature comes as text."""
        return self.dtype(j).kind == "O"

    def column(self, j):
        """Return a feature, of shape (n_samples, 1), as it comes."""
        name, _, i, width = self._places[j]
        return name if width == 1 else self.graph.take(name, [i])

    def matrix(self, features, dtype):
        """Return features that are numbers as a matrix of a type.

        Raises
        ------
        ValueError
            If some are text.
        """
        text = [self.names[j] for j in features if self.is_text(j)]
        if text:
            raise ValueError(
                f"The features {text} are numbers to the estimator, and text in the "
                "input of the model: give it numbers."
            )
        parts = []
        for name, run in groupby(features, key=lambda j: self._places[j][0]):
            places = [self._places[j] for j in run]
            columns = [i for _, _, i, _ in places]
            part = name
            if columns != list(range(places[0][3])):
                part = self.graph.take(name, columns)
            if places[0][1] != dtype:
                part = self.graph.cast(part, dtype)
            parts.append(part)
        return self.graph.concat(parts)

    def number_type(self, features):
        """Return the type in which these features count: float64 unless all are 32."""
        is_single = all(self.dtype(j) == np.float32 for j in features)
        return np.dtype(np.float32 if is_single and len(features) else np.float64)
