"""Machine code for tiles: both uses of a stored tile in one pass, and a polynomial in one pass.

BLAS is slow on products with a few rows, and reads a tile once for each of its two uses. Here it is
passed once: four of its rows meet eight rows of the block in vector registers, for the product
with the tile and for that with its transpose. The code is written for the processor at hand by LLVM
(the extra ``fast``), in less than a tenth of a second, once per process, precision and width.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

LANES = 8  # rows of a block in one vector
GRAIN = 8  # rows and columns of a tile come in multiples of it
PANEL = 4  # rows of a tile that are in registers together: many processors have only 16 of them
SHORT = 88  # terms after which sums go on in float64

Compiled = Callable[..., None]


@cache
def installed() -> bool:
    """Tell whether LLVM is there; the first time it is not, say that all will be slower."""
    try:
        import llvmlite  # type: ignore[import-untyped,unused-ignore]  # noqa: F401
    except ImportError:
        told = "large students are several times slower without the extra w2s[fast] (llvmlite)"
        logging.getLogger("w2s").warning(told)
        return False
    return True


def compiled_here(asked: bool | None, like: Any) -> bool:
    """Tell whether to take compiled code beside such an array.

    Parameters
    ----------
    asked : bool, optional
        By default yes, where it can be had.
    like : array
        Of the module and precision of the work.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If compiled code is asked for and cannot be had.
    """
    fits = isinstance(like, np.ndarray) and like.dtype in (np.float32, np.float64)
    if asked and not fits:
        raise ValueError("compiled tiles need numpy arrays of float32 or float64")
    if asked and not installed():
        raise ValueError("compiled tiles need the extra w2s[fast], that is llvmlite")
    return fits and asked is not False and installed()


@cache
def register_bytes() -> int:
    """Return how much a vector register of this processor holds."""
    import llvmlite.binding as llvm  # type: ignore[import-untyped,unused-ignore]

    has = llvm.get_host_cpu_features()
    return 64 if has.get("avx512f") else 32 if has.get("avx") else 16


def address(array: NDArray[Any]) -> int:
    """Return where the numbers of an array begin in memory."""
    return int(array.__array_interface__["data"][0])


@cache
def both_uses(single: bool, lanes: int = LANES, roots: bool = False) -> Compiled:
    """Return the pass over tiles ``T``, side by side: ``Y_r += T X_c`` and ``Y_c += Tᵀ X_r``.

    Parameters
    ----------
    single : bool
        Whether the work is in float32, or in float64.
    lanes : int
        Rows of the block in one vector.
    roots : bool
        Whether tiles are uint16 and their entries the squares of these, or numbers of that type.

    Returns
    -------
    callable
        ``pass(T, tiles, rows, width, slabs, X_r, Y_r, X_c, Y_c, n, scratch)``. Arrays are given by
        their addresses: ``T`` of shape (tiles, rows, width), the others of shape (slabs, n, lanes),
        from the first row and the first column of the tiles on. ``Y_r`` and ``Y_c`` are float64,
        ``X_r`` and ``X_c`` of the precision of the work, as is ``scratch``, of ``slabs lanes + 4``
        times `SHORT`; ``rows`` and ``width`` are multiples of 8.

    Notes
    -----
    Sums in the precision of the work have at most `SHORT` terms; they go on in float64.
    """
    from llvmlite import ir

    real, wide, whole = (ir.FloatType() if single else ir.DoubleType()), ir.DoubleType(), _whole()
    vector, sums = ir.VectorType(real, lanes), ir.VectorType(wide, lanes)
    module, function = _function("both_uses", 11)
    t, tiles, rows, width, slabs, xr, yr, xc, yc, n, scratch = function.args
    b, size = ir.IRBuilder(function.append_basic_block()), 4 if single else 8
    kind, each = (ir.IntType(16), 2) if roots else (real, size)  # what is stored, and its bytes
    fma, zero = _multiply_add(module, vector), ir.Constant(vector, [0.0] * lanes)
    byte, small, short = ir.IntType(8).as_pointer(), ir.IntType(32), whole(SHORT)
    hint = ir.FunctionType(ir.VoidType(), [byte, *[small] * 3])
    fetch, images = ir.Function(module, hint, "llvm.prefetch.p0"), _at(b, scratch, vector, whole(0))

    def add(total: Any, place: Any) -> None:
        """Add a vector to one of float64."""
        more = b.fpext(total, sums) if single else total
        b.store(b.fadd(b.load(place, align=8), more), place, align=8)

    def foresee(line: Any, part: Any) -> None:
        """Fetch 64 bytes of a line of the next panel, which the processor does not foresee."""
        far = b.gep(ahead, [b.add(b.mul(line, width), part)])
        b.call(fetch, [b.bitcast(far, byte), *map(small, (0, 2, 1))])

    def pieces(count: Any) -> Any:
        """Return how many pieces of `SHORT` there are."""
        return b.udiv(b.add(count, whole(SHORT - 1)), short)

    def piece_of(count: Any, index: Any) -> tuple[Any, Any]:
        """Return where a piece begins, and its length."""
        start = b.mul(index, short)
        rest = b.sub(count, start)
        return start, b.select(b.icmp_unsigned("<", rest, short), rest, short)

    with _loop(b, tiles) as tile, _loop(b, pieces(rows)) as down, _loop(b, pieces(width)) as along:
        (top, high), (left, count) = piece_of(rows, down), piece_of(width, along)
        column = b.add(b.mul(tile, width), left)
        with _loop(b, b.mul(slabs, count)) as place:
            b.store(zero, b.gep(images, [place]), align=size)
        with _loop(b, b.udiv(high, whole(PANEL))) as panel, _loop(b, slabs) as slab:
            first, before = b.add(top, b.mul(panel, whole(PANEL))), b.mul(slab, n)
            start = b.add(b.mul(b.add(b.mul(tile, rows), first), width), left)
            lines = [_at(b, t, kind, b.add(start, b.mul(whole(i), width))) for i in range(PANEL)]
            ahead = b.gep(lines[0], [b.mul(whole(PANEL), width)])
            if roots:
                free = b.bitcast(b.gep(images, [b.mul(slabs, short)]), real.as_pointer())
                plain = [b.gep(free, [whole(i * SHORT)]) for i in range(PANEL)]
                with _if_first(b, slab), _loop(b, b.udiv(count, whole(GRAIN))) as part:
                    at = b.mul(part, whole(GRAIN))
                    for i, (line, place) in enumerate(zip(lines, plain, strict=True)):
                        foresee(whole(i), at)
                        _square(b, b.gep(line, [at]), b.gep(place, [at]))
                lines = plain
            mine = _at(b, xr, vector, b.add(before, first))
            mine = [b.load(b.gep(mine, [whole(i)]), align=size) for i in range(PANEL)]
            sources = _at(b, xc, vector, b.add(before, column))
            own, entry = b.gep(images, [b.mul(slab, count)]), b.block
            with _loop(b, b.udiv(count, whole(2))) as pair:
                held = [_phi(b, vector, zero, entry) for _ in range(PANEL)]
                if not roots:
                    part = b.mul(b.udiv(pair, whole(PANEL)), whole(64 // each))
                    foresee(b.urem(pair, whole(PANEL)), part)
                new = list[Any](held)
                for one in range(2):
                    at = b.add(b.mul(pair, whole(2)), whole(one))
                    theirs = b.load(b.gep(sources, [at]), align=size)
                    image = b.load(b.gep(own, [at]), align=size)
                    for i in range(PANEL):
                        entry_of_tile = _spread(b, b.load(b.gep(lines[i], [at])), vector)
                        new[i] = b.call(fma, [entry_of_tile, theirs, new[i]])
                        image = b.call(fma, [entry_of_tile, mine[i], image])
                    b.store(image, b.gep(own, [at]), align=size)
                for phi, value in zip(held, new, strict=True):
                    phi.add_incoming(value, b.block)
            results = _at(b, yr, sums, b.add(before, first))
            for i, total in enumerate(new):
                add(total, b.gep(results, [whole(i)]))
        with _loop(b, slabs) as slab, _loop(b, count) as at:
            total = b.load(b.gep(images, [b.add(b.mul(slab, count), at)]), align=size)
            add(total, _at(b, yc, sums, b.add(b.add(b.mul(slab, n), column), at)))
    b.ret_void()
    return _machine_code(module, function)


@cache
def even_polynomial(single: bool, coefficients: tuple[float, ...], root: bool = False) -> Compiled:
    """Return the pass ``out = s (c_0 + c_1 s + c_2 s² + …)`` with ``s = x²``, entry by entry.

    Parameters
    ----------
    single : bool
        Whether entries are float32, or float64.
    coefficients : tuple of float
        ``c``.
    root : bool
        Whether it is ``|x|`` in place of the first ``s``, rounded to uint16.

    Returns
    -------
    callable
        ``pass(x, out, largest, count)`` with addresses of arrays of `count` entries, at least
        eight, and of eight entries, the largest of which will be the largest ``s``.
    """
    from llvmlite import ir

    real, whole = (ir.FloatType() if single else ir.DoubleType()), _whole()
    vector, size = ir.VectorType(real, LANES), 4 if single else 8
    short = ir.VectorType(ir.IntType(16), LANES)
    module, function = _function("even_polynomial", 4)
    x, out, largest, count = function.args
    b = ir.IRBuilder(function.append_basic_block())
    fma, eight, entry = _multiply_add(module, vector), whole(LANES), b.block
    name = f"llvm.fabs.v{LANES}{'f32' if single else 'f64'}"
    modulus = ir.Function(module, ir.FunctionType(vector, [vector]), name)
    *lower, last = [ir.Constant(vector, [value] * LANES) for value in coefficients]
    end = b.sub(count, eight)
    with _loop(b, b.udiv(b.add(end, whole(2 * LANES - 1)), eight)) as turn:
        most = _phi(b, vector, ir.Constant(vector, [0.0] * LANES), entry)
        start = b.mul(turn, eight)  # the last vector overlaps with the one before
        start = b.select(b.icmp_unsigned("<", start, end), start, end)
        here = b.bitcast(_at(b, x, real, start), vector.as_pointer())
        value = b.load(here, align=size)
        square, total = b.fmul(value, value), last
        for coefficient in reversed(lower):
            total = b.call(fma, [total, square, coefficient])
        if root:
            half = ir.Constant(vector, [0.5] * LANES)
            rounded = b.call(fma, [total, b.call(modulus, [value]), half])
            rounded = b.fptosi(rounded, ir.VectorType(ir.IntType(32), LANES))
            there = b.bitcast(_at(b, out, short.element, start), short.as_pointer())
            b.store(b.trunc(rounded, short), there, align=2)
        else:
            there = b.bitcast(_at(b, out, real, start), vector.as_pointer())
            b.store(b.fmul(total, square), there, align=size)
        more = b.select(b.fcmp_ordered(">", most, square), most, square)
        most.add_incoming(more, b.block)
    b.store(more, _at(b, largest, vector, whole(0)), align=size)
    b.ret_void()
    return _machine_code(module, function)


def _whole() -> Any:
    from llvmlite import ir

    return ir.IntType(64)


def _function(name: str, count: int) -> tuple[Any, Any]:
    """Return a module, and in it a function of so many whole numbers."""
    from llvmlite import ir

    module = ir.Module(name)
    kind = ir.FunctionType(ir.VoidType(), [_whole()] * count)
    return module, ir.Function(module, kind, name)


def _at(b: Any, base: Any, kind: Any, index: Any) -> Any:
    """Return the pointer to one of the numbers or vectors from an address on."""
    return b.gep(b.inttoptr(base, kind.as_pointer()), [index])


@contextmanager
def _loop(b: Any, count: Any) -> Iterator[Any]:
    """Do what is built inside for 0, 1, … below a count of at least one."""
    entry, body = b.block, b.append_basic_block()
    b.branch(body)
    b.position_at_end(body)
    index = _phi(b, _whole(), _whole()(0), entry)
    yield index
    following, after = b.add(index, _whole()(1)), b.append_basic_block()
    index.add_incoming(following, b.block)
    b.cbranch(b.icmp_unsigned("<", following, count), body, after)
    b.position_at_end(after)


@contextmanager
def _if_first(b: Any, index: Any) -> Iterator[None]:
    """Do what is built inside in the first turn of a loop."""
    body, after = b.append_basic_block(), b.append_basic_block()
    b.cbranch(b.icmp_unsigned("==", index, _whole()(0)), body, after)
    b.position_at_end(body)
    yield
    b.branch(after)
    b.position_at_end(after)


def _square(b: Any, source: Any, place: Any) -> None:
    """Store the squares of `GRAIN` whole numbers of 16 bits as numbers of another type."""
    from llvmlite import ir

    many = ir.VectorType(source.type.pointee, GRAIN)
    wide = ir.VectorType(ir.IntType(32), GRAIN)
    numbers = b.zext(b.load(b.bitcast(source, many.as_pointer()), align=2), wide)
    vector = ir.VectorType(place.type.pointee, GRAIN)
    value = b.sitofp(numbers, vector)
    b.store(b.fmul(value, value), b.bitcast(place, vector.as_pointer()), align=4)


def _phi(b: Any, kind: Any, start: Any, entry: Any) -> Any:
    """Return a value of a loop with its start; what it is in the next turn has to be added."""
    phi = b.phi(kind)
    phi.add_incoming(start, entry)
    return phi


def _spread(b: Any, value: Any, vector: Any) -> Any:
    """Return a vector with one value in all places."""
    from llvmlite import ir

    none, small = ir.Constant(vector, ir.Undefined), ir.IntType(32)
    one = b.insert_element(none, value, small(0))
    return b.shuffle_vector(
        one, none, ir.Constant(ir.VectorType(small, vector.count), [0] * vector.count)
    )


def _multiply_add(module: Any, vector: Any) -> Any:
    """Return ``xy + z`` with one rounding, an instruction of most processors."""
    from llvmlite import ir

    kind = "f32" if isinstance(vector.element, ir.FloatType) else "f64"
    return ir.Function(
        module, ir.FunctionType(vector, [vector] * 3), f"llvm.fma.v{vector.count}{kind}"
    )


_ENGINES: list[Any] = []  # machine code is freed with its engine


def _machine_code(module: Any, function: Any) -> Compiled:
    """Compile for this processor. A call of the result lets other threads run meanwhile."""
    import llvmlite.binding as llvm  # type: ignore[import-untyped,unused-ignore]

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, jit=True
    )
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(str(module)), target)
    engine.finalize_object()
    _ENGINES.append(engine)
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * len(function.args))
    return kind(engine.get_function_address(function.name))
