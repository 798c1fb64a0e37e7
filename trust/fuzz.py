"""Look for inputs that break a reader: ``python -m trust fuzz [TARGET...] [--seconds 30]``.

Guided by coverage (atheris, libFuzzer) each target of `trust.targets` is given mutations of the
inputs kept in ``trust/corpus``, for some seconds. An input that breaks it goes to the corpus, which
`make test` replays. Exit code 1 when there is one.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trust.targets import CORPUS, SECONDS, TARGETS, survives, warm

WORK = Path("_build") / "fuzz"
_RUNS = re.compile(r"number_of_executed_units:\s*(\d+)")
_LIVE = re.compile(r"^#(\d+)\s", re.MULTILINE)
_SAID = re.compile(r"^Finding: (.*)|ERROR: (libFuzzer: .*)", re.MULTILINE)
_LARGEST = 20_000  # bytes of an input
_MEMORY = 1024  # MiB of a fuzzing process
_IN_MEMORY = Path("/dev/shm")  # where Linux has it: a disk would halve the inputs of a second
_INSTRUMENTED = ["w2s", "zipfile", "json", "yaml", "jupytext", "zarr", "PIL", "pickle", "csv"]


@dataclass
class Found:
    """What came of a target: inputs tried, and those that broke it, with what was said."""

    name: str
    runs: int = 0
    broken: dict[Path, str] = field(default_factory=dict)


def main(arguments: list[str]) -> int:
    """Fuzz the named targets, or all, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m trust fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=30, help="for each target (30)")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no target is called {unknown[0]!r}; the targets are {', '.join(TARGETS)}")
    results = [fuzz(name, given.seconds) for name in given.targets or TARGETS]
    for one in results:
        for path, said in one.broken.items():
            print(f"fuzz: {one.name} is broken by {path}: {said}")
    runs, broken = sum(one.runs for one in results), sum(len(one.broken) for one in results)
    print(f"fuzz: {len(results)} targets, {runs:,} inputs, {broken} findings")
    return 1 if broken else 0


def fuzz(name: str, seconds: int) -> Found:
    """Fuzz one target in processes of its own; go on after a finding while there is time."""
    found, end = Found(name), time.monotonic() + seconds
    broken: dict[str, bytes] = {}
    own = WORK / name
    own.mkdir(parents=True, exist_ok=True)
    while (left := end - time.monotonic()) > 1:
        command = [
            sys.executable, "-m", "trust.fuzz", name, str(own), str(CORPUS / name),
            f"-max_total_time={int(left)}", f"-artifact_prefix={own}.", f"-timeout={2 * SECONDS}",
            f"-max_len={_LARGEST}", f"-rss_limit_mb={_MEMORY}", "-print_final_stats=1",
        ]  # fmt: skip
        settings = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MPLBACKEND": "agg"}
        if _IN_MEMORY.is_dir():
            settings["TMPDIR"] = str(_IN_MEMORY)
        done = subprocess.run(
            command, env=os.environ | settings, capture_output=True, text=True, errors="replace",
            check=False,
        )  # fmt: skip
        counts = _RUNS.findall(done.stderr) or _LIVE.findall(done.stderr)
        found.runs += int(counts[-1]) if counts else 0
        if done.returncode == 0:
            break
        for reason, content in _broken(own, done.stdout + done.stderr):
            broken.setdefault(reason, content)
    for reason, content in broken.items():  # not before: an input of the corpus comes first
        kept = CORPUS / name / f"found-{hashlib.sha256(content).hexdigest()[:8]}"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content)
        found.broken[kept] = reason
    print(f"fuzz: {name:16} {found.runs:9,} inputs, {len(found.broken)} findings", flush=True)
    return found


def _broken(own: Path, said: str) -> Iterator[tuple[str, bytes]]:
    """Yield what broke a target, once for each reason."""
    reasons = [one or other for one, other in _SAID.findall(said)]
    last = (said.strip().splitlines() or ["it ended without a word"])[-1]
    for path in own.parent.glob(f"{own.name}.*-*"):
        yield re.sub(r"w2s-fuzz-\w+", "", (reasons or [last])[0]), path.read_bytes()
        path.unlink()


def _child(arguments: list[str]) -> None:
    """Fuzz one target until libFuzzer ends this process."""
    import atheris

    name, *options = arguments
    with atheris.instrument_imports(include=_INSTRUMENTED):
        import press.sources  # noqa: F401

        warm(name)
    atheris.Setup([sys.argv[0], *options], lambda data: survives(name, data))
    atheris.Fuzz()


if __name__ == "__main__":
    _child(sys.argv[1:])
