import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from skdeepnn.nn.activations import ACTIVATIONS, Activation, get_activation, sigmoid

REFERENCES = {
    "identity": lambda z: z,
    "logistic": special.expit,
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(z)),
    "selu": lambda z: (
        1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.expm1(z))
    ),
    "gelu": lambda z: (
        0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    ),
    "silu": lambda z: z * special.expit(z),
    "mish": lambda z: z * np.tanh(np.log1p(np.exp(z))),
    "softplus": lambda z: np.log1p(np.exp(z)),
}


def value(activation, z):
    z = z.copy()
    return activation.value(z, np.empty_like(z) if activation.keeps_input else z)


def derivative(activation, z):
    z = z.copy()
    a = activation.value(z, np.empty_like(z) if activation.keeps_input else z)
    scratch = activation.scratch and np.empty(z.shape, activation.scratch)
    gradient = np.ones_like(z)
    activation.backward(gradient, z, a, scratch)
    return gradient


def test_every_activation_has_a_reference():
    assert set(REFERENCES) == set(ACTIVATIONS)
    assert ACTIVATIONS["sigmoid"] is ACTIVATIONS["logistic"]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values(name):
    z = np.linspace(-6, 6, 101)  # 0 included
    np.testing.assert_allclose(
        value(ACTIVATIONS[name], z), REFERENCES[name](z), rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivatives(name):
    z = np.linspace(-6, 6, 100)  # without 0, where some have a kink
    step = 1e-6
    above, below = (value(ACTIVATIONS[name], z + h) for h in (step, -step))
    np.testing.assert_allclose(
        derivative(ACTIVATIONS[name], z), (above - below) / (2 * step), atol=1e-9
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_large_inputs_stay_finite_and_keep_their_type(name, dtype):
    z = np.array([-1e4, -100, 0, 100, 1e4], dtype)
    for result in (value(ACTIVATIONS[name], z), derivative(ACTIVATIONS[name], z)):
        assert result.dtype == dtype
        assert np.isfinite(result).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (3,), (7, 5), (2, 7, 5), (3, 300, 300)])
def test_relu_of_arrays_of_any_shape_and_order(shape, dtype, rng):
    for z in (rng.normal(size=shape), rng.normal(size=shape[::-1]).T):
        z = z.astype(dtype)
        expected = np.where(z > 0, z, 0)
        np.testing.assert_array_equal(value(ACTIVATIONS["relu"], z), expected)


def test_relu_beside_a_column_of_ones(rng):
    output = rng.normal(size=(2, 5, 8)).swapaxes(1, 2)
    for part in (output[..., :4], output[:, :3]):
        expected = np.where(part > 0, part, 0)
        ACTIVATIONS["relu"].value(part, part)
        np.testing.assert_array_equal(part, expected)


def test_gelu_is_near_the_exact_one():
    z = np.linspace(-8, 8, 1001)
    exact = z * special.ndtr(z)
    assert np.abs(value(ACTIVATIONS["gelu"], z) - exact).max() < 5e-4


@given(st.floats(-1e6, 1e6))
def test_sigmoid_is_symmetric_and_in_its_bounds(z):
    p, q = sigmoid(np.array([z, -z]))
    assert 0 <= p <= 1
    assert p + q == pytest.approx(1)


def test_own_activation_is_returned_as_it_is():
    own = Activation("own", np.copyto, np.copyto)
    assert get_activation(own) is own


@pytest.mark.parametrize(("wrong", "error"), [("rely", ValueError), (3, TypeError)])
def test_unknown_activation(wrong, error):
    with pytest.raises(error, match="activation"):
        get_activation(wrong)
