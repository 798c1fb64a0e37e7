"""CPU seconds of two ways to do the same work, measured in turns, and single measurements."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from scipy.special import stdtrit
from threadpoolctl import threadpool_limits

CONFIDENCE = 0.95
ALONE = 0.05  # assumed relative noise of a long baseline that is run only once

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


Interval = tuple[float, float]


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
    interval: Interval | None = None

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
    """One line of the record: a number with its unit, and what it should not exceed or miss."""

    id: str
    work: str
    value: float
    unit: str
    goal: float | None
    note: str = ""
    interval: Interval | None = None
    more_is_better: bool = False
    share: float | None = None  # of the machine's own limit, measured in the same run

    @property
    def met(self) -> bool:
        if self.goal is None:
            return True
        return self.value >= self.goal if self.more_is_better else self.value <= self.goal

    def line(self) -> str:
        note = f"; {self.note}" if self.note else ""
        note += "" if self.share is None else f"; {self.share:.0%} of the limit"
        verdict = "met" if self.met else "MISSED"
        side = "at least" if self.more_is_better else "at most"
        goal = "" if self.goal is None else f" (goal {side} {self.goal:,.4g}: {verdict})"
        return f"{self.work}: {self.value:,.3g} {self.unit}{goal}{note}"


Line = Ratio | Measured


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


@dataclass(frozen=True)
class Machine:
    """What this machine can do at its best, for numbers of one kind and some threads."""

    bandwidth: float  # bytes read in a second
    gemm: float  # operations in a second of one product of square matrices

    def least(self, size: float, operations: float) -> float:
        """Seconds that reading and arithmetic need, whichever is longer."""
        return max(size / self.bandwidth, operations / self.gemm)


def wall_seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def machine_limits(dtype: str, threads: int = 1, rounds: int = 5) -> Machine:
    """Measure the limits: in CPU seconds on one thread, in wall time on several."""
    clock = cpu_seconds if threads == 1 else wall_seconds
    x, a = np.ones(2**26, dtype), np.ones((1536, 1536), dtype)
    parts = np.array_split(x, threads)
    with ThreadPoolExecutor(threads) as pool, threadpool_limits(1):
        read = min(clock(lambda: list(pool.map(lambda v: v @ v, parts))) for _ in range(rounds))
    with threadpool_limits(threads):
        product = min(clock(lambda: a @ a) for _ in range(rounds))
    return Machine(x.nbytes / read, 2.0 * len(a) ** 3 / product)


def touched(gib: float = 0.5) -> float:
    """Return bytes a second of memory that this process has never used: write once to each page.

    A virtual machine may have to fetch it from its host, which no algorithm can make faster.
    """
    memory = np.empty(int(gib * 2**30), np.uint8)
    return memory.size / cpu_seconds(lambda: memory[::4096].fill(1))


@dataclass(frozen=True)
class Paired:
    """Seconds of both sides, the ratio of a pair, and an interval for it from all pairs."""

    baseline_seconds: float
    our_seconds: float
    ratio: float
    interval: Interval | None


def in_turns(
    baseline: Callable[[], object], ours: Callable[[], object], rounds: int = 5,
    *, runs: tuple[int, int] = (1, 1), assumed: float = 0.0,
) -> Paired:  # fmt: skip
    """Seconds of one run of both; the rounds are interleaved, so a busy machine slows both.

    `runs` says how many runs of the work one call makes on each side.
    """
    pairs = [(cpu_seconds(baseline) / runs[0], cpu_seconds(ours) / runs[1]) for _ in range(rounds)]
    return paired(pairs, assumed)


def against_one(baseline_seconds: float, ours: Callable[[], object], rounds: int = 3) -> Paired:
    """Ours several times against a baseline that is too long to be run more than once."""
    pairs = [(baseline_seconds, cpu_seconds(ours)) for _ in range(rounds)]
    return paired(pairs, assumed=ALONE)


def paired(pairs: Sequence[tuple[float, float]], assumed: float = 0.0) -> Paired:
    """Medians of both sides; the ratio is the geometric mean of the ratios of the pairs."""
    ratio, interval = spread([slow / fast for slow, fast in pairs], assumed)
    return Paired(median(p[0] for p in pairs), median(p[1] for p in pairs), ratio, interval)


def spread(values: Sequence[float], assumed: float = 0.0) -> tuple[float, Interval | None]:
    """Geometric mean of repetitions, and Student's interval for it; none for a single value.

    `assumed` is a relative noise that all repetitions share, so that they do not show it.
    """
    logs, count = np.log(values), len(values)
    mean = float(logs.mean())
    if count < 2:
        return float(np.exp(mean)), None
    quantile = stdtrit(count - 1, 0.5 + CONFIDENCE / 2)
    half = float(np.hypot(quantile * logs.std(ddof=1) / count**0.5, 1.96 * assumed))
    return float(np.exp(mean)), (float(np.exp(mean - half)), float(np.exp(mean + half)))


def cpu_seconds_of_child(command: Sequence[str]) -> float:
    """CPU seconds of a whole process, its start and end included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def in_child(module: str, function: str, **given: Any) -> dict[str, Any]:
    """Run a function in a fresh process: CPU and wall seconds, peak GiB and its result."""
    task = json.dumps([module, function, given])
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, task], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{module}.{function} failed:\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))
