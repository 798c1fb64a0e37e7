"""The first page's pictures: what they say is what the modules compute."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from press.site import first_page as schematics
from w2s.discrepancy import ridgeless
from w2s.discrepancy.subspaces import Geometry
from w2s.page.figures import palette, twins
from w2s.random_features.limits import lower_bound


def drawn(picture):
    """Return the coordinates of every line of a picture, by label or order."""
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    picture.panel(ax)
    return ax


def test_waves_are_orthonormal():
    # The trapezoid rule is exact for these waves: 64 points resolve all products.
    x = np.arange(64) / 64
    basis = schematics.waves(x, 15)
    np.testing.assert_allclose(basis.T @ basis / 64, np.eye(15), atol=1e-14)


def test_without_noise_both_models_find_the_target():
    one = schematics.world(np.random.default_rng(1), noise=0.0)
    # Least squares with a condition number below a thousand, squared errors.
    assert max(one.errors) < 1e-24
    assert (len(one.teacher), len(one.student)) == (schematics.D_WEAK, schematics.D_STRONG)


def test_the_student_has_about_the_share_of_error_that_the_exact_law_gives():
    rng = np.random.default_rng(2)
    errors = np.array([schematics.world(rng).errors for _ in range(1500)])
    found = errors[:, 1].mean() / errors[:, 0].mean()
    geometry = Geometry(schematics.D_STRONG, schematics.D_WEAK, overlap=schematics.D_STRONG)
    risks = ridgeless.risks(geometry, schematics.N_LABELLED, schematics.N_UNLABELLED, 1.0)
    # The law is for Gaussian features; waves are bounded, and the shares differ by a few per cent.
    assert found == pytest.approx(float(risks.student / risks.teacher), rel=0.15)


def test_the_captions_name_what_the_pictures_show():
    teacher, student, surprise = schematics.story()
    assert f"{schematics.N_LABELLED} noisy labels" in teacher.caption
    assert f"{schematics.N_UNLABELLED} new inputs" in student.caption
    below = int(re.search(r"In (\d+) of", surprise.caption)[1])
    x, y = drawn(surprise).lines[1].get_data()
    assert len(x) == schematics.WORLDS and int(np.sum(y < x)) == below
    assert f"{y.mean() / x.mean():.0%}" in surprise.caption


def test_the_student_passes_its_teacher_where_the_caption_says():
    picture = schematics.divided_variance(Geometry(10, 40, overlap=4))
    assert "$N=2d_s+1=21$" in picture.caption and "10%" in picture.caption
    big_n, share = drawn(picture).lines[2].get_data()
    assert np.all((share < 1) == (big_n > 21))


def test_the_path_falls_below_the_teacher_and_comes_back():
    ax = drawn(schematics.stopped_early(64))
    level, (times, path), (time, low) = (
        ax.lines[0].get_ydata()[0], ax.lines[1].get_data(), ax.lines[2].get_data()
    )  # fmt: skip
    # The marked minimum is finer than the drawn grid, and not far from it.
    assert 0.99 * path.min() < low[0] <= path.min() < level
    assert path[-1] == pytest.approx(level, rel=0.05) and path[-1] < level
    assert times[0] < time[0] < times[-1]


def test_no_student_lies_in_the_shaded_region():
    picture = schematics.limit((8, 64, 512))
    x, y = drawn(picture).lines[2].get_data()
    assert np.all(y > lower_bound(x)) and np.all(y < x)
    assert f"{(y / lower_bound(x)).min():.1f} times" in picture.caption


@pytest.mark.parametrize("picture", schematics.front(), ids=lambda one: one.name)
def test_a_picture_has_words_and_two_themes_and_the_same_bytes_twice(picture):
    assert re.fullmatch("[a-z]+", picture.name) and len(picture.alt) > 60
    pair, again = twins(picture.panel), twins(picture.panel)
    assert pair == again
    for text in pair.values():
        assert ElementTree.fromstring(text).tag.endswith("svg")
    light_only = set(palette("light")) - set(palette("dark"))
    assert [colour for colour in light_only if colour in pair["dark"]] == []


def test_bad_numbers_are_named():
    with pytest.raises(ValueError, match="count must be"):
        schematics.waves([0.5], 0)
    with pytest.raises(ValueError, match=r"noise must be .*-1"):
        schematics.world(np.random.default_rng(0), noise=-1.0)
