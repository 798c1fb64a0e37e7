"""Arrays are recognised by their own module, and brought back as numpy's."""

import sys
from types import ModuleType

import array_api_strict as strict
import numpy as np
import pytest

from w2s._arrays import beside, namespace, on_host


def test_module_of_an_array_is_its_own_and_numpy_for_all_else() -> None:
    assert namespace(strict.asarray([1.0])) is strict
    assert all(namespace(value) is np for value in (np.ones(2), [1.0, 2.0], 3.0, (1,), None))


def test_module_that_tensors_do_not_name_is_found_by_their_type(monkeypatch) -> None:
    library = ModuleType("library")
    library.matmul = None
    tensor = type("Tensor", (), {"__module__": "library.inner"})()
    monkeypatch.setitem(sys.modules, "library", library)
    assert namespace(tensor) is library


@pytest.mark.parametrize("way", ["cpu", "get"])
def test_values_come_back_from_a_device(way) -> None:
    far = type("Far", (), {way: lambda self: np.array([1, 2], dtype=np.float32)})()
    assert on_host(far).dtype == np.float64
    np.testing.assert_array_equal(on_host(far), [1.0, 2.0])
    np.testing.assert_array_equal(on_host(strict.asarray([1.0, 2.0])), [1.0, 2.0])


def test_values_go_beside_others() -> None:
    like = strict.empty(0, dtype=strict.float32)
    for values in (np.ones((2, 2)), strict.ones((2, 2))):
        moved = beside(values, like)
        assert namespace(moved) is strict
        assert moved.dtype == strict.float32
    assert beside(strict.ones(2), np.empty(0, np.float32)).dtype == np.float32
