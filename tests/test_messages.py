"""What users meet when something is off: the right value, or an error that helps."""

import warnings

import numpy as np
import pytest
from like_mlp import like_mlp
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import scale

from skdeepnn import DeepNNClassifier, LogisticRegressionNN

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_what_is_assigned_to_parameters_is_kept(iris):
    X, y = iris
    clf = like_mlp((4,), max_iter=3, random_state=0).fit(X, y)
    clf.coefs_[1] = np.zeros((4, 3))
    clf.intercepts_[1] = [0.0, 5.0, 0.0]
    assert (clf.predict(X) == 1).all()
    twin = like_mlp((4,), max_iter=1, random_state=1).fit(X, y)
    twin.coefs_, twin.intercepts_ = clf.coefs_, clf.intercepts_
    np.testing.assert_array_equal(twin.predict_proba(X), clf.predict_proba(X))
    twin.coefs_[:1] = [np.ones((4, 4))]
    assert (twin.network_.layers[0].coef == 1).all()
    with pytest.raises(ValueError, match=r"shape \(4, 4\).*\(4, 1\)"):
        clf.coefs_[0] = np.zeros((4, 1))  # would be broadcast
    with pytest.raises(ValueError, match="1 arrays were given for 2 layers"):
        clf.coefs_ = [np.zeros((4, 4))]


@pytest.mark.parametrize("classes", [[0, 1], ["a", "b", "c"]])
def test_coefficients_given_before_fit(iris, classes):
    """As LogisticRegression: how federated learning begins."""
    X, y = (
        iris[0][iris[1] < len(classes)],
        np.array(classes)[iris[1][iris[1] < len(classes)]],
    )
    peer = LogisticRegression(tol=1e-8, max_iter=1000).fit(X, y)
    clf = LogisticRegressionNN(warm_start=True, max_iter=1)
    clf.intercept_ = peer.intercept_
    clf.coef_ = peer.coef_
    assert not hasattr(clf, "network_")
    clf.classes_ = classes
    assert clf.n_features_in_ == 4
    np.testing.assert_allclose(clf.predict_proba(X), peer.predict_proba(X))
    np.testing.assert_array_equal(clf.predict(X), peer.predict(X))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf.set_params(max_iter=20).fit(X, y)  # it is there already
    np.testing.assert_allclose(clf.coef_, peer.coef_, atol=2e-3)
    assert not hasattr(clone(clf), "classes_")
    with pytest.raises(ValueError, match="shape"):
        clf.coef_ = clf.coef_[:, :2]


def test_coefficients_that_do_not_fit_the_classes_are_refused():
    clf = LogisticRegressionNN()
    clf.classes_ = [0, 1]
    with pytest.raises(ValueError, match=r"must have shape \(1, n_features\)"):
        clf.coef_ = np.zeros((2, 3))
    clf = LogisticRegressionNN(fit_intercept=False)
    clf.classes_, clf.coef_ = [0, 1], np.ones((1, 3))
    with pytest.raises(ValueError, match="fit_intercept=False"):
        clf.intercept_ = [1.0]


@pytest.mark.parametrize(
    "clf",
    [
        DeepNNClassifier(max_iter=3),
        like_mlp((4,), max_iter=3),
        like_mlp((4,), solver="lbfgs", max_iter=3),
    ],
)
@pytest.mark.parametrize("n_samples", [20, 100])
@pytest.mark.parametrize("label", [0, 7, "only"])
def test_a_single_class_is_fitted(clf, n_samples, label):
    X = np.random.RandomState(0).randn(n_samples, 3)
    y = np.full(n_samples, label)
    fitted = clone(clf).fit(X, y)
    assert (fitted.predict(X) == y).all()
    assert fitted.predict_proba(X).tolist() == [[1.0]] * n_samples
    assert fitted.decision_function(X).shape == (n_samples,)
    assert fitted.classes_.tolist() == [label]
    assert fitted.score(X, y) == 1
    assert np.isfinite(fitted.loss_)


def test_one_vs_rest_meets_a_single_class():
    X = np.random.RandomState(0).randn(80, 3)
    Y = np.c_[np.ones(80, int), X[:, 0] > 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf = OneVsRestClassifier(DeepNNClassifier(max_iter=5)).fit(X, Y)
    assert (clf.predict(X)[:, 0] == 1).all()


def test_logistic_regression_needs_two_classes_as_its_peer():
    for clf in (LogisticRegressionNN(), LogisticRegression()):
        with pytest.raises(ValueError, match="at least 2 classes"):
            clf.fit(np.eye(3), [1, 1, 1])


def test_class_weights_of_several_labels_for_one(iris):
    for clf in (DeepNNClassifier(), LogisticRegressionNN()):
        with pytest.raises(ValueError, match="is a list, which is for several labels"):
            clf.set_params(class_weight=[1, 2]).fit(*iris)


def test_a_scorer_that_is_not_defined_says_so(iris):
    clf = like_mlp((4,), max_iter=2, early_stopping=True)
    with pytest.raises(ValueError, match="returned NaN for"):
        clf.set_params(scoring=lambda estimator, X, y: float("nan")).fit(*iris)


@pytest.mark.parametrize("fraction", [0.99, 0.999])
def test_fractions_that_leave_nothing(iris, fraction):
    clf = like_mlp((4,), early_stopping=True, validation_fraction=fraction)
    with pytest.raises(ValueError, match="^validation_fraction=") as caught:
        clf.fit(iris[0][:30], iris[1][:30])
    assert "test_size" not in str(caught.value)


@pytest.mark.parametrize("clf", [DeepNNClassifier(), LogisticRegressionNN()])
def test_a_forgotten_y(clf):
    with pytest.raises(ValueError, match=type(clf).__name__ + ".* requires y"):
        clf.fit(np.eye(3))


def test_missing_values_and_text_as_they_are(iris):
    X, y = iris
    clf = DeepNNClassifier(preprocess=None)
    with pytest.raises(ValueError, match="NaN.*preprocess='auto'"):
        clf.fit(np.where(X > 1, np.nan, X), y)
    with pytest.raises(ValueError, match="preprocess='auto'"):
        clf.fit(np.full(X.shape, "text"), y)


def test_no_out_of_fold_score_says_why(iris):
    unfitted = DeepNNClassifier(n_members=1, max_iter=2)
    for clf in (unfitted, clone(unfitted).fit(*iris)):
        with pytest.raises(AttributeError, match="members that each hold out a fold"):
            clf.oof_score_  # noqa: B018
        with pytest.raises(AttributeError, match="has no attribute 'oof_scores_'"):
            clf.oof_scores_  # noqa: B018


def test_logistic_regression_does_not_advise_what_it_does_itself():
    X, y = make_classification(random_state=0)
    with pytest.warns(UserWarning, match="failed to converge") as caught:
        LogisticRegressionNN(max_iter=1, C=1e5).fit(X, y)
    assert "scale" not in str(caught[0].message)
    with pytest.warns(UserWarning, match="or scale the data"):
        like_mlp((4,), solver="lbfgs", max_iter=1).fit(X, y)


@pytest.mark.parametrize("text", ["(64, 32)", "[64,32]", "64-32", " ( 64, 32, ) "])
def test_layer_sizes_as_people_write_them(iris, text):
    clf = DeepNNClassifier(text, max_iter=1).fit(*iris)
    assert clf.network_.layer_sizes[1:-1] == [64, 32]


def test_numbers_of_jobs_as_joblib_has_them():
    X, y = make_classification(300, random_state=0)
    probabilities = [
        DeepNNClassifier((8,), max_iter=2, random_state=0, n_jobs=n_jobs)
        .fit(scale(X), y)
        .predict_proba(X)
        for n_jobs in (None, -1, -2, -100)
    ]
    for proba in probabilities[1:]:
        np.testing.assert_array_equal(proba, probabilities[0])
    with pytest.raises(ValueError, match="n_jobs"):
        DeepNNClassifier(n_jobs=0).fit(X, y)


def test_a_lazy_frame_is_to_be_collected():
    polars = pytest.importorskip("polars")
    frame = polars.LazyFrame({"a": [1.0, 2.0]})
    with pytest.raises(TypeError, match=r"pass X\.collect\(\)"):
        DeepNNClassifier().fit(frame, [0, 1])
