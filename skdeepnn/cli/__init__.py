"""The commands: what a person sees who never writes Python.

Read `main`, the arguments and what happens when; `files`, tables from files, with
`text` and `shape`, rows from text, `columns` and `labels`, what models take, `ways`,
how each column is read, then and later, and `values` and `dates`, what people write for
them; `models`, classifiers by their names; `compare`, the comparison itself, and
`verdict`, what is to be said of it; `train`, a model from a table, and `predict`,
predictions from one that `stored` reads, with `blocks`, large files in parts, `output`,
files that are whole or not there, and `noticed`, what new rows have that others had
not; `trained`, `terminal`, `console` and `chart`, how it is shown; `messages`, what is
said to the user.

Pages: `report`, that of a model, with `described`, its columns, training and settings;
`compared`, that of a comparison; `outcomes`, the numbers in them; `pictures`, their
drawings, on `axes`; `page`, what they have in common; `style`, how they look; `markup`,
text that is always escaped.
"""
