"""What users write, for `mypy --strict` to check; `test_typing.py` has it do so.

`right` is run, too. Each line of `wrong` must be found wrong, or the comment that says
so is one too many, which is an error itself.
"""

from pathlib import Path
from typing import assert_type

import numpy as np
from onnxruntime import InferenceSession

from skdeepnn import DeepNNClassifier, LogisticRegressionNN, load, save
from skdeepnn.crossfit import calibration_error
from skdeepnn.datasets import make_flower
from skdeepnn.displays import (
    ImportanceDisplay,
    LossCurveDisplay,
    NetworkDisplay,
    WeightsDisplay,
)
from skdeepnn.inspection import oof_permutation_importance
from skdeepnn.model_selection import LayerSizes, layer_size_grid, out_of_fold
from skdeepnn.nn.activations import ACTIVATIONS
from skdeepnn.onnx import as_inputs, to_onnx
from skdeepnn.preprocessing import TabularEncoder
from skdeepnn.typing import MatrixLike


def right(path: Path) -> None:
    X, y = make_flower(100, random_state=0)
    clf = DeepNNClassifier(
        (8, 4), activation=["relu", "tanh"], max_iter=3, random_state=0
    )
    assert_type(clf.fit(X, y), DeepNNClassifier)
    clf.fit(X.tolist(), y.tolist(), sample_weight=np.ones(100), X_val=X, y_val=y)
    clf.fit(X, y)
    assert_type(clf.predict(X), np.ndarray)
    assert_type(clf.predict_proba(X), np.ndarray)
    assert_type(clf.score(X, y), float)
    assert_type(clf.oof_score_, float)
    assert_type(clf.coefs_[0], np.ndarray)
    assert_type(clf.history_["loss"], np.ndarray)
    assert_type(clf.n_features_in_, int)
    print(clf.network_.layers, clf.columns_["kind"], clf.views_["bins"] > 0.5)
    print(clf.predict_set(X[:3], confidence=0.8), clf.score_report()["accuracy"])
    assert_type(calibration_error(clf.oof_predict_proba_, y), float)
    print(oof_permutation_importance(clf, X, y, scoring="accuracy", n_repeats=1))
    assert_type(clf.state_dict(), dict[str, np.ndarray])
    save(clf, path)
    print(load(path).predict(X))
    display = LossCurveDisplay.from_estimator(clf, quantity="learning_rate")
    assert_type(display, LossCurveDisplay)
    assert_type(ImportanceDisplay.from_estimator(clf, X, y).plot(), ImportanceDisplay)
    assert_type(NetworkDisplay.from_estimator(clf, max_units=8), NetworkDisplay)
    NetworkDisplay(coefs={"x": clf.coefs_}, activations=["relu"] * 3, name="N").plot()
    assert_type(WeightsDisplay.from_estimator(clf).features_, np.ndarray)
    assert_type(WeightsDisplay(coef=X, unit_names="ab").plot(), WeightsDisplay)
    session = InferenceSession(to_onnx(clf, X).SerializeToString())
    print(session.run(None, as_inputs(X, session)))
    schedules = (
        DeepNNClassifier("8-4", solver="sgd", learning_rate="adaptive", alpha=1),
        DeepNNClassifier(8, ACTIVATIONS["tanh"], learning_rate=lambda share: 1 - share),
        DeepNNClassifier(np.array([8]), class_weight={0: 1, 1: 2.5}, preprocess=None),
    )
    for other in schedules:
        other.set_params(max_iter=1)
        assert_type(other.fit(X, y).n_iter_, int)
    logistic = LogisticRegressionNN(C=np.inf, class_weight="balanced").fit(X, y)
    assert_type(logistic, LogisticRegressionNN)
    assert_type(logistic.coef_, np.ndarray)
    assert_type(logistic.sparsify(), LogisticRegressionNN)
    encoder = TabularEncoder(views=["bins", "quantiles"], max_categories=5).fit(X)
    assert_type(encoder.get_feature_names_out(), np.ndarray)
    assert_type(encoded(X), np.ndarray)
    assert_type(layer_size_grid([8, 16], range(3), shape="funnel"), list[str])
    assert_type(LayerSizes(width=(4, 8)).rvs(random_state=0), str)
    print(out_of_fold("accuracy"))


def encoded(X: MatrixLike) -> np.ndarray:
    return TabularEncoder().fit(X).transform(X)


def wrong() -> None:
    X, y = make_flower()
    DeepNNClassifier(solver="adamm")  # type: ignore[arg-type]
    DeepNNClassifier(hidden_layer_size=(8,))  # type: ignore[call-arg]
    DeepNNClassifier((8,), "relu", "adam")  # type: ignore[call-arg]
    DeepNNClassifier(alpha="0.1")  # type: ignore[arg-type]
    DeepNNClassifier(learning_rate=0.1)  # type: ignore[arg-type]
    DeepNNClassifier(dtype="float16")  # type: ignore[arg-type]
    DeepNNClassifier().fit(X, y, validation=(X, y))  # type: ignore[call-arg]
    DeepNNClassifier().fit(X, y, None, X, y)  # type: ignore[call-arg]
    DeepNNClassifier().predict()  # type: ignore[call-arg]
    DeepNNClassifier().fit(object(), y)  # type: ignore[arg-type]
    DeepNNClassifier().oof_score_()  # type: ignore[operator]
    LogisticRegressionNN(solver="liblinear")  # type: ignore[arg-type]
    LogisticRegressionNN(10.0)  # type: ignore[arg-type]
    TabularEncoder("from_dtype")  # type: ignore[call-arg]
    layer_size_grid(8, [1])  # type: ignore[arg-type]
    LayerSizes(shape="square")  # type: ignore[arg-type]
    make_flower(random_state="1")  # type: ignore[arg-type]
    LossCurveDisplay(history={}, quantity="losses")  # type: ignore[arg-type]
    NetworkDisplay(coef=[])  # type: ignore[call-arg]
    NetworkDisplay.from_estimator(DeepNNClassifier(), max_units="8")  # type: ignore[arg-type]
    WeightsDisplay(X)  # type: ignore[call-arg]
    WeightsDisplay.from_estimator(DeepNNClassifier(), image_shape=8)  # type: ignore[arg-type]
    to_onnx(DeepNNClassifier())  # type: ignore[call-arg]
    save(DeepNNClassifier())  # type: ignore[call-arg]
    save(X, "model")  # type: ignore[arg-type]
