"""Encoders and networks as ONNX graphs: the same arithmetic in another's operators.

:mod:`skdeepnn.onnx` is the door that users come in by. Read `graph`, how nodes and
constants are added to a model; `types` and `inputs`, the columns that a model is given;
then, in the order in which data go through it, `numeric`, views of numbers and cycles
of dates, `categories`, codes of these, `encoder`, all columns together, and `network`,
layers, logits and probabilities.

Only operators of the domains ai.onnx and ai.onnx.ml are used, of version 13 and 2 at
the least.
"""
