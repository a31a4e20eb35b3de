import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from skdeepnn.preprocessing import TabularEncoder
from skdeepnn.tables.scaling import beyond_all, fit_dense
from skdeepnn.tables.views import VIEWS, suitable_views

NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0, np.nan, np.inf, -np.inf])
TABLES = arrays(
    float, st.tuples(st.integers(1, 40), st.integers(1, 3)), elements=NUMBERS
)


def learn(name, X, weight=None):
    center, scale, _ = fit_dense(X, weight)
    return VIEWS[name].of(X, weight, center, scale)


def encode(view, X):
    return view.encode(X, np.full((len(X), int(view.widths.sum())), np.nan))


@pytest.mark.parametrize("name", VIEWS)
@given(X=TABLES)
@settings(deadline=None)
def test_views_are_finite_bounded_and_in_order(name, X):
    view = learn(name, X)
    out = encode(view, X)
    assert np.isfinite(out).all()
    assert abs(out).max(initial=0) <= 8
    for j in range(X.shape[1]):
        order = np.argsort(X[:, j])[: np.sum(~np.isnan(X[:, j]))]
        assert (np.diff(out[order, j]) >= -1e-9).all()


@pytest.mark.parametrize("name", VIEWS)
@given(X=TABLES, seed=st.integers(0, 9))
@settings(deadline=None)
def test_a_weight_of_k_is_k_copies(name, X, seed):
    weight = np.random.RandomState(seed).randint(1, 4, len(X))
    weighted = learn(name, X, weight.astype(float))
    copied = learn(name, np.repeat(X, weight, axis=0))
    np.testing.assert_allclose(
        encode(weighted, X), encode(copied, X), rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("name", VIEWS)
def test_missing_values_are_at_the_median(name):
    X = np.random.RandomState(0).randn(101, 2)
    view = learn(name, X)
    rows = np.array([[np.nan, np.nan], np.median(X, axis=0)])
    atol = 0.05 if name != "standardized" else np.abs(X.mean(0) - np.median(X, 0)).max()
    missing, median = encode(view, rows)
    np.testing.assert_allclose(missing, median, atol=atol + 1e-9)


@pytest.mark.parametrize("name", VIEWS)
def test_decoding_undoes_encoding(name):
    X = np.random.RandomState(0).randn(500, 3) ** 3
    encoder = TabularEncoder(views=[name]).fit(X)
    inside = (np.quantile(X, 0.01, axis=0) < X) & (np.quantile(X, 0.99, axis=0) > X)
    decoded = encoder.inverse_transform(encoder.transform(X))
    np.testing.assert_allclose(decoded[inside], X[inside], rtol=1e-6, atol=1e-9)


def test_standardized_is_what_standard_scaler_does_but_for_the_clip():
    X = np.random.RandomState(0).randn(300, 2) * [1, 100] + [5, -7]
    z = StandardScaler().fit_transform(X)
    out = encode(learn("standardized", X), X)
    np.testing.assert_allclose(out, z / np.sqrt(1 + (z / 8) ** 2), rtol=1e-10)


def test_quantiles_are_what_quantile_transformer_does():
    X = np.random.RandomState(0).exponential(size=(2000, 2))
    theirs = QuantileTransformer(n_quantiles=201, output_distribution="normal")
    out, expected = encode(learn("quantiles", X), X), theirs.fit_transform(X)
    inside = abs(expected) < 2
    np.testing.assert_allclose(out[inside], expected[inside], atol=0.02)


def test_bins_tell_how_far_through_each_a_number_is():
    X = np.linspace(0, 1, 1601).reshape(-1, 1)
    out = encode(learn("bins", X), np.array([[0.0], [0.4], [2.0]]))
    assert out.shape == (3, 17)
    np.testing.assert_allclose(out[0, 1:], -0.5, atol=1e-6)
    np.testing.assert_allclose(out[2, 1:], 0.5)
    expected = np.clip(0.4 * 16 - np.arange(16), 0, 1) - 0.5
    np.testing.assert_allclose(out[1, 1:], expected, atol=0.02)


def test_a_network_sees_its_view_and_all_that_is_not_numbers():
    X = np.array([[1, "a"], [2, "b"], [None, "a"], [5, "c"]] * 20, dtype=object)
    encoder = TabularEncoder(views="auto").fit(X)
    assert encoder.views_ == ["standardized", "bins"]
    names = encoder.get_feature_names_out()
    assert len(names) == encoder.transform(X).shape[1]
    seen = {v: names[c].tolist() for v, c in encoder.columns_of_views().items()}
    others = ["missingindicator_x0", "x1_a", "x1_b", "x1_c"]
    assert seen["standardized"] == ["x0_standardized", *others]
    assert seen["bins"] == ["x0", *others]  # three numbers make no bins


@pytest.mark.parametrize("views", [["ranks"], [], ["bins", "bins"]])
def test_refuses_views_that_there_are_not(views):
    with pytest.raises(ValueError, match="name one or more of"):
        TabularEncoder(views=views).fit([[1.0], [2.0]])


def test_refuses_other_views_of_sparse_data():
    from scipy.sparse import csr_array

    X = csr_array(np.eye(5))
    assert TabularEncoder(views="auto").fit(X).views_ == ["robust"]
    with pytest.raises(ValueError, match="X.toarray"):
        TabularEncoder(views=["bins"]).fit(X)


@pytest.mark.parametrize(
    "n_samples, n_columns, n_views", [(63, 5, 1), (64, 5, 2), (300, 5, 3), (300, 0, 1)]
)
def test_views_are_as_many_as_rows_can_tell_apart(n_samples, n_columns, n_views):
    assert len(suitable_views(n_samples, n_columns)) == n_views


@pytest.mark.parametrize(
    "n_rows, n_columns, n_bins",
    [(48, 1, 4), (79, 1, 4), (80, 1, 5), (255, 1, 15), (256, 1, 16), (900, 1, 16)]
    + [(900, 32, 16), (900, 33, 15), (900, 128, 4), (900, 300, 4), (900, 0, 0)],
)
def test_bins_are_as_many_as_rows_and_columns_allow(n_rows, n_columns, n_bins):
    X = np.random.RandomState(0).rand(n_rows, n_columns)
    view = learn("bins", X)
    assert view.widths.tolist() == [1 + n_bins] * n_columns


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_infinite_numbers_are_as_far_beyond_the_others_as_these_are_apart(dtype):
    inf, most = np.inf, np.finfo(dtype).max
    for values, expected in (
        ([1, 3, inf, -inf], [1, 3, 5, -1]),
        ([5, inf], [5, 10]),
        ([-0.5, -inf], [-0.5, -1.5]),
        ([inf, -inf], [1, -1]),
        ([-most, most, inf, -inf], [-most, most, most, -most]),
        ([1, 3], [1, 3]),
        ([1, np.nan, 3, inf], [1, np.nan, 3, 5]),
        ([np.nan, -inf], [np.nan, -1]),
    ):
        found = beyond_all(np.array(values, dtype))
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, np.array(expected, dtype))
