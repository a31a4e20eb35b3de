"""The penalty against its formula."""

import numpy as np
import pytest

from skdeepnn.nn.network import Network
from skdeepnn.nn.penalty import Penalty


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("n_members", [None, 3])
@pytest.mark.parametrize(
    "layer_sizes",
    [[4, 3, 1], [2, 300, 150, 300, 3], [300, 200, 200], [4, 300, 150, 2]],
)
def test_penalty_of_coefficients_alone(layer_sizes, n_members, fit_intercept):
    """Small layers, and large ones first, last and between."""
    network = Network(layer_sizes, n_members=n_members, fit_intercept=fit_intercept)
    rng = np.random.default_rng(0)
    network.params[:] = rng.standard_normal(network.params.size)
    before = rng.standard_normal(network.params.size)
    gradient = before.copy()
    l2 = 0.3 if n_members is None else np.array([0.1, 0.0, 2.0])
    value = Penalty(network).add(network.params, gradient, l2)

    # coef_mask is checked against the layers' views in the tests of networks
    coefs = (network.params * network.coef_mask()).reshape(n_members or 1, -1)
    expected = 0.5 * l2 * np.sum(coefs**2, axis=1)
    np.testing.assert_allclose(value, expected if n_members else expected[0])
    scaled = np.reshape(l2, (-1, 1)) * coefs
    np.testing.assert_allclose(gradient, before + scaled.ravel(), rtol=0, atol=1e-14)
    assert isinstance(value, float) == (n_members is None)


def test_huge_intercepts_cost_no_digits():
    network = Network([1, 1], dtype=np.float32)
    network.params[:] = 1e-3, 1e6
    value = Penalty(network).add(network.params, network.gradient, 2.0)
    assert value == pytest.approx(1e-6, rel=1e-6)
    assert network.gradient[1] == 0
