import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array, issparse

from skdeepnn.tables.targets import TargetCoder

LABELS = [
    ["no", "yes"],
    [-1, 1],
    [False, True],
    ["a", "b", "c"],
    np.array([3, 7, 11]),
    np.array(["x", "yy", "zzz"], dtype=object),
    [0.0, 1.0, 2.0],
]


@pytest.mark.parametrize("labels", LABELS)
def test_round_trip(rng, labels):
    y = np.asarray(labels)[rng.permutation(np.arange(30) % len(labels))]
    coder = TargetCoder(y)
    targets = coder.encode(y, np.float32)
    assert targets.dtype == np.float32
    assert targets.shape == (30, coder.n_outputs)
    np.testing.assert_array_equal(coder.decode(targets - 0.5), y)
    assert coder.n_outputs == (1 if len(labels) == 2 else len(labels))


@given(
    st.lists(st.text(max_size=3), min_size=2, max_size=20).filter(
        lambda y: len(set(y)) > 1
    )
)
def test_any_strings(y):
    coder = TargetCoder(y)
    decoded = coder.decode(coder.encode(y, float) - 0.5)
    # NumPy's fixed-width strings drop trailing NULs; so does scikit-learn
    assert decoded.tolist() == np.asarray(y).tolist()


@pytest.mark.parametrize("container", [np.asarray, csr_array])
def test_multilabel(rng, container):
    dense = rng.randint(2, size=(10, 4))
    coder = TargetCoder(container(dense))
    assert coder.out_activation == "logistic"
    decoded = coder.decode(coder.encode(container(dense), float) - 0.5)
    assert issparse(decoded) == issparse(container(dense))
    decoded = decoded.toarray() if issparse(decoded) else decoded
    np.testing.assert_array_equal(decoded, dense)


def test_classes_may_be_given():
    coder = TargetCoder([1, 1], classes=[2, 1, 0])
    assert coder.classes.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(coder.encode([2], float), [[0, 0, 1]])


@pytest.mark.parametrize(
    ("y", "match"),
    [
        ([0.5, 1.5, 2.5], "continuous"),
        (np.array([[1, 2], [3, 1]]), "MultiOutputClassifier"),
    ],
)
def test_bad_targets(y, match):
    with pytest.raises(ValueError, match=match):
        TargetCoder(y)


def test_unknown_labels_are_named():
    with pytest.raises(ValueError, match=r"not in `self.classes_`: \['c'\]"):
        TargetCoder(["a", "b"]).encode(["a", "c"], float)
    with pytest.raises(ValueError, match="3 labels"):
        TargetCoder(np.eye(3)).encode(np.eye(2), float)
    with pytest.raises(ValueError, match="same classes"):
        TargetCoder([0, 1]).check_same_classes([0, 0])


@pytest.mark.parametrize(
    ("known", "given", "new"),
    [
        ([1, 2], ["a", "b"], r"\['a', 'b'\]"),
        (["a", "b"], [1, 2], r"\[1, 2\]"),
        (np.array(["a", "b"], object), np.array([1, "b"], object), r"\[1\]"),
        ([0.0, 1.0], [2.0, 1.0, 2.0, -1.0], r"\[-1.0, 2.0\]"),
        (["a", "b"], ["abc", "b"], r"\['abc'\]"),
    ],
)
def test_labels_of_other_kinds_are_named_too(known, given, new):
    with pytest.raises(ValueError, match=new):
        TargetCoder(known).indices(given)


@pytest.mark.parametrize("dtype", [">i4", "<i4", ">f8"])
def test_classes_are_of_the_machines_byte_order(dtype):
    coder = TargetCoder(np.array([3, 1, 3], dtype))
    assert coder.classes.dtype.isnative
    assert coder.classes.tolist() == [1, 3]


def test_continuous_targets_are_no_other_classes():
    with pytest.raises(ValueError, match="Unknown label type"):
        TargetCoder([0, 1]).check_same_classes(np.array([0.5, 1.5]))
