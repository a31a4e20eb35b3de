import numpy as np
import pytest

from skdeepnn.fitting.monitor import Monitor
from skdeepnn.fitting.state import FitState, fingerprint
from skdeepnn.nn.network import Network
from skdeepnn.nn.training import Epoch
from skdeepnn.tables.targets import TargetCoder

X, Y = np.arange(12.0).reshape(6, 2), np.arange(6) % 2


def new_state(**settings):
    state = FitState(TargetCoder([0, 1]), network=Network([2, 1]), **settings)
    state.monitor = Monitor(tol=0.0, patience=1)
    return state


@pytest.mark.parametrize("folded", [None, "nothing", "several", "of these rows"])
def test_rows_by_other_columns_are_the_same_rows(folded):
    state = new_state(folded=folded, scored=("of these rows", "labels", "None"))
    state.take_columns(X, Y)
    now = fingerprint(X, Y)
    assert state.folded == (now if folded == "of these rows" else folded)
    assert state.scored == (now, "labels", "None")
    unscored = new_state(folded=folded)
    unscored.take_columns(X, Y)
    assert unscored.scored is None


def test_a_copy_is_not_of_a_fit_that_goes_on():
    state = new_state(steps="moments")
    other = state.copy()
    assert other.steps is None
    state.network.params[:] = 1
    state.monitor.add(Epoch(1.0, 1.0, 0.1, n_samples=5, seconds=0.0))
    assert not other.network.params.any()
    assert (other.monitor.n_iter, other.monitor.column("loss")) == (0, [])


def test_fingerprints_tell_rows_and_labels_apart():
    same = fingerprint(X.copy(), Y.copy())
    assert fingerprint(X, Y) == same
    assert len({same, fingerprint(X + 1, Y), fingerprint(X, 1 - Y)}) == 3
    assert fingerprint(X[::-1], Y) != same
