import os

# Both are read when NumPy and SciPy are first imported. Without the first, the checks
# of scikit-learn leave out the one about array API input. The second is for speed: on
# matrices as small as these, BLAS threads only wait for each other.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402
from sklearn.datasets import load_digits, load_iris  # noqa: E402
from sklearn.preprocessing import scale  # noqa: E402

from skdeepnn.fitting import interruptions  # noqa: E402

# Fixed examples, so that a run says the same everywhere; no deadline, because CI
# machines are noisy.
settings.register_profile(
    "skdeepnn",
    derandomize=True,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("skdeepnn")


@pytest.fixture(autouse=True)
def _first_interruption():
    """No test comes so soon after another that its interruption is a second one."""
    interruptions.forget()


@pytest.fixture
def rng():
    return np.random.RandomState(0)


@pytest.fixture(scope="session")
def iris():
    X, y = load_iris(return_X_y=True)
    return scale(X), y


@pytest.fixture(scope="session")
def digits():
    X, y = load_digits(return_X_y=True)
    return scale(X), y


@pytest.fixture(scope="session")
def callbacks():
    """What scikit-learn has of callbacks, for the tests of these alone."""
    return pytest.importorskip(
        "sklearn.callback", reason="scikit-learn has callbacks since 1.9"
    )
