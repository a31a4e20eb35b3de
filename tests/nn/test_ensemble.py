import pickle
from copy import copy

import numpy as np
import pytest

from skdeepnn.nn.ensemble import Ensemble
from skdeepnn.nn.network import Network

COLUMNS = [np.array([0, 1, 4]), np.array([2, 3, 4])]


def make_ensemble(seed=0, **settings):
    parts = [Network([3, 6, 5, 2], n_members=3, **settings) for _ in COLUMNS]
    ensemble = Ensemble(parts, COLUMNS, ["a", "b"])
    ensemble.initialize([np.random.RandomState(seed + i) for i in range(6)])
    return ensemble


X = np.random.RandomState(0).randn(40, 5)


def test_logits_are_the_mean_of_those_of_all_members():
    ensemble = make_ensemble()
    of_members = [
        member.logits(X[:, columns])
        for part, columns in zip(ensemble.parts, COLUMNS, strict=True)
        for member in (part.group(slice(i, i + 1)) for i in range(3))
    ]
    np.testing.assert_allclose(ensemble.logits(X), np.mean(of_members, axis=0))


def test_parts_are_views_of_one_vector():
    ensemble = make_ensemble()
    assert ensemble.params.size == sum(part.params.size for part in ensemble.parts)
    ensemble.params[:] = 0
    assert not ensemble.parts[1].layers[0].coef.any()
    ensemble.parts[0].layers[0].coef[...] = 1
    assert ensemble.params.sum() == 3 * 3 * 6


def test_with_params_shares_them_and_copies_do_not():
    ensemble = make_ensemble()
    params = np.ones_like(ensemble.params)
    twin, other = ensemble.with_params(params), copy(ensemble)
    params[:] = 0
    assert not twin.logits(X).any()
    ensemble.params[:] = 0
    assert other.logits(X).any()


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_merged_is_the_same_stack(fit_intercept):
    ensemble = make_ensemble(fit_intercept=fit_intercept)
    merged = ensemble.merged()
    assert (merged.n_members, merged.layer_sizes) == (6, [5, 6, 5, 2])
    np.testing.assert_allclose(merged.logits(X), ensemble.logits(X))
    assert not merged.layers[0].coef[:3, [2, 3]].any()


def test_its_layers_cannot_be_written_to():
    layers = make_ensemble().layers
    for array in (layers[0].coef, layers[1].intercept, layers[2].params):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_keeps_some_of_its_parts():
    ensemble = make_ensemble()
    kept = ensemble.keep([1])
    assert kept.names == ["b"]
    expected = ensemble.parts[1].logits(X[:, COLUMNS[1]])
    np.testing.assert_array_equal(kept.logits(X), expected)
    ensemble.params[:] = 0
    np.testing.assert_array_equal(kept.logits(X), expected)


def test_survives_pickling():
    ensemble = make_ensemble()
    loaded = pickle.loads(pickle.dumps(ensemble))
    np.testing.assert_array_equal(loaded.logits(X), ensemble.logits(X))
    loaded.params[:] = 0
    assert not loaded.logits(X).any()


def test_inputs_lie_row_by_row_in_memory():
    assert all(part.flags.c_contiguous for part in make_ensemble().inputs(X))
