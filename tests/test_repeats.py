"""The same data, settings and random_state give the same model, wherever that is."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.compute.threads import blas_libraries, new_team

X, Y = (values[:300] for values in load_breast_cancer(return_X_y=True))

MODELS = {
    "the defaults": DeepNNClassifier(max_iter=12, random_state=0),
    "a stack": DeepNNClassifier((16,), n_members=3, max_iter=12, random_state=0),
    "float64": DeepNNClassifier((16,), dtype="float64", max_iter=9, random_state=0),
    "adam": DeepNNClassifier((16,), solver="adam", max_iter=9, random_state=0),
    "lbfgs": DeepNNClassifier((16,), solver="lbfgs", max_iter=20, random_state=0),
    "dropout": DeepNNClassifier((16,), dropout=0.3, max_iter=9, random_state=0),
    "logistic": LogisticRegressionNN(),
    "logistic by descent": LogisticRegressionNN(
        solver="sgd", max_iter=20, random_state=0
    ),
}


def learned(model):
    """Return all numbers that a fit of the model finds."""
    model = clone(model).fit(X, Y)
    history = [v for name, v in model.history_.items() if name != "seconds"]
    oof = getattr(model, "oof_decision_function_", np.zeros(0))
    with new_team(1):  # the digits of predictions may depend on BLAS's threads
        return [model.network_.params, model.predict_proba(X), oof, *history]


@pytest.fixture(params=[1, 2])
def _blas_threads(request):
    """So many threads of BLAS, whatever tests have been told to use."""
    before = [library.num_threads for library in blas_libraries()]
    for library in blas_libraries():
        library.set_num_threads(request.param)
    yield
    for library, number in zip(blas_libraries(), before, strict=True):
        library.set_num_threads(number)


def in_threads(model):
    """Fit it in four threads at once."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(learned, [model] * 4))


def in_processes(model):
    """Fit it in two processes at once."""
    return joblib.Parallel(2)(joblib.delayed(learned)(model) for _ in range(2))


def after_pickling(model):
    """Fit it after it has been pickled, twice."""
    return [learned(pickle.loads(pickle.dumps(model))) for _ in range(2)]


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer", "ignore:lbfgs failed")
@pytest.mark.usefixtures("_blas_threads")
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("way", [in_threads, in_processes, after_pickling])
def test_it_is_the_same_to_the_bit(name, way):
    expected = learned(MODELS[name])
    assert np.isfinite(expected[0]).all()
    for found in way(MODELS[name]):
        for values, others in zip(found, expected, strict=True):
            np.testing.assert_array_equal(values, others)
