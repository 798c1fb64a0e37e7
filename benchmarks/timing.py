"""CPU seconds of two ways to do the same work, measured in turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Ratio:
    """One line of the record: how much cheaper `ours` is than `baseline`, and the goal."""

    work: str
    baseline: str
    ours: str
    baseline_seconds: float
    our_seconds: float
    ratio: float
    goal: float | None

    def line(self) -> str:
        if self.goal is None:
            return f"{self.work}: {self.ratio:,.2f} times ({self.ours} -> {self.baseline})"
        return (
            f"{self.work}: {self.ours} is {self.ratio:,.1f} times cheaper than {self.baseline} "
            f"(goal {self.goal:,.0f})"
        )


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
