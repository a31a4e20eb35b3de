"""Nodes and constants of an ONNX model in the making."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from skl2onnx.common._container import ModelComponentContainer
from skl2onnx.common._topology import Scope

__all__ = ["Graph", "onnx_type"]


def onnx_type(dtype):
    """Return ONNX's number for a NumPy type.

    Examples
    --------
    >>> onnx_type(np.float32) == TensorProto.FLOAT
    True
    """
    return helper.np_dtype_to_tensor_dtype(np.dtype(dtype))


class Graph:
    """What adds nodes to a model of skl2onnx: called with an operator and its inputs.

    Parameters
    ----------
    scope : skl2onnx.common._topology.Scope
        Where names come from.
    container : skl2onnx.common._container.ModelComponentContainer
        Where nodes and constants go.

    Examples
    --------
    Converters of skl2onnx are given a scope and a container; here are new ones:

    >>> graph = Graph.new()
    >>> graph("Sqrt", graph("Add", "X", np.float32(1)))
    'sqrt'
    >>> graph.operators
    ['Add', 'Sqrt']
    """

    @classmethod
    def new(cls, opset=13):
        """Return a graph of nothing yet, for operators of that version."""
        return cls(Scope("model"), ModelComponentContainer(opset))

    @property
    def operators(self):
        """Operators of all nodes so far, in their order."""
        return [node.op_type for node in self.container.nodes]

    def __init__(self, scope, container):
        self.scope, self.container = scope, container
        self._constants = {}

    def __call__(self, operator, *inputs, output=None, **attributes):
        """Add a node and return the name of its output.

        Parameters
        ----------
        operator : str
            Such as "Add".
        *inputs : str or ndarray
            Names of what others have returned, or constants.
        output : str, optional
            Name to give to the output; a new one by default.
        **attributes
            Of the node; `op_domain` and `op_version` where the operator is none of
            ai.onnx.
        """
        names = [x if isinstance(x, str) else self.constant(x) for x in inputs]
        if output is None:
            output = self.scope.get_unique_variable_name(operator.lower())
        name = self.scope.get_unique_operator_name(operator)
        self.container.add_node(operator, names, output, name=name, **attributes)
        return output

    def constant(self, values):
        """Return the name of a constant; equal ones share their memory."""
        values = np.asarray(values)
        is_text = values.dtype.kind in "OU"
        content = repr(values.tolist()) if is_text else values.tobytes()
        key = values.dtype.str, values.shape, content
        if key not in self._constants:
            name = self.scope.get_unique_variable_name("constant")
            if is_text:
                kind, texts = TensorProto.STRING, [v.encode() for v in values.ravel()]
                self.container.add_initializer(name, kind, values.shape, texts)
            else:
                tensor = numpy_helper.from_array(np.ascontiguousarray(values), name)
                self.container.add_initializer(name, None, None, tensor)
            self._constants[key] = name
        return self._constants[key]

    def cast(self, x, dtype):
        """Convert values to a type."""
        return self("Cast", x, to=onnx_type(dtype))

    def concat(self, parts):
        """Put columns side by side."""
        return parts[0] if len(parts) == 1 else self("Concat", *parts, axis=1)

    def take(self, x, columns):
        """Return some of the columns."""
        return self("Gather", x, np.asarray(columns, np.int64), axis=1)

    def bounded(self, x, low, high):
        """Cut values to bounds, which may be arrays."""
        return self("Min", self("Max", x, low), high)
