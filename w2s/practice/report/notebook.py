"""What a notebook or a prompt shows of a diagnosis: the answer, the errors, and a map of sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array
from w2s.practice.diagnosis import MODELS, NAMES, Diagnosis
from w2s.practice.diagnosis.verdict import EQUAL
from w2s.practice.report import words
from w2s.practice.report.look import round_sizes, tone, typeset

# On light and on dark grounds alike, since a notebook does not say which it has.
_COLOURS = {"good": "#2da44e", "poor": "#bf8700", "open": "#8b949e", "bad": "#e5534b",
            "else": "#6cb6ff"}  # fmt: skip
_WIDTH, _HEIGHT, _LEFT, _FLOOR, _EDGE = 320, 190, 58, 156, 8
_STRIPES = "w2s-stripes"


class Region(NamedTuple):
    """A part of the surface, how it is filled, and what is said of it."""

    inside: NDArray[np.bool_]
    fill: str
    opacity: float
    name: str

    @property
    def paint(self) -> str:
        """Attributes of a shape in this region."""
        return f'fill="{self.fill}" fill-opacity="{self.opacity}"'


def summary(found: Diagnosis) -> str:
    """Return the answer in a few lines of text."""
    verdict = found.verdict
    lines = [
        f"<Diagnosis: {words.heading(verdict)}. {verdict.action}",
        f"  {words.sizes(found.point)}; {found.inputs.measure}:",
        *(f"    {name:<20}{error}" for name, error in _errors(found)),
        f"  {_checked(found)}>",
    ]
    return "\n".join(lines)


def summary_html(found: Diagnosis) -> str:
    """Return the answer, the errors and a map of the sizes as HTML that runs nothing."""
    verdict = found.verdict
    rows = "".join(
        f'<tr><td style="text-align:left">{name}</td><td>{error}</td></tr>'
        for name, error in _errors(found)
    )
    return (
        f'<div style="border-left:.4rem solid {_COLOURS[tone(verdict)]};'
        'padding:.2rem .8rem;max-width:46rem">'
        f"<p><strong>{words.heading(verdict)}.</strong> "
        f"<strong>{typeset(verdict.action)}</strong></p><p>{typeset(verdict.headline)}</p>"
        '<div style="display:flex;flex-wrap:wrap;gap:1rem;align-items:center">'
        f'<table><thead><tr><th style="text-align:left">{found.inputs.measure} at '
        f"{typeset(words.sizes(found.point))}</th><th></th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{_map(found)}</div>"
        f"<p>{typeset(_checked(found))}</p></div>"
    )


def _errors(found: Diagnosis) -> list[tuple[str, str]]:
    errors = ((model, getattr(found.point, model)) for model in (*MODELS, "mixture"))
    return [
        (NAMES[model], words.plus_minus(float(u.value), float(u.standard_error)))
        for model, u in errors
        if u is not None
    ]


def _checked(found: Diagnosis) -> str:
    v = found.validation
    if v is None:
        return "Not checked on held-out rows."
    agreed = "the predictions agree" if v.agrees else "the predictions do not hold"
    return f"Checked on {words.size(v.test_rows)} held-out rows: {agreed}."


def regions(found: Diagnosis) -> list[Region]:
    """Return which of three uses of the labels is predicted to be best at each pair of sizes."""
    names = ("student", "sft", "teacher")
    errors = np.array([getattr(found.surface, name).value for name in names])
    errors = np.where(np.isfinite(errors), errors, np.inf)
    best, second, _ = np.sort(errors, axis=0)
    known = np.isfinite(errors[0])
    clear = known & (best < (1 - EQUAL) * second)
    first = [clear & (error == best) for error in errors]
    return [
        Region(first[0], _COLOURS["good"], 0.6, "student"),
        Region(first[1], f"url(#{_STRIPES}-sft)", 1.0, "fine-tuned strong model"),
        Region(first[2], f"url(#{_STRIPES}-teacher)", 1.0, "weak teacher"),
        Region(known & ~clear, "currentColor", 0.12, f"two within {EQUAL:.0%}"),
    ]


def _map(found: Diagnosis) -> str:
    """Draw the surface as a small SVG in the colour of the text around it."""
    sizes, point = found.surface, found.point
    across = _Axis(sizes.n_labelled[:, 0], _LEFT, _WIDTH - _EDGE)
    up = _Axis(sizes.n_unlabelled[0], _FLOOR, _EDGE)
    shown = [region for region in regions(found) if region.inside.any()]
    names = ", ".join(region.name for region in shown)
    fills = "".join(
        f'<path d="{"".join(_boxes(one.inside, across, up))}" {one.paint}/>' for one in shown
    )
    key = "".join(
        '<span style="display:inline-block;margin-right:.8rem"><svg width="12" height="12" '
        f'aria-hidden="true"><rect width="12" height="12" {one.paint}/></svg> {one.name}</span>'
        for one in shown
    )
    here = across.at(float(point.n_labelled)), up.at(float(point.n_unlabelled))
    return (
        f'<div><svg role="img" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" style="max-width:100%;height:auto" '
        f'aria-label="Map of the sizes n and N. Predicted to be best: {names}. A dot marks the '
        'sizes asked for." fill="currentColor" font-family="sans-serif" font-size="11">'
        f"<defs>{_stripes('sft', 0, _COLOURS['else'])}"
        f"{_stripes('teacher', 45, _COLOURS['poor'])}</defs>{fills}"
        f'<rect x="{_LEFT}" y="{_EDGE}" width="{_WIDTH - _EDGE - _LEFT}" '
        f'height="{_FLOOR - _EDGE}" fill="none" stroke="currentColor" stroke-opacity="0.5"/>'
        f'<circle cx="{here[0]:.1f}" cy="{here[1]:.1f}" r="4.5" stroke="#fff" stroke-width="1.5" '
        f'fill="#000"/>{"".join(_labels(across, up))}</svg>'
        f'<div style="font-size:.85em">predicted best single model: {key}</div></div>'
    )


def _stripes(name: str, angle: int, colour: str) -> str:
    return (
        f'<pattern id="{_STRIPES}-{name}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({angle})"><rect width="2.5" height="6" fill="{colour}"/>'
        "</pattern>"
    )


def _labels(across: _Axis, up: _Axis) -> Iterator[str]:
    """Ticks of both axes, and their names."""
    middle = 'text-anchor="middle"'
    for size in across.ticks():
        x = f"{across.at(size):.0f}"
        yield f'<text x="{x}" y="{_FLOOR + 14}" {middle}>{words.size(size)}</text>'
    for size in up.ticks():
        y = f"{up.at(size) + 4:.0f}"
        yield f'<text x="{_LEFT - 5}" y="{y}" text-anchor="end">{words.size(size)}</text>'
    names = (("labels", "n"), ("inputs", "N"))
    places = (
        f"{(_LEFT + _WIDTH) / 2:.0f} {_HEIGHT - 4}",
        f"11 {_FLOOR / 2 + 4:.0f}) rotate(-90",
    )
    for (what, symbol), place in zip(names, places, strict=True):
        italic = f'<tspan font-style="italic">{symbol}</tspan>'
        yield f'<text transform="translate({place})" {middle}>{what} {italic}</text>'


class _Axis:
    """Sizes on a log scale between two ends of the picture, each with a box of its own."""

    def __init__(self, sizes: Array, start: float, stop: float) -> None:
        log = np.log(sizes)
        middle = (log[1:] + log[:-1]) / 2
        self._low, self._high = float(log[0]), float(log[-1])
        self._start, self._stop = start, stop
        self.edges = [self._scaled(one) for one in (log[0], *middle, log[-1])]

    def _scaled(self, log: float) -> float:
        share = (log - self._low) / max(self._high - self._low, 1e-9)
        return self._start + share * (self._stop - self._start)

    def at(self, size: float) -> float:
        return self._scaled(min(max(float(np.log(size)), self._low), self._high))

    def ticks(self) -> list[float]:
        return round_sizes(*np.exp([self._low, self._high]))


def _boxes(inside: NDArray[np.bool_], across: _Axis, up: _Axis) -> Iterator[str]:
    """One rectangle for each run of sizes ``n`` that lie inside, at each ``N``."""
    for column in range(inside.shape[1]):
        padded = np.concatenate([[False], inside[:, column], [False]])
        starts, stops = (np.flatnonzero(np.diff(padded.astype(int)) == sign) for sign in (1, -1))
        y, top = up.edges[column], up.edges[column + 1]
        for start, stop in zip(starts, stops, strict=True):
            x, end = across.edges[start], across.edges[stop]
            yield f"M{x:.1f} {y:.1f}H{end:.1f}V{top:.1f}H{x:.1f}z"
