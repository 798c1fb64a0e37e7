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
NUMBERS = (*MODELS, "gain", "over_sft", "constant", "apart")
TRAININGS, MOST = 300, 3000
SHARP = 0.005  # error of the student's lead, over the teacher's error, that ends the training
BLOCKS, BLOCK = 40, 5000  # fresh rows that every model is tested on
# In units of the mean eigenvalue of the Gram matrix; where labels are as many as columns, the least
# one decides how badly the worst choices do.
PENALTIES = np.geomspace(1e-5, 1e3, 49)

Trainer = Callable[[Array, Array], Array]  # from features and labels to (offset, slopes)
Change = Callable[[Array], Array]
Block = tuple[Array, Array, float]


@dataclass(frozen=True)
class Truth:
    """Mean test errors, the student's leads and the constant's error, with standard errors.

    ``apart`` is the mean square between SFT baseline and student: with it, the error of any average
    of the two is known.
    """

    value: dict[str, float]
    error: dict[str, float]

    def mixed(self, weight: float) -> dict[str, tuple[float, float]]:
        """Return the error of an average with this weight on the student, and its leads.

        Each with a bound of its standard error: the errors of its parts, added up.
        """
        rest = 1 - weight
        parts = {
            "mixture": {"sft": rest, "student": weight, "apart": -weight * rest},
            "sft": {"over_sft": weight, "apart": weight * rest},
            "student": {"over_sft": -rest, "apart": weight * rest},
            "teacher": {"gain": 1.0, "over_sft": -rest, "apart": weight * rest},
        }
        return {
            name: (
                sum(share * self.value[part] for part, share in shares.items()),
                sum(abs(share) * self.error[part] for part, share in shares.items()),
            )
            for name, shares in parts.items()
        }


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
    trainings: int = TRAININGS, most: int = MOST, seed: int = 0,
) -> Truth:  # fmt: skip
    """Train the four models on fresh rows, test them on others; `changes` map both features.

    Where rare trainings decide the mean, there are more of them, up to `most`.
    """
    weak, strong = changes or (np.asarray, np.asarray)
    rng = np.random.default_rng([seed, *world.name.encode()])
    blocks = [_block(world, weak, strong, rng) for _ in range(BLOCKS)]
    models: list[list[Array]] = [[] for _ in MODELS]
    while True:
        for _ in range(trainings):
            drawn = world.draw(rng, world.n + world.big_n)
            trained = _four(trainer, weak(drawn.weak), strong(drawn.strong), drawn.labels, world.n)
            for kept, model in zip(models, trained, strict=True):
                kept.append(model)
        found, lead = _judged([np.array(kept) for kept in models], blocks, world.n)
        if lead < SHARP * found.value["teacher"] or len(models[0]) >= most:
            return found


def _four(trainer: Trainer, weak: Array, strong: Array, labels: Array, n: int) -> tuple[Array, ...]:
    teacher = trainer(weak[:n], labels[:n])
    pseudo = teacher[0] + weak[n:] @ teacher[1:]
    student = trainer(strong[n:], pseudo)
    return teacher, student, trainer(strong[:n], labels[:n]), trainer(strong, labels)


def _judged(models: list[Array], blocks: list[Block], n: int) -> tuple[Truth, float]:
    """Test on blocks of fresh rows; both draws, of training and of testing, have their error.

    The second result is the error of the student's lead by the draw of training rows alone.
    """
    by_block = np.empty((len(blocks), len(NUMBERS)))
    by_training = np.zeros((len(models[0]), len(NUMBERS)))
    for row, block in zip(by_block, blocks, strict=True):
        errors = [_tested(model, block[int(k > 0)]) for k, model in enumerate(models)]
        # The mean of n labels is off by a variance over n.
        constant = np.full(len(errors[0]), (1 + 1 / n) * block[2])
        leads = errors[0] - errors[1], errors[2] - errors[1]
        between = np.pad(models[2] - models[1], ((0, 0), (0, 1)))  # no label
        apart = np.sum(between @ block[1] * between, axis=1)
        found = np.column_stack([*errors, *leads, constant, apart])
        row[:] = found.mean(axis=0)
        by_training += found / len(blocks)
    trained = by_training.var(axis=0, ddof=1) / len(by_training)
    spread = np.sqrt(by_block.var(axis=0, ddof=1) / len(blocks) + trained)
    values = dict(zip(NUMBERS, by_block.mean(axis=0).tolist(), strict=True))
    lead = float(np.sqrt(trained[NUMBERS.index("gain")]))
    return Truth(values, dict(zip(NUMBERS, spread.tolist(), strict=True))), lead


def _block(world: World, weak: Change, strong: Change, rng: np.random.Generator) -> Block:
    """Return second moments of fresh rows, weak and strong, and the variance of their labels."""
    drawn = world.draw(rng, BLOCK)
    moments = [_moment(x, drawn.labels) for x in (weak(drawn.weak), strong(drawn.strong))]
    return moments[0], moments[1], float(drawn.labels.var(ddof=1))


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
    return asdict(truth(world, ridgeless, changes, 100, 200))


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
