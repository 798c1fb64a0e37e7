"""One pass gives the same moments as all rows at once, and refuses what it cannot digest."""

import re
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

from w2s.discrepancy.dimensions import intrinsic_dimension
from w2s.discrepancy.ridgeless import risks
from w2s.discrepancy.subspaces import pair_with_cosines
from w2s.practice.estimation import rows as rows_module
from w2s.practice.estimation.moments import JointMoments
from w2s.practice.estimation.rows import chunks, read_arrays


def drawn(rows: int, seed: int = 0, shift: float = 0.0):
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((rows, 9))
    strong = latent[:, :4] @ rng.random((4, 5)) + shift  # five columns of rank four
    weak = latent[:, 3:9] @ rng.random((6, 6)) - shift
    return strong, weak, latent @ np.arange(9) + rng.standard_normal(rows)


def blocks(data, sizes):
    edges = np.cumsum([0, *sizes])
    return [tuple(part[a:b] for part in data) for a, b in pairwise(edges)]


def assert_same(one: JointMoments, two: JointMoments, rtol: float) -> None:
    assert one.rows == two.rows
    scale = np.sqrt(np.outer(two.scatter.diagonal(), two.scatter.diagonal()))
    np.testing.assert_allclose(one.mean, two.mean, rtol=rtol)
    assert np.abs((one.scatter - two.scatter) / scale).max() < rtol


def test_moments_are_those_of_numpy():
    data = drawn(500)
    state = JointMoments.from_blocks(blocks(data, [500]))
    joint = np.column_stack(data)
    np.testing.assert_allclose(state.mean, joint.mean(axis=0), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(state.scatter / 499, np.cov(joint.T), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("sizes", [[1] * 30 + [470], [100, 400], [0, 250, 0, 250]])
def test_blocks_of_any_size_give_the_moments_of_one(sizes):
    data = drawn(500)
    whole = JointMoments.from_blocks(blocks(data, [500]))
    assert_same(
        JointMoments.from_blocks(blocks(data, sizes)), whole, rtol=1e-13
    )  # sums of 500 terms


def test_merging_is_addition_in_any_grouping_and_leaves_its_parts_alone():
    parts = [JointMoments.from_blocks([block]) for block in blocks(drawn(60), [10, 20, 30])]
    before = [part.scatter.copy() for part in parts]
    left, right = (parts[0] + parts[1]) + parts[2], parts[0] + (parts[2] + parts[1])
    assert_same(left, right, rtol=1e-13)
    assert all((p.scatter == b).all() for p, b in zip(parts, before, strict=True))
    empty = JointMoments(5, 6)
    assert (empty + left).scatter.tobytes() == (left + empty).scatter.tobytes()


def test_a_large_mean_costs_no_digits():
    # Sums of raw squares would lose all 16 digits at a mean of 1e8 spreads.
    near = JointMoments.from_blocks(blocks(drawn(400), [400]))
    far = JointMoments.from_blocks(blocks(drawn(400, shift=1e8), [150, 250]))
    values = [state.spectrum("weak", intercept=True) for state in (near, far)]
    # The inputs themselves are rounded to 1e8 · 1e-16 = 1e-8 of a spread.
    np.testing.assert_allclose(values[1], values[0], rtol=1e-6)


def test_memory_does_not_grow_with_the_rows_of_a_block():
    peaks = []
    for rows in (200_000, 1_000_000):
        data = tuple(np.broadcast_to(x, (rows, *x.shape[1:])) for x in drawn(1))
        state = JointMoments(5, 6)
        tracemalloc.start()
        state.update(*data)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] < 40 * 2**20


def test_single_precision_and_integers_are_summed_in_double():
    strong, weak, labels = drawn(300)
    exact = JointMoments.from_blocks([(strong.astype(np.float32).astype(float), weak, labels)])
    assert_same(JointMoments.from_blocks([(strong.astype(np.float32), weak, labels)]), exact, 1e-15)
    signs = JointMoments.from_blocks([(strong, weak, np.sign(labels).astype(np.int8))])
    assert signs.scatter.dtype == np.float64


def test_single_precision_products_keep_six_digits_and_sum_in_double():
    data = drawn(40_000, shift=3.0)
    exact = JointMoments.from_blocks([data])
    quick = JointMoments.from_blocks([data], products="float32")
    assert quick.scatter.dtype == quick.mean.dtype == np.float64
    # Products are rounded to 6e-8 each; the sums of thousands keep about that.
    assert_same(quick, exact, rtol=2e-6)
    one, two = (s.estimate(energy=0.99, intercept=True).geometry for s in (quick, exact))
    assert np.isclose(one.overlap, two.overlap, rtol=1e-5)
    # In ascending order sums of residuals grow to ten thousand spreads before they cancel: in
    # single precision the means would be off by 1e-6 of a spread, not by the 6e-8 of one number.
    order = np.argsort(data[2])
    ascending = [tuple(part[order] for part in data)]
    sorted_ = JointMoments.from_blocks(ascending, products="float32")
    spread = np.sqrt(exact.scatter.diagonal() / exact.rows)
    assert (np.abs(sorted_.mean - exact.mean) < 6e-8 * spread).all()
    huge = [(np.full((40, 1), 3e37), data[1][:40], data[2][:40])]  # no single holds their sum
    assert JointMoments.from_blocks(huge, products="float32").scatter[0, 0] == 0
    with pytest.raises(ValueError, match=r"strong column 1 is inf"):
        JointMoments.from_blocks([(data[0] * [1, 1e60, 1, 1, 1], *data[1:])], products="float32")
    with pytest.raises(ValueError, match="products must be one of float64, float32"):
        JointMoments(1, 1, products="float16")


def test_chunks_hold_as_many_rows_as_fit_and_at_least_one(monkeypatch):
    parts = [np.ones((5, 2)), np.ones((5, 1)), np.ones((5, 1))]  # 32 bytes a row in double
    for size, precision, lengths in [
        (1, float, [1] * 5), (64, float, [2, 2, 1]), (64, np.float32, [4, 1]), (160, float, [5]),
    ]:  # fmt: skip
        monkeypatch.setattr(rows_module, "_CHUNK_BYTES", size)
        found = [(start, len(chunk)) for start, chunk in chunks(parts, precision)]
        assert found == [(sum(lengths[:i]), n) for i, n in enumerate(lengths)]


def test_moments_do_not_depend_on_the_chunks(monkeypatch):
    whole = JointMoments.from_blocks([drawn(200)])
    monkeypatch.setattr(rows_module, "_CHUNK_BYTES", 1000)  # ten rows of twelve numbers
    assert_same(JointMoments.from_blocks([drawn(200)]), whole, rtol=1e-13)
    data = drawn(200)
    data[1][150, 0] = np.inf
    with pytest.raises(ValueError, match="row 150 of weak column 0 is inf"):
        JointMoments.from_blocks([data])


def test_the_constant_counts_as_a_dimension_and_eigenvalues_are_the_leading_ones():
    strong, weak, labels = drawn(300, shift=2.0)
    state = JointMoments.from_blocks([(strong, weak, labels)])
    for intercept in (False, True):
        kept = state.features("weak", energy=0.99, intercept=intercept)
        assert kept.transform(weak).shape == (300, kept.dimension)
        spectrum = state.spectrum("weak", intercept=intercept)
        size = kept.dimension - intercept
        np.testing.assert_allclose(kept.eigenvalues, spectrum[:size], rtol=1e-12)


def test_a_spectrum_has_no_negative_eigenvalue_where_rounding_leaves_some():
    smallest = []
    for seed in range(10):  # five columns of rank four
        state = JointMoments.from_blocks([drawn(50, seed)])
        assert state.spectrum("strong", intercept=True).min() >= 0
        smallest.append(np.linalg.eigvalsh(state.scatter[:5, :5])[0])
    assert min(smallest) < 0


def test_centred_features_do_not_depend_on_their_origin():
    near, far = (JointMoments.from_blocks([drawn(300, shift=shift)]) for shift in (0.0, 1e3))
    one, two = (state.estimate(energy=0.9, intercept=True).geometry for state in (near, far))
    for name in ("d_strong", "d_weak", "overlap", "rho_strong", "rho_weak", "invisible"):
        # Means of a thousand cost three digits of sixteen.
        assert np.isclose(getattr(one, name), getattr(two, name), rtol=1e-9), name


def test_a_constant_is_no_direction_and_a_small_spread_about_a_large_mean_is_one():
    rng = np.random.default_rng(4)
    noise, wiggle = rng.standard_normal((2, 300))
    for level in (1.0, 1e8 / 3, 1e12 / 7, -1e12 / 9):  # whose means are not exact
        constant = np.column_stack([noise, np.full(300, level)])
        state = JointMoments.from_blocks([(constant, constant, noise)])
        assert state.features("strong", energy=1.0, intercept=True).dimension == 2
        assert state.mean[1] == pytest.approx(level, rel=2.3e-16)  # to the last digit
    # Doubles of 1e8 are 1.5e-8 apart: a spread of 1e-4 is signal.
    small = np.column_stack([noise, 1e8 + 1e-4 * wiggle])
    state = JointMoments.from_blocks([(small, small, noise)])
    assert state.features("strong", energy=1.0, intercept=True).dimension == 3


def test_the_power_of_the_labels_is_their_mean_square_with_and_without_intercept():
    strong, weak, labels = drawn(300)
    state = JointMoments.from_blocks([(strong, weak, labels + 3.0)])
    for intercept in (False, True):
        sample = state.canonical(energy=1.0, intercept=intercept)
        assert sample.label_power == pytest.approx(np.mean((labels + 3.0) ** 2), rel=1e-12)


def test_a_rank_cuts_the_principal_features():
    state = JointMoments.from_blocks([drawn(300)])
    options = {"energy": 1.0, "intercept": False}
    whole, cut = state.features("weak", **options), state.features("weak", rank=2, **options)
    np.testing.assert_array_equal(cut.directions, whole.directions[:, :2])
    assert state.features("weak", rank=99, **options).dimension == 6


def test_principal_features_are_white_and_invariant_under_a_rotation():
    strong, weak, labels = drawn(300, shift=2.0)
    state = JointMoments.from_blocks([(strong, weak, labels)])
    for intercept in (False, True):
        white = state.features("weak", energy=1.0, intercept=intercept).transform(weak)
        np.testing.assert_allclose(white.T @ white / 300, np.eye(white.shape[1]), atol=1e-10)
        assert white.shape[1] == 6 + intercept
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((6, 6)))[0]
    turned = JointMoments.from_blocks([(strong, weak @ turn, labels)])
    options = {"energy": 0.99, "intercept": True}
    one, two = (s.estimate(**options).geometry for s in (state, turned))
    for name in vars(one):
        if name != "signal":
            assert np.isclose(getattr(one, name), getattr(two, name), rtol=1e-9), name


def test_intrinsic_dimension_counts_the_directions_that_carry_the_energy():
    scales = np.array([3.0, 2.0, 1.0, 0.1, 0.0])
    rng = np.random.default_rng(2)
    rows = rng.standard_normal((400, 5)) * scales
    state = JointMoments.from_blocks([(rows, rows, rows[:, 0])])
    values = np.linalg.eigvalsh(rows.T @ rows / 400)[::-1]
    for energy in (0.5, 0.9, 0.99, 0.9999, 1.0):
        kept = state.features("strong", energy=energy, intercept=False)
        expected = min(intrinsic_dimension(np.clip(values, 0, None), energy), 4)
        assert kept.dimension == expected
    np.testing.assert_allclose(state.spectrum("strong", intercept=False)[:4], values[:4])


def test_duplicate_and_constant_columns_change_no_estimate():
    strong, weak, labels = drawn(300)
    plain = JointMoments.from_blocks([(strong, weak, labels)])
    padded = np.column_stack([weak, weak[:, :2], np.full(300, 7.0)])
    extended = JointMoments.from_blocks([(strong, padded, labels)])
    one, two = (s.estimate(energy=1.0, intercept=True) for s in (plain, extended))
    for name in ("d_strong", "d_weak", "overlap", "rho_strong", "rho_weak", "invisible"):
        values = [getattr(e.geometry, name) for e in (one, two)]
        assert np.isclose(*values, rtol=1e-9), name


def test_an_intercept_in_the_estimate_is_a_column_of_ones_in_both_models():
    strong, weak, labels = drawn(300, shift=0.5)
    ones = np.ones((300, 1))
    centred = JointMoments.from_blocks([(strong, weak, labels)])
    raw = JointMoments.from_blocks([(np.hstack([strong, ones]), np.hstack([weak, ones]), labels)])
    one, two = (
        centred.estimate(energy=1.0, intercept=True),
        raw.estimate(energy=1.0, intercept=False),
    )
    assert (one.geometry.d_strong, one.geometry.d_weak) == (5, 7)
    for name in ("overlap", "rho_strong", "rho_weak", "inherited", "invisible"):
        assert np.isclose(getattr(one.geometry, name), getattr(two.geometry, name), rtol=1e-8), name
    assert np.isclose(one.noise, two.noise, rtol=1e-9)


def test_known_geometry_and_risks_are_recovered_from_many_rows():
    rng = np.random.default_rng(3)
    pair = pair_with_cosines(6, 10, [1, 1, 0.8, 0.4], 18, rng)
    beta = rng.standard_normal(18)
    state = JointMoments(9, 10)
    mix = rng.standard_normal((6, 9)), rng.standard_normal((10, 10))
    for _ in range(20):
        g = rng.standard_normal((2000, 18))
        labels = g @ beta + rng.standard_normal(2000)
        state.update(g @ pair.strong @ mix[0], g @ pair.weak @ mix[1], labels)
    found, true = state.estimate(energy=1.0, intercept=False, noise=1.0), pair.geometry(beta)
    error = found.overlap.standard_error
    assert abs(found.geometry.overlap - true.overlap) < 4 * error < 0.1
    expected, exact = (risks(g, 40, 30, 1.0) for g in (found.geometry, true))
    for name in vars(exact):
        # Residual variances from 40 000 rows are known to sqrt(2/40000) = 0.7%; 4 of them.
        assert np.isclose(getattr(expected, name), getattr(exact, name), rtol=0.03), name


def test_a_saved_state_returns_with_every_bit(tmp_path):
    state = JointMoments.from_blocks(blocks(drawn(50), [50]))
    state.epsilon = [1e-7, 2e-7]
    state.save(tmp_path / "state.npz")
    back = JointMoments.load(str(tmp_path / "state.npz"))
    assert (back.rows, back.width_strong, back.width_weak) == (50, 5, 6)
    assert back.epsilon == state.epsilon
    assert back.mean.tobytes() == state.mean.tobytes()
    assert back.scatter.tobytes() == state.scatter.tobytes()
    assert [p.name for p in tmp_path.iterdir()] == ["state.npz"]


def test_an_empty_state_returns_empty(tmp_path):
    JointMoments(2, 3).save(tmp_path / "state.npz")
    back = JointMoments.load(tmp_path / "state.npz")
    assert (back.rows, back.width_strong, back.width_weak) == (0, 2, 3)


def two_columns(mean: float, small: float, dtype: type) -> JointMoments:
    """One weak column of variance 1 about `mean`, and one of this variance that only rounds so."""
    rng = np.random.default_rng(0)
    weak = rng.standard_normal((400, 2))
    weak = (weak - weak.mean(axis=0)) / weak.std(axis=0) * [1, np.sqrt(small)]
    strong = 10 * mean + rng.standard_normal((400, 1))  # which says nothing of the weak ones
    return JointMoments.from_blocks(
        [(strong, (weak + np.array([mean, 0])).astype(dtype), strong[:, 0])]
    )


@pytest.mark.parametrize(("share", "directions"), [(0.8, 1), (1.25, 2)])
def test_a_direction_below_the_rounding_of_stored_numbers_is_none(share, directions):
    # ε² of the largest mean square, 100² + 1: what single precision can have made of nothing.
    small = share * float(np.finfo(np.float32).eps) ** 2 * (100**2 + 1)
    state = two_columns(100, small, np.float32)
    kept = state.features("weak", energy=1, intercept=True)
    assert kept.directions.shape[1] == directions
    exact = two_columns(100, small, np.float64)
    assert exact.features("weak", energy=1, intercept=True).directions.shape[1] == 2


@pytest.mark.parametrize(("share", "directions"), [(0.8, 1), (1.25, 2)])
def test_a_direction_below_the_rounding_of_a_large_mean_is_none(share, directions):
    # Two columns, times the square of four spacings at the mean.
    small = share * 2 * (4 * float(np.finfo(np.float64).eps) * 1e9) ** 2
    kept = two_columns(1e9, small, np.float64).features("weak", energy=1, intercept=True)
    assert kept.directions.shape[1] == directions


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": -1}, "rows must be at least 0, got -1"),
        ({"mean": [0.0, np.nan, 0.0]}, r"mean must be finite, got nan"),
        ({"scatter": np.full((3, 3), np.inf)}, r"scatter must be finite, got inf"),
        ({"mean": ["a", "b", "c"]}, "its arrays must hold real numbers"),
    ],
)
def test_a_file_of_impossible_moments_is_refused_with_the_reason(tmp_path, change, message):
    path = tmp_path / "state.npz"
    whole = dict(format=1, widths=[1, 1], rows=3, mean=np.zeros(3), scatter=np.eye(3))
    np.savez(path, **whole | change)
    with pytest.raises(ValueError, match=f"is not a complete file of moments: {message}"):
        JointMoments.load(path)


@pytest.mark.parametrize(("groups", "bytes_needed"), [((), 36), ((2, 3), 216)])
def test_widths_may_promise_twice_what_is_stored_and_no_more(tmp_path, groups, bytes_needed):
    # Widths 1 and 2 need a scatter of 8 · 3² bytes at least, for each of the groups.
    path, widths = tmp_path / "state.npz", np.array([1, 2, *groups])
    for missing in (0, 1):
        rest = np.zeros(bytes_needed - widths.nbytes - missing, dtype=np.uint8)
        np.savez(path, widths=widths, rest=rest)
        if not missing:
            assert set(read_arrays(path, dict)) == {"widths", "rest"}
    with pytest.raises(ValueError, match=rf"do not fit to {bytes_needed - 1} bytes"):
        read_arrays(path, dict)


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "state.npz"
    state = JointMoments.from_blocks(blocks(drawn(50), [50]))
    state.save(path)
    old = path.read_bytes()

    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="No space left"):
        state.save(path)
    assert path.read_bytes() == old
    assert [p.name for p in tmp_path.iterdir()] == ["state.npz"]


@pytest.mark.parametrize("keep", [0, 1, 100, 0.5, 0.99])
def test_a_truncated_file_is_refused_by_name(tmp_path, keep):
    path = tmp_path / "cut.npz"
    JointMoments.from_blocks(blocks(drawn(50), [50])).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: keep if isinstance(keep, int) else int(keep * len(whole))])
    with pytest.raises(ValueError, match=re.escape(str(path)) + " is not a complete file"):
        JointMoments.load(path)


def test_a_damaged_or_foreign_file_is_refused_by_name(tmp_path):
    path = tmp_path / "state.npz"
    JointMoments.from_blocks(blocks(drawn(50), [50])).save(path)
    bits = bytearray(path.read_bytes())
    bits[len(bits) // 2] ^= 255
    path.write_bytes(bytes(bits))
    with pytest.raises(ValueError, match="not a complete file"):
        JointMoments.load(path)
    np.savez(path, other=np.ones(3))
    with pytest.raises(ValueError, match="not a complete file"):
        JointMoments.load(path)
    with path.open("wb") as file:
        np.save(file, np.ones(3))
    with pytest.raises(ValueError, match="not a complete file"):
        JointMoments.load(path)
    np.savez(path, format=1, widths=[5, 6], rows=3, mean=np.ones(4), scatter=np.ones((12, 12)))
    with pytest.raises(ValueError, match=r"mean has shape \(4,\)"):
        JointMoments.load(path)
    np.savez(path, format=99)
    with pytest.raises(ValueError, match="format is 99, this version reads 1"):
        JointMoments.load(path)


@pytest.mark.parametrize(
    ("part", "place", "message"),
    [
        (0, (3, 1), "row 53 of strong column 1 is nan, must be finite"),
        (1, (7, 0), "row 57 of weak column 0 is nan, must be finite"),
        (1, (7, 5), "row 57 of weak column 5 is nan, must be finite"),
        (2, 4, "row 54 of labels is nan, must be finite"),
    ],
)
def test_the_first_bad_row_and_column_are_named_and_the_state_is_kept(part, place, message):
    state = JointMoments.from_blocks(blocks(drawn(50), [50]))
    before = state.scatter.tobytes()
    data = [x.copy() for x in drawn(20, seed=1)]
    data[part][place] = np.nan
    data[2][19] = np.inf
    with pytest.raises(ValueError, match=message):
        state.update(*data)
    assert (state.rows, state.scatter.tobytes()) == (50, before)


def test_half_precision_that_overflowed_and_squares_that_overflow_are_refused():
    strong, weak, labels = drawn(20)
    with np.errstate(over="ignore"):
        half = (strong * 1e5).astype(np.float16)
    with pytest.raises(ValueError, match=r"strong column \d is -?inf"):
        JointMoments.from_blocks([(half, weak, labels)])
    with pytest.raises(ValueError, match="squares overflow"):
        JointMoments.from_blocks([(strong * 1e200, weak, labels)])
    with pytest.raises(ValueError, match="sum overflows"):
        JointMoments.from_blocks([(np.full((20, 1), 1e308), weak, labels)])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: JointMoments(0, 3), "^width_strong must be at least 1, got 0"),
        (lambda: JointMoments(3, 0), "^width_weak must be at least 1, got 0"),
        (
            lambda: JointMoments.from_blocks([drawn(30)]).features(
                "weak", energy=1.0, intercept=True, rank=0
            ),
            "^rank must be at least 1, got 0",
        ),
        (
            lambda: (
                JointMoments.from_blocks([drawn(30)])
                .features("weak", energy=1.0, intercept=True)
                .transform(np.ones(6))
            ),
            "^features must have 2 dimension",
        ),
        (lambda: JointMoments.from_blocks([]), "at least one block"),
        (lambda: JointMoments.from_blocks([(np.ones(3), np.ones(3), np.ones(3))]), "matrices"),
        (
            lambda: JointMoments(1, 2).update(np.ones((3, 1)), np.ones((4, 2)), np.ones(3)),
            r"^strong, weak, labels must have one number of rows, got \[3, 4, 3\]",
        ),
        (
            lambda: JointMoments(1, 2).update(np.ones((3, 1)), np.ones((3, 3)), np.ones(3)),
            r"^strong, weak, labels must have \(1, 2, 1\) columns, got shapes",
        ),
        (
            lambda: JointMoments(1, 2).update(
                np.ones((3, 1)), np.ones((3, 2)), np.array(["a"] * 3)
            ),
            "must be real numbers",
        ),
        (
            lambda: JointMoments(1, 2) + JointMoments(2, 1),
            r"different widths cannot be merged, got \[\(1, 2\), \(2, 1\)\]",
        ),
        (lambda: JointMoments(1, 2).spectrum("weak", intercept=True), "no rows"),
        (
            lambda: JointMoments.from_blocks([(np.ones((9, 1)), np.eye(9), np.ones(9))]).features(
                "strong", energy=1.0, intercept=True
            ),
            "strong features do not vary",
        ),
        (
            lambda: JointMoments.from_blocks([(np.zeros((9, 1)), np.eye(9), np.ones(9))]).features(
                "strong", energy=1.0, intercept=False
            ),
            "strong features vanish",
        ),
        (
            lambda: JointMoments.from_blocks(blocks(drawn(9), [9])).estimate(
                energy=1.0, intercept=False
            ),
            "rows must exceed d_strong [+] d_weak = 10, got 9",
        ),
        (
            lambda: JointMoments.from_blocks(blocks(drawn(30), [30])).estimate(
                energy=0.0, intercept=False
            ),
            "energy must lie",
        ),
        (
            lambda: JointMoments.from_blocks(blocks(drawn(30), [30])).spectrum("w", intercept=True),
            "model must be one of strong, weak",
        ),
        (
            lambda: (
                JointMoments.from_blocks(blocks(drawn(30), [30]))
                .features("weak", energy=1.0, intercept=True)
                .transform(np.ones((2, 3)))
            ),
            "features must have 6 columns, got 3",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
