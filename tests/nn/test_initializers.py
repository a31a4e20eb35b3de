from functools import partial

import numpy as np
import pytest

from skdeepnn.nn.initializers import (
    INITIALIZERS,
    get_initializer,
    glorot_uniform,
    glorot_uniform_intercept,
    normal,
    uniform,
)

FAN_IN, FAN_OUT = 300, 200
VARIANCES = {
    "zeros": 0,
    "normal": 1e-4,
    "uniform": 1 / 12,
    "scaled_normal": 1 / FAN_IN,
    "lecun_normal": 1 / FAN_IN,
    "lecun_uniform": 1 / FAN_IN,
    "glorot_normal": 2 / (FAN_IN + FAN_OUT),
    "glorot_uniform": 2 / (FAN_IN + FAN_OUT),
    "he_normal": 2 / FAN_IN,
    "he_uniform": 2 / FAN_IN,
    "orthogonal": 1 / FAN_IN,
}


@pytest.mark.parametrize("name", INITIALIZERS)
def test_moments(rng, name):
    coef = INITIALIZERS[name](rng, FAN_IN, FAN_OUT)
    assert coef.shape == (FAN_IN, FAN_OUT)
    mean = 0.5 if name == "uniform" else 0
    assert coef.mean() == pytest.approx(mean, abs=0.01)
    assert coef.var() == pytest.approx(VARIANCES[name], rel=0.03)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5)])
def test_orthogonal(rng, shape):
    q = INITIALIZERS["orthogonal"](rng, *shape)
    gram = q.T @ q if shape[0] >= shape[1] else q @ q.T
    np.testing.assert_allclose(gram, np.eye(min(shape)), atol=1e-14)


def test_glorot_bounds(rng):
    bound = np.sqrt(6 / 500)
    for values in (
        glorot_uniform(rng, FAN_IN, FAN_OUT),
        glorot_uniform_intercept(rng, FAN_IN, FAN_OUT),
    ):
        assert 0.9 * bound < np.abs(values).max() <= bound


def test_parameters(rng):
    assert normal(rng, 300, 200, scale=3).std() == pytest.approx(3, rel=0.02)
    values = partial(uniform, low=2, high=4)(rng, 300, 200)
    assert 2 <= values.min() <= values.max() < 4


def test_own_function_and_unknown_name():
    own = lambda rng, fan_in, fan_out: np.ones((fan_in, fan_out))  # noqa: E731
    assert get_initializer(own) is own
    with pytest.raises(ValueError, match="no initializer 'he'"):
        get_initializer("he")
