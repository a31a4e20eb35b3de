"""scikit-learn's own tests of MLPClassifier's public behaviour hold here too."""

import pytest
from scikit_learn_suite import borrow_tests
from sklearn.neural_network import MLPClassifier
from sklearn.neural_network.tests import test_mlp

from skdeepnn import DeepNNClassifier

# Tests of private attributes, with where the same is tested in public
PRIVATE = {
    "test_fit": "MLPClassifier._backprop; test_network.py",
    "test_gradient": "MLPClassifier._loss_grad_lbfgs; test_network.py",
    "test_learning_rate_warmstart": "_optimizer.learning_rate; test_mlp.py",
    "test_adaptive_learning_rate": "_optimizer.learning_rate; test_mlp.py",
    "test_n_iter_no_change": "_no_improvement_count; test_classifier.py",
    "test_n_iter_no_change_inf": "_no_improvement_count; test_monitor.py",
}
# Tests of what is knowingly different here
DIFFERENT = {
    "test_early_stopping_stratified": (
        "a class of one row is an error there; here that row is kept for training"
    ),
}


class Classifier(DeepNNClassifier):
    """With MLPClassifier's default values, and data taken as it comes."""

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
    ):
        settings = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        super().__init__(**settings, preprocess=None)


pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning", "ignore::RuntimeWarning"
)
borrowed = borrow_tests(
    test_mlp, MLPClassifier, Classifier, left_out=PRIVATE | DIFFERENT
)
globals().update(borrowed)


def test_the_suite_is_there():
    assert len(borrowed) >= 23
    assert set(PRIVATE | DIFFERENT) <= set(vars(test_mlp))
