"""Real data. Optional packages are imported where they are needed; nothing is downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2s._checks import Array, generator, integer


@dataclass(frozen=True, eq=False)
class Digits:
    """Handwritten digits as a weak-to-strong task, without the images used for pretraining.

    Attributes
    ----------
    images : array of shape (m, 8, 8)
        Grey levels in [0, 1].
    digits : array of shape (m,)
        The digit shown, 0 to 9.
    parity : array of shape (m,)
        The regression target: +1 for an even digit, -1 for an odd one.
    strong : array of shape (m, width_strong)
        Hidden layer of a small network that learned to tell the ten digits on other images.
    weak : array of shape (m, width_weak)
        Random ReLU features of the pixels.
    accuracy : float
        Share of these images whose digit the pretrained network tells right.
    strong_layer, weak_layer : pair of arrays
        Weights (64, width) and biases (width,) of the two layers: features are
        ``max(0, pixels @ weights + biases)``.
    """

    images: Array
    digits: NDArray[np.int64]
    parity: Array
    strong: Array
    weak: Array
    accuracy: float
    strong_layer: tuple[Array, Array]
    weak_layer: tuple[Array, Array]


def digits(
    rng: np.random.Generator,
    *,
    n_pretrain: int = 500,
    width_strong: int = 32,
    width_weak: int = 100,
) -> Digits:
    """Return scikit-learn's 1797 digit images with strong and weak features.

    A random `n_pretrain` of the images pretrain a network with one hidden ReLU layer on the ten
    classes; its hidden layer, on the other images, is the strong representation. The weak one is
    ``max(0, Wᵀx)`` with independent normal ``W``. Neither has seen the parity.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the split, of ``W`` and of the network's seed.
    n_pretrain : int
        Number of images held out for pretraining, from 100 to 1696.
    width_strong, width_weak : int
        Numbers of features.

    Returns
    -------
    Digits
        The ``1797 - n_pretrain`` other images.

    Raises
    ------
    ValueError
        If a size is out of range.
    ImportError
        If scikit-learn is not installed.

    Examples
    --------
    >>> data = digits(np.random.default_rng(0))
    >>> data.strong.shape, data.weak.shape
    ((1297, 32), (1297, 100))
    """
    load, network = _scikit_learn()
    pixels, shown = load(return_X_y=True)
    held_out = integer("n_pretrain", n_pretrain, low=100)
    if held_out > len(shown) - 101:
        raise ValueError(f"n_pretrain must be at most {len(shown) - 101}, got {held_out}")
    widths = integer("width_strong", width_strong), integer("width_weak", width_weak)
    order = generator(rng).permutation(len(shown))
    pretrain, kept = order[:held_out], order[held_out:]
    x = np.asarray(pixels, dtype=np.float64) / 16
    model = network(
        (widths[0],), learning_rate_init=0.01, max_iter=2000, random_state=int(rng.integers(2**31))
    )
    model.fit(x[pretrain], shown[pretrain])
    strong_layer = (model.coefs_[0], model.intercepts_[0])
    weak_layer = (rng.standard_normal((x.shape[1], widths[1])), np.zeros(widths[1]))
    return Digits(
        images=x[kept].reshape(-1, 8, 8),
        digits=np.asarray(shown[kept], dtype=np.int64),
        parity=np.where(shown[kept] % 2 == 0, 1.0, -1.0),
        strong=np.maximum(x[kept] @ strong_layer[0] + strong_layer[1], 0),
        weak=np.maximum(x[kept] @ weak_layer[0], 0),
        accuracy=float(model.score(x[kept], shown[kept])),
        strong_layer=strong_layer,
        weak_layer=weak_layer,
    )


def _scikit_learn() -> tuple[Any, Any]:
    try:
        from sklearn.datasets import load_digits
        from sklearn.neural_network import MLPClassifier
    except ImportError as error:
        needed = "the digits need scikit-learn: pip install 'w2s[book]' or pip install scikit-learn"
        raise ImportError(needed) from error
    return load_digits, MLPClassifier
