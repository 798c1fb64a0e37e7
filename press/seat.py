"""A kernel that is forked: it waits on its seat until papermill asks for one.

A process can be forked safely as long as it has one thread, and papermill has several when it
starts a kernel. So the kernel is forked first and waits. When jupyter_client would launch a command
it gets the waiting process instead, which goes on as ``python -m ipykernel_launcher`` would.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

_POLL_SECONDS = 0.01


class Seat:
    """The forked process, as its parent holds it; what jupyter_client uses of a `Popen`.

    Parameters
    ----------
    pid : int
        Its number.
    orders : int
        The writing end of the pipe on which it waits.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, orders: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._orders: int | None = orders

    @property
    def taken(self) -> bool:
        """Whether it has become a kernel; it can only once."""
        return self._orders is None

    def take(self, command: list[str], cwd: str, env: dict[str, str]) -> None:
        """Let it become the kernel of this command."""
        assert self._orders is not None
        order = {"arguments": command[3:], "cwd": str(cwd), "env": env}
        orders, self._orders = self._orders, None
        # Where it has been killed on its seat, jupyter_client will find that out.
        with contextlib.suppress(BrokenPipeError), open(orders, "w", encoding="utf-8") as stream:
            json.dump(order, stream)

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self) -> int:
        """Wait for its end."""
        while (code := self.poll()) is None:
            time.sleep(_POLL_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class SeatProvisioner(LocalProvisioner):
    """Gives the seat instead of a new process, the first time."""

    seat: Seat | None = None
    process: Any  # the seat, or a `Popen`

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Let the seat become the kernel; a second one is a process of its own."""
        seat = self.seat
        if seat is None or seat.taken or cmd[1:3] != ["-m", "ipykernel_launcher"]:
            return await super().launch_kernel(cmd, **kwargs)
        env = dict(kwargs["env"]) | {"JPY_PARENT_PID": str(os.getpid())}
        self.cwd = kwargs.get("cwd") or os.getcwd()
        seat.take(cmd, self.cwd, env)
        # The first of a group of its own, as soon as it has its order.
        self.process, self.pid, self.pgid = seat, seat.pid, seat.pid
        return self.connection_info


def use(seat: Seat) -> None:
    """Let jupyter_client take kernels from this seat."""
    SeatProvisioner.seat = seat
    factory = KernelProvisionerFactory.instance()
    entry = f"{SeatProvisioner.__module__}:{SeatProvisioner.__name__}"
    factory.provisioners["seat"] = EntryPoint("seat", entry, factory.GROUP_NAME)
    factory.default_provisioner_name = "seat"


_waiting_on = -1


def fork() -> Seat | None:
    """Fork the process that will be a kernel; None in that process, which then calls `kernel`."""
    global _waiting_on
    _waiting_on, orders = os.pipe()
    if pid := os.fork():
        os.close(_waiting_on)
        return Seat(pid, orders)
    os.close(orders)
    return None


def kernel() -> None:
    """Wait for the order, and go on as ``python -m ipykernel_launcher`` with its arguments."""
    with open(_waiting_on, encoding="utf-8") as stream:
        text = stream.read()
    if not text:  # the worker is gone
        return
    order = json.loads(text)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    _forget_randomness()
    import ipykernel_launcher  # type: ignore[import-untyped,unused-ignore]
    from ipykernel import kernelapp

    with contextlib.suppress(ValueError):
        sys.path.remove(str(Path.cwd()))  # the first; the launcher does the same
    sys.argv = [ipykernel_launcher.__file__, *order["arguments"]]
    # Whom it watches is read from the environment when ipykernel is imported.
    kernelapp.launch_new_instance(parent_handle=int(os.environ["JPY_PARENT_PID"]))


def _forget_randomness() -> None:
    """Give NumPy's old global generator a state of its own; Python's has one after every fork."""
    import numpy as np

    np.random.seed()  # noqa: NPY002
