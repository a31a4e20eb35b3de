import copy
import pickle

import numpy as np
import pytest
from gradients import numerical_gradient, relative_error
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from skdeepnn.nn.activations import ACTIVATIONS
from skdeepnn.nn.initializers import lecun_normal
from skdeepnn.nn.losses import LOSSES
from skdeepnn.nn.network import Network


def make_network(layer_sizes, activation="tanh", n_members=None, seed=0, **kwargs):
    network = Network(layer_sizes, activation, n_members=n_members, **kwargs)
    rngs = [np.random.RandomState(seed + i) for i in range(n_members or 1)]
    network.initialize(
        rngs if n_members else rngs[0],
        "glorot_uniform",
        lambda rng, fan_in, fan_out: rng.uniform(-1, 1, fan_out),
    )
    return network


def make_batch(loss, n_members=None, n_samples=6, n_features=4, n_outputs=3):
    rng = np.random.RandomState(1)
    members = () if n_members is None else (n_members,)
    X = rng.randn(*members, n_samples, n_features)
    labels = rng.randint(n_outputs, size=(*members, n_samples))
    y = np.eye(n_outputs)[labels]
    if loss.out_activation == "logistic":
        y = rng.randint(2, size=y.shape).astype(float)
    weight = rng.randint(0, 3, size=(*members, n_samples)).astype(float)
    weight[..., 0] = 1
    return X, y, weight


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("n_members", [None, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_gradient(activation, loss, n_members, weighted):
    """Weights, penalty, intercepts and depth at once, for every activation and loss."""
    loss = LOSSES[loss]
    network = make_network([4, 5, 4, 3], activation, n_members)
    X, y, weight = make_batch(loss, n_members)
    args = (X, y, weight if weighted else None, loss, 0.1)
    network.loss_and_gradient(*args)
    actual = network.gradient.copy()
    expected = numerical_gradient(
        lambda: network.loss_and_gradient(*args), network.params
    )
    assert relative_error(actual, expected) < 1e-6


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("hidden", [[], [5], [5, 4, 3]])
def test_gradient_of_other_shapes(hidden, fit_intercept, l2):
    loss = LOSSES["log_loss", "softmax"]
    network = make_network([4, *hidden, 3], fit_intercept=fit_intercept)
    X, y, weight = make_batch(loss)
    args = (X, y, weight, loss, l2)
    network.loss_and_gradient(*args)
    actual = network.gradient.copy()
    expected = numerical_gradient(
        lambda: network.loss_and_gradient(*args), network.params
    )
    assert relative_error(actual, expected) < 1e-6


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("n_members", [None, 3])
@pytest.mark.parametrize("dropout", [0.5, [0.0, 0.6], [0.6, 0.0]])
def test_gradient_with_dropout(activation, n_members, dropout):
    """With the same mask each time, for the same seed."""
    loss = LOSSES["log_loss", "softmax"]
    network = make_network([4, 9, 8, 3], activation, n_members, dropout=dropout)
    args = (*make_batch(loss, n_members), loss, 0.1)

    def value():
        return network.loss_and_gradient(*args, np.random.default_rng(3))

    value()
    actual = network.gradient.copy()
    assert relative_error(actual, numerical_gradient(value, network.params)) < 1e-6
    network.loss_and_gradient(*args)
    assert relative_error(network.gradient, actual) > 0.1


def test_float32_gradient_is_near_float64s():
    loss = LOSSES["log_loss", "softmax"]
    X, y, weight = make_batch(loss)
    gradients = []
    for dtype in (np.float64, np.float32):
        network = make_network([4, 5, 3], dtype=dtype)
        batch = [array.astype(dtype) for array in (X, y, weight)]
        network.loss_and_gradient(*batch, loss, 0.1)
        gradients.append(network.gradient.copy())
        assert network.gradient.dtype == dtype
    assert relative_error(gradients[1], gradients[0]) < 1e-5


@given(
    n_members=st.integers(1, 4),
    hidden=st.lists(st.integers(1, 6), max_size=3),
    seed=st.integers(0, 100),
    shared=st.booleans(),
)
def test_a_stack_is_its_members(n_members, hidden, seed, shared):
    sizes = [3, *hidden, 2]
    stack = make_network(sizes, n_members=n_members, seed=seed)
    loss = LOSSES["log_loss", "softmax"]
    X, y, weight = make_batch(loss, n_members, n_features=3, n_outputs=2)
    if shared:
        X = X[0]
    l2 = np.arange(n_members) / 10
    losses = stack.loss_and_gradient(X, y, weight, loss, l2)
    logits = stack.forward(X)
    gradients = stack.gradient.reshape(n_members, -1)
    if shared:
        np.testing.assert_allclose(stack.logits(X), logits.mean(axis=0), atol=1e-14)
    for i in range(n_members):
        member = make_network(sizes, seed=seed + i)
        X_i = X if shared else X[i]
        np.testing.assert_allclose(logits[i], member.logits(X_i), atol=1e-14)
        args = (X_i, y[i], weight[i], loss, l2[i])
        assert losses[i] == pytest.approx(member.loss_and_gradient(*args), rel=1e-12)
        np.testing.assert_allclose(gradients[i], member.gradient, atol=1e-14)


def test_layers_are_views_of_the_flat_vectors():
    for n_members in (None, 2):
        network = Network([2, 3, 1], n_members=n_members)
        network.params[:] = np.arange(network.params.size)
        seen = np.concatenate(
            [
                np.concatenate([layer.coef, layer.intercept[..., None, :]], -2).reshape(
                    n_members or 1, -1
                )
                for layer in network.layers
            ],
            axis=1,
        )
        np.testing.assert_array_equal(seen.ravel(), network.params)
        assert network.coef_mask().sum() == (n_members or 1) * (2 * 3 + 3 * 1)


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, copy.copy, lambda n: pickle.loads(pickle.dumps(n))],
    ids=["deepcopy", "copy", "pickle"],
)
@pytest.mark.parametrize("n_members", [None, 2])
def test_copies_are_independent_and_whole(copied, n_members):
    network = make_network([4, 3, 2], n_members=n_members)
    X = np.random.RandomState(0).randn(5, 4)
    expected = network.logits(X)
    twin = copied(network)
    np.testing.assert_array_equal(twin.logits(X), expected)
    twin.params += 1  # the twin's layers must follow its own vector, and only that
    assert not np.array_equal(twin.logits(X), expected)
    np.testing.assert_array_equal(network.logits(X), expected)


@pytest.mark.parametrize("n_members", [None, 2])
def test_saved_networks_keep_the_order_of_their_parameters(n_members):
    network = make_network([4, 3, 2], n_members=n_members)
    X = np.random.RandomState(0).randn(5, 4)
    for orders in (["F", "C"], ["F", "F"]):
        other = Network([4, 3, 2], "tanh", n_members=n_members, param_orders=orders)
        for layer, own in zip(other.layers, network.layers, strict=True):
            layer.params[:] = own.params
        twin = pickle.loads(pickle.dumps(other))
        assert twin.param_orders == orders
        np.testing.assert_array_equal(twin.params, other.params)
        for part in (other, other.with_params(other.params)):
            np.testing.assert_allclose(part.logits(X), network.logits(X), rtol=1e-12)


def test_networks_saved_without_orders_had_alternating_ones():
    network = Network([4, 3, 2], param_orders=["C", "F"])
    network.initialize(np.random.RandomState(0))
    state = network.__getstate__()
    del state["param_orders"]
    twin = Network.__new__(Network)
    twin.__setstate__(state)
    X = np.random.RandomState(0).randn(5, 4)
    np.testing.assert_array_equal(twin.logits(X), network.logits(X))


def test_predictions_in_blocks_are_predictions_at_once():
    network = make_network([4, 600, 2])  # wide: several blocks of rows
    X = np.random.RandomState(0).randn(1000, 4)
    a = X
    for layer in network.layers:
        a = layer.forward(a)
    np.testing.assert_allclose(network.logits(X), a, atol=1e-12)
    out = np.empty((1000, 2), np.float32)
    assert network.logits(X, out=out) is out
    np.testing.assert_allclose(out, a, atol=1e-5)


def test_initialization_is_reproducible_and_layerwise():
    sizes = [3, 4, 2]
    network = Network(sizes)
    network.initialize(np.random.RandomState(5), ["zeros", lecun_normal])
    assert not network.layers[0].coef.any()
    expected = lecun_normal(np.random.RandomState(5), 4, 2)
    np.testing.assert_array_equal(network.layers[1].coef, expected)
    assert not network.layers[1].intercept.any()


@pytest.mark.parametrize(
    ("value", "match"),
    [(np.zeros((1, 1)), "shape"), (np.full((2, 2), np.nan), "non-finite")],
)
def test_bad_initializers(value, match):
    with pytest.raises(ValueError, match=match):
        Network([2, 2]).initialize(np.random, lambda rng, fan_in, fan_out: value)


def test_wrong_number_of_activations():
    with pytest.raises(ValueError, match="activation has 2 entries for 1 hidden"):
        Network([2, 3, 1], ["relu", "tanh"])
    layers = Network([2, 3, 3, 1], ["relu", "tanh"]).layers
    names = [layer.activation.name for layer in layers]
    assert names == ["relu", "tanh", "identity"]


def test_wrong_number_of_initializers():
    network = Network([2, 3, 1])
    with pytest.raises(ValueError, match="weight_init has 3 entries for 2 layers"):
        network.initialize(np.random.RandomState(0), ["zeros"] * 3)


def test_summary():
    text = str(Network([784, 256, 10], dtype=np.float32))
    assert "Network of 203,530 parameters in float32" in text
    assert "Dense(784 -> 256, relu)" in text
    assert "200,960 parameters" in text


@pytest.mark.parametrize("n_members", [None, 3])
def test_threads_share_many_rows(n_members):
    network = make_network([4, 300, 2], n_members=n_members)
    X = np.random.RandomState(0).randn(9001, 4)
    expected = np.concatenate(
        [network.logits(X[i : i + 100]) for i in range(0, len(X), 100)]
    )
    with threadpool_limits(2, user_api="blas"):
        for n_threads in (1, 2, None):
            logits = network.logits(X, n_threads=n_threads)
            np.testing.assert_allclose(logits, expected, atol=1e-12)


@pytest.mark.parametrize("n_members", [None, 2])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("n_samples", [500, 512, 1024])
def test_batches_of_many_rows_are_sums_of_small_ones(
    n_members, fit_intercept, dropout, n_samples
):
    """Their layers lie in another order in memory, which is a matter of speed alone."""
    loss = LOSSES["log_loss", "softmax"]
    network = make_network(
        [4, 60, 30, 20, 3],
        "relu",
        n_members,
        fit_intercept=fit_intercept,
        dropout=dropout,
    )
    X, y, weight = make_batch(loss, n_members, n_samples)
    whole = network.loss_and_gradient(X, y, weight, loss, 0.1)
    gradient, totals = network.gradient.copy(), np.sum(weight, -1)
    sums, parts = 0.0, 0.0
    for rows in np.array_split(np.arange(n_samples), 4):
        part = weight[..., rows]
        value = network.loss_and_gradient(X[..., rows, :], y[..., rows, :], part, loss)
        share = np.sum(part, -1) / totals
        sums += value * share
        by_param = np.repeat(share, network.params.size // (n_members or 1))
        parts += network.gradient * by_param
    network.gradient[:] = parts
    sums += network._penalty.add(network.params, network.gradient, 0.1)
    np.testing.assert_allclose(whole, sums, rtol=1e-12)
    np.testing.assert_allclose(gradient, network.gradient, rtol=0, atol=1e-14)
