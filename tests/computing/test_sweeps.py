"""A sweep gives the same bits whoever computes it, and says which cell failed."""

import os
import signal
import threading
from functools import partial

import joblib
import numpy as np
import pytest
from joblib.externals.loky.process_executor import BrokenProcessPool
from threadpoolctl import threadpool_info, threadpool_limits

from w2s.computing.sweeps import sweep


def eigenvalues(size, rng):
    """A cell whose last bits feel the number of BLAS threads."""
    draws = rng.standard_normal((size, 2 * size))
    return np.linalg.eigvalsh(draws @ draws.T)


def refuse(size, rng):
    if size == 30:
        raise ValueError("size is 30")
    return size


def blas_threads(cell, rng):
    return max(lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas")


def bits(results):
    return [result.tobytes() for result in results]


SIZES = [120, 7, 33, 64, 250]


@pytest.fixture(scope="module")
def serial():
    return bits(sweep(eigenvalues, SIZES, seed=5))


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_agree_bit_for_bit_for_any_number_of_workers(serial, workers):
    assert bits(sweep(eigenvalues, SIZES, seed=5, workers=workers)) == serial


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_the_surrounding_configuration_decides_where_cells_run(serial, backend):
    with joblib.parallel_config(backend, n_jobs=2):
        assert bits(sweep(eigenvalues, SIZES, seed=5)) == serial


def test_a_configured_backend_receives_the_cells():
    def thread(cell, rng):
        return threading.get_ident()

    with joblib.parallel_config("threading", n_jobs=2):
        assert threading.get_ident() not in sweep(thread, range(4), seed=0)


def test_a_cell_depends_on_the_seed_and_its_position_only(serial):
    alone = np.random.default_rng(np.random.SeedSequence(5, spawn_key=(2,)))
    assert eigenvalues(SIZES[2], alone).tobytes() == serial[2]
    assert bits(sweep(eigenvalues, SIZES[:3], seed=5)) == serial[:3]
    assert bits(sweep(eigenvalues, SIZES, seed=6)) != serial
    same = sweep(lambda cell, rng: rng.random(), [0, 0], seed=5)
    assert same[0] != same[1]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_worker_uses_one_blas_thread_and_the_caller_keeps_its_own(workers):
    with threadpool_limits(2):
        assert sweep(blas_threads, range(4), seed=0, workers=workers) == [1] * 4
        assert blas_threads(None, None) == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failure_keeps_its_type_and_names_its_cell(workers):
    with pytest.raises(ValueError, match="size is 30") as caught:
        sweep(refuse, [10, 20, 30, 40], seed=0, workers=workers)
    assert caught.value.__notes__ == ["in cell 2 of the sweep: 30"]


def test_progress_is_one_plain_line_a_tenth_away_from_a_terminal(capsys):
    sweep(lambda cell, rng: cell, range(40), seed=0, progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"sweep: {4 * k}/40 cells" for k in range(1, 11)]


def test_progress_rewrites_one_line_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    sweep(lambda cell, rng: cell, range(3), seed=0, progress=True)
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert written.endswith("\rsweep: 3/3 cells\n")


def test_a_sweep_without_cells_is_empty_and_silent(capsys):
    assert sweep(eigenvalues, [], seed=0, progress=True) == []
    assert capsys.readouterr() == ("", "")


def killed(folder, times, size, rng):
    """Kills its process at one cell, the first times."""
    if size == 33 and len(os.listdir(folder)) < times:
        os.mkdir(f"{folder}/{os.getpid()}")
        os.kill(os.getpid(), signal.SIGKILL)
    return eigenvalues(size, rng)


def test_a_killed_process_costs_time_and_no_results(serial, tmp_path):
    cell = partial(killed, str(tmp_path), 1)
    assert bits(sweep(cell, SIZES, seed=5, workers=2)) == serial
    assert len(os.listdir(tmp_path)) == 1


def test_a_cell_that_always_kills_its_process_is_given_up(tmp_path):
    with pytest.raises(BrokenProcessPool):
        sweep(partial(killed, str(tmp_path), 100), [1, 33], seed=5, workers=2)
    assert len(os.listdir(tmp_path)) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"seed": 1.5}, "seed must be a whole number, got 1.5"),
        ({"seed": 0, "workers": 0}, "workers must not be 0"),
        ({"seed": 0, "workers": 2, "client": object()}, "not both"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        sweep(eigenvalues, [3], **options)
