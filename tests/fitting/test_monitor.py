import numpy as np
import pytest

from skdeepnn.fitting.monitor import Monitor
from skdeepnn.nn.network import Network
from skdeepnn.nn.training import Epoch, LearningRate


def epoch(loss):
    return Epoch(loss, gradient_norm=1.0, learning_rate=0.1, n_samples=5, seconds=0.0)


def test_patience_counts_epochs_in_a_row():
    monitor = Monitor(tol=0.1, patience=2)
    stops = []
    for loss in (1.0, 0.95, 0.8, 0.79, 0.78, 0.77):
        monitor.add(epoch(loss))
        stops.append(monitor.is_out_of_patience())
    assert stops == [False] * 5 + [True]
    assert monitor.best_loss == 0.77
    assert monitor.column("loss") == [1.0, 0.95, 0.8, 0.79, 0.78, 0.77]
    assert (monitor.n_iter, monitor.n_seen) == (6, 30)


def test_infinite_patience():
    monitor = Monitor(tol=0.1, patience=np.inf)
    for _ in range(100):
        monitor.add(epoch(1.0))
        assert not monitor.is_out_of_patience()


def test_best_parameters_come_back():
    network = Network([1, 1])
    monitor = Monitor(tol=0.0, patience=9, watches_score=True)
    for value, score in enumerate([0.5, 0.9, 0.7]):
        network.params[:] = value
        monitor.add(epoch(1.0), network, validation_score=score)
    monitor.restore_best(network)
    assert set(network.params) == {1.0}
    assert monitor.best_score == 0.9
    assert monitor.best_loss is None


def test_adaptive_rate_gets_another_chance(capsys):
    monitor = Monitor(tol=1e-4, patience=1)
    rate = LearningRate(1e-5, "adaptive")
    stopped_at = None
    for i in range(20):
        monitor.add(epoch(1.0))
        if monitor.is_out_of_patience(rate, verbose=True):
            stopped_at = i
            break
    assert stopped_at == 6  # 2 reductions with 2 epochs' grace each, then the end
    printed = capsys.readouterr().out
    assert printed.count("Setting learning rate to") == 2
    assert printed.count("Stopping.") == 1


def test_history_is_a_dict_of_arrays():
    monitor = Monitor(tol=1e-4, patience=1)
    monitor.add(epoch(2.0))
    monitor.add(epoch(1.0), score=0.5)
    history = monitor.history
    assert history["loss"].tolist() == [2.0, 1.0]
    assert history["score"].tolist() == pytest.approx([np.nan, 0.5], nan_ok=True)


def test_what_was_watched_before_does_not_count_for_something_else():
    """A loss of 0.1 is no score of -0.1, nor a score of 0.9 a loss of -0.9."""
    network = Network([1, 1])
    monitor = Monitor(tol=0.0, patience=2)
    for loss in (0.1, 0.2):
        monitor.add(epoch(loss))
    assert monitor.n_stalled == 1
    rule = {"tol": 0.0, "patience": 2}
    monitor.start(network, **rule, watches_score=True)
    assert (monitor.n_stalled, monitor.best_score) == (0, -np.inf)
    network.params[:] = 1
    monitor.add(epoch(0.3), network, validation_score=-0.5)
    assert (monitor.n_stalled, monitor.best_score) == (0, -0.5)
    network.params[:] = 2
    monitor.restore_best(network)
    assert set(network.params) == {1.0}
    monitor.add(epoch(0.3), network, validation_score=0.9)
    monitor.start(network, **rule, watches_score=False)
    monitor.add(epoch(0.3))
    assert (monitor.n_stalled, monitor.best_loss) == (0, 0.3)
    monitor.start(network, **rule, watches_score=False)  # as before: that counts on
    monitor.add(epoch(0.4))
    assert (monitor.n_iter, monitor.n_stalled, monitor.best_loss) == (1, 1, 0.3)


def test_the_best_of_the_calls_before_is_kept():
    network = Network([1, 1])
    rule = {"tol": 0.0, "patience": 9, "watches_score": True}
    monitor = Monitor(**rule)
    network.params[:] = 1
    monitor.add(epoch(1.0), network, validation_score=0.9)
    monitor.restore_best(network)
    monitor.start(network, **rule)
    network.params[:] = 2
    monitor.add(epoch(1.0), network, validation_score=0.8)
    monitor.restore_best(network)
    assert set(network.params) == {1.0}


def test_what_came_after_a_snapshot_can_be_forgotten():
    monitor = Monitor(tol=0.0, patience=9)
    monitor.add(epoch(2.0))
    snapshot, history = monitor.snapshot(), monitor.history
    monitor.add(epoch(1.0), score=0.5)
    monitor.restore(snapshot)
    assert monitor.history.keys() == history.keys()
    assert monitor.column("loss") == [2.0]
    assert (monitor.n_iter, monitor.n_seen, monitor.best_loss) == (1, 5, 2.0)


def test_another_training_is_taken_over():
    monitor = Monitor(tol=0.0, patience=2)
    numbers = {"n_iter": 3, "n_seen": 30, "loss": 0.4, "best": 0.3}
    monitor.take_over(**numbers, n_stalled=1, losses=[0.5, 0.3, 0.4])
    assert (monitor.n_iter, monitor.n_seen, monitor.loss) == (3, 30, 0.4)
    assert (monitor.best_loss, monitor.n_stalled) == (0.3, 1)
    assert {name: list(of) for name, of in monitor.history.items()} == {
        "loss": [0.5, 0.3, 0.4]
    }
    monitor.add(epoch(0.35))
    assert monitor.n_stalled == 2
    scores = Monitor(tol=0.0, patience=2, watches_score=True)
    scores.take_over(**numbers | {"best": 0.9}, scores=[0.9, 0.8])
    assert (scores.best_score, scores.n_stalled) == (0.9, 0)


def test_how_long_patience_lasts():
    monitor = Monitor(tol=0.0, patience=2)
    n_sure = []
    for loss in (1.0, 1.0, 1.0, 0.5):
        monitor.add(epoch(loss))
        n_sure.append(monitor.n_sure)
    assert n_sure == [3, 2, 1, 3]
