"""Files of numbers and text that are whole or refused, and never run anything.

Read `values`, how objects become JSON and arrays and back; then `container`, how these
lie in a file, with a checksum, and take an older one's place.
"""
