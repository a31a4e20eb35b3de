"""DeepNNClassifier as MLPClassifier is: its defaults, and data taken as it comes."""

from functools import partial

from skdeepnn import DeepNNClassifier

like_mlp = partial(DeepNNClassifier, solver="adam", preprocess=None)
