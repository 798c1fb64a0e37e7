"""The pictures of the page: panels for `w2s.page.figures`, each with its description."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from w2s._checks import Array
from w2s.page.figures import ACCENT, BOUND, CEILING, SFT, STUDENT, WEAK, Panel, shades, ticks
from w2s.practice.diagnosis import MODELS, NAMES, Diagnosis, Forecast
from w2s.practice.estimation.estimates import Uncertain
from w2s.practice.report.look import round_sizes

ROLES = dict(zip(MODELS, (WEAK, STUDENT, SFT, CEILING), strict=True))
_HERE = ACCENT.dots | {"markersize": 11}
_TOP = 2.0  # errors above this multiple of the largest one at the user's sizes are cut off
_LINES = 6  # contour lines of a surface, about


@dataclass(frozen=True)
class Picture:
    """A panel, what it is called, and what one sees in it."""

    title: str
    panel: Panel
    alt: str


def pictures(found: Diagnosis) -> dict[str, list[Picture]]:
    """Return the pictures of each section of the page."""
    return {
        "risks": [_over(found, "n"), _over(found, "N")],
        "geometry": [_spectra(found), _angles(found)],
        "surface": [
            _surface(found, "PGR", found.surface.pgr),
            _surface(found, "OPR", found.surface.opr),
        ],
    }


def _over(found: Diagnosis, symbol: str) -> Picture:
    along = found.over_labelled if symbol == "n" else found.over_unlabelled
    sizes = along.n_labelled if symbol == "n" else along.n_unlabelled
    here = found.point.n_labelled if symbol == "n" else found.point.n_unlabelled
    other = "N" if symbol == "n" else "n"
    fixed = found.point.n_unlabelled if symbol == "n" else found.point.n_labelled

    def draw(ax: Axes) -> None:
        for model, role in ROLES.items():
            u: Uncertain[Array] = getattr(along, model)
            ax.plot(sizes, u.value, **role.line, label=NAMES[model])
            ax.fill_between(sizes, u.low, u.high, **role.band)
        ax.axvline(float(here), ymax=0.6, **BOUND.line)
        _measured(ax, found, symbol)
        ax.set(xscale="log", ylim=_range(along, found))
        ax.set(xlabel=_axis(symbol, True), ylabel=found.inputs.measure)
        ticks(ax, x=round_sizes(float(sizes.min()), float(sizes.max())))
        ax.legend(title=f"${other}$ = {float(fixed):g}")

    return Picture(
        f"Test errors against {symbol}",
        draw,
        f"Predicted test errors of the four models against {_axis(symbol)} at {other} = "
        f"{float(fixed):g}, with bands of their uncertainty; a vertical line marks "
        f"{symbol} = {float(here):g}. {_order(found)}",
    )


def _measured(ax: Axes, found: Diagnosis, symbol: str) -> None:
    """Put measured errors beside the curves, where they belong to the user's sizes."""
    v = found.validation
    if v is None or v.scaled:
        return
    at = v.n_labelled if symbol == "n" else v.n_unlabelled
    for k, c in enumerate(map(v.of, MODELS)):
        shifted = at * (1 + 0.08 * (k - 1.5))  # side by side
        error = found.estimates.quantile * c.measured_error
        ax.errorbar([shifted], [c.measured], [error], **ROLES[c.model].dots)


def _range(along: Forecast, found: Diagnosis) -> tuple[float, float]:
    """Limits that show the user's point and do not follow a curve to infinity."""
    here = [float(getattr(found.point, model).value) for model in MODELS]
    if found.validation is not None:
        here += [found.validation.of(model).measured for model in MODELS]
    known = [value for value in here if np.isfinite(value)]
    lows, highs = (
        np.concatenate([getattr(getattr(along, model), end) for model in MODELS])
        for end in ("low", "value")
    )
    lows, highs = lows[np.isfinite(lows)], highs[np.isfinite(highs)]
    if not len(lows):
        return 0.0, 1.0
    low = min([*known, float(lows.min())])
    top = min(float(highs.max()), _TOP * max(known, default=np.inf))
    return 0.95 * low, max(1.02 * top, low + 1e-9)


def _spectra(found: Diagnosis) -> Picture:
    e, energy = found.estimates, found.inputs.energy

    def draw(ax: Axes) -> None:
        for role, name, values in (
            (WEAK, "weak", e.spectrum_weak),
            (STUDENT, "strong", e.spectrum_strong),
        ):
            left_out = np.maximum(1 - np.cumsum(values) / values.sum(), 1e-12)
            ax.plot(np.arange(len(values)) + 1, left_out, **role.line, label=name)
        if energy < 1:
            ax.axhline(1 - energy, **BOUND.line, label="cut-off")
        ax.set(xlabel="principal components", ylabel="share of variance left out")
        ax.set(xscale="log", yscale="log", ylim=(1e-6, 1.2))
        ax.legend()

    kept = [len(model.eigenvalues) for model in (e.weak, e.strong)]
    return Picture(
        "Spectra",
        draw,
        "Share of the features' variance left out against the number of principal components, both "
        f"on log scales; {kept[0]} weak and {kept[1]} strong components carry {energy:.4g}.",
    )


def _angles(found: Diagnosis) -> Picture:
    e = found.estimates
    beyond = int(np.sum(e.cosines > e.chance_edge))

    def draw(ax: Axes) -> None:
        pairs = np.arange(len(e.cosines)) + 1
        ax.plot(pairs, e.cosines, **STUDENT.dots, label="these features")
        ax.plot(pairs, found.chance, **ACCENT.dots, label="unrelated features")
        ax.axhline(e.chance_edge, **BOUND.line, label="edge of chance")
        ax.set(xlabel="canonical pair", ylabel="canonical correlation", ylim=(0, 1.05))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.legend()

    return Picture(
        "Canonical correlations",
        draw,
        f"Canonical correlations of the two function spaces in falling order; {beyond} of "
        f"{len(e.cosines)} lie above the edge of chance, {e.chance_edge:.2f}. Below it the "
        "correlations that unrelated features would show.",
    )


def _surface(found: Diagnosis, name: str, ratio: Uncertain[Array]) -> Picture:
    f, here = found.surface, found.point
    n, big_n = f.n_labelled, f.n_unlabelled
    levels, even = _levels(ratio.value), name == "OPR" and _crosses(ratio.value)
    if even:
        levels = [level for level in levels if level != 1]
    losing = np.where(np.isfinite(f.gain.value), f.gain.value, 0.0)

    def draw(ax: Axes) -> None:
        if losing.min() < 0:
            ax.contourf(n, big_n, losing, levels=[losing.min() - 1, 0], colors=[ACCENT.color],
                        alpha=0.16)  # fmt: skip
        shown = np.ma.masked_invalid(ratio.value)
        for level, role in zip(levels, shades(len(levels)) if levels else [], strict=True):
            lines = ax.contour(n, big_n, shown, levels=[level], colors=[role.color],
                               linestyles=[role.style])  # fmt: skip
            ax.clabel(lines, fmt=f"{level:g}", fontsize=8)
        if even:
            line = ax.contour(n, big_n, shown, levels=[1], colors=[SFT.color], linewidths=[3.2])
            ax.clabel(line, fmt="OPR = 1", fontsize=9)
        ax.plot([float(here.n_labelled)], [float(here.n_unlabelled)], **_HERE)
        ax.set(xscale="log", yscale="log", xlabel=_axis("n", True), ylabel=_axis("N", True))
        ax.set(xlim=(n.min(), n.max()), ylim=(big_n.min(), big_n.max()))
        ticks(ax, *(round_sizes(float(of.min()), float(of.max())) for of in (n, big_n)))

    value = float(getattr(here, name.lower()).value)
    at = f"{value:.2f}" if np.isfinite(value) else "not defined"
    drawn = ", ".join(f"{level:g}" for level in levels) or "none, because it is nowhere defined"
    side = ""
    if even:
        side = (
            "A thick line marks OPR = 1, where the student is as good as the strong model "
            "fine-tuned on the same labels. "
        )
    elif name == "OPR":
        side = "At none of these sizes is OPR = 1. "
    long = {"PGR": "performance gap recovered", "OPR": "outperforming ratio over SFT"}[name]
    return Picture(
        f"{name}, the {long}" + ("; thick: OPR = 1" if even else ""),
        draw,
        f"Contour lines of the predicted {name} over labels n and unlabelled inputs N, both on log "
        f"scales, at the levels {drawn}. A star marks the asked sizes, where it is {at}. {side}"
        "In the shaded region the student loses to its teacher.",
    )


def _crosses(values: Array) -> bool:
    """Whether some of the ratios lie above 1 and some below."""
    known = values[np.isfinite(values)]
    return bool(np.any(known > 1) and np.any(known < 1))


def _levels(values: Array) -> list[float]:
    """Round levels inside the values on the surface that are not negative."""
    known = values[np.isfinite(values) & (values >= 0)]
    if not len(known):
        return []
    low, high = np.quantile(known, [0.03, 0.97])
    ticks = MaxNLocator(_LINES, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(t) for t in ticks if known.min() < t < known.max()][: _LINES + 2]


def _axis(symbol: str, drawn: bool = False) -> str:
    """Return the name of a size; where it is `drawn`, with its symbol in italics."""
    what = "labels" if symbol == "n" else "unlabelled inputs"
    return f"{what} ${symbol}$" if drawn else f"{what} {symbol}"


def _order(found: Diagnosis) -> str:
    errors = {model: float(getattr(found.point, model).value) for model in MODELS}
    known = sorted((m for m in MODELS if np.isfinite(errors[m])), key=errors.__getitem__)
    return "There, from best to worst: " + ", ".join(NAMES[m] for m in known) + "." if known else ""
