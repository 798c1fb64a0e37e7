"""What many runs with other seeds say together, and whether chance explains it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from press.seeds.record import FOLDER, Run
from press.seeds.zscores import (
    ALPHA,
    Array,
    beyond,
    normal_scores,
    one_claim,
    pooled,
    too_many,
)
from w2s.page.decisions import FAMILY_ERROR, family_quantile

NOTES = f"{FOLDER}/notes.toml"
NARROW = 3.0
EDGES = np.linspace(-5.0, 5.0, 41)


@dataclass(frozen=True)
class Notes:
    """Claims whose z-scores are no standard normal numbers, and why; Student's degrees of few."""

    excluded: Mapping[str, str] = field(default_factory=dict)
    degrees: Mapping[str, float] = field(default_factory=dict)


def read_notes(root: Path) -> Notes:
    """Read the claims that are left out of the pool, and those that rest on few trials."""
    path = root / NOTES
    if not path.is_file():
        return Notes()
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return Notes(content.get("excluded", {}), content.get("degrees", {}))


def summary(runs: Iterable[Run], notes: Notes) -> dict[str, Any]:
    """Return pages and seeds, what failed, and how the z-scores are spread.

    Parameters
    ----------
    runs : iterable of dict
        One per page and seed, as the record has them or as they were run.
    notes : Notes
        What is known beforehand of single claims.
    """
    runs = sorted(runs, key=lambda run: (run["page"], run["number"]))
    cases = [(run, claim) for run in runs for claim in run["claims"]]
    noisy = [(run, claim) for run, claim in cases if claim["rule"] != "sure"]
    due = [(run, claim) for run, claim in noisy if claim["expect"] == "holds"]
    failed = [pair for pair in due if pair[1]["verdict"] == "fails"]
    open_ = [p for p in noisy if not p[1]["passed"] and p not in failed]
    sure = [pair for pair in cases if pair[1]["rule"] == "sure" and not pair[1]["passed"]]
    pages: dict[str, list[int]] = {}
    for run in runs:
        pages.setdefault(run["page"], []).append(run["number"])
    return {
        "pages": pages,
        "claims": len({claim["id"] for _, claim in noisy}),
        "cases": len(due),
        "expected": FAMILY_ERROR * len(due),
        "p": too_many(len(failed), len(due)),
        "failed": _named(failed),
        "undecided": _named(open_),
        "narrow": _narrow(due),
        "certain": {"cases": len(cases) - len(noisy), "failed": _named(sure)},
        "errors": [
            {"page": r["page"], "seed": r["seed"], "says": r["error"]} for r in runs if r["error"]
        ],
    } | _spread(noisy, notes)  # fmt: skip


def wrong(record: Mapping[str, Any]) -> list[str]:
    """Return one line for everything in a summary that chance does not explain."""
    lines = [f"{one['page']} with seed {one['seed']}: {one['says']}" for one in record["errors"]]
    lines += [
        f"{one['id']} has no standard error and failed with seed {one['seed']}: {one['evidence']}"
        for one in record["certain"]["failed"]
    ]
    if record["p"] < ALPHA:
        failures = len(record["failed"])
        lines.append(
            f"{failures} of {record['cases']} decisions failed, {record['expected']:.1f} expected"
        )
    for test in record["tests"]:
        if test["p"] < ALPHA:
            lines.append(
                f"{test['name']} is {test['value']:.3g} ± {test['error']:.2g}, "
                f"expected {test['expected']:.3g} (p = {test['p']:.1g})"
            )
    for name, one in record["off"].items():
        lines.append(
            f"{name}: z has mean {one['mean']:.2f} and mean square {one['square']:.2f} "
            f"(p = {one['p']:.1g})"
        )
    return lines


def _named(pairs: list[tuple[Run, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    return [
        {"id": claim["id"], "seed": run["seed"]}
        | {name: claim[name] for name in ("verdict", "evidence")}
        for run, claim in pairs
    ]


def _narrow(due: list[tuple[Run, Mapping[str, Any]]]) -> dict[str, float]:
    """Return how many standard errors claims hold beyond what they must, where that is little.

    What a claim has left is a normal number of variance 1 around this mean, so at 3 one seed in
    740 leaves the claim undecided, at 2 one in 44.
    """
    left: dict[str, list[float]] = {}
    for _, claim in due:
        if claim.get("room") is not None:
            need = family_quantile(claim["points"])
            left.setdefault(claim["id"], []).append(claim["room"] - need)
    means = {name: float(np.mean(values)) for name, values in left.items()}
    return {name: mean for name, mean in sorted(means.items()) if mean < NARROW}


def _spread(noisy: list[tuple[Run, Mapping[str, Any]]], notes: Notes) -> dict[str, Any]:
    """Summarise the z-scores: those that should be standard normal, and the others by name."""
    pool: dict[str, dict[str, Array]] = {}  # page: claim: (runs, entries)
    aside: dict[str, str] = {}
    runs = {run["page"]: 0 for run, _ in noisy}
    for page, _ in {(run["page"], run["number"]) for run, _ in noisy}:
        runs[page] += 1
    for name, group in _by_claim(noisy).items():
        page, claims = group[0][0]["page"], [claim for _, claim in group]
        z = _scores(claims, notes.degrees.get(name, math.inf))
        reason = notes.excluded.get(name, "")
        if claims[0]["expect"] != "holds":
            reason = "shown not to hold"
        elif claims[0]["allowance"] > 0:
            reason = f"an allowance of {claims[0]['allowance']:.2g} of the prediction"
        elif not z.size:
            reason = "no standard error, or another number of entries in every run"
        elif len(group) != runs[page]:
            reason = "not stated in every run"
        elif len(z) > 1 and (z == z[0]).all():
            reason = "the same with every seed"
        if reason:
            aside[name] = reason
        else:
            pool.setdefault(page, {})[name] = z
    each = {name: z for claims in pool.values() for name, z in claims.items()}
    probable = {name: one_claim(z) for name, z in each.items()}
    off = {n: _moments(each[n]) | {"p": p} for n, p in probable.items() if p * len(each) < ALPHA}
    values = np.concatenate([z.ravel() for z in each.values()]) if each else np.zeros(0)
    counts, _ = np.histogram(np.clip(values, EDGES[0], np.nextafter(EDGES[-1], 0)), EDGES)
    blocks = [np.hstack([*claims.values()]) for claims in pool.values()]
    weights = [len(claims) for claims in pool.values()]
    return {
        "z": {
            "claims": len(each), "entries": len(values), "runs": sum(map(len, blocks)),
            "mean": float(values.mean()) if len(values) else None,
            "deviation": float(values.std()) if len(values) else None,
            "edges": [float(EDGES[0]), float(EDGES[-1])], "counts": counts.tolist(),
            "beyond": [list(one) for one in beyond(values)] if len(values) else [],
        },
        "tests": [vars(test) for test in pooled(blocks, weights)] if blocks else [],
        "off": off,
        "aside": aside,
    }  # fmt: skip


def _by_claim(
    noisy: list[tuple[Run, Mapping[str, Any]]],
) -> dict[str, list[tuple[Run, Mapping[str, Any]]]]:
    found: dict[str, list[tuple[Run, Mapping[str, Any]]]] = {}
    for run, claim in noisy:
        if claim["rule"] == "monte_carlo":
            found.setdefault(claim["id"], []).append((run, claim))
    return found


def _scores(claims: list[Mapping[str, Any]], degrees: float) -> Array:
    """Return the z-scores of one claim, (runs, entries), of entries that every run measured."""
    length = max(len(claim["z"]) for claim in claims)
    rows = [claim["z"] + [None] * (length - len(claim["z"])) for claim in claims]
    z = np.array(rows, dtype=float)  # None becomes nan
    z = z[:, np.isfinite(z).all(axis=0)]
    return z if math.isinf(degrees) else normal_scores(z, degrees)


def _moments(z: Array) -> dict[str, Any]:
    return {
        "entries": z.shape[1],
        "mean": float(z.mean()) if z.size else None,
        "square": float((z**2).mean()) if z.size else None,
    }
