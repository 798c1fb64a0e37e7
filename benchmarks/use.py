"""What a user waits for: the start of the command line, and the frames of an explorer."""

from __future__ import annotations

import functools
import http.server
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks.timing import Line, Measured, cpu_seconds_of_child

SITE = Path("_build/html")
EXPLORERS = ("subspaces", "stopping", "ball")
# Every slider in turn goes from one end to the other, a step with each frame.
_DRAG = """
async name => {
  const sliders = document.querySelectorAll(`[data-explorer="${name}"] input[type=range]`);
  const frame = () => new Promise(requestAnimationFrame);
  let drawn = 0, spent = 0;
  await frame();
  const start = performance.now();
  for (const slider of sliders) {
    const low = Number(slider.min), high = Number(slider.max);
    for (let step = 0; step <= 60; step += 1) {
      slider.value = low + (high - low) * step / 60;
      slider.dispatchEvent(new Event("input"));
      await frame();
      drawn += 1;
    }
  }
  const seconds = (performance.now() - start) / 1000;
  const again = performance.now();
  for (let k = 0; k < 50; k += 1) w2s.explorers[name].refresh();
  return [drawn / seconds, (performance.now() - again) / 50];
}
"""


def lines() -> Iterator[Line]:
    yield from starts()
    yield from frames()


def starts(rounds: int = 7) -> Iterator[Line]:
    """CPU seconds beyond those of numpy, median of paired differences; warnings are errors."""
    for name, work, code, goal in (
        ("start_command", "python -m w2s", "import numpy, w2s.cli", 0.3),
        ("start_diagnose", "from w2s import diagnose", "from w2s import diagnose", None),
    ):
        beyond = [_start(code) - _start("import numpy") for _ in range(rounds)]
        yield Measured(
            name, f"start of {work}, warnings as errors", median(beyond),
            "CPU seconds beyond numpy", goal,
        )  # fmt: skip


def _start(code):
    return cpu_seconds_of_child([sys.executable, "-W", "error", "-c", code])


def frames() -> Iterator[Line]:
    """Frames a second while every slider is dragged, in the site that `make book` left here."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if browser is None or not (SITE / "book" / "explore.html").is_file():
        print("frames: not measured, they need Chromium and a site (make book)", flush=True)
        return
    from playwright.sync_api import sync_playwright

    with served() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser, args=["--no-sandbox", "--disable-gpu"]
        )
        page = chromium.new_page()
        page.goto(f"{address}/book/explore.html")
        for name in EXPLORERS:
            page.locator(f'[data-explorer="{name}"]').scroll_into_view_if_needed()
            rate, spent = page.evaluate(_DRAG, name)
            yield Measured(
                f"frames_{name}", f"explorer {name}, every slider dragged, headless Chromium",
                rate, "frames a second", 30.0, f"{spent:.1f} ms of script for a frame",
                more_is_better=True,
            )  # fmt: skip
        chromium.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served() -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
