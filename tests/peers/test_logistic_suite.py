"""scikit-learn's own tests of LogisticRegression's lbfgs solver hold here too."""

import inspect
from importlib.util import find_spec

import pytest
from scikit_learn_suite import borrow_tests
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model.tests import test_logistic

from skdeepnn import LogisticRegressionNN

used = []


def classifier(*args, **kwargs):
    """Ours where scikit-learn's test asks for lbfgs, theirs for another solver."""
    if kwargs.get("solver", "lbfgs") != "lbfgs":
        return LogisticRegression(*args, **{"random_state": 0, **kwargs})
    used.append(LogisticRegressionNN(*args, **kwargs))
    return used[-1]


@pytest.fixture(autouse=True)
def check_that_ours_is_used(request):
    used.clear()
    yield
    assert used or request.node.name == "test_the_suite_is_there"


# Tests of other classes, functions and attributes that happen to name this one
ELSEWHERE = {
    "test_logistic_cv_multinomial_score": "LogisticRegressionCV's private path",
    "test_lr_cv_scores_differ_when_sample_weight_is_requested": "LogisticRegressionCV",
    "test_newton_cholesky_fallback_to_lbfgs": "newton-cholesky's count of iterations",
    "test_logreg_predict_proba_multinomial": "calls the private _predict_proba_lr",
}
# Tests that only use other solvers, or LogisticRegressionCV
OTHERS = [
    "test_LogisticRegressionCV_GridSearchCV_elastic_net",
    "test_LogisticRegressionCV_elasticnet_attribute_shapes",
    "test_LogisticRegressionCV_no_refit",
    "test_LogisticRegressionCV_on_folds",
    "test_LogisticRegression_elastic_net_objective",
    "test_elastic_net_coeffs",
    "test_elastic_net_l1_l2_equivalence",
    "test_elastic_net_versus_sgd",
    "test_elastic_net_vs_l1_l2",
    "test_elasticnet_l1_ratio_err_helpful",
    "test_get_default_scorer",
    "test_l1_ratio_non_elasticnet",
    "test_liblinear_decision_function_zero",
    "test_liblinear_dual_random_state",
    "test_liblinear_multiclass_raises",
    "test_liblinear_not_stuck",
    "test_liblinear_with_large_values",
    "test_logistic_cv",
    "test_logistic_cv_mock_scorer",
    "test_logistic_cv_refit_false_non_elasticnet",
    "test_logistic_cv_sparse",
    "test_logistic_regression_callback_support_warning",
    "test_logistic_regression_cv_refit",
    "test_logistic_regressioncv_class_weights",
    "test_logisticregression_liblinear_sample_weight",
    "test_logisticregressioncv_warns_with_use_legacy_attributes",
    "test_logreg_l1",
    "test_lr_cv_scores_without_enabling_metadata_routing",
    "test_lr_penalty_l1ratio_incompatible",
    "test_lr_scoring_warns",
    "test_multinomial_cv_iris",
    "test_passing_params_without_enabling_metadata_routing",
    "test_saga_vs_liblinear",
    "test_sample_and_class_weight_equivalence_liblinear",
    "test_scores_attribute_layout_elasticnet",
    "test_single_feature_newton_cg",
    "test_warm_start_converge_LR",
    "test_warm_start_newton_solver",
]
# Likewise, of versions before 1.9
GONE = [
    "test_liblinear_logregcv_sparse",
    "test_liblinear_multiclass_warning",
    "test_logreg_l1_sparse_data",
    "test_lr_liblinear_warning",
    "test_predict_iris",
    "test_saga_sparse",
]
# Tests of an argument that was removed in 1.8, and was never here
MULTI_CLASS = [
    name
    for name, test in vars(test_logistic).items()
    if name.startswith("test_") and "multi_class=" in inspect.getsource(test)
]
# Tests of what is knowingly different here
DIFFERENT = {
    "test_check_solver_option": "errors say what to use instead, in other words",
    "test_consistency_path": "passes intercept_scaling, which is refused here",
    "test_dtype_match": "lbfgs computes in float64, whatever the type of the data",
    "test_penalty_deprecated": "penalty is not deprecated here",
    "test_l1_ratio_None_deprecated": "None is 0 here, without a word",
    "test_logisticregression_warns_with_n_jobs": "n_jobs is not deprecated here",
    "test_logistic_regression_callback_support": (
        "counts a task for an iteration that max_iter=0 forbids; see test_callbacks.py"
    ),
    "test_logistic_regression_array_api_compliance": "NumPy arrays only",
    "test_logistic_regression_array_api_warm_start": "NumPy arrays only",
}


pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")
borrowed = borrow_tests(
    test_logistic,
    LogisticRegression,
    classifier,
    left_out={*OTHERS, *GONE, *MULTI_CLASS, *ELSEWHERE, *DIFFERENT},
    only={"solver": ["lbfgs"], "problem": ["single"]},
)
globals().update(borrowed)


@pytest.fixture
def global_random_seed():
    return 42


def test_the_suite_is_there():
    assert len(borrowed) >= 20
    if find_spec("sklearn.callback"):  # since 1.9, which the lists are those of
        assert {*OTHERS, *ELSEWHERE, *DIFFERENT} <= set(vars(test_logistic))
        assert not MULTI_CLASS
        assert len(borrowed) >= 25
