"""Students that try to break the limits: arbitrary features, which may lean to the best direction.

Functions are vectors in a space of few dimensions. Nothing relates the features to a network, so
what no such student can do, no student can.
"""

from __future__ import annotations

import numpy as np

from w2s._checks import Array, at_least, generator, integer
from w2s.random_features.gradient_flow import flow
from w2s.random_features.shrinkage import nearest_in_ball


def arbitrary_features(
    rng: np.random.Generator, n_features: int, lean: float = 0.0, *, dim: int = 30
) -> tuple[Array, Array, Array]:
    """Draw target, teacher and the kernel of a student with arbitrary features.

    The teacher is the projection of a random unit target on a random space. Each feature is
    ``e·z + lean·b``: normal ``z``, exponential ``e``, and the direction ``b`` of the best student.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    n_features : int
        Number of the student's features.
    lean : float
        How far they lean towards the best direction.
    dim : int
        Dimension of the space of functions, at least two.

    Returns
    -------
    target, teacher : array of shape (dim,)
        With ``‖f*‖ = 1`` and ``⟨f*, f_TE⟩ = ‖f_TE‖²``.
    kernel : array of shape (dim, dim)
        The student's.

    Raises
    ------
    ValueError
        If there is no feature, `lean` is negative or `dim` below two.

    Examples
    --------
    >>> target, teacher, kernel = arbitrary_features(np.random.default_rng(0), 3)
    >>> bool(np.isclose(target @ teacher, teacher @ teacher)), int(np.linalg.matrix_rank(kernel))
    (True, 3)
    """
    generator(rng)
    count, slope = integer("n_features", n_features), float(at_least("lean", lean, 0.0))
    target, teacher = _random_teacher(rng, dim)
    best = nearest_in_ball(target, teacher)
    features = rng.standard_normal((dim, count)) / np.sqrt(dim) * rng.exponential(size=count)
    features += slope * best[:, None] / np.linalg.norm(best)
    return target, teacher, features @ features.T / count


def arbitrary_chain(
    rng: np.random.Generator, length: int, lean: float = 0.0, *, dim: int = 30
) -> tuple[Array, Array]:
    """Draw a chain: a teacher, and students each trained by gradient flow on the one before.

    Each student has fresh features and its own stopping time. It has 40 features, or, if it leans,
    a single one: a student with ``l`` links to go turns by about ``1/(l + 1)`` of the angle left.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    length : int
        Number of students.
    lean : float
        How far their features lean towards the best direction.
    dim : int
        Dimension of the space of functions, at least two.

    Returns
    -------
    target : array of shape (dim,)
        With ``‖f*‖ = 1``.
    chain : array of shape (length + 1, dim)
        The teacher, then the students.

    Raises
    ------
    ValueError
        If there is no student, `lean` is negative or `dim` below two.

    Examples
    --------
    >>> target, chain = arbitrary_chain(np.random.default_rng(0), 4)
    >>> bool((np.diff((chain**2).sum(axis=1)) < 1e-12).all())          # norms never grow
    True
    """
    generator(rng)
    links, slope = integer("length", length), float(at_least("lean", lean, 0.0))
    target, teacher = _random_teacher(rng, dim)
    chain = [teacher]
    for left in range(links, 0, -1):
        best = target + left * chain[-1] / np.linalg.norm(chain[-1])
        features = rng.standard_normal((dim, 1 if slope else 40)) / np.sqrt(dim)
        features += slope * best[:, None]
        stop = 10 ** rng.uniform(1, 5)
        chain.append(flow(features @ features.T, chain[-1], [stop])[0])
    return target, np.array(chain)


def _random_teacher(rng: np.random.Generator, dim: int) -> tuple[Array, Array]:
    """Draw a unit target and its projection on a random space of one to ``dim − 1`` dimensions."""
    size = integer("dim", dim, low=2)
    target = rng.standard_normal(size)
    target /= np.linalg.norm(target)
    basis = np.linalg.qr(rng.standard_normal((size, rng.integers(1, size))))[0]
    return target, basis @ (basis.T @ target)
