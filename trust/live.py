"""Every page that has the button, rerun in headless Chromium with no host but this one.

The site must have been built with its runtime (`make book LIVE=1 PROFILE=smoke`). Each page is
opened, its button pressed, and the verdicts of its claims compared with those of the kernel. With
``--record`` what `press.live.known` says is kept: the seconds that each page took, those of the
thread that computes, which other work on the machine changes little; and the bounds of its
parameters. Without it, bounds that are not those on record are a fault.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from press import pdf
from press.executed import Executed, read_kept
from press.live.known import Known, read_known, write_known
from press.live.serve import server
from press.live.site import FOLDER
from press.pages import Book, Page, read_book
from press.parameters import PROFILES

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

ROOT = Path(__file__).resolve().parents[1]
# Names of other hosts lead nowhere, whatever a page asks for.
FLAGS = [*pdf.FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
PATIENCE = 1800.0  # seconds until a page hangs rather than computes, on a machine with other work
_STATUS = "(document.querySelector('.w2s-here-status')?.textContent ?? '')"
_ALERT = "(document.querySelector('.w2s-here [role=alert]')?.textContent ?? '')"
_READ = (
    f"() => ({{status: {_STATUS}, error: {_ALERT},"
    """
  claims: Object.fromEntries([...document.querySelectorAll('[data-claim]')]
    .map(e => [e.dataset.claim, e.dataset.verdict])),
  bounds: Object.fromEntries([...document.querySelectorAll('.w2s-here-field')]
    .map(e => [e.querySelector('input').name, e.querySelector('.w2s-here-bound').textContent])
    .filter(([, words]) => words)),
  figures: Object.fromEntries([...document.querySelectorAll('[data-figure]')]
    .map(e => [e.dataset.figure, e.querySelector('a[download]').href])),
})"""
)


@dataclass(frozen=True)
class Shown:
    """What a page shows after a run: last words, verdicts, bounds, tables of its figures."""

    status: str = ""
    error: str = ""
    claims: Mapping[str, str] = field(default_factory=dict)
    bounds: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m trust live", description=__doc__)
    parser.add_argument("pages", nargs="*", help="page ids (all that have the button)")
    parser.add_argument("--profile", choices=PROFILES, default="smoke", help="the scale")
    parser.add_argument("--record", action="store_true", help="keep the seconds (on Linux)")
    given = parser.parse_args(arguments)
    book = read_book(ROOT)
    if not (book.site / FOLDER).is_dir():
        print("live: no live site: make book LIVE=1 PROFILE=smoke first")
        return 1
    faults = []
    with served(book.site) as base, started() as browser:
        for page in book.notebooks:
            if page.id in given.pages or not given.pages:
                known = read_known(book)
                asked = None if given.record else known.bounds.get(page.id, {})
                found, ran = try_page(book, page, browser, base, given.profile, asked)
                faults += found
                if given.record and ran:
                    write_known(book, recorded(known, page.id, given.profile, ran))
    print(f"live: {'FAILED' if faults else 'all is well'}")
    return int(bool(faults))


@dataclass(frozen=True)
class Ran:
    """A run that ended well: seconds until its first cell, of its cells, and the bounds it met."""

    start: float
    cells: float
    bounds: Mapping[str, str] = field(default_factory=dict)


def recorded(known: Known, page: str, profile: str, ran: Ran) -> Known:
    """Return what is known after one more run."""
    own = {**known.pages.get(page, {}), profile: ran.cells}
    bounds = {**known.bounds, **({page: ran.bounds} if profile == "smoke" else {})}
    return Known(ran.start, {**known.pages, page: own}, bounds)


def try_page(
    book: Book, page: Page, browser: Browser, base: str, profile: str = "smoke",
    asked: Mapping[str, str] | None = None,
) -> tuple[list[str], Ran | None]:  # fmt: skip
    """Rerun a page and say in a line how it went; return its faults, and the run if it has none.

    Bounds other than those of `asked` are a fault, if it is given.
    """
    began = time.monotonic()
    with tab_of(browser) as tab:
        tab.goto(f"{base}/{page.entry}.html", wait_until="load")
        if not tab.locator(".w2s-here").count():
            print(f"{page.id}: no button")
            return [], None
        press(tab)
        tab.wait_for_function(f"() => /^(cell|ran in)/.test({_STATUS}) || {_ALERT}")
        loaded = worker_seconds()
        shown = finished(tab)
        if profile == "paper" and not shown.error:
            before = worker_seconds()
            tab.locator("#w2s-here-scale").select_option("paper")
            tab.get_by_role("button", name="Run", exact=True).click()
            shown = finished(tab)
        else:
            before = loaded
        ran = Ran(loaded, worker_seconds() - before, shown.bounds)
    faults = [shown.error] if shown.error else []
    kept = read_kept(book, page, profile)
    if kept is not None and not shown.error:
        faults += differences(kept, shown)
    if asked is not None and profile == "smoke" and not shown.error and asked != shown.bounds:
        faults.append(f"asks {shown.bounds}, not {asked}: python -m trust live --record {page.id}")
    said = f"{len(shown.claims)} claims, {len(shown.figures)} figures; {shown.status}"
    spent = f"{ran.start:.1f} + {ran.cells:.1f} s of its thread"
    print(f"{page.id}: {said} [{time.monotonic() - began:.0f} s; {spent}]", flush=True)
    for fault in faults:
        print(f"  FAILED {fault}", flush=True)
    return faults, None if faults else ran


def differences(kept: Executed, shown: Shown) -> list[str]:
    """Say what a browser decided or drew otherwise than the kernel."""
    wanted = {one["id"]: one["verdict"] for one in kept.claims}
    faults = [
        f"claim {name}: {shown.claims.get(name)} here, {wanted.get(name)} in the kernel"
        for name in sorted({*wanted, *shown.claims})
        if shown.claims.get(name) != wanted.get(name)
    ]
    figures = {one["name"] for one in kept.figures}
    if figures != set(shown.figures):
        faults.append(f"figures {sorted(figures ^ set(shown.figures))} are on one side only")
    return faults


def worker_seconds() -> float:
    """Return the processor time of the threads that compute pages in the browsers started here."""
    parents, ticks = {}, {}
    for path in [
        *Path("/proc").glob("[0-9]*/stat"),
        *Path("/proc").glob("[0-9]*/task/[0-9]*/stat"),
    ]:
        with contextlib.suppress(OSError):  # a thread that has ended
            head, _, rest = path.read_text("utf-8").rpartition(") ")
            process, fields = path.parts[2], rest.split()
            parents[process] = fields[1]
            if "task" in path.parts and head.endswith("(DedicatedWorker"):
                ticks[path] = process, sum(map(int, fields[11:13]))

    def ours(process: str) -> bool:
        while process in parents and process != str(os.getpid()):
            process = parents[process]
        return process == str(os.getpid())

    total = sum(spent for process, spent in ticks.values() if ours(process))
    return total / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a site as `make live` does; yield its address."""
    with server(site) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


@contextlib.contextmanager
def started() -> Iterator[Browser]:
    """Start Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=pdf.find_browser(), args=FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def tab_of(browser: Browser, **options: Any) -> Iterator[Tab]:
    """Open a tab in a context of its own."""
    context = browser.new_context(**options)
    tab = context.new_page()
    tab.set_default_timeout(1000 * PATIENCE)
    yield tab
    context.close()


def press(tab: Tab) -> None:
    """Press the button of a page, by the keyboard."""
    tab.locator(".w2s-here-start").focus()
    tab.keyboard.press("Enter")


def finished(tab: Tab) -> Shown:
    """Wait until a run has ended, well or badly, and return what the page shows."""
    tab.wait_for_function(f"() => /^ran in/.test({_STATUS}) || {_ALERT}")
    shown = tab.evaluate(_READ)
    tables = {name: _text(address) for name, address in shown["figures"].items()}
    return Shown(shown["status"], shown["error"], shown["claims"], shown["bounds"], tables)


def _text(address: str) -> str:
    return base64.b64decode(address.partition("base64,")[2]).decode("utf-8")
