"""Teachers and students on a spectrum that falls like a power: deterministic equivalents.

Inputs are Gaussian with covariance eigenvalues ``λ_k = k^{−α}``, the target has the energy ``b_k²``
in eigendirection ``k``. Two weak teachers live here: the projection of the target on ``M`` random
features (Paper 2's linear network, without a gap in its spectrum), and kernel ridge regression on
``n`` noisy labels. What they learn of mode ``k`` is a share ``s_k = λ_k/(λ_k + κ)`` of its
coefficient, plus a centred error of variance ``V_k``; every student is a filter on that. Modes far
out are lumped together, and ``1 − s_k`` is computed as ``κ/(λ_k + κ)``, never by subtraction: it is
as small as 1e-28 where it decides the exponent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2s._checks import Array, above, at_least, integer


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Eigenvalues, and what a target has of each.

    Attributes
    ----------
    eigenvalues, energies, count : array, shape (K,)
        ``λ_k``, the target's energy ``b_k²`` in one direction, and how many directions there are
        with both.
    """

    eigenvalues: Array
    energies: Array
    count: Array


@dataclass(frozen=True, eq=False)
class Teacher:
    """What a teacher made of a target, mode by mode.

    Attributes
    ----------
    spectrum : Spectrum
        Eigenvalues and target.
    missing : array, shape (K,)
        Share ``1 − s_k`` of the coefficient that it does not learn, in the mean.
    variance : array, shape (K,)
        ``V_k``, variance of the learned coefficient.
    """

    spectrum: Spectrum
    missing: Array
    variance: Array

    @property
    def error(self) -> float:
        """Mean error ``Σ_k [(1 − s_k)² b_k² + V_k]``."""
        task = self.spectrum
        return float(task.count @ (self.missing**2 * task.energies + self.variance))


def power_spectrum(
    alpha: float, decay: float, last: float, *, exact: int = 300, step: float = 0.02
) -> Spectrum:
    """Eigenvalues ``k^{−α}`` and target energies proportional to ``k^{−q−1}``, up to `last`.

    Parameters
    ----------
    alpha : float
        ``α > 1``, so that the trace is finite.
    decay : float
        ``q > 0``: beyond mode ``k`` lies about ``k^{−q}`` of the target's energy, of 1 in all. With
        the source exponent ``r`` of the literature, ``q = 2αr``.
    last : float
        Number of modes, at least one.
    exact : int
        So many modes stand alone; the later ones are lumped.
    step : float
        A lump reaches from ``k`` to ``(1 + step) k``. The error is of order ``step²``.

    Returns
    -------
    Spectrum

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    Derived in this companion. Lumps stand at their geometric mean.

    Examples
    --------
    >>> task = power_spectrum(2.0, 1.5, 1e6)
    >>> bool(np.isclose(task.count.sum(), 1e6)), len(task.count) < 1000
    (True, True)
    >>> print(f"{task.count @ task.eigenvalues:.4f} {np.pi**2 / 6:.4f}")
    1.6449 1.6449
    """
    a, q = float(above("alpha", alpha, 1.0)), float(above("decay", decay, 0.0))
    end = float(at_least("last", last, 1.0))
    alone, growth = integer("exact", exact), float(above("step", step, 0.0))
    first = np.arange(1.0, min(alone, end) + 0.5)
    edge = first[-1]
    lumps = max(int(np.ceil(np.log(end / edge) / np.log1p(growth))), 0)
    edges = np.unique(np.round(np.geomspace(edge, end, lumps + 1)))
    index = np.concatenate([first, np.sqrt((edges[:-1] + 0.5) * (edges[1:] + 0.5))])
    count = np.concatenate([np.ones(len(first)), np.diff(edges)])
    energies = index ** (-q - 1.0)
    return Spectrum(index**-a, energies / (count @ energies), count)


def effective_ridge(spectrum: Spectrum, samples: float, ridge: float = 0.0) -> float:
    """Level ``κ`` below which eigenvalues are not resolved.

    ``Σ_k λ_k/(λ_k + κ) + n λ/κ = n``

    Parameters
    ----------
    spectrum : Spectrum
        Eigenvalues.
    samples : float
        ``n > 0``: number of samples, or of random features.
    ridge : float
        Penalty ``λ ≥ 0`` of the objective ``‖y − f‖²/n + λ‖f‖²``. Zero: interpolation, which needs
        more directions than samples.

    Returns
    -------
    float
        ``κ``, by bisection of its logarithm.

    Raises
    ------
    ValueError
        If there is nothing to resolve, as at ``n ≥ p`` without a penalty, or a number is out of
        range.

    Examples
    --------
    >>> task = power_spectrum(2.0, 1.5, 1e6)
    >>> print(f"{effective_ridge(task, 100) * 100**2:.3f}")
    2.443
    """
    n = float(above("samples", samples, 0.0))
    penalty = float(at_least("ridge", ridge, 0.0))
    values, count = spectrum.eigenvalues, spectrum.count
    if penalty == 0.0:
        above("number of directions", count.sum(), n, "samples")
    # Above trace/n + λ the left side is below n.
    low, high = np.log(np.finfo(float).tiny), np.log(float(count @ values) / n + penalty)
    for _ in range(80):  # from a range of a thousand down to rounding
        level = np.exp(0.5 * (low + high))
        too_low = count @ (values / (values + level)) + n * penalty / level > n
        low, high = (np.log(level), high) if too_low else (low, np.log(level))
    return float(np.exp(0.5 * (low + high)))


def projection_teacher(spectrum: Spectrum, width: float) -> Teacher:
    """Projection of the target on `width` random features, in the mean over the features.

    ``V_k = s_k (1 − s_k) A / Σ_i s_i (1 − s_i)``, ``A = Σ_i s_i (1 − s_i) b_i²``

    Parameters
    ----------
    spectrum : Spectrum
        Eigenvalues of the inputs and the target.
    width : float
        ``M``, number of features ``⟨u, x⟩`` with standard normal ``u``.

    Returns
    -------
    Teacher
        Of error ``Σ_k (1 − s_k) b_k²``.

    Raises
    ------
    ValueError
        If there are not more directions than features.

    Notes
    -----
    Derived in this companion. Relative corrections are of order ``1/M``.

    Examples
    --------
    >>> teacher = projection_teacher(power_spectrum(1.5, 3.0, 1500), 40)
    >>> print(f"{teacher.error:.5f}")
    0.01514
    """
    kappa = effective_ridge(spectrum, width)
    missing = kappa / (spectrum.eigenvalues + kappa)
    spread = missing * spectrum.eigenvalues / (spectrum.eigenvalues + kappa)
    lost = float(spectrum.count @ (spread * spectrum.energies))
    return Teacher(spectrum, missing, spread * lost / float(spectrum.count @ spread))


def krr_teacher(spectrum: Spectrum, samples: float, noise: float, ridge: float = 0.0) -> Teacher:
    """Kernel ridge regression on noisy labels, in the mean over the samples.

    ``V_k = s_k² T/n``, ``T = [Σ_k (1 − s_k)² b_k² + σ²]/(1 − G)``, ``G = Σ_k s_k²/n``

    Parameters
    ----------
    spectrum : Spectrum
        Eigenvalues of the kernel and the target.
    samples : float
        ``n``, number of labels.
    noise : float
        Variance ``σ² ≥ 0`` of their noise.
    ridge : float
        Penalty ``λ ≥ 0`` of the objective ``‖y − f‖²/n + λ‖f‖²``.

    Returns
    -------
    Teacher
        Of error ``T − σ²``.

    Raises
    ------
    ValueError
        As `effective_ridge`, and if the noise is negative.

    Notes
    -----
    The known equivalent of a ridge estimate, derived anew on the page of scaling laws.

    Examples
    --------
    >>> teacher = krr_teacher(power_spectrum(2.0, 1.5, 3e6), 1e4, 0.25)
    >>> print(f"{teacher.error:.3f}")  # (α − 1) σ², for any n
    0.251
    """
    n, sigma2 = float(samples), float(at_least("noise", noise, 0.0))
    kappa = effective_ridge(spectrum, n, ridge)
    missing = kappa / (spectrum.eigenvalues + kappa)
    learned = spectrum.eigenvalues / (spectrum.eigenvalues + kappa)
    kept = float(spectrum.count @ learned**2) / n
    bias = float(spectrum.count @ (missing**2 * spectrum.energies))
    return Teacher(spectrum, missing, learned**2 * (bias + sigma2) / (1.0 - kept) / n)


def perfect_teacher(spectrum: Spectrum) -> Teacher:
    """Take the target itself as a teacher: nothing missing, no variance.

    Parameters
    ----------
    spectrum : Spectrum
        Eigenvalues and target.

    Returns
    -------
    Teacher
        Of error zero.

    Examples
    --------
    >>> perfect_teacher(power_spectrum(2.0, 1.5, 10)).error
    0.0
    """
    nothing = np.zeros_like(spectrum.eigenvalues)
    return Teacher(spectrum, nothing, nothing)
