"""The commands: what a person sees who never writes Python.

Read `main`, the arguments and what happens when; `files`, tables from files, with
`text`, rows from text, `columns` and `labels`, what models take, and `values` and
`dates`, what people write for them; `compare`, the comparison itself; `terminal` and
`chart`, how it is shown; `messages`, what is said to the user.
"""
