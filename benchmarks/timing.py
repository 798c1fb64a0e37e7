"""CPU seconds of two ways to do the same work, measured in turns, and single measurements."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

_CHILD = """
import importlib, json, re, resource, sys, time
from pathlib import Path
module, function, given = json.loads(sys.argv[1])
work = getattr(importlib.import_module(module), function)
start = time.process_time(), time.perf_counter()
result = work(**given)
spent = time.process_time() - start[0], time.perf_counter() - start[1]
# The high-water mark of this program alone: ru_maxrss would begin with that of its parent.
status = Path("/proc/self/status")
told = re.search(r"VmHWM:\\s+(\\d+)", status.read_text()) if status.is_file() else None
peak = (int(told[1]) if told else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 2**20
print(json.dumps({"cpu": spent[0], "wall": spent[1], "gib": peak, "result": result}))
"""


@dataclass(frozen=True)
class Ratio:
    """One line of the record: how much cheaper `ours` is than `baseline`, and the goal."""

    id: str
    work: str
    baseline: str
    ours: str
    baseline_seconds: float
    our_seconds: float
    ratio: float
    goal: float | None
    note: str = ""

    @property
    def met(self) -> bool:
        return self.goal is None or self.ratio >= self.goal

    def line(self) -> str:
        note = f"; {self.note}" if self.note else ""
        if self.goal is None:
            return f"{self.work}: {self.ours} against {self.baseline}: {self.ratio:,.2f}{note}"
        verdict = "met" if self.met else "MISSED"
        return (
            f"{self.work}: {self.ours} is {self.ratio:,.1f} times cheaper than {self.baseline} "
            f"(goal {self.goal:,.4g}: {verdict}{note})"
        )


@dataclass(frozen=True)
class Measured:
    """One line of the record: a number with its unit, and what it should not exceed."""

    id: str
    work: str
    value: float
    unit: str
    goal: float | None
    note: str = ""

    @property
    def met(self) -> bool:
        return self.goal is None or self.value <= self.goal

    def line(self) -> str:
        note = f"; {self.note}" if self.note else ""
        verdict = "met" if self.met else "MISSED"
        goal = "" if self.goal is None else f" (goal at most {self.goal:,.4g}: {verdict})"
        return f"{self.work}: {self.value:,.3g} {self.unit}{goal}{note}"


Line = Ratio | Measured


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def in_turns(
    baseline: Callable[[], object], ours: Callable[[], object], rounds: int = 3
) -> tuple[float, float]:
    """Median CPU seconds of both, the rounds interleaved so that a busy machine slows both."""
    times = [(cpu_seconds(baseline), cpu_seconds(ours)) for _ in range(rounds)]
    return median(t[0] for t in times), median(t[1] for t in times)


def in_child(module: str, function: str, **given: Any) -> dict[str, Any]:
    """Run a function in a fresh process: CPU and wall seconds, peak GiB and its result."""
    task = json.dumps([module, function, given])
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, task], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{module}.{function} failed:\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))
