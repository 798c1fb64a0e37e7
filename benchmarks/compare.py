"""Whether a run is slower than the committed record, beyond the noise of its own pairs.

A line has regressed when its whole interval lies on the worse side of the whole recorded interval
*and* its value is worse than the recorded one by more than a quarter. A line that was measured
only once counts with an interval of a quarter on both sides. Seconds, milliseconds and frames
depend on the machine and are not judged; ratios, memory and exponents are. A line whose interval is
so wide that a factor of two could hide in it is said to be too noisy, and does not fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

ALLOWED = 1.25
HIDDEN = 2.0  # the factor that a sound measurement must be able to notice
JUDGED = ("times", "GiB", "MiB", "fitted exponent")

Line = Mapping[str, Any]


def is_judged(line: Line) -> bool:
    return line["kind"] == "ratio" or str(line["unit"]).startswith(JUDGED)


def value(line: Line) -> float:
    return float(line["ratio"] if line["kind"] == "ratio" else line["value"])


def badness(line: Line) -> tuple[float, float, float]:
    """A line's value and interval as numbers that are larger when it is worse."""
    found = value(line)
    low, high = line.get("interval") or (found / ALLOWED, found * ALLOWED)
    if line["kind"] == "ratio" or line.get("more_is_better"):
        return 1 / found, 1 / high, 1 / low
    return found, low, high


def verdict(now: Line, recorded: Line) -> tuple[str, float]:
    """Return "slower", "faster", "too noisy" or "same", and how many times worse the line is."""
    (new, least, most), (old, recorded_least, recorded_most) = badness(now), badness(recorded)
    worse = new / old
    if worse > ALLOWED and least > recorded_most:
        return "slower", worse
    if worse < 1 / ALLOWED and most < recorded_least:
        return "faster", worse
    return ("too noisy" if most / least > HIDDEN**2 else "same"), worse


def compare(now: Sequence[Line], recorded: Sequence[Line]) -> tuple[bool, list[str]]:
    """Compare the lines of a run with those of the record.

    Returns
    -------
    bool
        Whether nothing has regressed and nothing is missing.
    list of str
        One line for everything that is not the same, and a summary.
    """
    old = {line["id"]: line for line in recorded}
    suites = {line["suite"] for line in now}
    told = [
        f"{name}: MISSING, the record has it"
        for name in old.keys() - {line["id"] for line in now}
        if old[name]["suite"] in suites
    ]
    ok, counts = not told, {"slower": 0, "faster": 0, "too noisy": 0, "same": 0, "new": 0}
    for line in now:
        name = line["id"]
        if name not in old:
            counts["new"] += 1
        elif is_judged(line):
            found, worse = verdict(line, old[name])
            counts[found] += 1
            if found != "same":
                told.append(_line(line, old[name], found, worse))
            ok &= found != "slower"
    told.append(", ".join(f"{count} {name}" for name, count in counts.items()))
    return ok, told


def _line(now: Line, recorded: Line, found: str, worse: float) -> str:
    word = found.upper() if found == "slower" else found
    by = {"slower": f" by a factor of {worse:.2f}", "faster": f" by a factor of {1 / worse:.2f}"}
    return f"{now['id']}: {word}{by.get(found, '')}, {_shown(now)}; recorded {_shown(recorded)}"


def _shown(line: Line) -> str:
    interval = line.get("interval")
    told = f" ({interval[0]:.4g} to {interval[1]:.4g})" if interval else " (measured once)"
    return f"{value(line):.4g}{told}"
