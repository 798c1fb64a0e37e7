"""Laws of the latent coordinates: zero mean, identity covariance, different tails.

A law is a function ``(rng, samples, dimension)`` that returns a matrix with one latent per row, so
a reader can pass another one. Under independent coordinates the Gaussian formulas hold better and
better as the sizes grow; a scale shared by all coordinates breaks them at every size.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from w2s._checks import Array, above, generator

Latent = Callable[[np.random.Generator, int, int], Array]


def gaussian(rng: np.random.Generator, samples: int, dimension: int) -> Array:
    """Draw standard normal latents of shape (samples, dimension).

    Examples
    --------
    >>> gaussian(np.random.default_rng(0), 3, 2).shape
    (3, 2)
    """
    return generator(rng).standard_normal((samples, dimension))


def rademacher(rng: np.random.Generator, samples: int, dimension: int) -> Array:
    """Draw independent signs of shape (samples, dimension).

    Examples
    --------
    >>> rademacher(np.random.default_rng(0), 1, 3) ** 2
    array([[1., 1., 1.]])
    """
    return np.where(generator(rng).integers(0, 2, (samples, dimension)) == 0, -1.0, 1.0)


def laplace(rng: np.random.Generator, samples: int, dimension: int) -> Array:
    """Draw independent Laplace latents of unit variance, of shape (samples, dimension).

    Examples
    --------
    >>> laplace(np.random.default_rng(0), 3, 2).shape
    (3, 2)
    """
    return generator(rng).laplace(scale=np.sqrt(0.5), size=(samples, dimension))


def student_t(degrees: float) -> Latent:
    """Return a law of independent Student-t latents of unit variance, ``degrees > 2``.

    Examples
    --------
    >>> student_t(5)(np.random.default_rng(0), 3, 2).shape
    (3, 2)
    """
    scale = np.sqrt((above("degrees", degrees, 2) - 2) / degrees)

    def draw(rng: np.random.Generator, samples: int, dimension: int) -> Array:
        return np.asarray(scale * rng.standard_t(degrees, (samples, dimension)))

    return draw


def elliptical(degrees: float) -> Latent:
    """Return the multivariate t law of unit variance: one random scale for all coordinates.

    Examples
    --------
    >>> elliptical(5)(np.random.default_rng(0), 3, 2).shape
    (3, 2)
    """
    nu = float(above("degrees", degrees, 2))

    def draw(rng: np.random.Generator, samples: int, dimension: int) -> Array:
        scale = np.sqrt((nu - 2) / rng.chisquare(nu, (samples, 1)))
        return np.asarray(scale * rng.standard_normal((samples, dimension)))

    return draw
