"""The commands: what a person sees who never writes Python.

Read `main`, the arguments and what happens when; `files`, tables from files; `compare`,
the comparison itself; `terminal` and `chart`, how it is shown.
"""
