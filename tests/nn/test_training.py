import tracemalloc

import numpy as np
import pytest

from skdeepnn.compute.batches import Batches
from skdeepnn.nn.activations import ACTIVATIONS
from skdeepnn.nn.losses import LOSSES
from skdeepnn.nn.network import Network
from skdeepnn.nn.optimizers import SGD, Adam, AdamW, WeightAverage
from skdeepnn.nn.training import LearningRate, epochs

LOSS = LOSSES["log_loss", "logistic"]


@pytest.fixture
def data(rng):
    X = rng.randn(50, 3)
    y = (X[:, :1] + X[:, 1:2] ** 2 > 0.5).astype(float)
    return X, y, rng.rand(50) + 0.5


def fresh_network(seed=0, n_members=None):
    network = Network([3, 4, 1], "tanh", n_members=n_members)
    rngs = [np.random.RandomState(seed + i) for i in range(n_members or 1)]
    network.initialize(rngs if n_members else rngs[0])
    return network


@pytest.mark.parametrize("optimizer", [SGD, Adam])
@pytest.mark.parametrize("batch_size", [7, 50])
def test_a_stack_trains_as_its_members_alone(data, optimizer, batch_size):
    """Each member in its own order of rows, with weights and a penalty."""

    def train(network, rng):
        batches = Batches(*data, batch_size)
        loop = epochs(
            network,
            LOSS,
            batches,
            optimizer(network.params),
            LearningRate(0.1),
            n_epochs=5,
            orders=batches.orders(rng),
            alpha=0.5,
        )
        return np.array([epoch.loss for epoch in loop])

    stack = fresh_network(n_members=3)
    losses = train(stack, [np.random.RandomState(10 + i) for i in range(3)])
    assert losses.shape == (5, 3)
    for i, params in enumerate(stack.params.reshape(3, -1)):
        member = fresh_network(seed=i)
        member_losses = train(member, np.random.RandomState(10 + i))
        np.testing.assert_allclose(params, member.params, atol=1e-12)
        np.testing.assert_allclose(losses[:, i], member_losses, rtol=1e-12)


@pytest.mark.parametrize("n_clipped", [0, 1, 2, 3])
def test_members_are_clipped_each_by_its_own_norm(data, n_clipped):
    """Where all, some or none of the members' gradients are too long."""
    shares = np.array([[0.0], [2.0], [5.0]])

    def train(network, max_gradient_norm=None):
        batches = Batches(*data, 50)
        loop = epochs(
            network,
            LOSS,
            batches,
            SGD(network.params),
            LearningRate(1.0),
            n_epochs=1,
            max_gradient_norm=max_gradient_norm,
        )
        return next(loop).gradient_norm

    def fresh_stack():
        stack = fresh_network(n_members=3)
        stack.params.reshape(3, -1)[...] *= shares
        return stack

    norms = train(fresh_stack())
    ordered = np.sort(norms)
    assert ordered[0] < 0.99 * ordered[1] < 0.98 * ordered[2]
    most = [2 * ordered[2], *(ordered[1:][::-1] * 0.995), ordered[0] / 2][n_clipped]
    stack = fresh_stack()
    clipped = train(stack, most)
    np.testing.assert_allclose(clipped, np.minimum(norms, most), rtol=1e-12)
    for i, share in enumerate(shares):
        member = fresh_network(seed=i)
        member.params *= share
        assert train(member, most) == pytest.approx(clipped[i], rel=1e-12)
        np.testing.assert_allclose(stack.params.reshape(3, -1)[i], member.params)


def test_the_loop_is_lazy_and_yields_what_happened(data):
    network = fresh_network()
    rate = LearningRate(0.1, "cosine")
    batches = Batches(*data, 50)
    loop = epochs(network, LOSS, batches, SGD(network.params), rate, n_epochs=4)
    before = network.params.copy()
    np.testing.assert_array_equal(network.params, before)
    start_loss = network.loss_and_gradient(*data, LOSS)
    gradient_norm = np.linalg.norm(network.gradient)
    epoch = next(loop)
    assert epoch.loss == pytest.approx(start_loss, rel=1e-13)
    assert epoch.gradient_norm == pytest.approx(gradient_norm, rel=1e-13)
    assert epoch.learning_rate == 0.1
    assert epoch.n_samples == 50
    assert epoch.seconds > 0
    assert not np.array_equal(network.params, before)
    rates = [epoch.learning_rate for epoch in loop]
    expected = 0.05 * (1 + np.cos(np.pi * np.arange(1, 4) / 4))
    np.testing.assert_allclose(rates, expected)


def test_rows_without_weight_change_nothing(data):
    """Also where they fill a batch, which then has no mean to take."""
    X, y, weight = data
    weight = weight.copy()
    weight[:20] = 0
    results = []
    for rows in (slice(None), slice(20, None)):
        network = fresh_network()
        batches = Batches(X[rows], y[rows], weight[rows], 10)
        steps = SGD(network.params)
        loop = epochs(
            network, LOSS, batches, steps, LearningRate(0.1), n_epochs=3, alpha=0.1
        )
        losses = [epoch.loss for epoch in loop]
        results.append((losses, network.params))
    np.testing.assert_allclose(results[0][0], results[1][0])
    np.testing.assert_allclose(results[0][1], results[1][1])


def test_adaptive_rate_is_divided_until_it_is_small():
    rate = LearningRate(1e-5, "adaptive")
    assert [rate.reduce() for _ in range(3)] == [True, True, False]
    assert rate.at(0.5) == pytest.approx(1e-5 / 25)
    assert not LearningRate(0.1, "constant").reduce()


def test_the_penalty_can_be_shared_by_the_whole_data(data):
    """With `alpha_divisor` the mean of the batches' objectives is the objective."""
    X, y, _ = data
    network = fresh_network()
    expected = network.loss_and_gradient(X, y, None, LOSS, 2.0 / 50)
    standing_still = LearningRate(0.0)
    epoch = next(
        epochs(
            network,
            LOSS,
            Batches(X, y, None, 10),
            SGD(network.params),
            standing_still,
            n_epochs=1,
            alpha=2.0,
            alpha_divisor=50.0,
        )
    )
    assert epoch.loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n_members", [None, 4])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_epochs_after_the_first_allocate_no_batches(activation, weighted, n_members):
    """All that an epoch needs memory for is the order of the rows."""
    n_samples, sizes = 3000, [20, 300, 200, 3]
    rng = np.random.RandomState(0)
    X = rng.randn(n_samples, 20).astype(np.float32)
    y = np.eye(3, dtype=np.float32)[rng.randint(3, size=n_samples)]
    weight = np.ones(n_samples, np.float32) if weighted else None
    network = Network(sizes, activation, n_members=n_members, dtype=np.float32)
    rngs = rng
    if n_members is not None:
        rngs = [np.random.RandomState(i) for i in range(n_members)]
    network.initialize(rngs)
    batches = Batches(X, y, weight, batch_size=500, ones=True)
    loop = epochs(
        network,
        LOSSES["log_loss", "softmax"],
        batches,
        AdamW(network.params),
        LearningRate(0.001),
        n_epochs=3,
        orders=batches.orders(rngs),
        alpha=1e-4,
        average=WeightAverage(network.params.copy()),
    )
    next(loop)
    tracemalloc.start()
    next(loop)
    next(loop)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    order = 8 * n_samples * (n_members or 1)
    assert peak < 4 * order + 20_000
    assert 500 * 20 * 4 * (n_members or 1) > 20_000  # a batch would not fit in there
