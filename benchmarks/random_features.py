"""Paper 2: the student's whole path against what one would have written first."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache, partial

import numpy as np
from scipy.sparse.linalg import expm_multiply

from benchmarks.timing import (
    Line,
    Measured,
    Ratio,
    against_one,
    cpu_seconds,
    in_child,
    in_turns,
    machine_limits,
    spread,
    wall_seconds,
)
from w2s.metrics import fit_power_law
from w2s.random_features.finite_path import FinitePath, finite_path, full_path
from w2s.random_features.finite_student import (
    student_gram,
    student_labels,
    student_moments,
    tiles_for,
)
from w2s.random_features.finite_width import path_through
from w2s.random_features.gradient_flow import spectral_path
from w2s.random_features.relu_network import relu_teacher
from w2s.random_features.sphere import ZonalTarget, sphere_points

DIM = 32
CLOCK = 4 * DIM**2  # 1/λ_1
TIMES = CLOCK * np.geomspace(1e-2, 1e8, 1001)
WINDOW = CLOCK * np.linspace(0.0, 8.0, 33)  # where one stops early
WIDTHS = (16, 32, 64, 128, 256)
SELF = "benchmarks.random_features"


def lines() -> Iterator[Line]:
    yield from first_thoughts()
    yield from against_eigh()
    yield from limits()
    yield from products()
    yield from paper_size()
    yield from many_teachers()
    yield from gram()
    yield from matrix_free()
    yield infinite_width()
    yield from scaling()
    yield exponent_of_eigh()


@cache
def teachers():
    rng = np.random.default_rng(1)
    target = ZonalTarget(np.eye(DIM)[0])
    return [relu_teacher(sphere_points(rng, width, DIM), target) for width in WIDTHS]


def student(size):
    """Features, labels of five teachers and moments of the target."""
    u = sphere_points(np.random.default_rng(2), size, DIM)
    return u, student_labels(u, teachers()), student_moments(u, teachers()[0].target)


def whole_path(size, dtype="float64", tolerance=1e-8, **how) -> FinitePath:
    """Gram matrix, labels, Lanczos run and 1001 times: everything."""
    u, labels, target = student(size)
    product = student_gram(u, dtype=dtype, **how).times_rows
    path = finite_path(product, labels, target, longest=TIMES[-1], tolerance=tolerance)
    path(TIMES)
    return path


def steps_of_whole_path(**given):
    return whole_path(**given).steps


def tiles(tolerance):
    return np.dtype(tiles_for(tolerance)[0]).name


def error(loss, reference):
    return float(np.abs(loss - reference).max())


def first_thoughts(size: int = 2048) -> Iterator[Line]:
    """Euler, the exponential of SciPy and SGD: in the window of early stopping only."""
    u, labels, target = student(size)
    gram = student_gram(u).dense()
    exact = full_path(gram, labels, target)
    reference = exact(WINDOW)

    def ours():
        product = student_gram(u).times_rows
        return finite_path(product, labels, target, longest=WINDOW[-1])(WINDOW)

    for name, work in (
        ("explicit Euler, the longest stable steps", euler),
        ("scipy.sparse.linalg.expm_multiply", exponential),
        ("minibatch SGD on fresh samples, batch 64", sgd),
    ):
        losses = []

        def theirs(work=work, losses=losses):
            losses.append(work(gram, u, labels, target, exact.values[-1]))

        found = in_turns(theirs, ours, rounds=4)
        off = float(np.abs(losses[0] / reference - 1.0).max())
        best = float((losses[0].min(axis=1) / reference.min(axis=1) - 1.0).min())
        yield Ratio(
            work.__name__, f"student's path, M_ST = {size}, tλ₁ ≤ 8", name, "block Lanczos",
            found.baseline_seconds, found.our_seconds, found.ratio, None,
            note=f"its error is up to {off:.2g} of L_ST, its best L_ST off by {best:+.2g}",
            interval=found.interval,
        )  # fmt: skip


def _losses(weights, gram, labels, target):
    """Errors of students with these weights; the teacher's part of the loss does not enter."""
    energy = np.einsum("pi,ij,pj->p", weights, gram, weights, optimize=True)
    return 1.0 - 2.0 * weights @ target + energy


def euler(gram, u, labels, target, largest):
    steps = int(np.ceil(WINDOW[1] * largest / 1.9))  # stable up to 2 / largest
    weights, path = np.zeros_like(labels), [np.ones(len(labels))]
    for _ in range(len(WINDOW) - 1):
        for _ in range(steps):
            weights = weights + WINDOW[1] / steps * (labels - weights @ gram)
        path.append(_losses(weights, gram, labels, target))
    return np.transpose(path)


def exponential(gram, u, labels, target, largest):
    """`a_t` for all teachers by one augmented system: its last rows hold the labels."""
    size, count = len(gram), len(labels)
    system = np.zeros((size + count, size + count))
    system[:size, :size], system[:size, size:] = -gram, labels.T
    start = np.zeros((size + count, count))
    start[size:] = np.eye(count)
    states = expm_multiply(system, start, 0.0, WINDOW[-1], len(WINDOW))[:, :size]
    return np.transpose([_losses(state.T, gram, labels, target) for state in states])


def sgd(gram, u, labels, target, largest):
    """Fresh inputs for every step; the teachers share them."""
    rng, batch, size = np.random.default_rng(3), 64, len(u)
    steps = 64
    weights, path = np.zeros_like(labels), [np.ones(len(labels))]
    for _ in range(len(WINDOW) - 1):
        for _ in range(steps):
            x = sphere_points(rng, batch, DIM)
            seen = np.maximum(x @ u.T, 0.0) / np.sqrt(size)
            taught = np.array([np.maximum(x @ t.features.T, 0.0) @ t.weights for t in teachers()])
            weights += WINDOW[1] / steps * ((taught - weights @ seen.T) @ seen) / batch
        path.append(_losses(weights, gram, labels, target))
    return np.transpose(path)


def against_eigh(size: int = 8192) -> Iterator[Line]:
    u, labels, target = student(size)
    dense = student_gram(u).dense()
    start = time.process_time()
    reference = full_path(dense, labels, target)(TIMES)
    slow = time.process_time() - start
    del dense
    for name, tolerance, goal in (("5", 1e-5, 120), ("8", 1e-8, 120), ("10", 1e-10, None)):
        dtype = tiles(tolerance)
        product = student_gram(u, dtype=dtype).times_rows

        def ours(product=product, tolerance=tolerance):
            path = finite_path(product, labels, target, longest=TIMES[-1], tolerance=tolerance)
            return path, path(TIMES)

        times = against_one(slow, ours)
        path, found = ours()
        yield Ratio(
            f"eigh_to_{name}", f"student's path at 1001 times, M_ST = {size}, Gram matrix given",
            "full eigendecomposition", f"block Lanczos, {dtype} tiles, to {tolerance:.0e}",
            slow, times.our_seconds, times.ratio, goal, interval=times.interval,
            note=f"{path.steps} products, error {error(found, reference):.1e}",
        )  # fmt: skip


def limits() -> Iterator[Line]:
    """The machine's own limits, beside which all seconds of this run are to be read."""
    for dtype in ("float64", "float32"):
        for threads in (1, 2):
            found = machine_limits(dtype, threads)
            work = f"this machine, {dtype}, {threads} thread{'s' * (threads > 1)}"
            for name, value, unit in (
                ("reading", found.bandwidth, "GB read in a second"),
                ("gemm", found.gemm, "GFLOP/s of a product of square matrices"),
            ):
                yield Measured(
                    f"{name}_{dtype}_{threads}", work, value / 1e9, unit, None, more_is_better=True
                )
    fresh = [in_child("benchmarks.timing", "touched")["result"] for _ in range(5)]
    value, interval = spread(fresh)
    yield Measured(
        "fresh_memory", "this machine, memory that no one has used yet", value / 1e9,
        "GB written in a second, one byte of each page", None, interval=interval,
        more_is_better=True,
    )  # fmt: skip


def products(size: int = 16384) -> Iterator[Line]:
    """One product, against the machine's limits and against two products of BLAS on each tile."""
    for dtype in ("float64", "float32", "uint16"):
        gram = partial(student_gram, student(size)[0], dtype=dtype)
        one, two, plain = gram(), gram(workers=2), gram(compiled=False)
        for count, goal in ((8, 2.0), (32, None)):
            rows = np.ones((count, size))
            ours, theirs = partial(one.times_rows, rows), partial(plain.times_rows, rows)
            work = f"one product with {count} rows, M_ST = {size}, {dtype}"
            yield against_limits(f"product_{dtype}_{count}", work, ours, 1, goal, size, rows)
            found = in_turns(theirs, ours, 4)
            yield Ratio(
                f"against_blas_{dtype}_{count}", work, "two products of BLAS on each tile",
                "one pass", found.baseline_seconds, found.our_seconds, found.ratio, None,
                interval=found.interval,
            )  # fmt: skip
            yield against_limits(
                f"product_{dtype}_{count}_two", f"{work}, two threads, wall time",
                partial(two.times_rows, rows), 2, None, size, rows,
            )  # fmt: skip


def against_limits(name, work, ours, threads, goal, size, rows) -> Line:
    """Seconds of a product over those of the nearer limit, measured in turns with it."""
    dtype = "float64" if "float64" in name else "float32"
    stored = size**2 / 2 * (2 if "uint16" in name else np.dtype(dtype).itemsize)
    operations = 2.0 * len(rows) * size**2
    clock = cpu_seconds if threads == 1 else wall_seconds
    value, interval = spread(
        [clock(ours) / machine_limits(dtype, threads).least(stored, operations) for _ in range(4)]
    )
    unit = "times the larger of reading time and arithmetic at the gemm peak"
    return Measured(name, work, value, unit, goal, interval=interval, share=1 / value)


def paper_size(size: int = 16384) -> Iterator[Line]:
    """The whole path by its accuracy, and as it was: float64 tiles and BLAS at 1e-8."""
    about = "LLVM's own code takes 0.07 of them; the goal is what it was without"
    for name, tolerance, cpu, gib in (
        ("5", 1e-5, 1.5, 0.62), ("8", 1e-8, 3.5, 1.14), ("10", 1e-10, None, 1.14)
    ):  # fmt: skip
        dtype = tiles(tolerance)
        found = in_child(SELF, "steps_of_whole_path", size=size, dtype=dtype, tolerance=tolerance)
        work = f"whole path to {tolerance:.0e}, 5 teachers, M_ST = {size}, Gram matrix included"
        note = f"{found['result']} products, {dtype} tiles"
        work_in = "float64" if dtype == "float64" else "float32"
        least = machine_limits(work_in).least(0.0, 16.0 * size**2 * found["result"])
        yield Measured(
            f"paper_size_{name}", work, found["cpu"], "CPU seconds", cpu, note,
            share=least / found["cpu"],
        )  # fmt: skip
        yield Measured(f"paper_memory_{name}", work, found["gib"], "GiB at the peak", gib, about)
    for name, dtype, tolerance in (("5", "float32", 1e-5), ("8", "float64", 1e-8)):
        how = {"dtype": dtype, "tolerance": tolerance}
        old = in_child(SELF, "steps_of_whole_path", size=size, compiled=False, **how)
        ours = tiles(tolerance)
        new = in_child(SELF, "steps_of_whole_path", size=size, tolerance=tolerance, dtype=ours)
        yield Ratio(
            f"paper_against_blas_{name}", f"whole path to {tolerance:.0e}, M_ST = {size}",
            f"{dtype} tiles and BLAS", f"{ours} tiles in one pass", old["cpu"], new["cpu"],
            old["cpu"] / new["cpu"], None,
        )  # fmt: skip


def many_teachers(size: int = 16384) -> Iterator[Line]:
    """What a teacher costs when many share a student, everything included."""
    u, rng = student(size)[0], np.random.default_rng(5)
    target = ZonalTarget(np.eye(DIM)[0])
    drawn = [relu_teacher(sphere_points(rng, WIDTHS[k % 5], DIM), target) for k in range(32)]
    for name, tolerance in (("5", 1e-5), ("8", 1e-8)):
        run = partial(path_through, u, longest=TIMES[-1], tolerance=tolerance)
        pairs = [[cpu_seconds(partial(run, drawn[:n])) / n for n in (32, 5)] for _ in range(2)]
        value, interval = spread([many / few for many, few in pairs])
        work = f"whole path to {tolerance:.0e} for each of 32 teachers, M_ST = {size}"
        yield Measured(
            f"teachers_{name}", work, value, "times the cost of each of 5", 1 / 3, interval=interval
        )


def one_liner(u):
    rho = np.clip(u @ u.T, -1.0, 1.0)
    theta = np.arccos(rho)
    kernel = (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / (2.0 * np.pi)
    return kernel / (DIM * len(u))


def gram(size: int = 16384) -> Iterator[Line]:
    u = student(size)[0]
    slow = cpu_seconds(lambda: one_liner(u))
    for name, how, goal in (
        ("tiles", {"compiled": False}, 4),
        ("tiles, float32", {"dtype": "float32", "compiled": False}, None),
        ("compiled tiles", {"compiled": True}, 20),
        ("compiled tiles, float32", {"compiled": True, "dtype": "float32"}, None),
    ):  # fmt: skip
        student_gram(u[:640], **how)  # compile outside the clock
        found = against_one(slow, lambda how=how: student_gram(u, **how))
        yield Ratio(
            f"gram_{name.replace(', ', '_').replace(' ', '_')}", f"Gram matrix, M_ST = {size}",
            "the formula on one NumPy array", name, slow, found.our_seconds, found.ratio, goal,
            interval=found.interval,
        )  # fmt: skip


def matrix_free(size: int = 65536) -> Iterator[Line]:
    how = {"dtype": "float32", "keep": False, "workers": 2}
    found = in_child(SELF, "steps_of_whole_path", size=size, tolerance=1e-5, **how)
    work = f"whole path, 5 teachers, M_ST = {size}, the matrix made again for every product"
    note = f"{found['result']} products, {found['cpu']:.0f} CPU seconds"
    yield Measured("matrix_free", work, found["wall"], "seconds on two cores", 120.0, note)
    yield Measured("matrix_free_memory", work, found["gib"], "GiB at the peak", 1.0)


def infinite_width() -> Line:
    target = ZonalTarget(np.eye(DIM)[0])
    u = sphere_points(np.random.default_rng(4), 256, DIM)

    def one():
        spectral_path(relu_teacher(u, target).spectrum, TIMES)

    one()
    seconds = min(cpu_seconds(one) for _ in range(5))
    return Measured(
        "infinite_width", "infinite width, one teacher with M_TE = 256, 1001 times",
        1e3 * seconds, "milliseconds of CPU", 50.0,
    )  # fmt: skip


def scaling(sizes=(2048, 2896, 4096, 5792, 8192, 11584, 16384)) -> Iterator[Line]:
    """Cost of the whole path against the width of the student, in double precision."""
    spent = []
    for size in sizes:
        rounds = 3 if size < 8192 else 1
        spent.append(min(cpu_seconds(lambda size=size: whole_path(size)) for _ in range(rounds)))
        yield Measured(
            f"cost_{size}", f"whole path, M_ST = {size}, float64, Gram matrix included",
            spent[-1], "CPU seconds", None,
        )  # fmt: skip
    yield exponent("exponent_path", "cost of the whole path against M_ST, float64", sizes, spent)


def exponent_of_eigh(sizes=(724, 1024, 1448, 2048, 2896)) -> Line:
    spent = []
    for size in sizes:
        u, labels, target = student(size)
        dense = student_gram(u).dense()
        whole = partial(full_path, dense, labels, target)
        spent.append(min(cpu_seconds(whole) for _ in range(2)))
    work = "cost of the full eigendecomposition against M_ST"
    return exponent("exponent_eigh", work, sizes, spent)


def exponent(name, work, sizes, spent) -> Measured:
    fit = fit_power_law(sizes, spent)
    note = f"M_ST from {min(sizes)} to {max(sizes)}"
    return Measured(name, work, fit.exponent, "fitted exponent", None, note, (fit.low, fit.high))
