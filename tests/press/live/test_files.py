"""The panel that diagnoses a reader's own files does what the command line does."""

import base64
import contextlib
import io
import json
import math
import threading
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
import pytest

from press.live import files
from press.live.assets import diagnose_files
from press.live.serve import server
from press.live.site import go_live, prepare
from press.pages import read_book
from press.progress import Progress
from press.site.policy import write_policies
from tests import ROOT
from w2s.cli import main

ASKED = {"weak": "W.npy", "strong": "S.safetensors", "labels": "all.csv", "labels_key": "y",
         "n": "60", "N": "300", "head": "ridge", "more": "--seed 3"}  # fmt: skip
COMMAND = ("--weak W.npy --strong S.safetensors --labels all.csv:y --n=60 --N=300 --seed 3").split()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    z = rng.standard_normal((1500, 12))
    y = z @ rng.standard_normal(12) + rng.standard_normal(1500)
    np.save(tmp_path / "W.npy", z[:, 4:].astype(np.float32))
    strong = z[:, :8].astype("<f4")
    about = {"features": {"dtype": "F32", "shape": [1500, 8], "data_offsets": [0, strong.nbytes]}}
    head = json.dumps(about).encode()
    (tmp_path / "S.safetensors").write_bytes(
        len(head).to_bytes(8, "little") + head + strong.tobytes()
    )
    lines = ["y,other", *(f"{value:.17g},0" for value in y)]
    (tmp_path / "all.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    np.save(tmp_path / "short.npy", z[:700])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*words):
    """Status, output and the last line of errors of ``w2s diagnose``."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["diagnose", *words])
    return status, out.getvalue(), err.getvalue().splitlines()[-1]


def told(given):
    said = []
    diagnose_files.diagnose(given, lambda kind, content: said.append((kind, json.loads(content))))
    return said


def test_a_form_is_the_command(folder):
    *doing, (kind, report) = told(ASKED)
    assert kind == "report" and {kind for kind, _ in doing} == {"doing"}
    assert report["command"] == "w2s diagnose " + " ".join(COMMAND)
    assert report["json"] == command(*COMMAND, "--json", "--full")[1]
    assert report["html"].startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"strong": "short.npy"}, ["--strong", "short.npy"]),
        ({"labels_key": "z"}, ["--labels", "all.csv:z"]),
        ({"n": "many"}, ["--n=many"]),
        ({"more": "--colour red"}, ["--colour", "red"]),
        ({"head": "deep"}, ["--head", "deep"]),
    ],
)
def test_an_error_is_the_line_of_the_command(folder, changed, words):
    status, _, line = command(*COMMAND, *words)  # the last of two options counts
    assert status == 2 and told(ASKED | changed)[-1] == ("refused", {"line": line})


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"weak": ""}, "w2s: choose a file for --weak"),
        ({"more": "--seed '3"}, "w2s: further options: No closing quotation"),
        ({"more": "--workers=2"}, "w2s: --workers has no use in a browser"),
    ],
)
def test_what_only_a_form_can_get_wrong(folder, changed, line):
    assert told(ASKED | changed) == [("refused", {"line": line})]


@pytest.mark.parametrize(("rows", "said"), [(100_000, False), (100_001, True), (1_000_000, True)])
def test_files_beyond_a_minute_are_told_before(tmp_path, rows, said):
    paths = []
    for name in ("W.npy", "S.npy"):  # of holes: the shape decides
        paths.append(str(tmp_path / name))
        np.lib.format.open_memmap(paths[-1], "w+", np.float32, (rows, 256))
    line = diagnose_files.large(*paths)
    assert bool(line) == said and (not said or line.startswith(f"{rows:,} rows of 256 and 256"))


def test_what_cannot_be_read_is_left_to_the_diagnosis(tmp_path):
    assert diagnose_files.large("no such file", "nor this") == ""


@dataclass
class Panel:
    """The panel on a page in a browser, and what the page asked of its server."""

    page: object
    host: str
    requests: list

    def open(self):
        self.place = self.page.locator(".w2s-files")
        self.place.get_by_role("button", name="Diagnose your files here").click()
        return self

    def drop(self, part, *paths):
        given = [(path.name, base64.b64encode(path.read_bytes()).decode()) for path in paths]
        dropped = self.page.evaluate_handle(
            """given => { const all = new DataTransfer();
            for (const [name, text] of given) {
              all.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
            }
            return all; }""",
            given,
        )
        zone = self.place.locator(f'[data-part="{part}"]')
        zone.dispatch_event("drop", {"dataTransfer": dropped})

    def diagnose(self, **fields):
        for name, value in fields.items():
            self.place.locator(f'[name="{name}"]').fill(value)
        self.place.get_by_role("button", name="Diagnose", exact=True).click()
        done = ".w2s-files-report:not([hidden]), .w2s-here-error:not(:empty)"
        self.place.locator(done).first.wait_for(timeout=300_000)

    def saved(self):
        with self.page.expect_download() as download:
            self.place.get_by_role("link", name="as JSON").click()
        return json.loads(Path(download.value.path()).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def live_site(tmp_path_factory):
    """A site of one page, which holds the panel alone."""
    book, folder = read_book(ROOT), tmp_path_factory.mktemp("live")
    page = book.page(files.PAGE)
    path = folder / f"{page.entry}.html"
    path.parent.mkdir(parents=True)
    path.write_text(
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>Files</title></head><body>"
        '<nav class="w2s-out"></nav><section id="install-and-run"></section></body></html>',
        encoding="utf-8",
    )
    edition = SimpleNamespace(book=book, pages=[page], profile="smoke")
    go_live(edition, folder, prepare(book, None, Progress()))
    write_policies(folder, live=True)
    with server(folder) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}", page.entry
        running.shutdown()


@pytest.fixture
def panel(browser, live_site):
    host, entry = live_site
    context = browser.new_context(accept_downloads=True)
    page, requests = context.new_page(), []
    context.on("request", lambda one: requests.append((one.method, one.url, one.post_data)))
    page.goto(f"{host}/{entry}.html")
    yield Panel(page, host, requests)
    context.close()


def unequal(one, other, at=""):
    """Places where two JSON texts differ by more than rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            yield from unequal(one.get(name), other.get(name), f"{at}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for k, pair in enumerate(zip(one, other, strict=True)):
            yield from unequal(*pair, f"{at}[{k}]")
    elif isinstance(one, float) and isinstance(other, float):
        # Two libraries of linear algebra; one or so is the scale of errors and of their ratios.
        if not math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9):
            yield f"{at}: {one} and {other}"
    elif one != other:
        yield f"{at}: {one!r} and {other!r}"


@pytest.mark.browser
@pytest.mark.live
def test_dropped_files_are_diagnosed_as_by_the_command_and_do_not_leave(panel, folder):
    panel.open()
    panel.drop("weak", folder / "W.npy", folder / "S.safetensors")  # the second goes further
    panel.place.locator("#w2s-files-labels").set_input_files(folder / "all.csv")
    panel.diagnose(labels_key="y", n="60", N="300", more="--seed 3")
    plain = json.loads(command(*COMMAND, "--json", "--full")[1])
    assert not list(unequal(panel.saved(), plain))
    report = panel.place.locator(".w2s-files-report")
    assert report.get_by_role("heading", name="Will weak-to-strong help").is_visible()
    assert report.locator("img").count() == 6
    assert {method for method, _, _ in panel.requests} == {"GET"}
    hosts = {urlsplit(url).netloc for _, url, _ in panel.requests if not url.startswith("blob:")}
    assert hosts <= {urlsplit(panel.host).netloc, ""}


@pytest.mark.browser
@pytest.mark.live
def test_a_wrong_file_is_refused_by_the_line_of_the_command_and_mended(panel, folder):
    panel.open()
    panel.diagnose()
    alert = panel.place.locator(".w2s-here-error")
    assert alert.text_content() == "w2s: choose a file for --weak"
    panel.drop("weak", folder / "W.npy", folder / "short.npy", folder / "all.csv")
    panel.place.get_by_role("button", name="Diagnose", exact=True).click()
    wrong = ["--weak", "W.npy", "--strong", "short.npy", "--labels", "all.csv"]
    line = command(*wrong)[2]
    panel.page.wait_for_function(
        "line => document.querySelector('.w2s-here-error').textContent === line", arg=line
    )
    panel.drop("strong", folder / "S.safetensors")
    panel.place.locator('[name="labels_key"]').fill("y")
    panel.diagnose(n="60", N="300")
    mended = ["--weak", "W.npy", "--strong", "S.safetensors", "--labels", "all.csv:y"]
    plain = json.loads(command(*mended, "--n=60", "--N=300", "--json", "--full")[1])
    assert alert.text_content() == "" and not list(unequal(panel.saved(), plain))
