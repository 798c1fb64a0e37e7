"""Does ``w2s diagnose`` tell the truth? Asked in worlds where training again and again knows it.

    python -m trust truth [--seeds 40] [--first 1] [--worlds NAME ...] [--head ridge]
                          [--processes 2] [--record]

Every seed is another user with another file of the same world. A confident verdict is wrong if
what training gives says otherwise by more than its own three standard errors, and so is the advice
to mix student and SFT baseline where one model alone does better than this very average; intervals
count in the files whose verdict nothing held back. Truths and diagnoses are kept under
``_build/trust/truth`` and not computed again as long as their code is the same. ``--record``
writes ``trust/truth.json``. The exit status is 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import w2s
from press.files import write_json
from press.pages import find_root
from trust.brute import MODELS, Truth, drawn_key, known_truth, truth_after
from trust.reseed import ONE_THREAD, _end_with_the_parent
from trust.worlds import WORLDS, World
from w2s._command import UserError

HEADS = ("ridge", "ridgeless")
KEPT, RECORD = Path("_build", "trust", "truth"), Path("trust", "truth.json")
CONFIDENT = (
    "helps", "helps, but fine-tune", "practically equal", "does not help",
    "neither beats a constant",
)  # fmt: skip
HELD = ("not to be believed", "no prediction for this n", "refused")
HOLDS = ("Held back", "Nothing to decide")  # how the headline of a verdict that is held back begins
EQUAL = 0.02  # share of the teacher's error that "practically equal" and "about as good" promise
CLEAR = 0.04  # share of the teacher's error from which on a lead should be noticed
SURE = 3.0  # standard errors of a truth that decide
WRONG, MISSED = 0.02, 0.05  # shares of confident verdicts and of intervals that may be wrong
Run = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """One file of one world, and where what is diagnosed there is kept."""

    world: str
    number: int
    head: str
    code: str

    @property
    def seed(self) -> int:
        """The file's own seed: no two worlds share their random numbers."""
        text = f"{self.world} {self.number}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:4], "big") // 2

    @property
    def path(self) -> Path:
        return KEPT / "runs" / f"{self.world}-{self.number}-{self.head}-{self.code[:16]}.json"


def diagnosed(job: Job) -> Run:
    """Return what the diagnosis of a file says, from where it is kept if it was asked before."""
    try:
        return dict(json.loads(job.path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        pass
    world = WORLDS[job.world]
    run: Run = {"world": job.world, "number": job.number}
    run |= asked(world, job.seed, job.head)
    write_json(job.path, run)
    return run


def asked(world: World, seed: int, head: str) -> Run:
    """Diagnose one file of a world; a refusal is an answer too."""
    from w2s.practice.diagnosis import diagnose

    rows = world.file(np.random.default_rng(seed), world.rows)
    later = world.fresh and world.fresh(np.random.default_rng(seed), world.rows)
    try:
        found = diagnose(
            *rows, n_labelled=world.n, n_unlabelled=world.big_n, head=head, seed=seed % 1000,
            fresh=later,
        )  # fmt: skip
    except ValueError as error:
        return {"answer": "refused", "why": str(error), "held": True, "intervals": {}}
    verdict, point = found.verdict, found.point
    run: Run = {
        "answer": verdict.answer,
        "why": verdict.headline,
        "held": verdict.answer in HELD or verdict.headline.startswith(HOLDS),
        "intervals": {
            name: [float(getattr(getattr(point, name), end)) for end in ("low", "value", "high")]
            for name in (*MODELS, "gain", "over_sft")
        },
    }
    if point.mixture is not None:
        run |= {"mix": verdict.mix, "weight": float(point.weight.value)}
        ends = (point.mixture.low, point.mixture.value, point.mixture.high)
        run["intervals"]["mixture"] = [float(end) for end in ends]
    if head == "ridgeless" and not world.stopped and not run["held"]:
        changes = found.estimates.weak.transform, found.estimates.strong.transform
        run["truth"] = truth_after(world, changes)
    return run


def wrong(answer: str, known: Truth) -> str:
    """Return what a confident answer says that is not so, empty if the truth allows it."""
    low = {name: known.value[name] - SURE * known.error[name] for name in known.value}
    high = {name: known.value[name] + SURE * known.error[name] for name in known.value}
    near = EQUAL * known.value["teacher"]
    behind, ahead = "the student is not ahead of its teacher", "the student is ahead of its teacher"
    said = {
        "helps": [
            (high["gain"] < 0, behind),
            (high["over_sft"] < -near, "fine-tuning is better"),
        ],
        "helps, but fine-tune": [
            (high["gain"] < 0, behind),
            (low["over_sft"] > 0, "fine-tuning is not better"),
        ],
        "practically equal": [(low["gain"] > near, ahead), (high["gain"] < -near, behind)],
        "does not help": [(low["gain"] > 0, ahead)],
        "neither beats a constant": [
            (high[name] < low["constant"], f"the {name} beats a constant")
            for name in ("teacher", "student")
        ],
    }
    return ", ".join(what for untrue, what in said.get(answer, []) if untrue)


def wrong_mix(run: Run, known: Truth) -> str:
    """Return which single model does better than the average that was advised, empty if none."""
    if not run.get("mix", False):
        return ""
    leads = known.mixed(run["weight"])
    better = [
        f"the {name} alone is better"
        for name in ("teacher", "student", "sft")
        if leads[name][0] + SURE * leads[name][1] < 0
    ]
    return ", ".join(better)


def models_of(run: Run) -> list[str]:
    """Name the models whose errors a run states: the mixture is one where it is predicted."""
    return [name for name in (*MODELS, "mixture") if name in run["intervals"]]


def missed(run: Run, known: Truth) -> list[str]:
    """Name the models whose true error lies outside its interval, where one was stated."""
    found = []
    for model in models_of(run):
        low, _, high = run["intervals"][model]
        value, error = (
            known.mixed(run["weight"])[model] if model == "mixture"
            else (known.value[model], known.error[model])
        )  # fmt: skip
        if not low - SURE * error <= value <= high + SURE * error:
            found.append(model)
    return found


def stated(run: Run) -> bool:
    """Whether a run gave intervals that count: nothing held its verdict back."""
    return not run["held"] and all(
        math.isfinite(end) for model in models_of(run) for end in run["intervals"][model]
    )


def judged(world: World, runs: Iterable[Run], known: Truth | None) -> dict[str, Any]:
    """Count in one world; `known` is its truth, None where every run brings its own."""
    found: dict[str, Any] = {"about": world.about, "n": world.n, "N": world.big_n}
    found |= {"rows": world.rows, "stopped": world.stopped}
    if known is not None:
        found["truth"] = {name: float(f"{value:.4g}") for name, value in known.value.items()}
    answers: Counter[str] = Counter()
    confident, clear, intervals, mixes, faults, misses = 0, 0, 0, 0, [], Counter[str]()
    for run in runs:
        answer, mix = run["answer"], bool(run.get("mix", False))
        at = f"file {run['number']}: {answer}" + (", mix" if mix else "")
        answers[answer] += 1
        mixes += mix
        sure = (answer in CONFIDENT and answer not in world.allowed) or mix
        confident += answer in CONFIDENT or mix
        if world.stopped:
            faults += [f"{at}, where nothing can be said"] if sure else []
            continue
        truth = known or (Truth(**run["truth"]) if "truth" in run else None)
        if truth is None:
            continue
        clear += abs(truth.value["gain"]) > CLEAR * truth.value["teacher"]
        why = ", ".join(filter(None, (wrong(answer, truth), wrong_mix(run, truth))))
        if why:
            faults.append(f"{at}, but {why}: {_numbers(run, truth)}")
        if stated(run):
            intervals += len(models_of(run))
            misses.update(missed(run, truth))
    found |= {"answers": dict(sorted(answers.items())), "mixes": mixes}
    found |= {"confident": confident, "faults": faults}
    return found | {"clear": clear, "intervals": intervals, "missed": dict(sorted(misses.items()))}


def _numbers(run: Run, known: Truth) -> str:
    """Show the leads that were stated, and the true ones."""
    shown = []
    for name in ("gain", "over_sft"):
        low, value, high = run["intervals"][name]
        true = f"{known.value[name]:.3g} ± {known.error[name]:.2g}"
        shown.append(f"{name} {value:.3g} ({low:.3g} to {high:.3g}), in truth {true}")
    return "; ".join(shown)


def totals(worlds: dict[str, dict[str, Any]]) -> dict[str, int]:
    """Count over all worlds with a truth; a diagnosis that never decides would never be wrong."""
    passing = [found for found in worlds.values() if not found["stopped"]]
    return {
        "confident": sum(found["confident"] for found in passing),
        "wrong": sum(len(found["faults"]) for found in passing),
        "clear": sum(found["clear"] for found in passing),
        "decided": sum(found["confident"] for found in passing if found["clear"]),
    }


def targets(worlds: dict[str, dict[str, Any]]) -> list[str]:
    """Return which targets are missed; one file alone misses no target."""
    passing = {name: found for name, found in worlds.items() if not found["stopped"]}
    lines, sums = [], totals(worlds)
    if sums["wrong"] > max(1, WRONG * sums["confident"]):
        lines.append(
            f"{sums['wrong']} of {sums['confident']} confident verdicts are wrong, over {WRONG:.0%}"
        )
    for name, found in passing.items():
        out = sum(found["missed"].values())
        if out > max(len(MODELS), MISSED * found["intervals"]):
            lines.append(f"{name}: {out} of {found['intervals']} intervals miss the true error")
    for name, found in worlds.items():
        if found["stopped"] and found["faults"]:
            lines.append(f"{name}: {len(found['faults'])} confident verdicts")
    return lines


def table(worlds: dict[str, dict[str, Any]]) -> Iterable[str]:
    """Return lines for a person: one for each world, and what went wrong there."""
    yield f"{'world':32} {'n':>4} {'N':>5} {'sure':>5} {'wrong':>6} {'covered':>8}  answers"
    for name, found in worlds.items():
        out, given = sum(found["missed"].values()), found["intervals"]
        covered = f"{1 - out / given:.1%}" if given else "-"
        answers = ", ".join(f"{count} {answer}" for answer, count in found["answers"].items())
        answers += f"; {found['mixes']} to mix" if found["mixes"] else ""
        answers = f"(to be stopped) {answers}" if found["stopped"] else answers
        yield (
            f"{name:32} {found['n']:4} {found['N']:5} {found['confident']:5} "
            f"{len(found['faults']):6} {covered:>8}  {answers}"
        )
    for name, found in worlds.items():
        yield from (f"{name}, {fault}" for fault in found["faults"])
        if found["missed"]:
            misses = ", ".join(f"{model} {count}" for model, count in found["missed"].items())
            yield f"{name}, intervals that miss: {misses}"


def code() -> str:
    """Hash the code that diagnoses."""
    total = hashlib.sha256()
    root = Path(w2s.__file__).parent
    for path in sorted(root.rglob("*.py")):
        total.update(f"{path.relative_to(root)}".encode() + path.read_bytes())
    return total.hexdigest()


def main(arguments: list[str]) -> int:
    """Diagnose what is missing, judge what is there, write the record if asked."""
    parser = argparse.ArgumentParser(prog="python -m trust truth", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seeds", type=int, default=40, help="files of each world (40)")
    parser.add_argument("--first", type=int, default=1, help="number of the first one (1)")
    parser.add_argument("--worlds", nargs="+", default=list(WORLDS), metavar="NAME")
    parser.add_argument("--head", choices=HEADS, default="ridge", help="what is trained (ridge)")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--record", action="store_true", help=f"write {RECORD}")
    options = parser.parse_args(arguments)
    if options.seeds < 1 or options.first < 1 or options.processes < 1:
        parser.error("--seeds, --first and --processes are at least 1")
    unknown = [name for name in options.worlds if name not in WORLDS]
    if unknown:
        parser.error(f"there is no world {unknown[0]}; there are {', '.join(WORLDS)}")
    try:
        os.chdir(find_root(Path.cwd()))
    except UserError as error:
        print(f"truth: {error}", file=sys.stderr)
        return 2
    worlds = found_out(options)
    print("\n".join(table(worlds)))
    sums = totals(worlds)
    print(
        f"head {options.head}: {sums['wrong']} of {sums['confident']} confident verdicts wrong; a "
        f"lead above {CLEAR:.0%} was decided in {sums['decided']} of {sums['clear']} files"
    )
    broken = targets(worlds)
    for line in broken:
        print(f"WRONG: {line}")
    if options.record:
        about = {"head": options.head, "seeds": options.seeds, "first": options.first}
        write_json(RECORD, about | sums | {"worlds": worlds})
    return int(bool(broken))


def found_out(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Train for the truths and diagnose the files, in processes of one thread each."""
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    key = code()
    numbers = range(options.first, options.first + options.seeds)
    jobs = [
        Job(name, number, options.head, key + drawn_key(WORLDS[name]))
        for name in options.worlds
        for number in numbers
    ]
    defined = [WORLDS[name] for name in options.worlds if not WORLDS[name].stopped]
    context = multiprocessing.get_context("spawn")
    start = _end_with_the_parent
    with ProcessPoolExecutor(options.processes, context, initializer=start) as pool:
        truths = {}
        if options.head == "ridge":
            names = [world.name for world in defined]
            truths = dict(zip(names, pool.map(_truth, names), strict=True))
        runs = []
        for run in pool.map(diagnosed, jobs):
            runs.append(run)
            if run["number"] == numbers[-1]:
                print(f"{len(runs)} of {len(jobs)} files, {run['world']}", flush=True)
    return {
        name: judged(WORLDS[name], [r for r in runs if r["world"] == name], truths.get(name))
        for name in options.worlds
    }


def _truth(name: str) -> Truth:
    return known_truth(WORLDS[name], KEPT)
