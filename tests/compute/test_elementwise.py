"""Elementwise functions that know NumPy's fast ways."""

import numpy as np
import pytest

from skdeepnn.compute.elementwise import draw_mask, row_of_ones


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 1 - 1e-9])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_masks_leave_out_a_share_and_keep_the_mean(share, dtype):
    mask = np.empty((200, 500), dtype)
    draw_mask(np.random.default_rng(0), share, mask)
    kept = mask != 0
    assert len(np.unique(mask[kept])) == (1 if kept.any() else 0)
    assert kept.mean() == pytest.approx(1 - share, abs=0.005)
    if share < 0.99:
        assert mask.mean() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("n_columns", [1, 2**16, 2**16 + 1])
def test_ones_are_shared_where_they_are_few(n_columns):
    ones = row_of_ones(n_columns, np.dtype(np.float32))
    assert ones.shape == (1, n_columns)
    assert ones.dtype == np.float32
    assert ones.all()
    if n_columns <= 2**16:
        assert np.shares_memory(ones, row_of_ones(3, np.dtype(np.float32)))
        with pytest.raises(ValueError, match="read-only"):
            ones[:] = 2
