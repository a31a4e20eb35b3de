import numpy as np
import pytest
from like_mlp import like_mlp
from scipy import stats
from sklearn.datasets import make_moons
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss, make_scorer, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    ParameterSampler,
    RandomizedSearchCV,
    cross_validate,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skdeepnn import DeepNNClassifier
from skdeepnn.model_selection import (
    LayerSizes,
    OutOfFold,
    layer_size_grid,
    layer_sizes,
    oof_scorer,
    out_of_fold,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("constant", "32-32-32"),
        ("funnel", "32-16-8"),
        ("pyramid", "8-16-32"),
        ("diamond", "16-32-16"),
    ],
)
def test_shapes(shape, expected):
    assert layer_sizes(32, 3, shape) == expected
    assert layer_sizes(np.int64(32), np.int64(1), shape) == "32"
    assert layer_sizes(32, 0, shape) == ""


def test_no_layer_is_empty():
    assert layer_sizes(3, 5, "funnel") == "3-2-1-1-1"


def test_grid_has_everything_once():
    grid = layer_size_grid([2, 1], [2, 1], shape=["constant", "funnel"])
    assert grid == ["1", "1-1", "2", "2-2", "2-1"]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: layer_sizes(0, 1), "width"),
        (lambda: layer_sizes(1.5, 1), "width"),
        (lambda: layer_sizes(1, -1), "depth"),
        (lambda: layer_size_grid([1], [1], shape="cone"), "no shape 'cone'"),
        (lambda: LayerSizes(width=(4, 2)), "largest width"),
        (lambda: LayerSizes(depth=(0, 2)), "least depth"),
        (lambda: LayerSizes(shape=["funnel", "cone"]), "no shape 'cone'"),
    ],
)
def test_bad_values(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_draws_are_log_uniform_and_reproducible():
    sizes = LayerSizes(width=(8, 512), depth=(1, 4))
    rng = np.random.RandomState(0)
    draws = [sizes.rvs(rng).split("-") for _ in range(4000)]
    widths = np.array([int(draw[0]) for draw in draws])
    depths = np.array([len(draw) for draw in draws])
    assert (widths.min(), widths.max()) == (8, 512)
    assert set(depths) == {1, 2, 3, 4}
    uniform = stats.kstest(
        (np.log(widths) - np.log(7.5)) / (np.log(512.5) - np.log(7.5)), "uniform"
    )
    assert uniform.statistic < 0.05
    assert np.all(np.diff(np.bincount(depths)[1:]) < 0)
    again = [sizes.rvs(np.random.RandomState(3)) for _ in range(2)]
    assert again[0] == again[1] == sizes.rvs(3)


def test_sampler_is_reproducible():
    space = {"hidden_layer_sizes": LayerSizes(shape=["constant", "funnel"])}
    first, second = (
        list(ParameterSampler(space, 10, random_state=7)) for _ in range(2)
    )
    assert first == second
    assert len({sample["hidden_layer_sizes"] for sample in first}) > 5


@pytest.mark.parametrize("kind", ["grid", "random", "halving"])
def test_searches_find_that_moons_need_a_hidden_layer(kind):
    X, y = make_moons(300, noise=0.1, random_state=0)
    clf = like_mlp(solver="lbfgs", random_state=0)
    if kind == "grid":
        space = {"hidden_layer_sizes": ["", *layer_size_grid([8, 16], [1, 2])]}
        search = GridSearchCV(clf, space, cv=3)
    elif kind == "random":
        space = {"hidden_layer_sizes": LayerSizes((1, 32), (1, 2))}
        search = RandomizedSearchCV(clf, space, n_iter=6, cv=3, random_state=0)
    else:
        space = {"hidden_layer_sizes": LayerSizes((1, 32), (1, 2))}
        search = HalvingRandomSearchCV(
            clf, space, resource="max_iter", min_resources=20, max_resources=80,
            factor=2, cv=3, random_state=0,
        )  # fmt: skip
    search.fit(X, y)
    best = search.best_params_["hidden_layer_sizes"]
    assert int(best.split("-")[0]) >= 3
    assert search.best_score_ > 0.97
    assert search.predict(X).shape == (300,)


QUICK = {"random_state": 0, "max_iter": 3}
GRID = {"hidden_layer_sizes": ["2", "32"]}


def make_rows(n_samples=200):
    return make_moons(n_samples, noise=0.2, random_state=0)


class Counting(DeepNNClassifier):
    """Counts its fits."""

    n_fits = 0

    def fit(self, X, y):
        Counting.n_fits += 1
        return super().fit(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("kind", ["grid", "random", "halving"])
def test_out_of_fold_a_candidate_costs_one_fit(kind):
    X, y = make_rows()
    searches = {
        "grid": GridSearchCV(Counting(**QUICK), GRID, **out_of_fold()),
        "random": RandomizedSearchCV(
            Counting(**QUICK), GRID, n_iter=2, random_state=0, **out_of_fold()
        ),
        "halving": HalvingGridSearchCV(
            Counting(**QUICK), GRID, random_state=0, min_resources=100, **out_of_fold()
        ),
    }
    Counting.n_fits = 0
    search = searches[kind].fit(X, y)
    assert search.n_splits_ == 1
    assert Counting.n_fits == len(search.cv_results_["params"]) + 1
    assert search.best_params_ == {"hidden_layer_sizes": "32"}
    if kind != "halving":
        best = search.best_estimator_
        assert search.best_score_ == pytest.approx(oof_scorer()(best, X, y))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_in_processes_a_search_is_the_same():
    X, y = make_rows()
    found = [
        GridSearchCV(DeepNNClassifier(**QUICK), GRID, n_jobs=n, **out_of_fold())
        .fit(X, y)
        .cv_results_["mean_test_score"]
        for n in (1, 2)
    ]
    np.testing.assert_allclose(*found, rtol=1e-5)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("scoring", "expected"),
    [
        ("accuracy", lambda clf, y: clf.oof_score_),
        ("neg_log_loss", lambda clf, y: -log_loss(y, clf.oof_predict_proba_)),
        ("roc_auc", lambda clf, y: roc_auc_score(y, clf.oof_decision_function_)),
        (
            make_scorer(f1_score, average="macro"),
            lambda clf, y: f1_score(y, clf.oof_predict(), average="macro"),
        ),
    ],
)
def test_scores_by_any_metric_of_predictions(scoring, expected):
    X, y = make_rows()
    clf = DeepNNClassifier(**QUICK).fit(X, y)
    assert oof_scorer(scoring)(clf, X, y) == pytest.approx(expected(clf, y))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scores_weighted_rows():
    X, y = make_rows()
    weight = np.random.RandomState(0).randint(1, 4, len(y)).astype(float)
    clf = DeepNNClassifier(**QUICK).fit(X, y, sample_weight=weight)
    score = oof_scorer("accuracy")(clf, X, y, sample_weight=weight)
    assert score == pytest.approx(clf.oof_score_)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_takes_frames_with_text_and_gaps():
    pandas = pytest.importorskip("pandas")
    X, y = make_rows()
    frame = pandas.DataFrame(X, columns=["a", "b"])
    frame["c"] = np.where(X[:, 0] > 0, "left", "right")
    frame.loc[::9, "b"] = np.nan
    y = pandas.Series(np.where(y, "yes", "no"))
    result = cross_validate(DeepNNClassifier(**QUICK), frame, y, **out_of_fold())
    assert np.isfinite(result["test_score"]).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_refuses_to_score_what_members_have_seen():
    X, y = make_rows()
    clf = DeepNNClassifier(**QUICK)
    with pytest.raises(ValueError, match=r"cv=OutOfFold\(\)"):
        cross_validate(clf, X, y, cv=2, scoring=oof_scorer(), error_score="raise")
    fitted = clf.fit(X, y)
    with pytest.raises(ValueError, match="not the rows"):
        oof_scorer()(fitted, X[::-1], y[::-1])
    piped = Pipeline([("scaler", StandardScaler()), ("clf", clf)])
    search = GridSearchCV(piped, {"clf__max_iter": [1]}, **out_of_fold())
    with pytest.raises(ValueError, match=r"\['scaler'\] in front"):
        search.fit(X, y)
    search = HalvingGridSearchCV(clf, GRID, min_resources=100, **out_of_fold())
    with pytest.raises(ValueError, match="an int as its random_state"):
        search.fit(X, y)
    with pytest.raises(TypeError, match="LogisticRegression has no out-of-fold"):
        cross_validate(LogisticRegression(), X, y, **out_of_fold())
    with pytest.raises(AttributeError, match="on 64 dense rows"):
        cross_validate(clf, X[:50], y[:50], **out_of_fold())
    with pytest.raises(ValueError, match="nonsense"):
        oof_scorer("nonsense")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_search_scores_new_rows_as_ever():
    X, y = make_rows()
    search = GridSearchCV(DeepNNClassifier(**QUICK), GRID, **out_of_fold("accuracy"))
    X_new, y_new = make_moons(99, noise=0.2, random_state=1)
    score = search.fit(X, y).score(X_new, y_new)
    assert score == search.best_estimator_.score(X_new, y_new)


def test_says_what_it_is():
    assert repr(out_of_fold("accuracy")["scoring"]) == "oof_scorer('accuracy')"
    assert repr(OutOfFold()) == "OutOfFold()"
    assert OutOfFold().get_n_splits() == 1
