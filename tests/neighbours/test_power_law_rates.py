"""Exponents and prices in closed form: their pieces, their ends, and known numbers."""

import numpy as np
import pytest

from w2s.neighbours.power_law_rates import exponent, label_price, ridge_rate

ALPHAS = (1.2, 1.5, 2.5, 4.0)


def test_the_exponent_has_three_pieces_that_meet() -> None:
    r = np.array([0.2, 0.5, 1.0, 2.5, 9.0])
    assert exponent(1.5, r) == pytest.approx([1, 1, 8 / 5.5, 2, 2], rel=1e-14)
    assert exponent(np.array(ALPHAS), np.array(ALPHAS) + 1) == pytest.approx(2, rel=1e-14)
    assert exponent(1.5, 4.0, cap=np.inf) == pytest.approx(32 / 14.5, rel=1e-14)
    # A ridge student sees r = 1 at most: between 4/3 and 3/2.
    assert exponent([1.0001, 1e6], 1.0) == pytest.approx([1.5, 4 / 3], abs=1e-4)


def test_the_rate_of_ridge_saturates_at_twice_the_spectrum() -> None:
    assert ridge_rate(2.0, [1.5, 4.0, 9.0]) == pytest.approx([0.6, 0.8, 0.8], rel=1e-14)
    assert ridge_rate([1.5, 4.0], 6.0) == pytest.approx([3 / 4, 6 / 7], rel=1e-14)


@pytest.mark.parametrize(
    ("alpha", "decay", "known"),
    [(2.0, 1.5, [2.9302, 1.9332, 1.6267, 1.5203]), (3.0, 1.0, [3.317, 2.236, 1.871, 1.738])],
)
def test_the_price_is_the_known_number(alpha, decay, known) -> None:
    price = label_price(alpha, decay, [0.25, 1, 4, 100])
    assert price == pytest.approx(known, abs=5e-4 if alpha == 3.0 else 5e-5)  # digits known
    end = label_price(alpha, decay, np.inf)
    assert end == pytest.approx(alpha ** (decay / (decay + 1)), rel=1e-14)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exponent(0.9, 1.0), r"alpha must exceed 1, got 0.9"),
        (lambda: exponent(1.0, 1.0), r"alpha must exceed 1, got 1"),
        (lambda: exponent(2.0, 0.0), r"r must exceed 0, got 0"),
        (lambda: ridge_rate(1.0, 1.0), r"alpha must exceed 1, got 1"),
        (lambda: ridge_rate(2.0, 0.0), r"decay must exceed 0, got 0"),
        (lambda: label_price(1.0, 1.0, 1.0), r"alpha must exceed 1, got 1"),
        (lambda: label_price(2.0, 0.0, 1.0), r"decay must exceed 0, got 0"),
        (lambda: label_price(2.0, [1.0, 4.0], 1.0), r"decay must be below 2 alpha = 4, got 4"),
        (lambda: label_price(2.0, 1.0, [1.0, 0.0]), r"per_label must exceed 0, got 0"),
        (lambda: label_price(2.0, 1.0, np.nan), r"per_label must exceed 0, got nan"),
    ],
)
def test_bad_input_is_refused_with_condition_and_value(call, message) -> None:
    with pytest.raises(ValueError, match=message):
        call()
