import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.drawing.source import feature_names, input_names, output_names

X = np.random.RandomState(0).randn(100, 2)
FRAME, Y = pd.DataFrame(X, columns=["age", "income"]), X[:, 0] > 0


def names_of(*steps, X=FRAME):
    return feature_names(make_pipeline(*steps, LogisticRegressionNN()).fit(X, Y))


def test_names_are_what_the_steps_before_call_them():
    assert names_of().tolist() == ["age", "income"]
    assert names_of(StandardScaler()).tolist() == ["age", "income"]
    assert names_of(PCA(1)).tolist() == ["pca0"]
    assert names_of(StandardScaler(), X=X).tolist() == ["x0", "x1"]


def test_steps_that_know_no_names():
    assert names_of(FunctionTransformer(np.asarray)).tolist() == ["x0", "x1"]


def test_an_encoder_behind_other_steps_has_their_names():
    clf = DeepNNClassifier((2,), n_members=1, early_stopping=False)
    model = make_pipeline(StandardScaler(), clf)
    (names,) = input_names(model.fit(FRAME, Y))
    assert names.tolist() == ["age", "income"]


@pytest.mark.parametrize(
    "labels, expected",
    [
        ([3, 5], ["class 5"]),
        ([False, True], ["class True"]),
        (["a", "b", "c"], ["a", "b", "c"]),
        ([[0, 1], [1, 0], [1, 1]], ["label 0", "label 1"]),
    ],
)
def test_outputs_are_called_by_their_labels(labels, expected):
    clf = LogisticRegressionNN().fit(X[: len(labels)], labels)
    assert output_names(clf) == expected
