"""Layouts: a recipe for a shape of network and a batch, computed once."""

import pytest

from skdeepnn.compute.layout import best_param_orders, layouts
from skdeepnn.nn.network import Network


def orders(layer_sizes, n_samples):
    recipe = layouts(layer_sizes, n_samples)
    for before, after in zip(recipe, recipe[1:], strict=False):
        assert before.output_order == after.input_order
    return "".join([recipe[0].input_order, *(one.output_order for one in recipe)])


@pytest.mark.parametrize(
    ("layer_sizes", "n_samples", "expected"),
    [
        ((30, 100, 50, 2), 100, "CFCF"),  # alternating, and logits in columns
        ((30, 100, 50, 2), 500, "CFFF"),  # many rows: columns
        ((30, 100, 50, 2), 1024, "CFCF"),  # but where columns would compete
        ((30, 200, 200, 2), 100, "CCFF"),  # a large layer reads and writes rows
        ((30, 200, 200, 2), 1000, "CCFF"),  # and so it does with many
        ((30, 2), 100, "CF"),
    ],
)
def test_orders(layer_sizes, n_samples, expected):
    assert orders(layer_sizes, n_samples) == expected


def test_columns_have_one_of_ones_unless_they_are_the_logits():
    assert [one.ones for one in layouts((3, 4, 4, 4, 2), 10)] == [True, False, True, 0]
    assert not any(one.ones for one in layouts((3, 4, 4, 2), 10, fit_intercept=False))


def test_layouts_are_computed_once_and_fixed():
    recipe = layouts((3, 4, 2), 10, True)
    assert layouts((3, 4, 2), 10, True) is recipe
    with pytest.raises(AttributeError):
        recipe[0].ones = False


def test_a_network_lies_as_its_layout_says():
    network = Network([3, 4, 4, 2])
    assert network.param_orders == best_param_orders([3, 4, 4, 2]) == ["C", "F", "C"]
    caches = network.new_caches(10)
    for layer, cache, one in zip(
        network.layers, caches, layouts((3, 4, 4, 2), 10), strict=True
    ):
        assert cache.output.shape == (10, layer.fan_out + one.ones)
        assert cache.output.flags[f"{one.output_order}_CONTIGUOUS"]
        if layer is not network.layers[0]:
            assert cache.X_gradient.flags[f"{one.input_order}_CONTIGUOUS"]
    assert caches[0].X_gradient is None
