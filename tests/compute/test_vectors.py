"""Blocks of vectors, and moments whose decay is put off."""

import pickle

import numpy as np
import pytest

from skdeepnn.compute.moments import PutOffDecay
from skdeepnn.compute.vectors import BLOCK, Shrinkage, add_multiple, in_blocks


@pytest.mark.parametrize("size", [1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_blocks_are_views_of_everything(size):
    x, y = np.zeros(size), np.arange(float(size))
    for x_block, y_block in in_blocks(x, y):
        assert x_block.size <= BLOCK
        x_block += y_block
    np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_multiples_one_for_all_or_one_a_member(rng, dtype):
    x, y = rng.randn(2, 3 * 20_000).astype(dtype)
    for a in (0.5, np.array([0.5, 0.0, -2.0])):
        expected = y + (x.reshape(np.size(a), -1) * np.reshape(a, (-1, 1))).ravel()
        result = y.copy()
        add_multiple(result, x, a)
        assert result.dtype == dtype
        np.testing.assert_allclose(result, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("betas", [(0.0,), (0.9, 0.999), (0.5, 0.0), (0.999999, 0.1)])
def test_decay_that_is_put_off_is_made_up_for(rng, betas):
    decay = PutOffDecay(*betas)
    stored, expected = np.zeros((2, len(betas), 3))
    for _ in range(200):
        x = rng.randn(3)
        growths = decay.step(*stored)
        for moment, growth, own, beta in zip(
            stored, growths, expected, betas, strict=True
        ):
            assert growth <= 2e4
            moment += growth * x
            own *= beta
            own += x
            np.testing.assert_allclose(moment / growth, own, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("is_masked", [True, False])
def test_pickles_of_shrinkages_keep_a_bit_a_value(rng, dtype, is_masked):
    x = rng.randn(10_001).astype(dtype)
    mask = (rng.rand(x.size) < 0.5).astype(dtype) if is_masked else 1
    shrink, expected = Shrinkage(x, mask), x.copy()
    shrink(expected, 0.1)
    np.testing.assert_allclose(expected, x * (1 - 0.1 * mask), rtol=1e-6)
    saved = pickle.dumps(shrink)
    assert len(saved) < x.size / 8 + 1000
    twin = pickle.loads(saved)
    twin(x, 0.1)
    np.testing.assert_array_equal(x, expected)
