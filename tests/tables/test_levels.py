import numpy as np
import pytest

from skdeepnn.tables.levels import Levels


def levels(counts, weight=None, **settings):
    """Of a column with so many of each category."""
    column = np.repeat(np.array([*counts], object), [*counts.values()])
    return Levels.of(column, weight, **settings)


def test_as_many_categories_as_may_be_need_no_level_for_the_others():
    found = levels(dict.fromkeys("abcd", 10), max_categories=4)
    assert found.categories == ["a", "b", "c", "d"]
    assert (found.has_infrequent, found.n_levels, found.width) == (False, 4, 4)
    assert found.rare_share == 0
    found = levels(dict.fromkeys("abcd", 10), max_categories=5)
    assert (found.has_infrequent, found.n_levels) == (False, 4)


def test_one_more_category_and_the_least_share_a_level():
    found = levels({"a": 12, "b": 10, "c": 13, "d": 11}, max_categories=3)
    assert found.categories == ["a", "c"]
    assert (found.has_infrequent, found.n_levels, found.width) == (True, 3, 3)
    assert found.rare_share == pytest.approx(21 / 46)
    assert found.n_values == 46


def test_as_many_beside_rare_ones_lose_one():
    """The level that rare ones share counts among those that there may be."""
    counts = {"a": 300, "b": 310, "c": 320, "rare": 1}
    found = levels(counts, max_categories=3)
    assert found.categories == ["b", "c"]
    assert found.n_levels == 3
    found = levels(counts, max_categories=4)
    assert found.categories == ["a", "b", "c"]
    assert (found.has_infrequent, found.n_levels) == (True, 4)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_category_needs_ten_rows_or_a_fiftieth_of_them(weighted):
    """Whichever is less, and so many are enough."""
    for counts in (
        {"a": 1000, "enough": 10, "rare": 9},
        {"a": 97, "enough": 2, "rare": 1},
    ):
        weight = None
        if weighted:  # one row in place of many
            weight = np.array([*counts.values()], float)
            weight /= weight.sum() / sum(counts.values())
            counts = dict.fromkeys(counts, 1)
        found = levels(counts, weight)
        assert found.categories == ["a", "enough"]
        assert found.has_infrequent


def test_missing_values_are_no_level():
    column = np.array(["a"] * 20 + ["b"] * 10 + [None] * 10, object)
    found = Levels.of(column)
    assert found.categories == ["a", "b"]
    assert (found.has_missing, found.n_levels, found.width) == (True, 2, 2)
    assert found.missing_share == 0.25
    assert found.n_values == 30
    nothing = Levels.of(np.array([None] * 3, object))
    assert (nothing.has_missing, nothing.n_levels, nothing.width) == (False, 0, 1)
    assert (nothing.rare_share, nothing.missing_share) == (0, 1)
