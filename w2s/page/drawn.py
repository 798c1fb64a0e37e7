"""The data of a figure, read back from what Matplotlib drew: nothing drawn is left out.

A page hands over no second list of its numbers. `drawn` walks the artists of a panel and knows each
kind that the book uses; a kind that it does not know is an error, so that no picture goes without
its data.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.container import ErrorbarContainer
from matplotlib.contour import ContourSet
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

COLUMNS = ("panel", "series", "mark", "x", "y", "low", "high", "left", "right", "value")
"""Of a figure's table; the last three only where a figure has them."""

Row = dict[str, Any]
_MAP = "w2s_map"


def remember_map(artist: Any, x: ArrayLike, y: ArrayLike, values: ArrayLike) -> None:
    """Leave with filled contours the map that they are drawn from, which they forget."""
    setattr(artist, _MAP, tuple(np.asarray(a, dtype=float) for a in (x, y, values)))


def drawn(panels: Iterable[Axes]) -> tuple[str, list[str]]:
    """Return every line, point, band and map of a figure as one long table.

    Parameters
    ----------
    panels : iterable of Axes
        The panels, drawn.

    Returns
    -------
    str
        CSV. A row is a point of a line, a measured point with the ends of its bars (`low`, `high`;
        `left`, `right`), a place of a band, or a point of a map with its `value`. Comments in
        front name the axes of each panel.
    list of str
        The columns.

    Raises
    ------
    ValueError
        When a panel holds an artist of a kind that this module does not know.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> _ = ax.plot([0, 1], [0, 1], label="up")
    >>> print(drawn([ax])[0].splitlines()[1:])
    ['panel,series,mark,x,y,low,high', '1,up,line,0,0,,', '1,up,line,1,1,,']
    """
    numbered = list(enumerate(panels, start=1))
    rows = [{"panel": k} | row for k, ax in numbered for row in _rows(ax)]
    columns = [c for c in COLUMNS if c in COLUMNS[:7] or any(c in row for row in rows)]
    text = io.StringIO()
    for k, ax in numbered:
        axes = (f"{name} is {label}" for name, label in _labels(ax).items() if label)
        text.write(f"# panel {k}: {'; '.join(axes) or 'axes without units'}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_shown(row.get(name, "")) for name in columns] for row in rows)
    return text.getvalue(), columns


def _labels(ax: Axes) -> dict[str, str]:
    named = {"title": ax.get_title(), "x": ax.get_xlabel(), "y": ax.get_ylabel()}
    return {name: " ".join(label.split()) for name, label in named.items()}


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


def _rows(ax: Axes) -> Iterator[Row]:
    """Yield the rows of one panel, bars with their points, then the other artists as drawn."""
    bars = [one for one in ax.containers if isinstance(one, ErrorbarContainer)]
    done = {id(part) for one in bars for part in (one[0], *one[1], *one[2])}
    unnamed = iter(range(1, len(ax.get_children()) + 1))
    for bar in bars:
        yield from _named(_name(bar, unnamed), "points", _bar(bar))
    for artist in (*ax.lines, *ax.collections, *ax.patches, *ax.images):
        if id(artist) not in done:
            mark, rows = _read(artist, ax)
            yield from _named(_name(artist, unnamed), mark, rows)
    for artist in (*ax.artists, *ax.tables):
        if not isinstance(artist, Legend):
            raise _unknown(artist)


def _named(series: str, mark: str, rows: Iterable[Row]) -> Iterator[Row]:
    yield from ({"series": series, "mark": mark} | row for row in rows)


def _name(artist: Any, unnamed: Iterator[int]) -> str:
    label = str(artist.get_label() or "_")
    return f"unnamed {next(unnamed)}" if label.startswith("_") else " ".join(label.split())


def _unknown(artist: Any) -> ValueError:
    return ValueError(f"the data of a figure cannot hold the {type(artist).__name__} that it draws")


def _read(artist: Any, ax: Axes) -> tuple[str, Iterable[Row]]:
    """Return what an artist is, and its rows."""
    if isinstance(artist, Line2D):
        return _line(artist, ax)
    if isinstance(artist, ContourSet):
        return _contours(artist)
    if isinstance(artist, PolyCollection):
        return "band", _band(artist)
    if isinstance(artist, LineCollection):
        return "line", _table(("x", "y"), np.concatenate(artist.get_segments()))
    if isinstance(artist, Rectangle):
        return "band", _span(artist, ax)
    if isinstance(artist, AxesImage):
        return "map", _pixels(artist)
    raise _unknown(artist)


def _table(names: Sequence[str], values: Any) -> Iterator[Row]:
    for row in np.asarray(values, dtype=float):
        yield {name: value for name, value in zip(names, row, strict=True) if np.isfinite(value)}


def _line(line: Line2D, ax: Axes) -> tuple[str, Iterable[Row]]:
    x, y = (np.asarray(a, dtype=float) for a in line.get_data(orig=False))
    mark = "points" if line.get_linestyle() in ("None", "none", " ", "") else "line"
    if line.get_transform() == ax.get_yaxis_transform(which="grid"):  # axhline
        return "line", [{"y": y[0]}]
    if line.get_transform() == ax.get_xaxis_transform(which="grid"):  # axvline
        return "line", [{"x": x[0]}]
    return mark, _table(("x", "y"), np.column_stack([x, y]))


def _bar(bar: ErrorbarContainer) -> Iterator[Row]:
    """Yield the points of error bars with the ends of their bars."""
    line, _, collections = bar
    x, y = (np.asarray(a, dtype=float) for a in line.get_data(orig=False))
    columns = {"x": x, "y": y}
    for sides, axis, given in zip(
        (("left", "right"), ("low", "high")), (0, 1), (bar.has_xerr, bar.has_yerr), strict=True
    ):
        if given:
            ends = np.array(collections[bar.has_xerr if axis else 0].get_segments())[:, :, axis]
            columns |= dict(zip(sides, ends.T, strict=True))
    return _table([*columns], np.column_stack([*columns.values()]))


def _band(band: PolyCollection) -> Iterator[Row]:
    """Yield the places of `fill_between`, whose outline runs forth above and back below."""
    for path in band.get_paths():
        corners = np.asarray(path.vertices)
        count = (len(corners) - 3) // 2
        there, back = corners[1 : count + 1], corners[count + 2 : 2 * count + 2][::-1]
        yield from _table(("x", "low", "high"), np.column_stack([there, back[:, 1]]))


def _span(span: Rectangle, ax: Axes) -> Iterator[Row]:
    """Yield the sides of an `axhspan` or `axvspan`."""
    box = span.get_bbox()
    if span.get_transform() == span.get_patch_transform() + ax.get_yaxis_transform(which="grid"):
        yield {"low": box.y0, "high": box.y1}
    elif span.get_transform() == span.get_patch_transform() + ax.get_xaxis_transform(which="grid"):
        yield {"left": box.x0, "right": box.x1}
    else:
        yield {"left": box.x0, "right": box.x1, "low": box.y0, "high": box.y1}


def _pixels(image: AxesImage) -> Iterator[Row]:
    left, right, bottom, top = image.get_extent()
    values: Any = image.get_array()
    rows, columns = values.shape
    if image.origin == "upper":
        bottom, top = top, bottom
    y = bottom + (np.arange(rows) + 0.5) / rows * (top - bottom)
    x = left + (np.arange(columns) + 0.5) / columns * (right - left)
    grid = np.broadcast_arrays(x, y[:, None], values)
    return _table(("x", "y", "value"), np.column_stack([*map(np.ravel, grid)]))


def _contours(contours: Any) -> tuple[str, Iterable[Row]]:
    if hasattr(contours, _MAP):
        x, y, values = getattr(contours, _MAP)
        grid = np.broadcast_arrays(x if x.ndim == 2 else x[None], y if y.ndim == 2 else y[:, None])
        return "map", _table(
            ("x", "y", "value"), np.column_stack([*map(np.ravel, (*grid, values))])
        )
    levels = contours.levels
    return "contour", (
        {"x": corner[0], "y": corner[1], "value": level}
        for level, path in zip(levels, contours.get_paths(), strict=False)
        for corner in np.asarray(path.vertices)
    )
