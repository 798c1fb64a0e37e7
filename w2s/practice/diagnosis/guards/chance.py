"""What chance alone makes of the canonical correlations of unrelated features."""

from __future__ import annotations

import math

import numpy as np

from w2s._checks import Array, integer

_GRID = 20_001


def chance_cosines(d_strong: int, d_weak: int, rows: int, *, constant: bool = False) -> Array:
    r"""Typical sample canonical correlations of unrelated Gaussian features, largest first.

    The middles of ``min(d_s, d_w)`` equal slices of Wachter's law of the squared correlations,

    .. math:: f(x) \propto \frac{\sqrt{(x_+ - x)(x - x_-)}}{x (1 - x)}, \qquad
              \sqrt{x_\pm} = \sqrt{c_s (1 - c_w)} \pm \sqrt{c_w (1 - c_s)}, \qquad
              c_\bullet = d_\bullet / m .

    Parameters
    ----------
    d_strong, d_weak, rows : int
        Dimensions and rows ``m``, more than ``d_s + d_w``.
    constant : bool
        Whether both models contain the constant, which adds a correlation 1.

    Returns
    -------
    array of shape (min(d_s, d_w),)

    Raises
    ------
    ValueError
        If there are too few rows.

    Notes
    -----
    The limit at fixed ``c_s``, ``c_w`` (Wachter 1980).

    Examples
    --------
    >>> chance_cosines(3, 4, 100, constant=True).round(2)
    array([1.  , 0.22, 0.1 ])
    """
    m, d_s, d_w = integer("rows", rows), integer("d_strong", d_strong), integer("d_weak", d_weak)
    if m <= d_s + d_w:
        raise ValueError(f"rows must exceed d_strong + d_weak = {d_s + d_w}, got {m}")
    shared = int(constant)
    count = min(d_s, d_w) - shared
    if count == 0:
        return np.ones(shared)
    c_s, c_w = ((d - shared) / (m - shared) for d in (d_s, d_w))
    one, two = math.sqrt(c_s * (1 - c_w)), math.sqrt(c_w * (1 - c_s))
    # With x between the ends as a cosine of an angle the density has no corner.
    middle, half = one**2 + two**2, 2 * one * two
    angle = np.linspace(0, math.pi, _GRID)
    x = middle - half * np.cos(angle)
    with np.errstate(divide="ignore", invalid="ignore"):
        density = np.where(x > 0, np.sin(angle) ** 2 / (x * (1 - x)), 0.0)
    share = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    places = (np.arange(count)[::-1] + 0.5) / count
    squared = np.interp(places, share / share[-1], x)
    return np.concatenate([np.ones(shared), np.sqrt(np.clip(squared, 0, 1))])
