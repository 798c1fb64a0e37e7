"""Where whole numbers have 32 bits, as in a browser, results are those of 64."""

import dataclasses
import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import w2s.discrepancy
import w2s.neighbours
from w2s.discrepancy.ridgeless import Geometry
from w2s.random_features.linear_network import LinearNetwork, linear_teacher
from w2s.random_features.sphere import multiplicities

SIZES = ("n_labelled", "n_unlabelled", "samples", "n_samples")
LARGE = np.array([50_000, 70_000, 2_000_000_000])  # whose squares and products have no 32 bits
GIVEN = {
    "geometry": Geometry(20, 30, 10.0, 0.2, 0.1, 0.15, 0.05, 2.0), "noise": 0.5, "dimension": 25,
    "signal": 1.0, "ridge": 0.5, "ridge_weak": 0.5, "ridge_strong": 0.5, "rho": 0.1, "energy": 1.0,
    "overlap": 10.0, "error": 0.01, "level": 0.5, "scales": np.array([0.5, 1.5]), "kurtosis": 3.0,
}  # fmt: skip


def of_sizes():
    """Every function of Parts I and IV that takes arrays of sample sizes, and what it needs."""
    for part in (w2s.discrepancy, w2s.neighbours):
        for name in (one.name for one in pkgutil.iter_modules(part.__path__)):
            module = importlib.import_module(f"{part.__name__}.{name}")
            for function in vars(module).values():
                if inspect.isfunction(function) and function.__module__ == module.__name__:
                    asked = inspect.signature(function).parameters.values()
                    needed = {one.name for one in asked if one.default is one.empty}
                    arrays = {p.name for p in asked if "ArrayLike" in str(p.annotation)}
                    if needed <= {*GIVEN, *SIZES} and needed & arrays & {*SIZES}:
                        yield pytest.param(function, needed, id=f"{name}.{function.__name__}")


def numbers(result):
    """The arrays of a result, whatever holds them."""
    if dataclasses.is_dataclass(result):
        result = [getattr(result, one.name) for one in dataclasses.fields(result)]
    if isinstance(result, list | tuple):
        return [array for part in result for array in numbers(part)]
    return [np.asarray(result)]


def test_most_functions_of_sizes_are_tried():
    assert len(list(of_sizes())) >= 30


@pytest.mark.parametrize(("function", "needed"), [*of_sizes()])
def test_sizes_of_32_bits_give_what_floating_point_sizes_give(function, needed):
    def called(kind):
        sizes = dict.fromkeys(SIZES, LARGE.astype(kind))
        return numbers(function(**{name: (GIVEN | sizes)[name] for name in needed}))

    narrow, wide = called(np.int32), called(np.float64)
    assert len(narrow) == len(wide) > 0
    for one, other in zip(narrow, wide, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.fixture
def narrow(monkeypatch):
    """`np.arange` of whole numbers gives 32 bits."""
    wide = np.arange

    def arange(*ends, dtype=None):
        found = wide(*ends, dtype=dtype)
        return found.astype(np.int32) if dtype is None and found.dtype == np.int64 else found

    monkeypatch.setattr(np, "arange", arange)


@pytest.mark.parametrize(("route", "width"), [("law", 10**9), ("wishart", 8)])
def test_a_linear_teacher_of_a_dimension_above_32_bits(route, width, request):
    network = LinearNetwork(width, bulk_dim=10**13, bulk_eigenvalue=1e-6)
    wide = linear_teacher(network, np.random.default_rng(0), 3, route=route).error
    request.getfixturevalue("narrow")
    again = linear_teacher(network, np.random.default_rng(0), 3, route=route).error
    np.testing.assert_array_equal(again, wide)


def test_multiplicities_above_32_bits(request):
    wide = multiplicities(500, 12)
    assert wide.max() > 2**40
    request.getfixturevalue("narrow")
    np.testing.assert_array_equal(multiplicities(500, 12), wide)
