"""The glossary: every name of the module that it gives exists, every term is short."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
BODY = TEXT.split("```{glossary}\n")[1].split("```")[0]
ENTRIES = dict(re.findall(r"^(\S.*)\n((?:    .*\n|\n)+)", BODY, re.MULTILINE))


def test_there_are_twenty_to_thirty_five_terms_each_with_a_page_and_a_name():
    assert 20 <= len(ENTRIES) <= 35
    for term, meaning in ENTRIES.items():
        assert "{ref}`" in meaning and "`w2s." in meaning, term
        assert len(meaning.split()) < 60, term


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(w2s(?:\.\w+)+)`", BODY))))
def test_a_name_in_the_glossary_exists(name):
    module, _, attribute = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        assert hasattr(importlib.import_module(module), attribute)
