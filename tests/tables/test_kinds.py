"""What a column is, by its values: numbers in text, dates in objects, categories."""

import warnings
from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skdeepnn.preprocessing import TabularEncoder
from skdeepnn.tables.columns import not_finite
from skdeepnn.tables.dates import date_of_text, microseconds
from skdeepnn.tables.numbers import _read, number_of_text

TEXTS = ["object", "str", "string", "category"]
NUMBERS = np.random.RandomState(0).standard_normal(300).round(4)
DAYS = [date(2020, 1, 1) + timedelta(i) for i in range(300)]


@pytest.fixture(autouse=True)
def warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def frame(values, dtype=None):
    return pd.DataFrame({"x": pd.Series(values, dtype=dtype)})


def arrow(name):
    pa = pytest.importorskip("pyarrow")
    return pd.ArrowDtype(getattr(pa, name)())


def objects(values):
    out = np.empty((len(values), 1), object)
    out[:, 0] = values
    return out


def encoded(train, test=None, **params):
    encoder = TabularEncoder(**params).fit(train)
    return encoder.transform(train if test is None else test)


EXPECTED = encoded(NUMBERS[:, np.newaxis])


# --- numbers in text ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[("3", 3), (" 3 ", 3), ("\u00a0-3.5\t", -3.5), ("+.5", 0.5), ("1.", 1)],
        *[("1e-3", 1e-3), ("1,234.50", 1234.5), ("-1,234,567", -1234567)],
        *[("12%", 0.12), ("12.5 %", 0.125), ("-inf", -np.inf), ("Infinity", np.inf)],
        *[("007", 7), ("1e999", np.inf)],
    ],
)
def test_text_that_is_a_number(text, number):
    assert number_of_text(text) == number


@pytest.mark.parametrize(
    "text",
    [
        *["3_1", "0x1F", "nan", "nan text", "", "-", "1,23", "0,123", "1,2345", "١"],
        *["1 2", "1-2", "--1", "1e", "e5", "%", "1%%", "$5", "True", "infinite", "１"],
    ],
)
def test_text_that_is_no_number(text):
    assert number_of_text(text) is None


@pytest.mark.parametrize("dtype", [*TEXTS, "string[pyarrow]", "arrow"])
def test_text_of_numbers_in_frames(dtype):
    text = frame([str(number) for number in NUMBERS], object)
    text = text.astype(arrow("string") if dtype == "arrow" else dtype)
    np.testing.assert_array_equal(encoded(text), EXPECTED)


@pytest.mark.parametrize("dtype", [object, str, bytes])
def test_text_of_numbers_in_arrays(dtype):
    text = NUMBERS.astype(str)[:, np.newaxis].astype(dtype)
    np.testing.assert_array_equal(encoded(text), EXPECTED)


@pytest.mark.parametrize("form", [" {} ", "{:,.4f}", "{:.4f}%", "{:.6e}", "\u00a0{}"])
def test_forms_of_numbers(form):
    values = NUMBERS * 1e6
    text = frame([form.format(value) for value in values])
    np.testing.assert_allclose(encoded(text), EXPECTED, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", TEXTS)
def test_a_few_values_that_are_no_numbers_are_missing(dtype):
    values = NUMBERS.astype(str).astype(object)
    values[:4] = ["-", "oops", None, ""]
    encoder = TabularEncoder()
    with pytest.warns(UserWarning, match="'x' .*numbers, in 2 of 300 .*'-', 'oops'"):
        encoder.fit(frame(values, dtype))
    gaps = np.where(np.arange(300) < 4, np.nan, NUMBERS)
    np.testing.assert_array_equal(
        encoder.transform(frame(values[2:], dtype)), encoded(frame(gaps))[2:]
    )


def test_numbers_with_a_text_among_them():
    values = objects([*NUMBERS[:299], "unknown"])
    with pytest.warns(UserWarning, match="Feature 0 .*'unknown'.*categorical_features"):
        encoder = TabularEncoder().fit(values)
    assert not encoder.is_categorical_.any()


@pytest.mark.parametrize(
    ("values", "is_categorical"),
    [
        (["1"] * 19 + ["b"], False),
        (["1"] * 18 + ["b"], True),
        (["1"] * 12 + ["?"] * 8, False),  # a mark for missing values, not a value
        (["1"] * 8 + ["?"] * 12, True),
        (["-", "?"], True),
        (["", " "], True),
        (["3_1", "4_1"], True),
        (["1", "2", True], True),
    ],
)
def test_kind_is_that_of_nearly_all(values, is_categorical):
    warnings.simplefilter("ignore")
    for X in (frame(values, object), objects(values)):
        assert TabularEncoder().fit(X).is_categorical_ == [is_categorical]


def test_the_kind_does_not_change_with_the_fold():
    encoder = TabularEncoder().fit(frame(NUMBERS.astype(str)))
    with pytest.warns(UserWarning, match="'x' .*numbers, in 1 of 2 rows.*'bad'"):
        out = encoder.transform(frame(["bad", str(NUMBERS[1])]))
    np.testing.assert_array_equal(out, [[0], EXPECTED[1]])
    np.testing.assert_array_equal(encoder.transform(frame(NUMBERS)), EXPECTED)


def test_what_is_said_of_the_features_wins():
    text = frame(NUMBERS.astype(str))
    encoder = TabularEncoder(categorical_features=["x"], min_frequency=1).fit(
        text[:50].astype(str)
    )
    assert encoder.is_categorical_.all()
    text = frame(["a"] * 5 + ["1"] * 5)
    with pytest.raises(ValueError, match="'x' should be numbers.*'a'"):
        TabularEncoder(categorical_features=[]).fit(text)


@pytest.mark.parametrize("categories", [list("123"), [1, 2, 3], list("12x")])
def test_codes_with_a_type_of_categories_stay_categories(categories):
    codes = frame(pd.Categorical(np.resize(categories, 300)))
    assert TabularEncoder().fit(codes).is_categorical_.all()


def test_codes_in_text_are_numbers_unless_they_are_named():
    codes = frame(np.resize(list("123"), 300))
    assert not TabularEncoder().fit(codes).is_categorical_.any()
    assert encoded(codes, categorical_features=["x"]).shape == (300, 3)


def test_dictionaries_of_arrow_are_categories():
    pa = pytest.importorskip("pyarrow")
    dtype = pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
    codes = frame(pd.Series(np.resize(list("123"), 300)).astype(dtype))
    assert TabularEncoder().fit(codes).is_categorical_.all()


def test_columns_that_are_as_good_as_lost_are_named():
    text = [f"id{i}" for i in range(285)] + ["none"] * 15
    with pytest.warns(UserWarning, match="'x' tells next to nothing"):
        TabularEncoder().fit(frame(text))


# --- dates --------------------------------------------------------------------------

MOMENTS = [datetime(d.year, d.month, d.day, 7) for d in DAYS]
DATES = {
    "date": DAYS,
    "datetime": MOMENTS,
    "aware": [moment.replace(tzinfo=UTC) for moment in MOMENTS],
    "Timestamp": [pd.Timestamp(day) for day in DAYS],
    "datetime64": [np.datetime64(day) for day in DAYS],
    "timedelta": [timedelta(i) for i in range(300)],
    "Timedelta": [pd.Timedelta(i, "D") for i in range(300)],
    "timedelta64": [np.timedelta64(i, "h") for i in range(300)],
    "Period": list(pd.period_range("2020-01-01", periods=300, freq="D")),
    "time": [time(i // 60, i % 60) for i in range(300)],
    "text": [str(day) for day in DAYS],
    "text of moments": [f"{moment.isoformat(' ')}Z" for moment in MOMENTS],
}
COUNT = encoded(np.where(np.arange(300) == 7, np.nan, np.arange(300))[:, np.newaxis])


@pytest.mark.parametrize("missing", [None, pd.NaT, np.nan, pd.NA])
@pytest.mark.parametrize("kind", DATES)
def test_dates_are_numbers(kind, missing):
    values = [*DATES[kind][:7], missing, *DATES[kind][8:]]
    for X in (frame(values, object), objects(values), frame(values, "category")):
        np.testing.assert_allclose(encoded(X)[:, :2], COUNT, atol=1e-9)


@pytest.mark.parametrize("dtype", ["date32", "date64"])
def test_dates_of_arrow_with_gaps_that_training_had_not(dtype):
    values = frame([None, *DAYS[1:]], object).astype(arrow(dtype))
    out = encoded(values[100:], values)
    days = encoded(frame(np.arange(200.0)))
    np.testing.assert_allclose(out[100:, :1], days, atol=1e-9)
    assert not out[0].any()
    assert encoded(values).shape == (300, 6)


def test_dates_and_moments_in_one_column():
    mixed = frame([DAYS[0], MOMENTS[1], pd.Timestamp(DAYS[2]), "2020-01-04"], object)
    assert not TabularEncoder().fit(mixed).is_categorical_.any()


def test_numbers_and_dates_in_one_column_are_categories_unless_one_is_rare():
    with pytest.warns(UserWarning, match="not numbers, in 1 of 30"):
        encoder = TabularEncoder().fit(frame([*"1" * 29, "2020-01-01"]))
    assert not encoder.is_categorical_.any()
    mixed = frame([1.5, DAYS[0]] * 10, object)
    assert TabularEncoder().fit(mixed).is_categorical_.all()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-03-04", datetime(2020, 3, 4)),
        (" 2020-03-04 05:06 ", datetime(2020, 3, 4, 5, 6)),
        ("2020-03-04T05:06:07.250", datetime(2020, 3, 4, 5, 6, 7, 250000)),
        ("2020-03-04T05:06:07.123456789", datetime(2020, 3, 4, 5, 6, 7, 123456)),
        ("2020-03-04T05:06:07+01:00", datetime(2020, 3, 4, 4, 6, 7)),
        ("2020-03-04 05:06:07 +00:00", datetime(2020, 3, 4, 5, 6, 7)),
        ("2020-03-04T05:06Z", datetime(2020, 3, 4, 5, 6)),
    ],
)
def test_dates_in_text(text, moment):
    assert date_of_text(text) == microseconds(moment)[1]


@pytest.mark.parametrize(
    "text", ["", "20200304", "2020-3-4", "04/03/2020", "2020-02-30", "2020-03-04 x"]
)
def test_text_that_is_no_date(text):
    assert date_of_text(text) is None


@pytest.mark.parametrize(
    "value",
    [
        *[date.max, date.min, datetime.max, datetime(1, 1, 1, tzinfo=UTC)],
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5))),
    ],
)
def test_far_dates(value):
    assert np.isfinite(microseconds(value)[1])


def dates_frame():
    return frame(pd.to_datetime(pd.Series(DAYS)))


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        ("dates", "numbers", "'x' should be dates, but has numbers.*to_datetime"),
        ("numbers", "dates", "'x' should be numbers, but has dates.*pass numbers"),
        ("numbers", "durations", "should be numbers, but has durations"),
        ("durations", "numbers", "should be durations, but has numbers.*to_timedelta"),
        ("durations", "dates", "should be durations, but has dates"),
        ("dates", "durations", "should be dates, but has durations"),
        ("text", "dates", "should be numbers, but has dates"),
        ("text", "ISO", "should be numbers, but has dates"),
        ("ISO", "text", "should be dates, but has numbers"),
        ("ISO", "numbers", "should be dates, but has numbers"),
        ("dates", "slashes", "should be dates, but has the value '04/03/2020'"),
    ],
)
def test_dates_where_numbers_were_and_the_reverse(train, test, message):
    frames = {
        "numbers": frame(NUMBERS),
        "dates": dates_frame(),
        "durations": frame(pd.to_timedelta(range(300), unit="D")),
        "text": frame(NUMBERS.astype(str)),
        "ISO": frame([str(day) for day in DAYS]),
        "slashes": frame(["04/03/2020"]),
    }
    encoder = TabularEncoder().fit(frames[train])
    with pytest.raises(ValueError, match=message):
        encoder.transform(frames[test])
    with pytest.raises(ValueError, match=message):
        encoder.transform(frames[test].astype(object))


def test_what_has_no_value_may_be_of_any_type():
    nothing = [frame([np.nan] * 2), frame(pd.to_datetime([None] * 2))]
    for train in (dates_frame(), frame(NUMBERS), frame(NUMBERS.astype(str))):
        encoder = TabularEncoder().fit(train)
        for test in (*nothing, frame([None] * 2, object)):
            assert not encoder.transform(test).any()


def test_other_types_of_the_same_dates():
    train = dates_frame()
    expected = encoded(train)
    for test in (
        frame(DAYS, object),
        frame([str(day) for day in DAYS]),
        frame(pd.to_datetime(pd.Series(DAYS), utc=True)),
        frame(DAYS, object).astype(arrow("date32")),
    ):
        np.testing.assert_array_equal(encoded(train, test), expected)
        np.testing.assert_array_equal(encoded(test, train), expected)


def test_dates_go_in_circles():
    moments = pd.to_datetime(
        ["2020-01-06 00:30", "2020-04-07 06:00", None, "2021-01-13 18:00"]
    )
    encoder = TabularEncoder().fit(frame(moments))
    names = encoder.get_feature_names_out().tolist()
    assert names[:2] == ["x", "missingindicator_x"]
    assert names[2:4] == ["x_month_sin", "x_month_cos"]
    assert [name[2:5] for name in names[4:]] == ["wee", "wee", "hou", "hou"]
    out = encoder.transform(frame(moments))
    np.testing.assert_allclose(out[:, 2:4], [[0, 1], [1, 0], [0, 0], [0, 1]], atol=1e-9)
    np.testing.assert_allclose(out[:, 6:], [[0, 1], [1, 0], [0, 0], [-1, 0]], atol=1e-9)
    week = 2 * np.pi * np.array([0, 1, 2]) / 7
    np.testing.assert_allclose(out[[0, 1, 3], 4], np.sin(week), atol=1e-9)
    back = encoder.inverse_transform(out)
    expected = moments.to_numpy("M8[us]").astype(np.int64)[[0, 1, 3]]
    np.testing.assert_allclose(back[[0, 1, 3], 0], expected)


@pytest.mark.parametrize(
    ("freq", "cycles"),
    [("D", "month weekday"), ("7D", "month"), ("24h", "month weekday")],
)
def test_parts_of_dates_that_do_not_vary_are_left_out(freq, cycles):
    moments = pd.date_range("1960-01-01 07:00", periods=100, freq=freq)
    names = TabularEncoder().fit(frame(moments)).get_feature_names_out()
    assert list(dict.fromkeys(n.split("_")[1] for n in names[1:])) == cycles.split()
    constant = frame(pd.to_datetime(["2020-01-01"] * 5))
    assert encoded(constant).tolist() == [[0]] * 5


def test_circles_stand_between_numbers_and_categories():
    table = dates_frame().assign(c=np.resize(list("abc"), 300), n=NUMBERS, e=np.nan)
    encoder = TabularEncoder().fit(table[["e", "c", "n", "x"]])
    assert encoder.get_feature_names_out()[[0, 1, 2, 6]].tolist() == [
        *["n", "x", "x_month_sin", "c_a"]
    ]
    weighted = TabularEncoder().fit(table, sample_weight=np.arange(300) < 20)
    assert "x_month_sin" not in weighted.get_feature_names_out()
    back = encoder.inverse_transform(encoder.transform(table[["e", "c", "n", "x"]]))
    assert back[:, 1].tolist() == table["c"].tolist()


# --- categories that are not known --------------------------------------------------

CITIES = frame(np.resize(["Rome", "Oslo", "Bonn"], 300))


@pytest.mark.parametrize("city", ["Rome ", "rome", "\u00a0ROME"])
def test_unknown_for_spaces_or_case(city):
    encoder = TabularEncoder().fit(CITIES)
    with pytest.warns(UserWarning, match="feature 'x'.*is 'Rome' but for spaces"):
        encoder.transform(frame([city]))


def test_all_unknown():
    encoder = TabularEncoder().fit(CITIES)
    with pytest.warns(UserWarning, match="'x'.*'Nice', 'Kyiv'.*'Bonn', 'Oslo', 'Rome'"):
        encoder.transform(frame(["Nice", "Kyiv", None]))
    encoder.transform(frame(["Nice", "Kyiv", "Oslo"]))


def test_rare_values_are_expected_to_be_met_again():
    towns = frame(["Rome"] * 300 + [f"town {i}" for i in range(100)])
    encoder = TabularEncoder().fit(towns)
    encoder.transform(towns[-3:])
    encoder.transform(frame(["elsewhere"]))
    with pytest.warns(UserWarning, match="'x'"):
        encoder.transform(towns[300:])


# --- weights ------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1 / 300, 0.1, 1 / 3, 7, 1e-300, 1e300])
@pytest.mark.parametrize("equal", [True, False])
def test_the_unit_of_weights_does_not_matter(equal, factor):
    rng = np.random.RandomState(1)
    table = frame(rng.randint(60, size=900).astype(str)).assign(
        y=rng.standard_normal(900), z=rng.choice(["a", "b", None], 900)
    )
    table["x"] = "c" + table["x"].astype(str)
    weight = np.ones(900) if equal else rng.randint(3, size=900).astype(float)
    expected = TabularEncoder().fit(table, sample_weight=weight)
    actual = TabularEncoder().fit(table, sample_weight=factor * weight)
    np.testing.assert_array_equal(actual.transform(table), expected.transform(table))
    if equal:
        np.testing.assert_array_equal(actual.transform(table), encoded(table))
        assert len(expected.categories_[0]) > 50


def test_ensembles_that_weigh_rows_by_their_share():
    rng = np.random.RandomState(0)
    codes = rng.randint(60, size=900)
    y = (rng.uniform(size=60) < 0.5)[codes]
    encoder = TabularEncoder(categorical_features=[0])
    model = make_pipeline(encoder, LogisticRegression())
    X = codes[:, np.newaxis]
    share = np.full(900, 1 / 900)
    model.fit(X, y, tabularencoder__sample_weight=share)
    assert model.score(X, y) > 0.95


def test_integers_beyond_floats_are_infinite_and_complex_numbers_are_none():
    huge = 10**400
    assert _read(huge) == ("numbers", np.inf)
    assert _read(-huge) == ("numbers", -np.inf)
    assert _read(3) == ("numbers", 3.0)
    assert _read(True) == ("booleans", 1.0)
    kind, number = _read(1 + 2j)
    assert (kind, np.isnan(number)) == ("other", True)


def test_columns_without_numbers_have_none_that_are_not_finite():
    mixed = pd.DataFrame({"a": ["x", "y"], "b": [1.0, np.nan], "c": [np.inf, 0.0]})
    assert not_finite(mixed) == (["c"], ["b"])
