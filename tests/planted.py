"""Run a page's own code in this process, on modules in which one term is changed.

What a build does, without a kernel and without pictures: the code cells run in order at the smoke
scale, and the claims they state are collected. A planted mistake is a changed source text; every
module that depends on it is imported afresh. Samplers that do not depend on it are remembered
by their arguments and the state of their generator, so that pages run many times measure once.
"""

from __future__ import annotations

import contextlib
import importlib
import pickle
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from functools import cache, wraps
from pathlib import Path
from typing import Any

import jupytext
import numpy as np

from tests.conftest import ROOT
from tests.test_architecture import imports

SAMPLERS = {
    "w2s.discrepancy.simulate": ("least_squares", "noise_averaged", "single_model", "train_chain"),
    "w2s.discrepancy.samplers": ("joint_wishart", "scalar_law"),
}


@cache
def dependents(module: str) -> frozenset[str]:
    """Dotted names of the modules that import `module`, at any distance, and its own."""
    arrows = {dotted(path): imports(path) for path in (ROOT / "w2s").rglob("*.py")}
    reached = {module}
    while more := {n for n, to in arrows.items() if names(to) & reached} - reached:
        reached |= more
    return frozenset(reached)


def names(imported: set[str]) -> set[str]:
    """Return dotted names and what they stand in: ``a.b`` of ``a.b.c`` may be the module."""
    return imported | {name.rpartition(".")[0] for name in imported}


def named(stem: str) -> str:
    """Return the dotted name of the only module of that last name."""
    (found,) = (dotted(path) for path in (ROOT / "w2s").rglob(f"{stem}.py"))
    return found


def dotted(path: Path) -> str:
    """Return the name of the module of a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@contextlib.contextmanager
def planted(module: str, right: str, wrong: str) -> Iterator[None]:
    """Put `wrong` in the place of `right` in a module, for everything imported meanwhile."""
    path = ROOT / f"{module.replace('.', '/')}.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(right) == 1, f"{right!r} stands {text.count(right)} times in {path.name}"
    # The packages that show these modules are looked up before any of them is taken away.
    shows = {name: _attributes(name) for name in dependents(module)}
    kept = {name: sys.modules.pop(name, None) for name in shows}
    shown = {name: shows[name].pop(name.rpartition(".")[2], None) for name in shows}
    changed = types.ModuleType(module)
    changed.__file__ = str(path)
    sys.modules[changed.__name__] = changed
    shows[module][module.rpartition(".")[2]] = changed
    try:
        exec(compile(text.replace(right, wrong), str(path), "exec"), vars(changed))
        yield
    finally:
        for name in kept:
            _swap(sys.modules, name, kept[name])
            _swap(shows[name], name.rpartition(".")[2], shown[name])


def _attributes(name: str) -> dict[str, Any]:
    """Return the attributes of the package that a module stands in, where it is loaded."""
    return vars(sys.modules.get(name.rpartition(".")[0], types.ModuleType("none")))


def stated(
    page: str, until: set[str], *, remember: bool = True, changed: tuple[str, str] = ("", "")
) -> dict[str, dict[str, Any]]:
    """Run a page at the smoke scale until it has stated the claims `until`; return its records.

    `remember` recalls what samplers drew before; it must be off where they depend on the mistake.
    `changed` is a text of the page, which stands there once, and what is put in its place.
    """
    text = (ROOT / "notebooks" / f"{page}.py").read_text(encoding="utf-8")
    right, wrong = changed
    assert not right or text.count(right) == 1, f"{right!r} stands {text.count(right)} times"
    notebook = jupytext.reads(text.replace(right, wrong) if right else text, fmt="py:percent")
    smoke = notebook.metadata.get("w2s", {}).get("smoke", {})
    records: dict[str, dict[str, Any]] = {}
    space: dict[str, Any] = {"__name__": "page"}
    with _listening(records, remember), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a wrong formula may divide by zero
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            exec(compile(cell.source, f"{page}, cell {number}", "exec"), space)
            if "parameters" in cell.metadata.get("tags", []):
                assert set(smoke) <= set(space)
                space |= smoke | {"profile": "smoke"}
            if until <= set(records):
                break
    return records


@contextlib.contextmanager
def _listening(records: dict[str, dict[str, Any]], remember: bool) -> Iterator[None]:
    """Collect claims; draw no figure, glue no number."""
    claims, figures = (
        importlib.import_module(f"w2s.page.{name}") for name in ("claims", "figures")
    )

    def emit(bundle: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        record = bundle[claims.MIME]
        records[record["id"]] = record

    glue = types.ModuleType("myst_nb")
    glue.glue = lambda *args, **options: None  # type: ignore[attr-defined]
    swaps: list[tuple[Any, str, Any]] = [
        (claims, "emit", emit),
        (figures, "figure", lambda *args, **options: None),
        (sys.modules, "myst_nb", glue),
    ]
    for name, functions in SAMPLERS.items() if remember else ():
        home = importlib.import_module(name)
        swaps += [(home, one, _remembered(getattr(home, one))) for one in functions]
    before = [_swap(*swap) for swap in swaps]
    try:
        yield
    finally:
        for (home, name, _), old in zip(swaps, before, strict=True):
            _swap(home, name, old)


def _swap(home: Any, name: str, value: Any) -> Any:
    """Set an attribute, or a key of a dictionary; None removes. Return what was there."""
    table = home if isinstance(home, dict) else vars(home)
    old = table.pop(name, None)
    if value is not None:
        table[name] = value
    return old


_MEMORY: dict[bytes, tuple[Any, Any]] = {}


def _remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Recall a result drawn from the same arguments and the same state of the generator."""

    @wraps(function)
    def recalled(*args: Any, **options: Any) -> Any:
        rng = next(a for a in (*args, *options.values()) if isinstance(a, np.random.Generator))
        try:  # a generator is pickled with its state
            key = pickle.dumps((function.__name__, args, sorted(options.items())))
        except (pickle.PicklingError, AttributeError):  # a law of latents that is a closure
            return function(*args, **options)
        if key not in _MEMORY:
            _MEMORY[key] = function(*args, **options), rng.bit_generator.state
        result, rng.bit_generator.state = _MEMORY[key]
        return result

    return recalled


def samplers_depend_on(module: str) -> bool:
    """Whether what samplers draw may change with `module`."""
    return any(name in dependents(module) for name in SAMPLERS)
