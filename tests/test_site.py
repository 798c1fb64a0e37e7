"""The rendered site in a real browser: light, dark, and as wide as a phone."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import ROOT, chromium

pytestmark = [pytest.mark.browser, pytest.mark.book]

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip

# What axe-core reports about markup that the theme writes and we cannot mend from here: the rule,
# and what every node it names must contain.
THEME_OWNED = {"region": "logo__image"}


def site_pages() -> list[str]:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def site(smoke_book: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(smoke_book / "_build" / "html"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        started.close()


class Visit:
    """One page as a visitor meets it, with everything that went wrong on the way."""

    def __init__(self, browser: Browser, site: str, *, dark: bool = False, width: int = 1280):
        scheme = "dark" if dark else "light"
        self.context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}
        )
        self.site = site
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message: object) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _request(self, request: object) -> None:
        if not request.url.startswith((self.site, "data:", "blob:")):
            self.faults.append(f"foreign request: {request.url}")

    def _response(self, response: object) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def open(self, name: str) -> Page:
        self.page.goto(f"{self.site}/{name}.html", wait_until="load")
        self.page.evaluate("() => window.MathJax?.startup?.promise")
        # Colours are judged at rest, not half-way from one theme to the other.
        self.page.add_style_tag(content="* { transition: none !important }")
        return self.page

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def untypeset(page: Page) -> int:
    missing = page.locator("span.math, div.math").count() - page.locator("mjx-container").count()
    return max(missing, 0) + page.locator("mjx-merror, [data-mjx-error]").count()


def bad_images(page: Page) -> list[dict[str, object]]:
    """Images without words or without a picture; each figure shows one of its two themes."""
    images = page.evaluate(
        """() => [...document.querySelectorAll('.bd-article img')]
             .map(i => ({alt: i.alt, loaded: i.complete && i.naturalWidth > 0,
                         twin: i.dataset.name || '', seen: i.checkVisibility()}))"""
    )
    theme = page.evaluate("document.documentElement.dataset.theme")
    wrong = [i for i in images if i["seen"] and not (i["alt"].strip() and i["loaded"])]
    return wrong + [i for i in images if i["twin"] and i["seen"] != i["twin"].endswith(theme)]


def too_wide(page: Page) -> list[str]:
    return page.evaluate(
        """() => { const limit = document.documentElement.clientWidth;
             if (document.documentElement.scrollWidth <= limit + 1) return [];
             return [...document.querySelectorAll('.bd-article *')]
               .filter(e => e.getBoundingClientRect().right > limit + 1)
               .map(e => e.tagName + '.' + e.className).slice(0, 5)
               .concat(['scrollWidth ' + document.documentElement.scrollWidth]); }"""
    )


def inaccessible(page: Page) -> list[tuple[str, str]]:
    return [
        (violation["id"], node["html"][:160])
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
        if THEME_OWNED.get(violation["id"], "never") not in node["html"]
    ]


@pytest.mark.parametrize("name", site_pages())
def test_a_page_is_whole_offline_and_accessible(browser, site, name):
    with Visit(browser, site) as visit:
        page = visit.open(name)
        assert "smoke" in page.locator(".bd-header-announcement").inner_text().lower()
        assert untypeset(page) == 0
        assert bad_images(page) == []
        assert too_wide(page) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert too_wide(page) == [], "at 390 px"
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="dark")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        assert bad_images(page) == [], "in the dark"
        # Before axe-core runs: it fetches the style sheets again, by paths of its own making.
        assert not visit.faults, visit.faults
        assert inaccessible(page) == [], "in the dark"
        page.emulate_media(color_scheme="light")
        page.wait_for_function("document.documentElement.dataset.theme === 'light'")
        assert inaccessible(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_visitor_s_colour_scheme_is_followed_from_the_start(browser, site, dark):
    with Visit(browser, site, dark=dark) as visit:
        page = visit.open(site_pages()[0])
        assert page.evaluate("document.documentElement.dataset.theme") == (
            "dark" if dark else "light"
        )


def test_search_finds_a_page_by_its_words(browser, site):
    with Visit(browser, site) as visit:
        visit.page.goto(f"{site}/search.html?q=pseudo-labels")
        visit.page.wait_for_selector("#search-results li", timeout=10_000)
        titles = " ".join(visit.page.locator("#search-results li a").all_inner_texts())
        assert "Weak-to-strong" in titles or "variance" in titles
        assert not visit.faults, visit.faults
