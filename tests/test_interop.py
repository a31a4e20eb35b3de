"""Networks to scikit-learn's classes and back: predictions, and what is kept."""

import warnings

import numpy as np
import pandas as pd
import pytest
from like_mlp import like_mlp
from scipy.sparse import csr_array, issparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepnn import DeepNNClassifier, LogisticRegressionNN, load, save
from skdeepnn.nn.activations import ACTIVATIONS, Activation

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

LABELS = {
    "binary": lambda y: y % 2,
    "text": lambda y: np.array(["no", "yes"])[y % 2],
    "objects": lambda y: np.array(["a", "b", "c"], dtype=object)[y % 3],
    "integers": lambda y: y * 3 - 4,
    "floats": lambda y: (y % 3).astype(float),
    "booleans": lambda y: y > 4,
    "multilabel": lambda y: np.stack([y % 2, y > 4, y % 3 == 0], axis=1).astype(int),
    "sparse multilabel": lambda y: csr_array(np.stack([y % 2, y > 4], axis=1)),
    "one class": lambda y: np.full(len(y), "only"),
}
SETTINGS = {
    "adam": {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-7, "alpha": 0.01},
    "sgd": {"solver": "sgd", "momentum": 0.7, "learning_rate": "invscaling"},
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "power_t": 0.3},
    "lbfgs": {"solver": "lbfgs", "max_fun": 200},
    "early stopping": {"early_stopping": True, "validation_fraction": 0.2},
    "deep": {"hidden_layer_sizes": [9, 7], "activation": "tanh", "batch_size": 50},
    "logistic": {"activation": "logistic", "hidden_layer_sizes": 6},
    "no hidden layer": {"hidden_layer_sizes": ()},
}
RECORD = [
    "n_iter_",
    "t_",
    "loss_",
    "n_layers_",
    "n_outputs_",
    "out_activation_",
    "n_features_in_",
]
HISTORY = [
    "loss_curve_",
    "best_loss_",
    "validation_scores_",
    "best_validation_score_",
]


def dense(y):
    return y.toarray() if issparse(y) else y


def check_same_predictions(one, other, X, rtol=1e-9, atol=1e-300):
    expected = one.predict(X)
    assert expected.dtype == other.predict(X).dtype
    assert issparse(expected) == issparse(other.predict(X))
    np.testing.assert_array_equal(dense(expected), dense(other.predict(X)))
    if len(one.classes_) > 1:  # a single class is certain here
        actual = other.predict_proba(X)
        np.testing.assert_allclose(one.predict_proba(X), actual, rtol=rtol, atol=atol)


def fitted_mlp(digits, settings=(), labels="integers", dtype=float):
    X, y = digits
    mlp = MLPClassifier(**{"max_iter": 6, "random_state": 0, **dict(settings)})
    return mlp.fit(X.astype(dtype), LABELS[labels](y))


@pytest.mark.parametrize("labels", LABELS)
def test_mlp_there_and_back_with_any_labels(digits, labels):
    X = digits[0]
    mlp = fitted_mlp(digits, labels=labels)
    clf = DeepNNClassifier.from_sklearn(mlp)
    check_same_predictions(mlp, clf, X)
    back = clf.to_sklearn()
    check_same_predictions(mlp, back, X, rtol=0)
    assert back.classes_.dtype == clf.classes_.dtype == mlp.classes_.dtype
    assert back.score(X, LABELS[labels](digits[1])) == pytest.approx(
        mlp.score(X, LABELS[labels](digits[1]))
    )


@pytest.mark.parametrize("name", SETTINGS)
def test_mlp_keeps_hyperparameters_and_record(digits, name):
    mlp = fitted_mlp(digits, SETTINGS[name])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf = DeepNNClassifier.from_sklearn(mlp)
        back = clf.to_sklearn()
    check_same_predictions(mlp, clf, digits[0])
    expected = mlp.get_params()
    sizes = np.atleast_1d(expected["hidden_layer_sizes"]).astype(int)
    expected["hidden_layer_sizes"] = tuple(sizes.tolist())
    assert expected.items() <= clf.get_params().items()
    assert back.get_params() == expected
    history = HISTORY if mlp.solver != "lbfgs" else []  # that keeps none
    for attribute in RECORD + history:
        assert getattr(clf, attribute) == getattr(mlp, attribute), attribute
        assert getattr(back, attribute) == getattr(mlp, attribute), attribute
    for attribute in ("coefs_", "intercepts_"):
        for values in (getattr(clf, attribute), getattr(back, attribute)):
            for actual, given in zip(values, getattr(mlp, attribute), strict=True):
                np.testing.assert_array_equal(actual, given)
                assert not np.shares_memory(actual, given)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_mlp_keeps_its_type(digits, dtype):
    X = digits[0].astype(dtype)
    clf = DeepNNClassifier.from_sklearn(fitted_mlp(digits, dtype=dtype))
    assert clf.dtype == dtype
    assert clf.predict_proba(X).dtype == clf.coefs_[0].dtype == dtype
    mlp = fitted_mlp(digits, dtype=dtype)
    check_same_predictions(mlp, clf, X, rtol=1e-5 if dtype == "float32" else 1e-9)
    assert [coef.dtype for coef in clf.to_sklearn().coefs_] == [dtype, dtype]


@pytest.mark.parametrize("name", [n for n in SETTINGS if n != "early stopping"])
def test_training_goes_on_alike(digits, name):
    """From each other's networks, by a warm start: the losses are the same."""
    X, y = digits
    settings = SETTINGS[name] | {"warm_start": True}
    mlp = fitted_mlp(digits, settings)
    clf = DeepNNClassifier.from_sklearn(mlp)
    back = clf.to_sklearn()
    for model in (mlp, clf, back):
        model.fit(X, LABELS["integers"](y))
    assert clf.loss_ == pytest.approx(mlp.loss_, rel=1e-7)
    assert back.loss_ == pytest.approx(mlp.loss_, rel=1e-7)
    if mlp.solver != "lbfgs":
        assert len(mlp.loss_curve_) == 12
        np.testing.assert_allclose(clf.loss_curve_, mlp.loss_curve_, rtol=1e-7)
        np.testing.assert_allclose(back.loss_curve_, mlp.loss_curve_, rtol=1e-7)
        for model in (clf, back):
            assert model.partial_fit(X, LABELS["integers"](y)).t_ == 13 * len(X)


def test_early_stopping_goes_on(digits):
    settings = SETTINGS["early stopping"] | {"warm_start": True}
    mlp = fitted_mlp(digits, settings)
    for model in (DeepNNClassifier.from_sklearn(mlp).to_sklearn(), mlp):
        model.fit(digits[0], LABELS["integers"](digits[1]))
    first = DeepNNClassifier.from_sklearn(mlp)
    first.fit(digits[0], LABELS["integers"](digits[1]))
    assert len(first.validation_scores_) > len(mlp.validation_scores_)


def test_features_keep_their_names(digits):
    frame = pd.DataFrame(digits[0]).add_prefix("pixel_")
    mlp = MLPClassifier(max_iter=2).fit(frame, digits[1])
    clf = DeepNNClassifier.from_sklearn(mlp)
    assert clf.feature_names_in_.tolist() == frame.columns.tolist()
    assert clf.to_sklearn().feature_names_in_.tolist() == frame.columns.tolist()
    with pytest.raises(ValueError, match="feature names should match"):
        clf.predict(frame.rename(columns=str.upper))


def test_partial_fit_of_classes_yet_to_come(digits):
    X, y = digits
    mlp = MLPClassifier(random_state=0).partial_fit(
        X[:50], y[:50] % 3, classes=range(5)
    )
    clf = DeepNNClassifier.from_sklearn(mlp)
    check_same_predictions(mlp, clf, X)
    back = clf.partial_fit(X, y % 5).to_sklearn()
    assert back.partial_fit(X, y % 5).n_iter_ == 1


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("n_members", [1, 3])
@pytest.mark.parametrize("sizes", [(), (8,), (8, 6, 4)])
def test_members_become_one_network(digits, labels, n_members, sizes):
    X, y = digits[0][:300], LABELS[labels](digits[1][:300])
    clf = like_mlp(sizes, n_members=n_members, max_iter=3, dtype="float64")
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        mlp = clf.set_params(activation="tanh").fit(X, y).to_sklearn()
    assert isinstance(mlp, MLPClassifier)
    check_same_predictions(clf, mlp, X)
    assert mlp.n_layers_ == len(sizes) + 2
    assert mlp.hidden_layer_sizes == tuple(n_members * size for size in sizes)


def make_frame(n=320):
    rng = np.random.RandomState(0)
    frame = pd.DataFrame(
        {
            "number": np.where(rng.rand(n) < 0.1, np.nan, rng.lognormal(0, 2, n)),
            "city": rng.choice(["rome", "oslo", None], n),
        }
    )
    return frame, np.where((frame.number > 1) ^ (frame.city == "rome"), "yes", "no")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_default_of_several_views_is_one_network_behind_an_encoder(dtype):
    frame, y = make_frame()
    clf = DeepNNClassifier(random_state=0, max_iter=4, dtype=dtype).fit(frame, y)
    assert len(clf.network_.parts) > 1
    with pytest.warns(UserWarning, match="no solver='adamw', n_members=1"):
        pipeline = clf.to_sklearn()
    assert isinstance(pipeline, Pipeline)
    check_same_predictions(clf, pipeline, frame, 1e-9 if dtype == "float64" else 1e-4)
    assert pipeline.feature_names_in_.tolist() == ["number", "city"]
    before = clf.predict_proba(frame)
    pipeline.fit(frame[:100], y[:100])  # is of its own
    assert (clf.predict_proba(frame) == before).all()


def test_what_cannot_train_so_is_told_of(digits):
    clf = like_mlp(
        (5,),
        max_iter=2,
        dropout=0.1,
        class_weight="balanced",
        learning_rate="cosine",
        fit_intercept=False,
    )
    clf.fit(*digits)
    with pytest.warns(UserWarning, match="MLPClassifier has no") as found:
        mlp = clf.to_sklearn()
    assert len(found) == 1
    assert found[0].filename == __file__
    text = str(found[0].message)
    for what in ("dropout=0.1", "class_weight=", "learning_rate=", "fit_intercept="):
        assert what in text
    assert "n_members" not in text
    assert mlp.learning_rate == "constant"
    check_same_predictions(clf, mlp, digits[0], rtol=1e-4)


@pytest.mark.parametrize("early_stopping", ["auto", True])
def test_one_that_held_rows_out_goes_on_there(iris, early_stopping):
    clf = DeepNNClassifier(
        (8,), n_members=1, preprocess=None, max_iter=5, early_stopping=early_stopping
    )
    with pytest.warns(UserWarning, match="adamw"):
        mlp = clf.fit(*iris).to_sklearn()
    assert mlp.early_stopping is (early_stopping is True)
    n_epochs = len(mlp.loss_curve_)
    mlp.set_params(warm_start=True).fit(*iris)
    assert len(mlp.loss_curve_) > n_epochs


@pytest.mark.parametrize(
    "activation",
    ["gelu", ["tanh", "relu"], ACTIVATIONS["relu"]._replace(name="mine")],
    ids=str,
)
def test_other_activations_are_refused(digits, activation):
    clf = like_mlp((5, 5), activation=activation, max_iter=2).fit(*digits)
    with pytest.raises(ValueError, match="MLPClassifier only one of identity"):
        clf.to_sklearn()


def test_an_activation_of_its_own_is_not_taken_for_one_of_that_name(digits):
    relu = Activation("relu", ACTIVATIONS["tanh"].value, ACTIVATIONS["tanh"].backward)
    clf = like_mlp((5,), activation=relu, max_iter=2).fit(*digits)
    with pytest.raises(ValueError, match="activation="):
        clf.to_sklearn()


@pytest.mark.parametrize("activation", ["sigmoid", ["relu", "relu"]])
def test_other_spellings_of_the_same_are_taken(digits, activation):
    clf = like_mlp((5, 5), activation=activation, max_iter=2).fit(*digits)
    mlp = clf.to_sklearn()
    assert mlp.activation in ("logistic", "relu")
    check_same_predictions(clf, mlp, digits[0], rtol=1e-4)
    clone(mlp).fit(*digits)


def test_what_is_no_fitted_mlp_is_refused(digits):
    with pytest.raises(TypeError, match="fitted MLPClassifier, not a MLPRegressor"):
        DeepNNClassifier.from_sklearn(MLPRegressor())
    with pytest.raises(TypeError, match="of a pipeline or a search pass the step"):
        DeepNNClassifier.from_sklearn(make_pipeline(StandardScaler(), MLPClassifier()))
    with pytest.raises(NotFittedError):
        DeepNNClassifier.from_sklearn(MLPClassifier())
    with pytest.raises(NotFittedError):
        DeepNNClassifier().to_sklearn()
    with pytest.raises(TypeError, match="fitted LogisticRegression"):
        LogisticRegressionNN.from_sklearn(fitted_mlp(digits))
    with pytest.raises(NotFittedError):
        LogisticRegressionNN().to_sklearn()


def test_one_from_elsewhere_can_be_saved(digits, tmp_path):
    clf = DeepNNClassifier.from_sklearn(fitted_mlp(digits))
    save(clf, tmp_path / "model")
    check_same_predictions(clf, load(tmp_path / "model"), digits[0], rtol=0)
    clf.fit(*digits)  # anew
    assert clone(clf).fit(*digits).loss_ == clf.loss_


@pytest.mark.parametrize("labels", ["text", "objects", "integers", "booleans"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_logistic_there_and_back(digits, labels, dtype, fit_intercept):
    X, y = digits[0].astype(dtype), LABELS[labels](digits[1])
    theirs = LogisticRegression(
        C=0.1, max_iter=20, tol=1e-3, class_weight="balanced", random_state=3
    )
    theirs.set_params(fit_intercept=fit_intercept, warm_start=True).fit(X, y)
    ours = LogisticRegressionNN.from_sklearn(theirs)
    back = ours.to_sklearn()
    assert back.get_params() == theirs.get_params()
    assert theirs.get_params().items() <= ours.get_params().items()
    close = {} if dtype == "float64" else {"rtol": 1e-4, "atol": 1e-6}
    for model in (ours, back):
        check_same_predictions(theirs, model, X, **close)
        for name in ("coef_", "intercept_", "classes_", "n_iter_"):
            actual, expected = getattr(model, name), getattr(theirs, name)
            np.testing.assert_array_equal(actual, expected)
            assert actual.dtype == expected.dtype
            assert not np.shares_memory(actual, expected)
    ours.fit(X, y)
    back.fit(X, y)


SOLVERS = {
    "newton-cholesky": {},
    "sag": {"max_iter": 50},
    "saga": {"l1_ratio": 0.5, "max_iter": 50},
    "liblinear": {"dual": True, "max_iter": 50},
}


@pytest.mark.parametrize("solver", SOLVERS)
def test_logistic_of_other_solvers_predicts(digits, solver):
    X, y = digits[0], digits[1] % 2
    theirs = LogisticRegression(solver=solver, **SOLVERS[solver]).fit(X, y)
    ours = LogisticRegressionNN.from_sklearn(theirs.sparsify())
    back = ours.to_sklearn()
    for model in (ours, back):
        check_same_predictions(theirs, model, X)
    if solver in ("saga", "liblinear"):  # they have what there is none of here
        assert back.get_params() == theirs.get_params()
        with pytest.raises(ValueError, match=solver):
            ours.fit(X, y)
    back.fit(X, y)


def test_logistic_goes_on_from_there_and_without_a_penalty(iris):
    theirs = LogisticRegression(C=np.inf, max_iter=500, tol=1e-7).fit(*iris)
    ours = LogisticRegressionNN.from_sklearn(theirs)
    back = LogisticRegressionNN(penalty=None).fit(*iris).to_sklearn()
    assert np.isinf(back.C)
    assert back.penalty == "deprecated"
    descent = ours.set_params(solver="sgd", warm_start=True, max_iter=1).fit(*iris)
    assert descent.loss_ == pytest.approx(descent.loss_curve_[0])
    assert descent.loss_ < 0.1


def test_logistic_of_several_labels_is_refused(digits):
    clf = LogisticRegressionNN().fit(digits[0], LABELS["multilabel"](digits[1]))
    with pytest.raises(ValueError, match="no multilabel targets: fit one for each"):
        clf.to_sklearn()


def test_logistic_given_by_its_parameters_is_one_there(iris):
    clf = LogisticRegressionNN()
    clf.classes_, clf.coef_ = ["a", "b"], np.ones((1, 4))
    check_same_predictions(clf, clf.to_sklearn(), iris[0])
