import pickle

import joblib
import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from skdeepnn.nn.optimizers import SGD, Adam, AdamW, WeightAverage

N_PARAMS = 40_000  # more than two blocks


def trajectory(optimizer, start, gradients, learning_rate):
    params = start.copy()
    for gradient in gradients:
        optimizer.step(params, gradient.copy(), learning_rate)
    return params


@pytest.fixture
def problem(rng):
    return rng.randn(N_PARAMS), rng.randn(5, N_PARAMS)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd_follows_scikit_learn(problem, momentum, nesterov):
    start, gradients = problem
    expected = [start.copy()]
    peer = SGDOptimizer(expected, 0.1, momentum=momentum, nesterov=nesterov)
    for gradient in gradients:
        peer.update_params(expected, [gradient])
    ours = SGD(start, momentum=momentum, nesterov=nesterov)
    actual = trajectory(ours, start, gradients, 0.1)
    np.testing.assert_allclose(actual, expected[0], rtol=1e-12, atol=1e-14)


def test_adam_follows_scikit_learn(problem):
    start, gradients = problem
    constants = {"beta_1": 0.8, "beta_2": 0.9, "epsilon": 1e-3}
    expected = [start.copy()]
    peer = AdamOptimizer(expected, 0.1, **constants)
    for gradient in gradients:
        peer.update_params(expected, [gradient])
    actual = trajectory(Adam(start, **constants), start, gradients, 0.1)
    np.testing.assert_allclose(actual, expected[0], rtol=1e-12, atol=1e-14)


BETAS = [(0, 0), (0, 0.999), (0.5, 0.9), (0.9, 0.5), (0.999999, 0.95), (0.9, 0.999999)]


@pytest.mark.parametrize(("beta_1", "beta_2"), BETAS)
def test_adam_is_what_its_formula_says(rng, beta_1, beta_2):
    optimizer = Adam(np.ones(5), beta_1=beta_1, beta_2=beta_2)
    params, expected = np.ones(5), np.ones(5)
    m = v = 0
    for t in range(1, 200):
        gradient, rate = rng.randn(5), 0.1 / t
        m = beta_1 * m + (1 - beta_1) * gradient
        v = beta_2 * v + (1 - beta_2) * gradient**2
        factor = rate * (1 - beta_2**t) ** 0.5 / (1 - beta_1**t)
        expected -= factor * m / (v**0.5 + 1e-8)
        optimizer.step(params, gradient, rate)
        np.testing.assert_allclose(params, expected, rtol=1e-9, atol=1e-12)


def test_adamw_decays_what_it_is_told_to(problem):
    start, gradients = problem
    mask = np.zeros(N_PARAMS)
    mask[:7] = 1
    plain = trajectory(Adam(start), start, gradients[:1], 0.1)
    decayed = trajectory(
        AdamW(start, weight_decay=0.5, mask=mask), start, gradients[:1], 0.1
    )
    np.testing.assert_allclose(plain - decayed, 0.05 * mask * start, atol=1e-13)


def test_adamw_without_decay_is_adam(problem):
    start, gradients = problem
    plain = trajectory(Adam(start), start, gradients, 0.1)
    zero = trajectory(AdamW(start, weight_decay=0.0), start, gradients, 0.1)
    np.testing.assert_array_equal(plain, zero)


@pytest.mark.parametrize("optimizer", [SGD, Adam, AdamW])
def test_float32_stays_float32(optimizer):
    params = np.ones(3, np.float32)
    optimizer(params).step(params, np.ones(3, np.float32), 0.1)
    assert params.dtype == np.float32
    assert (params < 1).all()


@pytest.mark.parametrize(
    "optimizer", [lambda p: SGD(p, momentum=0.9, nesterov=True), Adam]
)
def test_minimizes_a_quadratic(optimizer):
    params = np.array([3.0, -2.0])
    steps = optimizer(params)
    for _ in range(500):
        steps.step(params, params * [1.0, 10.0], 0.02)
    assert np.abs(params).max() < 1e-2


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "new", [Adam, lambda params: SGD(params, momentum=0.9)], ids=["adam", "sgd"]
)
def test_moments_of_dead_units_do_not_stay_denormal(new, dtype):
    params = np.zeros(10, dtype)
    optimizer = new(params)
    optimizer.step(params, np.ones_like(params), 0.1)
    for _ in range(10_000 if dtype == np.float64 else 1_500):
        optimizer.step(params, np.zeros_like(params), 0.1)
    moment = optimizer.m if isinstance(optimizer, Adam) else optimizer.velocity
    assert not moment.any()
    assert (params != 0).all()


NEW = {
    "sgd": lambda params: SGD(params, momentum=0.9, nesterov=True),
    "adam": Adam,
    "adamw": lambda params: AdamW(params, mask=(params > 0).astype(params.dtype)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("is_mapped", [False, True])
@pytest.mark.parametrize("name", NEW)
def test_saved_optimizers_go_on_as_they_would_have(
    problem, name, is_mapped, dtype, tmp_path
):
    """To the bit, also between the steps in which moments decay, and when mapped."""
    start, gradients = (array.astype(dtype) for array in problem)
    optimizer, params = NEW[name](start), start.copy()
    for gradient in gradients:
        optimizer.step(params, gradient.copy(), 0.1)
    joblib.dump(optimizer, tmp_path / "saved")
    twin = joblib.load(tmp_path / "saved", mmap_mode="r" if is_mapped else None)
    results = [trajectory(one, params, gradients, 0.1) for one in (optimizer, twin)]
    np.testing.assert_array_equal(*results)


@pytest.mark.parametrize(("name", "n_moments"), [("sgd", 1), ("adam", 2), ("adamw", 2)])
def test_saved_optimizers_hold_their_moments_and_no_work(problem, name, n_moments):
    start, gradients = problem
    optimizer = NEW[name](start)
    trajectory(optimizer, start, gradients, 0.1)
    mask = start.size / 8
    assert len(pickle.dumps(optimizer)) < n_moments * start.nbytes + mask + 2000


def test_a_saved_average_goes_on_as_it_would_have(problem):
    start, gradients = problem
    average = WeightAverage(start.copy())
    for _ in range(15):
        average.step(gradients[0])
    saved = pickle.dumps(average)
    assert len(saved) < start.nbytes + 500
    twin = pickle.loads(saved)
    for one in (average, twin):
        for _ in range(15):
            one.step(gradients[1])
    np.testing.assert_array_equal(twin.value, average.value)
    assert not np.shares_memory(twin.value, average.value)


def test_all_parameters_decay_unless_a_mask_says_otherwise(problem):
    start, _ = problem
    nothing = [np.zeros_like(start)] * 3
    actual = trajectory(AdamW(start, weight_decay=0.5), start, nothing, 0.1)
    np.testing.assert_allclose(actual, start * 0.95**3)
    assert AdamW(start).weight_decay == 0.01
