"""A cluster with certificates: `tls://` works by Dask's configuration, and nobody else comes in."""

from __future__ import annotations

import threading
from pathlib import Path

import dask
import distributed
import numpy as np
import pytest

from tests.dask_processes import PATIENCE, Processes
from w2s.cli import main
from w2s.computing.cluster import connect
from w2s.computing.sweeps import sweep

# A certificate that signs itself, with its key: of this test only, and worth nothing elsewhere.
CERTIFICATE = str(Path(__file__).with_name("cluster.pem"))
assert distributed.config  # is there before it is changed for a while
KNOWN = {
    f"distributed.comm.tls.{part}": CERTIFICATE for part in ("ca-file", "client.cert", "client.key")
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    words = [f"--tls-{part}={CERTIFICATE}" for part in ("ca-file", "cert", "key")]
    processes = Processes(tmp_path_factory.mktemp("dask"), "--protocol", "tls", *words)
    watchdog = threading.Timer(2 * PATIENCE, processes.stop)
    watchdog.start()
    try:
        processes.complete(workers=1)
        yield processes.address
    finally:
        watchdog.cancel()
        processes.stop()


def square(number, rng):
    return number * number


def test_a_cluster_is_reached_with_the_certificate_of_dasks_configuration(address):
    assert address.startswith("tls://")
    with dask.config.set(KNOWN), connect(address, patience=PATIENCE) as client:
        assert sweep(square, [1, 2, 3], seed=0, client=client) == [1, 4, 9]


def test_another_user_without_the_certificate_cannot_connect(address):
    with pytest.raises(ValueError, match="cannot use the Dask scheduler at tls://"):
        with connect(address, patience=PATIENCE):
            pass
    with pytest.raises(ValueError, match="no Dask scheduler answers at tcp://"):
        with connect(address.replace("tls", "tcp"), patience=1.0):
            pass


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "cannot use the Dask scheduler at tls://"),
        (
            {"distributed.comm.tls.ca-file": "/no/file", "distributed.comm.tls.client.cert": "/no"},
            "no Dask scheduler answers at tls://",
        ),
    ],
)
def test_what_is_wrong_with_a_certificate_is_one_line(tmp_path, capsys, changes, said):
    for name, width in (("W", 2), ("S", 3), ("y", 1)):
        np.save(tmp_path / f"{name}.npy", np.eye(60, width))
    files = [f"--{role}={tmp_path / name}.npy" for role, name in
             (("weak", "W"), ("strong", "S"), ("labels", "y"))]  # fmt: skip
    with dask.config.set(changes):
        assert main(["diagnose", *files, "--scheduler", "tls://127.0.0.1:1"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err.startswith(f"w2s: {said}")


def test_encryption_that_is_required_refuses_an_open_scheduler():
    with dask.config.set({"distributed.comm.require-encryption": True}):
        with pytest.raises(ValueError, match=r"cannot use .*encryption required"):
            with connect("tcp://127.0.0.1:1", patience=1.0):
                pass
