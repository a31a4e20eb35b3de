"""Tables as people have them, made arrays of numbers: columns, labels, weights.

Read `columns`, which are categories; `distinct`, what is looked at once a value;
`numbers` and `dates`, what values of any type amount to; `scaling`, `views` and
`numeric`, what becomes of numbers; `levels`, the codes of categories; `grams` and
`text`, what rare ones tell by their characters; `summary`, what became of each column;
`targets`, labels there and back; `weights`, what rows and classes count; `words`, what
is wrong with any of these, in words for who passed it; `rows`, all of it together in
the network's type; `identity`, what tells a table from others. The encoder that users
import, :class:`skdeepnn.preprocessing.TabularEncoder`, is made of these.
"""
