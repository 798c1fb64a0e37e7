"""The generated pages say what is reproduced, in text that cannot break the markup."""

from __future__ import annotations

import pytest

from press import UserError, read_book
from press.claims_record import Record
from press.site.status import escaped, glance, read_results, status_page
from tests.press.conftest import RESULTS, TOC, write_tree
from w2s.page.claims import exact, judge


def claim(name, page, **changes):
    record = judge(
        name, says="σ² is |x| * `y` <b>{ref}`z`.", source="w2s", kind="derived",
        decision=exact(2.0, 2.0, tolerance=1e-12),
    )  # fmt: skip
    return record | {"page": page} | changes


@pytest.fixture
def record():
    """Return two claims on two pages: one holds, a reading of a paper does not hold as read."""
    odd = claim("a.b", "part/second", verdict="fails as expected", kind="reading", main=True)
    odd |= {"instead": "N > d_s is needed."}
    return Record("smoke", {"python": "3"}, {}, (claim("a.a", "part/first"), odd))


def test_the_status_page_lists_results_pages_and_claims(tiny, record):
    accepted = Record("paper", {}, {"part/first": {"seconds": 3.5}}, ())
    text = status_page(read_book(tiny), record, accepted)
    for part in (
        "---\nnosearch: true\n---\n",
        "This run was at smoke scale",
        "Outcome: 1 holds, 1 does not hold as read.",
        r"| **Figure 1**: A \| pipe and a \*star\* | certain | {doc}`/notebooks/part/first` | 1 cl",
        "holds; 3.5 s to run |",
        "| **Theorem 2**: Nothing | likely | not reproduced | because it needs data that we do not",
        "<summary><i>σ</i>² is |<i>x</i>| * `<i>y</i>` &lt;b&gt;{ref}`<i>z</i>`.</summary>",
        "data-kind='reading' data-verdict='does not hold as read'><td>does not hold as read</td>",
        "<p><strong>Instead:</strong> <i>N</i> &gt; <i>d</i><sub>s</sub> is needed.</p>",
        "<td><a href='../notebooks/part/second.html'>Page second</a></td>",
    ):
        assert part in text, part
    assert "status.js" not in text, "a book without the script has the table alone"


def test_the_table_of_claims_is_one_html_block_whatever_a_claim_says(tiny):
    odd = claim("a.a", "part/first", says="One\n\n# Two", source="'<x>'\n\n", id="a.a'>")
    text = status_page(read_book(tiny), Record("smoke", {}, {}, (odd,)), None)
    table = text[text.index("<div class='w2s-claims-table'>") : text.index("</table>")]
    assert "\n\n" not in table and "<x>" not in table and "<summary>One # Two</summary>" in table


def test_the_same_inputs_give_the_same_text(tiny, record):
    book = read_book(tiny)
    assert status_page(book, record, None) == status_page(book, record, None)


FRONT = """\
- {paper: dong2025, item: Figure 1, what: W, label: certain, page: part/first, front: "One d_s"}
- {paper: dong2025, item: Figure 2, what: W, label: certain, page: part/second, front: "One d_s"}
- {paper: dong2025, item: Figure 3, what: W, label: certain, page: part/second}
"""


def test_the_front_table_has_one_row_for_each_line_and_counts_the_papers_statements(tiny, record):
    write_tree(tiny, {"book/results.yml": FRONT})
    lines = glance(read_book(tiny), record).splitlines()
    pages = "{doc}`/notebooks/part/first`, {doc}`/notebooks/part/second`"
    assert lines[0] == "**Dong et al. 2025**"
    assert lines[4:] == [
        f"| One d{{sub}}`s` | {pages} | 1 does not hold as read. "
        r"Instead: N \> d{sub}`s` is needed\. |".replace(r"\.", "."),
    ]


def test_without_lines_for_the_front_page_its_table_says_so(tiny, record):
    assert glance(read_book(tiny), record) == "No result of the two papers is listed yet.\n"
    (tiny / "book/results.yml").unlink()
    assert glance(read_book(tiny), record) == "No result of the two papers is listed yet.\n"


def test_a_paper_with_more_lines_than_the_front_page_holds_is_refused(tiny):
    line = "- {{paper: dong2025, item: A, what: W, label: L, page: part/first, front: Line {}}}\n"
    write_tree(tiny, {"book/results.yml": "".join(line.format(k) for k in range(7))})
    with pytest.raises(UserError, match="has 7 lines of `front` for dong2025, at most 6"):
        read_results(read_book(tiny))


def test_results_of_neighbours_have_a_table_and_name_their_papers(tiny, record):
    entry = (
        "- {paper: neighbours, item: Labels, what: W, label: derived, page: part/first, "
        "source: a2024 b2025, front: One}\n"
    )
    bib = "@misc{a2024,\n  year = {2024}\n}\n\n@misc{b2025,\n  year = {2025}\n}\n"
    book = read_book(
        write_tree(tiny, {"book/results.yml": FRONT + entry, "book/references.bib": bib})
    )
    text = status_page(book, record, None)
    assert "### Neighbours\n" in text
    assert "| **Labels**: W ({cite:t}`a2024`, {cite:t}`b2025`) | derived | {doc}" in text
    parts = glance(book, record).split("\n\n")
    assert parts[0] == "**Dong et al. 2025**" and parts[2] == "**Neighbours**"
    assert parts[3].splitlines()[2].startswith("| One | {doc}`/notebooks/part/first` |")
    write_tree(tiny, {"book/results.yml": entry.replace("b2025", "c2026")})
    with pytest.raises(UserError, match="'c2026', which the bibliography lacks"):
        read_results(book)


def test_claims_of_neighbours_are_told_from_those_about_both_papers(tiny, record):
    write_tree(tiny, {"notebooks/neighbours/one.py": "# %% [markdown]\n# # One\n"})
    write_tree(tiny, {"_toc.yml": TOC + "  - file: notebooks/neighbours/one\n"})
    stated = Record("paper", claims=(claim("a.n", "neighbours/one"), *record.claims))
    text = status_page(read_book(tiny), stated, None)
    assert text.count("<tr data-paper='neighbours'") == 1
    assert text.count("<tr data-paper='both'") == 2
    for name in ("neighbours'>Neighbours", "both'>both papers", "dong2025'>Dong et al. 2025"):
        assert f"<option value='{name}</option>" in text


def test_statements_are_counted_in_words(tiny):
    write_tree(tiny, {"book/results.yml": FRONT})
    book = read_book(tiny)
    assert "no statement of the paper is decided there |" in glance(book, Record("paper"))
    claims = [claim(f"a.c{n}", "part/first", kind="paper") for n in range(3)]
    ours = claim("a.ours", "part/first")
    assert "| holds (3 statements) |" in glance(book, Record("paper", claims=(*claims, ours)))
    claims[0] |= {"verdict": "undecided"}
    claims[1] |= {"verdict": "fails as expected"}
    words = "| 1 of 3 statements holds, 1 does not hold as read, 1 undecided |"
    assert words in glance(book, Record("paper", claims=tuple(claims)))


def test_verdicts_are_counted_in_words(tiny):
    book = read_book(tiny)
    controls = [claim(f"a.c{n}", "part/first", verdict="fails as expected") for n in range(2)]
    claims = [claim(f"a.d{n}", "part/first") for n in range(2)]

    def outcome(*given):
        return status_page(book, Record("paper", claims=given), None).split("Outcome: ")[1]

    assert outcome().startswith("no claim.")
    assert outcome(*claims).startswith("all 2 claims hold.")
    assert outcome(*claims, *controls).startswith("2 hold, 2 controls fail as they should.")


def test_markup_in_a_text_is_escaped_once():
    assert escaped("a\n  b_c $x$ [l](u) \\") == r"a b\_c \$x\$ \[l\]\(u\) \\"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dong2025", "someone2020", "entry 1, paper must be dong2025 or medvedev2025 or neigh"),
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
