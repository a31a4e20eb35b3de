"""A long life in short: `load.py` has the script, whose long form takes minutes."""

import tracemalloc

import numpy as np
import pytest
from load import main, make_rows, predict_rows, rise, train_on_stream

from skdeepnn import DeepNNClassifier


@pytest.fixture
def traced():
    tracemalloc.start()
    yield
    tracemalloc.stop()


def test_single_predictions_keep_nothing(traced):
    X, y = make_rows(np.random.default_rng(0), 500)
    clf = DeepNNClassifier((4,), n_members=1, random_state=0).fit(X, y)
    before = clf.predict_proba(X)
    looks = list(predict_rows(clf, 500, n_looks=10))
    assert [look.done for look in looks] == [50 * (i + 1) for i in range(10)]
    rises, _ = rise(looks, "memory")
    # Python keeps some freed objects for the next ones; an array has 112 bytes and more
    assert rises < 400 * 75
    np.testing.assert_array_equal(clf.predict_proba(X), before)


def test_a_stream_keeps_a_line_of_history_a_block_and_learns(traced):
    clf = DeepNNClassifier((16,), n_members=1, random_state=0)
    looks = list(train_on_stream(clf, n_rows=100_000, n_block=1000, n_looks=10))
    assert len(clf.loss_curve_) == 100
    rises, _ = rise(looks, "memory")
    assert rises < 100_000  # not a byte a row, and four numbers a block
    accuracy = [look.accuracy for look in looks]
    assert accuracy[-1] > 0.96
    assert min(accuracy[3:]) > accuracy[-1] - 0.03


def test_the_script_prints_what_rises(capsys):
    main(["--predictions", "20", "--rows", "8e3", "--block", "400"])
    lines = capsys.readouterr().out.splitlines()
    heads = ["single predictions: 20", "rows of a stream: 8,000"]
    assert [line for line in lines if line[0] != " "] == heads
    assert [line.split()[0] for line in lines if line[0] == " "] == [
        "memory",
        "time",
        "accuracy",
    ] * 2
    assert all("rises by" in line for line in lines if line[0] == " ")
