"""Models as ONNX files, which other programs run without Python.

Importing this module registers :class:`~skdeepnn.DeepNNClassifier`,
:class:`~skdeepnn.LogisticRegressionNN` and
:class:`~skdeepnn.preprocessing.TabularEncoder` with
`skl2onnx <https://onnx.ai/sklearn-onnx>`_, so that its `to_onnx` and `convert_sklearn`
take them, alone and as steps of pipelines. :func:`to_onnx` finds out the types of the
inputs by itself; :func:`as_inputs` makes of rows what
`onnxruntime <https://onnxruntime.ai>`_ takes. This needs
``pip install "skdeepnn[onnx]"``.

What a model is given
---------------------
A matrix for arrays, and for data frames an input for each column, in their order:

- numbers as floats of either size, integers or booleans. With inputs of float32 all is
  computed as `predict_proba` does for float32 data. Numbers have seven digits there:
  where a column differs in the eighth, such as 20,000,001 and 20,000,002, make the
  model from float64 rows.
- categories as text, or as numbers if they are numbers. Missing text is "", or "nan",
  which is what onnxruntime makes of NaN in arrays of objects. Categories not seen in
  training count as in `predict_proba`, though nobody can be warned.
- dates, durations and times of day as integers: microseconds as NumPy counts them,
  since 1970 in UTC for dates. The least integer is missing, as NaT is.

Numbers that are text have to be made numbers before. Text that is encoded by its
n-grams cannot be converted, since ONNX has no operators for characters.

Missing values count as in `predict_proba`, and so do infinite ones. There are no errors
about values: with ``preprocess=None``, missing ones give NaN.

With skl2onnx's own `to_onnx`, classifiers with inputs of float64 need the option
``zipmap=False``, as those of scikit-learn do, since ONNX has dicts of float32 alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

try:
    import skl2onnx
except ImportError as error:
    raise ImportError(
        "ONNX needs skl2onnx, which is not installed: pip install 'skdeepnn[onnx]'."
    ) from error
from onnx import helper
from skl2onnx import _parse
from skl2onnx.common import data_types
from skl2onnx.common.utils_classifier import get_label_classes

from .classifier import DeepNNClassifier
from .graphs.encoder import add_encoder
from .graphs.graph import Graph
from .graphs.inputs import Inputs
from .graphs.network import add_logits, add_outputs
from .graphs.types import converted, dtype_of, input_types
from .logistic import LogisticRegressionNN
from .preprocessing import TabularEncoder
from .tables.columns import is_frame, read_column

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from onnx import ModelProto
    from onnxruntime import InferenceSession
    from sklearn.base import BaseEstimator

    from .typing import MatrixLike

__all__ = ["as_inputs", "to_onnx"]

LEAST_OPSET = 13


def to_onnx(
    estimator: BaseEstimator,
    X: MatrixLike,
    *,
    options: Mapping[Any, Any] | None = None,
    target_opset: int | Mapping[str, int] | None = None,
) -> ModelProto:
    """Return a fitted estimator as an ONNX model.

    Parameters
    ----------
    estimator : estimator
        One of this package, or a pipeline or search of such.
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        Rows as those of `fit`, for the types of the inputs: one input named "X" for a
        matrix, or one for each column of a data frame. Of columns of objects, all
        values are looked at.
    options : dict, optional
        As `skl2onnx.to_onnx` has them: "zipmap", "nocl", "raw_scores" and
        "output_class_labels". For classifiers ``{"zipmap": False}`` by default, so that
        probabilities are an array, and no list of dicts.
    target_opset : int or dict, optional
        Version of ONNX's operators, 13 at the least; by default skl2onnx's latest.

    Returns
    -------
    onnx.ModelProto
        With the outputs "label" and "probabilities", or "variable" for an encoder.
        ``model.SerializeToString()`` is what a file has.

    Raises
    ------
    ValueError
        If there is something that ONNX cannot do, or a column of values of several
        types; the message names the column and what to do.

    Examples
    --------
    >>> import onnxruntime
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"size": [1.0, 2, 3] * 12, "color": ["red", "blue"] * 18})
    >>> clf = DeepNNClassifier(random_state=0).fit(frame, frame.color == "red")
    >>> model = to_onnx(clf, frame)
    >>> session = onnxruntime.InferenceSession(model.SerializeToString())
    >>> label, proba = session.run(None, as_inputs(frame, session))
    >>> bool(abs(proba - clf.predict_proba(frame)).max() < 1e-5)
    True
    """
    check_is_fitted(estimator)
    if options is None and is_classifier(estimator):
        options = {"zipmap": False}
    return skl2onnx.to_onnx(
        estimator,
        initial_types=input_types(X),
        options=options,
        target_opset=target_opset,
    )


def as_inputs(X: MatrixLike, session: InferenceSession) -> dict[str, np.ndarray]:
    """Return rows as a model takes them.

    Parameters
    ----------
    X : {array-like, sparse matrix, dataframe} of shape (n_samples, n_features)
        Rows, with the columns in the order that they had for :func:`to_onnx`.
    session : onnxruntime.InferenceSession
        What runs the model, of which the names and types of the inputs are taken.

    Returns
    -------
    dict of str to ndarray
        For ``session.run(None, inputs)``.

    Raises
    ------
    ValueError
        If `X` has other columns than the model has inputs, or values that their types
        cannot hold.

    Examples
    --------
    >>> import onnxruntime
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0]], dtype=np.float32)
    >>> model = to_onnx(LogisticRegressionNN().fit(X, [0, 1]), X)
    >>> session = onnxruntime.InferenceSession(model.SerializeToString())
    >>> as_inputs([[1, 2]], session)
    {'X': array([[1., 2.]], dtype=float32)}
    """
    inputs = session.get_inputs()
    types = [dtype_of(one.type) for one in inputs]
    columns, given = _columns_of(X)
    names = [one.name for one in inputs]
    if len(columns) != len(inputs):
        raise ValueError(
            f"X has {len(columns)} columns, and the model {len(inputs)} inputs: "
            f"{names}."
        )
    if given is not None:
        _check_order(given, names, "the model's inputs")
    return {
        one.name: converted(values, dtype, one.name)
        for one, dtype, values in zip(inputs, types, columns, strict=True)
    }


def _columns_of(X):
    """Return the columns of a data frame and their names, or a matrix and None."""
    if is_frame(X):
        columns = [read_column(X, j)[:, np.newaxis] for j in range(X.shape[1])]
        return columns, X.columns
    return [X.toarray() if hasattr(X, "toarray") else np.asarray(X)], None


def _check_order(given, names, what):
    """Raise if these names are others in another order."""
    given, names = [*map(str, given)], [*map(str, names)]
    if given != names and sorted(given) == sorted(names):
        raise ValueError(
            f"The columns {given} are in another order than {what}, {names}."
        )


def _inputs_of(operator, graph, names):
    """Return the columns of a converter's inputs."""
    variables = []
    for variable in operator.inputs:
        shape = variable.type.shape
        number = variable.type.to_onnx_type().tensor_type.elem_type
        dtype = helper.tensor_dtype_to_np_dtype(number)
        width = shape[1] if shape and len(shape) > 1 else None
        variables.append((variable.full_name, dtype, width))
    given = [variable.raw_name for variable in operator.inputs]
    _check_order(given, names, "the features of fit")
    return Inputs(graph, variables, names)


def _new_graph(scope, container):
    opset = container.target_opset_any_domain("")
    if opset < LEAST_OPSET:
        raise ValueError(
            f"target_opset is {opset}, and these models need {LEAST_OPSET} or more."
        )
    return Graph(scope, container)


def _names_of(estimator):
    return getattr(estimator, "feature_names_in_", range(estimator.n_features_in_))


def _convert_classifier(scope, operator, container):
    """Add a fitted classifier to a model."""
    clf, graph = operator.raw_operator, _new_graph(scope, container)
    state = clf._state
    inputs, dtype = _inputs_of(operator, graph, _names_of(clf)), state.network.dtype
    if state.encoder is None:
        X = inputs.matrix(range(clf.n_features_in_), dtype)
    else:
        X, encoded_dtype = add_encoder(inputs, state.encoder)
        X = X if encoded_dtype == dtype else graph.cast(X, dtype)
    logits = add_logits(graph, state.network, X)
    label, proba = operator.outputs
    is_double = isinstance(proba.type, data_types.DoubleTensorType)
    add_outputs(
        graph,
        state.targets,
        logits,
        (dtype, np.float64 if is_double else np.float32),
        _classes(scope, clf),
        (label.full_name, proba.full_name),
        container.get_options(clf, {"raw_scores": False})["raw_scores"],
    )


def _classes(scope, clf):
    """Return the labels as ONNX has them: integers or text."""
    classes = np.asarray(get_label_classes(scope, clf))
    if classes.dtype.kind in "OUT" and all(isinstance(c, str) for c in classes):
        return classes.astype(object)
    if classes.dtype.kind in "biuf" and (classes == classes.astype(np.int64)).all():
        return classes.astype(np.int64)
    raise ValueError(
        f"The classes {classes.tolist()} are neither integers nor text, which ONNX's "
        "labels have to be: convert with options={'nocl': True}, for their numbers."
    )


def _shape_classifier(operator):
    """Set the types of label and probabilities."""
    clf, n = operator.raw_operator, operator.inputs[0].get_first_dimension()
    classes = _classes(operator.scope_inst, clf)
    is_multilabel = clf._state.targets.kind == "multilabel-indicator"
    is_text = classes.dtype == object
    label = data_types.StringTensorType if is_text else data_types.Int64TensorType
    label_shape = [n, len(classes)] if is_multilabel else [n]
    operator.outputs[0].set_type(label(label_shape))
    operator.outputs[1].type.shape = [n, len(classes)]


def _convert_encoder(scope, operator, container):
    """Add a fitted encoder to a model."""
    encoder, graph = operator.raw_operator, _new_graph(scope, container)
    inputs = _inputs_of(operator, graph, _names_of(encoder))
    X, _ = add_encoder(inputs, encoder)
    output = operator.outputs[0]
    graph("Cast", X, to=_number(output.type), output=output.full_name)


def _shape_encoder(operator):
    """Set the shape of the encoded columns."""
    n = operator.inputs[0].get_first_dimension()
    width = len(operator.raw_operator.get_feature_names_out())
    operator.outputs[0].type.shape = [n, width]


def _number(variable_type):
    return variable_type.to_onnx_type().tensor_type.elem_type


def _register():
    """Tell skl2onnx of the estimators."""
    options = {
        "zipmap": [True, False, "columns"],
        "nocl": [True, False],
        "output_class_labels": [False, True],
        "raw_scores": [False, True],
    }
    for cls in (DeepNNClassifier, LogisticRegressionNN):
        skl2onnx.update_registered_converter(
            cls,
            f"Skdeepnn{cls.__name__}",
            _shape_classifier,
            _convert_classifier,
            options=options,
        )
    skl2onnx.update_registered_converter(
        TabularEncoder, "SkdeepnnTabularEncoder", _shape_encoder, _convert_encoder
    )
    # A ColumnTransformer puts columns of several types together as text, but for these
    if TabularEncoder not in _parse.do_not_merge_columns:
        _parse.do_not_merge_columns += (TabularEncoder,)


_register()
