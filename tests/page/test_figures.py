"""One look for every picture: contrast, descriptions, data, and the same bytes twice."""

from __future__ import annotations

import base64
import csv
import itertools
import re

import matplotlib.colors
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from w2s.page import figures
from w2s.page.figures import (
    BOUND,
    CEILING,
    GROUND,
    MIME,
    SFT,
    STUDENT,
    WEAK,
    figure,
    palette,
    shades,
)

ALT = "A straight line from the lower left to the upper right corner."


def luminance(colour):
    channels = np.array(matplotlib.colors.to_rgb(colour))
    linear = np.where(channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_stands_out_from_its_ground(theme):
    # 3:1 is the threshold of WCAG 2.2 for graphical objects, 4.5:1 that for text.
    ratios = {colour: contrast(colour, GROUND[theme]) for colour in palette(theme)}
    assert min(ratios.values()) >= 3.0, ratios
    assert contrast(figures.INK[theme], GROUND[theme]) >= 4.5


def test_no_two_roles_share_a_colour_a_line_style_or_a_marker():
    roles = [WEAK, STUDENT, SFT, CEILING, BOUND]
    for one, other in itertools.combinations(roles, 2):
        assert one.color != other.color
        assert one.style != other.style
        assert one.marker != other.marker


def test_shades_are_ordered_and_distinct():
    indices = [int(role.color[1:]) for role in shades(9)]
    assert indices == sorted(set(indices))
    with pytest.raises(ValueError, match="between 1 and 9 shades, got 10"):
        shades(10)


def emitted(*panels, **keywords):
    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            figure("line", *panels, **keywords)
    finally:
        InteractiveShell.clear_instance()
    (output,) = captured.outputs
    return output


def line(ax):
    ax.plot([0, 1], [0, 1], **STUDENT.line)


def test_a_figure_is_the_same_bytes_twice():
    first, second = (emitted(line, alt=ALT).data for _ in range(2))
    assert first == second


def test_a_figure_comes_in_both_themes_with_description_data_and_fallback():
    output = emitted(line, line, alt=ALT)
    shown = output.data["text/html"]
    assert shown.count("<img") == 4
    assert len(re.findall(r'<img class="only-dark" alt="[^"]+" hidden', shown)) == 2
    assert shown.count(ALT) == 2  # once a theme; the second panel refers to the first
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")
    assert output.metadata["scrapbook"]["name"] == "line"
    record = output.data[MIME]
    rows = [dict(zip(record["columns"], row, strict=True)) for row in csv.reader(
        row for row in record["csv"].splitlines() if row[0].isdigit())]  # fmt: skip
    assert [(row["panel"], row["x"], row["y"]) for row in rows] == [
        ("1", "0", "0"), ("1", "1", "1"), ("2", "0", "0"), ("2", "1", "1"),
    ]  # fmt: skip


def test_the_two_themes_differ_and_carry_no_machine_date():
    pictures = re.findall(r"base64,([A-Za-z0-9+/=]+)", emitted(line, alt=ALT).data["text/html"])
    light, dark = (base64.b64decode(p).decode() for p in pictures[:2])
    assert palette("light")[1] in light and palette("dark")[1] in dark
    assert "<dc:date>" not in light


def test_a_description_with_markup_stays_text():
    shown = emitted(line, alt='"><script>alert(1)</script>' + ALT).data["text/html"]
    assert "<script" not in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alt": "too short"}, "needs 40 characters"),
        ({"alt": [ALT, ALT]}, "1 panels but 2 descriptions"),
    ],
)
def test_a_figure_without_words_or_data_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        figure("line", line, **({"alt": ALT} | arguments))


def test_a_figure_needs_a_panel_and_a_plain_name():
    with pytest.raises(ValueError, match="at least one panel"):
        figure("line", alt=ALT)
    with pytest.raises(ValueError, match="lower case with hyphens, got 'My Figure'"):
        figure("My Figure", line, alt=ALT)


def without_names(svg: str) -> str:
    """Names of markers and clip paths are hashes that may depend on colours."""
    return re.sub(r"(?<=[\"#])[mpCh][0-9a-f]{10}(?:_[0-9a-f_]+)?", "name", svg)


def rich_panel(ax):
    x = np.linspace(1.0, 9.0, 20)
    for k, role in enumerate(figures.shades(9)):
        ax.plot(x, x + k, **role.line)
        ax.plot(x[::4], x[::4] + k, **role.dots)
    ax.fill_between(x, x, 2 * x, **figures.STUDENT.band)
    ax.errorbar(x, x, 0.2, **figures.WEAK.dots)
    ax.contour(x, x, np.outer(x, x), colors=["C4"])
    ax.set(xscale="log", xlabel=r"$\mathcal{L}_{TE}$")
    ax.annotate("here", (2, 3), arrowprops={"arrowstyle": "->", "color": "C5"})
    ax.legend(["one"])


def test_exchanging_colours_gives_the_same_picture_as_drawing_again():
    found = figures.twins(rich_panel)["dark"]
    assert without_names(found) == without_names(figures._svg(rich_panel, "dark", (4.4, 3.4)))


def test_every_light_colour_has_its_own_partner():
    colours = figures._colours("light")
    assert len(set(colours)) == len(colours)


def test_a_panel_with_pixels_is_drawn_for_each_theme():
    def panel(ax):
        ax.plot([0, 1], [0, 1], rasterized=True, **figures.STUDENT.line)

    pictures = figures.twins(panel)
    assert pictures["dark"] == figures._svg(panel, "dark", (4.4, 3.4)) != pictures["light"]
