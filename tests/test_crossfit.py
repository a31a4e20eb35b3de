import pickle

import numpy as np
import pandas as pd
import pytest
from cleanlab.filter import find_label_issues
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import (
    load_breast_cancer,
    load_iris,
    load_wine,
    make_classification,
)
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    RocCurveDisplay,
    accuracy_score,
    classification_report,
    log_loss,
    roc_auc_score,
)
from sklearn.model_selection import cross_val_predict, train_test_split

from skdeepnn import DeepNNClassifier
from skdeepnn.crossfit import calibration_error


@pytest.fixture(scope="module", params=[load_wine, load_breast_cancer])
def fitted(request):
    X, y = request.param(return_X_y=True)
    return DeepNNClassifier(random_state=0).fit(X, y), X, y


def test_out_of_fold_predictions_have_the_shapes_of_predictions(fitted):
    clf, X, y = fitted
    assert clf.oof_predict().shape == clf.predict(X).shape
    assert clf.oof_predict_proba_.shape == clf.predict_proba(X).shape
    assert clf.oof_decision_function_.shape == clf.decision_function(X).shape
    assert clf.oof_score_ == accuracy_score(y, clf.oof_predict())
    np.testing.assert_allclose(clf.oof_predict_proba_.sum(axis=1), 1, rtol=1e-6)


def test_they_are_about_what_cross_val_predict_gives(fitted):
    clf, X, y = fitted
    slow = cross_val_predict(clone(clf), X, y, cv=4, method="predict_proba")
    assert abs(log_loss(y, slow) - log_loss(y, clf.oof_predict_proba_)) < 0.06
    agree = (slow.argmax(axis=1) == clf.oof_predict()).mean()
    assert agree > 0.95


def test_scikit_learns_displays_take_them():
    pytest.importorskip("matplotlib")
    X, y = load_breast_cancer(return_X_y=True)
    clf = DeepNNClassifier(random_state=0).fit(X, y)
    proba = clf.oof_predict_proba_[:, 1]
    reliability = CalibrationDisplay.from_predictions(y, proba)
    assert abs(reliability.prob_true - reliability.prob_pred).mean() < 0.3
    matrix = ConfusionMatrixDisplay.from_predictions(y, clf.oof_predict())
    assert np.trace(matrix.confusion_matrix) == round(clf.oof_score_ * len(y))
    curve = RocCurveDisplay.from_predictions(y, proba)
    assert curve.roc_auc == pytest.approx(clf.score_report()["roc_auc"]["value"])


def test_cleanlab_finds_wrong_labels():
    X, y = load_iris(return_X_y=True)
    wrong = np.arange(0, 150, 15)
    given = y.copy()
    given[wrong] = (y[wrong] + 1) % 3
    proba = DeepNNClassifier(random_state=0).fit(X, given).oof_predict_proba_
    found = find_label_issues(
        given, proba, return_indices_ranked_by="self_confidence", n_jobs=1
    )
    assert len(np.intersect1d(found, wrong)) >= 9
    assert len(found) < 2 * len(wrong)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_report_says_what_scikit_learns_metrics_say(fitted, weighted):
    clf, X, y = fitted
    weight = None
    if weighted:
        weight = np.random.RandomState(0).randint(1, 4, len(y)).astype(float)
        clf = clone(clf).fit(X, y, sample_weight=weight)
    report, proba = clf.score_report(), clf.oof_predict_proba_
    given = {"sample_weight": weight}
    assert report["accuracy"]["value"] == pytest.approx(clf.oof_score_)
    expected = log_loss(y, proba, **given)
    assert report["log_loss"]["value"] == pytest.approx(expected, rel=1e-4)
    areas = [roc_auc_score(y == k, p, **given) for k, p in enumerate(proba.T)]
    assert report["roc_auc"]["value"] == pytest.approx(np.mean(areas))
    theirs = classification_report(y, clf.oof_predict(), output_dict=True, **given)
    for label, ours in report["per_class"].items():
        for name, key in (("precision",) * 2, ("recall",) * 2, ("f1", "f1-score")):
            assert ours[name] == pytest.approx(theirs[str(label)][key])
        assert ours["support"] == pytest.approx(theirs[str(label)]["support"])


def test_standard_errors_are_those_of_a_mean(fitted):
    clf, _, y = fitted
    p, n = clf.oof_score_, len(y)
    error = clf.score_report()["accuracy"]["standard_error"]
    assert error == pytest.approx(np.sqrt(p * (1 - p) / n))


def test_a_single_class_is_certain():
    X = np.random.RandomState(0).randn(100, 2)
    clf = DeepNNClassifier(random_state=0, max_iter=2).fit(X, np.zeros(100))
    report = clf.score_report()
    assert report["accuracy"] == {"value": 1.0, "standard_error": 0.0}
    assert np.isnan(report["roc_auc"]["value"])
    assert clf.predict_set(X).all()


def test_the_calibration_error_of_right_and_wrong_certainty():
    proba = np.array([[0.9, 0.1]] * 10)
    assert calibration_error(proba, np.array([0] * 9 + [1])) == pytest.approx(0)
    assert calibration_error(proba, np.array([1] * 10)) == pytest.approx(0.9)


@pytest.mark.parametrize("confidence", [0.7, 0.9, 0.95])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_sets_have_the_true_class_as_often_as_asked(confidence, n_classes):
    X, y = make_classification(
        3000, 8, n_informative=5, n_classes=n_classes, flip_y=0.2, random_state=0
    )
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.5, random_state=0)
    clf = DeepNNClassifier(random_state=0, max_iter=6).fit(X, y)
    sets = clf.predict_set(X_test, confidence)
    covered = sets[np.arange(len(y_test)), y_test].mean()
    # Three standard errors: of the rows tested, and of those that it was learned from
    error = 3 * np.sqrt(confidence * (1 - confidence) * (1 / 1500 + 1 / 1500))
    assert confidence - error < covered < confidence + error + 0.02


def test_sets_grow_with_confidence(fitted):
    clf, X, _ = fitted
    sizes = [clf.predict_set(X, c).sum() for c in (0.5, 0.8, 0.95, 0.999)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    assert not (clf.predict_set(X, 0.5) & ~clf.predict_set(X, 0.9)).any()


def test_sets_are_what_their_definition_says():
    X, y = load_iris(return_X_y=True)
    clf = DeepNNClassifier(random_state=0).fit(X, y)
    rows = X[::7] + 0.3
    record, network = clf._state.record, clf.network_
    encoded = clf._state.encoder.transform(rows).astype(network.dtype)
    expected = np.zeros((len(rows), 3), bool)
    member = [
        np.mean(
            [
                part.group(slice(k, k + 1)).logits(seen)
                for part, seen in zip(
                    network.parts, network.inputs(encoded), strict=True
                )
            ],
            axis=0,
        )
        for k in range(record.folds.max() + 1)
    ]
    for i in range(len(rows)):
        for label in range(3):
            n_above = 0
            for j in range(len(X)):
                proba = record.targets.proba(member[record.folds[j]][i : i + 1].copy())
                n_above += record.true_proba[j] > proba[0, label]
            expected[i, label] = n_above < 0.8 * (len(X) + 1)
    np.testing.assert_array_equal(clf.predict_set(rows, 0.8), expected)


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 90])
def test_refuses_confidence_that_is_none(fitted, confidence):
    clf, X, _ = fitted
    with pytest.raises(ValueError, match="above 0 and below 1"):
        clf.predict_set(X, confidence)


def test_sets_are_for_one_label():
    rng = np.random.RandomState(0)
    X, Y = rng.randn(100, 3), rng.randint(2, size=(100, 2))
    clf = DeepNNClassifier(random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="one label a row"):
        clf.predict_set(X)
    report = clf.score_report()
    assert report["accuracy"]["value"] == pytest.approx(clf.oof_score_)
    assert report["roc_auc"]["value"] == pytest.approx(
        roc_auc_score(Y, clf.oof_predict_proba_)
    )


def without_folds():
    rng = np.random.RandomState(0)
    X, y = rng.randn(100, 3), rng.randint(2, size=100)
    quick = {"max_iter": 2, "random_state": 0}
    yield "few rows", DeepNNClassifier(**quick).fit(X[:63], y[:63])
    yield "one member", DeepNNClassifier(n_members=1, **quick).fit(X, y)
    yield "sparse", DeepNNClassifier(**quick).fit(csr_array(X), y)
    yield "validation", DeepNNClassifier(**quick).fit(X, y, X_val=X, y_val=y)
    yield "solver", DeepNNClassifier(solver="adam", **quick).fit(X, y)
    yield "partial_fit", DeepNNClassifier(**quick).fit(X, y).partial_fit(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_without_folds_all_say_why():
    for name, clf in without_folds():
        for call in (
            lambda clf: clf.oof_score_,
            lambda clf: clf.oof_predict_proba_,
            lambda clf: clf.oof_decision_function_,
            lambda clf: clf.oof_predict(),
            lambda clf: clf.score_report(),
            lambda clf: clf.predict_set(np.zeros((2, 3))),
        ):
            with pytest.raises(AttributeError, match="each hold out a fold"):
                call(clf)
        assert not hasattr(clf, "oof_score_"), name


def test_what_a_fit_knows_survives_pickling_and_not_cloning(fitted):
    clf, X, _ = fitted
    loaded = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(loaded.oof_predict_proba_, clf.oof_predict_proba_)
    np.testing.assert_array_equal(loaded.predict_set(X), clf.predict_set(X))
    assert loaded.score_report() == clf.score_report()
    assert not hasattr(clone(clf), "oof_score_")


def test_warm_starts_on_the_same_rows_stay_honest():
    rng = np.random.RandomState(0)
    X, y = rng.randn(200, 5), rng.randint(2, size=200)
    clf = DeepNNClassifier(random_state=0, warm_start=True, max_iter=20)
    with pytest.warns(match="hasn't converged"):
        clf.fit(X, y).fit(X, y)
    assert abs(clf.oof_score_ - 0.5) < 0.15


def test_of_the_training_data_labels_weights_and_scores_are_kept():
    rng = np.random.RandomState(0)
    X = pd.DataFrame(rng.randn(500, 40))
    y = np.where(X[0] > 0, "a rather long name of a class", "no")
    record = DeepNNClassifier(random_state=0).fit(X, y)._state.record
    assert record.labels.dtype == record.folds.dtype == np.uint8
    n_bytes = sum(a.nbytes for a in record if isinstance(a, np.ndarray))
    assert n_bytes == 500 * (4 + 1 + 1 + 4)
