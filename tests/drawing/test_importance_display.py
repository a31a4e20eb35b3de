import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from skdeepnn import DeepNNClassifier
from skdeepnn.displays import ImportanceDisplay


@pytest.fixture(scope="module")
def data():
    X = np.random.RandomState(0).randn(200, 4)
    return X, X[:, 2] + X[:, 0] / 2 > 0


def labels(display):
    return [text.get_text() for text in display.ax_.get_yticklabels()]


def test_a_bar_for_each_of_the_first_columns(data):
    clf = DeepNNClassifier(random_state=0).fit(*data)
    display = ImportanceDisplay.from_estimator(
        clf, *data, max_features=2, random_state=0
    )
    assert labels(display) == ["x0", "x2"]  # from below
    means = np.sort(display.importances.mean(axis=1))[-2:]
    np.testing.assert_allclose([bar.get_width() for bar in display.bars_], means)
    assert display.ax_.get_xlabel() == "Decrease of accuracy where shuffled"


def test_names_of_a_pipelines_columns(data):
    X = pd.DataFrame(data[0], columns=["a", "b", "c", "d"])
    model = make_pipeline("passthrough", DeepNNClassifier(random_state=0))
    model.fit(X, data[1])
    display = ImportanceDisplay.from_estimator(model, X, data[1], random_state=0)
    assert labels(display)[-2:] == ["a", "c"]


def test_of_other_origin_with_names():
    found = np.array([[0.1, 0.1], [0.3, 0.2], [0.0, -0.1]])
    display = ImportanceDisplay(
        importances=found, feature_names=["age", "income", "city"], score_name="AUC"
    ).plot(color="grey")
    assert labels(display) == ["city", "age", "income"]
    assert display.ax_.get_xlabel() == "Decrease of AUC where shuffled"


def test_columns_of_the_same_name_have_a_bar_each():
    display = ImportanceDisplay(
        importances=[[0.1], [0.3]], feature_names=["age", "age"]
    ).plot()
    assert labels(display) == ["age", "age"]
    places = [bar.get_y() for bar in display.bars_]
    assert places[1] - places[0] == 1


def test_nothing_is_black_on_dark_ground():
    with plt.style.context("dark_background"):
        display = ImportanceDisplay(importances=[[0.1, 0.2]], feature_names="a").plot()
        (zero,) = display.ax_.get_lines()
    (errors,) = display.bars_.errorbar.lines[2]
    assert zero.get_color() == "white"
    np.testing.assert_array_equal(errors.get_color(), [[1, 1, 1, 1]])


def test_another_number_of_names():
    with pytest.raises(
        ValueError, match="1 feature_names for importances of 2 columns"
    ):
        ImportanceDisplay(importances=[[0.1], [0.3]], feature_names=["a"]).plot()


def test_no_columns_at_all():
    display = ImportanceDisplay(importances=[[0.1]], feature_names=["a"])
    with pytest.raises(ValueError, match="max_features must be at least 1, got 0"):
        display.plot(max_features=0)
