"""The benchmarks notice what got slower, accept noise, and know how sure a ratio is."""

from __future__ import annotations

import importlib
import json

import numpy as np
import pytest

from benchmarks import __main__ as bench
from benchmarks import timing
from benchmarks.compare import compare, is_judged, verdict
from benchmarks.random_features import euler, student, teachers
from benchmarks.report import markdown, missing
from benchmarks.timing import Measured, Ratio, in_turns, paired, spread
from tests import ROOT
from w2s.random_features.finite_path import full_path
from w2s.random_features.finite_student import student_gram

RECORD = json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))


def ratio(pairs, assumed=0.0, name="one"):
    """A line of the record, from CPU seconds of both sides."""
    found = paired(pairs, assumed)
    return {
        "id": name, "suite": "practice", "kind": "ratio", "ratio": found.ratio,
        "interval": found.interval,
    }  # fmt: skip


def pairs(rng, factor, noise, count=5):
    return [(factor * np.exp(noise * rng.standard_normal()), 1.0) for _ in range(count)]


def measured(value, unit, **about):
    about = {"id": "one", "suite": "practice", "interval": None} | about
    return {"kind": "measured", "value": value, "unit": unit} | about


def test_the_interval_of_paired_ratios_has_its_level():
    # 95% of 2000 intervals hold the truth; a binomial share of that varies by 0.5 points, three
    # of which are allowed.
    rng = np.random.default_rng(0)
    found = [spread(np.exp(0.2 * rng.standard_normal(5)))[1] for _ in range(2000)]
    share = np.mean([low <= 1 <= high for low, high in found])
    assert share == pytest.approx(0.95, abs=0.015)


def test_a_ratio_is_the_geometric_mean_of_its_pairs_and_turns_round():
    times = [(8.0, 1.0), (2.0, 1.0)]
    assert paired(times).ratio == pytest.approx(4.0)
    turned = paired([(b, a) for a, b in times])
    assert turned.ratio == pytest.approx(0.25)
    assert turned.interval == pytest.approx(tuple(1 / x for x in paired(times).interval[::-1]))


def test_a_noise_that_all_pairs_share_widens_the_interval():
    narrow, wide = paired([(4, 1), (4, 1)]), paired([(4, 1), (4, 1)], assumed=0.05)
    assert narrow.interval == pytest.approx((4, 4))
    assert wide.interval == pytest.approx((4 * np.exp(-0.098), 4 * np.exp(0.098)))
    assert paired([(4, 1)]).interval is None


def test_both_sides_run_in_turns(monkeypatch):
    order = []
    monkeypatch.setattr(timing, "cpu_seconds", lambda work: work() or 8.0)
    found = in_turns(lambda: order.append("a"), lambda: order.append("b"), 3, runs=(2, 4))
    assert order == ["a", "b"] * 3
    assert (found.baseline_seconds, found.our_seconds, found.ratio) == (4.0, 2.0, 2.0)


def test_a_regression_by_a_factor_of_two_fails_and_is_named():
    rng = np.random.default_rng(1)
    recorded = ratio(pairs(rng, 40, 0.05))
    ok, told = compare([ratio(pairs(rng, 20, 0.05))], [recorded])
    assert not ok
    assert told[0].startswith("one: SLOWER by a factor of 2.0")
    assert told[-1].startswith("1 slower, 0 faster")


def test_noise_is_accepted():
    # Thirty lines of an unchanged program, at 10% of noise for a pair, a hundred times over. Two
    # means of five differ by a quarter only at 3.5 standard deviations: 2 in 10 000 on each side.
    rng = np.random.default_rng(2)
    found = [verdict(ratio(pairs(rng, 7, 0.1)), ratio(pairs(rng, 7, 0.1)))[0] for _ in range(3000)]
    assert found.count("same") >= 2997


def test_a_regression_by_two_is_hardly_ever_missed_at_that_noise():
    rng = np.random.default_rng(3)
    found = [verdict(ratio(pairs(rng, 7, 0.1)), ratio(pairs(rng, 14, 0.1)))[0] for _ in range(500)]
    assert found.count("slower") >= 499


def test_a_line_in_which_a_factor_of_two_could_hide_is_called_too_noisy():
    rng = np.random.default_rng(4)
    noisy = ratio(pairs(rng, 7, 1.0, count=3))
    ok, told = compare([noisy], [ratio(pairs(rng, 7, 0.05))])
    assert ok and told[0].startswith("one: too noisy")


def test_a_small_but_sure_loss_is_within_the_allowance():
    assert verdict(ratio([(8.1, 1), (8, 1)]), ratio([(9.6, 1), (9.5, 1)]))[0] == "same"


def test_without_repetitions_a_quarter_on_both_sides_is_noise():
    old = measured(1.0, "GiB at the peak")
    assert verdict(measured(1.5, "GiB at the peak"), old)[0] == "same"
    assert verdict(measured(1.6, "GiB at the peak"), old) == ("slower", pytest.approx(1.6))
    assert verdict(measured(0.6, "GiB at the peak"), old)[0] == "faster"


def test_where_more_is_better_less_is_worse():
    old = measured(4.0, "times the rate", more_is_better=True)
    assert verdict(measured(2.0, "times the rate", more_is_better=True), old)[0] == "slower"


def test_what_depends_on_the_machine_is_not_judged():
    for unit in ("seconds", "CPU seconds", "frames a second", "milliseconds of CPU"):
        ok, told = compare([measured(9.0, unit)], [measured(1.0, unit)])
        assert ok and told == ["0 slower, 0 faster, 0 too noisy, 0 same, 0 new"]
    judged = [line["id"] for line in RECORD["lines"] if is_judged(line)]
    assert len(judged) > 20


def test_a_line_that_vanished_from_a_suite_fails_and_a_new_one_does_not():
    recorded = [ratio([(2, 1)], name="old"), ratio([(2, 1)], name="other") | {"suite": "use"}]
    ok, told = compare([ratio([(2, 1)], name="new")], recorded)
    assert not ok and told[0] == "old: MISSING, the record has it"
    assert told[-1].endswith("1 new")


def test_the_record_compared_with_itself_is_the_same():
    ok, told = compare(RECORD["lines"], RECORD["lines"])
    assert ok and told[-1].startswith("0 slower, 0 faster")


def test_the_report_is_made_of_the_record():
    assert (ROOT / "benchmarks" / "REPORT.md").read_text(encoding="utf-8") == markdown(RECORD)


def test_the_report_has_every_line_and_names_the_goals_that_are_missed():
    rows = [row for row in markdown(RECORD).splitlines() if row.startswith("| ")]
    assert len(rows) == len(RECORD["lines"]) + 4  # and four heads
    few = measured(3.0, "seconds", goal=2.0, work="slow", note="")
    much = measured(3.0, "frames", goal=2.0, work="fast", note="", more_is_better=True)
    assert missing([few, much]) == [few]
    assert "slow: 3 seconds, goal ≤ 2" in markdown({"machine": RECORD["machine"], "lines": [few]})


class Suite:
    """A suite of one ratio, as a module of `benchmarks` would be."""

    def __init__(self, value):
        self.value = value

    def lines(self):
        yield Ratio("one", "work", "theirs", "ours", self.value, 1.0, self.value, 2.0)
        yield Measured("two", "work", 3.0, "seconds", None)


def run(monkeypatch, value, *arguments):
    monkeypatch.setattr(importlib, "import_module", lambda name: Suite(value))
    return bench.main(["practice", *arguments])


def test_the_command_records_compares_and_fails(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench, "LAST", tmp_path / "last.json")
    monkeypatch.setattr(bench, "RECORD", tmp_path / "record.json")
    monkeypatch.setattr(bench, "REPORT", tmp_path / "report.md")
    monkeypatch.setattr(bench, "machine", lambda: RECORD["machine"])
    assert run(monkeypatch, 8.0, "--record") == 0
    assert run(monkeypatch, 7.0, "--compare") == 0
    assert run(monkeypatch, 3.0) == 0  # a goal or a regression is only judged when asked
    assert run(monkeypatch, 3.0, "--compare") == 1
    assert "compare: one: SLOWER by a factor of 2.67" in capsys.readouterr().out
    assert run(monkeypatch, 9.0, "--compare", "--last") == 1  # the last run, not a new one
    kept = json.loads((tmp_path / "record.json").read_text())["lines"]
    assert [line["ratio"] for line in kept if line["kind"] == "ratio"] == [8.0]
    assert (
        "| work (ours against theirs) | 8 times cheaper |" in (tmp_path / "report.md").read_text()
    )
    assert bench.main(["nothing"]) == 2


def test_eulers_steps_are_stable_and_near_the_path():
    size = 256
    u, labels, target = student(size)
    gram = student_gram(u).dense()
    exact = full_path(gram, labels, target)
    found = euler(gram, u, labels, target, exact.values[-1])
    window = importlib.import_module("benchmarks.random_features").WINDOW
    # First order in a step of 1.9 / λ_max: a tenth of the loss, and far from divergence.
    np.testing.assert_allclose(found, exact(window), rtol=0.1)
    assert len(found) == len(teachers())
