"""Compare the site that the next Sphinx made with the book's own, and look at a page of it.

Usage: python .github/next_sphinx.py OWN NEXT. A green build can still lack our style sheet.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from press.pdf import find_browser

PAGE = "notebooks/discrepancy/variance_theorem.html"
STATIC = Path("book/_static")
LOOK = """() => ({
  formulas: document.querySelectorAll('.bd-article mjx-container').length,
  edge: parseFloat(getComputedStyle(document.querySelector('.w2s-claim')).borderInlineStartWidth),
  hidden: [...document.querySelectorAll('img.only-dark')].every(i => !i.checkVisibility()),
})"""


def missing(own: Path, following: Path) -> list[str]:
    """Return the pages of our site, and our files that pages load, which the next one lacks."""
    wanted = {path.relative_to(own) for path in own.rglob("*.html")}
    wanted = {path for path in wanted if path.parts[0] not in ("_static", "_sources")}
    wanted |= {Path("_static", p.relative_to(STATIC)) for p in STATIC.rglob("*") if p.is_file()}
    return sorted(path.as_posix() for path in wanted if not (following / path).is_file())


def faults_of_a_page(page: Path) -> list[str]:
    """Return what is wrong with a page in the browser: scripts, formulas, our own style."""
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        tab = browser.new_page(color_scheme="light")
        tab.on("pageerror", lambda error: faults.append(f"script: {error}"))
        # Files of figures are written by the steps of our site, which do not run here.
        tab.on(
            "requestfailed",
            lambda asked: "/figures/" in asked.url or faults.append(f"not loaded: {asked.url}"),
        )
        tab.goto(page.resolve().as_uri(), wait_until="load")
        tab.evaluate("() => window.MathJax?.startup?.promise")
        seen = tab.evaluate(LOOK)
        browser.close()
    if not seen["formulas"] or seen["edge"] < 3 or not seen["hidden"]:
        faults.append(f"the page does not look like ours: {seen}")
    return faults


def main() -> int:
    """Print every fault; return 1 when there is one."""
    own, following = map(Path, sys.argv[1:])
    faults = [f"missing: {name}" for name in missing(own, following)]
    faults = faults or faults_of_a_page(following / PAGE)
    print("\n".join(faults) or f"{following} has the pages, files and looks of {own}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
