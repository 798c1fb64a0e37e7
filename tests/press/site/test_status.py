"""The generated pages say what is reproduced, in text that cannot break the markup."""

from __future__ import annotations

import pytest

from press import UserError, read_book
from press.claims_record import Record
from press.site.status import escaped, glance, read_results, status_page
from tests.press.conftest import RESULTS, write_tree
from w2s.page.claims import exact, judge


def claim(name, page, **changes):
    record = judge(
        name, says="σ² is |x| * `y` <b>{ref}`z`.", source="w2s", kind="derived",
        decision=exact(2.0, 2.0, tolerance=1e-12),
    )  # fmt: skip
    return record | {"page": page} | changes


@pytest.fixture
def record():
    """Return two claims on two pages, one of them refuted on purpose."""
    odd = claim("a.b", "part/second", verdict="fails as expected")
    return Record("smoke", {"python": "3"}, {}, (claim("a.a", "part/first"), odd))


def test_the_status_page_lists_results_pages_and_claims(tiny, record):
    accepted = Record("paper", {}, {"part/first": {"seconds": 3.5}}, ())
    text = status_page(read_book(tiny), record, accepted)
    for part in (
        "This run was at smoke scale",
        r"- **Figure 1** (certain): A \| pipe and a \*star\*. {doc}`/notebooks/part/first`: 1 c",
        "- **Theorem 2** (likely): Nothing. Not reproduced, because it needs data that we do not",
        "### Page first",
        "{doc}`/notebooks/part/first`: 1 claim holds. Takes 3.5 s.",
        "{doc}`/notebooks/part/second`: 1 fails as expected.",
        r"**holds** σ² is \|x\| \* \`y\` \<b\>\{ref\}\`z\`.",
    ):
        assert part in text


def test_the_same_inputs_give_the_same_text(tiny, record):
    book = read_book(tiny)
    assert status_page(book, record, None) == status_page(book, record, None)


def test_the_glance_has_one_row_per_reproduced_result(tiny, record):
    lines = glance(read_book(tiny), record).splitlines()
    assert lines[2].endswith(r"| {doc}`/notebooks/part/first` | 1 claim holds |")
    assert lines[-1] == "1 further result is not reproduced; {doc}`/book/status` says why."


def test_without_results_the_glance_says_so(tiny, record):
    (tiny / "book/results.yml").unlink()
    assert glance(read_book(tiny), record) == "No result of the two papers is listed yet.\n"


def test_verdicts_are_counted_in_words(tiny):
    book = read_book(tiny)
    claims = [claim(f"a.c{n}", "part/first") for n in range(3)]
    assert "all 3 claims hold" in glance(book, Record("paper", claims=tuple(claims)))
    claims[0] |= {"verdict": "undecided"}
    claims[1] |= {"verdict": "fails as expected"}
    words = "1 holds, 1 fails as expected, 1 undecided"
    assert words in glance(book, Record("paper", claims=tuple(claims)))
    assert "no claim" in glance(book, Record("paper"))


def test_markup_in_a_text_is_escaped_once():
    assert escaped("a\n  b_c $x$ [l](u) \\") == r"a b\_c \$x\$ \[l\]\(u\) \\"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dong2025", "someone2020", "entry 1, paper must be dong2025 or medvedev2025, got"),
        ("page: part/first", "page: part/none", "'part/none', which does not exist"),
        ("it needs data that we do not have", '""', "needs a page, or says `because:` why not"),
        ("item: Figure 1", "item: 1", "entry 1, item must be a text, got 1"),
        ("label: certain", "lable: certain", "unknown field 'lable'"),
        ("- {paper: dong2025", "- [", "line .* is not valid YAML"),
    ],
)
def test_a_bad_entry_is_refused(tiny, old, new, message):
    write_tree(tiny, {"book/results.yml": RESULTS.replace(old, new)})
    with pytest.raises(UserError, match=message):
        read_results(read_book(tiny))
