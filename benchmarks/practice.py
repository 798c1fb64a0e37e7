"""In practice: one pass over the features, the sweeps, and `diagnose`, against what is simplest."""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from distributed import LocalCluster
from onnx import TensorProto, helper, numpy_helper

from benchmarks.timing import (
    ALONE,
    Line,
    Measured,
    Ratio,
    against_one,
    cpu_seconds,
    in_child,
    paired,
    spread,
)
from w2s.computing.cluster import connect
from w2s.computing.sweeps import sweep
from w2s.discrepancy.dimensions import intrinsic_dimension
from w2s.practice.data.encoders import Pictures, encode
from w2s.practice.data.raw_formats import from_arrays
from w2s.practice.estimation.accumulate import accumulate
from w2s.practice.estimation.groups import GroupedMoments
from w2s.practice.estimation.moments import JointMoments

SELF = "benchmarks.practice"
WIDTHS = {"s": 768, "w": 512, "y": 1}


def lines() -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder:
        yield from one_pass(folder)
        yield from longer_file(folder)
        yield moments_on_dask(folder)
    yield from spectrum_and_overlap()
    yield from sweeps()
    yield encoding()
    yield diagnose_digits()
    yield from diagnosis_with_check()


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
    work = f"moments of {rows:,} rows, D_s = 768, D_w = 512, float32 file"
    plain_pass(paths)  # page cache
    for name, grouped in (("plain", False), ("with 16 groups for standard errors", True)):
        plain, found = [], []
        for _ in range(3):
            plain.append(cpu_seconds(lambda: plain_pass(paths)))
            found.append(in_child(SELF, "pass_over", paths=paths, grouped=grouped))
        value, interval = spread([o["cpu"] / p for o, p in zip(found, plain, strict=True)])
        yield Measured(
            f"moments_{'grouped' if grouped else 'joint'}", f"{work}, {name}",
            value, "times a plain BLAS pass", 1.5, interval=interval,
            note=f"{1 / value:.0%} of the speed of plain BLAS",
        )  # fmt: skip
        yield Measured(
            f"moments_memory_{'grouped' if grouped else 'joint'}", f"{work}, {name}",
            1024 * max(one["gib"] for one in found), "MiB at the peak, all included", 308.0,
            note="the goal is 300 MiB and one block of 8 MiB",
        )  # fmt: skip


def longer_file(folder) -> Iterator[Line]:
    widths = {"s": 192, "w": 128, "y": 1}
    files = [features(folder, rows, widths) for rows in (50_000, 1_000_000)]
    small, large = (
        [in_child(SELF, "pass_over", paths=paths, grouped=True) for _ in range(2)]
        for paths in files
    )
    work = "twenty times the rows, D_s = 192, D_w = 128"
    for name, key, unit, goal in (
        ("time", "cpu", "times the CPU time", None), ("memory", "gib", "times the memory", 1.1)
    ):  # fmt: skip
        value, interval = spread([b[key] / a[key] for a, b in zip(small, large, strict=True)])
        yield Measured(f"longer_{name}", work, value, unit, goal, interval=interval)


def moments_on_dask(folder) -> Line:
    """Wall time; one state of 105 MB travels between the workers, and their sum to the client."""
    paths = features(folder, 100_000)
    with two_on_dask() as client:

        def alone():
            return accumulate(*paths)

        def shared():
            return accumulate(*paths, client=client)

        shared()  # imports and page cache
        both = [(wall(alone), wall(shared)) for _ in range(3)]
    one, two = (min(times) for times in zip(*both, strict=True))
    value, interval = spread([2.0 * two / one for one, two in both])
    return Measured(
        "moments_dask", "moments on two Dask workers against one process, two cores",
        value, "times half the wall time", 1.25, interval=interval,
        note=f"{one:.1f} s alone, {two:.1f} s on two workers",
    )  # fmt: skip


@contextlib.contextmanager
def two_on_dask():
    """A client of two workers; whoever reaches their port on this machine runs code in them."""
    with (
        LocalCluster(2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster,
        connect(cluster.scheduler_address) as client,
    ):
        yield client


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
        found = []
        times = against_one(
            slow, lambda p=products, kept=found: kept.append(by_moments(p)), rounds=2
        )
        yield Ratio(
            f"spectrum_{products}",
            f"spectrum and overlap of {rows:,} rows, {d_s} and {d_w} columns",
            "singular values of both", f"one pass, {products} products", slow, times.our_seconds,
            times.ratio, goal, note=f"overlap differs by {abs(found[0] / reference - 1):.0e}",
            interval=times.interval,
        )  # fmt: skip


def busy(cell, rng):
    """A cell of a sweep: about 50 ms of arithmetic."""
    until = time.process_time() + 0.05
    while time.process_time() < until:
        rng.standard_normal(2000).sum()
    return cell


def sweeps(cells: int = 200) -> Iterator[Line]:
    work = f"sweep of {cells} cells of 50 ms, two workers, wall time"
    with two_on_dask() as client:
        ways = {"alone": {}, "joblib": {"workers": 2}, "Dask": {"client": client}}
        for how in ways.values():
            sweep(busy, range(4), seed=0, **how)  # start the processes
        times = [
            {name: wall(lambda how=how: sweep(busy, range(cells), seed=0, **how))
             for name, how in ways.items()}
            for _ in range(3)
        ]  # fmt: skip
    for name, goal in (("joblib", 1.9), ("Dask", 1.8)):
        found = paired([(one["alone"], one[name]) for one in times])
        yield Ratio(
            f"sweep_{name.lower()}", work, "one process", name, found.baseline_seconds,
            found.our_seconds, found.ratio, goal, interval=found.interval,
        )  # fmt: skip


def network(path: Path) -> Path:
    """A made-up network for pictures: three convolutions and a mean, 128 features."""
    rng, nodes, weights, name = np.random.default_rng(0), [], [], "pixels"
    for layer, (wide, many) in enumerate([(3, 32), (32, 64), (64, 128)]):
        kernel = rng.standard_normal((many, wide, 3, 3), dtype=np.float32) / (3 * wide**0.5)
        weights.append(numpy_helper.from_array(kernel, f"kernel{layer}"))
        nodes.append(
            helper.make_node("Conv", [name, f"kernel{layer}"], [f"c{layer}"], strides=[2, 2])
        )
        nodes.append(helper.make_node("Relu", [f"c{layer}"], [f"r{layer}"]))
        name = f"r{layer}"
    nodes += [helper.make_node("ReduceMean", [name], ["features"], axes=[2, 3], keepdims=0)]
    ends = (("pixels", ["rows", 3, "h", "w"]), ("features", ["rows", 128]))
    inputs, outputs = ([helper.make_tensor_value_info(k, TensorProto.FLOAT, v)] for k, v in ends)
    graph = helper.make_graph(nodes, "network", inputs, outputs, weights)
    versions = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def encoding(rows: int = 2000) -> Line:
    """Wall time of frozen features, the pictures' preparation and the writing included."""
    pixels = np.random.default_rng(0).integers(0, 256, (rows, 64, 64, 3), dtype=np.uint8)
    data, pictures = from_arrays("pictures", pixels, np.zeros(rows)), Pictures(resize=(112, 112))
    with tempfile.TemporaryDirectory() as folder:
        model = network(Path(folder) / "network.onnx")

        def seconds(place, workers):
            return wall(
                lambda: encode(model, data, pictures, Path(folder) / place, workers=workers)
            )

        pairs = [tuple(seconds(f"{k}-{w}", w) for w in (1, 2)) for k in range(4)]
    found = paired(pairs[1:])  # the first pair loads what both need
    return Ratio(
        "encode_workers", f"features of {rows:,} pictures of 112 x 112, wall time", "one worker",
        "two workers", found.baseline_seconds, found.our_seconds, found.ratio, 1.7,
        note=f"{rows / found.our_seconds:,.0f} pictures a second", interval=found.interval,
    )  # fmt: skip


def diagnose_digits() -> Line:
    found = in_child(SELF, "diagnosed")
    return Measured(
        "diagnose_digits", "w2s diagnose on the digits, start to report", found["wall"],
        "seconds", 10.0, note=f"{found['cpu']:.1f} CPU seconds",
    )  # fmt: skip


def diagnosed():
    from w2s.cli import main
    from w2s.practice.data.digits import digits

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


def two_models(rows, d_s, d_w):
    """Float32 features of a common latent, half as wide as the narrower model, and labels."""
    rng = np.random.default_rng(0)
    latent = rng.standard_normal((rows, min(d_s, d_w) // 2))
    strong, weak = (
        latent @ rng.standard_normal((latent.shape[1], width)) / latent.shape[1] ** 0.5
        + noise * rng.standard_normal((rows, width))
        for width, noise in ((d_s, 0.7), (d_w, 1.0))
    )
    labels = latent[:, :20] @ rng.standard_normal(20) / 20**0.5 + 0.7 * rng.standard_normal(rows)
    return strong.astype(np.float32), weak.astype(np.float32), labels


def reported(shape, sizes):
    """The whole report of features in memory: one pass, predictions, check, verdict."""
    from w2s import diagnose

    strong, weak, labels = two_models(*shape)
    start = time.process_time()
    diagnose(weak, strong, labels, n_labelled=sizes[0], n_unlabelled=sizes[1])
    return time.process_time() - start


def split_by_ridge_cv(shape, sizes, seed):
    """What one would write first: scikit-learn's search for all four models on one split."""
    from sklearn.linear_model import RidgeCV

    from w2s.practice.training.four_models import train

    strong, weak, labels = (np.asarray(part, dtype=float) for part in two_models(*shape))
    rows = np.random.default_rng(seed).permutation(len(labels))
    labelled, unlabelled, test = np.split(rows, [sizes[0], sum(sizes)])

    def fit(design, targets):
        grid = np.geomspace(1e-5, 1e3, 10) * np.square(design).mean() * len(design)
        return RidgeCV(alphas=grid).fit(design, targets).predict

    start = time.process_time()
    models = train(weak, strong, labels, labelled, unlabelled, fit)
    errors = [
        np.mean((out - labels[test]) ** 2) for out in models.outputs(weak[test], strong[test])
    ]
    assert np.isfinite(errors).all()
    return time.process_time() - start


def diagnosis_with_check(splits: int = 20) -> Iterator[Line]:
    """CPU seconds of whole reports, and beside trainings that answer for one pair of sizes only."""
    for rows, d_s, d_w, sizes in (
        (20_000, 512, 512, (2000, 8000)),
        (5000, 768, 1024, (1000, 2000)),
    ):
        shape = rows, d_s, d_w
        ours = [in_child(SELF, "reported", shape=shape, sizes=sizes)["result"] for _ in range(3)]
        work = f"whole report with check, {rows:,} rows, D_s = {d_s}, D_w = {d_w}"
        at = f"(n, N) = ({sizes[0]}, {sizes[1]})"
        value, interval = spread(ours)
        yield Measured(
            f"report_{rows}", f"{work}, {at}", value, "CPU seconds", 8.0, interval=interval
        )  # fmt: skip
        theirs = in_child(SELF, "split_by_ridge_cv", shape=shape, sizes=sizes, seed=1)["result"]
        found = paired([(splits * theirs, one) for one in ours], assumed=ALONE)
        yield Ratio(
            f"report_{rows}_beside_search", f"{work}; the search knows {at} only",
            f"scikit-learn's RidgeCV of four models over {splits} splits", "whole report",
            found.baseline_seconds, found.our_seconds, found.ratio, None,
            note="the search tries 10 penalties; it was run on one split and counted so many times",
            interval=found.interval,
        )  # fmt: skip
    yield surface()


def surface(sizes: int = 60) -> Line:
    """Predictions for ridge heads on a grid of both sizes, the moments given."""
    from w2s.practice.diagnosis.heads import RidgeOnAllColumns

    strong, weak, labels = two_models(10_000, 512, 512)
    head = RidgeOnAllColumns.from_groups(GroupedMoments.from_blocks([(strong, weak, labels)]), 0.99)
    grid = np.geomspace(50, 5000, sizes).round()

    def predicted():
        head.forecast(grid[:, None], grid, certain=True)

    predicted()
    value, interval = spread([cpu_seconds(predicted) for _ in range(3)])
    return Measured(
        "surface", f"four errors of ridge heads at {sizes} x {sizes} sizes, 512 columns each",
        value, "CPU seconds", 1.0, interval=interval,
    )  # fmt: skip
