"""``benchmarks/REPORT.md``: what the record says, as tables for a reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Line = Mapping[str, Any]
TITLES = {
    "discrepancy": "Part I: samplers of the risks",
    "random_features": "Part II: a student's path",
    "practice": "Part III: moments, sweeps, the diagnosis",
    "use": "In use",
}
INTRODUCTION = """# What it costs

How much cheaper the algorithms of this book are than what one would write first, and how their cost
grows. `make bench` measures both sides in one run and in turns, on one BLAS thread, and writes this
file from the record, `benchmarks/results.json`; it fails when a ratio, a memory or an exponent is
worse than the record beyond the noise of its pairs. "Of the limit" is the share of what the machine
itself can do, measured in the same run. Seconds depend on the machine: they are of one,
and a goal that is missed fails nothing.
"""
WHY = """## Why

* **A Krylov space sees a cluster as one point.** The Gram matrix of a ReLU student has a few
  clusters of eigenvalues, one for each degree of the sphere, however large it is. The number of
  products with it hardly depends on the student's width, so that the cost of the whole path grows
  like M_ST², that of a full eigendecomposition like M_ST³. An exponent fitted to a range of widths
  is not the limit's: at the smallest ones drawing the student and reading the path still count.
* **Gaussian designs enter the risks only through triangular factors** of the size of the feature
  spaces: the numbers of samples are degrees of freedom and cost nothing.
* **A product reads the matrix once.** A tile meets the rows in vector registers for both of its
  uses. "Of the limit" is the larger of reading time and arithmetic at the peak of a product of
  square matrices, measured in the same run; with eight rows arithmetic is the nearer one. Single
  precision reaches 1e-8 at half the price, because degrees zero and one are split off exactly and
  sums go on in double precision.
* **Two workers on one file gain less than two.** The states that travel are large at these widths.
* **The wrong tools are slow and wrong.** Minibatch SGD never sees the exact path, and the smallest
  value of its noisy curve is biased low; explicit Euler is stable long before it is accurate.
"""


def markdown(record: Mapping[str, Any]) -> str:
    """Return the report of a record: its machine, a table for each suite, the goals it misses."""
    lines, machine = record["lines"], record["machine"]
    parts = [INTRODUCTION, _about(machine)]
    for suite, title in TITLES.items():
        rows = [_row(line) for line in lines if line["suite"] == suite]
        if rows:
            head = "| work | measured | of the limit | 95% interval | goal |\n|---|---|---|---|---|"
            parts.append("\n".join([f"## {title}", "", head, *rows, ""]))
    missed = [f"* {line['work']}: {_value(line)}, goal {_goal(line)}" for line in missing(lines)]
    parts.append("\n".join(["## Goals that are missed", "", *(missed or ["None."]), ""]))
    return "\n".join([*parts, WHY])


def missing(lines: list[Line]) -> list[Line]:
    """Return the lines whose goal is not reached."""
    with_goal = [line for line in lines if line["goal"] is not None]
    return [
        line
        for line in with_goal
        if (_amount(line) < line["goal"] if _more(line) else _amount(line) > line["goal"])
    ]


def _about(machine: Mapping[str, str]) -> str:
    versions = ", ".join(f"{name} {machine[name]}" for name in ("python", "numpy", "scipy"))
    return (
        f"Recorded on {machine['processor']}, {machine['cores']} cores, with {versions}. "
        '"Times cheaper"\ncompares CPU time, or wall time where the line says so.\n'
    )


def _amount(line: Line) -> float:
    return float(line["ratio"] if line["kind"] == "ratio" else line["value"])


def _more(line: Line) -> bool:
    return bool(line["kind"] == "ratio" or line.get("more_is_better", False))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _value(line: Line) -> str:
    unit = "times cheaper" if line["kind"] == "ratio" else line["unit"]
    return f"{_number(_amount(line))} {unit}"


def _goal(line: Line) -> str:
    return "" if line["goal"] is None else f"{'≥' if _more(line) else '≤'} {_number(line['goal'])}"


def _row(line: Line) -> str:
    told = f"{line['ours']} against {line['baseline']}" if line["kind"] == "ratio" else ""
    more = "; ".join(filter(None, [told, line["note"]]))
    work = f"{line['work']} ({more})" if more else line["work"]
    ends = " to ".join(_number(end) for end in line.get("interval") or ())
    share = "" if line.get("share") is None else f"{line['share']:.0%}"
    return f"| {work} | {_value(line)} | {share} | {ends} | {_goal(line)} |"
