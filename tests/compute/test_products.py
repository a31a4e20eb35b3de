"""Products that are cut into parts are the same products."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from skdeepnn.compute import cutting, products, threads
from skdeepnn.compute.cutting import plan_parts
from skdeepnn.compute.products import OuterProduct, product, transposed_product


@pytest.fixture(autouse=True)
def small_kernels(monkeypatch):
    """Cut on every machine, as is done where it pays."""
    monkeypatch.setattr(cutting, "_has_small_kernels", lambda: True)
    monkeypatch.setattr(products, "blas_is_held", lambda: True)
    plan_parts.cache_clear()
    yield
    plan_parts.cache_clear()


def _random(rng, shape, order):
    """Part of a larger array whose last two axes lie in that order in memory."""
    *members, m, n = shape
    if order == "C":
        return rng.standard_normal((*members, m, n + 1))[..., :n]
    return rng.standard_normal((*members, n, m + 1))[..., :m].swapaxes(-1, -2)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(40, 200),
    st.integers(40, 200),
    st.integers(40, 200),
    st.tuples(*[st.sampled_from("CF")] * 3),
    st.sampled_from([None, 1, 3]),
    st.booleans(),
)
def test_cut_products_are_numpys(m, k, n, orders, n_members, is_shared):
    rng = np.random.default_rng(0)
    members = () if n_members is None else (n_members,)
    A = _random(rng, (m, k) if is_shared else (*members, m, k), orders[0])
    B = _random(rng, (*members, k, n), orders[1])
    out = _random(rng, (*members, m, n), orders[2])
    assert product(A, B, out=out) is out
    np.testing.assert_allclose(out, A @ B, rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    ("shapes", "order", "plan"),
    [
        (((200, 65), (65, 100)), "F", (True, 200, (2, 100, 65), (2, 100, 100))),
        (((65, 200), (200, 100)), "C", (False, 100, (2, 50, 200), (2, 50, 65))),
        (
            ((7, 200, 65), (7, 65, 100)),
            "F",
            (True, 200, (7, 2, 100, 65), (7, 2, 100, 100)),
        ),
        (((1000, 51), (51, 25)), "C", (True, 1000, (2, 500, 51), (2, 500, 25))),
        (((100, 100), (100, 100)), "C", None),  # small as it is
        (((101, 100), (100, 101)), "C", None),  # nothing to cut evenly
        (((512, 512), (512, 512)), "C", None),  # large
    ],
)
def test_what_is_cut_lies_together_in_memory(shapes, order, plan):
    A_shape, B_shape = shapes
    out_shape = (*A_shape[:-1], B_shape[-1])
    assert plan_parts(A_shape, B_shape, out_shape, order == "C") == plan


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 260),
    st.integers(100, 300),
    st.integers(1, 130),
    st.tuples(*[st.sampled_from("CF")] * 3),
    st.sampled_from([None, 1, 3]),
)
def test_cut_sums_are_numpys(m, k, n, orders, n_members):
    rng = np.random.default_rng(m)
    members = () if n_members is None else (n_members,)
    X = _random(rng, (*members, k, m), orders[0])
    B = _random(rng, (*members, k, n), orders[1])
    out = _random(rng, (*members, m, n), orders[2])
    assert transposed_product(X, B, out=out) is out
    np.testing.assert_allclose(out, X.swapaxes(-1, -2) @ B, rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    ("shapes", "order", "plan"),
    [
        (((51, 1000), (1000, 50)), "C", (True, 51, (3, 17, 1000), (3, 17, 50))),
        (((51, 200), (200, 50)), "F", (False, 50, (5, 10, 200), (5, 10, 51))),
        (((257, 256), (256, 5)), "F", (True, 256, (2, 128, 256), (2, 128, 5))),
        (
            ((2, 129, 128), (2, 128, 10)),
            "C",
            (True, 129, (2, 3, 43, 128), (2, 3, 43, 10)),
        ),
        (((100, 200), (200, 10)), "C", None),  # small as it is
        (((51, 64), (64, 50)), "C", None),  # short sums
        (((101, 200), (200, 100)), "C", None),  # large
        (((1201, 200), (200, 1)), "C", (True, 1200, (2, 600, 200), (2, 600, 1))),
    ],
)
def test_cut_sums_lie_together_in_memory(shapes, order, plan):
    A_shape, B_shape = shapes
    shapes = A_shape, B_shape, (*A_shape[:-1], B_shape[-1])
    assert plan_parts(*shapes, order == "C", sums_up=True) == plan


@pytest.mark.parametrize("has_sparsetools", [True, False])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("format", ["csr", "csc", "coo", "bsr", "dia"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_factors(monkeypatch, dtype, format, order, has_sparsetools):
    if not has_sparsetools:
        monkeypatch.setattr(products, "_sparsetools", None)
    rng = np.random.default_rng(0)
    A = sp.coo_array(rng.random((6, 5)) * (rng.random((6, 5)) < 0.4)).asformat(format)
    for B, shape in (
        (rng.standard_normal((3, 5, 2)), (3, 6, 2)),
        (A.toarray().T, (6,) * 2),
    ):
        out = np.full_like(_random(rng, shape, order), np.nan, dtype)
        expected = A.toarray() @ B
        rtol = 1e-6 if dtype == np.float32 else 1e-12
        for factor, other in ((A.astype(dtype), B.astype(dtype)), (A, B)):
            assert product(factor, other, out=out) is out
            np.testing.assert_allclose(out, expected, rtol=rtol, atol=1e-7)
        np.testing.assert_allclose(product(A, B), expected)


def test_only_processors_with_small_kernels_get_parts(monkeypatch):
    monkeypatch.setattr(cutting, "_has_small_kernels", lambda: False)
    shapes = (200, 65), (65, 100), (200, 100)
    assert plan_parts(*shapes, True) is None
    assert plan_parts((51, 1000), (1000, 50), (51, 50), True, sums_up=True) is None


def test_blas_with_threads_of_its_own_gets_the_whole(monkeypatch):
    asked = []
    monkeypatch.setattr(products, "plan_parts", lambda *args: asked.append(args))
    monkeypatch.setattr(products, "blas_is_held", threads.blas_is_held)
    A, B, out = np.ones((200, 65)), np.ones((65, 100)), np.empty((200, 100))
    with threadpool_limits(2, user_api="blas"):
        product(A, B, out=out)
        with threads.new_team(uses_blas=True):
            product(A, B, out=out)
            assert asked == []
            with threads.new_team(uses_blas=True):  # another one: now all are held
                product(A, B, out=out)
                assert len(asked) == 1
        product(A, B, out=out)
        assert len(asked) == 1


@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([None, 1, 3]),
    st.sampled_from([np.float32, np.float64]),
)
def test_outer_products_are_those_of_numpy(m, n, n_members, dtype):
    rng = np.random.default_rng(m * n)
    members = () if n_members is None else (n_members,)
    multiply = OuterProduct(m, n, n_members, dtype)
    for out in (None, np.empty((*members, n, m), dtype).swapaxes(-1, -2)):
        column = rng.standard_normal((*members, m, 1)).astype(dtype)
        row = rng.standard_normal((*members, 1, n)).astype(dtype)
        result = multiply(column, row, out)
        assert result.dtype == dtype
        assert out is None or result is out
        np.testing.assert_array_equal(result, column * row)
