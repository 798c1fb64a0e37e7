"""The whole way from the real packages to features, on a few rows of every real task."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.practice.real_sources import MODELS, WIDTHS, built, members
from w2s.practice.data.encoders import OnnxModel
from w2s.practice.data.feature_files import load_features
from w2s.practice.data.sources.networks import NETWORKS
from w2s.practice.data.sources.tasks import REAL_TASKS, RealTask, make_features

ROWS = 64  # one block of `encode`
MORE = ROWS + 8  # a second, shorter one
TASKS = [
    pytest.param(task, marks=pytest.mark.real(*sorted(task.packages)), id=name)
    for name, task in REAL_TASKS.items()
]


def made(task: RealTask, folder: Path, rows: int = ROWS, **options) -> list[str]:
    for name in task.networks:
        built(name)
    return make_features(task, members(), MODELS, folder, rows=rows, **options)


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".json"}


@pytest.mark.parametrize("task", TASKS)
def test_a_few_rows_of_a_real_task_become_features(task, tmp_path):
    told: list[tuple[str, int, int]] = []
    names = made(task, tmp_path, progress=lambda *now: told.append(now))
    folder, data = tmp_path / task.name, task.read(members())
    assert told == [(network, ROWS, ROWS) for network in task.networks]

    # Rows are spread evenly over the data, and have the labels and groups of the data.
    labels = np.load(folder / names[0], allow_pickle=False)
    rows = np.flatnonzero(np.isin(data.ids, labels["ids"]))
    assert len(rows) == ROWS and np.array_equal(labels["ids"], data.ids[rows])
    assert rows[0] == 0 and len(set(np.diff([*rows, len(data)]).tolist())) <= 2
    assert np.ptp(np.diff([*rows, len(data)])) <= 1
    assert np.array_equal(labels["labels"], data.labels[rows])
    assert labels["labels"].std() > 0.5  # of ratings 1.9, of two equal classes 1
    if data.groups is not None:
        assert np.array_equal(labels["groups"], data.groups[rows])

    for network, name in zip(task.networks, names[1:], strict=True):
        features = np.load(folder / name, allow_pickle=False)
        assert features.shape == (ROWS, WIDTHS[network]) and np.isfinite(features).all()
        assert len(np.unique(features, axis=0)) == ROWS  # no input is taken twice
        chosen = int(rows[ROWS // 2])
        prepared = NETWORKS[network].preprocessing(members())(data.read(chosen, chosen + 1))
        alone = OnnxModel(built(network), output=NETWORKS[network].output)(prepared)
        # A block of one row and of 64: sums in another order, in float32.
        np.testing.assert_allclose(features[ROWS // 2], alone[0], rtol=1e-3, atol=1e-4)

    for weak in task.weak:
        table = load_features(folder, weak, task.strong)
        known = dict(zip(data.ids[rows].tolist(), data.labels[rows], strict=True))
        assert [known[name] for name in table.ids.tolist()] == table.labels.tolist()


@pytest.mark.parametrize("task", TASKS)
def test_a_run_interrupted_after_every_block_ends_in_the_same_bytes(task, tmp_path, monkeypatch):
    names = made(task, tmp_path / "whole", MORE)
    told: list[tuple[str, int]] = []

    def stop(network: str, done: int, rows: int) -> None:
        told.append((network, done))
        raise KeyboardInterrupt

    for _ in range(2 * len(task.networks)):
        with pytest.raises(KeyboardInterrupt):
            made(task, tmp_path / "stopped", MORE, progress=stop)
    assert told == [(network, done) for network in task.networks for done in (ROWS, MORE)]
    assert made(task, tmp_path / "stopped", MORE, progress=stop) == names  # no block is left

    # What is finished is returned at once: no network is opened, no block is made.
    monkeypatch.setattr(
        "w2s.practice.data.encoders.encoding.OnnxModel",
        lambda *given, **options: pytest.fail("a network was opened"),
    )
    assert made(task, tmp_path / "stopped", MORE, progress=stop) == names
    folders = (tmp_path / way / task.name for way in ("whole", "stopped"))
    whole, stopped = map(content, folders)
    assert whole == stopped and set(names) < set(whole)
