"""Sources of pages: as long as their result, and no loop that changes a name of the page."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import pytest

from press.size import code_cells, lengths, library
from tests import ROOT

PAGES = sorted((ROOT / "notebooks").rglob("*.py"))


def names(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that are set somewhere in these nodes."""
    found = (one for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name))
    return {one.id for one in found if isinstance(one.ctx, ast.Store)}


class Loops(ast.NodeVisitor):
    """The targets of a page's loops, what else sets its names, and where they are read."""

    def __init__(self, tree: ast.Module) -> None:
        self.targets: dict[str, int] = {}  # of loops of the page itself, with their lines
        self.set: set[str] = set()  # outside of loops
        self.read: dict[str, int] = {}  # outside of the loops that set them
        self.running: list[set[str]] = []  # what the loops around a node set
        self.local: list[set[str]] = []  # names of the functions and comprehensions around it
        self.visit(tree)

    def faults(self) -> list[str]:
        """Return a line for each loop that changes a name which the page uses otherwise."""
        found = []
        for name, line in self.targets.items():
            if name != "_" and name in self.set:
                found.append(f"line {line}: the loop sets {name!r}, which the page sets too")
            elif name != "_" and name in self.read:
                found.append(f"line {line}: {name!r} of the loop is read in line {self.read[name]}")
        return found

    def visit_Name(self, node: ast.Name) -> None:
        if any(node.id in held for held in self.local):
            return
        if any(node.id in held for held in self.running):
            return
        if isinstance(node.ctx, ast.Store):
            self.set.add(node.id)
        else:
            self.read[node.id] = node.lineno

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        if self.local:  # of a function: its names are not the page's
            self.visit(node.target)
        else:
            self.targets |= dict.fromkeys(names([node.target]), node.lineno)
        self.running.append(names([node.target, *node.body]))
        for one in node.body:
            self.visit(one)
        self.running.pop()
        for one in node.orelse:
            self.visit(one)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.Lambda) -> None:
        if isinstance(node, ast.FunctionDef) and not self.local:
            self.set.add(node.name)
        outside = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        held = {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)} | names(body)
        self.within(held, outside, body)

    visit_Lambda = visit_FunctionDef

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.DictComp) -> None:
        held = names(one.target for one in node.generators)
        self.within(held, [node.generators[0].iter], list(ast.iter_child_nodes(node)))

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def visit_alias(self, node: ast.alias) -> None:
        self.set.add((node.asname or node.name).split(".")[0])

    def within(self, held: set[str], outside: list[ast.expr], inside: list[ast.AST]) -> None:
        for one in outside:
            self.visit(one)
        self.local.append(held)
        for one in inside:
            self.visit(one)
        self.local.pop()


def faults(source: str) -> list[str]:
    return Loops(ast.parse(source)).faults()


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_loop_changes_a_name_that_the_page_uses_after_it(path):
    # Comments stay where they are, so that the lines are those of the file.
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("size = 3\nfor size in (1, 2): print(size)\nprint(size)", 1),
        ("for size in (1, 2): pass\nprint(size)", 1),
        ("def law(n): return n * size\nfor size in (1, 2): law(size)", 1),
        ("import math as size\nif True:\n  for k, size in []: pass", 1),
        ("for k in (1, 2):\n  print(k)\nfor k in (3, 4):\n  print([k for _ in 'ab'])", 0),
        ("for k in (1, 2):\n  def panel(ax): ax.plot(k)\n  panel(0)\nx = [k for k in 'ab']", 0),
        ("def law(k):\n  for size in (1, 2): k += size\n  return size\nsize = law(3)", 0),
        ("for k in 'ab':\n  m = k\n  print(m)\nfor m in 'ab': print(m)", 0),
        ("for k in 'ab':\n  m = k\nfor m in 'ab': print(m)\nprint(m)", 1),
        ("x = {k: v for k, v in []}\nf = lambda k: k\nfor k, v in x.items(): print(f(k), v)", 0),
    ],
)
def test_a_name_that_a_loop_changes_is_told_from_one_that_loops_share(source, count):
    assert len(faults(source)) == count


def test_the_pages_are_as_long_as_their_results():
    # The aims of issue 14; `python -m press size` prints what they are about.
    pages = lengths(ROOT)
    assert len(pages) == len(PAGES)
    assert {one.page: one.code for one in pages if one.code > 320} == {}
    assert {one.page: one.cell for one in pages if one.cell > 45} == {}


def test_the_library_keeps_few_rooms_at_its_top():
    _, rooms = library(ROOT)
    assert rooms <= 20


def test_cells_of_prose_are_no_code():
    source = "# header\n# %% [markdown]\n# text\n# %% tags=['x']\na = 1\n\nb = 2\n# %%\nc = 3\n"
    assert code_cells(source) == ["a = 1\n\nb = 2\n", "c = 3\n"]
