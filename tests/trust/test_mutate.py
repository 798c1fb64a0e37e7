"""The mutation harness itself: it notices a law that is missing, and only that."""

from __future__ import annotations

import ast
import tomllib

import pytest

from tests import ROOT
from trust import mutate

SOURCE = '''
class Rate:
    def __init__(self, share):
        self.share = share

    @property
    def percent(self):
        """A share of one as a share of a hundred."""
        if self.share < 0:
            raise ValueError("share must not be negative")
        return 100 * self.share
'''
WEAK = """
import pytest
from tiny.rate import Rate

def test_a_half():
    assert Rate(0.5).percent == 50

def test_negative_shares_are_refused():
    with pytest.raises(ValueError):
        Rate(-1).percent
"""
LAW = """
def test_nothing_is_nothing():
    assert Rate(0).percent == 0
"""


@pytest.fixture
def tiny(tmp_path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    for package in ("tiny", "tests"):
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "tiny" / "rate.py").write_text(SOURCE)
    return tmp_path


def judged(root, tests, *options):
    (root / "tests" / "test_rate.py").write_text(tests)
    targets = {"rate": mutate.Target(("tiny/rate.py",), ("tests/test_rate.py",))}
    return mutate.main(["--processes", "1", *options], root, targets, root / "equivalent.toml")


@pytest.mark.mutmut
def test_a_survivor_is_named_and_fails_until_a_law_kills_it(tiny, capsys):
    assert judged(tiny, WEAK) == 1
    said = capsys.readouterr().out
    edge = "    - if self.share < 0:\n    + if self.share <= 0:\n"
    assert f"survived in rate.Rate.percent:\n{edge}module" in said
    assert judged(tiny, WEAK + LAW) == 0
    assert "100.0%" in capsys.readouterr().out


@pytest.mark.mutmut
def test_a_run_that_had_no_time_does_not_pass(tiny, capsys):
    assert judged(tiny, WEAK + LAW, "--limit-seconds", "0.01") == 1
    assert "0.0%" in capsys.readouterr().out


def test_a_listed_survivor_passes_but_counts_as_not_killed():
    many = [mutate.Mutant("rate", "f", mutate.KILLED)] * 9
    left = mutate.Mutant("rate", "f", mutate.SURVIVED, ("a",), ("b",))
    assert not mutate.report([*many, left], {})
    assert mutate.report([*many, left], {left.name: "It is the same."})
    assert not mutate.report([*many[1:], left], {left.name: "It is the same."})  # 8 of 9


def test_without_the_library_it_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(mutate, "find_spec", lambda _: None)
    assert mutate.main([]) == 2
    assert capsys.readouterr().err == "mutate: needs mutmut, which `make mutate` installs\n"


def test_an_entry_whose_mutant_is_killed_is_pointed_out(capsys):
    listed = {("rate", "f", ("a",), ("b",)): "It is the same."}
    assert mutate.report([mutate.Mutant("rate", "f", mutate.KILLED)], listed)
    assert "but killed or gone: rate.f: ('b',)" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["nonsense"], ["--processes", "0"]])
def test_bad_arguments_are_refused(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        mutate.main(arguments)
    assert "error: " in capsys.readouterr().err


def test_every_target_has_its_sources_and_tests_and_all_of_part_four_is_a_target():
    for target in mutate.TARGETS.values():
        assert target.tests, target
        assert all((ROOT / path).is_file() for path in (*target.sources, *target.tests)), target
    modules = {path.stem for path in (ROOT / "w2s" / "neighbours").glob("*.py")} - {"__init__"}
    assert modules <= set(mutate.TARGETS)


def test_every_listed_survivor_names_lines_that_exist():
    listed = tomllib.loads(mutate.EQUIVALENT.read_text(encoding="utf-8"))["equivalent"]
    for entry in listed:
        sources = mutate.TARGETS[entry["module"]].sources
        found = [f for s in sources for f in functions((ROOT / s).read_text(encoding="utf-8"))]
        lines = next(body for name, body in found if name == entry["function"])
        assert entry["before"] and set(entry["before"]) <= lines, entry
        assert entry["before"] != entry["after"]
        assert len(entry["reason"]) > 20 and entry["reason"].endswith("."), entry


def functions(source):
    """Yield the names of functions and methods, as the list spells them, with their lines."""
    lines = source.splitlines()
    tree = ast.parse(source)
    for parent in (tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))):
        for node in parent.body:
            if isinstance(node, ast.FunctionDef):
                name = (
                    f"{parent.name}.{node.name}" if isinstance(parent, ast.ClassDef) else node.name
                )
                yield name, {line.strip() for line in lines[node.lineno - 1 : node.end_lineno]}
