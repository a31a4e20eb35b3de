"""What users meet when something is off: the right value, or an error that helps."""

import sys
import warnings
from importlib.util import find_spec, module_from_spec

import numpy as np
import pytest
from like_mlp import like_mlp
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import scale

from skdeepnn import DeepNNClassifier, LogisticRegressionNN
from skdeepnn.predictor import NetworkPredictor
from skdeepnn.preprocessing import TabularEncoder

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


@pytest.mark.parametrize("solver", ["sgd", "adam"])
@pytest.mark.parametrize(
    "factor", ["0.5", b"1", None, float("nan"), float("inf"), -0.1, [1.0, 2.0]]
)
def test_a_schedule_that_returns_no_factor(iris, solver, factor):
    for clf in (
        like_mlp((4,), solver=solver, max_iter=2),
        LogisticRegressionNN(solver=solver, max_iter=2),
    ):
        clf.set_params(learning_rate=lambda progress: factor)
        with pytest.raises(ValueError, match="passed as learning_rate returned") as e:
            clf.fit(*iris)
        assert repr(factor) in str(e.value)
        assert "must return the factor" in str(e.value)


@pytest.mark.parametrize("factor", [0.5, 1, 0, np.float32(0.5), np.array(0.5)])
def test_a_schedule_that_returns_a_factor(iris, factor):
    clf = like_mlp((4,), max_iter=2, learning_rate=lambda progress: factor)
    assert np.isfinite(clf.fit(*iris).loss_)


def make_frame(columns):
    pandas = pytest.importorskip("pandas")
    rng = np.random.RandomState(0)
    return pandas.DataFrame(rng.randint(3, size=(80, 3)), columns=columns)


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ([("a", "x"), ("a", "y"), ("b", "x")], [("a", "x"), ("b", "x")]),
        ([("a", 1), ("a", 2), ("b", 1)], [("a", 1), ("b", 1)]),
        (["a", "b", "c"], ["a", 2]),
        (["a", "b", "c"], [np.int64(0), "c"]),
        (["a", "b", "c"], np.array(["a", "c"])),
        (["a", "b", "c"], [np.int64(0), np.int64(2)]),
        (["a", "b", "c"], (True, False, True)),
    ],
)
def test_categorical_features_by_all_kinds_of_names(columns, named):
    frame = make_frame(columns)
    if isinstance(columns[0], tuple):
        pandas = pytest.importorskip("pandas")
        frame.columns = pandas.MultiIndex.from_tuples(columns)
    for names in (named, frame.columns[[0, 2]]):
        clf = DeepNNClassifier(max_iter=1, categorical_features=names)
        clf.fit(frame, np.arange(80) % 2)
        assert clf.columns_["n_categories"].tolist() == [3, 0, 3]
    clf.set_params(categorical_features=[("a", "z")])
    with pytest.raises(ValueError, match=r"has \[\('a', 'z'\)\], but the features"):
        clf.fit(frame, np.arange(80) % 2)


def test_categorical_features_of_polars():
    polars = pytest.importorskip("polars")
    frame = polars.from_numpy(make_frame(list("abc")).to_numpy(), schema=list("abc"))
    for named in (["a", "c"], ["a", 2], np.array(["a", "c"])):
        clf = DeepNNClassifier(max_iter=1, categorical_features=named)
        clf.fit(frame, np.arange(80) % 2)
        assert clf.columns_["n_categories"].tolist() == [3, 0, 3]


def test_categories_of_a_later_call():
    pandas = pytest.importorskip("pandas")
    first = pandas.DataFrame({"city": ["rome", "oslo", "bern"] * 30, "n": range(90)})
    later = first.assign(city=["rome", "oslo", "lima"] * 30)
    y = np.arange(90) % 2
    clf = DeepNNClassifier().partial_fit(first, y, classes=[0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf.partial_fit(first, y)
    with pytest.warns(UserWarning, match="'city' has 'lima' in 30 rows") as caught:
        clf.partial_fit(later, y)
    assert len(caught) == 1
    assert "begin with rows of all categories" in str(caught[0].message)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf.predict(later)


def test_rare_categories_of_a_later_call_may_be_known():
    names = np.array(["rome", "oslo"] * 300 + ["bern", "lima"], dtype=object)
    X, y = names[:, np.newaxis], np.arange(602) % 2
    clf = DeepNNClassifier().partial_fit(X, y, classes=[0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf.partial_fit(X, y)  # these two share a level
    X[:100] = "kiev"
    with pytest.warns(UserWarning, match="0 has 'kiev' in 100 rows"):
        clf.partial_fit(X, y)


@pytest.mark.parametrize("make", [DeepNNClassifier, LogisticRegressionNN])
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_infinite_and_missing_values_are_located(iris, make, bad):
    pandas = pytest.importorskip("pandas")
    X, y = iris[0].copy(), iris[1]
    X[3, 2] = bad
    clf = make()
    if make is DeepNNClassifier:
        clf.set_params(preprocess=None)
    what = "missing ones" if np.isnan(bad) else "infinite values"
    with pytest.raises(ValueError, match=rf"^Input X contains .*{what} in \[2\]"):
        clf.fit(X, y)
    with pytest.raises(ValueError, match=rf"{what} in \[2\]"):
        clf.fit(csr_matrix(X), y)
    frame = pandas.DataFrame(X, columns=list("abcd"))
    with pytest.raises(ValueError, match=rf"{what} in \['c'\]"):
        clf.fit(frame, y)


@pytest.mark.parametrize("container", [np.asarray, csr_matrix])
def test_values_that_float32_cannot_hold_are_located(iris, container):
    X, y = iris[0].copy(), iris[1]
    X[3, [1, 2]] = 1e39, -1e39
    clf = like_mlp((4,), solver="adam", dtype="float32", max_iter=1)
    with pytest.raises(ValueError, match=r"large for float32 in its columns \[1, 2\]"):
        clf.fit(container(X), y)
    clf.fit(iris[0].astype(np.float32), y)
    with pytest.raises(ValueError, match=r"in its columns \[1, 2\], in which this"):
        clf.predict(container(X))


def test_a_warning_comes_once_a_call(iris):
    X, y = iris[0].copy(), iris[1]
    X[3, 2] = np.inf
    clf = DeepNNClassifier(max_iter=1)
    with pytest.warns(UserWarning, match="infinite values") as caught:
        clf.fit(X, y)
    found = [w.filename for w in caught if "infinite values" in str(w.message)]
    assert found == [__file__]
    many = np.tile(X, (2000, 1))  # predicted in several blocks
    with pytest.warns(UserWarning, match="infinite values") as caught:
        clf.predict(many)
    assert len(caught) == 1


def result_or_error(fit, *args):
    try:
        return fit(*args), ""
    except ValueError as error:
        return None, str(error)


@pytest.mark.parametrize("solver", ["lbfgs", "sgd", "adam"])
def test_a_common_factor_of_the_weights_divides_the_penalty(iris, solver):
    """As in LogisticRegression and MLPClassifier, whose penalties have no weight."""
    X, y = iris
    weight = np.full(150, 8.0)
    for light, heavy in (
        (LogisticRegressionNN(C=2.0), LogisticRegressionNN(C=0.25)),
        (like_mlp((4,), alpha=0.5), like_mlp((4,), alpha=4.0)),
    ):
        params = {"solver": solver, "random_state": 0, "max_iter": 5}
        light.set_params(**params).fit(X, y)
        heavy.set_params(**params).fit(X, y, weight)
        np.testing.assert_allclose(heavy.coefs_[0], light.coefs_[0], rtol=1e-6)
    if solver == "lbfgs":
        kwargs = {"C": 0.25, "tol": 1e-8}
        ours = LogisticRegressionNN(**kwargs).fit(X, y, weight)
        theirs = LogisticRegression(**kwargs, max_iter=1000).fit(X, y, weight)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-4)


def test_no_weights_change_the_weight_decay(iris):
    X, y = iris
    clf = DeepNNClassifier((4,), max_iter=3, random_state=0, alpha=0.5)
    once = clone(clf).fit(X, y).predict_proba(X)
    often = clone(clf).fit(X, y, np.full(150, 8.0)).predict_proba(X)
    np.testing.assert_allclose(often, once, rtol=1e-6)


ESTIMATORS = [
    *(
        like_mlp((4,), solver=solver, max_iter=3, random_state=0)
        for solver in ("sgd", "adam", "adamw", "lbfgs")
    ),
    DeepNNClassifier((4,), max_iter=3, random_state=0),
    *(LogisticRegressionNN(solver=s, max_iter=5) for s in ("lbfgs", "sgd", "adam")),
]


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("clf", ESTIMATORS)
@pytest.mark.parametrize("scale", [1e-300, 1e-30, 1e20, 1e38, 1e155, 1e300])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_of_any_size_end_finite_or_in_our_error(clf, scale, dtype):
    rng = np.random.RandomState(0)
    limit = np.finfo(dtype).max / 2
    X = (rng.randn(40, 4) * scale).clip(-limit, limit).astype(dtype)
    y = rng.randint(2, size=40)
    fits = [clone(clf).fit]
    if clf.solver != "lbfgs":
        fits.append(lambda X, y: clone(clf).partial_fit(X, y, classes=[0, 1]))
    if isinstance(clf, LogisticRegressionNN):
        fits.append(lambda X, y: clone(clf).fit(csr_matrix(X), y))
    for fit in fits:
        fitted, error = result_or_error(fit, X, y)
        if fitted is None:
            assert "non-finite parameter weights" in error
            continue
        assert np.isfinite(fitted.network_.params).all()
        assert np.isfinite(fitted.decision_function(X)).all()
        assert np.isfinite(fitted.predict_proba(X)).all()


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("clf", ESTIMATORS)
@pytest.mark.parametrize("scale", [1e-310, 1e-300, 1e-100, 1e100, 1e300, 1e307])
def test_weights_of_any_size_end_finite_or_in_our_error(iris, clf, scale):
    X, y = iris
    weight = np.where(np.arange(150) % 2, 1, 2) * scale
    fitted, error = result_or_error(clone(clf).fit, X, y, weight)
    if fitted is None:
        assert "non-finite parameter weights" in error or "weights of the" in error
        return
    assert np.isfinite(fitted.decision_function(X)).all()


def test_where_scikit_learn_has_no_callbacks_one_is_told_what_they_need(
    iris, monkeypatch
):
    """As scikit-learn is before 1.9, whatever version it is."""
    monkeypatch.setitem(sys.modules, "sklearn.callback", None)
    spec = find_spec("skdeepnn.fitting.callbacks")
    callbacks = module_from_spec(spec)
    spec.loader.exec_module(callbacks)

    class Plain(callbacks.CallbackSupportMixin, NetworkPredictor):
        pass

    assert not hasattr(Plain(), "set_callbacks")
    with pytest.raises(AttributeError, match=r"scikit-learn 1\.9"):
        Plain().set_callbacks()
    with pytest.raises(AttributeError, match="no attribute 'coefficients'"):
        _ = Plain().coefficients
    tasks = callbacks.EpochTasks(Plain())
    tasks.begin(max_epochs=1)
    tasks.begin_epoch()
    assert not tasks.end_epoch()
    tasks.end()
    assert callbacks.with_callbacks(len)(iris) == 2


def of_objects(*values):
    """An array of objects, of which some may be arrays."""
    return np.fromiter(values, object, len(values))


ODD_LABELS = {
    "a single value": (1, "y is 1, no labels"),
    "text": ("yes", "y is 'yes', no labels"),
    "a dict": ({0: 1}, "pass one label for each row"),
    "several types": (of_objects("a", 1, "a", 1), "y has values of several types"),
    "none": (of_objects("a", None, "a", "b"), "y has values of several types, or miss"),
    "records": (np.zeros(4, [("a", int), ("b", float)]), "y is an array of records"),
    "ragged": ([[1], [0, 1], [1], [0]], "y has lists or arrays"),
}


@pytest.mark.parametrize("kind", ODD_LABELS)
@pytest.mark.parametrize("make", [DeepNNClassifier, LogisticRegressionNN])
def test_labels_that_are_none(make, kind):
    y, message = ODD_LABELS[kind]
    X = np.eye(4)
    with pytest.raises(ValueError, match=message):
        make().fit(X, y)
    fitted = make(max_iter=2).fit(X, ["a", "b", "a", "b"])
    with pytest.raises(ValueError, match=message):
        fitted.score(X, y)


def test_missing_labels_of_pandas():
    pandas = pytest.importorskip("pandas")
    for dtype in ("string", "Int64", object):
        y = pandas.Series([pandas.NA, 1, 2, 1], dtype=dtype)
        for clf in (DeepNNClassifier(), LogisticRegressionNN()):
            with pytest.raises(ValueError, match="NaN|has values of several types"):
                clf.fit(np.eye(4), y)


ODD_CELLS = {
    "lists": ([[[1, 2], 1.0], [3, 1.0], [4, 1.0]], "X has lists or arrays"),
    "huge": (np.array([[10**400], [1], [2]], object), "an integer that is beyond"),
    "records": (np.zeros(3, [("a", "f8"), ("b", "f4")]), "X is an array of records"),
}


@pytest.mark.parametrize("kind", ODD_CELLS)
def test_cells_that_are_no_numbers(kind):
    X, message = ODD_CELLS[kind]
    with pytest.raises(ValueError, match=message):
        LogisticRegressionNN().fit(X, [0, 1, 0])
    fitted = LogisticRegressionNN().fit(np.eye(3), [0, 1, 0])
    with pytest.raises(ValueError, match=message):
        fitted.predict(X)


@pytest.mark.parametrize("clf", [DeepNNClassifier(max_iter=2), LogisticRegressionNN()])
def test_columns_of_frames_that_cannot_be_told_apart_or_taken(clf):
    pandas = pytest.importorskip("pandas")
    y = [0, 1, 0]
    with pytest.raises(ValueError, match="0 feature"):
        clf.fit(pandas.DataFrame(index=range(3)), y)
    days = pandas.DataFrame({"a": pandas.to_datetime(["2024-01-01"] * 3), "b": 1j})
    with pytest.raises(ValueError, match="Complex data|should be numbers"):
        clf.fit(days[["b"]], y)
    if isinstance(clf, LogisticRegressionNN):
        with pytest.raises(ValueError, match="such as dates and numbers"):
            clf.fit(days[["a"]].assign(c=1.5, d=np.zeros(3, "m8[s]")), y)
    twins = pandas.DataFrame(np.eye(3), columns=["a", "a", "b"])
    fitted, error = result_or_error(clf.fit, twins, y)  # before scikit-learn 1.9
    assert fitted is not None or "several columns of one name" in error


def test_dictionaries_of_arrow_that_pandas_does_not_take():
    pa = pytest.importorskip("pyarrow")
    column = pa.array([1.0, np.nan, 2.0]).dictionary_encode()
    with pytest.raises(ValueError, match="column that pandas does not take"):
        DeepNNClassifier().fit(pa.table({"a": column}), [0, 1, 0])


def test_lists_and_structs_of_polars_are_values_like_others():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"a": [1.0, 2.0] * 20}).select(
        polars.struct(polars.all()).alias("s"),
        polars.concat_list(polars.all()).alias("l"),
    )
    clf = DeepNNClassifier(random_state=0).fit(frame, [0, 1] * 20)
    assert clf.columns_["kind"].tolist() == ["categories", "categories"]
    assert clf.score(frame, [0, 1] * 20) == 1


def test_integers_beyond_floats_among_the_values_of_a_column():
    values = of_objects(10**400, "a", np.float32(2), 1.5)
    X = np.repeat(values, 10)[:, np.newaxis]
    clf = DeepNNClassifier(random_state=0, max_iter=2).fit(X, np.arange(40) % 2)
    assert clf.columns_["kind"].tolist() == ["categories"]


class Wrapped:
    """What has no more than `__array__`."""

    def __init__(self, X):
        self.X = X

    def __array__(self, dtype=None, copy=None):
        return np.array(self.X, dtype)


@pytest.mark.parametrize(
    "clf", [DeepNNClassifier(max_iter=2, random_state=0), LogisticRegressionNN()]
)
def test_columns_are_counted_in_whatever_becomes_an_array(iris, clf):
    X, y = iris
    proba = clone(clf).fit(X, y).predict_proba(X)
    clf = clone(clf).fit(Wrapped(X), y)
    np.testing.assert_array_equal(clf.predict_proba(Wrapped(X)), proba)
    with pytest.raises(ValueError, match="X has 3 features"):
        clf.predict(Wrapped(X[:, 1:]))


@pytest.mark.parametrize("weight", [-1, np.nan, np.inf, "a", None, [1], 1j, 10**400])
def test_weights_of_classes_that_are_none(iris, weight):
    X, y = iris
    for clf in (DeepNNClassifier(max_iter=1), LogisticRegressionNN()):
        with pytest.raises(ValueError, match=r"^class_weight\[1\] is .*finite number"):
            clf.set_params(class_weight={0: 1, 1: weight}).fit(X, y)
        clf.set_params(class_weight=[{0: 1, 1: weight}] * 2)
        with pytest.raises(ValueError, match=r"^class_weight\[1\] is .*finite number"):
            clf.fit(X, np.c_[y > 0, y > 1].astype(int))


@pytest.mark.parametrize("weight", [[10**400] * 150, [[1]] + [1] * 149])
def test_weights_of_rows_that_are_none(iris, weight):
    with pytest.raises(ValueError, match="^sample_weight has"):
        LogisticRegressionNN().fit(*iris, weight)


def test_sizes_of_numpys_types(iris):
    """Products of small integers would be beyond what their type holds."""
    X, y = iris
    small = {
        "hidden_layer_sizes": np.int8(100),
        "batch_size": np.int8(64),
        "max_iter": np.int8(2),
        "alpha": np.float16(0.02),
    }
    plain = {name: value.item() for name, value in small.items()}
    probas = [
        DeepNNClassifier(random_state=0, dropout=0.1, **params)
        .fit(X, y)
        .predict_proba(X)
        for params in (small, plain | {"alpha": float(small["alpha"])})
    ]
    np.testing.assert_array_equal(*probas)


def test_why_there_is_no_partial_fit():
    clf = LogisticRegressionNN()
    assert not hasattr(clf, "partial_fit")
    with pytest.raises(
        AttributeError, match="only available for stochastic optimizers"
    ):
        clf.partial_fit(np.eye(2), [0, 1])


def test_functions_that_take_something_else(iris):
    """What is wrong inside a function is for its author, as it is."""
    for name, function in (
        ("learning_rate", lambda progress, rate: rate),
        ("weight_init", lambda shape: np.zeros(shape)),
        ("scoring", len),
    ):
        clf = like_mlp((4,), max_iter=2).set_params(**{name: function})
        with pytest.raises(TypeError, match="must be a function .* -> "):
            clf.fit(*iris)
    with pytest.raises(TypeError, match="^unsupported operand"):
        like_mlp((4,), learning_rate=lambda progress: progress + "").fit(*iris)
    with pytest.raises(ValueError, match="returned non-finite values"):
        like_mlp((4,), weight_init=lambda *size: np.full(size[1:], None)).fit(*iris)


@pytest.mark.parametrize("classes", [[], 3, "ab", [[0, 1]]])
def test_classes_that_are_none(classes):
    with pytest.raises(ValueError, match="must list all labels that will ever come"):
        DeepNNClassifier().partial_fit(np.eye(2), [0, 1], classes=classes)


def test_weights_of_scores_that_are_none(iris):
    X, y = iris
    clf = like_mlp((4,), max_iter=2).fit(X, y)
    for weight in ([None] * 150, ["a"] * 150, np.full(150, 1j), -np.ones(150)):
        with pytest.raises((ValueError, TypeError), match="weight|float|omplex"):
            clf.score(X, y, weight)


def test_views_that_are_none():
    for views in ([["bins"]], [None], [np.zeros(2)]):
        with pytest.raises(ValueError, match="name one or more of"):
            TabularEncoder(views=views).fit(np.eye(3))


def test_sparse_rows_where_there_was_text():
    X = np.array(["red", "blue"] * 20, dtype=object)[:, np.newaxis]
    encoder = TabularEncoder().fit(X)
    with pytest.warns(UserWarning, match="none of .*known|not known|unknown"):
        encoded = encoder.transform(csr_matrix(np.eye(3, 1)))
    assert encoded.shape == (3, encoder.transform(X).shape[1])


@pytest.mark.parametrize("make", [DeepNNClassifier, LogisticRegressionNN])
def test_a_frame_of_labels_is_a_column_of_them(make):
    pandas = pytest.importorskip("pandas")
    y = pandas.DataFrame({"y": ["a", "b"] * 10})
    with pytest.warns(UserWarning, match="column-vector"):
        clf = make(max_iter=2).fit(np.eye(20), y)
    assert clf.classes_.tolist() == ["a", "b"]
