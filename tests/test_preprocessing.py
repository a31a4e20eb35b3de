import pickle
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdeepnn.preprocessing import TabularEncoder


@parametrize_with_checks(
    [
        TabularEncoder(),
        TabularEncoder(categorical_features=None, max_categories=2, min_frequency=0),
        TabularEncoder(categorical_features=[0]),
        TabularEncoder(categorical_features=[0], max_categories=2, min_frequency=0),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def clip(z):
    return z / np.sqrt(1 + (z / 3) ** 2)


def column(values, dtype=float):
    return np.array(values, dtype=dtype)[:, np.newaxis]


def encode(train, test=None, **params):
    """Names of the columns, and the rows of `test` as lists."""
    encoder = TabularEncoder(**params).fit(train)
    names = encoder.get_feature_names_out().tolist()
    return names, encoder.transform(train if test is None else test).tolist()


def mixed_frame(n_samples=60, seed=0):
    rng = np.random.RandomState(seed)
    frame = pd.DataFrame(
        {
            "age": rng.randint(18, 90, n_samples),
            "income": np.exp(10 + 2 * rng.standard_normal(n_samples)),
            "city": rng.choice(["Rome", "Oslo", "Bonn", "Nice"], n_samples),
            "size": pd.Categorical(rng.choice([1, 2, 3], n_samples)),
            "smokes": rng.uniform(size=n_samples) < 0.5,
        }
    )
    frame.loc[::7, "income"] = np.nan
    frame.loc[::11, "city"] = None
    return frame


# --- numbers ------------------------------------------------------------------------


def test_scale_and_clip_of_realmlp():
    values = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 1000])
    encoder = TabularEncoder().fit(column(values))
    assert encoder.center_ == [5]
    assert encoder.scale_ == [1 / (7 - 3)]
    np.testing.assert_allclose(
        encoder.transform(column(values))[:, 0], clip((values - 5) / 4)
    )


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_samples", [1, 2, 3, 4, 8, 9, 101])
def test_quartiles_are_those_of_numpy(n_samples, weighted, rng):
    X = rng.standard_normal((n_samples, 40))
    weight = np.full(n_samples, 0.1) if weighted else None
    encoder = TabularEncoder().fit(X, sample_weight=weight)
    low, center, high = np.quantile(
        X, [0.25, 0.5, 0.75], axis=0, method="averaged_inverted_cdf"
    )
    np.testing.assert_allclose(encoder.center_, center, rtol=1e-12)
    if n_samples > 1:
        np.testing.assert_allclose(encoder.scale_, 1 / (high - low), rtol=1e-12)
    else:
        assert not encoder.scale_.any()


def test_two_values_of_which_one_is_rare():
    # What RealMLP has: 2 / (max - min)
    values = np.zeros(100)
    values[3] = 5
    encoder = TabularEncoder().fit(column(values))
    assert (encoder.center_, encoder.scale_) == ([0], [2 / 5])


def test_outlier_among_few_values_hides_none_of_them():
    values = np.zeros(1000)
    values[:50] = np.linspace(1, 2, 50)
    values[50] = 1e9
    Xt = TabularEncoder().fit_transform(column(values))[:, 0]
    assert Xt[:50].min() > 1
    assert Xt[50] > 2.9


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("constant", [0, 1, -1e9, 0.1, 1e-30, 1e30])
def test_constant_columns_are_zero(constant, dtype):
    X = column(np.full(20, constant), dtype)
    encoder = TabularEncoder().fit(X)
    assert encoder.scale_ == [0]
    np.testing.assert_array_equal(encoder.transform(X), 0)
    np.testing.assert_array_equal(encoder.transform(X + 1), 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_of_rounding_is_constant(dtype, rng):
    noise = rng.randint(-1, 2, 50) * np.finfo(dtype).eps
    X = column(1e6 * (1 + noise), dtype)
    assert len(np.unique(X)) > 1
    np.testing.assert_array_equal(TabularEncoder().fit_transform(X), 0)


@pytest.mark.parametrize("magnitude", [1e-300, 1e-30, 1, 1e30, 1e300])
def test_magnitude_does_not_matter(magnitude, rng):
    X = rng.standard_normal((50, 3))
    expected = TabularEncoder().fit_transform(X)
    np.testing.assert_allclose(
        TabularEncoder().fit_transform(X * magnitude), expected, rtol=1e-10
    )
    if 1e-30 <= magnitude <= 1e30:
        scaled = (X * magnitude).astype(np.float32)
        np.testing.assert_allclose(
            TabularEncoder().fit_transform(scaled), expected, rtol=1e-4, atol=1e-6
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extremes_of_the_type_neither_warn_nor_leave_the_bounds(dtype):
    info = np.finfo(dtype)
    tiny, huge = info.smallest_subnormal, info.max
    encoder = TabularEncoder()
    for values in ([-huge, 0, huge], [0, 0, 0, 0, tiny], [-huge, *[huge] * 5]):
        Xt = encoder.fit_transform(column(values, dtype))
        assert (np.abs(Xt) < 3).all()
        Xt = encoder.transform(column([-huge, huge, 0], dtype))
        assert (np.abs(Xt) < 3).all()


def test_fitted_to_values_that_float32_does_not_hold(rng):
    encoder = TabularEncoder().fit(1e300 * (5 + rng.uniform(size=(20, 2))))
    Xt = encoder.transform(np.ones((3, 2), np.float32))
    assert np.isfinite(Xt).all()


finite = st.floats(-1e6, 1e6, width=32)


@given(
    arrays(np.float64, (12, 2), elements=finite),
    st.integers(-20, 20),
    st.booleans(),
)
def test_units_do_not_matter(X, exponent, negate):
    factor = 2.0**exponent * (-1 if negate else 1)
    expected = np.sign(factor) * TabularEncoder().fit_transform(X)
    actual = TabularEncoder().fit_transform(factor * X)
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)


@given(arrays(np.int64, (12, 2), elements=st.integers(-100, 100)), st.integers(-99, 99))
def test_the_origin_does_not_matter(X, shift):
    np.testing.assert_allclose(
        TabularEncoder().fit_transform(X + shift),
        TabularEncoder().fit_transform(X),
        rtol=1e-12,
        atol=1e-12,
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
def test_bounded_and_monotone(dtype, data):
    any_float = st.floats(
        width=np.finfo(dtype).bits, allow_infinity=False, allow_nan=False
    )
    train = data.draw(arrays(dtype, (9, 1), elements=any_float))
    test = data.draw(arrays(dtype, (9, 1), elements=any_float))
    test.sort(axis=0)
    Xt = TabularEncoder().fit(train).transform(test)
    assert Xt.dtype == dtype
    assert (np.abs(Xt) < 3).all()
    if np.abs(train).max() < 1e30 and np.abs(test).max() < 1e30:
        assert (np.diff(Xt, axis=0) >= 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_row_blocks_are_the_whole(dtype, order, rng):
    X = np.asarray(rng.standard_normal((5000, 30)), dtype, order)
    X[::9, 4] = np.nan
    encoder = TabularEncoder().fit(X)
    whole = encoder.transform(X)
    assert whole.flags.c_contiguous
    blocks = [encoder.transform(X[i : i + 700]) for i in range(0, 5000, 700)]
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_row_blocks_of_a_frame():
    frame = mixed_frame()
    encoder = TabularEncoder(min_frequency=1).fit(frame)
    blocks = [encoder.transform(frame[i : i + 7]) for i in range(0, 60, 7)]
    np.testing.assert_array_equal(np.concatenate(blocks), encoder.transform(frame))


def test_input_is_left_alone(rng):
    X = rng.standard_normal((20, 3))
    X[3, 1] = np.nan
    S = sparse.csr_array((np.ones(3), [1, 1, 0], [0, 2, 3]), (2, 2))  # not canonical
    for data, values in ((X, X), (S, S.data)):
        before = values.copy()
        TabularEncoder().fit_transform(data)
        np.testing.assert_array_equal(values, before)
    assert S.nnz == 3


# --- weights ------------------------------------------------------------------------


@given(
    arrays(np.float64, (10, 3), elements=st.sampled_from([-1, 0, 1, 2.5, 9, np.nan])),
    arrays(np.int64, 10, elements=st.integers(0, 4)).filter(np.any),
    st.sampled_from([1.0, 0.1, 1 / 3]),
)
def test_weights_are_copies(X, weight, unit):
    encoder = TabularEncoder(
        categorical_features=[2], max_categories=3, min_frequency=3 * unit
    )
    copies = np.repeat(X, weight, axis=0)
    by_copies = clone(encoder).fit(copies, sample_weight=np.full(len(copies), unit))
    by_weight = encoder.fit(X, sample_weight=unit * weight)
    np.testing.assert_array_equal(by_weight.center_, by_copies.center_)
    np.testing.assert_array_equal(by_weight.scale_, by_copies.scale_)
    if unit == 1:
        assert by_weight.categories_ == by_copies.categories_
        np.testing.assert_array_equal(by_weight.transform(X), by_copies.transform(X))


def test_weights_are_copies_in_frames_and_sparse_matrices(rng):
    frame = mixed_frame()
    weight = rng.randint(0, 3, len(frame))
    copies = frame.iloc[np.repeat(np.arange(len(frame)), weight)]
    np.testing.assert_array_equal(
        TabularEncoder().fit(frame, sample_weight=weight).transform(frame),
        TabularEncoder().fit(copies).transform(frame),
    )
    S = sparse.random(60, 5, 0.4, format="csr", random_state=0)
    copies = S[np.repeat(np.arange(60), weight)]
    np.testing.assert_array_equal(
        TabularEncoder().fit(S, sample_weight=weight).scale_,
        TabularEncoder().fit(copies).scale_,
    )


def test_rows_without_weight_do_not_make_a_column_categorical():
    X = np.array([[1], [2], ["?"]], dtype=object)
    encoder = TabularEncoder().fit(X, sample_weight=[1, 1, 0])
    assert not encoder.is_categorical_.any()


def test_the_sum_of_weights_does_not_decide_what_is_rare():
    X = column(["a", "b", "c"] * 20, object)
    encoder = TabularEncoder().fit(X, sample_weight=np.full(60, 1 / 60))
    assert encoder.categories_ == [["a", "b", "c"]]


# --- categories ---------------------------------------------------------------------


def test_one_hot():
    names, rows = encode(column(list("bca"), object), column(list("cax"), object))
    assert names == ["x0_a", "x0_b", "x0_c"]
    assert rows == [[0, 0, 1], [1, 0, 0], [0, 0, 0]]


def test_two_categories_are_one_column():
    names, rows = encode(
        column(["no", "yes"], object), column(["yes", "no", "?", None], object)
    )
    assert names == ["x0_yes"]
    assert rows == [[1], [-1], [0], [0]]


def test_missing_is_a_category_where_training_had_it():
    test = column(["a", None, np.nan, "?"], object)
    names, rows = encode(column(["a", "b", "c", None], object), test)
    assert names == ["x0_a", "x0_b", "x0_c", "missingindicator_x0"]
    assert rows == [[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    names, rows = encode(column(["a", "b", None], object), test)
    assert names == ["x0_b", "missingindicator_x0"]
    assert rows == [[-1, 0], [0, 1], [0, 1], [0, 0]]
    names, rows = encode(column(["a", "b", "c"], object), test)
    assert rows == [[1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("values", [["a"] * 3, [None] * 3, [np.nan, None, pd.NA]])
def test_nothing_to_tell_apart(values):
    names, rows = encode(column(values, object), column(["a", None, "?"], object))
    assert names == ["x0"]
    assert rows == [[0], [0], [0]]


@pytest.mark.parametrize("value", [True, False])
def test_constant_booleans(value):
    names, rows = encode(pd.DataFrame({"flag": [value] * 3}))
    assert names == ["flag"]
    assert rows == [[0]] * 3


def test_rare_categories_share_a_column_with_unseen_ones():
    train = column(["a"] * 60 + ["b"] * 40 + ["c"] * 2 + ["d"], object)
    names, rows = encode(train, column(["a", "c", "d", "?", None], object))
    assert names == ["x0_a", "x0_b", "x0_infrequent_sklearn"]
    assert rows == [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1], [0, 0, 0]]
    train_of_two = np.delete(train, np.s_[60:102], axis=0)
    names, rows = encode(train_of_two, column(["a", "d", "?", None], object))
    assert names == ["x0_infrequent_sklearn"]
    assert rows == [[-1], [1], [1], [0]]
    assert encode(train, min_frequency=1)[0] == ["x0_a", "x0_b", "x0_c", "x0_d"]


def test_the_most_frequent_are_kept():
    counts = np.arange(1, 301)
    train = column(np.repeat([f"c{i:03}" for i in counts], counts), object)
    encoder = TabularEncoder(max_categories=20).fit(train)
    assert encoder.categories_ == [[f"c{i:03}" for i in range(282, 301)]]
    assert encoder.transform(train[:5]).shape == (5, 20)
    encoder.set_params(max_categories=300).fit(train[train[:, 0] > "c009"])
    assert len(encoder.categories_[0]) == 291


def test_identifiers_are_nothing_to_learn_from():
    ids = column([f"id{i}" for i in range(1000)], object)
    with pytest.warns(UserWarning, match="Feature 0 tells next to nothing"):
        encoded = TabularEncoder().fit_transform(ids)
    np.testing.assert_array_equal(encoded, np.zeros((1000, 1)))


@given(st.permutations(["a", "b", "c", "d", "e", "f", 1, 2.5, True]))
def test_the_order_of_rows_decides_nothing(values):
    encoder = TabularEncoder(categorical_features=[0], max_categories=4)
    assert encoder.fit(column(values, object)).categories_ == [[1, 2.5, "a"]]


def test_equal_numbers_are_the_same_category():
    encoder = TabularEncoder(categorical_features=[0]).fit(column([1, 2, 3], int))
    expected = [[0, 1, 0], [0, 0, 0]]
    for X in (column([2, np.nan]), column([2, None], object)):
        assert encoder.transform(X).tolist() == expected


def test_lists_and_the_like_are_categories_by_their_text():
    X = np.empty((5, 1), object)
    X[:, 0] = [["a", "b"], {"k": 1}, ["a", "b"], ("c", "d"), ("c", ["d"])]
    encoder = TabularEncoder().fit(X)
    whole = encoder.transform(X)
    assert sorted(whole.sum(axis=0)) == [1, 1, 1, 2]
    rows = [encoder.transform(X[i : i + 1])[0] for i in range(5)]
    np.testing.assert_array_equal(rows, whole)


# --- types of columns ---------------------------------------------------------------


def test_object_arrays():
    X = np.array(
        [[1, "1.5", "a", True, "7", None], [2, None, "b", False, "x", None]], object
    )
    encoder = TabularEncoder().fit(X)
    expected = [False, False, True, True, True, True]
    assert encoder.is_categorical_.tolist() == expected
    np.testing.assert_array_equal(encoder.center_, [1.5, 1.5])


def test_lists_of_numbers_and_strings():
    names, rows = encode([[1.5, "a"], [2.5, "b"], [3.5, "a"], [4.5, "b"]])
    assert names == ["x0", "x1_b"]
    assert np.array(rows)[:, 1].tolist() == [-1, 1, -1, 1]


def test_bool_arrays_are_numbers():
    X = np.array([[True, False], [False, False], [False, True]])
    assert not TabularEncoder().fit(X).is_categorical_.any()


def test_columns_of_pandas():
    frame = pd.DataFrame(
        {
            "int": [1, 2, 3],
            "Int64": pd.array([1, None, 3], dtype="Int64"),
            "Float64": pd.array([1.5, None, 3], dtype="Float64"),
            "decimal": pd.Series([Decimal("1.5"), None, Decimal(3)], dtype=object),
            "object": pd.Series([1.5, None, pd.NA], dtype=object),
            "date": pd.to_datetime(["2020-01-01", None, "2020-01-03"]),
            "zone": pd.to_datetime(["2020-01-01", None, "2020-01-03"], utc=True),
            "delta": pd.to_timedelta([1, None, 3], unit="D"),
            "arrow": pd.array([1, None, 3], dtype="int64[pyarrow]"),
            "bool": [True, False, True],
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "string": pd.array(["a", None, "b"], dtype="string"),
            "str": ["1", None, "2"],
            "category": pd.Categorical([1, None, 2]),
            "digits": pd.Series(["1", "2", "3"], dtype=object),
            "flags": pd.Series([True, None, False], dtype=object),
        }
    )
    encoder = TabularEncoder().fit(frame)
    numbers = frame.columns[~encoder.is_categorical_].tolist()
    assert numbers == [*frame.columns[:9], "str", "digits"]
    np.testing.assert_array_equal(encoder.has_missing_, frame.isna().any())
    assert encoder.categories_[1:3] == [[False, True], ["a", "b"]]
    out = pd.DataFrame(
        encoder.transform(frame), columns=encoder.get_feature_names_out()
    )
    z = clip(np.array([-0.5, 0.5]))
    for name in numbers[1:10]:
        if name != "object":
            np.testing.assert_allclose(out[name], [z[0], 0, z[1]])
            assert out[f"missingindicator_{name}"].tolist() == [0, 1, 0]
    assert out["boolean_True"].tolist() == [1, 0, -1]
    # A part without missing values has other types in NumPy
    np.testing.assert_array_equal(encoder.transform(frame[2:]), out[2:])


def test_polars():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(
        {
            "int": [1, None, 3],
            "float": [1.5, 2.5, 3.5],
            "date": [date(2020, 1, 1), None, date(2020, 1, 3)],
            "time": [datetime(2020, 1, 1), None, datetime(2020, 1, 3)],
            "bool": [True, None, False],
            "string": ["a", "b", "c"],
            "list": [[1], None, [2, 3]],
            "struct": [{"k": 1}, {"k": 2}, {"k": 3}],
        }
    ).with_columns(
        decimal=pl.col("int").cast(pl.Decimal(10, 2)),
        category=pl.col("string").cast(pl.Categorical),
        enum=pl.col("string").cast(pl.Enum(["a", "b", "c"])),
    )
    encoder = TabularEncoder().fit(frame)
    assert [
        name
        for name, c in zip(frame.columns, encoder.is_categorical_, strict=True)
        if c
    ] == ["bool", "string", "list", "struct", "category", "enum"]
    out = encoder.set_output(transform="polars").transform(frame)
    assert out.columns == encoder.get_feature_names_out().tolist()
    assert out["bool_True"].to_list() == [1, 0, -1]
    assert out["enum_b"].to_list() == [0, 1, 0]
    assert out["missingindicator_date"].to_list() == [0, 1, 0]
    np.testing.assert_allclose(out["date"], out["time"])
    np.testing.assert_allclose(out["decimal"], out["int"])
    np.testing.assert_array_equal(encoder.transform(frame[1:]), out[1:])
    weighted = TabularEncoder().fit(frame, sample_weight=[1, 0, 1])
    assert not weighted.has_missing_.any()


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        (["a", "c"], [1, 0, 1]),
        ([0, 2], [1, 0, 1]),
        (np.array([True, False, True]), [1, 0, 1]),
        ([], [0, 0, 0]),
        (None, [0, 0, 0]),
        ("from_dtype", [0, 0, 1]),
    ],
)
def test_categorical_features(features, expected):
    frame = pd.DataFrame({"a": [1, 2], "b": [1.5, 2.5], "c": [True, False]})
    encoder = TabularEncoder(categorical_features=features).fit(frame)
    assert encoder.is_categorical_.tolist() == expected


def test_the_mask_is_not_shared():
    mask = np.array([True, False])
    encoder = TabularEncoder(categorical_features=mask).fit([[1.0, 2], [3, 4]])
    mask[1] = True
    assert encoder.is_categorical_.tolist() == [True, False]


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (["a", "z"], r"\['z'\].*\['a', 'b'\]"),
        ([0, 7], r"\[7\].*positions 0 to 1"),
        ([-1], r"\[-1\]"),
        ([0.5], r"\[0.5\]"),
        ([True], r"mask of shape \(1,\).* 2 features"),
    ],
)
def test_wrong_categorical_features(features, message):
    frame = pd.DataFrame({"a": [1, 2], "b": [1.5, 2.5]})
    with pytest.raises(ValueError, match=message):
        TabularEncoder(categorical_features=features).fit(frame)


def test_names_for_data_without_names():
    with pytest.raises(ValueError, match="pass their positions"):
        TabularEncoder(categorical_features=["a"]).fit([[1.0], [2.0]])


def test_values_that_should_be_numbers():
    train = pd.DataFrame({"a": [1, 2], "b": [1.5, 2.5]})
    encoder = TabularEncoder().fit(train)
    with pytest.raises(ValueError, match="'b'.*'two'.*categorical_features"):
        encoder.transform(train.assign(b=["1", "two"]))
    with pytest.raises(ValueError, match="'a'"):
        encoder.transform(
            train.assign(a=pd.to_datetime(["2020", "2021"]).astype(object))
        )
    with pytest.raises(ValueError, match="'city'.*'Rome'"):
        TabularEncoder(categorical_features=[]).fit(pd.DataFrame({"city": ["Rome"]}))
    encoder = TabularEncoder().fit(train.to_numpy())
    with pytest.raises(ValueError, match="Feature 1 .*'two'"):
        encoder.transform(np.array([[1, "two"]], dtype=object))


@pytest.mark.parametrize("infinite", [np.inf, -np.inf])
@pytest.mark.parametrize(
    "container",
    [
        np.array,
        sparse.csr_array,
        lambda X: np.array(X, dtype=object),
        lambda X: pd.DataFrame(X, columns=["a", "b"]),
    ],
)
def test_infinity(container, infinite):
    good, bad = container([[1.0, 2], [3, 4]]), container([[1.0, infinite], [3, 4]])
    with pytest.warns(UserWarning, match=r"Features \[('b'|1)\] have infinite values"):
        encoder = TabularEncoder().fit(bad)
    assert np.isfinite(encoder.center_).all()
    assert np.isfinite(encoder.scale_).all()
    encoder = TabularEncoder().fit(good)
    with pytest.warns(UserWarning, match=r"Features \[('b'|1)\] have infinite values"):
        out = encoder.transform(bad)
    out = out.toarray() if sparse.issparse(out) else out
    np.testing.assert_allclose(out[0, 1], np.copysign(3, infinite), atol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3, 4, np.inf], [-0.95, -0.49, 0, 0.49, 3]),
        ([1, 1, 1, 1, -np.inf], [0, 0, 0, 0, -3]),
        ([np.inf, -np.inf], [3, -3]),
        ([np.inf] * 3, [0] * 3),
        ([np.inf, np.nan, 0, 0], [3, 0, 0, 0]),
        ([np.inf, np.inf, 5], [3, 3, -0.95]),
    ],
)
@pytest.mark.filterwarnings("ignore:Features:UserWarning")
def test_infinite_values_are_the_farthest(values, expected, dtype):
    X = column(values, dtype)
    out = TabularEncoder().fit_transform(X)[:, 0]
    np.testing.assert_allclose(out, expected, atol=0.02)
    assert out.dtype == dtype


@pytest.mark.filterwarnings("ignore:Features:UserWarning")
def test_infinity_hides_no_other_value(rng):
    X = rng.standard_normal((200, 2))
    with_infinity = X.copy()
    ends = [X[:, 0].argmin(), X[:, 0].argmax()]
    with_infinity[ends, 0] = -np.inf, np.inf
    expected, out = (TabularEncoder().fit_transform(Z) for Z in (X, with_infinity))
    others = np.setdiff1d(np.arange(200), ends)
    np.testing.assert_array_equal(out[others], expected[others])


@pytest.mark.filterwarnings("ignore:Features:UserWarning")
def test_integers_beyond_floats():
    X = column([10**400, -(10**400), 1, 2, 3], object)
    out = TabularEncoder().fit_transform(X)[:, 0]
    np.testing.assert_allclose(out[:2], [3, -3], atol=1e-5)


def test_other_columns_than_in_fit():
    frame = mixed_frame()
    encoder = TabularEncoder().fit(frame)
    with pytest.raises(ValueError, match="same order"):
        encoder.transform(frame[frame.columns[::-1]])
    with pytest.raises(ValueError, match="seen at fit time"):
        encoder.transform(frame.drop(columns="age"))


@pytest.mark.parametrize("columns", [["a"], []])
def test_empty_frames(columns):
    with pytest.raises(ValueError, match="minimum of 1 is required"):
        TabularEncoder().fit(pd.DataFrame(columns=columns, dtype=object))


# --- missing numbers ----------------------------------------------------------------


def test_missing_numbers():
    train = np.array(
        [[1, 1, np.nan], [2, np.nan, np.nan], [3, 3, np.nan], [4, 5, np.nan]]
    )
    names, rows = encode(train, [[np.nan, 5, 7], [2.5, np.nan, np.nan]])
    assert names == ["x0", "x1", "missingindicator_x1"]
    np.testing.assert_allclose(rows, [[0, clip(0.5), 0], [0, 0, 1]])


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, float("nan"), pd.NaT])
def test_kinds_of_missing(missing):
    train = column([1, missing, 3, 5], object)
    encoder = TabularEncoder().fit(train)
    assert encoder.transform(train)[:, 1].tolist() == [0, 1, 0, 0]
    assert encoder.transform(column([missing] * 2, object)).tolist() == [[0, 1]] * 2


def test_columns_that_change_between_fit_and_transform():
    train = pd.DataFrame({"none": [np.nan] * 3, "all": [1.0, 2, 3], "cat": list("abc")})
    test = pd.DataFrame({"none": [1, 2], "all": [None] * 2, "cat": [np.nan] * 2})
    names, rows = encode(train, test)
    assert names == ["all", "cat_a", "cat_b", "cat_c"]
    assert rows == [[0] * 4] * 2
    test["none"] = ["now", "text"]
    assert encode(train, test)[1] == rows


@pytest.mark.parametrize("nothing", [[np.nan] * 3, [None] * 3])
@pytest.mark.parametrize("dtype", [object, "Float64", "category", "string", "M8[s]"])
def test_columns_without_any_value_are_left_out(nothing, dtype):
    full = pd.DataFrame({"a": [1.0, 2, 3], "c": list("xyz")})
    frame = full.assign(b=pd.Series(nothing, dtype=dtype))[list("abc")]
    encoder = TabularEncoder().fit(frame)
    assert encoder.get_feature_names_out().tolist() == ["a", "c_x", "c_y", "c_z"]
    Xt = encoder.transform(frame)
    np.testing.assert_array_equal(Xt, TabularEncoder().fit_transform(full))
    np.testing.assert_array_equal(encoder.transform(frame.assign(b="text")), Xt)
    back = encoder.inverse_transform(Xt)
    assert pd.isna(back[:, 1]).all()
    assert back[:, 2].tolist() == list("xyz")
    only = TabularEncoder().fit(frame[["b"]])  # a table without columns is none
    assert only.transform(frame[["b"]]).tolist() == [[0]] * 3


def test_columns_without_any_value_in_sparse_matrices():
    S = sparse.csr_array(np.array([[np.nan, 0, 1], [np.nan, 0, np.nan]]))
    encoder = TabularEncoder().fit(S)
    names = encoder.get_feature_names_out().tolist()
    assert names == ["x1", "x2", "missingindicator_x2"]
    assert encoder.transform(S).toarray()[:, [0, 2]].tolist() == [[0, 0], [0, 1]]


# --- sparse matrices ----------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [sparse.csr_array, sparse.csc_matrix, sparse.coo_array]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_mostly_zeros_are_scaled_as_in_dense_arrays(kind, dtype):
    S = sparse.random(200, 20, 0.1, random_state=0, dtype=dtype)
    X = S.toarray()
    Xt = TabularEncoder().fit_transform(kind(S))
    assert Xt.format == "csr"
    assert Xt.dtype == dtype
    assert Xt.nnz == S.nnz
    np.testing.assert_allclose(Xt.toarray(), TabularEncoder().fit_transform(X), 1e-6)


def test_duplicate_entries_of_sparse_matrices_add_up():
    S = sparse.csr_array((np.array([1.0, 2, 4]), [0, 0, 0], [0, 2, 3]), (2, 1))
    encoder = TabularEncoder().fit(S)
    assert encoder.scale_ == [2 / 3.5]
    np.testing.assert_array_equal(
        encoder.transform(S).toarray(), encoder.transform(S.toarray())
    )


def test_missing_values_and_zeros_in_sparse_matrices():
    data = [0.0, 2, np.nan, -4, np.nan, 1, 1]  # the first is zero, the last two are one
    rows, columns = [0, 1, 2, 3, 0, 2, 2], [0, 0, 0, 0, 1, 2, 2]
    S = sparse.coo_array((data, (rows, columns)), (5, 3))
    encoder = TabularEncoder().fit(S)
    np.testing.assert_array_equal(encoder.scale_, [2 / 3, 0, 1])
    names = encoder.get_feature_names_out().tolist()
    assert names[3:] == ["missingindicator_x0", "missingindicator_x1"]
    Xt = encoder.transform(S).toarray()
    np.testing.assert_allclose(Xt[:, 0], clip(np.array([0, 4, 0, -8, 0]) / 3))
    np.testing.assert_allclose(Xt[:, 2], clip(np.array([0, 0, 2, 0, 0])))
    np.testing.assert_array_equal(Xt[:, 3], [0, 0, 1, 0, 0])
    np.testing.assert_array_equal(Xt[:, 4], [1, 0, 0, 0, 0])


def test_sparse_matrices_of_zeros():
    zeros = sparse.csr_array((3, 2))
    assert TabularEncoder().fit(zeros, sample_weight=[1, 2, 3]).scale_.tolist() == [
        0,
        0,
    ]
    assert TabularEncoder().fit_transform(zeros).nnz == 0


def test_sparse_and_dense_between_fit_and_transform(rng):
    S = sparse.random(50, 3, 0.2, format="csr", random_state=0)
    encoder = TabularEncoder().fit(S)
    np.testing.assert_allclose(
        encoder.transform(S.toarray()), encoder.transform(S).toarray()
    )
    encoder.fit(rng.standard_normal((50, 3)))
    with pytest.raises(ValueError, match="toarray"):
        encoder.transform(S)
    with pytest.raises(TypeError, match="[Ss]parse"):
        TabularEncoder(categorical_features=[0]).fit(S)


def test_sparse_columns_of_pandas():
    frame = pd.DataFrame.sparse.from_spmatrix(
        sparse.random(30, 3, 0.2, random_state=0), columns=list("abc")
    )
    assert sparse.issparse(TabularEncoder().fit_transform(frame))
    Xt = TabularEncoder(categorical_features=["a"], min_frequency=0).fit_transform(
        frame
    )
    assert isinstance(Xt, np.ndarray)


# --- and back -----------------------------------------------------------------------


def test_inverse_of_numbers(rng):
    X = rng.standard_normal((50, 3)) * [1e-30, 1, 1e30] + [0, 1e3, 0]
    X[:, 1][::5] = np.nan
    encoder = TabularEncoder().fit(X)
    back = encoder.inverse_transform(encoder.transform(X))
    np.testing.assert_allclose(back, X, rtol=1e-8)
    far = encoder.inverse_transform(np.tile([-3.0, 3, 5, 0], (2, 1)))
    assert np.isfinite(far).all()


def test_inverse_of_a_frame():
    frame = mixed_frame().assign(constant=7, same="x")
    encoder = TabularEncoder(min_frequency=1).fit(frame)
    back = encoder.inverse_transform(encoder.transform(frame))
    back = dict(zip(frame, back.T, strict=True))
    for name in ("age", "income", "constant"):
        np.testing.assert_allclose(back[name].astype(float), frame[name])
    for name in ("city", "size", "smokes", "same"):
        expected = frame[name].astype(object)
        assert back[name].tolist() == expected.where(expected.notna(), None).tolist()


def test_inverse_of_rare_and_unknown_categories():
    train = column(["a"] * 60 + ["b"] * 40 + ["c"], object)
    encoder = TabularEncoder().fit(train)
    back = encoder.inverse_transform([[0, 0, 1], [0, 0, 0], [0.9, 0.2, 0]])
    assert back[:, 0].tolist() == ["infrequent_sklearn", None, "a"]
    with pytest.raises(ValueError, match="2 columns.*returns 3"):
        encoder.inverse_transform([[0, 0]])


# --- in scikit-learn ----------------------------------------------------------------


def test_pickle_and_clone():
    frame = mixed_frame()
    encoder = TabularEncoder(max_categories=3).fit(frame)
    again = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(again.transform(frame), encoder.transform(frame))
    assert clone(encoder).get_params() == encoder.get_params()
    assert not hasattr(clone(encoder), "scale_")


def test_output_of_pandas():
    frame = mixed_frame()
    frame.index = np.arange(60)[::-1]
    out = TabularEncoder().set_output(transform="pandas").fit_transform(frame)
    assert out.columns.tolist() == [
        "age",
        "income",
        "missingindicator_income",
        "city_Bonn",
        "city_Nice",
        "city_Oslo",
        "city_Rome",
        "missingindicator_city",
        "size_1",
        "size_2",
        "size_3",
        "smokes_True",
    ]
    assert out.index.equals(frame.index)
    assert out["missingindicator_income"].sum() == frame["income"].isna().sum()


def test_names_of_features():
    encoder = TabularEncoder().fit([[1.0, 2.0]])
    assert encoder.get_feature_names_out(["a", "b"]).tolist() == ["a", "b"]
    encoder.fit(pd.DataFrame({"a": [1.0], "b": [2.0]}))
    with pytest.raises(ValueError, match="not equal to feature_names_in_"):
        encoder.get_feature_names_out(["b", "a"])


def test_pipeline_and_column_transformer():
    frame = mixed_frame(200)
    y = frame["city"].isna() | (frame["age"] > 60)
    model = make_pipeline(TabularEncoder(), LogisticRegression())
    assert model.fit(frame, y).score(frame, y) > 0.95
    columns = make_column_transformer(
        (TabularEncoder(), ["age", "city"]), remainder="drop"
    ).fit(frame)
    assert columns.get_feature_names_out()[0] == "tabularencoder__age"
    assert columns.transform(frame).shape[1] == 6


@pytest.mark.parametrize(
    "params",
    [{"max_categories": 1}, {"min_frequency": -1}, {"categorical_features": "a"}],
)
def test_wrong_parameters(params):
    with pytest.raises(ValueError, match=f"The {next(iter(params))!r} parameter"):
        TabularEncoder(**params).fit([[1.0]])


@pytest.mark.parametrize(
    ("train", "test"),
    [(["1", "2", "3"], [1, 2, 3]), ([True, False], ["True", "False"])],
)
def test_categories_that_have_become_of_another_type_are_reported(train, test):
    frames = [pd.DataFrame({"x": np.resize(v, 60)}) for v in (train, test)]
    encoder = TabularEncoder(categorical_features=["x"]).fit(frames[0])
    with pytest.warns(UserWarning, match="No value of feature 'x'.* were (str|bool)"):
        encoder.transform(frames[1])


def test_unknown_categories_of_the_same_type_are_nothing_to_report(recwarn):
    encoder = TabularEncoder().fit(pd.DataFrame({"x": np.resize(["a", "b"], 60)}))
    encoder.transform(pd.DataFrame({"x": ["c", None]}))
    assert not recwarn.list


@pytest.mark.filterwarnings("ignore:Features .* have infinite values")
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_infinite_numbers_beside_missing_ones_are_not_missing(container):
    X = np.array([[1.0], [2.0], [4.0], [3.0], [np.inf], [np.nan]])
    other = np.where(np.inf == X, 7.0, X)
    infinite, finite = (TabularEncoder().fit(container(of)) for of in (X, other))
    np.testing.assert_array_equal(infinite.scale_, finite.scale_)
    np.testing.assert_array_equal(infinite.center_, finite.center_)
    assert infinite.columns_["missing"][0] == pytest.approx(1 / 6)
