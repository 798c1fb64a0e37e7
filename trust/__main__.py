"""``make trust``: what a sceptic would try, one part after the other, and a table of verdicts.

``python -m trust PART [arguments]`` runs one part, ``python -m trust`` the long ones in turn. A
part that fails does not stop the next; the exit code is 1 when any failed.
"""

from __future__ import annotations

import importlib
import sys
import time

# What a part tries, and with which arguments it runs as one of all.
ALL = {
    "wheel": [],
    "faults": [],
    "strangers": [],
    "fuzz": ["--seconds", "10"],
    "bytes": [],
    "live": [],
    "reseed": ["--seeds", "1", "--first", "101"],
    "truth": ["--seeds", "2"],
    "mutate": [],
}
ALONE = ["licences"]


def main(arguments: list[str]) -> int:
    if arguments:
        part, *rest = arguments
        if part not in {*ALL, *ALONE}:
            print(
                f"trust: no part {part!r}; there are {', '.join([*ALL, *ALONE])}", file=sys.stderr
            )
            return 2
        return run(part, rest)
    verdicts = []
    for part, given in ALL.items():
        print(f"== {part}", flush=True)
        start = time.monotonic()
        code = run(part, given)
        verdicts.append((part, code, time.monotonic() - start))
    print("== verdicts")
    for part, code, seconds in verdicts:
        print(f"{part:9s} {'passed' if code == 0 else f'FAILED ({code})':12s} {seconds:6.0f} s")
    return int(any(code for _, code, _ in verdicts))


def run(part: str, arguments: list[str]) -> int:
    return int(importlib.import_module(f"trust.{part}").main(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
