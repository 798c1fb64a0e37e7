"""Other seeds: the judges of z-scores, the runner that goes on where it stopped, the section."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from press import UserError, read_book
from press.site.other_seeds import RECORD, numbers_key, section
from press.site.status import escaped
from tests import ROOT
from tests.press.conftest import tiny_files, write_tree
from trust import reseed
from trust.code_key import essence
from trust.rerun import evidence
from trust.reseed_record import Notes, read_notes, summary, wrong
from trust.zscores import normal_scores, one_claim, pooled, too_many

PAGE = """\
# ---
# jupyter:
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% tags=["parameters"]
profile = "paper"
seed = 1
trials = 100

# %%
import time

import numpy as np
from myst_nb import glue

from w2s.page.claims import claim, exact, monte_carlo
from w2s.page.figures import figure

drawn = 1.0 + np.random.default_rng(seed).standard_normal((trials, 3))
glue("mean", drawn.mean(), display=False)
figure("never", None, alt="")
time.sleep(0.3)

# %%
claim("tiny.mean", says="It is one.", source="w2s", kind="derived",
      decision=monte_carlo(1.0, drawn.mean(0), drawn.std(0, ddof=1) / 10, resolution=0.5))
claim("tiny.sum", says="One is one.", source="w2s", kind="derived",
      decision=exact(1.0, 1.0, tolerance=1e-12))
"""


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


def run(number, z, *, page="part/first", error="", **changes):
    """Return what the runner keeps of one page that states two claims."""
    mean = {"id": "tiny.mean", "rule": "monte_carlo", "allowance": 0.0, "z": z, "expect": "holds",
            "verdict": "holds", "passed": True, "evidence": "<b>", "points": len(z)}  # fmt: skip
    sure = mean | {"id": "tiny.sum", "rule": "sure"}
    claims = [mean | changes, sure]
    about = {"page": page, "number": number, "seed": 7 * number, "seconds": 1.0}
    return about | {"claims": [] if error else claims, "error": error}


def normal_runs(count, **how):
    drawn = np.random.default_rng(7).standard_normal((count, 4))
    return [run(k + 1, **{"z": list(z)} | how) for k, z in enumerate(drawn)]


KEYS = {"part/first": numbers_key([], "part/first")}


def test_a_good_record_has_nothing_wrong_and_stays_small():
    record = summary(normal_runs(20), KEYS, Notes())
    assert wrong(record) == []
    assert record["cases"] == 20 and record["claims"] == 1 and record["failed"] == []
    assert record["z"]["entries"] == 80 == sum(record["z"]["counts"])
    assert len(json.dumps(record)) < 4000


def test_what_chance_does_not_explain_is_named():
    fails = {"verdict": "fails", "passed": False}
    runs = [
        *normal_runs(18),
        *(run(k, [4.0] * 4, **fails) for k in (19, 20)),
        run(21, [], error="no"),
    ]
    runs[0]["claims"][1] |= fails
    lines = wrong(summary(runs, KEYS, Notes()))
    assert [line.split(":")[0] for line in lines[:3]] == [
        "part/first with seed 147",
        "tiny.sum has no standard error and failed with seed 7",
        "2 of 20 decisions failed, 0.0 expected",
    ]
    assert lines[3].startswith("mean of z² is 2.") and lines[-1].startswith("tiny.mean: z has mean")


def test_undecided_cases_are_counted_apart():
    runs = [*normal_runs(3), *normal_runs(1, verdict="undecided", passed=False)]
    record = summary(runs, KEYS, Notes())
    assert record["failed"] == [] and len(record["undecided"]) == 1 and wrong(record) == []


def test_a_claim_that_holds_by_little_is_named():
    near, far = (
        [run(k, [], rule="inequality", room=room + k / 10, points=1) for k in (1, 2, 3)]
        for room in (5.0, 7.0)
    )
    assert summary(far, KEYS, Notes())["narrow"] == {}
    # The mean 5.2 less 3.29, the quantile of one entry.
    assert summary(near, KEYS, Notes())["narrow"] == {"tiny.mean": pytest.approx(1.91, abs=0.01)}


@pytest.mark.parametrize(
    ("changes", "notes", "reason"),
    [
        ({"allowance": 0.02}, Notes(), "an allowance of 0.02 of the prediction"),
        ({"expect": "fails", "verdict": "fails as expected"}, Notes(), "shown not to hold"),
        ({}, Notes(excluded={"tiny.mean": "real data"}), "real data"),
        ({"z": [None, None]}, Notes(), "no standard error"),
        ({"z": [0.5, 1.0]}, Notes(), "the same with every seed"),
    ],
)
def test_what_is_not_standard_normal_by_nature_stays_out_of_the_pool(changes, notes, reason):
    record = summary(normal_runs(3, **changes), KEYS, notes)
    assert record["aside"]["tiny.mean"]["reason"].startswith(reason)
    assert record["z"]["claims"] == 0 and record["tests"] == []


def test_the_notes_name_claims_of_the_book():
    stated = json.loads((ROOT / "book/claims.json").read_text(encoding="utf-8"))["claims"]
    notes = read_notes()
    assert {*notes.excluded, *notes.degrees} <= {claim["id"] for claim in stated}


def test_the_pages_run_again_are_those_whose_claims_know_a_standard_error():
    stated = json.loads((ROOT / "book/claims.json").read_text(encoding="utf-8"))["claims"]
    noisy = {claim["page"] for claim in stated if claim["standard_error"] is not None}
    assert {source.page.id for source, _ in reseed.statistical(read_book(ROOT), [])} == noisy


@pytest.fixture
def book(tmp_path):
    return write_tree(tmp_path / "a book", tiny_files() | {"notebooks/part/first.py": PAGE})


def results(root):
    """Return what was kept: by page and number, without the time it took."""
    kept = [json.loads(p.read_text()) for p in sorted(root.glob("_build/reseed/part/first/*.json"))]
    return {run["number"]: run["claims"] for run in kept if run["error"] == ""}


def test_an_interrupted_run_goes_on_and_gives_the_same_in_any_number_of_processes(
    book, tmp_path, monkeypatch, capsys
):
    command = "import sys; from trust.reseed import main; sys.exit(main(sys.argv[1:]))"
    started = subprocess.Popen(
        [sys.executable, "-c", command, "--seeds", "40", "--processes", "1"],
        cwd=book, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    while len(results(book)) < 2:
        assert started.poll() is None
        time.sleep(0.05)
    started.send_signal(signal.SIGKILL)
    started.wait()
    before = {}
    while len(before) != len(results(book)):  # the page takes 0.3 s: an orphan would reach 40
        before = results(book)
        time.sleep(1.5)
    assert 2 <= len(before) < 40

    asked = len(before) + 2
    monkeypatch.chdir(book)
    assert reseed.main(["--seeds", str(asked), "--processes", "2", "--record"]) == 0
    told = capsys.readouterr().out
    assert f"1 pages, {asked} seeds; {len(before)} of {asked} runs are kept" in told
    assert f"{asked} decisions of 1 claims: 0 failed" in told

    other = write_tree(tmp_path / "other", tiny_files() | {"notebooks/part/first.py": PAGE})
    keys = {source.page: key for source, key in reseed.statistical(read_book(other), [])}
    for job in reseed.jobs_of(read_book(other), keys, range(1, asked + 1)):
        reseed.perform(job)  # here, in this process
    assert results(other) == results(book)
    assert len({json.dumps(claims) for claims in results(book).values()}) == asked

    text = section(book, [], escaped)
    assert f"with {asked} other seeds on one page" in text and "have changed" not in text


def test_a_kept_result_belongs_to_its_code_and_not_to_its_words(book):
    def key():
        (found,) = reseed.statistical(read_book(book), [])
        return found[1]

    first = key()
    page = book / "notebooks/part/first.py"
    page.write_text(
        PAGE.replace("It is one.", "One it is.").replace('"never"', '"ever"') + "# hm\n"
    )
    assert key() == first
    page.write_text(PAGE.replace('kind="derived",', 'kind="derived", main=True,'))
    assert key() == first
    page.write_text(PAGE.replace("trials = 100", "trials = 101"))
    assert key() != first
    assert essence('def f():\n    "one"\n    return 1') == essence(
        'def f():\n    "two"\n    return 1'
    )


def test_every_entry_is_measured_in_its_standard_error_but_where_it_is_rounding():
    given = {"predicted": [1.0, 2.0, 3.0], "measured": [1.1, 1.0, 3.0 + 1e-15], "allowance": 0.0,
             "standard_error": [0.1, 0.5, 1e-16], "resolution": 0.5}  # fmt: skip
    found = evidence("monte_carlo", given)
    assert found["z"] == [pytest.approx(1.0), -2.0, None]
    assert found["coarse"] == pytest.approx(0.5)  # 0.5 of 2, where 0.5 of the prediction will do
    given = {"estimate": 1.0, "standard_error": 0.1, "low": 0.5, "high": np.inf}
    assert evidence("interval", given) == {"rule": "interval", "room": pytest.approx(5.0)}
    given = {"smaller": [1.0, 1.0], "larger": [2.0, 3.0], "slack": 0.5, "standard_error": 0.5}
    assert evidence("inequality", given) == {"rule": "inequality", "room": 3.0}
    assert evidence("inequality", given | {"standard_error": None}) == {"rule": "sure"}


def test_no_two_pages_share_a_seed(book):
    one, two = read_book(ROOT).notebooks[:2]
    jobs = reseed.jobs_of(read_book(book), {one: "a", two: "b"}, range(1, 21))
    assert len({job.seed for job in jobs}) == 40
    assert [job.number for job in jobs[:4]] == [1, 1, 2, 2]  # seed by seed


@pytest.mark.parametrize("wrong_option", [["--seeds", "0"], ["--processes", "0"], ["--first", "x"]])
def test_a_number_that_makes_no_sense_is_refused(wrong_option, capsys):
    with pytest.raises(SystemExit) as ended:
        reseed.main(wrong_option)
    assert ended.value.code == 2 and "reseed" in capsys.readouterr().err


def write_record(book, runs, keys=KEYS):
    text = json.dumps(summary(runs, keys, Notes()))
    write_tree(book, {RECORD: text})


def test_the_section_says_when_nothing_was_recorded(book):
    text = section(book, None, escaped)
    assert "have not been decided with other seeds yet" in text and "make reseed" in text


def test_the_section_shows_the_numbers_the_picture_and_what_failed(book):
    bad = run(21, [0.0] * 4, verdict="fails", passed=False)
    write_record(book, [*normal_runs(20), bad])
    text = section(book, None, escaped)
    for part in (
        "The verdict on 1 of the claims rests on random numbers",
        "with 21 other seeds on one page. Of 21 decisions 1 failed",
        "Their 84 z-scores",
        "agree with the standard normal law: mean of z: ",
        '<img class="only-dark" hidden alt="Histogram of 84 z-scores',
        "| ±1.96 |",
        r"- tiny.mean, seed 147: **fails**; \<b\>",
    ):
        assert part in text
    assert text == section(book, None, escaped)


def test_the_section_says_on_how_many_pages_the_published_numbers_have_changed(book):
    claim = {"id": "tiny.mean", "page": "part/first", "mean_predicted": 1.0, "mean_measured": 1.01,
             "standard_error": 0.1}  # fmt: skip
    write_record(book, normal_runs(2), {"part/first": numbers_key([claim], "part/first")})
    changed = "On 1 of these 1 pages the numbers with the published seed have changed since"
    rounding = claim | {"mean_measured": 1.01 + 1e-12}
    assert changed not in section(book, [rounding], escaped)
    assert changed in section(book, [claim | {"mean_measured": 1.02}], escaped)


def test_a_damaged_record_is_named(book):
    write_tree(book, {RECORD: '{"pages": {}}'})
    with pytest.raises(UserError, match=r"book/reseed\.json is damaged \('claims'\): restore it"):
        section(book, None, escaped)
