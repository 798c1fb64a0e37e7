"""The explorers compute what `w2s` computes, work by keyboard, and stand back without script."""

from __future__ import annotations

import numpy as np
import pytest

from press.site.bundle import bundle
from tests.conftest import ROOT
from w2s.discrepancy import ridgeless
from w2s.discrepancy.subspaces import Geometry
from w2s.random_features.gradient_flow import best_stop, spectral_path
from w2s.random_features.limits import lower_bound, lower_bound_chain
from w2s.random_features.sphere import relu_eigenvalues
from w2s.random_features.universality import deterministic_teacher

pytestmark = pytest.mark.browser
SETTINGS = 200
RELATIVE = 1e-9  # both sides are sums of a few dozen terms in double precision


@pytest.fixture(scope="module")
def script(browser):
    """Return a page that holds the explorers' functions and nothing else."""
    page = browser.new_page()
    page.add_script_tag(content=bundle(ROOT / "book" / "_static" / "explorers"))
    yield page
    page.close()


def close(found, expected):
    np.testing.assert_allclose(
        np.array([np.nan if x is None else x for x in found], dtype=float), expected, rtol=RELATIVE
    )


def test_two_subspaces_gives_the_exact_risks(script):
    rng = np.random.default_rng(0)
    for _ in range(SETTINGS):
        d_s, d_w = int(rng.integers(2, 200)), int(rng.integers(2, 400))
        given = {
            "d_strong": d_s, "d_weak": d_w, "shared": int(rng.integers(0, 200)),
            "angle": float(rng.uniform(0, 90)), "rho_strong": float(rng.uniform(0, 0.2)),
            "rho_weak": float(rng.uniform(0, 0.2)), "inherited": float(rng.uniform(0, 1)),
        }  # fmt: skip
        n, big_n = (int(d + 2 + rng.integers(0, 3000)) for d in (max(d_s, d_w), d_s))
        noise = float(rng.uniform(1e-3, 10))
        found = script.evaluate(
            "([g, n, N, noise]) => { const r = w2s.risks(w2s.geometry(g), n, N, noise);"
            " return [r.weak, r.student, r.sft, r.ceiling, r.pgr, r.opr]; }",
            [given, n, big_n, noise],
        )
        overlap = min(given["shared"], d_s, d_w) * np.cos(np.radians(given["angle"])) ** 2
        inherited = given["inherited"] * given["rho_weak"]
        removed = given["rho_weak"] - inherited
        geometry = Geometry(
            d_strong=d_s, d_weak=d_w, overlap=overlap, rho_strong=given["rho_strong"],
            inherited=inherited, removed=removed, invisible=given["rho_strong"] + removed,
        )  # fmt: skip
        r = ridgeless.risks(geometry, n, big_n, noise)
        close(found, [r.teacher, r.student, r.sft, r.ceiling, r.pgr, r.opr])


def test_when_to_stop_gives_the_typical_teacher_and_its_path(script):
    rng = np.random.default_rng(1)
    for _ in range(SETTINGS):
        dim, width = int(rng.integers(8, 65)), int(rng.integers(8, 1025))
        share, late = float(rng.uniform(0, 0.5)), float(10 ** rng.uniform(-2, 6))
        coefficients = [0.0, float(np.sqrt(1 - share)), float(np.sqrt(share))]
        found = script.evaluate(
            "([d, width, f, late]) => { const t = w2s.typicalTeacher(d, width, f);"
            " const clock = 1 / w2s.reluEigenvalues(d, 1)[1];"
            " const best = w2s.bestStop(t, 1e-2 * clock, 1e8 * clock);"
            " return [w2s.teacherError(t), w2s.studentError(t, late * clock), best.error]; }",
            [dim, width, coefficients, late],
        )
        teacher = deterministic_teacher(dim, width, coefficients)
        clock = 1 / relu_eigenvalues(dim, 1)[1]
        student = spectral_path(teacher, [late * clock])[0]
        best = best_stop(
            lambda t, one=teacher: spectral_path(one, t), shortest=1e-2 * clock, longest=1e8 * clock
        )
        close(found, [float(teacher.error), student, float(best.loss)])


def test_the_ball_gives_the_bounds_and_the_chains(script):
    rng = np.random.default_rng(2)
    for _ in range(SETTINGS):
        loss, students = float(rng.uniform(0.01, 0.99)), int(rng.integers(1, 9))
        found = script.evaluate(
            "([loss, n]) => [w2s.lowerBound(loss), w2s.chainBound(loss, n)]", [loss, students]
        )
        close(found, [float(lower_bound(loss)), float(lower_bound_chain(loss, students))])


def test_the_student_of_the_picture_is_judged_by_definition(script):
    for point, inside in (([0.5, 0.2], True), ([0.9, 0.5], False)):
        found = script.evaluate("([loss, p]) => w2s.judge(loss, p)", [0.4, point])
        target, half = np.array([np.sqrt(0.6), np.sqrt(0.4)]), np.array([np.sqrt(0.6) / 2, 0.0])
        assert found["error"] == pytest.approx(((point - target) ** 2).sum(), rel=1e-12)
        assert (found["margin"] >= 0) == inside == (np.linalg.norm(point - half) <= half[0])


@pytest.mark.book
def test_every_explorer_works_by_keyboard_alone(browser, site):
    page = browser.new_page()
    page.goto(f"{site}/book/explore.html")
    for name in ("subspaces", "stopping", "ball"):
        place = page.locator(f'[data-explorer="{name}"]')
        sliders = place.locator("input[type=range]")
        for k in range(sliders.count()):
            slider = sliders.nth(k)
            before = place.locator("dl").inner_text(), slider.get_attribute("aria-valuetext")
            slider.focus()
            for key in ("Home", "End"):
                page.keyboard.press(key)
            page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 30)))")
            assert slider.get_attribute("aria-valuetext") != before[1], (name, k)
            assert "undefined" not in place.inner_text() and "NaN" not in place.inner_text()
            page.keyboard.press("ArrowLeft")
    page.close()


@pytest.mark.book
def test_without_script_a_static_figure_stands_in_each_place(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/book/explore.html")
    pictures = page.locator("[data-explorer] img.only-light")
    assert pictures.count() == 3
    for k in range(3):
        assert pictures.nth(k).evaluate("one => one.naturalWidth") > 100
    context.close()


@pytest.mark.book
def test_a_dragged_slider_redraws_the_picture_once_a_frame(browser, site):
    page = browser.new_page()
    page.goto(f"{site}/book/explore.html")
    for name in ("subspaces", "stopping", "ball"):
        drawn, changed = page.evaluate(
            """async name => {
              const { svg } = w2s.explorers[name];
              const slider = document.querySelector(`[data-explorer="${name}"] input[type=range]`);
              const frame = () => new Promise(requestAnimationFrame);
              const put = svg.replaceChildren.bind(svg), before = svg.innerHTML;
              let drawn = 0;
              svg.replaceChildren = (...parts) => { drawn += 1; put(...parts); };
              for (const share of [0.1, 0.4, 0.9]) {
                slider.value = Number(slider.min) + share * (slider.max - slider.min);
                slider.dispatchEvent(new Event("input"));
              }
              await frame();
              await frame();
              return [drawn, svg.innerHTML !== before];
            }""",
            name,
        )
        # Three events between two frames are one redrawing; how many frames a second the explorers
        # keep is measured by `make bench`, where the machine is idle.
        assert (drawn, changed) == (1, True), name
    page.close()
