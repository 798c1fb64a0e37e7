"""The rendered site in a real browser: light, dark, and as wide as a phone."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.conftest import FLAGS, ROOT, chromium

pytestmark = [pytest.mark.browser, pytest.mark.book]

# What axe-core reports about markup that the theme writes and we cannot mend from here: the rule,
# and what every node it names must contain.
PAGE_BYTES, SITE_BYTES = 1_500_000, 66_000_000
# Pixels from the top of a page; the stamp of the smoke site, which no reader sees, is left out.
FIGURE_BOTTOM, PANEL_BOTTOM_ON_A_PHONE, PAGE_HEIGHT = 900, 1500, 9000
MINUTE_WORDS = 80
THEME_OWNED = {"region": "logo__image"}


def site_pages() -> list[str]:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]


def papers_of(name: str) -> set[str]:
    """Return the papers that a page of a notebook links: its wing's, or those that it cites."""
    both = {"dong2025": "2502.05075", "medvedev2025": "2503.02877"}
    wings = {"discrepancy": "dong2025", "random_features": "medvedev2025"}
    wing = name.split("/")[1]
    text = (ROOT / f"{name}.py").read_text(encoding="utf-8")
    if wing == "neighbours":  # what its minute cites, else all of it, and arXiv has
        minute = text.split("In one minute")[1].split("\n# :::\n")[0]
        text = minute if "{cite:" in minute else text
        entries = (ROOT / "book" / "references.bib").read_text(encoding="utf-8").split("\n@")
        known = {
            one.partition("{")[2].partition(",")[0]: one.split("eprint")[1].split("{")[1][:10]
            for one in entries
            if "eprint " in one
        }
    else:
        known = both
    cited = {key for key in known if f"`{key}`" in text}
    return {known[key] for key in ({wings[wing]} if wing in wings else cited or both)}


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
        """async () => {
             const images = [...document.querySelectorAll('.bd-article img')];
             // The twin of the other theme is loaded when it comes into view.
             for (const i of images.filter(i => i.checkVisibility())) {
               i.loading = 'eager'; await i.decode().catch(() => {}); }
             return images.map(i => ({alt: i.alt, loaded: i.complete && i.naturalWidth > 0,
                         twin: i.dataset.name || '', seen: i.checkVisibility()})); }"""
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


def inaccessible(page: Page, *, colours_only: bool = False) -> list[tuple[str, str]]:
    """Report what axe-core finds, by all of its rules or by those that depend on colours."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if colours_only:
        options["runOnly"] = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
    return [
        (violation["id"], node["html"][:160])
        for violation in Axe().run(page, options=options).response["violations"]
        for node in violation["nodes"]
        if THEME_OWNED.get(violation["id"], "never") not in node["html"]
    ]


def without_preview(page: Page) -> list[str]:
    """Links to symbols, terms, statements, figures, equations and sources that show nothing."""
    return page.evaluate(
        """async () => {
             const root = new URL(document.documentElement.dataset.content_root || './',
                                  document.baseURI);
             if (!window.w2sPreviews) await new Promise(done => {
               const script = document.createElement('script');
               script.src = root.href + '_static/previews-data.js';
               script.onload = done; document.head.append(script); });
             return [...document.querySelectorAll(
                 '.bd-article a.w2s-symbol, .bd-article a.w2s-term, [data-preview], '
                 + '.bd-article a[href*="#thm-"], .bd-article a[href*="#fig-"], '
                 + '.bd-article a[href*="#equation-"], .bibtex-citation a')]
               .filter(a => !a.matches('.headerlink'))
               .map(a => new URL(a.dataset.preview || a.href, document.baseURI).href)
               .filter(to => !((to.slice(root.href.length)) in window.w2sPreviews)); }"""
    )


HEIGHTS = """() => {
  const stamp = document.querySelector('.bd-header-announcement')?.offsetHeight ?? 0;
  const bottom = e => e.getBoundingClientRect().bottom + scrollY - stamp;
  const figure = document.querySelector('.bd-article figure .w2s-figure');
  const panels = [...figure?.querySelectorAll('img') ?? []].filter(i => i.checkVisibility());
  return {page: document.documentElement.scrollHeight - stamp,
          figure: figure && Math.max(...panels.map(bottom)),
          panel: figure && bottom(panels[0])}; }"""
MINUTE = """() => [...document.querySelectorAll('.bd-article .w2s-minute')].map(block => {
  const copy = block.cloneNode(true);
  copy.querySelectorAll('.math').forEach(formula => formula.replaceWith('x'));
  copy.querySelector('.admonition-title').remove();
  return copy.textContent.trim().split(/\\s+/).length; })"""


def first_screen(page: Page, name: str) -> list[str]:
    """What a page of a notebook lacks on its first screen, and what is too long, at 1280 px."""
    found, heights, minute = [], page.evaluate(HEIGHTS), page.evaluate(MINUTE)
    if heights["page"] > PAGE_HEIGHT:
        found.append(f"the page is {heights['page']:.0f} px high")
    if not name.startswith("notebooks/"):
        return found
    if heights["figure"] and heights["figure"] > FIGURE_BOTTOM:
        found.append(f"the first figure ends at {heights['figure']:.0f} px")
    if len(minute) != 1 or not 10 < minute[0] < MINUTE_WORDS:
        found.append(f"blocks 'In one minute' with {minute} words")
    links = page.locator(".w2s-out a").evaluate_all("all => all.map(a => a.href)")
    linked = {link.rpartition("/")[2] for link in links if "arxiv.org/abs/" in link}
    if linked != papers_of(name):
        found.append(f"the papers linked under the title are {linked}")
    return found


def first_panel_on_a_phone(page: Page) -> list[str]:
    panel = page.evaluate(HEIGHTS)["panel"]
    late = panel is not None and panel > PANEL_BOTTOM_ON_A_PHONE
    return [f"the first panel ends at {panel:.0f} px"] if late else []


# Where scrollbars are classic, what may scroll shows one as soon as a hair is wider than its box.
SCROLLING_FORMULAS = """() => [...document.querySelectorAll('span.math, span.math *')]
  .filter(e => { const style = getComputedStyle(e);
    return style.display != 'inline' && /auto|scroll/.test(style.overflowX + style.overflowY); })
  .map(e => e.outerHTML.slice(0, 80))"""


def weight(page: Page) -> int:
    """Bytes that a page loads, unpacked, without MathJax."""
    return page.evaluate(
        """() => [...performance.getEntriesByType('navigation'),
                  ...performance.getEntriesByType('resource')]
             .filter(e => !e.name.includes('/mathjax/'))
             .reduce((sum, e) => sum + e.decodedBodySize, 0)"""
    )


@pytest.mark.parametrize("name", site_pages())
def test_a_page_is_whole_offline_and_accessible(browser, site, name):
    with Visit(browser, site) as visit:
        page = visit.open(name)
        assert 50_000 < weight(page) < PAGE_BYTES
        assert "smoke" in page.locator(".bd-header-announcement").inner_text().lower()
        assert untypeset(page) == 0
        assert bad_images(page) == []
        assert too_wide(page) == []
        assert page.evaluate(SCROLLING_FORMULAS) == []
        assert first_screen(page, name) == []
        page.set_viewport_size({"width": 390, "height": 844})
        assert too_wide(page) == [], "at 390 px"
        assert page.evaluate(SCROLLING_FORMULAS) == [], "at 390 px"
        assert first_panel_on_a_phone(page) == []
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(color_scheme="dark")
        page.wait_for_selector("html[data-theme=dark]", state="attached")
        assert bad_images(page) == [], "in the dark"
        assert without_preview(page) == []
        # Before axe-core runs: it fetches the style sheets again, by paths of its own making.
        assert not visit.faults, visit.faults
        assert inaccessible(page) == [], "in the dark"
        page.emulate_media(color_scheme="light")
        page.wait_for_selector("html[data-theme=light]", state="attached")
        # The same elements in other colours.
        assert inaccessible(page, colours_only=True) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_visitor_s_colour_scheme_is_followed_from_the_start(browser, site, dark):
    with Visit(browser, site, dark=dark) as visit:
        page = visit.open(site_pages()[0])
        assert page.evaluate("document.documentElement.dataset.theme") == (
            "dark" if dark else "light"
        )


@pytest.mark.parametrize("name", ["notebooks/random_features/limit", "book/notation"])
def test_where_scrollbars_are_classic_no_formula_in_a_sentence_has_one(browser, site, name):
    classic = browser.browser_type.launch(
        executable_path=chromium(),
        args=[*FLAGS, "--disable-features=OverlayScrollbar"],
        ignore_default_args=["--hide-scrollbars"],
    )
    with Visit(classic, site) as visit:
        page = visit.open(name)
        bars = (
            "all => all.filter(e => e.offsetHeight - e.clientHeight > 5 && e.clientHeight).length"
        )
        assert page.evaluate("innerWidth - document.documentElement.clientWidth") > 5
        assert page.locator("span.math").count() > 20
        assert page.locator("span.math").evaluate_all(bars) == 0
    classic.close()


def test_the_site_is_light(smoke_book):
    files = (smoke_book / "_build" / "html").rglob("*")
    assert sum(path.stat().st_size for path in files if path.is_file()) < SITE_BYTES


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("Theorem 4.1", "notebooks/random_features/limit"),
        ("sigma", "book/notation"),
        ("install", "book/guide"),
        ("how many labels", "book/guide"),
        ("correlation dimension", "book/glossary"),
        ("stopping time", "notebooks/random_features/stopping"),
        ("pseudo-labels", "book/glossary"),
        ("bias bound", "book/glossary"),
        ("early stopping", "notebooks/random_features/setup"),
        ("cite", "book/bibliography"),
    ],
)
def test_search_finds_a_page_in_the_first_three_hits_and_shows_no_tex(browser, site, words, page):
    with Visit(browser, site) as visit:
        visit.page.goto(f"{site}/search.html?q={words}")
        found = visit.page.locator("#search-results .search-summary", has_text="finished")
        found.wait_for(timeout=120_000)
        hits = visit.page.locator("#search-results li > a")
        addresses = hits.evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert page in [one.partition(".html")[0] for one in addresses[:3]], addresses
        assert not any(one.startswith("book/status") for one in addresses)
        visit.page.locator("#search-results p.context").nth(min(2, len(addresses) - 1)).wait_for()
        excerpts = visit.page.locator("#search-results p.context").all_inner_texts()
        assert all(excerpts) and not any("\\" in text for text in excerpts), excerpts
        assert not visit.faults, visit.faults


def test_the_next_page_is_the_one_that_the_contents_name(browser, site):
    pages = [f"{site}/{name}.html" for name in site_pages()]
    with Visit(browser, site) as visit:
        named = visit.open(site_pages()[0]).evaluate(
            """pages => Promise.all(pages.map(async url => {
                 const text = await (await fetch(url)).text();
                 const page = new DOMParser().parseFromString(text, 'text/html');
                 return ['a.left-prev', 'a.right-next'].map(name => {
                   const to = page.querySelector(name)?.getAttribute('href');
                   return to ? new URL(to, url).href : ''; }); }))""",
            pages,
        )
    assert named == [list(pair) for pair in zip(["", *pages[:-1]], [*pages[1:], ""], strict=True)]


# A page with an equation, a citation, a symbol, a term and a page at the end of a link.
PREVIEWED = "notebooks/discrepancy/variance_theorem"
TARGETS = {
    "a[href='#equation-2']": "mjx-container",
    "a[href*='bibliography.html#']": "text=Discrepancies are virtue",
    "a.w2s-symbol[href*='sym-d-s-wedge-w']": "text=correlation dimension",
    "a.w2s-term[href*='weak-teacher']": "text=saw the real labels",
    "a[href*='page-subspaces']": "text=Two feature spaces",
}


def test_a_link_shows_what_it_leads_to_under_the_mouse(browser, site):
    with Visit(browser, site) as visit:
        page = visit.open(PREVIEWED)
        for link, shown in TARGETS.items():
            page.mouse.move(2, 2)
            page.locator(link).first.hover()
            page.wait_for_selector(f"#w2s-preview:not([hidden]) >> {shown}")
        page.locator("#w2s-preview").hover()  # the mouse may rest on the preview
        page.wait_for_timeout(400)
        assert page.locator("#w2s-preview").is_visible()
        page.mouse.move(2, 2)
        page.wait_for_selector("#w2s-preview", state="hidden")
        assert not visit.faults, visit.faults


def test_a_preview_opens_at_keyboard_focus_and_closes_at_escape(browser, site):
    with Visit(browser, site) as visit:
        page = visit.open(PREVIEWED)
        for _ in range(200):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('a.w2s-symbol')"):
                break
        box = page.locator("#w2s-preview")
        page.wait_for_selector("#w2s-preview:not([hidden]) >> mjx-container")
        assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == (
            box.get_attribute("id")
        )
        assert box.get_attribute("role") == "tooltip"
        assert box.locator("a, button, [tabindex]").count() == 0
        assert not visit.faults, visit.faults
        assert inaccessible(page) == []
        page.keyboard.press("Escape")
        assert box.is_hidden()
        assert page.evaluate("document.activeElement.matches('a.w2s-symbol')")
        assert page.locator("[aria-describedby=w2s-preview]").count() == 0


@pytest.fixture
def phone(browser, site):
    """The previewed page on a phone, and how often its preview was opened."""
    context = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{site}/{PREVIEWED}.html")
    page.evaluate("() => window.MathJax?.startup?.promise")
    page.evaluate(
        """() => { const box = document.querySelector('#w2s-preview'); window.opened = 0;
             new MutationObserver(() => { window.opened += box.hidden ? 0 : 1; })
               .observe(box, {attributes: true}); }"""
    )
    yield page
    context.close()


def test_a_finger_follows_a_plain_link_at_once(phone):
    phone.locator("a[href='#equation-2']").first.tap()
    phone.wait_for_timeout(500)
    assert phone.url.endswith("#equation-2")
    assert phone.evaluate("window.opened") == 0


def test_a_finger_opens_the_preview_of_a_dotted_term_and_follows_it_the_second_time(phone):
    here = phone.url
    for link, shown in list(TARGETS.items())[2:4]:
        phone.locator(link).first.tap()
        phone.wait_for_selector(f"#w2s-preview:not([hidden]) >> {shown}")
        assert phone.url == here
    phone.locator("article h1").tap()
    phone.wait_for_selector("#w2s-preview", state="hidden")
    for _ in range(2):
        phone.locator(link).first.tap()
        phone.wait_for_timeout(300)
    phone.wait_for_url("**/glossary.html#*weak-teacher")


def test_previews_work_from_a_disk(browser, smoke_book):
    page = browser.new_page()
    page.goto((smoke_book / "_build" / "html" / f"{PREVIEWED}.html").as_uri())
    page.evaluate("() => window.MathJax?.startup?.promise")
    page.locator("a.w2s-term[href*='weak-teacher']").first.hover()
    page.wait_for_selector("#w2s-preview:not([hidden]) >> text=saw the real labels")
    page.close()


SCROLLERS = """() => [...document.querySelectorAll('.bd-article *')]
  .filter(e => /auto|scroll/.test(getComputedStyle(e).overflowX + getComputedStyle(e).overflowY))
  .map(e => e.tagName + '.' + e.className).slice(0, 5)"""


def test_on_paper_there_is_no_furniture_and_nothing_is_folded(browser, site):
    with Visit(browser, site) as visit:
        page = visit.open(PREVIEWED)
        proof = page.locator(".admonition.dropdown p:not(.admonition-title)").first
        assert proof.evaluate("e => getComputedStyle(e).visibility") == "hidden"
        page.emulate_media(media="print")
        assert proof.evaluate("e => getComputedStyle(e).visibility") == "visible"
        assert proof.evaluate("e => e.getBoundingClientRect().height") > 20
        furniture = ".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article"
        furniture += ", .prev-next-footer, .w2s-download, .bd-article button, #jb-print-docs-body"
        furniture += ", details:not([open]) > summary"
        shown = page.locator(furniture).evaluate_all("all => all.filter(e => e.checkVisibility())")
        assert len(shown) == 0
        assert page.locator("article h1").is_visible()
        claims = page.locator(".w2s-claim").evaluate_all("all => all.map(e => e.checkVisibility())")
        assert claims and all(claims)
        assert page.evaluate(SCROLLERS) == []


def test_on_a_phone_a_formula_that_is_a_little_too_wide_is_set_smaller(browser, site):
    with Visit(browser, site, width=390) as visit:
        page = visit.open("notebooks/discrepancy/pgr_opr_bounds")
        page.wait_for_function(
            """() => { const sizes = [...document.querySelectorAll('mjx-container[display="true"]')]
                 .map(e => parseFloat(e.style.fontSize));
               return Math.min(...sizes) < Math.max(...sizes); }"""
        )
        bounds = page.locator(".proof.theorem mjx-container[display=true]").first
        assert bounds.evaluate("e => e.scrollWidth <= e.clientWidth + 1")


def test_on_a_phone_a_narrow_table_names_its_columns_beside_each_cell(browser, site):
    with Visit(browser, site, width=390) as visit:
        page = visit.open("book/notation")
        cell = page.locator("#sym-N td").nth(1)
        assert cell.evaluate("e => getComputedStyle(e, '::before').content") == '"words"'
        assert cell.bounding_box()["width"] > 300
        page.set_viewport_size({"width": 1280, "height": 900})
        assert cell.evaluate("e => getComputedStyle(e, '::before').content") == "none"


def test_the_first_page_tells_the_story_in_pictures_and_opens_four_doors(browser, site):
    with Visit(browser, site) as visit:
        page = visit.open(site_pages()[0])
        pictures = page.locator(".w2s-twin img:visible")
        assert pictures.count() == 6
        assert all(len(words) > 60 for words in pictures.evaluate_all("all => all.map(i => i.alt)"))
        third = page.locator(".w2s-twin").nth(2).bounding_box()
        assert third["y"] + third["height"] < 900, "the story fits on one screen"
        for k in range(4):
            page = visit.open(site_pages()[0])
            page.locator(".w2s-door").nth(k).locator("a").first.click()
            page.wait_for_load_state()
            assert page.locator("h1").count() >= 1 and "intro" not in page.url
        assert not visit.faults, visit.faults
