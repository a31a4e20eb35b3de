"""The small data sets that introductions to neural networks are taught with.

Two are computed here; the cat images are not this package's to hand out, and are read
from files that you have.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils import check_random_state

if TYPE_CHECKING:
    from .typing import RandomState

__all__ = ["load_cats", "load_truth_table", "make_flower"]

DATA_VARIABLE = "SKDEEPNN_DATA"
CAT_FILES = {"train": "train_catvnoncat.h5", "test": "test_catvnoncat.h5"}


def make_flower(
    n_samples: int = 400, *, random_state: RandomState = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the planar "flower": petals of two classes, which no straight line parts.

    A point of class c has the polar coordinates

    - ``theta = t + 0.2 * N(0, 1)``, with `t` evenly spaced from ``3.12 c`` to
      ``3.12 (c + 1)``, so that each class has one half of the flower;
    - ``r = 4 sin(4 theta) + 0.2 * N(0, 1)``;

    and the features ``(r sin(theta), r cos(theta))``. The rows are in the order of
    their class.

    Parameters
    ----------
    n_samples : int, default=400
        Number of rows, half of each class; the first has the odd one more.
    random_state : int, RandomState instance or None, default=1
        Source of the noise. 1 is the seed of the course's own 400 points; None draws
        other points at each call.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        Features, in about [-4, 4].
    y : ndarray of shape (n_samples,)
        Labels 0 and 1.

    Raises
    ------
    ValueError
        If there is not a row for each class.

    References
    ----------
    A. Ng, "Neural Networks and Deep Learning", deeplearning.ai, 2017, exercise "Planar
    data classification with one hidden layer".

    Examples
    --------
    >>> X, y = make_flower()
    >>> X.shape, np.bincount(y)
    ((400, 2), array([200, 200]))
    >>> X[0].round(4)
    array([1.2044, 3.5761])
    """
    if n_samples < 2:
        raise ValueError(f"n_samples must be at least 2, got {n_samples}.")
    rng = check_random_state(random_state)
    sizes = [n_samples - n_samples // 2, n_samples // 2]
    parts = []
    for label, size in enumerate(sizes):
        # The order of the draws is part of the data: all angles, then all radii.
        theta = np.linspace(3.12 * label, 3.12 * (label + 1), size)
        theta += 0.2 * rng.standard_normal(size)
        r = 4 * np.sin(4 * theta) + 0.2 * rng.standard_normal(size)
        parts.append(np.column_stack([r * np.sin(theta), r * np.cos(theta)]))
    return np.concatenate(parts), np.repeat([0, 1], sizes)


def load_truth_table() -> tuple[np.ndarray, np.ndarray]:
    """Return the four rows whose label is the exclusive or of their first features.

    The third feature is always 1, which lets a network without intercepts have one.

    Returns
    -------
    X : ndarray of shape (4, 3)
        Features 0.0 and 1.0.
    y : ndarray of shape (4,)
        Labels 0 and 1.

    References
    ----------
    Rumelhart, Hinton and Williams, "Learning internal representations by error
    propagation", 1986, section "The XOR problem".

    Examples
    --------
    >>> X, y = load_truth_table()
    >>> np.array_equal(y, np.logical_xor(X[:, 0], X[:, 1]))
    True
    """
    X = np.array([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    return X, np.array([0, 1, 1, 0])


def load_cats(
    data_dir: str | os.PathLike[str] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Read the 64 x 64 images of cats and of other things from their HDF5 files.

    Parameters
    ----------
    data_dir : str or path-like, default=None
        Directory of ``train_catvnoncat.h5`` and ``test_catvnoncat.h5``, or one that
        has them in a folder ``catvnoncat``. By default the value of the environment
        variable ``SKDEEPNN_DATA``.

    Returns
    -------
    X_train, X_test : ndarray of shape (209, 12288) and (50, 12288)
        Pixels, in [0, 1]: an image a row, red, green and blue side by side.
        ``row.reshape(64, 64, 3)`` is the image again.
    y_train, y_test : ndarray of shape (209,) and (50,)
        1 for a cat, 0 for anything else.

    Raises
    ------
    FileNotFoundError
        If the files are not there, or if no directory is given.
    ImportError
        If h5py is not installed.

    References
    ----------
    A. Ng, "Neural Networks and Deep Learning", deeplearning.ai, 2017, exercise
    "Logistic regression with a neural network mindset".

    Examples
    --------
    >>> X_train, X_test, y_train, y_test = load_cats("images")  # doctest: +SKIP
    >>> X_train.shape, y_train.mean().round(3)  # doctest: +SKIP
    ((209, 12288), np.float64(0.344))
    """
    paths = _find_cat_files(data_dir)
    try:
        import h5py
    except ImportError as error:
        raise ImportError(
            'load_cats reads HDF5 files with h5py: pip install "skdeepnn[bench]"'
        ) from error
    parts = {}
    for part, path in paths.items():
        with h5py.File(path, "r") as file:
            images, labels = file[f"{part}_set_x"][()], file[f"{part}_set_y"][()]
        parts[part] = images.reshape(len(images), -1) / 255, labels.astype(int)
    (X_train, y_train), (X_test, y_test) = parts["train"], parts["test"]
    return X_train, X_test, y_train, y_test


def _find_cat_files(data_dir):
    """Return the path of each file, from the directory or its folder."""
    given = data_dir or os.environ.get(DATA_VARIABLE)
    if not given:
        raise FileNotFoundError(
            f"The cat images are not part of skdeepnn. Pass data_dir, or set the "
            f"environment variable {DATA_VARIABLE}, to the directory that has "
            f"{' and '.join(CAT_FILES.values())}."
        )
    for directory in (Path(given), Path(given) / "catvnoncat"):
        paths = {part: directory / name for part, name in CAT_FILES.items()}
        if all(path.is_file() for path in paths.values()):
            return paths
    source = "data_dir" if data_dir else f"the environment variable {DATA_VARIABLE}"
    raise FileNotFoundError(
        f"There is no {' and '.join(CAT_FILES.values())} in {str(given)!r}, nor in its "
        f"folder 'catvnoncat': set {source} to the directory that has them."
    )
