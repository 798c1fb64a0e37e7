"""One look for every picture: light and dark, described in words, with its data.

A page draws panels on plain Matplotlib axes; `figure` runs each panel twice, once per theme, and
shows the pair as SVG (with a PNG for readers that cannot display HTML) beside a link to the
numbers that were drawn. Colours come from roles (`WEAK`, `STUDENT`, `SFT`, `CEILING`, `BOUND`) or
from a ramp (`shades`), each with its own line style and marker, so that no curve is told by colour
alone.
"""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import matplotlib
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

from w2s._display import emit
from w2s.page.drawn import drawn, remember_map
from w2s.page.records import ALT_LENGTH
from w2s.page.records import FIGURE as MIME

Panel = Callable[[Axes], object]
Item = TypeVar("Item")

# Every colour keeps a contrast of at least 3:1 with its ground, as tests/page/test_figures.py
# measures.
GROUND = {"light": "#ffffff", "dark": "#14181e"}
INK = {"light": "#24292f", "dark": "#ced6dd"}
GRID = {"light": "#d0d7de", "dark": "#39424e"}
ROLE_COLOURS = {
    "light": ["#b45309", "#1d4ed8", "#15803d", "#7e22ce", "#57606a", "#be123c"],
    "dark": ["#f5a524", "#7cb2ff", "#5bd08a", "#d19cff", "#a3adb8", "#ff8fa3"],
}
RAMP_ENDS = {
    "light": ["#c2680a", "#a3195b", "#3b2a9e"],
    "dark": ["#ffd27a", "#ff8fa8", "#a99bff"],
}
RAMP_LENGTH = 9
PANEL, PAIR = (4.4, 3.4), (4.0, 3.1)  # inches: a panel, and one of two
LINE_STYLES: list[Any] = ["-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)), (0, (7, 2))]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "<", ">"]


@dataclass(frozen=True)
class Role:
    """How one kind of curve looks: a colour by index, a line style and a marker.

    Attributes
    ----------
    color : str
        A Matplotlib cycle colour (``"C0"`` ...), resolved in the theme being drawn.
    line, dots, band : dict
        Keyword arguments for ``plot`` (a line), ``plot`` or ``errorbar`` (markers without a
        line) and ``fill_between``.
    """

    color: str
    style: Any = "-"
    marker: str = "o"

    @property
    def line(self) -> dict[str, Any]:
        """Keyword arguments of a curve."""
        return {"color": self.color, "linestyle": self.style, "linewidth": 1.8}

    @property
    def dots(self) -> dict[str, Any]:
        """Keyword arguments of measured points."""
        look = {"color": self.color, "marker": self.marker, "linestyle": "none"}
        return look | {"markersize": 4.5, "zorder": 3}

    @property
    def band(self) -> dict[str, Any]:
        """Keyword arguments of a filled band."""
        return {"color": self.color, "alpha": 0.18, "linewidth": 0}


WEAK = TEACHER = Role("C0", LINE_STYLES[1], "s")
STUDENT = Role("C1", LINE_STYLES[0], "o")
SFT = Role("C2", LINE_STYLES[2], "^")
CEILING = Role("C3", LINE_STYLES[4], "D")
BOUND = Role("C4", LINE_STYLES[3], "x")
ACCENT = Role("C5", LINE_STYLES[5], "*")


def shades(count: int) -> list[Role]:
    """Return `count` roles along one ramp, for an ordered family of curves.

    Parameters
    ----------
    count : int
        Between 1 and 9.

    Returns
    -------
    list of Role
        Evenly spaced along the ramp, line styles and markers varying.

    Raises
    ------
    ValueError
        When `count` is outside 1..9.

    Examples
    --------
    >>> [role.color for role in shades(3)]
    ['C6', 'C10', 'C14']
    """
    if not 1 <= count <= RAMP_LENGTH:
        raise ValueError(f"a ramp has between 1 and {RAMP_LENGTH} shades, got {count}")
    first = len(ROLE_COLOURS["light"])
    steps = np.linspace(0, RAMP_LENGTH - 1, count).round().astype(int)
    return [
        Role(f"C{first + step}", LINE_STYLES[k % len(LINE_STYLES)], MARKERS[k])
        for k, step in enumerate(steps)
    ]


def in_shades(items: Iterable[Item]) -> list[tuple[Role, Item]]:
    """Give each of an ordered family of curves its shade: pairs of a `Role` and an item.

    Examples
    --------
    >>> [(role.color, width) for role, width in in_shades([16, 64, 256])]
    [('C6', 16), ('C10', 64), ('C14', 256)]
    """
    family = list(items)
    return list(zip(shades(len(family)), family, strict=True))


def ticks(ax: Axes, x: Sequence[float] = (), y: Sequence[float] = ()) -> None:
    """Set ticks at these values, written as plain numbers, without minor ticks."""
    for axis, values in ((ax.xaxis, x), (ax.yaxis, y)):
        if len(values):
            axis.set_ticks(list(values), labels=[f"{value:.12g}" for value in values])
            axis.set_minor_locator(NullLocator())


def points(
    ax: Axes, x: ArrayLike, measured: tuple[ArrayLike, ArrayLike], role: Role, **style: Any
) -> None:
    """Draw means with two standard errors at `x`; `measured` is a pair of the two."""
    mean, error = measured
    ax.errorbar(x, mean, 2 * np.asarray(error), **(role.dots | style))


def heat_map(
    ax: Axes,
    x: ArrayLike,
    y: ArrayLike,
    values: ArrayLike,
    fills: ArrayLike,
    label: str,
    lines: Mapping[str, Sequence[float]],
    extend: str = "max",
) -> None:
    """Draw filled contours with a colour bar, and labelled lines over them.

    Parameters
    ----------
    ax : Axes
        Where.
    x, y, values : array_like of shape (k,), (l,) and (l, k)
        The map.
    fills : array_like
        Levels of the fills.
    label : str
        Of the colour bar.
    lines : mapping of str to sequence of float
        Levels of the lines, by their colour.
    extend : {"max", "min", "both", "neither"}
        Which side of the levels is filled too.
    """
    colours = ax.contourf(x, y, values, fills, extend=extend)
    remember_map(colours, x, y, values)
    for colour, levels in lines.items():
        drawn = ax.contour(x, y, values, levels, colors=colour, linewidths=1.2)
        ax.clabel(drawn, fmt="%g")
    ax.grid(False)
    ax.figure.colorbar(colours, ax=ax, label=label)


def palette(theme: str) -> list[str]:
    """Return the colour cycle of a theme: the roles, then the ramp.

    Parameters
    ----------
    theme : {"light", "dark"}
        The ground on which the picture stands.

    Returns
    -------
    list of str
        Hexadecimal colours; index k is Matplotlib's ``"Ck"`` while that theme is drawn.

    Examples
    --------
    >>> palette("light")[1]
    '#1d4ed8'
    """
    corners = np.array([matplotlib.colors.to_rgb(c) for c in RAMP_ENDS[theme]])
    grid = np.linspace(0, 1, RAMP_LENGTH)
    knots = np.linspace(0, 1, len(corners))
    ramp = np.column_stack([np.interp(grid, knots, channel) for channel in corners.T])
    return ROLE_COLOURS[theme] + [matplotlib.colors.to_hex(rgb) for rgb in ramp]


def figure(
    name: str,
    *panels: Panel,
    alt: str | Sequence[str],
    size: tuple[float, float] | None = None,
) -> None:
    """Show a figure of one or more panels in both themes, with its description and its data.

    Parameters
    ----------
    name : str
        Unique on the page, lower case with hyphens; the name that ``glue:figure`` places.
    *panels : callable
        Each draws on the Matplotlib axes it is given. It is called once per theme, so it must
        not draw random numbers or name absolute colours.
    alt : str or sequence of str
        What one sees, in words (at least 40 characters in all); one text, or one per panel.
    size : tuple of float, optional
        Width and height of one panel in inches; two panels that share the column are drawn
        smaller than one, so that their letters are as large.

    Raises
    ------
    ValueError
        When the name is malformed, there is no panel, the description is too short or of the
        wrong number, or a panel draws what its table of data cannot hold (`w2s.page.drawn`).

    Examples
    --------
    >>> figure("parabola", lambda ax: ax.plot([0, 1, 2], [0, 1, 4], **STUDENT.line),
    ...        alt="A parabola through the origin, growing to four at two.")
    figure parabola: A parabola through the origin, growing to four at two.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise ValueError(f"a figure name is lower case with hyphens, got {name!r}")
    if not panels:
        raise ValueError(f"figure {name} needs at least one panel, got none")
    texts = _descriptions(name, alt, len(panels))
    size = size or (PAIR if len(panels) == 2 else PANEL)
    picture, table, columns = _whole(panels, size)
    described = " ".join([alt] if isinstance(alt, str) else alt)
    record = {"name": name, "alt": described, "columns": columns, "csv": table}
    bundle = {
        "text/plain": f"figure {name}: {described}",
        "text/html": _markup(name, panels, texts, table, size),
        "image/png": base64.b64encode(picture).decode(),
        MIME: record,
    }
    emit(bundle, {"scrapbook": {"name": name, "mime_prefix": ""}})


def _descriptions(name: str, alt: str | Sequence[str], panels: int) -> list[str]:
    given = [alt] if isinstance(alt, str) else list(alt)
    if len(given) not in (1, panels):
        raise ValueError(f"figure {name} has {panels} panels but {len(given)} descriptions")
    if sum(map(len, given)) < ALT_LENGTH:
        needed = f"needs {ALT_LENGTH} characters"
        raise ValueError(f"the description of figure {name} {needed}, got {given!r}")
    rest = [f"Panel {k + 1} of {panels}, described with the first." for k in range(panels)]
    return given if len(given) == panels else given + rest[1:]


@contextmanager
def _look(theme: str) -> Iterator[None]:
    ink, grid = INK[theme], GRID[theme]
    settings: dict[Any, Any] = {
        "axes.prop_cycle": cycler(color=palette(theme)),
        "figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none",
        "text.color": ink, "axes.labelcolor": ink, "axes.edgecolor": ink,
        "xtick.color": ink, "ytick.color": ink, "grid.color": grid, "grid.linewidth": 0.6,
        "axes.grid": True, "axes.axisbelow": True,
        "axes.spines.top": False, "axes.spines.right": False,
        "font.size": 10, "axes.titlesize": 10.5, "axes.labelsize": 10.5,
        "legend.fontsize": 9, "legend.frameon": False,
        "svg.fonttype": "path", "svg.hashsalt": "w2s",
        "lines.linewidth": 1.8, "errorbar.capsize": 2.0, "image.cmap": "viridis",
    }  # fmt: skip
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # whatever the settings of the user or of the folder say
        matplotlib.rcParams.update(settings)
        yield


def _svg(panel: Panel, theme: str, size: tuple[float, float]) -> str:
    with _look(theme):
        canvas = Figure(figsize=size, layout="constrained")
        panel(canvas.subplots())
        buffer = io.BytesIO()
        canvas.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue().decode()


def twins(panel: Panel, size: tuple[float, float] = PANEL) -> dict[str, str]:
    """Draw a panel for both themes, as two SVG documents.

    Every colour of the light theme has one partner in the dark theme, so the second picture is
    the first with its colours exchanged. Pixels cannot be exchanged: a panel with an image in it
    is drawn twice.

    Parameters
    ----------
    panel : callable
        Draws on the Matplotlib axes it is given.
    size : tuple of float
        Width and height in inches.

    Returns
    -------
    dict of str to str
        The documents, under ``"light"`` and ``"dark"``.

    Examples
    --------
    >>> pictures = twins(lambda ax: ax.plot([0, 1], [0, 1], **STUDENT.line))
    >>> palette("dark")[1] in pictures["dark"], palette("light")[1] in pictures["dark"]
    (True, False)
    """
    light = _svg(panel, "light", size)
    if "<image" in light:
        return {"light": light, "dark": _svg(panel, "dark", size)}
    partner = dict(zip(_colours("light"), _colours("dark"), strict=True))
    dark = re.sub(r"#[0-9a-f]{6}\b", lambda found: partner.get(found[0], found[0]), light)
    return {"light": light, "dark": dark}


def _colours(theme: str) -> list[str]:
    return [*palette(theme), INK[theme], GRID[theme]]


def _whole(panels: Sequence[Panel], size: tuple[float, float]) -> tuple[bytes, str, list[str]]:
    """Draw all panels side by side; return the picture as PNG, its data and their columns."""
    with _look("light"):
        canvas = Figure(figsize=(size[0] * len(panels), size[1]), layout="constrained")
        canvas.set_facecolor(GROUND["light"])
        all_axes = canvas.subplots(1, len(panels), squeeze=False).ravel()
        for axes, panel in zip(all_axes, panels, strict=True):
            panel(axes)
        buffer = io.BytesIO()
        canvas.savefig(buffer, format="png", dpi=110, facecolor=GROUND["light"])
    return buffer.getvalue(), *drawn(all_axes)


def _markup(
    name: str, panels: Sequence[Panel], texts: Sequence[str], table: str, size: tuple[float, float]
) -> str:
    # Alone a panel may take the column; several share it, and stack on a phone at one width.
    widest = size[0] * (7.5 if len(panels) == 1 else 5.0)
    images = []
    for k, (panel, text) in enumerate(zip(panels, texts, strict=True)):
        for theme, picture in twins(panel, size).items():
            # The dark twin is hidden until the site's style sheet shows it, so that a notebook
            # opened in Jupyter shows one picture.
            hidden = " hidden" if theme == "dark" else ""
            images.append(
                f'<img class="only-{theme}" alt="{html.escape(text)}"{hidden} '
                f'data-name="{name}-{k + 1}-{theme}" '
                f'width="{96 * size[0]:.0f}" height="{96 * size[1]:.0f}" '
                f'style="height: auto; flex: 1 1 {3.9 * size[0]:.1f}rem; min-width: 0; '
                f'max-width: min(100%, {widest:.1f}rem)" '
                f'src="data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}">'
            )
    link = base64.b64encode(table.encode()).decode()
    return (
        '<div class="w2s-figure" style="display: flex; flex-wrap: wrap; gap: 0.5rem; '
        f'justify-content: center">{"".join(images)}</div>'
        f'<p class="w2s-download"><a download="{name}.csv" '
        f'href="data:text/csv;base64,{link}">Data of this figure (CSV)</a></p>'
    )
