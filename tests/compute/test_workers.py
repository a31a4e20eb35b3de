import os
import signal

import joblib
import pytest

from skdeepnn.compute.workers import Workers, asks_for_threads, find_workers


@pytest.mark.parametrize("n_jobs", [None, 1])
def test_none_are_found_where_none_are_asked_for(n_jobs):
    assert find_workers(n_jobs) is None
    assert not asks_for_threads(n_jobs)


@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_a_backend_of_processes(backend):
    with joblib.parallel_config(backend, n_jobs=2):
        assert find_workers(None).n_workers == find_workers(2).n_workers == 2
        assert find_workers(1) is None
        assert find_workers(None).are_here
        assert not asks_for_threads(None)


def test_all_but_one():
    assert find_workers(-1).n_workers == joblib.cpu_count() > 1
    assert (find_workers(-2) is None) == (joblib.cpu_count() == 2)


def test_a_backend_of_threads():
    with joblib.parallel_config("threading", n_jobs=2):
        assert find_workers(None) is find_workers(-1) is None
        assert asks_for_threads(None)
        assert not asks_for_threads(1)


def finds_any():
    return find_workers(2) is not None


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_within_a_task_there_are_none(backend):
    with joblib.parallel_config(backend):
        found = joblib.Parallel(2)(joblib.delayed(finds_any)() for _ in range(2))
    assert found == [False, False]


def pid_of(_):
    return os.getpid()


def test_each_call_has_a_worker_of_its_own():
    """However short calls are, and although joblib puts short ones together."""
    with Workers(2) as workers:
        for _ in range(20):
            pids = workers.map(pid_of, range(2))
            assert os.getpid() not in pids
        assert len(workers.map(pid_of, range(10))) == 10


def die(i):
    if i:
        os.kill(os.getpid(), signal.SIGKILL)


def test_the_death_of_a_worker_is_told_and_others_come():
    with Workers(2) as workers:
        assert workers.map(die, [0, 1]) is None
        assert workers.map(abs, [-1, -2]) == [1, 2]
