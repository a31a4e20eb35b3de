import threading
import time

import joblib
import numpy as np
import pytest
from like_mlp import like_mlp
from sklearn.datasets import make_classification
from threadpoolctl import threadpool_info, threadpool_limits

from skdeepnn.compute.threads import Team, blas_is_held, new_team


def numbers_of_blas_threads():
    return [i["num_threads"] for i in threadpool_info() if i["user_api"] == "blas"]


def blas_threads():
    return set(numbers_of_blas_threads())


@pytest.fixture
def two_blas_threads():
    with threadpool_limits(2, user_api="blas"):
        yield


@pytest.mark.parametrize("n_threads", [1, 2, 3])
@pytest.mark.parametrize("n_calls", [1, 2, 7])
def test_map_keeps_the_order(n_threads, n_calls):
    with Team(n_threads) as team:
        for _ in range(3):
            assert team.map(lambda a, b: a * b, range(n_calls), range(n_calls)) == [
                i * i for i in range(n_calls)
            ]


def test_work_is_done_in_as_many_threads():
    barrier = threading.Barrier(3, timeout=10)
    with Team(3) as team:
        names = team.map(lambda _: (barrier.wait(), threading.get_ident())[1], range(3))
    assert len(set(names)) == 3
    assert threading.get_ident() in names


@pytest.mark.parametrize("failing", [0, 1])
def test_errors_come_through_after_all_have_come_to_rest(failing):
    finished = []

    def work(i):
        if i == failing:
            raise KeyError(i)
        time.sleep(0.05)
        finished.append(i)

    with Team(2) as team:
        with pytest.raises(KeyError, match=str(failing)):
            team.map(work, range(2))
        assert finished == [1 - failing]
        assert team.map(abs, [-1, -2]) == [1, 2]  # and it works on


def test_a_closed_team_leaves_no_threads():
    before = threading.active_count()
    with Team(4) as team:
        assert threading.active_count() == before  # none that is not needed
        team.map(abs, [-1])
        assert threading.active_count() == before + 3
    assert threading.active_count() == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_team_that_cannot_start_says_why(monkeypatch, error):
    before, start, started = threading.active_count(), threading.Thread.start, []

    def start_one(thread):
        if started:
            raise error("no more")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_one)
    with pytest.raises(error, match="no more"), Team(4) as team:
        team.map(abs, [1, 2])
    assert len(started) == 1
    assert threading.active_count() == before


def test_teams_know_whether_blas_is_held(two_blas_threads):
    assert not blas_is_held()
    with new_team(uses_blas=True):
        assert not blas_is_held()
        with new_team(uses_blas=True):
            assert blas_is_held()
    assert not blas_is_held()
    with threadpool_limits(1), new_team(uses_blas=True):
        assert blas_is_held()  # it has but one
    assert not blas_is_held()


def test_blas_is_held_to_one_thread(two_blas_threads):
    with new_team() as team:
        assert team.n_threads == 2
        assert blas_threads() == {1}
        with new_team() as second:  # none left
            assert second.n_threads == 1
        assert blas_threads() == {1}
    assert blas_threads() == {2}
    with new_team(1) as team:
        assert team.n_threads == 1
    assert blas_threads() == {2}


def test_large_products_keep_blas_threads_until_somebody_else_comes(two_blas_threads):
    with new_team(uses_blas=True):
        assert max(blas_threads()) == 2
        assert sum(numbers_of_blas_threads()) == 1 + len(numbers_of_blas_threads())
        with new_team(uses_blas=True):
            assert blas_threads() == {1}
    assert blas_threads() == {2}


def test_teams_in_threads_share_the_cores(two_blas_threads):
    barrier = threading.Barrier(2, timeout=10)
    seen = []

    def fit():
        with new_team() as team:
            barrier.wait()
            seen.append((team.n_threads, blas_threads()))
            barrier.wait()

    threads = [threading.Thread(target=fit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen, key=str) == [(1, {1}), (2, {1})]
    assert blas_threads() == {2}


def test_blas_is_given_back_when_a_fit_fails(two_blas_threads):
    X, y = make_classification(random_state=0)

    def fail(*args, **kwargs):
        raise KeyError("no score")

    with pytest.raises(KeyError, match="no score"):
        like_mlp(scoring=fail, max_iter=2).fit(X, y)
    assert blas_threads() == {2}


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd"])
def test_threads_change_nothing(two_blas_threads, solver):
    X, y = make_classification(600, random_state=0)
    fits = []
    for n_jobs in (1, 2):
        with joblib.parallel_config("threading", n_jobs=n_jobs):
            clf = like_mlp((8,), solver=solver, n_members=3, max_iter=5, random_state=0)
            fits.append(clf.fit(X, y))
    np.testing.assert_array_equal(*(fit.network_.params for fit in fits))
    for name in ("loss", "gradient_norm", "learning_rate"):
        np.testing.assert_array_equal(*(fit.history_[name] for fit in fits))


def test_training_goes_on_with_another_number_of_threads(two_blas_threads):
    X, y = make_classification(600, random_state=0)
    results = []
    for second in (1, 2):
        clf = like_mlp((8,), n_members=3, random_state=0)
        with joblib.parallel_config("threading", n_jobs=2):
            clf.partial_fit(X, y, classes=[0, 1])
        with joblib.parallel_config("threading", n_jobs=second):
            clf.partial_fit(X, y)
        results.append(clf.network_.params)
    np.testing.assert_array_equal(*results)


def team_size():
    with new_team() as team:
        return team.n_threads


def test_worker_processes_share_the_cores_too():
    sizes = joblib.Parallel(n_jobs=2)(joblib.delayed(team_size)() for _ in range(4))
    assert max(sizes) <= max(1, joblib.cpu_count() // 2)
