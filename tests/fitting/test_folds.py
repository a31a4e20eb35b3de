import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdeepnn.fitting.folds import (
    HeldOut,
    OutOfFold,
    assign_folds,
    fold_logits,
    held_out_logits,
)
from skdeepnn.nn.ensemble import Ensemble
from skdeepnn.nn.losses import CategoricalCrossEntropy
from skdeepnn.nn.network import Network
from skdeepnn.tables.rows import Data

LOSS = CategoricalCrossEntropy()


def make_data(n_samples=50, n_classes=3, seed=0):
    rng = np.random.RandomState(seed)
    X, y = rng.randn(n_samples, 4), rng.randint(n_classes, size=n_samples)
    return Data(X, np.eye(n_classes)[y], y, None)


@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=5),
    n_folds=st.integers(2, 8),
    seed=st.integers(0, 99),
)
def test_folds_have_their_share_of_every_class(counts, n_folds, seed):
    y = np.random.RandomState(seed).permutation(
        np.repeat(np.arange(len(counts)), counts)
    )
    folds = assign_folds(y, n_folds, np.random.RandomState(seed))
    sizes = np.bincount(folds, minlength=n_folds)
    assert sizes.sum() == len(y)
    assert np.ptp(sizes) <= 1
    for label in range(len(counts)):
        assert np.ptp(np.bincount(folds[y == label], minlength=n_folds)) <= 1


def test_folds_of_multilabel_rows():
    Y = np.random.RandomState(0).randint(2, size=(21, 3))
    folds = assign_folds(Y, 4, np.random.RandomState(0))
    assert sorted(np.bincount(folds)) == [5, 5, 5, 6]


@pytest.mark.parametrize("n_samples", [50, 51, 53])
@pytest.mark.parametrize("n_members", [2, 4, 7])
def test_each_row_is_predicted_by_the_member_that_has_not_seen_it(n_samples, n_members):
    data = make_data(n_samples)
    network = Network([4, 5, 3], n_members=n_members)
    network.initialize([np.random.RandomState(i) for i in range(n_members)])
    held = OutOfFold(data, network, LOSS, np.random.RandomState(0))
    (logits,) = held.logits(network)
    all_logits = network.member_logits(
        np.broadcast_to(data.X, (n_members, *data.X.shape))
    )
    unseen_rows = [np.setdiff1d(np.arange(n_samples), rows) for rows in held.rows]
    for member, unseen in enumerate(unseen_rows):
        assert len(unseen) in (n_samples // n_members, -(-n_samples // n_members))
        np.testing.assert_allclose(
            logits[unseen], all_logits[member][unseen], rtol=1e-12
        )
    together = np.concatenate(
        [np.setdiff1d(np.arange(n_samples), r) for r in held.rows]
    )
    np.testing.assert_array_equal(np.sort(together), np.arange(n_samples))


def test_predictions_in_blocks_are_predictions_at_once(monkeypatch):
    data = make_data(500)
    network = Network([4, 5, 3], n_members=2)
    network.initialize([np.random.RandomState(i) for i in range(2)])
    at_once = OutOfFold(data, network, LOSS, np.random.RandomState(0)).logits(network)
    monkeypatch.setattr("skdeepnn.fitting.folds._BLOCK_VALUES", 1)
    blocks = OutOfFold(data, network, LOSS, np.random.RandomState(0)).logits(network)
    np.testing.assert_allclose(blocks, at_once, rtol=1e-12)


def test_held_out_rows_are_predicted_by_all():
    data = make_data()
    network = Network([4, 5, 3], n_members=2)
    network.initialize([np.random.RandomState(i) for i in range(2)])
    (logits,) = HeldOut(data, network, LOSS).logits(network)
    np.testing.assert_array_equal(logits, network.logits(data.X))


def make_ensemble(n_members=4):
    parts = [Network([n, 5, 3], n_members=n_members) for n in (4, 2, 4)]
    columns = [np.arange(4), np.array([0, 3]), np.arange(4)]
    ensemble = Ensemble(parts, columns, ["a", "b", "c"])
    ensemble.initialize([np.random.RandomState(i) for i in range(3 * n_members)])
    return ensemble


def test_the_training_loss_is_of_members_that_have_seen_the_rows():
    data, network = make_data(48), make_ensemble()
    held = OutOfFold(data, network, LOSS, np.random.RandomState(0))
    looked = held.look(network)
    held.evaluate(looked.held_out, n_iter=20)
    losses = []
    for fold in range(4):
        rows = np.flatnonzero(held.folds == fold - 1 if fold else held.folds == 3)
        assert np.isin(rows, held.rows[fold]).all()
        logits = [
            part.group(slice(fold, fold + 1)).logits(X[rows])
            for part, X in zip(network.parts, network.inputs(data.X), strict=True)
        ]
        combined = np.tensordot(held.weights, logits, 1)
        losses.append(LOSS.value(combined, data.targets[rows], None))
    np.testing.assert_allclose(held.training_loss(looked.seen), np.mean(losses))


def test_the_part_that_tells_nothing_is_retired():
    rng = np.random.RandomState(0)
    data = make_data(200)
    network = make_ensemble()
    held = OutOfFold(data, network, LOSS, np.random.RandomState(0))
    telling = 4 * data.targets + rng.randn(200, 3)
    parts = np.stack([telling, rng.randn(200, 3), telling + rng.randn(200, 3)])
    held.logits = lambda network: parts[held.active]
    assert held.retire(network) == 1
    assert held.active.tolist() == [0, 2]
    assert len(held.weights) == 2
    kept, calibration, _ = held.calibrate(network)
    assert kept.names == ["a", "c"]
    assert len(calibration.weights) == 2


def test_members_of_a_fold_predict_the_rows_that_it_holds_out():
    data, network = make_data(50), make_ensemble()
    held = OutOfFold(data, network, LOSS, np.random.RandomState(0))
    folds = [np.flatnonzero(held.folds == k) for k in range(4)]
    of_folds = fold_logits(network, data.X)
    expected = of_folds[np.arange(50), held.folds]
    np.testing.assert_allclose(held_out_logits(network, data.X, folds), expected)
    np.testing.assert_allclose(held.logits(network).mean(axis=0), expected)
    np.testing.assert_allclose(of_folds.mean(axis=1), network.logits(data.X))


@pytest.mark.parametrize("n_seen", [20, 50, 99])
def test_beside_rows_held_out_as_many_seen_ones_are_looked_at(n_seen):
    """From the first of them to the last."""
    data, seen = make_data(), make_data(n_seen, seed=1)
    network = Network([4, 5, 3])
    network.initialize(np.random.RandomState(0))
    looked = HeldOut(data, network, LOSS, seen).look(network)
    expected = network.logits(seen.X[[0, -1]])
    assert looked.seen.shape == (1, min(n_seen, 50), 3)
    np.testing.assert_allclose(looked.seen[0, [0, -1]], expected)
    if n_seen <= 50:
        held = HeldOut(data, network, LOSS, seen, is_honest=False)
        value = LOSS.value(network.logits(seen.X), seen.targets)
        assert held.training_loss(looked.seen) == pytest.approx(value)
