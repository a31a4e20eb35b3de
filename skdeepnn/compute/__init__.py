"""What makes the networks fast, and nothing else.

Whoever wants to know what is computed reads :mod:`skdeepnn.nn`, and takes the
functions of this room for what their names say. Start with `products`, how matrices are
multiplied; `inference` serves the predictions, `threads` all.
"""
