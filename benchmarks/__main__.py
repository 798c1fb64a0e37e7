"""``make bench``: print every ratio and every measurement, and keep them.

The record goes to ``_build/bench.json``; with ``--record`` it also becomes the committed
``benchmarks/results.json``, of which ``benchmarks/REPORT.md`` is made. A goal that is missed is
said, and does not fail: speed depends on the machine. A regression against the committed record
does, with ``--compare``, which `make bench` gives (`benchmarks.compare` states the rule).
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.compare import compare
from benchmarks.report import markdown
from press.files import write_if_changed, write_json

SUITES = ["discrepancy", "random_features", "practice", "use"]
LAST = Path("_build/bench.json")
RECORD = Path("benchmarks/results.json")
REPORT = Path("benchmarks/REPORT.md")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(SUITES)}")
    parser.add_argument("--record", action="store_true", help=f"update {RECORD}")
    parser.add_argument(
        "--compare", action="store_true", help=f"fail when {RECORD} was faster beyond the noise"
    )
    parser.add_argument("--last", action="store_true", help=f"measure nothing: read {LAST}")
    given = parser.parse_args(arguments)
    unknown = set(given.suites) - set(SUITES)
    if unknown:
        print(f"bench: no suite {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")
        return 2
    suites, recorded = given.suites or SUITES, _lines(RECORD)
    for name in () if given.last else suites:
        lines = []
        for line in importlib.import_module(f"benchmarks.{name}").lines():
            print(line.line(), flush=True)
            lines.append({"suite": name, "kind": type(line).__name__.lower()} | asdict(line))
        for target in [LAST, RECORD] if given.record else [LAST]:
            _keep(target, name, lines)
    if RECORD.is_file():
        write_if_changed(REPORT, markdown(json.loads(RECORD.read_text(encoding="utf-8"))))
    if not given.compare:
        return 0
    ok, told = compare([line for line in _lines(LAST) if line["suite"] in suites], recorded)
    for text in told:
        print(f"compare: {text}")
    return 0 if ok else 1


def _lines(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8"))["lines"]) if path.is_file() else []


def _keep(target: Path, suite: str, lines: list[dict[str, object]]) -> None:
    """Put the lines of a suite in the place of its old ones, the other suites left as they are."""
    kept = [*(line for line in _lines(target) if line["suite"] != suite), *lines]
    kept.sort(key=lambda line: SUITES.index(str(line["suite"])))
    write_json(target, {"machine": machine(), "lines": kept})


def machine() -> dict[str, str]:
    """What decides the numbers, in words that name no one's machine."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        named = [x for x in cpuinfo.read_text().splitlines() if x.startswith("model name")]
        model = named[0].split(":", 1)[1].strip() if named else model
    found = {"processor": model, "cores": str(len(os.sched_getaffinity(0)))}
    found |= {name: metadata.version(name) for name in ("numpy", "scipy")}
    return found | {"python": platform.python_version()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
