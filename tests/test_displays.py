"""What all displays have in common."""

import sys

import numpy as np
import pytest
from like_mlp import like_mlp
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.displays import (
    ImportanceDisplay,
    LossCurveDisplay,
    NetworkDisplay,
    WeightsDisplay,
)

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

OF_ESTIMATORS = [LossCurveDisplay, NetworkDisplay, WeightsDisplay]
MADE = [
    LossCurveDisplay(history={"loss": [0.7, 0.6]}),
    NetworkDisplay(coefs=[np.eye(2)]),
    WeightsDisplay(coef=np.eye(2)),
    WeightsDisplay(coef=np.eye(4), image_shape=(2, 2)),
    ImportanceDisplay(importances=[[0.1]], feature_names=["x0"]),
]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture(scope="module")
def clf():
    return LogisticRegressionNN().fit([[0.0, 1.0], [1.0, 3.0]], [0, 1])


@pytest.mark.parametrize("display", MADE)
def test_axes_are_taken(display):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2)
    assert display.plot(ax=axes[1]) is display
    assert display.ax_ is axes[1]
    assert display.figure_ is figure


@pytest.mark.parametrize("display", MADE)
def test_a_figure_is_made_else_and_can_be_saved(display, tmp_path):
    display.plot().figure_.savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 1000


@pytest.mark.parametrize("display", MADE)
def test_without_matplotlib(display, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r'pip install "skdeepnn\[plot\]"'):
        display.plot()


@pytest.mark.parametrize("kind", OF_ESTIMATORS)
def test_without_matplotlib_of_an_estimator(kind, clf, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r'pip install "skdeepnn\[plot\]"'):
        kind.from_estimator(clf)


@pytest.mark.parametrize("kind", OF_ESTIMATORS)
@pytest.mark.parametrize("estimator", [like_mlp(), LogisticRegressionNN()])
def test_not_fitted(kind, estimator):
    with pytest.raises(NotFittedError):
        kind.from_estimator(estimator)


def test_importance_of_what_is_not_fitted():
    with pytest.raises(NotFittedError):
        ImportanceDisplay.from_estimator(DeepNNClassifier(), [[0.0]], [0])


@pytest.mark.parametrize("kind", OF_ESTIMATORS)
def test_other_kinds_of_estimators(kind):
    peer = LogisticRegression().fit([[0], [1]], [0, 1])
    with pytest.raises(
        TypeError, match=f"LogisticRegression keeps no .*{kind.__name__}"
    ):
        kind.from_estimator(peer)
    X, y = np.arange(20.0).reshape(-1, 1), np.arange(20) // 10
    search = GridSearchCV(LogisticRegressionNN(), {"C": [1]}).fit(X, y)
    with pytest.raises(TypeError, match="Pass its best_estimator_"):
        kind.from_estimator(search)
    assert kind.from_estimator(search.best_estimator_).ax_ is not None
