"""Run a page's own code cells in this process, with another seed, and keep how claims were decided.

No kernel, no pictures, no glued numbers; the parameters are those of the paper profile but for
the seed. The rules of decision are watched: what `claim` receives is joined with the numbers from
which the rule made it.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import io
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from press.sources import Source

ROUNDING = 1e-12  # of the prediction: what `monte_carlo` allows beside the standard error
RULES = ("monte_carlo", "inequality", "interval")
NOISY = ("monte_carlo", "interval", "agrees")  # calls that always decide with a standard error
Stated = dict[str, Any]


def is_statistical(source: Source) -> bool:
    """Whether a page decides a claim by a rule that knows a standard error."""
    cells = [cell["source"] for cell in source.notebook.cells if cell["cell_type"] == "code"]
    calls = [node for node in ast.walk(ast.parse("\n".join(cells))) if isinstance(node, ast.Call)]
    for call in calls:
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        noisy = any(one.arg == "standard_error" for one in call.keywords)
        if name in NOISY or (name == "inequality" and noisy):
            return True
    return False


def stated(source: Source, seed: int) -> list[Stated]:
    """Run a page at the paper scale with `seed`; return its claims in the order of the page."""
    notebook = source.prepared(source.values("paper", {"seed": str(seed)}))
    claims: list[Stated] = []
    space: dict[str, Any] = {"__name__": "page"}
    with _listening(claims), contextlib.redirect_stdout(io.StringIO()):
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type == "code":
                exec(compile(cell.source, f"{source.page.id}, cell {number}", "exec"), space)
    return claims


@contextlib.contextmanager
def _listening(claims: list[Stated]) -> Iterator[None]:
    """Watch the rules and the claims; draw no figure, glue no number."""
    rules, comparison, figures = (
        importlib.import_module(f"w2s.page.{name}") for name in ("claims", "comparison", "figures")
    )
    decided: dict[int, tuple[Any, Stated]] = {}  # by identity; the decision is kept alive

    def watched(name: str, rule: Callable[..., Any]) -> Callable[..., Any]:
        def deciding(*args: Any, **options: Any) -> Any:
            decision = rule(*args, **options)
            given = inspect.signature(rule).bind(*args, **options)
            given.apply_defaults()
            decided[id(decision)] = decision, evidence(name, given.arguments)
            return decision

        return deciding

    def claim(id_: str, *, decision: Any, **about: Any) -> None:
        record = rules.judge(id_, decision=decision, **about)
        _, numbers = decided.get(id(decision), (None, {"rule": "sure"}))
        shown = {name: record[name] for name in ("id", "expect", "verdict", "passed", "points")}
        claims.append(shown | {"evidence": rules.evidence(record)} | numbers)

    glue = types.ModuleType("myst_nb")
    glue.glue = lambda *args, **options: None  # type: ignore[attr-defined]
    swaps = [
        (vars(home), name, watched(name, getattr(home, name)))
        for home in (rules, comparison)
        for name in RULES
        if hasattr(home, name)
    ]
    swaps += [(vars(rules), "claim", claim), (sys.modules, "myst_nb", glue)]
    swaps += [(vars(figures), "figure", lambda *args, **options: None)]
    before = [table.get(name) for table, name, _ in swaps]
    try:
        for table, name, value in swaps:
            table[name] = value
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for (table, name, _), old in zip(swaps, before, strict=True):
            if old is None:
                table.pop(name, None)
            else:
                table[name] = old


def evidence(rule: str, given: Mapping[str, Any]) -> Stated:
    """Return what a rule was given, in units of the standard error.

    For `monte_carlo` every entry's z = (measured - predicted) / standard error, and the largest
    standard error as a share of what the resolution admits; for the others the least distance
    from the wrong side, in standard errors.
    """
    if rule == "monte_carlo":
        predicted, error = np.asarray(given["predicted"]), np.asarray(given["standard_error"])
        coarse = float(np.max(error / np.abs(predicted)) / given["resolution"])
        rounding = error <= ROUNDING * np.abs(predicted)
        z = _in_errors(given["measured"], predicted, np.where(rounding, 0.0, error))
        return {"rule": rule, "allowance": float(given["allowance"]), "coarse": coarse, "z": z}
    if rule == "inequality":
        if given["standard_error"] is None:
            return {"rule": "sure"}
        larger = np.asarray(given["larger"]) + given["slack"]
        room = _in_errors(larger, given["smaller"], given["standard_error"])
    else:
        ends = np.array([given["low"], given["high"]])
        room = _in_errors(
            np.array([1, -1]) * given["estimate"], np.array([1, -1]) * ends, given["standard_error"]
        )
    return {"rule": rule, "room": min((x for x in room if x is not None), default=None)}


def _in_errors(value: Any, other: Any, error: Any) -> list[float | None]:
    """Return differences in standard errors; None where there is none to measure with."""
    difference = np.asarray(value, dtype=float) - np.asarray(other, dtype=float)
    difference, error = np.broadcast_arrays(difference, np.asarray(error, dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (difference / error).ravel()
    return [float(f"{x:.5g}") if np.isfinite(x) else None for x in z]
