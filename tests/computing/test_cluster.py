"""On a real cluster the numbers are those of one process, whoever dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import dask.array as da
import joblib
import numpy as np
import pytest

from tests.dask_processes import PATIENCE, Processes, wait_until
from w2s.computing.cluster import connect
from w2s.computing.sweeps import sweep
from w2s.practice.estimation.accumulate import accumulate
from w2s.practice.estimation.moments import JointMoments

SIZES = [60, 7, 33, 64, 120, 5, 90, 11, 40, 50]


def eigenvalues(size, rng):
    """A cell whose last bits feel the number of BLAS threads."""
    draws = rng.standard_normal((size, 2 * size))
    return np.linalg.eigvalsh(draws @ draws.T)


def once(marker):
    """Whether nobody was here before."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def deadly(marker, size, rng):
    """Kills its worker half-way, the first time."""
    if size == 33 and once(marker):
        os.kill(os.getpid(), signal.SIGKILL)
    return eigenvalues(size, rng)


def regicide(scheduler, folder, size, rng):
    """Kills the scheduler once three other cells are done."""
    if size == 50:
        wait_until(lambda: len(os.listdir(folder)) >= 3)
        os.kill(scheduler, signal.SIGKILL)
    Path(folder, str(size)).touch()
    return eigenvalues(size, rng)


class Deadly(JointMoments):
    """Moments that kill their worker in the middle of a range, the first time."""

    def __init__(self, marker, width_strong, width_weak):
        super().__init__(width_strong, width_weak)
        self.marker = marker

    def update(self, strong, weak, labels):
        super().update(strong, weak, labels)
        if labels[0] == 3000 and once(self.marker):
            os.kill(os.getpid(), signal.SIGKILL)


def bits(results):
    return [result.tobytes() for result in results]


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    started = Processes(tmp_path_factory.mktemp("dask"))
    yield started
    started.stop()


@pytest.fixture
def cluster(processes, request):
    """The processes, all alive. If a test hangs they are killed, so that it fails."""
    processes.complete(workers=getattr(request, "param", 2))
    watchdog = threading.Timer(2 * PATIENCE, processes.stop)
    watchdog.start()
    yield processes
    watchdog.cancel()


@pytest.fixture
def client(cluster):
    with connect(cluster.address, patience=PATIENCE) as connected:
        yield connected


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files of features with labels that tell their row."""
    folder = tmp_path_factory.mktemp("files")
    x = np.random.default_rng(0).standard_normal((8000, 9)).astype(np.float32)
    paths = [folder / f"{name}.npy" for name in ("strong", "weak", "labels")]
    for path, part in zip(paths, (x[:, :5], x[:, 3:], np.arange(8000.0)), strict=True):
        np.save(path, part)
    return paths


def moments(files, **options):
    return accumulate(*files, make_state=JointMoments, block_rows=1000, **options)


@pytest.fixture(scope="module")
def serial():
    return bits(sweep(eigenvalues, SIZES, seed=5))


def test_a_sweep_on_a_cluster_is_that_of_one_process(serial, client):
    assert bits(sweep(eigenvalues, SIZES, seed=5, client=client)) == serial
    with joblib.parallel_config("dask", client=client):
        assert bits(sweep(eigenvalues, SIZES, seed=5)) == serial


def test_a_failure_on_a_cluster_keeps_its_type_and_names_its_cell(client):
    def refuse(size, rng):
        if size == 33:
            raise KeyError("no")
        return size

    with pytest.raises(KeyError, match="no") as caught:
        sweep(refuse, SIZES, seed=0, client=client)
    assert caught.value.__notes__ == ["in cell 2 of the sweep: 33"]
    assert sweep(refuse, [1, 2], seed=0, client=client) == [1, 2]  # the cluster lives on


def test_moments_on_a_cluster_are_those_of_one_process(files, client):
    alone, seen = moments(files), []
    found = moments(files, client=client, progress=lambda *rows: seen.append(rows))
    assert found.scatter.tobytes() == alone.scatter.tobytes()
    assert seen == [(4000, 8000), (8000, 8000)]  # each worker adds the ranges of its half itself
    arrays = [np.load(path) for path in files]
    assert moments(arrays, client=client).scatter.tobytes() == alone.scatter.tobytes()


def test_dask_arrays_are_read_on_the_cluster(files, client):
    arrays = [da.from_array(np.load(path), chunks=1700) for path in files]
    alone = moments(files).scatter.tobytes()
    assert moments(arrays).scatter.tobytes() == alone
    assert moments(arrays, client=client).scatter.tobytes() == alone
    kept = [client.persist(array) for array in arrays]
    assert moments(kept, client=client).scatter.tobytes() == alone


def test_the_first_bad_row_is_named_whoever_finds_one_first(files, client, tmp_path):
    strong = np.load(files[0])
    strong[[2500, 7100], [1, 2]] = np.nan
    np.save(tmp_path / "strong.npy", strong)
    with pytest.raises(ValueError, match=r"row 2500, column 1 of strong \(.*strong.npy\) is nan"):
        moments([tmp_path / "strong.npy", *files[1:]], client=client)
    assert moments(files, client=client).rows == 8000


def test_a_killed_worker_costs_no_cell(serial, cluster, client, tmp_path):
    marker = str(tmp_path / "marker")
    found = sweep(partial(deadly, marker), SIZES, seed=5, client=client)
    assert bits(found) == serial
    assert os.path.exists(marker)
    wait_until(lambda: sum(w.poll() is None for w in cluster.workers) == 1)


def test_a_killed_worker_costs_no_row(files, cluster, client, tmp_path):
    marker = str(tmp_path / "marker")
    found = accumulate(*files, make_state=partial(Deadly, marker), block_rows=1000, client=client)
    assert found.scatter.tobytes() == moments(files).scatter.tobytes()
    assert os.path.exists(marker)
    wait_until(lambda: sum(w.poll() is None for w in cluster.workers) == 1)


def test_a_lost_scheduler_is_said_and_how_far_the_sweep_was(cluster, tmp_path):
    cell = partial(regicide, cluster.scheduler.pid, str(tmp_path))
    with connect(cluster.address, patience=PATIENCE) as client:
        with pytest.raises(ConnectionError, match="lost the Dask scheduler at tcp://") as caught:
            sweep(cell, SIZES, seed=5, client=client)
    (note,) = caught.value.__notes__
    assert 0 <= int(note.removesuffix(" of 10 cells were finished")) < 10


@pytest.mark.parametrize("cluster", [1], indirect=True)
def test_a_lost_scheduler_ends_a_pass_over_tables(files, cluster):
    def fatal(width_strong, width_weak):
        os.kill(pid, signal.SIGKILL)
        return JointMoments(width_strong, width_weak)

    pid = cluster.scheduler.pid
    with (
        connect(cluster.address, patience=PATIENCE) as client,
        pytest.raises(ConnectionError, match="lost the Dask scheduler"),
    ):
        accumulate(*files, make_state=fatal, client=client)


@pytest.mark.parametrize("cluster", [0], indirect=True)
def test_a_scheduler_without_workers_is_said(cluster):
    with (
        pytest.raises(ValueError, match=r"the scheduler has no workers after 1 s"),
        connect(cluster.address, patience=1),
    ):
        pass


def test_one_process_needs_no_cluster():
    with connect() as client:
        assert client is None


def test_an_unreachable_scheduler_is_said_in_one_line(capfd):
    with socket.socket() as taken:  # bound and not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with (
            pytest.raises(ValueError, match=f"no Dask scheduler answers at {address} in 0.2 s"),
            connect(address, patience=0.2),
        ):
            pass
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scheduler": "nonsense"}, "scheduler at nonsense: missing port number"),
        ({"scheduler": "http://localhost:1"}, "unknown address scheme 'http'"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message), connect(**arguments):
        pass


def test_a_missing_extra_is_said_in_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ValueError, match=r"distributed is not installed.* extra w2s\[dask\]"),
        connect("tcp://127.0.0.1:1"),
    ):
        pass


def test_nothing_is_loaded_until_it_is_asked_for():
    code = (
        "import sys, w2s.practice.estimation.accumulate\n"
        "heavy = {'dask', 'distributed', 'pyarrow', 'zarr', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
