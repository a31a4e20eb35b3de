import copy
import pickle
import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from like_mlp import like_mlp
from scipy.sparse import csc_array, csr_array
from sklearn.base import clone
from sklearn.datasets import make_classification, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import accuracy_score, log_loss
from sklearn.utils._param_validation import InvalidParameterError

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.nn.activations import ACTIVATIONS
from skdeepnn.nn.initializers import normal

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# Full-batch training in float64, in which weights and copies are the same thing
FULL_BATCH = {"batch_size": 1000, "dtype": "float64", "max_iter": 15, "random_state": 0}
full_batch = pytest.mark.filterwarnings("ignore:Got batch_size")


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd", "lbfgs"])
def test_every_solver_learns(iris, solver):
    X, y = iris
    clf = like_mlp(
        (16,), solver=solver, max_iter=300, learning_rate_init=0.01, random_state=0
    ).fit(X, y)
    assert clf.score(X, y) > 0.96
    assert clf.loss_ == pytest.approx(clf.loss_curve_[-1])
    assert clf.loss_curve_[-1] < 0.3 * clf.loss_curve_[0]
    assert len(clf.loss_curve_) == clf.n_iter_


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_learns(iris, activation):
    X, y = iris
    clf = like_mlp((10,), activation, solver="lbfgs", alpha=0.1, random_state=0)
    assert clf.fit(X, y).score(X, y) > 0.94


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle", lambda p: 1 - p])
def test_schedules_end_near_zero(iris, schedule):
    X, y = iris
    clf = like_mlp(learning_rate=schedule, max_iter=10).fit(X, y)
    assert clf.history_["learning_rate"][-1] < 0.15 * 0.001


def test_fitted_attributes(digits):
    X, y = digits
    clf = like_mlp((20, 30), max_iter=3, random_state=0).fit(X, y)
    assert clf.n_layers_ == 4
    assert clf.n_outputs_ == 10
    assert clf.out_activation_ == "softmax"
    assert clf.t_ == 3 * len(X)
    assert [coef.shape for coef in clf.coefs_] == [(64, 20), (20, 30), (30, 10)]
    assert [b.shape for b in clf.intercepts_] == [(20,), (30,), (10,)]
    assert len(clf.layers_) == 3
    assert clf.best_loss_ == min(clf.loss_curve_)
    assert clf.validation_scores_ is None
    assert clf.best_validation_score_ is None
    assert set(clf.history_) == {"loss", "learning_rate", "gradient_norm", "seconds"}
    assert clf.history_["loss"].tolist() == clf.loss_curve_


def test_loss_is_the_log_loss_plus_the_penalty(iris):
    X, y = iris
    clf = like_mlp((5,), solver="lbfgs", alpha=3.0, random_state=0).fit(X, y)
    penalty = 1.5 * sum((coef**2).sum() for coef in clf.coefs_) / len(X)
    expected = log_loss(y, clf.predict_proba(X)) + penalty
    assert clf.loss_ == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("hidden", [(), [], np.array([], int)])
def test_no_hidden_layer(iris, hidden):
    X, y = iris
    clf = like_mlp(hidden, solver="lbfgs").fit(X, y)
    assert len(clf.layers_) == 1
    assert clf.score(X, y) > 0.95


@pytest.mark.parametrize("hidden", [7, [7], (7,), np.array([7]), np.int64(7)])
def test_forms_of_hidden_layer_sizes(iris, hidden):
    clf = like_mlp(hidden, max_iter=1).fit(*iris)
    assert clf.layers_[0].coef.shape == (4, 7)


def test_mixed_activations(iris):
    clf = like_mlp((5, 6), ["tanh", "elu"], max_iter=1).fit(*iris)
    names = [layer.activation.name for layer in clf.layers_]
    assert names == ["tanh", "elu", "identity"]


def test_predictions_agree_with_each_other(iris):
    X, y = iris
    clf = like_mlp((8,), max_iter=50, random_state=0).fit(X, y)
    proba = clf.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_array_equal(clf.predict(X), clf.classes_[proba.argmax(axis=1)])
    np.testing.assert_array_equal(clf.predict_log_proba(X), np.log(proba))
    logits = clf.decision_function(X)
    np.testing.assert_array_equal(logits.argmax(axis=1), proba.argmax(axis=1))


def test_binary_predictions(iris):
    X, y = iris[0][:100], np.where(iris[1][:100] == 0, "no", "yes")
    clf = like_mlp((8,), max_iter=30, random_state=0).fit(X, y)
    logits = clf.decision_function(X)
    assert logits.shape == (100,)
    np.testing.assert_allclose(clf.predict_proba(X)[:, 1], 1 / (1 + np.exp(-logits)))
    np.testing.assert_array_equal(clf.predict(X) == "yes", logits > 0)


def test_probabilities_are_never_certain(iris):
    X, y = iris[0][:100], iris[1][:100]
    clf = like_mlp((8,), solver="lbfgs", alpha=0, random_state=0).fit(X, y)
    for data in (1e6 * X, (1e6 * X).astype(np.float32)):
        proba = clf.predict_proba(data)
        assert 0 < proba.min() <= proba.max() < 1
        assert np.isfinite(clf.predict_log_proba(data)).all()


FORMS_OF_LABELS = {
    "integers": lambda y: y,
    "small integers": lambda y: y.astype(np.uint8),
    "booleans": lambda y: y == 1,
    "text": lambda y: np.array(["no", "yes"])[y],
    "list": lambda y: y.tolist(),
    "series": pd.Series,
    "floats": lambda y: y.astype(float),
    "column": lambda y: y[:, np.newaxis],
}
NO_LABELS = {"too few": lambda y: y[1:], "continuous": lambda y: y + 0.5}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fitted", FORMS_OF_LABELS)
@pytest.mark.parametrize("given", FORMS_OF_LABELS | NO_LABELS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
def test_score_is_scikit_learns_accuracy(rng, fitted, given, weighted):
    X, y = rng.normal(size=(40, 2)), np.arange(40) % 2
    weight = rng.uniform(size=40) if weighted else None
    clf = LogisticRegressionNN(max_iter=1).fit(X, FORMS_OF_LABELS[fitted](y))
    labels = (FORMS_OF_LABELS | NO_LABELS)[given](y)
    try:
        expected = accuracy_score(labels, clf.predict(X), sample_weight=weight)
    except (ValueError, TypeError) as error:
        with pytest.raises(type(error)):
            clf.score(X, labels, weight)
    else:
        assert clf.score(X, labels, weight) == expected


def test_multilabel():
    X, Y = make_multilabel_classification(200, n_classes=4, random_state=0)
    clf = like_mlp((30,), solver="lbfgs", random_state=0).fit(X, Y)
    assert clf.score(X, Y) > 0.9
    proba = clf.predict_proba(X)
    assert proba.shape == (200, 4)
    np.testing.assert_array_equal(clf.predict(X), proba > 0.5)
    sparse = clone(clf).fit(X, csr_array(Y))
    np.testing.assert_array_equal(sparse.predict(X).toarray(), clf.predict(X))


@pytest.mark.parametrize("container", [csr_array, csc_array])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_sparse_data_is_dense_data(digits, container, solver):
    X, y = digits
    X = np.where(np.abs(X) > 1, X, 0)[:300]
    kwargs = {"solver": solver, "max_iter": 5, "random_state": 0, "dtype": "float64"}
    dense = like_mlp(**kwargs).fit(X, y[:300])
    sparse = like_mlp(**kwargs).fit(container(X), y[:300])
    np.testing.assert_allclose(dense.loss_curve_, sparse.loss_curve_)
    np.testing.assert_allclose(
        dense.predict_proba(X), sparse.predict_proba(container(X)), rtol=1e-6
    )


def test_dtype_and_agreement_between_types(digits):
    X, y = digits
    curves = {}
    for dtype in ("float32", "float64"):
        clf = like_mlp((30,), max_iter=5, random_state=0, dtype=dtype)
        curves[dtype] = clf.fit(X, y).loss_curve_
        assert clf.coefs_[0].dtype == dtype
        assert clf.predict_proba(X).dtype == np.float64
        assert clf.predict_proba(X.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(curves["float32"], curves["float64"], rtol=1e-4)


# ------------------------------------------------------------------ weights


@st.composite
def weighted_problems(draw):
    n_samples, seed = draw(st.integers(6, 20)), draw(st.integers(0, 1000))
    rng = np.random.RandomState(seed)
    n_classes = draw(st.integers(2, 3))
    y = rng.permutation(np.arange(n_samples) % n_classes)
    weight = rng.randint(0, 4, n_samples)
    weight[[np.flatnonzero(y == k)[0] for k in range(n_classes)]] = 1
    return rng.randn(n_samples, 3), y, weight


@full_batch
@given(problem=weighted_problems(), solver=st.sampled_from(["sgd", "adam", "adamw"]))
def test_a_weight_is_a_number_of_copies(problem, solver):
    X, y, weight = problem
    clf = like_mlp((4,), "tanh", solver=solver, **FULL_BATCH)
    weighted = clone(clf).fit(X, y, sample_weight=weight)
    repeated = clone(clf).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    np.testing.assert_allclose(
        weighted.network_.params, repeated.network_.params, rtol=1e-7, atol=1e-10
    )
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_)


@full_batch
@given(problem=weighted_problems(), factor=st.floats(0.01, 100))
def test_only_relative_weights_count_without_a_penalty(problem, factor):
    X, y, weight = problem
    clf = like_mlp((4,), "tanh", alpha=0.0, **FULL_BATCH)
    params = [
        clone(clf).fit(X, y, sample_weight=w).network_.params
        for w in (weight, factor * weight)
    ]
    np.testing.assert_allclose(*params, rtol=1e-6, atol=1e-9)


@full_batch
def test_class_weight_is_a_sample_weight(iris):
    X, y = iris
    clf = like_mlp((5,), **FULL_BATCH)
    by_class = clone(clf).set_params(class_weight={0: 1, 1: 2, 2: 5}).fit(X, y)
    by_row = clone(clf).fit(X, y, sample_weight=np.array([1, 2, 5])[y])
    np.testing.assert_allclose(by_class.network_.params, by_row.network_.params)


def test_balanced_class_weight_helps_a_rare_class():
    X, y = make_classification(
        2000, weights=[0.97], flip_y=0, class_sep=0.5, random_state=0
    )
    recalls = [
        like_mlp(max_iter=20, class_weight=class_weight, random_state=0)
        .fit(X, y)
        .predict(X)[y == 1]
        .mean()
        for class_weight in (None, "balanced")
    ]
    assert recalls[1] > recalls[0] + 0.2


# ------------------------------------------------------------------ properties


@full_batch
@given(seed=st.integers(0, 1000))
def test_relabelling_classes_relabels_predictions(seed):
    rng = np.random.RandomState(seed)
    X, y = rng.randn(20, 3), rng.permutation(np.arange(20) % 3)
    clf = like_mlp((5,), **FULL_BATCH)
    names = np.array(["ant", "bee", "cat"])  # in the order of 0, 1, 2
    plain, named = clone(clf).fit(X, y), clone(clf).fit(X, names[y])
    np.testing.assert_array_equal(names[plain.predict(X)], named.predict(X))
    np.testing.assert_array_equal(plain.predict_proba(X), named.predict_proba(X))


@full_batch
@given(seed=st.integers(0, 1000))
def test_permuting_features_permutes_the_first_layer(seed):
    """From zero initial weights, the output layer's excepted, nothing else differs."""
    rng = np.random.RandomState(seed)
    X, y = rng.randn(20, 4), rng.permutation(np.arange(20) % 3)
    order = rng.permutation(4)

    def draw(rng, fan_in, fan_out):
        if fan_in == 4:
            return np.zeros((fan_in, fan_out))
        return normal(rng, fan_in, fan_out, scale=1.0)

    clf = like_mlp((5,), "tanh", weight_init=draw, **FULL_BATCH)
    plain, permuted = clone(clf).fit(X, y), clone(clf).fit(X[:, order], y)
    np.testing.assert_allclose(
        plain.coefs_[0][order], permuted.coefs_[0], rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(
        plain.coefs_[1], permuted.coefs_[1], rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, copy.copy, lambda clf: pickle.loads(pickle.dumps(clf))],
    ids=["deepcopy", "copy", "pickle"],
)
def test_copies_predict_the_same_and_go_on_training(digits, copied):
    X, y = digits
    clf = like_mlp((20,), max_iter=3, random_state=0, warm_start=True)
    clf.fit(X, y)
    before = clf.predict_proba(X)
    twin = copied(clf)
    np.testing.assert_array_equal(twin.predict_proba(X), before)
    twin.fit(X, y)
    assert twin.loss_ < clf.loss_curve_[2]


def test_pickles_hold_no_buffers(digits):
    X, y = digits
    clf = like_mlp((20,), solver="lbfgs", max_iter=3).fit(X, y)
    assert len(pickle.dumps(clf)) < 3 * clf.network_.params.nbytes


def test_clones_are_unfitted_and_repeat(digits):
    X, y = digits
    clf = like_mlp((20,), max_iter=3, random_state=0).fit(X, y)
    twin = clone(clf)
    with pytest.raises(NotFittedError):
        twin.predict(X)
    assert not hasattr(twin, "coefs_")
    np.testing.assert_array_equal(twin.fit(X, y).network_.params, clf.network_.params)


# ------------------------------------------------------------------ stopping


def test_early_stopping_returns_to_the_best_epoch(digits):
    X, y = digits
    clf = like_mlp(
        (50,), early_stopping=True, n_iter_no_change=5, random_state=0, max_iter=300
    ).fit(X, y)
    scores = clf.validation_scores_
    assert clf.n_iter_ == len(scores) < 300
    assert clf.best_validation_score_ == max(scores)
    assert clf.best_loss_ is None
    assert clf.history_["validation_score"].tolist() == scores
    assert np.isfinite(clf.history_["validation_loss"]).all()
    # The parameters are those of the best epoch: stopping right there gives the same.
    best = int(np.argmax(scores)) + 1
    again = clone(clf).set_params(max_iter=best, n_iter_no_change=300).fit(X, y)
    np.testing.assert_array_equal(again.network_.params, clf.network_.params)


def test_scoring_watches_what_it_is_told_to(digits):
    X, y = digits
    clf = like_mlp(
        (20,), early_stopping=True, scoring="neg_log_loss", max_iter=5, random_state=0
    ).fit(X, y)
    np.testing.assert_allclose(
        clf.validation_scores_, -clf.history_["validation_loss"], rtol=1e-5
    )


def test_scores_of_every_epoch_are_those_of_the_model_then(iris):
    X, y = iris
    clf = like_mlp((5,), scoring="accuracy", max_iter=4, random_state=0)
    scores = clf.fit(X, y).history_["score"]
    expected = [
        accuracy_score(y, clone(clf).set_params(max_iter=k).fit(X, y).predict(X))
        for k in range(1, 5)
    ]
    assert scores.tolist() == expected


def test_patience(iris):
    clf = like_mlp((5,), tol=10.0, n_iter_no_change=3).fit(*iris)
    assert clf.n_iter_ == 5  # the first epoch, and 4 > 3 without such an improvement


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_convergence_warning_points_to_the_caller(iris, solver):
    with pytest.warns(ConvergenceWarning, match="max_iter") as caught:
        like_mlp(solver=solver, max_iter=2).fit(*iris)
    assert caught[0].filename == __file__


def test_warm_start_goes_on(iris):
    X, y = iris
    clf = like_mlp((5,), max_iter=5, warm_start=True, random_state=0).fit(X, y)
    first = list(clf.loss_curve_)
    clf.fit(X, y)
    assert clf.loss_curve_[:5] == first
    assert len(clf.loss_curve_) == 10
    assert clf.n_iter_ == 5
    assert clf.loss_ < first[-1]
    with pytest.raises(ValueError, match="warm_start"):
        clf.fit(X[:100], y[:100])
    assert len(clf.loss_curve_) == 10  # untouched by the failure


def test_warm_start_needs_the_same_network(iris):
    clf = like_mlp((5,), max_iter=2, warm_start=True).fit(*iris)
    before = clf.predict_proba(iris[0])
    with pytest.raises(ValueError, match=r"hidden_layer_sizes=\[5\].*warm_start=False"):
        clf.set_params(hidden_layer_sizes=(7,)).fit(*iris)
    clf.set_params(hidden_layer_sizes=(5,))
    for changed in ({"activation": "tanh"}, {"dropout": 0.5}, {"fit_intercept": False}):
        fitted = {name: getattr(clf, name) for name in changed}
        with pytest.raises(ValueError, match=next(iter(changed))):
            clf.set_params(**changed).fit(*iris)
        clf.set_params(**fitted)
    with pytest.raises(ValueError, match="4 features"):
        clf.fit(iris[0][:, :2], iris[1])
    np.testing.assert_array_equal(clf.predict_proba(iris[0]), before)


def test_warm_start_at_the_optimum(iris):
    clf = like_mlp((), solver="lbfgs", tol=1e-3, warm_start=True).fit(*iris)
    loss = clf.loss_
    clf.fit(*iris)
    assert clf.n_iter_ == 0
    assert clf.loss_ == pytest.approx(loss)


@pytest.mark.parametrize("verbose", [True, 2])
def test_verbose(iris, capsys, verbose):
    clf = like_mlp((5,), verbose=verbose, max_iter=4, early_stopping=True)
    clf.fit(*iris)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 * 4 // int(verbose)
    assert lines[-2] == f"Iteration 4, loss = {clf.loss_:.8f}"
    assert lines[-1] == f"Validation score: {clf.validation_scores_[-1]:f}"


def test_verbose_prints_the_last_epoch(iris, capsys):
    clf = like_mlp((5,), verbose=3, max_iter=4).fit(*iris)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == ["Iteration 3", "Iteration 4"]
    assert lines[-1].endswith(f"{clf.loss_:.8f}")


def test_early_stopping_keeps_feature_names_to_itself(iris):
    X, y = pd.DataFrame(iris[0], columns=list("abcd")), iris[1]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        clf = like_mlp((5,), early_stopping=True, scoring="neg_log_loss", tol=1.0).fit(
            X, y
        )
    assert clf.feature_names_in_.tolist() == list("abcd")


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_an_interrupted_fit_leaves_a_usable_model(iris, solver):
    X, y = iris
    calls = []

    def interrupting_scorer(estimator, X, y):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return estimator.score(X, y)

    clf = like_mlp((5,), solver=solver, scoring=interrupting_scorer)
    with pytest.warns(UserWarning, match="interrupted"):
        clf.fit(X, y)
    assert clf.n_iter_ == 3
    np.testing.assert_allclose(clf.predict_proba(X).sum(axis=1), 1)


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"hidden_layer_sizes": (3, 0)}, "must be > 0"),
        ({"hidden_layer_sizes": (3.5,)}, "integers"),
        ({"hidden_layer_sizes": -1}, "hidden_layer_sizes"),
        ({"activation": "rely"}, "'activation' parameter"),
        ({"activation": ["relu", "tanh"]}, "activation has 2 entries for 1 hidden"),
        ({"solver": "rmsprop"}, "'solver' parameter"),
        ({"alpha": -1}, "'alpha' parameter"),
        ({"batch_size": 0}, "'batch_size' parameter"),
        ({"learning_rate": "slow"}, "'learning_rate' parameter"),
        ({"learning_rate_init": 0}, "'learning_rate_init' parameter"),
        ({"max_iter": 0}, "'max_iter' parameter"),
        ({"momentum": 2}, "'momentum' parameter"),
        ({"loss": "hinge"}, "'loss' parameter"),
        ({"class_weight": "even"}, "'class_weight' parameter"),
        ({"scoring": "acuracy"}, "'scoring' parameter"),
        ({"weight_init": "he"}, "'weight_init' parameter"),
        ({"intercept_init": "ones"}, "'intercept_init' parameter"),
        ({"dtype": "float16"}, "'dtype' parameter"),
    ],
)
def test_bad_parameters(iris, params, match):
    with pytest.raises(ValueError, match=match):
        like_mlp(**params).fit(*iris)


@pytest.mark.parametrize("estimator", [DeepNNClassifier, LogisticRegressionNN])
def test_every_argument_is_checked_before_any_work(iris, estimator):
    for name in estimator().get_params():
        for wrong in (object(), -1.5, "nonsense"):
            clf = estimator(**{name: wrong})
            with pytest.raises(InvalidParameterError, match=name):
                clf.fit(*iris)
            assert not hasattr(clf, "n_features_in_")


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda X, y: (np.where(X > 1, np.nan, X), y), "NaN"),
        (lambda X, y: (np.where(X > 1, np.inf, X), y), "infinity"),
        (lambda X, y: (X[:10], y), "inconsistent"),
        (lambda X, y: (X[:0], y[:0]), "0 sample"),
        (lambda X, y: (X, X[:, 0]), "continuous"),
        (lambda X, y: (X[:, :, None], y), "dim"),
    ],
)
def test_bad_data_leaves_a_fitted_model_as_it_was(iris, spoil, match):
    X, y = iris
    clf = like_mlp((5,), max_iter=3, random_state=0).fit(X, y)
    before = clf.predict_proba(X)
    with pytest.raises(ValueError, match=match):
        clf.fit(*spoil(X, y))
    np.testing.assert_array_equal(clf.predict_proba(X), before)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_divergence_is_an_error_that_says_what_to_do(iris):
    X, y = iris
    clf = like_mlp(
        (5,), "identity", solver="sgd", learning_rate_init=1e100, warm_start=True
    )
    with pytest.raises(ValueError, match="non-finite.*learning rate"):
        clf.fit(X, y)
    assert not hasattr(clf, "network_")
    clf.set_params(learning_rate_init=0.01).fit(X, y)
    before = clf.predict_proba(X)
    with pytest.raises(ValueError, match="non-finite"):
        clf.set_params(learning_rate_init=1e100).fit(X, y)
    np.testing.assert_array_equal(clf.predict_proba(X), before)


def test_batches_larger_than_the_data_warn(iris):
    with pytest.warns(UserWarning, match="batch_size=1000"):
        like_mlp(batch_size=1000, max_iter=1).fit(*iris)


def test_own_initializers(iris):
    clf = like_mlp(
        (5,),
        weight_init=partial(normal, scale=0.0),
        intercept_init=lambda rng, fan_in, fan_out: np.full(fan_out, 0.5),
        max_iter=1,
        learning_rate_init=1e-12,
    ).fit(*iris)
    np.testing.assert_allclose(clf.coefs_[0], 0, atol=1e-9)
    np.testing.assert_allclose(clf.intercepts_[0], 0.5, atol=1e-9)


def test_without_intercepts_zero_maps_to_zero(iris):
    clf = like_mlp((5,), "tanh", fit_intercept=False, max_iter=5).fit(*iris)
    np.testing.assert_array_equal(clf.decision_function(np.zeros((1, 4))), 0)
    assert not any(intercept.any() for intercept in clf.intercepts_)


def test_no_warnings_in_an_ordinary_fit(iris):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf = like_mlp((5,), tol=1e-2, max_iter=1000, random_state=0).fit(*iris)
    assert clf.n_iter_ < 1000


# ------------------------------------------------------------------ weights in fit


@pytest.mark.parametrize(
    ("weight", "match"),
    [
        (np.zeros(150), "at least one non-zero"),
        (-np.ones(150), "[Nn]egative"),
        (np.full(150, np.nan), "NaN"),
        (np.ones(149), "shape"),
    ],
)
def test_bad_weights(iris, weight, match):
    with pytest.raises(ValueError, match=match):
        like_mlp().fit(*iris, sample_weight=weight)


@pytest.mark.parametrize("size", [1e-46, 1e39])
def test_weights_beyond_float32(digits, size):
    X, y = digits
    clf = like_mlp((5,), max_iter=1)
    with pytest.raises(ValueError, match="divide sample_weight by its mean"):
        clf.fit(X, y, sample_weight=np.full(len(y), size))


def test_multilabel_class_weight():
    X, Y = make_multilabel_classification(100, n_classes=2, random_state=0)
    class_weight = [{0: 1, 1: 2}, {0: 1, 1: 5}]
    clf = like_mlp((5,), max_iter=5, random_state=0)
    rows = np.where(Y[:, 0], 2, 1) * np.where(Y[:, 1], 5, 1)
    by_class = clone(clf).set_params(class_weight=class_weight).fit(X, Y)
    by_row = clone(clf).fit(X, Y, sample_weight=rows)
    np.testing.assert_array_equal(by_class.network_.params, by_row.network_.params)


# ------------------------------------------------------------------ partial_fit


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_partial_fit_is_an_epoch_of_fit(digits, solver):
    X, y = digits
    clf = like_mlp((10,), solver=solver, shuffle=False, dtype="float64", random_state=0)
    whole = clone(clf).set_params(max_iter=4).fit(X, y)
    parts = clone(clf)
    for i in range(4):
        parts.partial_fit(X, y, classes=np.unique(y) if i == 0 else None)
    np.testing.assert_allclose(parts.loss_curve_, whole.loss_curve_, rtol=1e-12)
    np.testing.assert_allclose(
        parts.network_.params, whole.network_.params, rtol=1e-9, atol=1e-12
    )
    assert parts.t_ == whole.t_
    assert parts.n_iter_ == 1


@pytest.mark.parametrize("n_members", [1, 2])
@pytest.mark.parametrize("shuffle", [True, False])
def test_large_data_is_converted_batch_by_batch(n_members, shuffle):
    """It comes and is left as it is, but networks have one type."""
    X, y = make_classification(30_000, 40, random_state=0)
    settings = {"n_members": n_members, "shuffle": shuffle, "random_state": 0}
    clf, in_float32 = like_mlp((8,), **settings), like_mlp((8,), **settings)
    for chunk, dtype in (slice(0, 29_000), "float64"), (slice(29_000, None), "float32"):
        clf.partial_fit(X[chunk].astype(dtype), y[chunk], classes=[0, 1])
        in_float32.partial_fit(X[chunk].astype("float32"), y[chunk], classes=[0, 1])
    assert clf.network_.dtype == np.float32
    np.testing.assert_array_equal(clf.network_.params, in_float32.network_.params)
    for estimator, data in (clf, X), (in_float32, X.astype("float32")):
        estimator.set_params(max_iter=2).fit(data, y)
    np.testing.assert_array_equal(clf.network_.params, in_float32.network_.params)


def test_the_number_of_epochs_does_not_tell_data_apart():
    """Large data is converted at once or batch by batch: the best so far stays."""
    X, y = make_classification(30_000, 40, random_state=0)
    clf = like_mlp((8,), warm_start=True, max_iter=4, random_state=0).fit(X, y)
    clf._state.monitor._lowest = -1.0  # stands for a loss that is hard to better
    assert clf.set_params(max_iter=9).fit(X, y).best_loss_ == -1.0


def test_values_that_the_network_cannot_hold_are_refused_before_training():
    X, y = make_classification(1_000, random_state=0)
    too_large = X * 1e39
    clf = like_mlp((8,), max_iter=2, random_state=0)
    with pytest.raises(ValueError, match="X_val has values too large for float32"):
        clf.fit(X, y, X_val=too_large, y_val=y)
    assert not hasattr(clf, "network_")
    clf.partial_fit(X, y, classes=[0, 1])
    before = clf.network_.params.copy()
    with pytest.raises(ValueError, match="too large for float32"):
        clf.partial_fit(too_large, y)
    np.testing.assert_array_equal(clf.network_.params, before)


def test_partial_fit_learns_from_chunks_that_lack_classes(digits):
    X, y = digits
    order = np.argsort(y % 5, kind="stable")  # classes come and go
    clf = like_mlp((30,), learning_rate_init=0.003, random_state=0)
    for _ in range(30):
        for rows in np.array_split(order, 5):
            clf.partial_fit(X[rows], y[rows], classes=range(10))
    assert clf.score(X, y) > 0.9


def test_partial_fit_of_multilabel_targets_needs_no_classes():
    X, Y = make_multilabel_classification(100, n_classes=3, random_state=0)
    clf = like_mlp((20,), learning_rate_init=0.01, random_state=0)
    for _ in range(300):
        clf.partial_fit(X, Y)
    assert clf.score(X, Y) > 0.9
    with pytest.raises(ValueError, match="3 labels"):
        clf.partial_fit(X, Y[:, :2])


def test_partial_fit_goes_on_from_a_saved_model(digits):
    X, y = digits
    clf = like_mlp((10,), shuffle=False, random_state=0)
    clf.partial_fit(X, y, classes=range(10)).partial_fit(X, y)
    saved = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(
        saved.partial_fit(X, y).network_.params, clf.partial_fit(X, y).network_.params
    )


def test_balanced_weights_follow_what_partial_fit_has_seen(iris):
    X, y = iris[0][:100], iris[1][:100]
    clf = like_mlp((), class_weight="balanced", batch_size=200, shuffle=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf.partial_fit(X[:60], y[:60], classes=[0, 1])  # 50 and 10 rows
        clf.partial_fit(X[60:], y[60:])  # now 50 and 50: all rows weigh the same
        params = clf.network_.params.copy()
        clf.partial_fit(X, y)
    assert clf._state.class_totals.tolist() == [100, 100]
    assert not np.array_equal(params, clf.network_.params)


@pytest.mark.parametrize(
    ("params", "kwargs", "error", "match"),
    [
        ({}, {}, ValueError, "classes must be passed on the first call"),
        ({}, {"classes": [0, 1]}, ValueError, "not in `self.classes_`"),
        ({"solver": "lbfgs"}, {}, AttributeError, "partial_fit"),
        (
            {"early_stopping": True},
            {"classes": [0, 1, 2]},
            ValueError,
            "early_stopping",
        ),
    ],
)
def test_bad_calls_of_partial_fit(iris, params, kwargs, error, match):
    with pytest.raises(error, match=match):
        like_mlp(**params).partial_fit(*iris, **kwargs)


def test_classes_of_partial_fit_must_not_change(iris):
    clf = like_mlp((5,)).partial_fit(*iris, classes=[0, 1, 2])
    clf.partial_fit(*iris, classes=[2, 1, 0])
    before = clf.predict_proba(iris[0])
    with pytest.raises(ValueError, match="not the same as on last call"):
        clf.partial_fit(*iris, classes=[0, 1, 2, 3])
    with pytest.raises(ValueError, match="not in `self.classes_`"):
        clf.partial_fit(iris[0], iris[1] + 1)
    np.testing.assert_array_equal(clf.predict_proba(iris[0]), before)


def test_a_refused_call_of_partial_fit_leaves_no_trace(iris):
    X, y = iris
    clf = like_mlp((5,), shuffle=False, random_state=0)
    clf.partial_fit(X, y, classes=range(3))
    twin = copy.deepcopy(clf)
    for spoiled in ((X[:, :2], y), (X, y + 1), (np.full_like(X, np.nan), y)):
        with pytest.raises(ValueError, match="features|classes|NaN"):
            clf.partial_fit(*spoiled)
    np.testing.assert_array_equal(
        clf.partial_fit(X, y).network_.params, twin.partial_fit(X, y).network_.params
    )
    assert clf.loss_curve_ == twin.loss_curve_


# ------------------------------------------------------------------ validation set


def test_own_validation_set_is_watched(digits):
    X, y = digits
    clf = like_mlp((20,), early_stopping=True, max_iter=30, random_state=0)
    clf.fit(X[:1000], y[:1000], X_val=X[1000:], y_val=y[1000:])
    assert clf.best_validation_score_ == clf.score(X[1000:], y[1000:])
    assert clf.t_ == 1000 * clf.n_iter_  # no rows were set aside


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_own_validation_set_is_recorded_without_early_stopping(digits, solver):
    X, y = digits
    clf = like_mlp((20,), solver=solver, max_iter=5, random_state=0)
    clf.fit(X[:1000], y[:1000], X_val=X[1000:], y_val=y[1000:])
    history = clf.history_
    assert len(history["validation_loss"]) == 5
    assert history["validation_loss"][-1] == pytest.approx(
        log_loss(y[1000:], clf.predict_proba(X[1000:])), rel=1e-5
    )
    assert history["validation_score"][-1] == clf.score(X[1000:], y[1000:])
    assert clf.validation_scores_ is None
    plain = clone(clf).fit(X[:1000], y[:1000])
    np.testing.assert_array_equal(plain.network_.params, clf.network_.params)


def test_weights_of_the_validation_set(digits):
    X, y = digits
    weight = np.random.RandomState(0).rand(797)
    clf = like_mlp((20,), max_iter=3, random_state=0)
    clf.fit(
        X[:1000], y[:1000], X_val=X[1000:], y_val=y[1000:], sample_weight_val=weight
    )
    expected = accuracy_score(y[1000:], clf.predict(X[1000:]), sample_weight=weight)
    assert clf.history_["validation_score"][-1] == pytest.approx(expected)


def test_class_weight_counts_in_the_validation_score(digits):
    X, y = digits
    class_weight = dict.fromkeys(range(10), 1.0) | {3: 20.0}
    clf = like_mlp((20,), max_iter=3, class_weight=class_weight, random_state=0)
    clf.fit(X[:1000], y[:1000], X_val=X[1000:], y_val=y[1000:])
    weight = np.where(y[1000:] == 3, 20.0, 1.0)
    expected = accuracy_score(y[1000:], clf.predict(X[1000:]), sample_weight=weight)
    assert clf.history_["validation_score"][-1] == pytest.approx(expected)


def test_stopping_at_the_best_loss(digits):
    X, y = digits
    clf = like_mlp(
        (100,), early_stopping=True, scoring="loss", learning_rate_init=0.01, tol=0,
        random_state=0,
    ).fit(X, y)  # fmt: skip
    losses = clf.history_["validation_loss"]
    assert clf.validation_scores_ == (-losses).tolist()
    assert clf.best_validation_score_ == -losses.min()
    assert losses.argmin() < len(losses) - 10


@pytest.mark.parametrize(
    ("X_val", "y_val", "weight", "match"),
    [
        (np.zeros((2, 4)), None, None, "both X_val and y_val"),
        (None, [0, 1], None, "both X_val and y_val"),
        (None, None, [1.0], "both X_val and y_val"),
        (np.zeros((2, 3)), [0, 1], None, "3 features"),
        (np.zeros((2, 4)), [0, 7], None, "not in `self.classes_`"),
        (np.zeros((2, 4)), [0, 1, 1], None, "inconsistent"),
        (np.full((2, 4), np.nan), [0, 1], None, "NaN"),
        (np.zeros((2, 4)), [0, 1], [1.0, -1.0], "[Nn]egative"),
    ],
)
def test_bad_validation_sets(iris, X_val, y_val, weight, match):
    with pytest.raises(ValueError, match=match):
        like_mlp().fit(*iris, X_val=X_val, y_val=y_val, sample_weight_val=weight)


# ------------------------------------------------------------------ regularization


def test_dropout_is_off_when_predicting(digits):
    X, y = digits
    clf = like_mlp((50, 20), dropout=[0.5, 0.2], max_iter=30, random_state=0)
    clf.fit(X, y)
    np.testing.assert_array_equal(clf.predict_proba(X), clf.predict_proba(X))
    assert clf.score(X, y) > 0.93
    # Without some of its units the network fits the training rows less closely
    assert clf.loss_ > log_loss(y, clf.predict_proba(X)) + 0.05
    np.testing.assert_array_equal(
        clone(clf).fit(X, y).network_.params, clf.network_.params
    )


def test_no_dropout_is_no_change(digits):
    X, y = digits
    clf = like_mlp((20,), max_iter=3, random_state=0)
    curves = [
        clone(clf).set_params(dropout=d).fit(X, y).loss_curve_ for d in (0.0, [0.0])
    ]
    assert curves[0] == curves[1]


def test_dropout_reduces_overfitting():
    rng = np.random.RandomState(0)
    X = rng.randn(1300, 20)
    y = (X[:, 0] + X[:, 1] + rng.randn(1300) > 0).astype(int)
    losses = [
        log_loss(
            y[300:],
            like_mlp((200,), dropout=dropout, max_iter=200, tol=0, random_state=0)
            .fit(X[:300], y[:300])
            .predict_proba(X[300:]),
        )
        for dropout in (0.0, 0.5)
    ]
    assert losses[1] < 0.9 * losses[0]


@pytest.mark.parametrize("loss", ["log_loss", "squared_error"])
def test_label_smoothing_moves_the_optimum(loss):
    """With no features to tell rows apart, probabilities are the smoothed shares."""
    X, y = np.zeros((100, 1)), np.arange(100) % 4
    clf = like_mlp(
        (), solver="lbfgs", label_smoothing=0.2, loss=loss, alpha=0, tol=1e-8
    )
    three = clf.fit(X, np.where(y == 3, 0, y)).predict_proba(X[:1])
    np.testing.assert_allclose(
        three, [[0.8 * p + 0.2 / 3 for p in (0.5, 0.25, 0.25)]], atol=1e-5
    )
    two = clf.fit(X, y == 3).predict_proba(X[:1])
    np.testing.assert_allclose(two, [[0.7, 0.3]], atol=1e-5)


def test_gradient_clipping(digits):
    X, y = digits
    clf = like_mlp(
        (20,), solver="sgd", momentum=0, max_gradient_norm=1e-3, max_iter=4,
        learning_rate_init=1.0, batch_size=len(X), random_state=0, dtype="float64",
    ).fit(X, y)  # fmt: skip
    np.testing.assert_allclose(clf.history_["gradient_norm"], 1e-3)
    start = clone(clf).set_params(max_iter=1, learning_rate_init=1e-30).fit(X, y)
    moved = np.linalg.norm(clf.network_.params - start.network_.params)
    assert moved <= 4e-3 * (1 + 1e-9)


@pytest.mark.parametrize(
    ("params", "match"),
    [
        ({"dropout": 1.0}, "'dropout' parameter"),
        ({"dropout": [0.5, 0.5]}, "2 entries for 1 hidden"),
        ({"dropout": [1.5]}, "dropout"),
        ({"dropout": 0.5, "solver": "lbfgs"}, "lbfgs"),
        ({"label_smoothing": -0.1}, "'label_smoothing' parameter"),
        ({"max_gradient_norm": 0}, "'max_gradient_norm' parameter"),
        ({"hidden_layer_sizes": "64-x"}, "64-32"),
        ({"hidden_layer_sizes": "64-0"}, "must be > 0"),
    ],
)
def test_more_bad_parameters(iris, params, match):
    with pytest.raises(ValueError, match=match):
        like_mlp(**params).fit(*iris)


@pytest.mark.parametrize(
    ("text", "sizes"), [("64-32", [64, 32]), ("8", [8]), ("", []), ("3, 4", [3, 4])]
)
def test_layer_sizes_from_a_string(iris, text, sizes):
    clf = like_mlp(text, max_iter=1).fit(*iris)
    assert clf.network_.layer_sizes == [4, *sizes, 3]


def test_notebooks_show_the_fitted_layers(iris):
    clf = like_mlp((5,), max_iter=1)
    assert "Dense(" not in clf._repr_html_()
    html = clf.fit(*iris)._repr_html_()
    assert "DeepNNClassifier" in html
    assert "Dense(4 -&gt; 5, relu)" in html
    assert "25 parameters" in html


# ------------------------------------------------------------------ changes of mind


def test_early_stopping_may_be_switched_off_and_on(digits):
    X, y = digits
    clf = like_mlp(
        (8,), early_stopping=True, warm_start=True, max_iter=3, random_state=0
    ).fit(X, y)
    clf.set_params(early_stopping=False).fit(X, y)
    assert clf.validation_scores_ is None
    assert len(clf.loss_curve_) == 6
    clf.partial_fit(X, y)
    clf.set_params(early_stopping=True).fit(X, y)
    assert len(clf.validation_scores_) == 6
    assert clf.best_validation_score_ == max(clf.validation_scores_[3:])


def test_a_later_fit_that_is_no_better_ends_at_the_best_model(digits):
    X, y = digits
    clf = like_mlp(
        (50,), early_stopping=True, warm_start=True, learning_rate_init=0.01,
        max_iter=15, random_state=0,
    ).fit(X, y)  # fmt: skip
    coef = clf.coefs_[0].copy()
    clf.set_params(learning_rate_init=10.0, max_iter=3).fit(X, y)
    assert max(clf.validation_scores_[-3:]) < clf.best_validation_score_
    np.testing.assert_array_equal(clf.coefs_[0], coef)


def test_stopping_rule_of_a_later_fit_is_its_own(iris):
    clf = like_mlp((8,), warm_start=True, tol=0, max_iter=20, random_state=0)
    clf.fit(*iris).set_params(tol=10.0, n_iter_no_change=1).fit(*iris)
    assert clf.n_iter_ == 2


def test_another_solver_starts_anew(iris):
    clf = like_mlp((8,), alpha=0.1, batch_size=150, random_state=0)
    clf.partial_fit(*iris, classes=range(3))
    clf.set_params(solver="adamw").partial_fit(*iris)
    assert type(clf._state.steps.optimizers[0]).__name__ == "AdamW"
    assert clf._state.steps.optimizers[0].t == 1


def test_an_interruption_before_training_changes_nothing(iris):
    X, y = iris

    def interrupt(rng, fan_in, fan_out):
        raise KeyboardInterrupt

    clf = like_mlp((8,), max_iter=2).fit(X, y)
    before = clf.predict_proba(X)
    with pytest.raises(KeyboardInterrupt):
        clf.set_params(weight_init=interrupt).fit(X[:, :2], y > 0)
    np.testing.assert_array_equal(clf.predict_proba(X), before)


def test_values_too_large_for_a_float32_network_are_refused_when_predicting(iris):
    X, y = iris
    clf = like_mlp((8,), dtype="float32", max_iter=2).fit(X, y)
    with pytest.raises(ValueError, match="too large for float32"):
        clf.predict(X * 1e39)


def test_balanced_multilabel_weights_count_copies():
    X, Y = make_multilabel_classification(60, n_classes=3, random_state=0)
    weight = np.random.RandomState(0).randint(0, 3, 60)
    clf = like_mlp((4,), solver="lbfgs", max_iter=5, random_state=0)
    clf.set_params(class_weight="balanced")
    weighted = clone(clf).fit(X, Y, sample_weight=weight)
    repeated = clone(clf).fit(
        np.repeat(X, weight, axis=0), np.repeat(Y, weight, axis=0)
    )
    assert weighted.loss_ == pytest.approx(repeated.loss_, rel=1e-9)


def test_own_scorers(iris):
    clf = like_mlp((4,), max_iter=2, class_weight="balanced")
    clf.set_params(scoring=lambda estimator, X, y: 0.25).fit(*iris)
    assert clf.history_["score"].tolist() == [0.25, 0.25]
    with pytest.raises(ValueError, match="one number"):
        clf.set_params(scoring=lambda estimator, X, y: {"a": 1}).fit(*iris)


def test_rows_without_weight_are_not_watched(iris):
    weight = np.zeros(150)
    weight[::3] = 1
    clf = like_mlp((4,), early_stopping=True, max_iter=3, random_state=0)
    clf.fit(*iris, sample_weight=weight)
    assert np.isfinite(clf.validation_scores_).all()


def size_of(clf):
    return len(pickle.dumps(clf))


def test_a_pickle_holds_little_more_than_the_parameters():
    X, y = make_classification(1000, random_state=0)
    clf = DeepNNClassifier(max_iter=5, random_state=0).fit(X, y)
    assert size_of(clf) <= 1.2 * clf.network_.params.nbytes
    saved = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(saved.predict_proba(X), clf.predict_proba(X))
    assert saved.loss_curve_ == clf.loss_curve_


@pytest.mark.parametrize("solver", ["adamw", "adam", "sgd"])
def test_moments_are_saved_where_training_can_go_on(iris, solver):
    """After partial_fit and with warm_start, and then nothing is lost."""
    clf = DeepNNClassifier((64,), solver=solver, max_iter=3, random_state=0)
    once = clone(clf).fit(*iris)
    warm = clone(clf).set_params(warm_start=True).fit(*iris)
    parts = clone(clf).partial_fit(*iris, classes=range(3))
    assert pickle.loads(pickle.dumps(once))._state.steps is None
    for going_on in (warm, parts):
        saved = pickle.loads(pickle.dumps(going_on))
        for model in (saved, going_on):
            model.partial_fit(*iris)
        np.testing.assert_array_equal(saved.network_.params, going_on.network_.params)


def test_history_costs_a_call_of_partial_fit_its_numbers_and_no_more(iris):
    clf = like_mlp((4,), random_state=0).partial_fit(*iris, classes=range(3))
    sizes = []
    for _ in range(2):
        sizes.append(size_of(clf))
        for _ in range(100):
            clf.partial_fit(*iris)
    sizes.append(size_of(clf))
    n_numbers = len(clf.history_) * 100
    assert sizes[2] - sizes[1] <= 8 * n_numbers + 64
    assert len(clf.loss_curve_) == 201


def test_a_failed_call_leaves_no_trace_in_the_history(iris):
    clf = like_mlp((4,), warm_start=True, max_iter=3, random_state=0).fit(*iris)
    before = clf.history_

    def fail(estimator, X, y):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        clf.set_params(scoring=fail).fit(*iris)
    assert sorted(clf.history_) == sorted(before)
    assert clf.loss_curve_ == before["loss"].tolist()
    assert clf.n_iter_ == 3


def test_an_estimator_has_one_private_attribute(iris):
    for clf in (DeepNNClassifier(max_iter=2), like_mlp((4,), max_iter=2)):
        private = {name for name in vars(clf.fit(*iris)) if name.startswith("_")}
        assert private == {"_state"}
