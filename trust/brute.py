"""What a world's four models really do: trained again and again on fresh rows, no formula used.

Ridge regression with an intercept is trained here by an eigendecomposition of its own, with the
penalty of the least leave-one-out error. An affine model's mean squared error on many fresh rows
is a quadratic form in their second moments, so that these are summed once for all models.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from press.files import write_json
from trust.code_key import essence
from trust.worlds import Array, World

MODELS = ("teacher", "student", "sft", "ceiling")
NUMBERS = (*MODELS, "gain", "over_sft", "constant")
TRAININGS, FEW_TRAININGS = 300, 100
BLOCKS, BLOCK = 40, 5000  # fresh rows that every model is tested on
PENALTIES = np.geomspace(1e-6, 1e4, 61)  # in units of the mean eigenvalue of the Gram matrix

Trainer = Callable[[Array, Array], Array]  # from features and labels to (offset, slopes)
Change = Callable[[Array], Array]


@dataclass(frozen=True)
class Truth:
    """Mean test errors, the student's leads and the constant's error, with standard errors."""

    value: dict[str, float]
    error: dict[str, float]


def ridge(features: Array, labels: Array) -> Array:
    """Train on all columns; return the offset and the slopes."""
    rows, centre, level = len(labels), features.mean(axis=0), float(labels.mean())
    x, y = features - centre, labels - level
    wide = rows <= x.shape[1]
    values, basis = np.linalg.eigh(x @ x.T if wide else x.T @ x)
    keep = values > 1e-13 * values[-1]
    values, basis = values[keep], basis[:, keep]
    left = basis if wide else x @ basis / np.sqrt(values)
    right = x.T @ basis / np.sqrt(values) if wide else basis
    onto = left.T @ y
    shrunk = values / (values + PENALTIES[:, None] * values.mean())
    missed = y - (shrunk * onto) @ left.T
    leverage = 1 / rows + shrunk @ (left**2).T
    # A row that its fit interpolates says nothing; rounding must not make it look perfect.
    best = int(np.argmin(np.mean((missed / np.maximum(1 - leverage, 1e-8)) ** 2, axis=1)))
    slopes = right @ (shrunk[best] / np.sqrt(values) * onto)
    return np.concatenate([[level - centre @ slopes], slopes])


def ridgeless(features: Array, labels: Array) -> Array:
    """Train least squares of minimum norm on all columns; return the offset and the slopes."""
    centre, level = features.mean(axis=0), float(labels.mean())
    slopes = np.linalg.lstsq(features - centre, labels - level, rcond=1e-10)[0]
    return np.concatenate([[level - centre @ slopes], slopes])


def truth(
    world: World, trainer: Trainer, changes: tuple[Change, Change] | None = None,
    trainings: int = TRAININGS, seed: int = 0,
) -> Truth:  # fmt: skip
    """Train the four models on fresh rows, test them on others; `changes` map both features."""
    weak, strong = changes or (np.asarray, np.asarray)
    rng = np.random.default_rng([seed, *world.name.encode()])
    n = world.n
    models: list[list[Array]] = [[] for _ in MODELS]
    for _ in range(trainings):
        drawn = world.draw(rng, n + world.big_n)
        f_w, f_s, y = weak(drawn.weak), strong(drawn.strong), drawn.labels
        teacher = trainer(f_w[:n], y[:n])
        pseudo = teacher[0] + f_w[n:] @ teacher[1:]
        trained = teacher, trainer(f_s[n:], pseudo), trainer(f_s[:n], y[:n]), trainer(f_s, y)
        for kept, model in zip(models, trained, strict=True):
            kept.append(model)
    stacked = [np.array(kept) for kept in models]
    return _judged(world, stacked, weak, strong, rng)


def _judged(
    world: World, models: list[Array], weak: Change, strong: Change, rng: np.random.Generator
) -> Truth:
    """Test on blocks of fresh rows; both draws, of training and of testing, have their error."""
    by_block = np.empty((BLOCKS, len(NUMBERS)))
    by_training = np.zeros((len(models[0]), len(NUMBERS)))
    for block in range(BLOCKS):
        drawn = world.draw(rng, BLOCK)
        moments = [
            _moment(features, drawn.labels) for features in (weak(drawn.weak), strong(drawn.strong))
        ]
        errors = [_tested(model, moments[int(k > 0)]) for k, model in enumerate(models)]
        # The mean of n labels is off by a variance over n.
        constant = np.full(len(errors[0]), (1 + 1 / world.n) * drawn.labels.var(ddof=1))
        leads = errors[0] - errors[1], errors[2] - errors[1]
        found = np.column_stack([*errors, *leads, constant])
        by_block[block] = found.mean(axis=0)
        by_training += found / BLOCKS
    spread = by_block.var(axis=0, ddof=1) / BLOCKS
    spread += by_training.var(axis=0, ddof=1) / len(by_training)
    values, deviations = by_block.mean(axis=0).tolist(), np.sqrt(spread).tolist()
    return Truth(
        dict(zip(NUMBERS, values, strict=True)), dict(zip(NUMBERS, deviations, strict=True))
    )


def _moment(features: Array, labels: Array) -> Array:
    rows = np.column_stack([np.ones(len(labels)), features, labels])
    return rows.T @ rows / len(labels)


def _tested(models: Array, moment: Array) -> Array:
    left = np.column_stack([models, -np.ones(len(models))])
    return np.asarray(np.sum(left @ moment * left, axis=1))


def known_truth(world: World, folder: Path) -> Truth:
    """Return the truth of ridge heads, from the folder if it was found there before."""
    path = folder / f"{world.name}-{_key(world)[:16]}.json"
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Truth(kept["value"], kept["error"])
    except (OSError, ValueError, KeyError, TypeError):
        found = truth(world, ridge)
        write_json(path, asdict(found))
        return found


def truth_after(world: World, changes: tuple[Change, Change]) -> dict[str, Any]:
    """Return the truth of least squares on features that a diagnosis has changed, weak first."""
    return asdict(truth(world, ridgeless, changes, FEW_TRAININGS))


def drawn_key(world: World) -> str:
    """Hash the sizes of a world and what it draws, both ways."""
    total = hashlib.sha256(f"{world.name} {world.n} {world.big_n} {world.rows}".encode())
    for draw in (world.draw, world.file):
        for part in draw(np.random.default_rng(0), 600):
            total.update(np.round(part, 6).tobytes())
    return total.hexdigest()


def _key(world: World) -> str:
    return hashlib.sha256(_code() + drawn_key(world).encode()).hexdigest()


@cache
def _code() -> bytes:
    return essence(Path(__file__).read_text(encoding="utf-8")).encode()
