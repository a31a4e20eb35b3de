import numpy as np
import pytest

from skdeepnn.fitting.given import give_params, given_state, trained_state
from skdeepnn.nn.layers import Dense
from skdeepnn.tables.targets import TargetCoder


def test_intercepts_that_there_are_not_may_be_zero():
    layer = Dense(2, 3, fit_intercept=False)
    give_params(layer, coef=np.arange(6.0).reshape(3, 2), intercept=np.zeros(3))
    np.testing.assert_array_equal(layer.coef, np.arange(6.0).reshape(3, 2).T)
    with pytest.raises(ValueError, match="no intercept_ with fit_intercept=False"):
        give_params(layer, intercept=np.array([0.0, 1.0, 0.0]))


def test_shapes_must_be_those_of_the_layer():
    layer = Dense(2, 3)
    with pytest.raises(ValueError, match=r"coef_ has shape \(3, 2\) here.*\(2, 3\)"):
        give_params(layer, coef=np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"intercept_ has shape \(3,\) here.*\(1,\)"):
        give_params(layer, intercept=np.ones(1))
    assert not layer.params.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_types_of_what_is_given(dtype):
    expected = np.float32 if dtype == np.float32 else np.float64
    state = given_state(
        [0, 1, 2], np.ones((3, 4), dtype), fit_intercept=True, monitor=None
    )
    assert state.network.dtype == expected
    assert state.network.layer_sizes == [4, 3]
    layers = [(np.ones((3, 2), dtype), np.zeros(2, dtype))]
    layers.append((np.ones((2, 1), dtype), np.full(1, 5, dtype)))
    state = trained_state(layers, TargetCoder([0, 1]), None)
    assert state.network.dtype == expected
    assert state.network.layers[1].intercept == 5
    state = trained_state(layers, TargetCoder([0, 1]), None, fit_intercept=False)
    assert state.network.params.size == 8


@pytest.mark.parametrize("shape", [(2, 4), (4,), (3, 4, 1)])
def test_coefficients_that_do_not_fit_the_classes(shape):
    with pytest.raises(ValueError, match=r"for 3 classes_ it must have shape \(3, n_"):
        given_state([0, 1, 2], np.ones(shape), fit_intercept=True, monitor=None)


def test_outputs_that_do_not_fit_the_classes():
    layers = [(np.ones((3, 2)), np.zeros(2))]
    with pytest.raises(ValueError, match=r"2 outputs, and for the 2 classes \[0, 1\]"):
        trained_state(layers, TargetCoder([0, 1]), None)
