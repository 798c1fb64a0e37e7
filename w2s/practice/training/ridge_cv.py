"""Ridge regression with a penalty chosen by leaving one row out, as people train a linear head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from w2s._checks import Array, above, finite
from w2s.practice.estimation.ridge_heads import LEAST
from w2s.practice.training.four_models import Model

_GRID = np.geomspace(LEAST, 1e3, 50)  # penalties, in units of the features' mean square times rows


@dataclass(frozen=True)
class RidgeByLeaveOneOut:
    r"""Ridge on all columns with an intercept; the penalty has the least leave-one-out error.

    With ``H`` the map from labels to fitted values, the constant included, the error of all fits
    that leave one row out is

    .. math:: \frac1n \sum_i \Bigl(\frac{y_i - \hat y_i}{1 - H_{ii}}\Bigr)^2 .

    Several columns of labels, such as indicators of classes, share the penalty of the least sum.

    Parameters
    ----------
    penalty : float, optional
        A penalty instead of a choice: of ``|y - μ - Fθ|² + λ|θ|²``.

    Raises
    ------
    ValueError
        If the penalty is not positive.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((50, 3))
    >>> model = RidgeByLeaveOneOut().to(x, x[:, 0] + 2)
    >>> model(np.array([[1.0, 0.0, 0.0]])).round(2)
    array([3.])
    """

    penalty: float | None = None

    def __post_init__(self) -> None:
        if self.penalty is not None:
            above("penalty", self.penalty, 0)

    def to(self, design: Array, labels: Array) -> Model:
        """Fit to a design matrix and labels, (n,) or (n, K); the result maps features to them."""
        rows, targets = finite("design", design, ndim=2), finite("labels", labels)
        if targets.ndim not in (1, 2):
            raise ValueError(f"labels must have 1 or 2 dimensions, got shape {targets.shape}")
        centre, level = rows.mean(axis=0), targets.mean(axis=0)
        left, squared, right = _decomposed(rows - centre)
        onto = left.T @ (targets - level)
        columns = (targets - level).reshape(len(targets), -1)
        penalty = self.penalty or _chosen(left, squared, onto.reshape(len(onto), -1), columns)
        theta = (right * (np.sqrt(squared) / (squared + penalty))) @ onto
        offset = level - centre @ theta
        return lambda features: np.asarray(features @ theta + offset)


def _decomposed(rows: Array) -> tuple[Array, Array, Array]:
    """Return left singular vectors, squared singular values and right ones, of the smaller Gram."""
    wide = rows.shape[0] < rows.shape[1]
    squared, vectors = np.linalg.eigh(rows @ rows.T if wide else rows.T @ rows)
    keep = squared > 1e-12 * squared[-1]
    squared, vectors = squared[keep], vectors[:, keep]
    others = (rows.T if wide else rows) @ vectors / np.sqrt(squared)
    return (vectors, squared, others) if wide else (others, squared, vectors)


def _chosen(left: Array, squared: Array, onto: Array, centred: Array) -> float:
    """Return the penalty of the least leave-one-out error."""
    rows = len(centred)
    penalties = _GRID * float(squared.sum()) / len(squared)
    shares = squared / (squared + penalties[:, None])
    leverage = (left**2) @ shares.T + 1 / rows
    errors = np.zeros(len(penalties))
    for column, along in zip(centred.T, onto.T, strict=True):
        residual = column[:, None] - left @ (shares * along).T
        errors += np.mean((residual / np.maximum(1 - leverage, 1e-9)) ** 2, axis=0)
    return float(penalties[np.argmin(errors)])
