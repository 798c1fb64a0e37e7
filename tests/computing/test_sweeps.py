"""A sweep gives the same bits whoever computes it, and says which cell failed."""

import os
import signal
import threading
from collections import namedtuple
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


Pair = namedtuple("Pair", "size draw")
seen = []


def traced(scale, size, rng):
    seen.append(size)
    if size < 0:
        raise ValueError("negative")
    return Pair(size, scale * rng.random(3))


def stored(folder, cells, scale=1.0, seed=3):
    """What a sweep with a store returns, and the cells that it computed."""
    seen.clear()
    return sweep(partial(traced, scale), cells, seed=seed, store=folder), list(seen)


def test_finished_cells_are_not_computed_again(tmp_path):
    first, computed = stored(tmp_path, [10, 20, 30])
    assert computed == [10, 20, 30]
    again, computed = stored(tmp_path, [10, 20, 30, 40])
    assert computed == [40]
    assert [type(one) for one in again] == [Pair] * 4
    assert [one.draw.tobytes() for one in again[:3]] == [one.draw.tobytes() for one in first]
    assert (
        again[3].draw.tobytes() == stored(tmp_path / "new", [10, 20, 30, 40])[0][3].draw.tobytes()
    )


@pytest.mark.parametrize(
    ("change", "computed"),
    [
        ({"seed": 4}, [10, 20]),
        ({"scale": 2.0}, [10, 20]),
        ({"cells": [20, 10]}, [20, 10]),  # the stream belongs to the position
        ({"cells": [10, 21]}, [21]),
        ({}, []),
    ],
)
def test_a_kept_cell_is_known_by_value_position_seed_and_function(tmp_path, change, computed):
    stored(tmp_path, [10, 20])
    assert stored(tmp_path, **{"cells": [10, 20]} | change)[1] == computed


def adding(k):
    return lambda cell, rng: cell + k


def test_another_function_does_not_find_the_cells(tmp_path):
    makers = [lambda cell, rng: cell + 1, lambda cell, rng: cell + 2]
    assert [sweep(make, [1], seed=0, store=tmp_path) for make in makers] == [[2], [3]]
    assert [sweep(adding(k), [1], seed=0, store=tmp_path) for k in (10, 20)] == [[11], [21]]


def test_what_was_finished_before_a_failure_is_kept(tmp_path):
    with pytest.raises(ValueError, match="negative"):
        stored(tmp_path, [10, 20, -1, 40])
    assert len(list(tmp_path.glob("*.cell"))) == 2


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:40] + b"x" + b[41:]]
)
def test_a_damaged_cell_is_computed_again(tmp_path, damage):
    stored(tmp_path, [10, 20])
    path = min(tmp_path.glob("*.cell"))
    path.write_bytes(damage(path.read_bytes()))
    found, computed = stored(tmp_path, [10, 20])
    assert len(computed) == 1
    assert [one.size for one in found] == [10, 20]


def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space left"):
        stored(tmp_path, [10, 20])
    assert list(tmp_path.iterdir()) == []


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
