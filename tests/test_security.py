"""Nothing of others is executed: files are data, texts stay text, pages run their own scripts."""

from __future__ import annotations

import ast
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest

from press.site.policy import with_policy, write_policies
from tests.conftest import ROOT
from trust.seeds import Bomb, archive, header, npy
from w2s.page.claims import card, exact, judge
from w2s.practice.data.feature_files import load_features
from w2s.practice.data.tables import open_table
from w2s.practice.diagnosis import diagnose
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.report import to_html, to_json, to_terminal

TRAP = "<img src=x onerror=\"document.title='taken'\">"
SCRIPT = "<script>document.title = 'taken'</script>"

# What a module may name of that which can run the content of a file, and why.
ALLOWED = {
    "tests/planted.py": {"exec", "pickle"},  # runs this book's own pages; a key of a memory
    "trust/rerun.py": {"exec"},  # runs this book's own pages
    "trust/wheel.py": {"extractall"},  # unpacks the wheel that it has just built
    "trust/seeds.py": {"pickle"},  # writes hostile files
    "tests/test_security.py": {"pickle"},  # writes hostile files
    "tests/practice/test_raw_formats.py": {"pickle", "copyreg"},  # writes hostile CIFAR-10 batches
    "tests/practice/test_sources_weights.py": {"pickle"},  # writes hostile files of weights
    "tests/practice/test_classes.py": {"pickle"},  # how labels travel to a process
    "tests/practice/test_tables.py": {"pickle"},  # how a table travels to a process
    "tests/practice/test_table_files.py": {"pickle"},  # the same, and hostile files
    "tests/practice/test_feature_files.py": {"pickle"},
    "tests/practice/test_diagnosis.py": {"pickle"},
    "w2s/practice/data/raw_formats/cifar.py": {
        "pickle"
    },  # the unpickler for which every name is only a name
}
MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "copyreg"}
CALLS = {
    "eval", "exec", "joblib.load", "yaml.load", "yaml.load_all", "yaml.full_load",
    "yaml.unsafe_load", "shutil.unpack_archive", "torch.load",
}  # fmt: skip
METHODS = {"extract", "extractall", "read_pickle"}
FOLDERS = ("w2s", "benchmarks", "trust", "tests", "notebooks")
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def dangerous(source: str) -> set[str]:
    """What a module names that can run the content of a file, or write where an archive says."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & MODULES
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} & MODULES
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            options = {word.arg: ast.unparse(word.value) for word in node.keywords}
            found |= {called} & CALLS
            found |= {called.rpartition(".")[2]} & METHODS
            if (
                called in ("np.load", "numpy.load")
                and options.get("allow_pickle", "False") != "False"
            ):
                found.add("np.load with allow_pickle")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_module_runs_what_it_reads(path):
    # joblib and Dask send work between the processes of one user by pickles of their own: that is
    # transport and no file format, and nothing of it is kept.
    source = path.read_text(encoding="utf-8")
    assert dangerous(source) <= ALLOWED.get(path.relative_to(ROOT).as_posix(), set())


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("from pickle import loads", "pickle"),
        ("import marshal", "marshal"),
        ("eval('1')", "eval"),
        ("yaml.load(text)", "yaml.load"),
        ("np.load(path, allow_pickle=True)", "np.load with allow_pickle"),
        ("zipfile.ZipFile(path).extractall()", "extractall"),
        ("joblib.load(path)", "joblib.load"),
    ],
)
def test_the_look_at_the_sources_sees_what_it_is_for(line, name):
    assert dangerous(line) == {name}


def test_python_objects_in_any_file_are_refused_and_not_made(tmp_path):
    objects = npy(np.array([[Bomb()]], dtype=object))
    ids = npy(np.array(["a"]))
    for name in ("x.npy", "labels.npy", "state"):
        (tmp_path / name).write_bytes(objects)
    (tmp_path / "labels.ids.npy").write_bytes(ids)
    (tmp_path / "x.npz").write_bytes(archive(**{"features.npy": objects, "ids.npy": ids}))
    readers = {
        "x.npy": lambda: open_table(tmp_path / "x.npy"),
        "x.npz": lambda: open_table(tmp_path / "x.npz", key="features"),
        "labels.npy": lambda: load_features(tmp_path, "weak", "strong"),
        "state": lambda: JointMoments.load(tmp_path / "state"),
    }
    for name, read in readers.items():
        with pytest.raises(ValueError, match=rf"{name} .*"):
            read()


@pytest.mark.parametrize("shape", [(10**15, 3), (1 << 62, 1 << 62), (10**15, 0), (3, 10**12)])
def test_a_header_that_claims_too_much_is_refused_before_memory_is_set_aside(tmp_path, shape):
    import tracemalloc

    (tmp_path / "x.npy").write_bytes(header(shape) + bytes(64))
    members = {"features.npy": header(shape) + bytes(64), "labels.npy": header(shape)}
    for name in ("labels", "weak", "strong"):
        (tmp_path / f"{name}.npz").write_bytes(archive(**members, **{"ids.npy": header(shape)}))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"x\.npy"):
        open_table(tmp_path / "x.npy")
    with pytest.raises(ValueError, match=r"labels\.npz"):
        load_features(tmp_path, "weak", "strong")
    assert tracemalloc.get_traced_memory()[1] < 5e6
    tracemalloc.stop()


def test_a_member_that_climbs_out_of_an_archive_writes_nothing(tmp_path):
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    content = {"../../climbed.npy": npy(np.zeros((2, 2))), "/climbed.npy": npy(np.zeros(2))}
    (inside / "x.npz").write_bytes(archive(**content))
    with pytest.raises(ValueError, match="needs a key"):
        open_table(inside / "x.npz")
    assert open_table(inside / "x.npz", key="../../climbed").read(0, 2).sum() == 0
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["x.npz"]


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> str:
    """The page of a diagnosis of files whose names are markup."""
    folder = tmp_path_factory.mktemp("names")
    rng = np.random.default_rng(0)
    strong = rng.standard_normal((900, 6))
    parts = (strong[:, :4], strong, strong[:, 0] + rng.standard_normal(900))
    paths = [folder / f"{TRAP}{k}.npy".replace("/", "") for k in range(3)]
    for path, part in zip(paths, parts, strict=True):
        np.save(path, part)
    return to_html(diagnose(*paths, n_labelled=40, n_unlabelled=200))


def test_the_name_of_a_file_gives_no_orders_to_a_terminal(tmp_path):
    rng = np.random.default_rng(0)
    strong = rng.standard_normal((300, 4))
    paths = [tmp_path / name for name in ("\x1b]0;taken\x07.npy", "a\nb\x9b.npy", "\udcff.npy")]
    for path, part in zip(paths, (strong[:, :2], strong, strong @ np.ones(4)), strict=True):
        np.save(path, part + rng.standard_normal(part.shape))
    found = diagnose(*paths, n_labelled=30, n_unlabelled=60)
    stream = io.StringIO()
    to_terminal(found, stream)
    shown = re.sub(r"\n +", "", stream.getvalue())
    assert r"\x1b]0;taken\x07.npy" in shown and r"a\nb\x9b.npy" in shown
    assert all(letter.isprintable() or letter == "\n" for letter in stream.getvalue())
    assert json.loads(to_json(found))["inputs"]["labels"] == str(paths[2])
    to_html(found).encode()


def statement() -> dict:
    says = f"{SCRIPT} {TRAP} x_{{{TRAP}}} ^<b>"
    decision = exact(1.0, 1.0, tolerance=1e-9, at={TRAP: 1.0})
    return judge("demo.markup", says=says, source=TRAP, kind="derived", decision=decision)


def test_names_and_claims_are_escaped(report):
    for text in (report, card(statement())):
        assert "<img src=x" not in text and "<script" not in text
        assert "&lt;img src=x onerror=" in text


def test_the_report_says_that_it_runs_nothing(report):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', report)[1]
    assert policy.startswith("default-src 'none'; ") and "script-src" not in policy
    assert "unsafe" not in policy


def opened(browser, path: Path) -> tuple[str, str, list[str]]:
    """Title and text of a page from a disk, and what the browser says of refused scripts."""
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(path.as_uri())
    page.wait_for_timeout(200)
    found = page.title(), page.inner_text("body"), said
    context.close()
    return found


@pytest.mark.browser
def test_markup_in_names_and_claims_runs_nothing_in_a_browser(browser, report, tmp_path):
    path = tmp_path / "page.html"
    plain = "<!DOCTYPE html><head><meta charset='utf-8'><title>mine</title></head>"
    for content, title in (
        (report, "Weak-to-strong diagnosis"),
        (f"{plain}<body>{card(statement())}", "mine"),
    ):
        path.write_text(content, encoding="utf-8")
        found, text, said = opened(browser, path)
        assert found == title and not said
        assert "<img src=x onerror=" in text  # it is read as it was written


PAGE = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>mine</title>
<script>document.documentElement.dataset.theme = "head";</script>
<script src="own.js"></script></head>
<body onclick="toggleFullScreen()"><button onclick="window.print()">print</button>
{TRAP}{SCRIPT}<script src="data:text/javascript,document.title='taken'"></script>
<svg onload="document.title='taken'"></svg><a href="javascript:document.title='taken'">link</a>
<iframe srcdoc="{SCRIPT.replace("'", "&#39;")}"></iframe><p style="color: red">text</p></body>
"""


@pytest.mark.browser
def test_a_page_runs_the_scripts_of_its_head_and_files_and_no_other(browser, tmp_path):
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    (tmp_path / "own.js").write_text(
        "window.own = true; window.print = () => { window.asked = 1; }"
    )
    assert write_policies(tmp_path) == 1
    context = browser.new_context()
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_timeout(200)
    page.locator("a").click()
    page.locator("button").click()
    assert page.title() == "mine"
    assert page.evaluate("document.documentElement.dataset.theme") == "head"
    assert page.evaluate("[window.own, window.asked]") == [True, 1]
    assert page.locator("p").evaluate("p => getComputedStyle(p).color") == "rgb(255, 0, 0)"
    context.close()


def test_the_policy_comes_first_and_is_written_once():
    once = with_policy(PAGE, PAGE.partition("</head>")[0])
    assert with_policy(once, once.partition("</head>")[0]) == once
    assert once.index("Content-Security-Policy") < once.index("<title>") < once.index("<script")
    assert once.count("'sha256-") == 3  # one script, two buttons


INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


@pytest.mark.book
def test_every_page_of_the_site_names_its_inline_scripts(smoke_book):
    import base64
    import hashlib

    site = smoke_book / "_build" / "html"
    pages = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    assert len(pages) > 30
    for path in pages:
        text = path.read_text(encoding="utf-8")
        policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
        scripts = re.search(r"script-src ([^;]*);", policy)[1].split()
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "http:"} & set(scripts), path
        for script in INLINE.findall(text):
            digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in scripts, f"{path}: {script[:80]}"
        handlers = set(re.findall(r"\son[a-z]+=\"([^\"]*)\"", re.sub(r"<pre>.*?</pre>", "", text)))
        assert handlers <= {"toggleFullScreen()", "window.print()"}, path
