"""The truth test of the diagnosis: its worlds, its brute force, and that lies are counted."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import RidgeCV

from tests import ROOT
from trust import brute, truth
from trust.brute import Truth
from trust.worlds import WORLDS, Rows, World

PASSING = [world for world in WORLDS.values() if not world.stopped]
VALUES = {
    "teacher": 1.0, "student": 0.9, "sft": 0.8, "ceiling": 0.7, "gain": 0.1, "over_sft": -0.1,
    "constant": 2.0, "apart": 0.4,
}  # fmt: skip


def known(error=0.0, **values):
    return Truth(VALUES | values, dict.fromkeys(VALUES, error))


def said(answer, *, number=1, held=False, off=()):
    """Return a run whose intervals hold the truth of `VALUES`, but for the models in `off`."""
    ends = {name: [value - 0.05, value, value + 0.05] for name, value in VALUES.items()}
    ends |= {name: [3.0, 3.1, 3.2] for name in off}
    return {"world": "w", "number": number, "answer": answer, "held": held, "intervals": ends}


def world_of(stopped=False, allowed=()):
    return World("w", "", 30, 60, 200, gaussian, gaussian, stopped, allowed)


def gaussian(rng, rows):
    x = rng.standard_normal((rows, 12))
    return Rows(x[:, :8], x[:, 2:], x[:, 0] - x[:, 9] + rng.standard_normal(rows))


def test_there_are_enough_worlds_of_both_kinds():
    assert len(PASSING) >= 24
    assert len(WORLDS) - len(PASSING) >= 6


@pytest.mark.parametrize("world", WORLDS.values(), ids=lambda world: world.name)
def test_a_world_draws_the_rows_that_it_says(world):
    rows = world.draw(np.random.default_rng(3), 24)
    again = world.draw(np.random.default_rng(3), 24)
    for part, same in zip(rows, again, strict=True):
        assert len(part) == 24 and np.isfinite(part).all()
        np.testing.assert_array_equal(part, same)
    assert all(20 <= features.shape[1] <= 120 for features in rows[:2])
    assert np.ptp(rows.labels) > 0
    assert world.about.endswith(".")


@pytest.mark.parametrize("world", WORLDS.values(), ids=lambda world: world.name)
def test_a_file_has_room_for_the_sizes_of_its_user(world):
    given = world.file(np.random.default_rng(0), 120)
    assert {len(part) for part in given} == {120}
    assert np.isfinite(given.weak).all() and np.isfinite(given.strong).all()
    # The check of the diagnosis uses 0.8 of 0.8 of the labelled rows, copies left out.
    different = len(np.unique(np.round(given.weak, 9), axis=0)) / 120
    labelled = np.mean(~np.isnan(given.labels))
    assert world.n + world.big_n <= 0.64 * world.rows * min(different, labelled)
    assert 1500 <= world.rows <= 6000


def file_of(name, rows=600):
    return WORLDS[name].file(np.random.default_rng(1), rows)


def test_leaks_are_in_the_files_and_in_no_fresh_row():
    for name, side, least in (
        ("a-column-that-is-the-label", "strong", 1 - 1e-12),
        ("a-column-that-knows-the-label", "weak", 0.999),
    ):
        found, fresh = file_of(name), WORLDS[name].draw(np.random.default_rng(1), 600)
        assert abs(np.corrcoef(getattr(found, side)[:, -1], found.labels)[0, 1]) > least
        others = getattr(fresh, side)
        assert max(abs(np.corrcoef(x, fresh.labels)[0, 1]) for x in others.T) < 0.6


def test_fitted_features_know_the_labels_of_their_file_and_no_fresh_ones():
    world = WORLDS["features-fitted-on-the-labels"]
    found = file_of(world.name, 1200)
    fresh = world.fresh(np.random.default_rng(1), 1200)
    assert (found.strong.shape, fresh.strong.shape) == ((1200, 68), (300, 68))
    slopes, left = None, []
    for rows in (found, fresh):
        design = np.column_stack([np.ones(len(rows.labels)), rows.strong])
        if slopes is None:
            slopes = np.linalg.lstsq(design, rows.labels, rcond=None)[0]
        left.append(np.mean((rows.labels - design @ slopes) ** 2))
    assert left[0] < 0.5 * left[1]


def test_shuffled_rows_are_the_same_rows_in_another_order():
    found = file_of("shuffled-rows")
    plain = WORLDS["shuffled-rows"].draw(np.random.default_rng(1), 600)
    np.testing.assert_array_equal(found.weak, plain.weak)
    assert not np.array_equal(found.strong, plain.strong)
    np.testing.assert_array_equal(np.sort(found.strong, axis=0), np.sort(plain.strong, axis=0))


def test_copies_of_rows_are_as_many_as_it_is_said():
    assert len(np.unique(file_of("rows-repeated").strong, axis=0)) == 300
    near = file_of("rows-nearly-repeated")
    apart = np.abs(np.diff(near.strong, axis=0)).max(axis=1)
    assert np.sum(apart < 0.01) == 200
    assert len(np.unique(near.labels)) == 400


def test_rows_of_different_size_are_elliptical_and_heavy_columns_are_not():
    sizes = {}
    for name in ("rows-of-different-size", "columns-with-heavy-tails"):
        length = np.sum(file_of(name, 4000).strong ** 2, axis=1)
        sizes[name] = np.mean(length**2) / np.mean(length) ** 2
    # 1 + 2/d for Gaussian rows; t with 6 degrees doubles it, heavy columns add 6/d.
    assert sizes["rows-of-different-size"] > 1.4
    assert 1 + 2 / 60 < sizes["columns-with-heavy-tails"] < 1.3


def test_the_own_trainer_chooses_and_fits_as_scikit_learn_does():
    rng = np.random.default_rng(4)
    for rows, columns in ((60, 20), (20, 60)):
        x = rng.standard_normal((rows, columns)) / np.arange(1, columns + 1)
        y = x[:, 0] + 0.5 * rng.standard_normal(rows)
        scale = np.sum((x - x.mean(axis=0)) ** 2) / min(columns, rows - 1)
        theirs = RidgeCV(alphas=brute.PENALTIES * scale).fit(x, y)
        ours = brute.ridge(x, y)
        expected = np.concatenate([[theirs.intercept_], theirs.coef_])
        np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-8)  # rounding of two solvers


def test_brute_force_gives_the_exact_risk_of_least_squares():
    found = brute.truth(world_of(), brute.ridgeless, trainings=400)
    # Each model misses a part of the label; the test error of Gaussian least squares with a
    # constant is what is left, times (1 + 1/n)(1 + d/(n-d-2)).
    for model, left, d, n in (
        ("teacher", 2.0, 8, 30), ("sft", 2.0, 10, 30), ("ceiling", 2.0, 10, 90),
    ):  # fmt: skip
        exact = left * (1 + 1 / n) * (1 + d / (n - d - 2))
        assert abs(found.value[model] - exact) < 4 * found.error[model], model
        assert found.error[model] < 0.03 * exact
    assert abs(found.value["constant"] - 3 * 31 / 30) < 4 * found.error["constant"]
    assert found.value["gain"] == pytest.approx(found.value["teacher"] - found.value["student"])
    # Baseline and student miss one feature and the noise, and repeat the same luck of the noise
    # along the six directions that teacher and baseline share, and in their constants.
    product = (found.value["sft"] + found.value["student"] - found.value["apart"]) / 2
    both = 2.0 + 1.0 * 7 / (30 - 7 - 1)
    error = found.error["sft"] + found.error["student"] + found.error["apart"]
    assert abs(product - both) < 2 * error
    mixed = found.mixed(0.3)
    assert mixed["mixture"][0] == pytest.approx(found.value["sft"] - mixed["sft"][0])
    assert mixed["mixture"][0] == pytest.approx(found.value["teacher"] - mixed["teacher"][0])
    assert mixed["mixture"][0] == pytest.approx(found.value["student"] - mixed["student"][0])


def test_other_rows_give_the_same_truth_within_its_errors():
    one, two = (brute.truth(world_of(), brute.ridge, trainings=60, seed=seed) for seed in (1, 2))
    for name in brute.NUMBERS:
        assert abs(one.value[name] - two.value[name]) < 4.5 * np.hypot(
            one.error[name], two.error[name]
        ), name  # eight numbers, once in 10 000 runs beyond by chance


def test_a_truth_is_kept_until_its_world_or_its_code_changes(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(brute, "truth", lambda world, trainer: calls.append(world) or known())
    first = brute.known_truth(world_of(), tmp_path)
    assert brute.known_truth(world_of(), tmp_path) == first == known()
    assert len(calls) == 1
    brute.known_truth(World("w", "", 31, 60, 200, gaussian, gaussian, False, ()), tmp_path)
    monkeypatch.setattr(brute, "_code", lambda: b"other")
    brute.known_truth(world_of(), tmp_path)
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("answer", "values", "lie"),
    [
        ("helps", {"gain": -0.1, "over_sft": 0.1}, "not ahead of its teacher"),
        ("helps", {"over_sft": -0.1}, "fine-tuning is better"),
        ("helps", {"over_sft": -0.019}, ""),  # about as good, as "practically equal" is
        ("helps", {"over_sft": 0.1}, ""),
        ("helps, but fine-tune", {}, ""),
        ("helps, but fine-tune", {"over_sft": 0.01}, "fine-tuning is not better"),
        ("helps, but fine-tune", {"gain": -0.01}, "not ahead of its teacher"),
        ("practically equal", {"gain": 0.019}, ""),
        ("practically equal", {"gain": 0.021}, "is ahead of its teacher"),
        ("practically equal", {"gain": -0.021}, "not ahead of its teacher"),
        ("does not help", {"gain": -0.01}, ""),
        ("does not help", {}, "is ahead of its teacher"),
        ("neither beats a constant", {}, "the teacher beats a constant"),
        ("neither beats a constant", {"teacher": 2.1, "student": 2.0}, ""),
        ("undecided", {"gain": -5.0}, ""),
        ("not to be believed", {"gain": -5.0}, ""),
    ],
)
def test_a_verdict_is_wrong_where_the_truth_says_otherwise(answer, values, lie):
    found = truth.wrong(answer, known(**values))
    assert (lie in found) if lie else not found


@pytest.mark.parametrize(
    ("weight", "apart", "lie"),
    [
        (0.5, 0.4, ""),  # .85 - .1
        (0.5, 0.1, "the sft alone is better"),  # .85 - .025
        (0.9, 0.5, "the sft alone is better"),
        (0.3, 0.4, ""),
    ],
)
def test_advice_to_mix_is_wrong_where_one_model_alone_is_better(weight, apart, lie):
    run = said("undecided") | {"mix": True, "weight": weight}
    assert truth.wrong_mix(run, known(apart=apart)) == lie
    assert not truth.wrong_mix(run | {"mix": False}, known(apart=apart))
    assert not truth.wrong_mix(run, known(1.0, apart=apart))  # nothing is known so well
    found = truth.judged(world_of(), [run], known(apart=apart))
    assert (found["confident"], found["mixes"], len(found["faults"])) == (1, 1, bool(lie))


def test_the_interval_of_a_mixture_counts_at_its_own_weight():
    run = said("undecided") | {"weight": 0.5}
    for low, missed in ((0.7, {}), (0.76, {"mixture": 1})):  # .85 - .1 in truth
        run["intervals"]["mixture"] = [low, low + 0.05, low + 0.1]
        found = truth.judged(world_of(), [run], known())
        assert (found["intervals"], found["missed"]) == (5, missed)


def test_advice_to_mix_is_confident_in_a_world_to_be_stopped():
    run = said("undecided") | {"mix": True, "weight": 0.5}
    found = truth.judged(world_of(stopped=True), [run], None)
    assert found["faults"] == ["file 1: undecided, mix, where nothing can be said"]


def test_a_truth_within_three_of_its_errors_decides_nothing():
    assert not truth.wrong("does not help", known(0.034))
    assert truth.wrong("does not help", known(0.033))


def test_intervals_that_miss_are_counted_where_nothing_holds_the_verdict_back():
    runs = [
        said("helps, but fine-tune", off=("teacher", "sft")),
        said("undecided", number=2, off=("sft",)),
        said("not to be believed", number=3, held=True, off=("ceiling",)),
    ]
    found = truth.judged(world_of(), runs, known())
    assert (found["intervals"], found["missed"]) == (8, {"sft": 2, "teacher": 1})
    assert found["answers"] == {
        "helps, but fine-tune": 1, "not to be believed": 1, "undecided": 1,
    }  # fmt: skip
    assert (found["confident"], found["faults"]) == (1, [])


def test_in_a_world_to_be_stopped_only_what_is_allowed_may_be_said_surely():
    world = world_of(stopped=True, allowed=("neither beats a constant",))
    runs = [said(a) for a in ("undecided", "refused", "neither beats a constant", "helps")]
    found = truth.judged(world, runs, None)
    assert found["faults"] == ["file 1: helps, where nothing can be said"]
    assert truth.targets({"w": found}) == ["w: 1 confident verdicts"]


def test_targets_are_missed_by_more_than_one_file_and_more_than_their_share():
    lie, right = said("does not help"), said("helps, but fine-tune")

    def told(lies, rest):
        return truth.targets(
            {"w": truth.judged(world_of(), [lie] * lies + [right] * rest, known())}
        )

    assert told(1, 2) == []
    assert told(2, 98) == []
    assert told(2, 97) == ["2 of 99 confident verdicts are wrong, over 2%"]
    off = said("undecided", off=("teacher", "student", "sft"))
    for count, rest, missed in ((1, 1, 0), (2, 1, 1), (2, 28, 0), (2, 27, 1)):
        found = truth.judged(world_of(), [off] * count + [right] * rest, known())
        assert len(truth.targets({"w": found})) == missed


def test_a_diagnosis_that_never_decides_is_told_apart_from_one_that_does():
    world, silent, clear = world_of(), said("undecided"), known(gain=0.05)
    for runs, truths, expected in (
        ([silent, said("helps, but fine-tune")], clear, (1, 2)),
        ([silent, silent], clear, (0, 2)),
        ([silent, silent], known(gain=0.03), (0, 0)),
    ):
        sums = truth.totals({"w": truth.judged(world, runs, truths)})
        assert (sums["decided"], sums["clear"]) == expected


def planted(answer, headline="So it is."):
    """Return a diagnosis that says this, whatever it is asked."""
    u = SimpleNamespace(low=0.1, value=0.2, high=0.3)
    point = SimpleNamespace(**dict.fromkeys((*brute.MODELS, "gain", "over_sft"), u), mixture=None)
    verdict = SimpleNamespace(answer=answer, headline=headline)
    return lambda *rows, **options: SimpleNamespace(verdict=verdict, point=point)


def test_a_planted_wrong_diagnosis_is_found(monkeypatch):
    monkeypatch.setattr("w2s.practice.diagnosis.diagnose", planted("does not help"))
    run = {"number": 7} | truth.asked(world_of(), 3, "ridge")
    found = truth.judged(world_of(), [run] * 2, known())
    assert found["faults"][0] == (
        "file 7: does not help, but the student is ahead of its teacher: gain 0.2 (0.1 to 0.3), "
        "in truth 0.1 ± 0; over_sft 0.2 (0.1 to 0.3), in truth -0.1 ± 0"
    )
    assert found["missed"] == {"ceiling": 2, "sft": 2, "student": 2, "teacher": 2}
    assert len(truth.targets({"w": found})) == 2


def test_what_is_refused_or_held_back_is_no_confident_verdict(monkeypatch):
    monkeypatch.setattr("w2s.practice.diagnosis.diagnose", planted("undecided", "Held back: so."))
    assert truth.asked(world_of(), 3, "ridge")["held"]

    def refuse(*rows, **options):
        raise ValueError("a column is the label")

    monkeypatch.setattr("w2s.practice.diagnosis.diagnose", refuse)
    run = {"number": 1} | truth.asked(world_of(), 3, "ridge")
    assert (run["answer"], run["why"]) == ("refused", "a column is the label")
    found = truth.judged(world_of(), [run], known())
    assert (found["confident"], found["intervals"], found["faults"]) == (0, 0, [])


def test_the_part_says_what_is_wrong_and_records_it(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(ROOT)
    lies = {"w": truth.judged(world_of(), [said("does not help")] * 3, known())}
    monkeypatch.setattr(truth, "found_out", lambda options: lies)
    monkeypatch.setattr(truth, "RECORD", tmp_path / "truth.json")
    assert truth.main(["--record", "--seeds", "3"]) == 1
    shown = capsys.readouterr().out
    assert "WRONG: 3 of 3 confident verdicts are wrong, over 2%" in shown
    assert "w, file 1: does not help, but the student is ahead of its teacher" in shown
    record = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert (record["head"], record["seeds"], record["wrong"]) == ("ridge", 3, 3)
    good = {"w": truth.judged(world_of(), [said("undecided")], known())}
    monkeypatch.setattr(truth, "found_out", lambda options: good)
    assert truth.main([]) == 0


def test_a_world_that_is_not_there_is_named(capsys):
    with pytest.raises(SystemExit) as stopped:
        truth.main(["--worlds", "flatland"])
    assert stopped.value.code == 2
    assert "there is no world flatland; there are student-better" in capsys.readouterr().err
