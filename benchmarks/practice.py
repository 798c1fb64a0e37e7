"""In practice: one pass over the features, the sweeps, and `diagnose`, against what is simplest."""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.timing import Line, Measured, Ratio, cpu_seconds, in_child
from w2s.accumulate import accumulate
from w2s.cluster import connect
from w2s.dimensions import intrinsic_dimension
from w2s.moments import JointMoments
from w2s.sweeps import sweep
from w2s.uncertainty import GroupedMoments

SELF = "benchmarks.practice"
WIDTHS = {"s": 768, "w": 512, "y": 1}


def lines() -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder:
        yield from one_pass(folder)
        yield from longer_file(folder)
        yield moments_on_dask(folder)
    yield from spectrum_and_overlap()
    yield from sweeps()
    yield diagnose_digits()


def features(folder, rows, widths=None):
    """Write three float32 files of so many rows; return their paths."""
    rng, paths = np.random.default_rng(0), []
    for name, width in (widths or WIDTHS).items():
        paths.append(str(Path(folder) / f"{name}-{rows}-{width}.npy"))
        shape = (rows, width) if name != "y" else (rows,)
        file = np.lib.format.open_memmap(paths[-1], "w+", np.float32, shape)
        for start in range(0, rows, 10_000):
            part = file[start : start + 10_000]
            part[...] = rng.standard_normal(part.shape, dtype=np.float32)
        file.flush()
    return paths


def plain_pass(paths):
    """What one BLAS pass over the same bytes costs: the uncentred joint second moment."""
    tables = [np.load(path, mmap_mode="r") for path in paths]
    width, rows = sum(WIDTHS.values()), 1637  # a block of 16 MiB in float64
    total, block = np.zeros((width, width)), np.empty((rows, width))
    for start in range(0, len(tables[0]), rows):
        parts = [table[start : start + rows] for table in tables]
        parts[-1] = parts[-1][:, None]
        np.concatenate(parts, axis=1, out=block[: len(parts[0])])
        filled = block[: len(parts[0])]
        total += filled.T @ filled
    return float(total.trace())


def pass_over(paths, grouped):
    return accumulate(*paths, make_state=GroupedMoments if grouped else JointMoments).rows


def one_pass(folder, rows: int = 100_000) -> Iterator[Line]:
    paths = features(folder, rows)
    plain = min(cpu_seconds(lambda: plain_pass(paths)) for _ in range(2))
    work = f"moments of {rows:,} rows, D_s = 768, D_w = 512, float32 file"
    for name, grouped in (("plain", False), ("with 16 groups for standard errors", True)):
        found = [in_child(SELF, "pass_over", paths=paths, grouped=grouped) for _ in range(2)]
        seconds = min(one["cpu"] for one in found)
        yield Measured(
            f"moments_{'grouped' if grouped else 'joint'}", f"{work}, {name}",
            seconds / plain, "times a plain BLAS pass", 1.5,
        )  # fmt: skip
        yield Measured(
            f"moments_memory_{'grouped' if grouped else 'joint'}", f"{work}, {name}",
            1024 * max(one["gib"] for one in found), "MiB at the peak, all included", 308.0,
            note="the goal is 300 MiB and one block of 8 MiB",
        )  # fmt: skip


def longer_file(folder) -> Iterator[Line]:
    widths = {"s": 192, "w": 128, "y": 1}
    small, large = (
        in_child(SELF, "pass_over", paths=features(folder, rows, widths), grouped=True)
        for rows in (50_000, 1_000_000)
    )
    work = "twenty times the rows, D_s = 192, D_w = 128"
    yield Measured("longer_time", work, large["cpu"] / small["cpu"], "times the CPU time", None)
    yield Measured("longer_memory", work, large["gib"] / small["gib"], "times the memory", 1.1)


def moments_on_dask(folder) -> Line:
    """Wall time; the states that travel are 105 MB each, and seven ranges do not halve evenly."""
    paths = features(folder, 100_000)
    with connect(workers=2) as client:

        def alone():
            return accumulate(*paths)

        def shared():
            return accumulate(*paths, client=client)

        shared()  # imports and page cache
        both = [(wall(alone), wall(shared)) for _ in range(3)]
    one, two = (min(times) for times in zip(*both, strict=True))
    return Measured(
        "moments_dask", "moments on two Dask workers against one process, two cores",
        2.0 * two / one - 1.0, "of overhead in wall time", 0.25,
        note=f"{one:.1f} s alone, {two:.1f} s on two workers",
    )  # fmt: skip


def wall(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def spectrum_and_overlap(rows: int = 50_000, d_s: int = 2048, d_w: int = 512) -> Iterator[Line]:
    rng = np.random.default_rng(0)

    def normal(*shape):
        return rng.standard_normal(shape, dtype=np.float32)

    scales = np.linspace(1.0, 0.1, 300, dtype=np.float32)[:, None]
    strong = normal(rows, 300) @ (normal(300, d_s) * scales) + np.float32(0.1) * normal(rows, d_s)
    weak, labels = strong[:, :d_w] + np.float32(0.5) * normal(rows, d_w), strong[:, 0]

    def by_svd():
        bases = []
        for block in (strong, weak):
            left, values, _ = np.linalg.svd(block.astype(float), full_matrices=False)
            bases.append(left[:, : intrinsic_dimension(values**2, 0.99)])
        return ((bases[0].T @ bases[1]) ** 2).sum()

    def by_moments(products):
        state = JointMoments(d_s, d_w, products=products)
        for start in range(0, rows, 8192):
            part = slice(start, start + 8192)
            state.update(strong[part], weak[part], labels[part])
        return (state.canonical(energy=0.99, intercept=False).cosines ** 2).sum()

    start = time.process_time()
    reference = by_svd()
    slow = time.process_time() - start
    for products, goal in (("float64", 3.5), ("float32", 7.0)):
        start = time.process_time()
        found = by_moments(products)
        fast = time.process_time() - start
        yield Ratio(
            f"spectrum_{products}",
            f"spectrum and overlap of {rows:,} rows, {d_s} and {d_w} columns",
            "singular values of both", f"one pass, {products} products", slow, fast, slow / fast,
            goal, note=f"overlap differs by {abs(found / reference - 1):.0e}",
        )  # fmt: skip


def busy(cell, rng):
    """A cell of a sweep: about 50 ms of arithmetic."""
    until = time.process_time() + 0.05
    while time.process_time() < until:
        rng.standard_normal(2000).sum()
    return cell


def sweeps(cells: int = 200) -> Iterator[Line]:
    alone = wall(lambda: sweep(busy, range(cells), seed=0))
    sweep(busy, range(4), seed=0, workers=2)  # start the processes
    joblib = wall(lambda: sweep(busy, range(cells), seed=0, workers=2))
    with connect(workers=2) as client:
        sweep(busy, range(4), seed=0, client=client)
        dask = wall(lambda: sweep(busy, range(cells), seed=0, client=client))
    work = f"sweep of {cells} cells of 50 ms, two workers, wall time"
    yield Ratio("sweep_joblib", work, "one process", "joblib", alone, joblib, alone / joblib, 1.9)
    yield Ratio("sweep_dask", work, "one process", "Dask", alone, dask, alone / dask, 1.8)


def diagnose_digits() -> Line:
    found = in_child(SELF, "diagnosed")
    return Measured(
        "diagnose_digits", "w2s diagnose on the digits, start to report", found["wall"],
        "seconds", 10.0, note=f"{found['cpu']:.1f} CPU seconds",
    )  # fmt: skip


def diagnosed():
    from w2s.cli import main
    from w2s.datasets import digits

    data = digits(np.random.default_rng(0))
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, table in {
            "weak": data.weak,
            "strong": data.strong,
            "labels": data.parity,
        }.items():
            paths[name] = str(Path(folder) / f"{name}.npy")
            np.save(paths[name], table)
        given = [word for name, path in paths.items() for word in (f"--{name}", path)]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return main(["diagnose", *given, "--n", "200", "--N", "600"])
