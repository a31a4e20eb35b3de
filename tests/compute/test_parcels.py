import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from skdeepnn.compute.parcels import SharedFolder, pack

ARRAYS = npst.arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.uint8, bool]),
    npst.array_shapes(min_dims=0, max_dims=3, min_side=0),
)


@pytest.fixture
def folder():
    with SharedFolder() as folder:
        yield folder


@given(st.lists(ARRAYS, max_size=4), st.booleans())
def test_what_is_unpacked_is_what_was_packed(arrays, in_file):
    with SharedFolder() as folder:
        parcel = pack({"arrays": arrays, "n": 3}, folder.path("a") if in_file else None)
        found = parcel.unpack()
    assert found["n"] == 3
    for array, other in zip(arrays, found["arrays"], strict=True):
        np.testing.assert_array_equal(array, other)
        assert array.dtype == other.dtype


def test_arrays_are_in_the_file_and_a_file_is_used_again(folder):
    path = folder.path("a")
    values = np.arange(10_000)
    parcel = pack([values, values + 1], path)
    assert len(parcel.pickled) < 1_000
    assert os.path.getsize(path) >= 2 * values.nbytes
    shorter = pack([values[:5] * 2], path)
    np.testing.assert_array_equal(shorter.unpack()[0], [0, 2, 4, 6, 8])


def test_what_is_unpacked_can_be_written_to_and_the_file_stays(folder):
    parcel = pack(np.zeros(3), folder.path("a"))
    parcel.unpack()[:] = 1
    np.testing.assert_array_equal(parcel.unpack(), 0)


@pytest.mark.parametrize("path", ["/dev/full", "/nowhere/a"])
def test_where_no_file_can_be_written_all_is_sent(path):
    parcel = pack(np.arange(100_000), path)
    assert parcel.path is None
    np.testing.assert_array_equal(parcel.unpack(), np.arange(100_000))


def test_functions_without_a_name_can_be_sent():
    assert pack([lambda x: x + 1]).unpack()[0](1) == 2


def test_a_folder_goes_when_it_is_closed():
    with SharedFolder() as folder:
        path = folder.path("a")
        pack(np.zeros(3), path)
        assert Path(path).exists()
    assert not Path(path).parent.exists()
