import importlib.util
import os
import sys

import numpy as np
import pytest

from skdeepnn.datasets import load_cats, load_truth_table, make_flower

has_h5py = pytest.mark.skipif(
    importlib.util.find_spec("h5py") is None, reason="h5py is not installed"
)


def test_flower_is_that_of_the_course():
    # Drawn as the course does it, from NumPy's global state and column by column
    np.random.seed(1)
    X = np.empty((400, 2))
    for j in range(2):
        theta = np.linspace(j * 3.12, (j + 1) * 3.12, 200) + np.random.randn(200) * 0.2
        r = 4 * np.sin(4 * theta) + np.random.randn(200) * 0.2
        X[200 * j : 200 * (j + 1)] = np.c_[r * np.sin(theta), r * np.cos(theta)]
    flower, y = make_flower()
    np.testing.assert_array_equal(flower, X)
    np.testing.assert_array_equal(y, [0] * 200 + [1] * 200)


@pytest.mark.parametrize("n_samples, counts", [(2, [1, 1]), (5, [3, 2]), (10, [5, 5])])
def test_flower_sizes(n_samples, counts):
    X, y = make_flower(n_samples)
    assert X.shape == (n_samples, 2)
    assert np.bincount(y).tolist() == counts


def test_flower_random_state():
    X = make_flower(random_state=7)[0]
    same = make_flower(random_state=np.random.RandomState(7))[0]
    np.testing.assert_array_equal(X, same)
    assert not np.array_equal(X, make_flower(random_state=8)[0])


def test_flower_needs_a_row_a_class():
    with pytest.raises(ValueError, match="at least 2, got 1"):
        make_flower(1)


def test_truth_table():
    X, y = load_truth_table()
    assert X.dtype == float
    assert X.tolist() == [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
    assert y.tolist() == [0, 1, 1, 0]


@pytest.fixture
def images(tmp_path):
    """Three and two images in files like those of the cats."""
    h5py = pytest.importorskip("h5py")
    rng = np.random.RandomState(0)
    folder = tmp_path / "catvnoncat"
    folder.mkdir()
    parts = {}
    for part, n in (("train", 3), ("test", 2)):
        pixels = rng.randint(0, 256, (n, 64, 64, 3), dtype=np.uint8)
        parts[part] = pixels
        with h5py.File(folder / f"{part}_catvnoncat.h5", "w") as file:
            file[f"{part}_set_x"] = pixels
            file[f"{part}_set_y"] = np.arange(n) % 2
    return tmp_path, parts


@pytest.mark.parametrize("inner", ["", "catvnoncat"])
@pytest.mark.parametrize("variable", [True, False])
def test_cats_from_either_directory(images, inner, variable, monkeypatch):
    directory, parts = images
    if variable:
        monkeypatch.setenv("SKDEEPNN_DATA", str(directory / inner))
        X_train, X_test, y_train, y_test = load_cats()
    else:
        monkeypatch.setenv("SKDEEPNN_DATA", "nowhere")  # the argument goes first
        X_train, X_test, y_train, y_test = load_cats(directory / inner)
    assert X_train.shape == (3, 12288)
    assert X_train.dtype == np.float64
    assert y_train.dtype == int
    np.testing.assert_array_equal(X_test[1].reshape(64, 64, 3) * 255, parts["test"][1])
    np.testing.assert_array_equal(X_train.max(), parts["train"].max() / 255)
    assert y_train.tolist() == [0, 1, 0]
    assert y_test.tolist() == [0, 1]


def test_cats_without_a_directory(monkeypatch):
    monkeypatch.delenv("SKDEEPNN_DATA", raising=False)
    with pytest.raises(FileNotFoundError, match="SKDEEPNN_DATA"):
        load_cats()


def test_cats_in_a_wrong_directory(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="set data_dir to the directory"):
        load_cats(tmp_path)
    monkeypatch.setenv("SKDEEPNN_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="environment variable SKDEEPNN_DATA"):
        load_cats()


def test_cats_with_one_file_of_two(images):
    directory, _ = images
    (directory / "catvnoncat" / "test_catvnoncat.h5").unlink()
    with pytest.raises(FileNotFoundError, match=r"test_catvnoncat\.h5"):
        load_cats(directory)


def test_cats_without_h5py(images, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r'pip install "skdeepnn\[bench\]"'):
        load_cats(images[0])


@has_h5py
@pytest.mark.skipif(
    "SKDEEPNN_DATA" not in os.environ, reason="SKDEEPNN_DATA is not set: no cat images"
)
def test_the_cats_themselves():
    X_train, X_test, y_train, y_test = load_cats()
    assert X_train.shape == (209, 12288)
    assert X_test.shape == (50, 12288)
    assert X_train.min() == 0
    assert X_train.max() == 1
    assert y_train.sum() == 72
    assert y_test.sum() == 33
