import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array

from skdeepnn.compute.batches import Batches
from skdeepnn.compute.memory import Recent
from skdeepnn.nn import training


@pytest.fixture
def data(rng):
    X = rng.randn(50, 3)
    y = (X[:, :1] + X[:, 1:2] ** 2 > 0.5).astype(float)
    return X, y, rng.rand(50) + 0.5


def test_batches_hold_each_row_once(data):
    X, y, weight = data
    order = np.random.RandomState(0).permutation(50)
    batches = Batches(X, y, weight, batch_size=8)
    seen = [[part.copy() for part in batch] for batch in batches.epoch(order)]
    assert [len(batch[0]) for batch in seen] == [8] * 6 + [2]
    assert len(batches) == 7
    for i, whole in enumerate(data):
        np.testing.assert_array_equal(
            np.concatenate([b[i] for b in seen]), whole[order]
        )


def test_batches_reuse_their_memory(data):
    batches = Batches(*data, batch_size=10)
    first, second = (
        next(batches.epoch(np.random.RandomState(i).permutation(50)))[0]
        for i in range(2)
    )
    assert first is second


def test_sparse_batches_equal_dense_ones(data):
    X, y, _ = data
    order = np.random.RandomState(0).permutation(50)
    dense = Batches(X, y, None, 20).epoch(order)
    sparse = Batches(csr_array(X), y, None, 20).epoch(order)
    for (X_dense, *_), (X_sparse, *_) in zip(dense, sparse, strict=True):
        np.testing.assert_array_equal(X_dense, X_sparse.toarray())


@pytest.mark.parametrize("container", [np.asarray, csr_array])
@pytest.mark.parametrize("n_members", [None, 3])
@pytest.mark.parametrize("is_shuffled", [True, False])
def test_batches_convert_data_of_another_type(data, container, n_members, is_shuffled):
    X, y, weight = data
    order = None
    if is_shuffled:
        n_orders = n_members if n_members and container is np.asarray else None
        orders = [np.random.RandomState(i).permutation(50) for i in range(3)]
        order = orders[0] if n_orders is None else np.stack(orders)
    y, weight = y.astype(np.float32), weight.astype(np.float32)
    converted = Batches(container(X), y, weight, 20).epoch(order)
    expected = Batches(container(X.astype(np.float32)), y, weight, 20).epoch(order)
    for batch, as_it_should_be in zip(converted, expected, strict=True):
        assert batch[0].dtype == np.float32
        for one, other in zip(batch, as_it_should_be, strict=True):
            if container is csr_array and one is batch[0]:
                one, other = one.toarray(), other.toarray()
            np.testing.assert_array_equal(one, other)


def test_the_loop_offers_them_too():
    assert training.Batches is Batches


@pytest.mark.parametrize("batch_size", [4, 5, 10, 99])
def test_members_with_rows_of_their_own_see_them_in_full_batches(data, batch_size):
    """What remains of an epoch has its turn in another."""
    rows = [np.arange(0, 13), np.arange(20, 34)]
    batches = Batches(*data, batch_size, rows=rows)
    size = min(batch_size, 13)
    n_full = 13 // size
    assert (len(batches), batches.n_samples) == (n_full, n_full * size)
    orders = batches.orders([np.random.RandomState(i) for i in range(2)])
    seen = [set(), set()]
    for _ in range(20):
        order = next(orders)
        assert order.shape == (2, n_full * size)
        found = [X.copy() for X, _, _ in batches.epoch(order)]
        assert [X.shape for X in found] == [(2, size, 3)] * n_full
        np.testing.assert_array_equal(np.concatenate(found, axis=1), data[0][order])
        for member, of_member in zip(seen, order, strict=True):
            assert len({*of_member}) == len(of_member)
            member |= {*of_member}
    assert seen == [{*of} for of in rows]


def test_orders_go_on_where_they_were(data):
    batches = Batches(*data, 10)
    one, other = (batches.orders(np.random.RandomState(0)) for _ in range(2))
    next(one)
    copied = pickle.loads(pickle.dumps(one))
    next(other)
    for _ in range(3):
        np.testing.assert_array_equal(next(copied), next(other))


def test_a_single_batch_keeps_the_order_of_the_rows(data):
    """Shuffling would change nothing but the order in which numbers are added."""
    rng = np.random.RandomState(0)
    assert next(Batches(*data, 50).orders(rng)) is None
    assert next(Batches(*data, 49).orders(None)) is None
    assert sorted(next(Batches(*data, 49).orders(rng))) == list(range(50))


def test_two_sizes_of_batches_are_remembered():
    recent = Recent()
    for i, size in enumerate([64, 17, 64, 50]):
        recent.keep(size, i)
    assert dict(recent) == {64: 2, 50: 3}
    recent.keep(9, 4)
    assert dict(recent) == {50: 3, 9: 4}
