import math

import pytest

from skdeepnn.nn.schedules import SCHEDULES, get_schedule, invscaling, one_cycle


def test_bounds_and_ends():
    for name in ("constant", "cosine", "one_cycle", "adaptive"):
        factors = [SCHEDULES[name](p / 100, 0, 0.5) for p in range(101)]
        assert all(0 <= f <= 1 for f in factors)
        assert max(factors) == pytest.approx(1)
    assert SCHEDULES["cosine"](1.0) == pytest.approx(0)


def test_one_cycle_rises_then_falls():
    factors = [one_cycle(p / 100) for p in range(101)]
    assert factors[0] == pytest.approx(1 / 25)
    assert factors.index(max(factors)) == 30
    assert factors[:31] == sorted(factors[:31])
    assert factors[30:] == sorted(factors[30:], reverse=True)
    assert factors[-1] == pytest.approx(1e-4 / 25)


def test_invscaling_counts_rows():
    assert invscaling(0.0, n_seen=0) == 1
    assert invscaling(0.0, n_seen=999, power_t=0.25) == pytest.approx(1000**-0.25)


def test_own_function_and_unknown_name():
    assert get_schedule(math.sqrt)(0.25, 0, 0.5) == 0.5
    with pytest.raises(ValueError, match="no schedule 'linear'"):
        get_schedule("linear")
