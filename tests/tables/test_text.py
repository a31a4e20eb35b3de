"""Text of many values: its n-grams, and where they tell something."""

import pickle
import uuid
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import CountVectorizer

from skdeepnn import DeepNNClassifier
from skdeepnn.preprocessing import TabularEncoder
from skdeepnn.tables import grams as module
from skdeepnn.tables.grams import Grams, _principal, count_grams, grams_of, plain
from skdeepnn.tables.levels import Levels
from skdeepnn.tables.text import TextLevels, read_text, telling

SYLLABLES = {"north": ["berg", "sund", "vik", "holm"], "south": ["ini", "ella", "oro"]}
STEMS = ["al", "bor", "cam", "dun", "est", "far", "gol", "har", "iv", "jol", "kal"]
STEMS += ["lun", "mar", "nor", "os"]


def towns(n, seed=0):
    """Towns that are nearly all different, and in which half of the country each is."""
    rng = np.random.RandomState(seed)
    half = rng.choice(list(SYLLABLES), n)
    names = [
        "".join(rng.choice(STEMS, 3)).capitalize() + rng.choice(SYLLABLES[of])
        for of in half
    ]
    return np.array(names, dtype=object), half


def frame(values):
    return pd.DataFrame({"x": values})


def fitted(n=400, **more):
    names, half = towns(n)
    table = frame(names).assign(**more)
    return TabularEncoder().fit(table, half), table, half


# --- n-grams ------------------------------------------------------------------------


@given(st.lists(st.text(max_size=12), min_size=1, max_size=5))
def test_ngrams_are_those_of_scikit_learn(texts):
    texts = [plain(text) for text in texts]
    assume(any(texts))
    peer = CountVectorizer(analyzer="char_wb", ngram_range=(2, 4), lowercase=False)
    expected = peer.fit_transform(texts).toarray()
    table = count_grams(texts, np.unique(grams_of(texts)[1])).toarray()
    columns = [sorted(map(tuple, counts.T.tolist())) for counts in (table, expected)]
    assert columns[0] == columns[1]  # in another order


@given(st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=9)), min_size=1))
def test_numbers_are_bounded_and_each_row_is_on_its_own(values):
    grams = Grams.of(towns(100)[0])
    column = np.fromiter([*values, "Marosvik"], dtype=object)
    numbers = grams.encode(column, np.float64)
    assert (abs(numbers) <= 3).all()
    for i in range(len(column)):
        alone = grams.encode(column[i : i + 1], np.float64)
        assert_array_equal(alone[0], numbers[i])


def test_numbers_are_of_about_unit_scale():
    names, _ = towns(1000)
    numbers = Grams.of(names).encode(names, np.float64)
    spread = numbers.std(axis=0)
    assert 0.7 < spread[0] < 1.3
    assert (spread[1:] < 1.2 * spread[0]).all()
    assert_allclose(numbers.mean(axis=0), 0, atol=0.2)


def test_blocks_are_the_whole(monkeypatch):
    names, _ = towns(200)
    grams = Grams.of(names)
    whole = grams.encode(names, np.float64)
    monkeypatch.setattr(module, "BLOCK_SIZE", 50)
    assert_array_equal(grams.encode(names, np.float64), whole)


@pytest.mark.parametrize("value", [None, np.nan, pd.NA, "", "  ", "???", 7, "\ud800"])
def test_what_has_no_known_ngram_is_in_the_middle(value):
    column = np.fromiter([value], dtype=object)
    assert not Grams.of(towns(100)[0]).encode(column, np.float64).any()


def test_case_spaces_and_bytes_do_not_matter():
    grams = Grams.of(towns(100)[0])
    column = np.fromiter(["Al Bor", " AL\tBOR ", b"al bor"], dtype=object)
    first, *others = grams.encode(column, np.float64)
    assert first.any()
    assert_array_equal(others, [first, first])


def test_the_order_of_rows_decides_nothing(monkeypatch):
    names, _ = towns(300)
    shuffled = names[np.random.RandomState(0).permutation(300)]
    for limit in (10_000, 100):  # learns from all values, and from some
        monkeypatch.setattr(module, "MAX_VALUES", limit)
        for one, other in zip(Grams.of(names), Grams.of(shuffled), strict=True):
            assert_allclose(one, other, atol=1e-9)


@pytest.mark.parametrize("factor", [1e-3, 1 / 3, 7])
def test_a_factor_of_the_weights_does_not_matter(factor):
    names, half = towns(300)
    weight = np.random.RandomState(0).randint(1, 4, 300)
    one, other = (
        TabularEncoder().fit(frame(names), half, w).transform(frame(names))
        for w in (weight, factor * weight)
    )
    assert one.shape[1] > 5
    assert_allclose(one, other, atol=1e-6)


def test_weights_are_copies():
    names, _ = towns(300)
    weight = np.random.RandomState(0).randint(1, 4, 300)
    one, other = Grams.of(names, weight), Grams.of(np.repeat(names, weight))
    assert_allclose(
        one.encode(names, np.float64), other.encode(names, np.float64), atol=1e-6
    )


def test_rows_without_weight_are_none():
    names, half = towns(300)
    weight = np.resize([1.0, 1.0, 0.0], 300)
    some = weight > 0
    one = TabularEncoder().fit(frame(names), half.tolist(), weight)
    other = TabularEncoder().fit(frame(names[some]), half[some])
    assert_array_equal(one.transform(frame(names)), other.transform(frame(names)))


@pytest.mark.parametrize(
    "values", [["a"] * 100, [""] * 100, [None] * 100, [*range(100)]]
)
def test_nothing_to_learn_from(values):
    assert Grams.of(np.fromiter(values, dtype=object)) is None


# --- where they tell something ------------------------------------------------------


def identifiers(kind, n, rng):
    if kind == "uuid":
        return [str(uuid.UUID(bytes=rng.bytes(16))) for _ in range(n)]
    if kind == "counted":
        return [f"user_{i:05}" for i in rng.permutation(n)]
    if kind == "letters":
        return ["".join(rng.choice(list("abcdefghijklmnop"), 8)) for _ in range(n)]
    return towns(n, seed=7)[0]


@pytest.mark.parametrize("kind", ["uuid", "counted", "letters", "towns"])
@pytest.mark.parametrize("n", [60, 200, 2000])
def test_identifiers_are_left_out(kind, n):
    rng = np.random.RandomState(0)
    table, y = frame(identifiers(kind, n, rng)), rng.randint(0, 3, n)
    with pytest.warns(UserWarning, match="'x' tells next to nothing"):
        encoder = TabularEncoder().fit(table, y)
    assert encoder.get_feature_names_out().tolist() == ["x"]


def test_text_that_tells_something_has_ngrams_and_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder, table, _ = fitted()
        names = encoder.get_feature_names_out()
        unseen = frame(towns(50, seed=1)[0])
        encoded = encoder.transform(unseen)
    n_grams = len(names) - 1
    assert names.tolist() == ["x", *(f"x_ngrams{i}" for i in range(n_grams))]
    assert encoded.shape == (50, len(names))
    assert 5 < n_grams <= 40
    assert_array_equal(encoder.transform(table[:9]), encoder.transform(table)[:9])


def test_without_a_target_there_are_none():
    with pytest.warns(UserWarning, match="'x' tells next to nothing"):
        encoder = TabularEncoder().fit(frame(towns(400)[0]))
    assert encoder.transform(frame(["Almarberg"])).shape == (1, 1)


def test_frequent_values_have_columns_beside_them():
    names, half = towns(400)
    names[::2], half[::2] = np.resize(["Rome", "Oslo"], 200), "south"
    encoder = TabularEncoder().fit(frame(names), half)
    assert encoder.categories_ == [["Oslo", "Rome"]]
    start = ["x_Oslo", "x_Rome", "x_infrequent_sklearn", "x_ngrams0"]
    assert encoder.get_feature_names_out()[:4].tolist() == start


def test_ngrams_must_tell_of_the_rare_values_what_levels_do_not():
    rng = np.random.RandomState(0)
    names, half = towns(400, seed=7)[0], rng.randint(0, 2, 400)
    names[:200], half[:200] = np.resize(["Rome", "Oslo"], 200), np.resize([0, 1], 200)
    encoder = TabularEncoder().fit(frame(names), half)
    assert encoder.transform(frame(names)).shape == (400, 3)


def as_multilabel(half):
    return np.column_stack([half == "north", half == "south"]).astype(int)


@pytest.mark.parametrize(
    "target_of",
    [
        list,
        pd.Series,
        lambda half: pd.DataFrame({"y": half}),
        as_multilabel,
        lambda half: csr_array(as_multilabel(half)),
        lambda half: (half == "north") + np.random.RandomState(0).normal(0, 0.1, 400),
        lambda half: 10_000 * (half == "north") + np.arange(400),
    ],
    ids=["list", "series", "frame", "multilabel", "sparse", "continuous", "integers"],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_kinds_of_targets(target_of, weighted):
    names, half = towns(400)
    weight = np.resize([1.0, 0.0, 2.0], 400) if weighted else None
    encoder = TabularEncoder().fit(frame(names), target_of(half), weight)
    assert encoder.transform(frame(names)).shape[1] > 5


def test_integers_are_classes_whatever_their_order():
    names, half = towns(400)
    number = np.random.RandomState(0).randint(0, 20, 400) * 2  # of 40 shuffled classes
    y = number + (half == "north")
    encoder = TabularEncoder().fit(frame(names), y)
    assert encoder.transform(frame(names)).shape[1] > 5


def test_target_of_another_length():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        TabularEncoder().fit(frame(towns(400)[0]), np.zeros(399))


@pytest.mark.parametrize("weighted", [False, True])
def test_chance_is_rarely_taken_for_more(weighted):
    rng = np.random.RandomState(0)
    found = [
        telling(
            rng.standard_normal((80, 10)),
            rng.randint(0, 3, 80),
            rng.exponential(size=80) if weighted else None,
        ).any()
        for _ in range(300)
    ]
    assert sum(found) <= 3


@given(st.integers(2, 4), st.integers(0, 1000))
def test_the_columns_that_tell_are_found(n_classes, seed):
    rng = np.random.RandomState(seed)
    classes = rng.randint(0, n_classes, 200)
    numbers = rng.standard_normal((200, 20))
    numbers[:, [3, 5]] += classes[:, np.newaxis]
    found = telling(numbers, classes)
    assert found[[3, 5]].all()
    assert found.sum() < 10
    assert_array_equal(telling(5 - 1e-3 * numbers, classes), found)
    assert_array_equal(telling(numbers, classes, np.full(200, 7.0)), found)


def test_classes_beyond_those_of_the_rare_rows():
    number, half = np.arange(60.0)[:, np.newaxis], np.arange(60) // 30
    assert telling(number, 5 + half).all()
    assert not telling(number, np.full(60, 5)).any()
    assert not telling(np.zeros((60, 1)), half).any()
    constant = np.hstack([number, np.zeros((60, 1))])
    assert telling(constant, half).tolist() == [True, False]


# --- in the encoder and the classifier ----------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_type_of_the_output(dtype):
    names, half = towns(400)
    levels = read_text(names, Levels.of(names), half)
    assert isinstance(levels, TextLevels)
    assert levels.encode(names, dtype).dtype == dtype


def test_pickle():
    encoder, table, _ = fitted()
    again = pickle.loads(pickle.dumps(encoder))
    assert_array_equal(again.transform(table), encoder.transform(table))


def test_inverse():
    names, half = towns(400)
    names[:200] = "Rome"
    table = frame(names).assign(size=np.arange(400.0))
    encoder = TabularEncoder().fit(table, half)
    back = encoder.inverse_transform(encoder.transform(table))
    expected = np.where(names == "Rome", "Rome", "infrequent_sklearn")
    assert_array_equal(back[:, 0], expected)
    assert_allclose(back[:, 1].astype(float), table["size"])


def test_output_of_pandas():
    names, half = towns(400)
    encoder = TabularEncoder().set_output(transform="pandas")
    out = encoder.fit_transform(frame(names), half)
    assert out.columns.tolist() == encoder.get_feature_names_out().tolist()
    assert out.shape[1] > 5


@pytest.mark.parametrize("dtype", ["category", "string", "str"])
def test_types_of_text(dtype):
    names, half = towns(400)
    plain_text = TabularEncoder().fit_transform(frame(names), half)
    assert_array_equal(
        TabularEncoder().fit_transform(frame(pd.Series(names, dtype=dtype)), half),
        plain_text,
    )


def test_missing_text():
    names, half = towns(400)
    names[::5] = None
    encoder = TabularEncoder().fit(frame(names), half)
    row = encoder.transform(frame([None]))[0]
    at = encoder.get_feature_names_out().tolist().index("missingindicator_x")
    assert row[at] == 1
    assert np.count_nonzero(row) == 1


def test_other_case_is_still_reported():
    names, half = towns(400)
    names[:200] = "Rome"
    encoder = TabularEncoder().fit(frame(names), half)
    with pytest.warns(UserWarning, match="'ROME' is 'Rome' but for spaces or case"):
        encoder.transform(frame(["ROME", "Rom"]))


def test_unseen_text_is_classified():
    names, half = towns(400)
    clf = DeepNNClassifier(random_state=0).fit(frame(names), half)
    names, half = towns(200, seed=1)
    assert clf.score(frame(names), half) > 0.95
    parts = [clf.predict_proba(frame(names[i : i + 50])) for i in range(0, 200, 50)]
    assert_allclose(np.vstack(parts), clf.predict_proba(frame(names)), atol=1e-5)


def test_identifiers_do_no_harm():
    rng = np.random.RandomState(0)
    X = pd.DataFrame(rng.standard_normal((300, 3))).add_prefix("x")
    y = X["x0"] > X["x1"]
    X["id"] = [f"user_{i}" for i in rng.permutation(300)]
    with pytest.warns(UserWarning, match="'id' tells next to nothing"):
        clf = DeepNNClassifier(random_state=0).fit(X, y)
    assert clf.columns_["n_outputs"][-1] == 1


def test_training_goes_on_with_text():
    names, half = towns(400)
    names[:50] = "Oslo"
    table = frame(names)
    clf = DeepNNClassifier(random_state=0)
    clf.partial_fit(table, half, classes=["north", "south"])
    assert clf.columns_["kind"].tolist() == ["text"]
    later = names.copy()
    later[50:] = towns(400, seed=1)[0][50:]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clf.partial_fit(table, half)
        clf.partial_fit(frame(later), half)  # of new names that are like the old ones
    later[100:200] = "???"
    with pytest.warns(UserWarning, match=r"'x' has '\?\?\?' in 100 rows"):
        clf.partial_fit(frame(later), half)


def test_training_starts_again_from_text():
    names, half = towns(400)
    clf = DeepNNClassifier(warm_start=True, max_iter=2, random_state=0)
    first = clf.fit(frame(names), half).predict_proba(frame(names))
    again = clf.fit(frame(names), half).predict_proba(frame(names))
    assert first.shape == again.shape
    assert not np.array_equal(first, again)


def test_values_too_few_or_without_common_ngrams_have_no_numbers():
    few = [f"text of {i}" for i in range(3)]
    assert Grams.of(np.array(few, object)) is None
    apart = [chr(0x4E00 + 5 * i) * 3 for i in range(2000)]
    assert Grams.of(np.array(apart, object)) is None
    assert count_grams(["aaa"], np.array([])).shape == (1, 0)


def test_directions_are_those_of_the_most_variance_of_weighted_rows():
    rng = np.random.RandomState(0)
    X, counts = rng.rand(60, 9), rng.rand(60) ** 6
    counts /= counts.sum()
    components, center = _principal(csr_array(X), counts, 3)
    _, vectors = np.linalg.eigh(X.T @ (counts[:, np.newaxis] * X))
    spanned = vectors[:, -3:] @ vectors[:, -3:].T
    np.testing.assert_allclose(spanned @ components, components, atol=1e-9)
    scores = X @ components - center
    np.testing.assert_allclose(counts @ scores, 0, atol=1e-9)
    covariance = scores.T @ (counts[:, np.newaxis] * scores)
    np.testing.assert_allclose(covariance, np.diag(np.diag(covariance)), atol=1e-9)
    assert covariance[0, 0] == pytest.approx(1)
    assert (np.diff(np.diag(covariance)) < 0).all()
    assert (components.max(axis=0) >= -components.min(axis=0)).all()


def test_values_that_are_all_alike_have_no_directions():
    assert _principal(csr_array(np.ones((5, 3))), np.full(5, 0.2), 2) == (None, None)
