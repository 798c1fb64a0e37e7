"""A label among the features, signal cut off, unlabelled rows of another kind, fresh rows."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from w2s.cli import main
from w2s.practice.data.tables import open_table
from w2s.practice.diagnosis import Diagnosis, diagnose
from w2s.practice.diagnosis.fresh import SEEN, fresh_rows
from w2s.practice.diagnosis.guards.leaks import dropped_signal, left_over
from w2s.practice.diagnosis.guards.membership import together
from w2s.practice.diagnosis.guards.repeats import KeyedMoments, seen_before
from w2s.practice.diagnosis.guards.shift import Shift, shift
from w2s.practice.estimation.estimates import estimate
from w2s.practice.estimation.groups import GroupedMoments

SIZES = {"n_labelled": 90, "n_unlabelled": 400}


def two_models(seed: int = 0, rows: int = 3000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features of models with 22 and 20 of 30 directions, twelve of them shared, and labels."""
    slopes = np.random.default_rng(0).standard_normal(30) / 5
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((rows, 30))
    return latent[:, 8:], latent[:, :20], latent @ slopes + rng.standard_normal(rows)


def said(found: Diagnosis) -> str:
    return "\n".join([found.verdict.headline, *found.verdict.because, *found.warnings])


# Labels among the features.


@pytest.mark.parametrize("model", ["weak", "strong"])
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_column_that_is_the_label_holds_the_verdict_back_and_is_named(model, noise):
    weak, strong, labels = two_models()
    pair = {"weak": weak.copy(), "strong": strong.copy()}
    spoilt = 7 - 3 * labels + noise * np.random.default_rng(1).standard_normal(3000)
    pair[model][:, 5] = spoilt
    found = diagnose(**pair, labels=labels, **SIZES)
    assert "helps" not in found.verdict.answer
    line = f"column 5 of the {model} features (array in memory) has the correlation -"
    assert line in said(found) and "leave it out" in said(found)
    # A column that explains 98% of the variance is a good feature: its correlation is 0.99.
    pair[model][:, 5] = labels + labels.std() / 7 * np.random.default_rng(1).standard_normal(3000)
    assert "has the correlation" not in said(diagnose(**pair, labels=labels, **SIZES))


def test_columns_that_give_the_label_together_hold_the_verdict_back():
    weak, strong, labels = two_models()
    mixed = np.column_stack([strong, labels + strong[:, 0] * 9, strong[:, 1] - labels * 5])
    found = diagnose(weak, mixed, labels, **SIZES)
    assert "all columns of the strong features (array in memory) together leave" in said(found)
    assert "helps" not in found.verdict.answer


def test_few_rows_beside_many_columns_are_no_leak():
    rng = np.random.default_rng(0)
    for rows in (40, 45, 60):  # least squares on 40 columns fits 40 rows exactly
        x, y = rng.standard_normal((rows, 40)), rng.standard_normal(rows)
        state = GroupedMoments.from_blocks([(x, x[:, :2], y)])
        # Twenty residual degrees of freedom or none: the estimate is 1 ± 1/√10, or unknown.
        assert left_over(state.labelled(), "strong") > 0.2


# Signal that is cut off.


@pytest.mark.parametrize("model", ["weak", "strong"])
def test_a_cut_that_drops_signal_is_told_with_both_variances(model):
    weak, strong, labels = two_models()
    pair = {"weak": weak.copy(), "strong": strong.copy()}
    pair[model][:, 2] = 0.05 * pair[model][:, 2]  # carries label, and next to no variance
    wanted = labels + 1.5 * pair[model][:, 2] / 0.05
    found = diagnose(**pair, labels=wanted, head="ridgeless", **SIZES)
    assert f"drops signal of the {model} features" in said(found)
    assert "--energy 1" in said(found)
    for options in ({"head": "ridgeless", "energy": 1.0}, {"head": "ridge"}):
        assert "drops signal" not in said(diagnose(**pair, labels=wanted, **options, **SIZES))


def test_a_cut_that_drops_noise_is_not_told():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((600, 30)) * np.where(np.arange(30) < 10, 1, 0.01)
        y = x[:, :10] @ np.ones(10) + rng.standard_t(3, 600)
        rows = GroupedMoments.from_blocks([(x, x[:, :5], y)])
        assert not dropped_signal(estimate(rows, intercept=True), rows.labelled(), 0.99)


# Labelled and unlabelled rows of different kinds.


def seen(x: np.ndarray, known: np.ndarray, dealt: np.ndarray | None = None) -> Shift | None:
    half = x.shape[1] // 2
    rows = GroupedMoments(half, half, dealt=dealt)
    rows.update(x[:, :half], x[:, half:], np.where(known, x[:, 0], np.nan))
    features = rows.features()
    parts = {m: features.features(m, energy=1.0, intercept=True) for m in ("strong", "weak")}
    one = SimpleNamespace(value=1.0)
    guess = SimpleNamespace(**parts, noise=one, rho_strong=one)
    return shift(guess, rows, rows.labelled(), features, 0)


DRAWN = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "Student's t with 2.5 degrees": lambda rng, shape: rng.standard_t(2.5, shape),
    "lognormal": lambda rng, shape: np.exp(1.5 * rng.standard_normal(shape)),
    "elliptical": lambda rng, shape: (
        rng.standard_normal(shape) / np.sqrt(rng.chisquare(2.5, (shape[0], 1)))
    ),
}


@pytest.mark.parametrize("law", DRAWN)
def test_rows_of_one_distribution_give_no_alarm(law):
    # At a level of 0.001 one alarm among 150 has a probability of 14%, two of 1%.
    alarms = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        x = DRAWN[law](rng, (1500, 24))
        alarms += seen(x, rng.random(1500) < 0.3) is not None
    assert alarms <= 1


@pytest.mark.parametrize("law", ["normal", "Student's t with 2.5 degrees"])
def test_a_third_of_a_standard_deviation_in_one_direction_is_seen(law):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x = DRAWN[law](rng, (8000, 40)) * np.geomspace(9, 1, 40)
        known = rng.random(8000) < 0.25
        x[~known, 4] += 0.33 * x[:, 4].std()
        found = seen(x, known)
        assert found is not None and found.model == "strong"
        # Means of 2000 and 6000 rows leave an error of 0.03 in each of 20 directions.
        assert found.distance == pytest.approx(0.33, abs=0.1)


def test_documents_that_are_labelled_whole_are_no_shift():
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        documents = rng.integers(0, 64, 2000)
        x = rng.standard_normal((64, 24))[documents] + rng.standard_normal((2000, 24))
        dealt = together(documents, np.ones(2000, dtype=bool), 16)
        alarms += seen(x, (rng.random(64) < 0.3)[documents], dealt) is not None
    assert alarms <= 1
    # Without the documents the rows pass for independent ones, and the labels for chosen.
    assert seen(x, (rng.random(64) < 0.3)[documents]) is not None


def test_a_shift_that_costs_little_is_a_warning_and_one_that_costs_much_holds_back():
    rng = np.random.default_rng(0)
    weak, strong, labels = two_models(rows=6000)
    known = rng.random(6000) < 0.4
    for size, grave in ((0.3, False), (4.0, True)):
        # Direction 12 of the latents is shared, so that a student follows its teacher there.
        moved = [part + size * (~known[:, None]) * (np.arange(part.shape[1]) == place)
                 for part, place in ((weak, 4), (strong, 12))]  # fmt: skip
        found = diagnose(*moved, np.where(known, labels, np.nan), **SIZES)
        assert "labelled and unlabelled rows differ" in said(found)
        assert "Label a random sample of all inputs" in said(found)
        assert ("different kinds" in found.verdict.headline) == grave
    plain = diagnose(weak, strong, np.where(known, labels, np.nan), **SIZES)
    assert "rows differ" not in said(plain)


def test_what_a_shift_costs_is_what_a_student_loses():
    # The teacher knows x₀ + x₃, the strong model x₀ alone: where x₃ has the mean 2 the student
    # learns an intercept that is 2 too large, and its error on labelled rows is 4 larger.
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60_000, 4))
    known = rng.random(60_000) < 0.5
    x[~known, 3] += 2
    y = np.where(known, x[:, 0] + x[:, 3] + rng.standard_normal(60_000), np.nan)
    rows = GroupedMoments.from_blocks([(x[:, :3], x[:, [0, 3]], y)])
    e = estimate(rows, intercept=True, energy=1.0)
    found = shift(e, rows, rows.labelled(), rows.features(), 0)
    assert found.error == pytest.approx(4, rel=0.03)  # 2 ± 0.01, squared
    assert found.model == "weak" and found.grave
    # Half of the unlabelled rows are withheld ones, like the labelled: the others are twice as far.
    mixed = x.copy()
    mixed[~known & (np.arange(60_000) % 2 == 0), 3] -= 2
    state = GroupedMoments.from_blocks([(mixed[:, :3], mixed[:, [0, 3]], y)])
    half = estimate(state, intercept=True, energy=1.0)
    told = shift(half, state, state.labelled(), state.features(), int((~known).sum() / 2))
    assert told.error == pytest.approx(4, rel=0.06)


# Rows that the features have never seen.


def leaky(seed: int, rows: int, taught: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features in which the noise of the labels that they were trained on is found again."""
    weak, strong, labels = two_models(seed, rows)
    slopes = np.random.default_rng(0).standard_normal(30) / 5
    latent = np.column_stack([strong[:, :8], weak])
    noise = (labels - latent @ slopes) * taught
    strong = strong.copy()
    strong[:, 0] += 2 * noise
    return weak, strong, labels


def test_features_that_were_trained_on_the_labels_show_on_fresh_rows_only():
    weak, strong, labels = leaky(0, 3000, np.ones(3000))
    blind = diagnose(weak, strong, labels, **SIZES)
    assert blind.verdict.answer != "not to be believed"
    assert SEEN in blind.unknown
    found = diagnose(weak, strong, labels, fresh=leaky(1, 1500, np.zeros(1500)), **SIZES)
    assert found.verdict.answer == "not to be believed"
    assert "trained on the labels of the other rows" in said(found)
    assert SEEN not in found.unknown


def test_fresh_rows_take_the_place_of_withheld_ones():
    fresh = two_models(1, 1500)
    found = diagnose(*two_models(), fresh=fresh, **SIZES)
    assert found.validation.test_rows == 1500 and found.validation.agrees
    assert found.inputs.withheld_rows == 0 and found.estimates.labelled_rows == 3000
    marked = np.where(np.arange(1500) < 900, fresh[2], np.nan)
    partly = diagnose(*two_models(), fresh=(*fresh[:2], marked), **SIZES)
    assert partly.validation.test_rows == 900


def opened(strong: np.ndarray, weak: np.ndarray):
    state = KeyedMoments(strong.shape[1], weak.shape[1])
    state.update(strong, weak, np.zeros(len(strong)))
    return (open_table(strong), open_table(weak)), state.keys()


def test_rows_that_were_among_the_others_are_found_by_all_their_columns():
    rng = np.random.default_rng(0)
    strong = rng.standard_normal((300, 90)) * (rng.random((300, 90)) < 0.03)
    weak = rng.standard_normal((300, 2)).round(1)
    other = strong[100:200].copy(), weak[100:200].copy()
    other[0][::2, 7] += 1  # column 7 of 90 is none of those that are looked at first
    found = seen_before(*opened(strong, weak), tuple(map(open_table, other)))
    assert found.tolist() == [k % 2 == 1 for k in range(100)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w, s, y: (w, s), "fresh must be weak features, strong features and labels, got 2"),
        (lambda w, s, y: "W.npy", "strong features and labels, got str"),
        (lambda w, s, y: (w[:, 1:], s, y), "fresh weak features must have 22 columns.* got 21"),
        (lambda w, s, y: (w, w, y), "fresh strong features must have 20 columns.* got 22"),
        (lambda w, s, y: (w[1:], s, y), "got 99 of fresh weak, 100 of fresh strong"),
        (lambda w, s, y: (w, s, np.where(np.arange(100) < 19, y, np.nan)), "20 labels, got 19"),
        (lambda w, s, y: (np.where(w > 3, np.nan, w), s, y), r"of weak \(fresh weak\) is nan"),
        (lambda w, s, y: tuple(part[40:140] for part in two_models()), "got 100 of 100 that are"),
    ],
)
def test_fresh_rows_that_cannot_be_used_are_refused(change, message):
    weak, strong, _ = two_models()
    others, quick = opened(strong, weak)
    with pytest.raises(ValueError, match=message):
        fresh_rows(change(*two_models(1, 100)), others, quick, no_label=None, seed=0)


def test_the_command_tests_on_fresh_rows_and_its_help_says_why(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for prefix, parts in (("", two_models()), ("F", two_models(1, 500))):
        for name, part in zip("WSy", parts, strict=True):
            np.save(f"{prefix}{name}.npy", part)
    call = "diagnose --weak W.npy --strong S.npy --labels y.npy --n 90 --N 400 --json".split()
    assert main([*call, "--fresh", "FW.npy", "FS.npy", "Fy.npy"]) == 0
    assert json.loads(capsys.readouterr().out)["validation"]["test_rows"] == 500
    assert main([*call, "--fresh", "W.npy", "S.npy", "y.npy"]) == 2
    assert "must not be among the others, got 3000 of 3000" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["diagnose", "--help"])
    assert "held-out rows do not show it" in " ".join(capsys.readouterr().out.split())
