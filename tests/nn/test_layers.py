from itertools import product

import numpy as np
import pytest
from gradients import numerical_gradient, relative_error
from scipy.sparse import csr_array

from skdeepnn.compute.layout import LayerLayout
from skdeepnn.nn.activations import ACTIVATIONS, Activation
from skdeepnn.nn.layers import Dense, one_a_layer


def filled(rng, *args, **kwargs):
    layer = Dense(*args, **kwargs)
    layer.coef[...] = rng.randn(*layer.coef.shape)
    if layer.fit_intercept:
        layer.intercept[...] = rng.randn(*layer.intercept.shape)
    return layer


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("n_members", [None, 2])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_backward(rng, name, n_members, fit_intercept):
    layer = filled(rng, 3, 4, name, n_members=n_members, fit_intercept=fit_intercept)
    X = rng.randn(*(() if n_members is None else (n_members,)), 5, 3)
    factors = rng.randn(*X.shape[:-1], 4)  # of the outputs in a linear "loss"

    def loss():
        return (layer.forward(X) * factors).sum()

    cache = layer.new_cache(5)
    np.testing.assert_array_equal(layer.forward(X, cache), layer.forward(X))
    X_gradient = layer.backward(factors.copy(), cache)
    flat = X.reshape(-1)
    assert relative_error(X_gradient.ravel(), numerical_gradient(loss, flat)) < 1e-6
    expected = numerical_gradient(loss, layer.params.reshape(-1))
    expected = expected.reshape(layer.shape)
    assert relative_error(layer.coef_gradient, expected[..., :3, :]) < 1e-6
    if fit_intercept:
        assert relative_error(layer.intercept_gradient, expected[..., 3, :]) < 1e-6
    else:
        assert not layer.intercept.any()


@pytest.mark.parametrize("n_members", [None, 3])
def test_sparse_input_is_dense_input(rng, n_members):
    layer = filled(rng, 6, 2, "tanh", n_members=n_members)
    X = rng.randn(8, 6) * (rng.rand(8, 6) < 0.3)
    results = []
    for data in (X, csr_array(X)):
        cache = layer.new_cache(8, X_gradient=False)
        output = layer.forward(data, cache).copy()
        assert layer.backward(np.ones_like(output), cache) is None
        results.append((output, layer.coef_gradient.copy()))
    for dense, sparse in zip(*results, strict=True):
        np.testing.assert_allclose(dense, sparse, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("n_members", [None, 3])
@pytest.mark.parametrize("dropout", [0.0, 0.5])
@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_memory_order_and_ones_change_nothing(rng, n_members, dropout, name):
    layers = [
        filled(rng, 3, 4, name, n_members=n_members, dropout=dropout, param_order=order)
        for order in "CF"
    ]
    layers[1].params[...] = layers[0].params
    X = rng.randn(*(() if n_members is None else (n_members,)), 5, 3)
    X_ones = np.concatenate([X, np.ones((*X.shape[:-1], 1))], axis=-1)
    factors = rng.randn(*X.shape[:-1], 4)
    results = []
    for layer, data, order, ones in product(layers, (X, X_ones), "CF", (False, True)):
        cache = layer.new_cache(5, LayerLayout(layer.param_order, order, ones))
        output = layer.forward(data, cache)
        assert np.shares_memory(output, cache.output)
        if ones:
            np.testing.assert_array_equal(output[..., -1], 1)
        gradient = layer.backward(factors.copy(order=order), cache)
        results.append((output[..., :4].copy(), gradient, layer.gradient.copy()))
    for result in results[1:]:
        for array, expected in zip(result, results[0], strict=True):
            np.testing.assert_allclose(array, expected, rtol=1e-12, atol=1e-14)


def test_own_activation(rng):
    square = Activation(
        "square",
        value=lambda z, out: np.multiply(z, z, out=out),
        backward=lambda gradient, z, a, scratch: np.multiply(
            gradient, 2 * z, out=gradient
        ),
        keeps_input=True,
    )
    layer = filled(rng, 2, 2, square)
    X = rng.randn(3, 2)
    np.testing.assert_allclose(
        layer.forward(X), (X @ layer.coef + layer.intercept) ** 2
    )
    cache = layer.new_cache(3)
    layer.forward(X, cache)
    z = X @ layer.coef + layer.intercept
    np.testing.assert_allclose(
        layer.backward(np.ones((3, 2)), cache), 2 * z @ layer.coef.T
    )


def test_repr_reads_like_a_sentence():
    layer = Dense(3, 4, "relu", fit_intercept=False, n_members=2)
    assert repr(layer) == "Dense(3 -> 4, relu, no intercept, 2 members)"


def test_one_for_all_layers_or_one_each():
    assert one_a_layer("dropout", 0.5, 2) == [0.5, 0.5]
    assert one_a_layer("activation", np.array(["relu", "tanh"]), 2) == ["relu", "tanh"]
    own = ACTIVATIONS["relu"]  # a tuple, and one all the same
    assert one_a_layer("activation", own, 2) == [own, own]
    with pytest.raises(ValueError, match="weight_init has 1 entries for 2 layers: "):
        one_a_layer("weight_init", ["zeros"], 2, "layers")


@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_caches_are_of_the_layers_type(name):
    layer = Dense(3, 4, name, dropout=0.5, dtype=np.float32)
    cache = layer.new_cache(5)
    for array in (cache.z, cache.a, cache.output, cache.mask, cache.X_gradient):
        assert array.dtype == np.float32
    assert cache.scratch.dtype == (bool if name == "relu" else np.float32)
    assert Dense(3, 1, dtype=np.float32).new_cache(5).X_gradient.dtype == np.float32


def test_without_training_nothing_of_it_is_allocated():
    cache = Dense(3, 4, "gelu", dropout=0.5).new_cache(5, training=False)
    assert cache.scratch is cache.mask is cache.X_gradient is None
    assert Dense(3, 4).new_cache(5).mask is None  # without dropout


@pytest.mark.parametrize("dropout", [-0.1, 1.0, 2])
def test_bad_dropout(dropout):
    with pytest.raises(ValueError, match=r"dropout is a share in \[0, 1\), got "):
        Dense(3, 4, dropout=dropout)
