"""One test whether a type holds values, and what says so."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from skdeepnn.compute.casting import cast, check_fits, fits
from skdeepnn.nn.network import Network

LARGEST = float(np.finfo(np.float32).max)


@pytest.mark.parametrize("form", [np.asarray, csr_array, lambda X: X[:, ::2]])
@pytest.mark.parametrize(
    ("value", "expected"),
    [(LARGEST, True), (-LARGEST, True), (1e39, False), (-1e39, False), (0.0, True)],
)
def test_values_that_fit(form, value, expected):
    X = form(np.full((3, 4), value))
    assert fits(X, np.float32) is expected
    assert fits(X, np.float64) is True


def test_errors_say_what_to_do():
    X = np.full((2, 2), 1e39)
    with pytest.raises(
        ValueError,
        match=r"X_val has values too large for float32 in its columns \[0, 1\]: ",
    ):
        check_fits(X, "float32", "X_val")
    network = Network([2, 1], dtype=np.float32)
    for predict in (network.logits, lambda X: cast(X, network.dtype)):
        with pytest.raises(ValueError, match="in which this network was trained: fit"):
            predict(X)


def test_nothing_is_copied_that_has_the_type():
    X = np.ones((2, 2), np.float32)
    assert cast(X, np.dtype(np.float32)) is X
    assert cast(X, np.dtype(np.float64)).dtype == np.float64
