"""Break the core on purpose, one small change at a time: does a test notice?

``python -m trust mutate [MODULE ...] [--processes 2] [--limit-seconds S]``

mutmut writes every mutant of every function of a module (an operator, a number, a comparison, an
argument, a string, an assignment changed), and each is judged by the tests of that module which
call the function, and by the examples of its docstrings. All of it happens in a copy below
``_build/mutate``; properties are mutated like methods. Not mutated are docstrings, annotations and
what stands after ``raise``: the text of an error is for its reader (that it is raised, and
where, is judged).

A mutant that no test notices is a survivor. Survivors that change nothing one could observe are
listed in ``trust/equivalent.toml`` with the reason; the exit code is 1 when another one is left,
when a module has fewer than 90% of its mutants killed (a listed survivor counts as not killed, a
mutant that never ends as killed), or when the time was too short to judge all.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EQUIVALENT = ROOT / "trust" / "equivalent.toml"
ENOUGH = 0.9
KILLED, TIMED_OUT, SURVIVED, UNJUDGED = "killed", "timed out", "survived", "not judged"


@dataclass(frozen=True)
class Target:
    """Source files that are mutated together, and the test files that judge them."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]


def _core(wing: str, *names: str) -> Target:
    return Target(
        tuple(f"w2s/{wing}/{name}.py" for name in names),
        tuple(f"tests/{wing}/test_{name}.py" for name in names),
    )


def _wing(wing: str) -> dict[str, Target]:
    """Return one target a module, by its files; tests may bear the beginning of its name."""
    tests = sorted(path.stem.removeprefix("test_") for path in (ROOT / "tests" / wing).glob("*.py"))
    return {
        path.stem: Target(
            (f"w2s/{wing}/{path.name}",),
            tuple(f"tests/{wing}/test_{name}.py" for name in tests if path.stem.startswith(name)),
        )
        for path in sorted((ROOT / "w2s" / wing).glob("[!_]*.py"))
    }


TARGETS = {
    "ridgeless": _core("discrepancy", "ridgeless"),
    "subspaces": _core("discrepancy", "subspaces"),
    "sphere": _core("random_features", "sphere"),
    "gradient_flow": _core("random_features", "gradient_flow"),
    "limits": _core("random_features", "limits"),
    "moments": Target(
        ("w2s/practice/estimation/moments.py", "w2s/practice/estimation/rows.py"),
        ("tests/practice/test_moments.py",),
    ),
    "claims": _core("page", "claims", "decisions", "comparison"),
    **_wing("neighbours"),
}
Name = tuple[str, str, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Mutant:
    """One changed function: what the lines were, what they became, and what the tests said."""

    module: str
    function: str
    state: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def name(self) -> Name:
        """What identifies the mutant however the file around it moves."""
        return self.module, self.function, self.before, self.after


# What stands in the copy instead of the repository's own conftest. A failing example is enough:
# it need not be made small.
CONFTEST = """
import contextlib

from hypothesis import Phase, settings

with contextlib.suppress(ImportError):
    import tests.discrepancy.geometries  # loads a profile of its own; from now on ours holds

settings.register_profile(
    "quick", phases=(Phase.explicit, Phase.generate), database=None, deadline=None,
    derandomize=True, report_multiple_bugs=False, max_examples=40,
)
settings.load_profile("quick")
"""

# The examples of the docstrings, as they are in the sources: every mutant repeats its docstring.
EXAMPLES = """
import doctest
import importlib

import pytest

CASES = {cases!r}
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("name", CASES)
def test_example(name):
    module, text = CASES[name]
    names = dict(vars(importlib.import_module(module)))
    example = doctest.DocTestParser().get_doctest(text, names, name, None, 0)
    runner = doctest.DocTestRunner(verbose=False, optionflags=FLAGS)
    runner.run(example, out=lambda _: None)
    assert not runner.failures
"""


def lifted(source: str) -> str:
    """Turn ``@property def f`` into ``def f`` and ``f = property(f)``: mutmut skips decorators."""
    lines = source.splitlines(keepends=True)
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for node in sorted(functions, key=lambda node: -node.lineno):
        by = [getattr(decorator, "id", "") for decorator in node.decorator_list]
        if by in (["property"], ["cached_property"]):
            again = f"{' ' * node.col_offset}{node.name} = {by[0]}({node.name})\n"
            lines.insert(node.end_lineno or len(lines), again)
            del lines[node.decorator_list[0].lineno - 1]
    return "".join(lines)


def examples(path: str, source: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield ``name, (module, docstring)`` of everything in `source` that shows an example."""
    module = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Module)
    for node in ast.walk(ast.parse(source)):
        text = ast.get_docstring(node) if isinstance(node, kinds) else None
        if text and ">>>" in text:
            yield f"{module}.{getattr(node, 'name', '')}", (module, text)


def prepare(root: Path, target: Target, folder: Path) -> None:
    """Fill `folder` with a copy of the sources and tests in the shape that mutmut wants."""
    shutil.rmtree(folder, ignore_errors=True)
    packages = sorted({source.split("/")[0] for source in target.sources})
    for name in (*packages, "tests"):
        shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    cases = dict[str, tuple[str, str]]()
    for source in target.sources:
        text = (folder / source).read_text(encoding="utf-8")
        cases |= dict(examples(source, text))
        (folder / source).write_text(lifted(text), encoding="utf-8")
    tests = list(target.tests)
    if cases:
        tests.append("tests/test_examples_of_docstrings.py")
        (folder / tests[-1]).write_text(EXAMPLES.format(cases=cases), encoding="utf-8")
    (folder / "tests" / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    mutmut = {
        "source_paths": packages,
        "only_mutate": list(target.sources),
        "do_not_mutate_patterns": [r"^\s*raise\b"],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "--tb=no", "--assert=plain"],
        "pytest_add_cli_args_test_selection": tests,
        "timeout_constant": 2.0,
        "timeout_multiplier": 8.0,
        "track_dependencies": False,
        "use_git_change_detection": False,
    }
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    pytest = project.get("tool", {}).get("pytest", {}).get("ini_options", {})
    pytest = {key: pytest[key] for key in ("filterwarnings", "markers") if key in pytest}
    (folder / "pyproject.toml").write_text(
        _table("tool.mutmut", mutmut) + _table("tool.pytest.ini_options", pytest), encoding="utf-8"
    )


def _table(name: str, values: Mapping[str, object]) -> str:
    # Strings, numbers, truth values and lists of them are written alike in JSON and TOML.
    return "\n".join([f"[{name}]", *(f"{k} = {json.dumps(v)}" for k, v in values.items()), "", ""])


def run(folder: Path, processes: int, seconds: float) -> None:
    """Let mutmut judge the mutants of a prepared folder; what it says is kept in ``log.txt``."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    environment = os.environ | threads | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": ""}
    log = folder / "log.txt"
    with log.open("w") as said:
        worker = subprocess.Popen(
            [sys.executable, "-c", "from mutmut.__main__ import cli; cli()", "run",
             "--max-children", str(processes)],
            cwd=folder, env=environment, stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip
        try:
            failed = worker.wait(None if seconds == float("inf") else max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            failed = 0
        finally:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
    if failed:
        raise SystemExit(f"mutmut could not work in {folder}:\n{log.read_text()[-2000:]}")


def judged(module: str, target: Target, folder: Path) -> list[Mutant]:
    """Read what mutmut found out; lines are kept of the mutants that survived."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code
    from mutmut.utils.file_utils import change_cwd
    from mutmut.utils.format_utils import orig_function_and_class_names_from_key

    states = {"killed": KILLED, "segfault": KILLED, "timeout": TIMED_OUT, "not checked": UNJUDGED}
    mutants = []
    for source in target.sources:
        try:
            meta = json.loads((folder / "mutants" / f"{source}.meta").read_text(encoding="utf-8"))
        except (OSError, ValueError):  # stopped before its mutants were written
            mutants.append(Mutant(module, source, UNJUDGED))
            continue
        for key, code in meta["exit_code_by_key"].items():
            function, owner = orig_function_and_class_names_from_key(key)
            function = f"{owner}.{function}" if owner else function
            state = states.get(status_by_exit_code[code], SURVIVED)
            lines: list[str] = []
            if state == SURVIVED:
                with change_cwd(folder):
                    lines = get_diff_for_mutant(key, path=source).split("\n")[2:]
            before, after = (
                tuple(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
            )
            mutants.append(Mutant(module, function, state, before, after))
    return mutants


def accepted(path: Path) -> dict[Name, str]:
    """Return the survivors that are listed as equivalent, with their reasons."""
    if not path.exists():
        return {}
    listed = tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", [])
    return {
        (e["module"], e["function"], tuple(e["before"]), tuple(e["after"])): e["reason"]
        for e in listed
    }


def report(mutants: Sequence[Mutant], known: Mapping[Name, str]) -> bool:
    """Print what survives without being listed; return whether the module may pass."""
    survivors = [mutant for mutant in mutants if mutant.state == SURVIVED]
    left = [mutant for mutant in survivors if mutant.name not in known]
    for mutant in left:
        print(f"  survived in {mutant.module}.{mutant.function}:")
        print(*(f"    - {line}" for line in mutant.before), sep="\n")
        print(*(f"    + {line}" for line in mutant.after), sep="\n")
    complete = all(mutant.state != UNJUDGED for mutant in mutants)
    here = {name for name in known if name[0] in {mutant.module for mutant in mutants}}
    for name in sorted(here - {mutant.name for mutant in survivors} if complete else ()):
        print(f"  listed as equivalent, but killed or gone: {name[0]}.{name[1]}: {name[3]}")
    return not left and complete and _share(mutants) >= ENOUGH


def _share(mutants: Sequence[Mutant]) -> float:
    states = Counter(mutant.state for mutant in mutants)
    return (states[KILLED] + states[TIMED_OUT]) / max(len(mutants), 1)


def table(rows: Mapping[str, tuple[Sequence[Mutant], float]]) -> str:
    """Return one line per module, and their sum."""
    everything = [mutant for mutants, _ in rows.values() for mutant in mutants]
    total = {"together": (everything, sum(seconds for _, seconds in rows.values()))}
    states = (KILLED, SURVIVED, TIMED_OUT, UNJUDGED)
    lines = [("module", "mutants", *states, "share killed", "seconds")]
    for name, (mutants, seconds) in {**rows, **total}.items():
        counts = Counter(mutant.state for mutant in mutants)
        numbers = [str(number) for number in (len(mutants), *(counts[s] for s in states))]
        lines.append((name, *numbers, f"{_share(mutants):.1%}", f"{seconds:.0f}"))
    return "\n".join(f"{name:13}" + "".join(f"{x:>13}" for x in cells) for name, *cells in lines)


def main(
    arguments: list[str],
    root: Path = ROOT,
    targets: Mapping[str, Target] = TARGETS,
    equivalent: Path = EQUIVALENT,
) -> int:
    """Mutate the named modules, or all, and print the table; see the module's docstring."""
    parser = argparse.ArgumentParser("python -m trust mutate", description=__doc__.split("\n")[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(targets))
    parser.add_argument("--processes", type=int, default=2, choices=range(1, 65), metavar="N")
    parser.add_argument("--limit-seconds", type=float, default=float("inf"), metavar="S",
                        help="stop after so many seconds in all")  # fmt: skip
    asked = parser.parse_args(arguments)
    for name in asked.modules:
        if name not in targets:
            parser.error(f"no module {name!r} among {', '.join(targets)}")
    if find_spec("mutmut") is None:
        print("mutate: needs mutmut, which `make mutate` installs", file=sys.stderr)
        return 2
    end = time.monotonic() + asked.limit_seconds
    known, rows, passed = accepted(equivalent), {}, True
    for name in asked.modules or targets:
        print(f"{name}:", flush=True)
        folder, begun = root / "_build" / "mutate" / name, time.monotonic()
        prepare(root, targets[name], folder)
        run(folder, asked.processes, end - time.monotonic())
        mutants = judged(name, targets[name], folder)
        passed &= report(mutants, known)
        rows[name] = (mutants, time.monotonic() - begun)
    print(table(rows))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
