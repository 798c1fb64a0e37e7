"""The section of the status page on other seeds."""

from __future__ import annotations

import pytest

from press import UserError
from press.seeds.record import FOLDER, add, numbers_key, seed_of
from press.site.other_seeds import section
from press.site.status import escaped
from tests.press.conftest import write_tree
from tests.press.seeds.runs import normal_runs, run


def claim(page, **changes):
    return {"id": f"{page}.mean", "page": page, "mean_predicted": 1.0, "mean_measured": 1.01,
            "standard_error": 0.1} | changes  # fmt: skip


def record(root, runs, claims=()):
    for one in runs:
        add(root, one["page"], numbers_key(claims, one["page"]), [one])


def test_the_section_says_when_nothing_was_recorded(tmp_path):
    text = section(tmp_path, None, escaped)
    assert "have not been decided with other seeds yet" in text and "make reseed" in text


def test_the_section_shows_the_numbers_the_picture_and_what_failed(tmp_path):
    bad = run(21, [0.0] * 4, verdict="fails", passed=False)
    record(tmp_path, [*normal_runs(20), bad])
    text = section(tmp_path, None, escaped)
    for part in (
        "The verdict on 1 of the claims rests on random numbers",
        "with 21 other seeds on one page. Of 21 decisions 1 failed",
        "Their 84 z-scores",
        "agree with the standard normal law: mean of z: ",
        '<img class="only-dark" hidden alt="Histogram of 84 z-scores',
        "| ±1.96 |",
        rf"- tiny.mean, seed {seed_of('part/first', 21)}: **fails**; \<b\>",
    ):
        assert part in text
    assert text == section(tmp_path, None, escaped)


def test_the_section_says_how_many_seeds_each_page_has_and_which_pages_have_none(tmp_path):
    claims = [claim(page) for page in ("part/first", "part/second", "part/third")]
    claims.append(claim("part/exact", standard_error=None))
    record(tmp_path, [*normal_runs(6), *normal_runs(2, page="part/second")], claims)
    text = section(tmp_path, claims, escaped)
    assert "with between 2 and 6 other seeds on each of 2 pages. Of 8 decisions" in text
    assert "The record lacks 1 page with such claims: part/third.\n" in text
    assert "The record lacks" not in section(tmp_path, claims[:2], escaped)


def test_runs_beside_other_published_numbers_do_not_count_and_their_page_is_named(tmp_path):
    claims = [claim("part/first"), claim("part/second")]
    record(tmp_path, [*normal_runs(6), *normal_runs(2, page="part/second")], claims)
    moved = [claims[0] | {"mean_measured": 1.02}, claims[1]]
    text = section(tmp_path, moved, escaped)
    assert "with 2 other seeds on one page. Of 2 decisions" in text
    why = "1 of them only before the published numbers changed"
    assert f"lacks 1 page with such claims ({why}): part/first.\n" in text
    assert "have not been decided" in section(tmp_path, moved[:1], escaped)


def test_a_damaged_record_is_named(tmp_path):
    write_tree(tmp_path, {f"{FOLDER}/part/first.json": '{"numbers": "k"}'})
    with pytest.raises(UserError, match=r"first\.json is damaged \('claims'\): restore it"):
        section(tmp_path, None, escaped)
