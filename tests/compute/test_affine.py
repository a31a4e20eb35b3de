"""Affine maps and their gradients against NumPy's."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from skdeepnn.compute.affine import affine, affine_gradient
from skdeepnn.compute.memory import as_matrices


def draw(rng, shape, order, dtype):
    values = rng.randn(*shape[:-2], shape[-2] * shape[-1]).astype(dtype)
    return as_matrices(values, shape, order)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("n_members", [None, 3])
@pytest.mark.parametrize("has_ones", [True, False])
@pytest.mark.parametrize("n_units", [1, 4])
def test_with_and_without_a_column_of_ones(
    rng, dtype, order, n_members, has_ones, n_units
):
    members = () if n_members is None else (n_members,)
    X = draw(rng, (*members, 70, 5), order, dtype)
    X_ones = np.concatenate([X, np.ones((*members, 70, 1), dtype)], axis=-1)
    params = draw(rng, (*members, 6, n_units), order, dtype)
    gradient = draw(rng, (*members, 70, n_units), order, dtype)
    given = X_ones if has_ones else X
    rtol, atol = (1e-4, 1e-4) if dtype == np.float32 else (1e-12, 1e-12)
    for out in (None, draw(rng, (*members, 70, n_units), order, dtype)):
        z = affine(given, params, out)
        assert out is None or z is out
        np.testing.assert_allclose(z, X_ones @ params, rtol=rtol, atol=atol)
    out = draw(rng, params.shape, order, dtype)
    assert affine_gradient(given, gradient, out) is out
    expected = np.swapaxes(X_ones, -1, -2) @ gradient
    np.testing.assert_allclose(out, expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize("n_members", [None, 3])
def test_sparse_input(rng, n_members):
    members = () if n_members is None else (n_members,)
    X = rng.randn(20, 5) * (rng.rand(20, 5) < 0.4)
    params, gradient = rng.randn(*members, 6, 2), rng.randn(*members, 20, 2)
    np.testing.assert_allclose(affine(csr_array(X), params), affine(X, params))
    results = [
        affine_gradient(data, gradient, np.empty_like(params))
        for data in (csr_array(X), np.broadcast_to(X, (*members, 20, 5)))
    ]
    np.testing.assert_allclose(*results)


def test_more_rows_than_there_are_shared_ones(rng):
    X, gradient = rng.randn(2**16 + 1, 1), rng.randn(2**16 + 1, 2)
    result = affine_gradient(X, gradient, np.empty((2, 2)))
    np.testing.assert_allclose(result[0], (X * gradient).sum(0))
    np.testing.assert_allclose(result[1], gradient.sum(0))
