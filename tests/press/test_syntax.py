"""Text that CPython's parser cannot take is one kind of error, wherever the press meets it."""

from __future__ import annotations

import ast

import pytest

from press import outputs, stale, syntax
from press.executed import Executed
from press.pages import Page
from tests import ROOT

# CPython 3.11: a full stack of the parser (MemoryError), and of the tree (RecursionError).
DEEP = {
    "parser": (ROOT / "trust/corpus/parameters/nested-beyond-the-parser").read_text(),
    "tree": 100_000 * "-" + "1",
}
HOSTILE = [*DEEP.values(), "a = '\0'", "(" * 5000, "1 +", "9" * 5000, "é = \ud800"]


@pytest.mark.parametrize("parse", [syntax.module, syntax.expression])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_cannot_be_parsed_is_a_syntax_error_and_nothing_else(parse, text):
    with pytest.raises(SyntaxError) as caught:
        parse(text)
    assert caught.value.__context__ is None and caught.value.msg


def test_what_can_be_parsed_is_what_ast_gives():
    text = "def f(x: int) -> int:\n    return x + 1\n"
    assert ast.dump(syntax.module(text)) == ast.dump(ast.parse(text))
    assert ast.dump(syntax.module(text.encode())) == ast.dump(ast.parse(text))
    assert ast.literal_eval(syntax.expression("[1, 'a']")) == [1, "a"]


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_a_page_of_deep_nesting_names_no_module_and_calls_nothing(tmp_path, text):
    page = tmp_path / "page.py"
    page.write_text(f"# %%\n{text}\n", encoding="utf-8")
    assert list(stale.imported_modules(ROOT, page)) == []
    cell = {"cell_type": "code", "metadata": {}, "source": text, "outputs": []}
    page = Executed(Page("p", "p", "notebook"), {"cells": [cell]})
    assert list(outputs._calling(page, ("claim",), "claims")) == []
