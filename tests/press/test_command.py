"""The command line: what bad input gets, and whole builds of a tiny book."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from press.command import main
from press.owned import LIST
from press.site.jupyter_book import SMOKE_STAMP, RenderError, tree_digest
from tests.press.conftest import TOC, notebook, tiny_files, write_tree
from tests.press.processes import KERNEL, Started, alive

FIRST, SECOND = "notebooks/part/first.py", "notebooks/part/second.py"
CLAIM_LINE = "decision=exact(2.0, mean, tolerance=1e-12)"


@pytest.fixture(scope="module")
def accepted(tmp_path_factory) -> Path:
    """Return a tiny book whose paper profile was built and accepted."""
    root = write_tree(tmp_path_factory.mktemp("accepted") / "book", tiny_files())
    assert main(["book", "--accept", "--root", str(root)]) == 0
    return root


@pytest.fixture
def copied(accepted, tmp_path) -> Path:
    """Return a copy of the accepted book that a test may change."""
    return Path(shutil.copytree(accepted, tmp_path / "book"))


@pytest.fixture
def no_rendering(monkeypatch):
    """Make any attempt to render fail at once."""

    def refuse(*_: object) -> None:
        raise RenderError("rendering was not expected")

    monkeypatch.setattr("press.site.make.render", refuse)


def run(capsys, root, *arguments):
    capsys.readouterr()
    code = main([*arguments, "--root", str(root)])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["book", "--profile", "large"], "unknown profile 'large': it must be one of paper, smoke"),
        (["book", "--jobs", "0"], "must be a whole number of at least 1, got '0'"),
        (["book", "--profile", "smoke", "--accept"], "--accept needs the paper profile"),
        (["book", "--profile", "smoke", "--publish", "x"], "a smoke site is never published"),
        (["book", "--publish", "notebooks"], "it holds part, which no earlier run wrote"),
        (
            ["book", "--publish", "_build/html/mine"],
            "the press itself makes and removes what is in",
        ),
        (["book", "--jobs", "100000"], "must be at most"),
        (["book", "--at", "https://x.example"], "--at needs --publish"),
        (["book", "--publish", "x", "--at", "x.example"], "an address like https://name.example"),
        (["one", "part/third"], "no notebook page is called 'part/third'"),
        (["one", "part/first", "-p", "trails=3"], "part/first has no parameter 'trails'"),
        (["one", "part/first", "-p", "trials=many"], "'trials' must be int like 50, got 'many'"),
        (["one", "part/first", "--profile", "big"], "unknown profile 'big'"),
        (["status"], "nothing has been run yet and book/claims.json is missing"),
        (["bind"], "invalid choice: 'bind'"),
    ],
)
def test_bad_arguments_get_one_line_and_status_two(tiny, capsys, monkeypatch, arguments, message):
    monkeypatch.chdir(tiny)
    before = sorted(tiny.rglob("*"))
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("w2s: ")
    assert told.err.count("\n") == 1
    assert message in told.err
    left = {path for path in tiny.rglob("*") if path not in before}
    assert {path.name for path in left} <= {"_build", "press.lock"}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"notebooks/part/third.py": notebook("third")}, "third.py is missing from _toc.yml"),
        ({"book/claims.json": "{\n,"}, "book/claims.json line 2 is not valid JSON"),
        ({"book/results.yml": "- 3\n"}, "book/results.yml, entry 1 must be a mapping, got 3"),
        ({"_config.yml": "a: [\n"}, "_config.yml line 2 is not valid YAML"),
        ({"_config.yml": "a"}, "_config.yml must be a mapping"),
        ({FIRST: notebook("first").replace("smoke: {t", "smoke: {T")}, "no parameter 'Trials'"),
    ],
)
def test_bad_files_are_named_before_anything_runs(tiny, capsys, files, message):
    write_tree(tiny, files)
    code, out, err = run(capsys, tiny, "book")
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_outside_a_book_the_command_says_where_it_looked(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["book"]) == 2
    assert f"w2s: no _toc.yml in {tmp_path} or above it" in capsys.readouterr().err
    assert main(["book", "--root", "none"]) == 2
    assert "w2s: --root none: there is no _toc.yml in it" in capsys.readouterr().err


def test_a_missing_tool_is_named(tiny, capsys, monkeypatch):
    monkeypatch.setattr("press.command.TOOLS", ("yaml", "no_such_tool"))
    code, _, err = run(capsys, tiny, "book")
    assert code == 2
    assert err == "w2s: no_such_tool cannot be imported: install the extra w2s[book]\n"


def test_two_presses_do_not_share_a_checkout(tiny, capsys):
    from press.files import exclusive

    with exclusive(tiny / "_build" / "press.lock"):
        code, _, err = run(capsys, tiny, "book")
    assert code == 2
    assert f"another press (process {os.getpid()}) is at work" in err


@pytest.mark.book
def test_a_build_leaves_a_site_a_record_and_a_table(accepted, capsys):
    record = json.loads((accepted / "book/claims.json").read_text(encoding="utf-8"))
    assert [claim["id"] for claim in record["claims"]] == ["tiny.first.mean", "tiny.second.mean"]
    assert set(record["versions"]) == {"python", "numpy", "scipy", "w2s"}
    assert record["pages"]["part/first"]["seconds"] > 0
    page = (accepted / "_build/html/notebooks/part/first.html").read_text(encoding="utf-8")
    assert ">2.00</span>" in page
    assert SMOKE_STAMP not in page
    code, out, _ = run(capsys, accepted, "status")
    assert code == 0
    assert "2 of 2 claims pass; from the last run (paper profile)" in out
    code, out, _ = run(capsys, accepted, "status", "--json")
    assert out.isascii()  # JSON also where the standard output escapes what its encoding lacks
    assert [claim["page"] for claim in json.loads(out)["claims"]] == ["part/first", "part/second"]


@pytest.mark.book
def test_a_second_build_does_nothing_and_says_so(accepted, capsys, no_rendering):
    code, out, _ = run(capsys, accepted, "book")
    assert code == 0
    assert out.splitlines() == [
        "notebooks: all 2 up to date (nothing changed)",
        "site: up to date (nothing changed)",
        str(accepted / "_build/html/index.html"),
    ]


@pytest.mark.book
def test_all_figures_of_a_built_book_are_packed(accepted, capsys, tmp_path):
    code, out, _ = run(capsys, accepted, "figures", str(tmp_path / "mine"))
    assert code == 0
    assert out.startswith("2 figures with their data: ")
    listed = json.loads((tmp_path / "mine/figures.json").read_text(encoding="utf-8"))
    assert [one["page"] for one in listed] == ["part/first", "part/second"]
    assert (tmp_path / "mine.zip").is_file()
    code, _, err = run(capsys, accepted, "figures", str(accepted / "notebooks"))
    assert code == 2
    assert "notebooks: it holds part, which no earlier run wrote" in err


@pytest.mark.book
def test_drift_fails_and_accepting_mends_it(copied, capsys, monkeypatch):
    path = copied / "book/claims.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["claims"][0] |= {"mean_measured": 2.5, "says": "Otherwise."}
    del content["claims"][1]
    path.write_text(json.dumps(content), encoding="utf-8")
    site = tree_digest(copied / "_build/html")
    code, _, err = run(capsys, copied, "book")
    assert code == 1
    for line in (
        "drift tiny.second.mean: new, not in the accepted record",
        "drift tiny.first.mean: says changed from 'Otherwise.'",
        "drift tiny.first.mean: measured moved from 2.5 to 2, allowed",
        "python -m press book --accept",
        "_build/rejected/index.html",
    ):
        assert line in err
    assert tree_digest(copied / "_build/html") == site
    code, out, _ = run(capsys, copied, "book", "--accept")
    assert code == 0
    assert "accepted 2 claims into book/claims.json" in out
    assert len(json.loads(path.read_text(encoding="utf-8"))["claims"]) == 2


@pytest.mark.book
def test_a_checked_paper_site_can_be_published_and_published_again(accepted, capsys, tmp_path):
    target = tmp_path / "public"
    for _ in range(2):
        code, out, _ = run(capsys, accepted, "book", "--publish", str(target))
        assert code == 0
        assert out.splitlines()[-1] == str(target / "index.html")
        told = json.loads((target / LIST).read_text(encoding="utf-8"))
        (target / LIST).unlink()
        assert tree_digest(target) == tree_digest(accepted / "_build/html")
        assert set(told["files"]) == {
            path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()
        }
        (target / LIST).write_text(json.dumps(told), encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["public"]
    code, _, _ = run(
        capsys, accepted, "book", "--publish", str(target), "--at", "https://b.example/x"
    )
    assert code == 0
    page = (target / "notebooks/part/first.html").read_text(encoding="utf-8")
    assert '<link rel="canonical" href="https://b.example/x/notebooks/part/first.html">' in page


@pytest.mark.book
def test_a_smoke_site_is_stamped_reproducible_and_leaves_the_record_alone(copied, capsys):
    from press import UserError, read_book
    from press.site.make import publish

    paper, record = copied / "_build/html", (copied / "book/claims.json").read_bytes()
    published = tree_digest(paper)
    code, out, _ = run(capsys, copied, "book", "--profile", "smoke")
    assert code == 0
    assert "re-run: never run" in out
    for page in ("book/intro", "book/status", "notebooks/part/first"):
        assert SMOKE_STAMP in (paper / f"{page}.html").read_text(encoding="utf-8")
    source = (paper / "_sources/notebooks/part/first.ipynb").read_text(encoding="utf-8")
    assert "trials = 5  # Monte Carlo trials" in source
    assert (copied / "book/claims.json").read_bytes() == record
    with pytest.raises(UserError, match="only a paper site can be published, this one is smoke"):
        publish(read_book(copied), copied.parent / "public")
    code, out, _ = run(capsys, copied, "book")
    assert code == 0
    assert "notebooks: all 2 up to date" in out
    assert tree_digest(paper) == published


@pytest.mark.book
def test_every_way_a_notebook_fails_is_told_and_the_others_still_run(tiny, capsys, no_rendering):
    good = notebook("first")
    pages = {
        "raises": good.replace("mean = ", 'raise ValueError("n must exceed 3, got 2")\nmean = '),
        "warns": good.replace("mean = 2.0", "import warnings; warnings.warn('old'); mean = 2.0"),
        "silent": good[: good.index('claim("')] + "1 + 1\n",
        "dies": good.replace("mean = 2.0", "import os; os._exit(3)"),
    }
    (tiny / SECOND).unlink()
    toc = TOC.replace("  - file: notebooks/part/second\n", "")
    toc += "".join(f"  - file: notebooks/part/{name}\n" for name in pages)
    sources = {f"notebooks/part/{name}.py": text for name, text in pages.items()}
    write_tree(tiny, sources | {"_toc.yml": toc})
    code, out, err = run(capsys, tiny, "book", "--profile", "smoke")
    assert code == 1
    assert 'raise ValueError("n must exceed 3, got 2")' in out
    assert "\x1b[" not in out
    for line in (
        "w2s: 4 failures",
        "page part/raises: ValueError: n must exceed 3, got 2 (as far as it ran: _build/run/part/",
        "page part/warns: cell 3 wrote to stderr",
        "page part/silent: it states no claim: a page needs at least one claim",
        "page part/dies: DeadKernelError: Kernel died",
    ):
        assert line in err
    assert (tiny / "_build/run/part/raises.partial.ipynb").is_file()
    assert not (tiny / "notebooks/part/raises.ipynb").exists()
    assert (tiny / "notebooks/part/first.ipynb").is_file()
    assert (tiny / "_build/run/smoke/part/first.json").is_file()


@pytest.mark.book
def test_a_claim_that_fails_or_is_stated_twice_fails_the_build(copied, capsys, no_rendering):
    text = notebook("second").replace(CLAIM_LINE, "decision=exact(2.0, mean + 1, tolerance=1e-12)")
    write_tree(copied, {SECOND: text.replace("tiny.second.mean", "tiny.first.mean")})
    site = tree_digest(copied / "_build/html")
    code, out, err = run(capsys, copied, "book", "--accept")
    assert code == 1
    assert "notebooks: 1 of 2 up to date" in out
    assert "(re-run: notebooks/part/second.py changed)" in out
    assert "claim tiny.first.mean: fails; predicted 2, measured 3, margin" in err
    assert "claim id tiny.first.mean is used on two pages: part/first and part/second" in err
    assert "nothing was accepted" in err
    assert tree_digest(copied / "_build/html") == site
    assert "tiny.second.mean" in (copied / "book/claims.json").read_text(encoding="utf-8")


@pytest.mark.book
def test_a_broken_page_is_told_and_the_last_good_site_stays(copied, capsys):
    site = tree_digest(copied / "_build/html")
    write_tree(copied, {"book/intro.md": "# Intro\n\n{ref}`nowhere`\n"})
    code, out, err = run(capsys, copied, "book")
    assert code == 1
    assert "undefined label: 'nowhere'" in out
    assert "site: jupyter-book failed or warned" in err
    assert tree_digest(copied / "_build/html") == site


@pytest.mark.book
def test_one_page_runs_alone_with_other_parameters_and_leaves_the_book_alone(copied, capsys):
    book, site = (copied / FIRST).with_suffix(".ipynb").read_bytes(), copied / "_build/html"
    before = tree_digest(site)
    code, out, _ = run(capsys, copied, "one", "part/first", "-p", "trials=7")
    assert code == 0
    page = Path(out.splitlines()[-1])
    assert page == copied / "_build/one/part-first/html/notebooks/part/first.html"
    text = page.read_text(encoding="utf-8")
    assert "not the published results" in text
    assert '<span class="mi">7</span>' in text
    assert (copied / FIRST).with_suffix(".ipynb").read_bytes() == book
    assert tree_digest(site) == before


@pytest.mark.book
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_the_kernels_and_keeps_what_is_finished(copied, number):
    slow = notebook("second").replace("mean = 2.0", "import time; time.sleep(300); mean = 2.0")
    write_tree(copied, {SECOND: slow})
    press = Started(copied, "book")
    kernel = press.member(KERNEL)
    press.process.send_signal(number)
    _, err = press.process.communicate(timeout=30)
    assert press.process.returncode == 130
    assert err == "w2s: interrupted; finished notebooks are kept\n"
    assert not alive(kernel)
    assert (copied / FIRST).with_suffix(".ipynb").is_file()
