"""A release: what it refuses, what became of the claims, and a rehearsal from end to end."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile

import jsonschema
import pytest
import yaml

from press import read_book
from press.citation import read_citation, zenodo
from press.claims_changes import changelog
from press.claims_record import Record
from press.command import main
from press.release_plan import plan
from press.site.jupyter_book import SMOKE_STAMP
from press.site.takeaway import write_zip
from tests import ROOT
from tests.press.conftest import tiny_files, write_tree
from w2s import __version__ as OURS

CLAIM = {
    "id": "tiny.first.mean", "page": "part/first", "kind": "derived", "source": "w2s",
    "says": "Two.", "verdict": "holds", "passed": True, "rule": "within 1", "instead": "",
    "predicted": 2.0, "measured": 2.0, "standard_error": None, "margin": 1.0, "tolerance": 0.5,
    "main": False, "reason": "",
}  # fmt: skip
CITATION = """\
title: A tiny book
abstract: "Of two pages, x < y."
authors: [{family-names: Doe, given-names: Jo, orcid: "https://orcid.org/0000-0002-1825-0097"}]
license: BSD-3-Clause
keywords: [tiny]
version: VERSION
date-released: 2026-11-22
references:
  - {type: conference-paper, identifiers: [{type: other, value: "arXiv:2502.05075"}]}
"""
PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "tiny"
version = "VERSION"
requires-python = ">=3.11"
[tool.hatch.build.targets.wheel]
packages = ["tiny"]
"""
DATE = "2026-11-23T12:00:00+00:00"


def claims(*records):
    return json.dumps({"profile": "paper", "versions": {}, "pages": {}, "claims": list(records)})


def git(root, *words):
    named = ["-c", "user.name=Jo", "-c", "user.email=jo@x.example"]
    dates = {"GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE}
    subprocess.run(
        ["git", *named, "-C", str(root), *words],
        check=True, env=os.environ | dates, capture_output=True,
    )  # fmt: skip


def commit(root, files, tag=None):
    write_tree(root, files)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "A change")
    if tag is not None:
        git(root, "tag", tag)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """Return a tiny book in git that could be released."""
    monkeypatch.setenv("W2S_CHROMIUM", sys.executable)  # which is only looked for
    root = tmp_path / "book"
    root.mkdir()
    git(root, "init", "--quiet")
    own = {
        ".gitignore": "_build/\n*.ipynb\nbook/status.md\nbook/_generated/\n",
        "CITATION.cff": CITATION.replace("VERSION", OURS),
        "pyproject.toml": PROJECT.replace("VERSION", OURS),
        "CHANGELOG.md": f"# Changes\n\n## {OURS} (2026-11-22)\n\n* All.\n\n## 0.0.1 ()\n\n* No.",
        "book/claims.json": claims(CLAIM),
        "tiny/__init__.py": "",
    }
    commit(root, tiny_files() | own)
    return root


def refused(capsys, root, *arguments):
    capsys.readouterr()
    assert main(["release", *arguments, "--root", str(root)]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1
    assert not (root / "_build" / "release").exists()
    return told.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["one"], "'one' is not a version, as PEP 440 defines it"),
        (["v0.1.0"], "a released version is written like 0.1.0, got 'v0.1.0'"),
        (["1.0-rc1"], "a released version is written like 1.0rc1, got '1.0-rc1'"),
        (["1.0+mine"], "a released version is written like 1.0, got '1.0+mine'"),
        (["99.0"], f"w2s.__version__ says {OURS}, not 99.0"),
        ([OURS, "--profile", "smoke"], "a release needs the paper profile, got 'smoke'"),
        ([OURS, "--profile", "large"], "unknown profile 'large'"),
        ([OURS, "--since", "nowhere.json"], "nowhere.json"),
    ],
)
def test_a_bad_version_or_profile_is_refused(checkout, capsys, arguments, message):
    assert message in refused(capsys, checkout, *arguments)


@pytest.mark.parametrize(
    ("name", "before", "after", "message"),
    [
        ("pyproject.toml", f'version = "{OURS}"', 'version = "0.0.7"', "pyproject.toml says 0.0.7"),
        ("CITATION.cff", f"version: {OURS}", "version: 0.0.7", "CITATION.cff says 0.0.7"),
        ("CITATION.cff", "abstract", "summary", "CITATION.cff lacks 'abstract'"),
        ("CHANGELOG.md", OURS, "0.0.7", f"CHANGELOG.md has no section `## {OURS} (2026-11-22)`"),
        ("CHANGELOG.md", "2026-11-22", "2026-11-21", "CHANGELOG.md has no section"),
        ("CHANGELOG.md", "2026-11-22", "unreleased", "CHANGELOG.md has no section"),
        ("CHANGELOG.md", "* All.", "", "CHANGELOG.md has no section"),
        ("book/claims.json", '"claims"', '"clams"', "book/claims.json lacks 'claims'"),
    ],
)
def test_what_the_files_of_a_checkout_must_say(checkout, capsys, name, before, after, message):
    text = (checkout / name).read_text(encoding="utf-8")
    assert before in text
    commit(checkout, {name: text.replace(before, after)})
    assert message in refused(capsys, checkout, OURS)


def test_a_book_without_accepted_claims_is_refused(checkout, capsys):
    git(checkout, "rm", "--quiet", "book/claims.json")
    commit(checkout, {})
    assert "there is no book/claims.json" in refused(capsys, checkout, OURS)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"book/intro.md": "# Changed"}, "not everything is committed: book/intro.md\n"),
        ({"new.txt": "here"}, "not everything is committed: new.txt\n"),
        (dict.fromkeys("abcde", "here"), "not everything is committed: a, b, c and 2 more\n"),
    ],
)
def test_a_checkout_with_changes_is_refused(checkout, capsys, files, message):
    write_tree(checkout, files)
    assert refused(capsys, checkout, OURS).endswith(message)


def test_what_is_no_root_of_a_checkout_is_refused(checkout, tmp_path, capsys):
    inner = shutil.copytree(
        checkout, checkout / "_build" / "inner", ignore=shutil.ignore_patterns(".git", "_build")
    )
    assert "is not the root of a git checkout" in refused(capsys, inner, OURS)
    outer = shutil.move(inner, tmp_path / "outer")
    assert "not a git repository" in refused(capsys, outer, OURS)


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        (f"v{OURS}", f"the tag v{OURS} exists already: a release is made once"),
        (f"v{OURS}.0", f"the tag v{OURS}.0 exists already"),
        ("v98.7", f"{OURS} is not larger than the last release, 98.7"),
    ],
)
def test_a_version_that_is_not_larger_than_the_last_one_is_refused(checkout, capsys, tag, message):
    git(checkout, "tag", tag)
    assert message in refused(capsys, checkout, OURS)


def test_tags_of_other_things_count_for_nothing(checkout):
    for tag in ("vision", "98.7", "v0.0.1", "v0.0.0"):
        git(checkout, "tag", tag)
    assert plan(read_book(checkout), OURS, "paper").since == "0.0.1"


def test_without_a_browser_it_is_refused_before_anything_is_built(checkout, capsys, monkeypatch):
    monkeypatch.setenv("W2S_CHROMIUM", "no-such-browser")
    assert "no Chromium to print with" in refused(capsys, checkout, OURS)


def test_a_rehearsal_may_be_small_and_of_an_unreleased_version_and_says_so(checkout):
    text = (checkout / "CHANGELOG.md").read_text(encoding="utf-8")
    commit(checkout, {"CHANGELOG.md": text.replace("2026-11-22", "unreleased")})
    asked = plan(read_book(checkout), OURS, "smoke", rehearsal=True)
    assert asked.name == f"REHEARSAL-w2s-book-{OURS}"
    assert asked.marked(".zenodo.json") == "REHEARSAL-zenodo.json"
    assert (asked.news, asked.commit.date, asked.before) == ("* All.", "2026-11-23", None)


def test_the_claims_before_are_those_of_the_last_tag_or_of_a_file(checkout, tmp_path, capsys):
    commit(checkout, {"book/claims.json": claims(CLAIM | {"measured": 7.0})}, tag="v0.0.1")
    commit(checkout, {"book/claims.json": claims(CLAIM)})
    asked = plan(read_book(checkout), OURS, "paper")
    assert (asked.since, asked.before.claims[0]["measured"]) == ("0.0.1", 7.0)
    other = tmp_path / "other.json"
    other.write_text(claims(CLAIM, CLAIM | {"id": "x"}), encoding="utf-8")
    asked = plan(read_book(checkout), OURS, "paper", since=other)
    assert (asked.since, len(asked.before.claims)) == ("other.json", 2)
    commit(checkout, {"book/claims.json": "{"}, tag="v0.0.2")
    commit(checkout, {"book/claims.json": claims(CLAIM)})
    told = refused(capsys, checkout, OURS)
    assert "v0.0.2:book/claims.json line 1 is not valid JSON" in told and "--since" in told


def record(*changes):
    return Record("paper", claims=tuple(CLAIM | change for change in changes))


def test_the_changelog_says_which_claims_moved_appeared_and_left_with_their_values():
    before = record(
        {"id": "a.stays"}, {"id": "a.gone", "page": "p/q", "says": "Gone."},
        {"id": "a.moves"}, {"id": "a.leaps", "mean_measured": 1.0}, {"id": "a.rounds"},
        {"id": "a.turns"},
    )  # fmt: skip
    now = record(
        {"id": "a.stays"}, {"id": "a.moves", "measured": 2.25, "predicted": 1.75},
        {"id": "a.leaps", "mean_measured": 3.0}, {"id": "a.rounds", "measured": 2.0 + 1e-10},
        {"id": "a.turns", "verdict": "fails as expected", "says": "Not two."},
        {"id": "a.new", "says": "New."},
    )  # fmt: skip
    assert changelog(before, now, "1.1.0") == (
        "## Claims since 1.1.0\n"
        "\n"
        "6 then, 6 now: 1 appeared, 1 left, 2 moved, 1 stated otherwise.\n"
        "\n"
        "### Appeared\n"
        "\n"
        "* `a.new` (part/first): New.\n"
        "\n"
        "### Left\n"
        "\n"
        "* `a.gone` (p/q): Gone.\n"
        "\n"
        "### Moved\n"
        "\n"
        "* `a.moves` (part/first): predicted from 2 to 1.75, within its tolerance 0.5, "
        "measured from 2 to 2.25, within its tolerance 0.5\n"
        "* `a.leaps` (part/first): measured from 1 to 3, beyond its tolerance 0.5\n"
        "\n"
        "### Stated otherwise\n"
        "\n"
        "* `a.turns` (part/first): verdict from 'holds' to 'fails as expected', "
        "says from 'Two.' to 'Not two.'\n"
    )


def test_the_changelog_of_the_first_release_and_of_an_equal_one():
    assert changelog(None, record({})) == (
        "## Claims\n\nThis is the first release, with 1 claims.\n"
    )
    assert changelog(record({}), record({}), "1.1") == (
        "## Claims since 1.1\n\n1 then, 1 now: 0 appeared, 0 left, 0 moved, 0 stated otherwise.\n"
    )


# Of the metadata that Zenodo takes for a deposit, what we write (developers.zenodo.org).
WORDS = {"type": "string", "minLength": 1}
CREATOR = {
    "required": ["name"], "additionalProperties": False,
    "properties": {
        "name": WORDS, "affiliation": WORDS,
        "orcid": {"pattern": r"^\d{4}-\d{4}-\d{4}-\d{3}[\dX]$"},
    },
}  # fmt: skip
RELATED = {
    "required": ["identifier", "relation"], "additionalProperties": False,
    "properties": {
        "identifier": WORDS, "relation": {"enum": ["cites", "references", "isSupplementTo"]},
        "scheme": {"enum": ["arxiv", "doi", "url"]},
        "resource_type": {"enum": ["publication-conferencepaper", "publication-article"]},
    },
}  # fmt: skip
DEPOSIT = {
    "required": ["upload_type", "title", "creators", "description", "license", "publication_date"],
    "additionalProperties": False,
    "properties": {
        "upload_type": {"const": "software"}, "access_right": {"const": "open"},
        **dict.fromkeys(("title", "description", "version"), WORDS),
        "license": {"const": "BSD-3-Clause"},
        "publication_date": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
        "keywords": {"type": "array", "items": WORDS},
        "creators": {"type": "array", "minItems": 1, "items": CREATOR},
        "related_identifiers": {"type": "array", "items": RELATED},
    },
}  # fmt: skip


def test_our_citation_becomes_a_deposit_that_zenodo_takes():
    found = zenodo(read_citation(ROOT))
    jsonschema.validate(found, DEPOSIT)
    assert [one["identifier"] for one in found["related_identifiers"]] == [
        "arXiv:2502.05075", "arXiv:2503.02877",
    ]  # fmt: skip
    assert found["version"] == OURS
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"keywords = {json.dumps(found['keywords'])}" in project


def test_a_person_is_named_as_zenodo_wants_and_a_text_is_escaped():
    found = zenodo(yaml.safe_load(CITATION.replace("VERSION", "1.2.0")))
    jsonschema.validate(found, DEPOSIT)
    assert found["creators"] == [{"name": "Doe, Jo", "orcid": "0000-0002-1825-0097"}]
    assert found["description"] == "<p>Of two pages, x &lt; y.</p>"
    assert (found["version"], found["publication_date"]) == ("1.2.0", "2026-11-22")


def test_the_bytes_of_an_archive_depend_on_the_files_only(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_zip([("a/b.txt", b"b"), ("c.txt", b"c")], tmp_path / folder / "site.zip")
        os.utime(tmp_path / folder / "site.zip", (0, 0))
    one, two = ((tmp_path / name / "site.zip").read_bytes() for name in ("one", "two"))
    assert one == two
    with zipfile.ZipFile(tmp_path / "one" / "site.zip") as archive:
        assert archive.namelist() == ["site/a/b.txt", "site/c.txt"]


def test_a_release_whose_book_fails_leaves_nothing(checkout, capfd):
    commit(checkout, {"book/results.yml": "- {paper: dong2025}"})
    arguments = ["--profile", "smoke", "--rehearsal", "--root", str(checkout)]
    assert main(["release", OURS, *arguments]) == 1
    told = capfd.readouterr()
    assert "book/results.yml, entry 1 lacks 'item'" in told.err
    assert told.err.endswith("w2s: press book ended with 2: nothing is released\n")
    left = [path.name for path in (checkout / "_build" / "release").iterdir()]
    assert left in ([], ["release.lock"])


@pytest.mark.book
@pytest.mark.browser
def test_a_rehearsal_writes_the_whole_folder_from_a_clean_clone(checkout, capfd, monkeypatch):
    monkeypatch.delenv("W2S_CHROMIUM")
    commit(checkout, {"book/claims.json": claims(CLAIM | {"id": "tiny.old"})}, tag="v0.0.1")
    commit(checkout, {"book/claims.json": claims(CLAIM)})
    # Ignored files of the checkout are no part of a clone.
    name = f"REHEARSAL-w2s-book-{OURS}"
    killed = f"_build/release/.{name}.tmp/clone/half.txt"
    write_tree(checkout, {"tiny/left.ipynb": "{}", killed: "of a release that was killed"})
    arguments = ["--profile", "smoke", "--rehearsal", "--root", str(checkout)]
    assert main(["release", OURS, *arguments]) == 0
    folder = checkout / "_build" / "release" / name
    assert capfd.readouterr().out.splitlines()[-1] == str(folder)
    names = {path.name.removeprefix("REHEARSAL-") for path in folder.iterdir()}
    assert names == {
        "CHANGES.md", "SHA256SUMS", "book.pdf", "claims.json", "figures.zip",
        f"tiny-{OURS}-py3-none-any.whl", f"tiny-{OURS}.tar.gz", f"w2s-book-{OURS}.zip",
        "zenodo.json",
    }  # fmt: skip
    assert all(path.name.startswith("REHEARSAL-") for path in folder.iterdir())
    assert {path.name for path in folder.parent.iterdir()} <= {name, "release.lock"}
    sums = (folder / "REHEARSAL-SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert len(sums) == 7
    for line in sums:
        digest, _, file = line.partition("  ")
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == digest
    changes = (folder / "REHEARSAL-CHANGES.md").read_text(encoding="utf-8")
    assert "* `tiny.old` (part/first): Two." in changes and "## Claims since 0.0.1" in changes
    assert "* All." in changes and "* No." not in changes
    sha = subprocess.check_output(["git", "-C", checkout, "rev-parse", "HEAD"], text=True).strip()
    with zipfile.ZipFile(folder / f"{name}.zip") as archive:
        pages = [one for one in archive.namelist() if one.endswith("first.html")]
        assert pages == [f"{name}/notebooks/part/first.html"]
        text = archive.read(pages[0]).decode()
    assert SMOKE_STAMP in text
    assert f'<code>{sha[:12]}</code> of <time datetime="2026-11-23">' in text
    assert not (checkout / "_build" / "html").exists()
