"""``make bench``: print every ratio, and keep the record under ``_build``."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

SUITES = ["discrepancy"]


def main(names: list[str]) -> int:
    unknown = set(names) - set(SUITES)
    if unknown:
        print(f"bench: no suite {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")
        return 2
    record = []
    for name in names or SUITES:
        for ratio in importlib.import_module(f"benchmarks.{name}").ratios():
            print(ratio.line(), flush=True)
            record.append({"suite": name} | asdict(ratio))
    target = Path("_build/bench.json")
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
