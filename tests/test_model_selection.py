import numpy as np
import pytest
from like_mlp import like_mlp
from scipy import stats
from sklearn.datasets import make_moons
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingRandomSearchCV,
    ParameterSampler,
    RandomizedSearchCV,
)

from skdeepnn.model_selection import LayerSizes, layer_size_grid, layer_sizes

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
