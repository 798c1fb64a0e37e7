"""Test errors of the four models along labels or pseudo-labels: exact lines, measured points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from w2s.page.comparison import Comparison
from w2s.page.figures import CEILING, SFT, STUDENT, WEAK, ticks
from w2s.practice.training.real_pair import RealPair

LOOKS = {
    "teacher": (WEAK, "weak teacher"),
    "student": (STUDENT, "student"),
    "sft": (SFT, "SFT baseline"),
    "ceiling": (CEILING, "strong ceiling"),
}


def learning_curves(
    pair: RealPair,
    errors: Comparison,
    along: Literal["n", "N"],
    at: float,
    marks: Sequence[float],
    what: str,
) -> Callable[[Any], None]:
    """Return a panel with the four models along one of the two sizes.

    Parameters
    ----------
    pair : RealPair
        Gives the lines.
    errors : Comparison
        `RealPair.beside_theory`: gives the points, with two standard errors.
    along : {"n", "N"}
        The abscissa.
    at : float
        The other size.
    marks : sequence of float
        Ticks of the errors.
    what : str
        What is counted, in the plural.

    Returns
    -------
    callable
        Draws on the axes it is given.
    """
    n, big_n, noise = pair.cells.T
    size, other = (n, big_n) if along == "n" else (big_n, n)
    chosen = (noise == 0) & (other == at)
    line = np.geomspace(size[chosen].min(), size[chosen].max(), 100)
    theory = pair.expected(line, at) if along == "n" else pair.expected(at, line)

    def draw(ax: Any) -> None:
        for k, (model, (role, words)) in enumerate(LOOKS.items()):
            mean, error = (values[chosen, k] for values in errors.measured)
            ax.plot(line, getattr(theory, model), **role.line, label=words)
            ax.errorbar(size[chosen], mean, 2 * error, **role.dots)
        ax.set(xscale="log", yscale="log", ylabel="test error")
        ax.set(xlabel=f"{'' if along == 'n' else 'un'}labelled {what} {along}")
        ax.minorticks_off()
        ticks(ax, x=np.unique(size[chosen]).tolist(), y=marks)
        if along == "n":
            ax.legend()

    return draw
