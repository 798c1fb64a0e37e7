"""A page that gathers from the others runs after them, and again when what they say changes."""

from __future__ import annotations

import pytest

from press import UserError, gather, read_book
from press.command import main
from press.sources import read_source
from tests.press.conftest import notebook, write_tree
from w2s.page.records import PAIRS_COLUMNS

FIRST, SECOND = "notebooks/part/first.py", "notebooks/part/second.py"
STATES = (
    '\nfrom w2s.page.pairs import record_pairs\n\nrecord_pairs("twos", [0.5, 0.4], [0.3, 0.2])\n'
)
GATHERS = (
    notebook("second")
    .replace("smoke: {trials: 5}", "smoke: {trials: 5}\n#     gathers: pairs")
    .replace("seed = 1\n", 'seed = 1\npairs = ""\n')
    .replace(
        "mean = 2.0 *",
        "from w2s.page.pairs import read_pairs\ntable = read_pairs(pairs)\n"
        'glue("mean", table.student.sum(), display=False)\nprint(len(table), set(table.page))\n'
        "mean = 2.0 *",
    )
)


def run(capsys, root, *given):
    code = main([*given, "--root", str(root)])
    done = capsys.readouterr()
    return code, done.out, done.err


@pytest.fixture
def gathering(tiny, monkeypatch):
    """Return a book whose second page gathers; what follows the notebooks is left out."""
    write_tree(tiny, {FIRST: notebook("first") + STATES, SECOND: GATHERS})
    monkeypatch.setattr("press.build._publishable", lambda *given: None)
    return tiny


@pytest.mark.book
def test_the_table_holds_the_other_pages_and_decides_when_to_run_again(gathering, capsys):
    code, out, err = run(capsys, gathering, "book", "--profile", "smoke")
    assert code == 0, err
    assert out.index("part/first  ran") < out.index("part/second  running")
    table = gather.table_path(read_book(gathering), "smoke")
    rows = ["part/first,twos,0.5,0.3,1", "part/first,twos,0.4,0.2,1"]
    assert table.read_text(encoding="utf-8").splitlines() == [",".join(PAIRS_COLUMNS), *rows]
    shown = (gathering / "notebooks/part/second.ipynb").read_text(encoding="utf-8")
    assert "2 {'part/first'}" in shown
    assert "pairs = '_build/run/smoke/pairs.csv'" in shown
    _, out, _ = run(capsys, gathering, "book", "--profile", "smoke")
    assert out.splitlines()[0] == "notebooks: all 2 up to date (nothing changed)"
    changed = STATES.replace("0.3, 0.2", "0.3, 0.1")
    write_tree(gathering, {FIRST: notebook("first") + changed})
    _, out, _ = run(capsys, gathering, "book", "--profile", "smoke")
    assert "part/second  running (re-run: _build/run/smoke/pairs.csv changed)" in out


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("gathers: pairs", "gathers: figures", "header, gathers must be pairs, got 'figures'"),
        ('pairs = ""', "pears = 1", 'must have the parameter pairs = ""'),
        (
            "gathers: pairs",
            "gather: pairs",
            "field 'gather'; it may hold smoke, reads, gathers",
        ),
        ("gathers: pairs", "reads: here.json", "header, reads must be a list, got 'here.json'"),
        ("gathers: pairs", "reads: [../x.json]", "must name a file here, got '../x.json'"),
        ("gathers: pairs", "reads: [none.json]", "must name a file here, got 'none.json'"),
    ],
)
def test_a_header_is_refused_by_name(tiny, old, new, message):
    write_tree(tiny, {SECOND: GATHERS.replace(old, new)})
    book = read_book(tiny)
    with pytest.raises(UserError, match=message):
        read_source(book, book.page("part/second"))


def test_a_file_that_a_page_reads_decides_when_it_runs(tiny):
    from press.stale import fingerprint

    write_tree(tiny, {SECOND: GATHERS.replace("gathers: pairs", "reads: [data.json]")})
    write_tree(tiny, {"data.json": "{}"})
    book = read_book(tiny)
    source = read_source(book, book.page("part/second"))
    marks = []
    for text in ("{}", "{ }"):
        write_tree(tiny, {"data.json": text})
        marks.append(fingerprint(book, source.page, source.values("paper"), source.reads))
    assert marks[0] != marks[1]
    assert "data.json" in marks[0].files
