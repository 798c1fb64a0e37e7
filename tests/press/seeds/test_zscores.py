"""The judges of z-scores: what chance makes passes, what it does not is noticed."""

from __future__ import annotations

import numpy as np
import pytest

from press.seeds.zscores import normal_scores, one_claim, pooled, too_many


def pages(rng, *, runs=20, scale=1.0, shift=0.0):
    """Return z-scores as of the book: pages of a few dependent entries, so many runs each."""
    shapes = [(runs, entries) for entries in 5 * [3, 5, 10, 20, 40]]
    drawn = [
        np.sqrt(0.5) * (rng.standard_normal((runs, 1)) + rng.standard_normal(shape))
        for shape in shapes
    ]
    return [shift + scale * z for z in drawn]


def rejected(rng, repeats, **how):
    """Return how often each of the three judgements is refused."""
    return sum(
        np.array([not test.ok for test in pooled(pages(rng, **how))]) for _ in range(repeats)
    )


def test_standard_normal_scores_pass_however_few_the_runs():
    rng = np.random.default_rng(1)
    for runs in (1, 3, 20):
        # Each may be refused once in a thousand times: two of 100 has probability 0.005.
        assert (rejected(rng, 100, runs=runs) <= 1).all()


@pytest.mark.parametrize(("scale", "word"), [(1.1, "wider"), (0.9, "narrower")])
def test_scores_that_are_ten_percent_off_are_noticed(scale, word):
    assert rejected(np.random.default_rng(2), 20, scale=scale)[1] >= 16, word


def test_a_common_shift_is_noticed():
    assert rejected(np.random.default_rng(3), 20, shift=0.2)[0] >= 18


def test_dependent_entries_count_no_more_than_what_they_are_worth():
    rng = np.random.default_rng(4)
    for _ in range(50):  # one number, written down a hundred times
        copies = [np.repeat(rng.standard_normal((20, 1)), 100, axis=1) for _ in range(4)]
        once = pooled([z[:, :1] for z in copies])
        assert [test.p for test in pooled(copies)] == pytest.approx([test.p for test in once])


def test_one_bad_claim_is_found_and_good_ones_are_not():
    rng = np.random.default_rng(5)
    good = np.sqrt(0.5) * (rng.standard_normal((400, 20, 1)) + rng.standard_normal((400, 20, 8)))
    chance = np.array([one_claim(z) for z in good])
    assert (chance < 0.05).mean() < 0.1  # 0.05 expected at most, 400 claims
    assert chance.min() > 1e-3 / 400 / 10
    for bad in (1.8 * good, 0.5 * good, good + 1.5):
        assert np.median([one_claim(z) for z in bad]) < 1e-5
    assert one_claim(np.zeros((20, 3))) == 0.0  # as if measured without error


def test_failures_are_counted_against_the_tolerance():
    assert too_many(0, 1000) == 1.0
    assert too_many(1, 1000) == pytest.approx(1 - 0.999**1000)
    assert too_many(3, 1000) > 1e-3 > too_many(7, 1000)


def test_few_trials_are_students_t_and_no_longer_too_wide():
    z = np.random.default_rng(6).standard_t(5, size=(4000, 1))
    assert not pooled([z])[1].ok
    assert pooled([normal_scores(z, 5)])[1].ok
    assert normal_scores([-1.0, 0.0, 2.0], 1e9) == pytest.approx([-1.0, 0.0, 2.0])
