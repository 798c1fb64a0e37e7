"""The role that quotes how sure we are of a result."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from docutils import nodes

from press.pages import read_book
from press.site.certainty import certainty, labels
from press.site.status import read_results
from tests.conftest import ROOT


@pytest.fixture
def quoted(tiny):
    """Return the nodes and the messages that the role gives on a page of the tiny book."""
    told = []
    env = SimpleNamespace(srcdir=str(tiny), docname="notebooks/part/first")
    inliner = SimpleNamespace(
        document=SimpleNamespace(settings=SimpleNamespace(env=env)),
        reporter=SimpleNamespace(error=lambda text, line: told.append((text, line)) or "message"),
    )

    def quote(item):
        return (*certainty("certainty", f":certainty:`{item}`", item, 3, inliner), told)

    return quote


def test_the_label_of_a_result_leads_to_what_labels_mean(quoted):
    (link,), messages, told = quoted("Theorem 2")
    assert link.astext() == "likely" and link["reftarget"] == "labels-of-certainty"
    assert messages == [] and told == []
    assert isinstance(link.children[0], nodes.inline)


def test_an_unknown_result_is_an_error_that_names_the_known_ones(quoted):
    found, messages, told = quoted("Theorem 3")
    assert found == [] and messages == ["message"]
    assert told == [("book/results.yml has no result 'Theorem 3'; it has Figure 1, Theorem 2", 3)]


def test_no_two_results_of_the_book_have_one_item():
    assert len(labels(ROOT)) == len(read_results(read_book(ROOT)))
