"""The data of a figure are what Matplotlib drew, kind by kind, and nothing is left out."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnchoredText
from matplotlib.patches import Circle

from w2s.page.drawn import drawn, remember_map

X = np.array([1.0, 2.0, 4.0])


def table(draw, panels=1):
    """The rows of a figure whose panels are drawn by one function, as dictionaries of text."""
    axes = Figure().subplots(1, panels, squeeze=False).ravel()
    for ax in axes:
        draw(ax)
    text, columns = drawn(axes)
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert list(rows[0]) == columns if rows else lines == [",".join(columns)]
    return rows


def values(rows, *names, **where):
    """Some columns of the rows that are as told, as numbers."""
    found = [row for row in rows if all(row[k] == v for k, v in where.items())]
    return np.array([[float(row[name] or "nan") for name in names] for row in found]).T.tolist()


def test_a_line_and_points_have_their_coordinates_and_their_names():
    def draw(ax):
        ax.plot(X, X**2, label="$x^2$\nsquare")
        ax.plot(X, [1.0, np.nan, 3.0], "o", label="measured")
        ax.plot(X, -X)

    rows = table(draw)
    assert values(rows, "x", "y", series="$x^2$ square", mark="line") == [X.tolist(), [1, 4, 16]]
    assert values(rows, "x", series="measured", mark="points") == [X.tolist()]
    assert [row["y"] for row in rows if row["series"] == "measured"] == ["1", "", "3"]
    assert values(rows, "y", series="unnamed 1", mark="line") == [[-1, -2, -4]]


def test_error_bars_have_both_ends_also_where_they_differ_and_lie_flat():
    def draw(ax):
        ax.errorbar(X, X, yerr=[[0.5] * 3, [1.0] * 3], capsize=2, label="tall")
        ax.errorbar(X, X, xerr=0.25, yerr=0.5, fmt="o", label="cross")
        ax.errorbar(X, X, label="bare", fmt="s")

    rows = table(draw)
    assert {row["mark"] for row in rows} == {"points"} and len(rows) == 9
    tall = values(rows, "y", "low", "high", series="tall")
    assert tall == [X.tolist(), (X - 0.5).tolist(), (X + 1).tolist()]
    cross = values(rows, "low", "high", "left", "right", series="cross")
    assert cross == [(X + d).tolist() for d in (-0.5, 0.5, -0.25, 0.25)]
    assert values(rows, "x", "y", series="bare") == [X.tolist()] * 2


def test_bands_have_their_lower_and_upper_edge_also_in_pieces():
    def draw(ax):
        ax.fill_between(X, X - 1, X + 1, label="whole")
        x = np.arange(6.0)
        ax.fill_between(x, 0, x, where=np.abs(x - 2.5) > 1, label="pieces")

    rows = table(draw)
    whole = values(rows, "x", "low", "high", series="whole", mark="band")
    assert whole == [X.tolist(), (X - 1).tolist(), (X + 1).tolist()]
    assert values(rows, "x", "high", series="pieces") == [[0, 1, 4, 5], [0, 1, 4, 5]]


def test_lines_and_bands_across_a_panel_have_one_coordinate():
    def draw(ax):
        ax.axhline(2.0, label="level")
        ax.axvline(3.0, label="edge")
        ax.axhspan(0.0, 1.0, label="zone")
        ax.axvspan(4.0, 5.0, label="wall")

    by_name = {row["series"]: {k: v for k, v in row.items() if v} for row in table(draw)}
    place = {"panel": "1"}
    assert by_name == {
        "level": place | {"series": "level", "mark": "line", "y": "2"},
        "edge": place | {"series": "edge", "mark": "line", "x": "3"},
        "zone": place | {"series": "zone", "mark": "band", "low": "0", "high": "1"},
        "wall": place | {"series": "wall", "mark": "band", "left": "4", "right": "5"},
    }


def test_a_map_has_its_values_a_picture_its_pixels_and_a_contour_its_level():
    y = np.array([0.0, 1.0])
    z = X + 10 * y[:, None]

    def draw(ax):
        remember_map(ax.contourf(X, y, z), X, y, z)
        ax.contour(X, y, z, [7.0])
        ax.imshow([[1.0, 2.0]], extent=(0, 4, 2, 0))

    rows = table(draw)
    seen = values(rows, "x", "y", "value", series="unnamed 1", mark="map")
    assert seen == [[1, 2, 4] * 2, [0] * 3 + [1] * 3, [1, 2, 4, 11, 12, 14]]
    x, height, level = np.array(values(rows, "x", "y", "value", mark="contour"))
    assert (level == 7.0).all() and np.allclose(x + 10 * height, 7.0)
    assert values(rows, "x", "y", "value", series="unnamed 3") == [[1, 3], [1, 1], [1, 2]]


def test_panels_are_numbered_and_their_axes_named_in_front():
    def draw(ax):
        ax.plot(X, X)
        ax.set(xlabel="labels\nn", ylabel="risk, scaled", title="here")
        ax.legend(["line"])
        ax.annotate("words", (1, 1))

    axes = Figure().subplots(1, 2)
    for ax in axes:
        draw(ax)
    text, columns = drawn(axes)
    assert text.startswith("# panel 1: title is here; x is labels n; y is risk, scaled\n# panel 2")
    assert columns == ["panel", "series", "mark", "x", "y", "low", "high"]
    assert [row["panel"] for row in table(draw, panels=2)] == ["1"] * 3 + ["2"] * 3


@pytest.mark.parametrize(
    ("draw", "kind"),
    [
        (lambda ax: ax.scatter(X, X), "PathCollection"),
        (lambda ax: ax.add_patch(Circle((3.0, 4.0), 2.0)), "Circle"),
        (lambda ax: ax.add_artist(AnchoredText("words", "center")), "AnchoredText"),
    ],
)
def test_what_the_table_cannot_hold_is_refused(draw, kind):
    with pytest.raises(ValueError, match=f"cannot hold the {kind} that it draws"):
        table(draw)
