"""Tables as people have them, made arrays of numbers: columns, labels, weights.

Read `columns`, which are categories; `distinct`, what is looked at once a value;
`numbers` and `dates`, what values of any type amount to; `levels`, the codes of
categories; `scaling`, what becomes of numbers; `targets`, labels there and back;
`weights`, what rows and classes count; `rows`, all of it together in the network's
type. The encoder that users import, :class:`skdeepnn.preprocessing.TabularEncoder`, is
made of these.
"""
