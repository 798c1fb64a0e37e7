"""Runs of one page with other seeds, as the runner makes them."""

from __future__ import annotations

import numpy as np

from press.seeds.record import seed_of


def run(number, z, *, page="part/first", error="", **changes):
    """Return what the runner keeps of one page that states two claims."""
    mean = {"id": "tiny.mean", "rule": "monte_carlo", "allowance": 0.0, "z": z, "expect": "holds",
            "verdict": "holds", "passed": True, "evidence": "<b>", "points": len(z)}  # fmt: skip
    sure = {key: mean[key] for key in mean if key not in ("allowance", "z")}
    claims = [mean | changes, sure | {"id": "tiny.sum", "rule": "sure"}]
    about = {"page": page, "number": number, "seed": seed_of(page, number), "seconds": 1.0}
    return about | {"claims": [] if error else claims, "error": error}


def normal_runs(count, **how):
    """Return runs whose z-scores are standard normal."""
    drawn = np.random.default_rng(7).standard_normal((count, 4))
    return [run(k + 1, **{"z": list(z)} | how) for k, z in enumerate(drawn)]
