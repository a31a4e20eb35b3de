"""Tables as people have them, made arrays of numbers: columns, labels, weights.

Read `columns`, what a column holds; `scaling`, what becomes of its numbers; `targets`,
labels there and back; `weights`, what rows and classes count; `rows`, all of it
together in the network's type. The encoder that users import,
:class:`skdeepnn.preprocessing.TabularEncoder`, is made of these.
"""
