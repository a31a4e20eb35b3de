"""scikit-learn's own checks of what an estimator must do: all, without exception."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdeepnn import DeepNNClassifier, LogisticRegressionNN

ESTIMATORS = [
    DeepNNClassifier(),
    DeepNNClassifier(preprocess=None),
    DeepNNClassifier(solver="adam"),
    DeepNNClassifier(solver="sgd", preprocess=None),
    DeepNNClassifier(solver="adam", preprocess=None),
    DeepNNClassifier(solver="lbfgs", preprocess=None),
    LogisticRegressionNN(),
    LogisticRegressionNN(solver="sgd"),
    LogisticRegressionNN(solver="adam"),
    LogisticRegressionNN(solver="lbfgs"),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_checks(estimator, check):
    check(estimator)  # asserts
