"""The commands: what a person sees who never writes Python.

Read `main`, the arguments and what happens when; `files`, tables from files, with
`text` and `shape`, rows from text, `columns` and `labels`, what models take, `ways`,
how each column is read, then and later, and `values` and `dates`, what people write for
them; `compare`, the comparison itself; `train`, a model from a table, and `predict`,
predictions from a model, with `blocks`, large files in parts, `output`, files that are
whole or not there, and `noticed`, what new rows have that others had not; `trained`,
`terminal`, `console` and `chart`, how it is shown; `messages`, what is said to the
user.
"""
