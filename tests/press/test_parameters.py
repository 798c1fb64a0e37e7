"""Parameters: read from one cell, changed by name and type, shown as they were used."""

from __future__ import annotations

import re

import pytest

from press import UserError, read_book
from press.parameters import merge, parse_pairs, read_assignments, rewrite
from press.sources import read_source
from tests.press.conftest import notebook, write_tree

CELL = """\
profile = "paper"  # the scale
seed: int = 2025
width = 2**14  # students
rate = 0.5
σ = [1, 2,
     3]  # noise
name = "ä"
flag = True
free = None
left, right = 3, 4  # a pair
"""


def defaults():
    return {one.name: one.value for one in read_assignments("page", CELL)}


def test_assignments_are_read_by_name_and_value():
    assert defaults() == {
        "profile": "paper", "seed": 2025, "width": 16384, "rate": 0.5, "σ": [1, 2, 3],
        "name": "ä", "flag": True, "free": None, "left": 3, "right": 4,
    }  # fmt: skip


def test_the_cell_shows_the_values_that_were_used_and_keeps_its_comments():
    changed = {"profile": "smoke", "width": 64, "σ": [4], "name": "ö", "right": 5}
    values = defaults() | changed
    assert rewrite(CELL, read_assignments("page", CELL), values).splitlines() == [
        "profile = 'smoke'  # the scale",
        "seed: int = 2025",
        "width = 64  # students",
        "rate = 0.5",
        "σ = [4]  # noise",
        "name = 'ö'",
        "flag = True",
        "free = None",
        "left, right = 3, 5  # a pair",
    ]


def test_a_cell_with_its_own_values_is_left_as_it_is():
    assert rewrite(CELL, read_assignments("page", CELL), defaults()) == CELL


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("seed = make()", "parameter 'seed' must be a literal, got make()"),
        ("a = 10**99", "parameter 'a' must be a literal"),
        ("a = {}", "parameter 'a' must be a literal"),
        ("a = b = 3", "may only hold `name = value`: a = b = 3"),
        ("a, b = 1, 2, 3", "may only hold `name = value`: a, b = (1, 2, 3)"),
        ("import os", "may only hold `name = value`: import os"),
        ("seed = 1\nseed = 2", "assigns 'seed' twice"),
        ("seed = (", "does not parse"),
    ],
)
def test_anything_but_literals_is_refused(line, message):
    with pytest.raises(UserError, match=re.escape(message)):
        read_assignments("page", f'profile = "paper"\n{line}\n')


def test_a_cell_without_the_paper_profile_is_refused():
    with pytest.raises(UserError, match='must hold `profile = "paper"`'):
        read_assignments("page", "seed = 1\n")


def test_smoke_values_count_in_the_smoke_profile_only():
    assert merge("page", defaults(), {"width": 8}, "paper", {})["width"] == 16384
    assert merge("page", defaults(), {"width": 8}, "smoke", {})["width"] == 8
    assert merge("page", defaults(), {"width": 8}, "smoke", {"width": "9"})["width"] == 9


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("rate", "2", 2.0), ("rate", "-1e-3", -0.001), ("σ", "4,5", [4, 5]), ("σ", "[6]", [6]),
        ("name", "plain", "plain"), ("name", "3", "3"), ("name", "'q'", "q"),
        ("flag", "False", False), ("free", "7", 7), ("width", "2**5", 32),
    ],
)  # fmt: skip
def test_texts_of_the_command_line_take_the_type_of_the_default(name, text, value):
    got = merge("page", defaults(), {}, "paper", {name: text})[name]
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"widht": "3"}, "page has no parameter 'widht'; it has: profile, seed, width"),
        ({"seed": "1.5"}, "parameter 'seed' must be int like 2025, got 1.5"),
        ({"seed": "True"}, "parameter 'seed' must be int like 2025, got True"),
        ({"flag": "1"}, "parameter 'flag' must be bool like True, got 1"),
        ({"rate": "fast"}, "parameter 'rate' must be float like 0.5, got 'fast'"),
        ({"σ": "['a']"}, "parameter 'σ' must be list of int like"),
        ({"profile": "smoke"}, "set the profile by --profile"),
    ],
)
def test_unknown_names_and_wrong_types_are_refused(given, message):
    with pytest.raises(UserError, match=message):
        merge("page", defaults(), {}, "paper", given)


@pytest.mark.parametrize("smoke", [{"widht": 3}, {"width": "three"}])
def test_a_bad_smoke_header_is_refused_at_any_profile(smoke):
    with pytest.raises(UserError, match=r"page: the smoke header.* parameter 'wid"):
        merge("page", defaults(), smoke, "paper", {})


@pytest.mark.parametrize("pair", ["seed", "=3", "a b=3"])
def test_a_malformed_pair_is_refused(pair):
    with pytest.raises(UserError, match="-p needs name=value"):
        parse_pairs([pair])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('tags=["parameters"]', "", 'one cell tagged "parameters", found no cell'),
        ('tags=["remove-output"]', 'tags=["parameters"]', "found 2 cells"),
        ("name: python3", "name: julia", "must name the kernel python3 in its header, got julia"),
        ("smoke: {trials: 5}", "smoke: 5", "smoke must be a mapping, got 5"),
        ("smoke: {trials: 5}", "smoke: {trails: 5}", "has no parameter 'trails'"),
        ("smoke: {trials: 5}", "smoke: {trials: [", "cannot be read as a notebook"),
    ],
)
def test_a_bad_source_is_refused(tiny, old, new, message):
    write_tree(tiny, {"notebooks/part/first.py": notebook("first").replace(old, new)})
    book = read_book(tiny)
    with pytest.raises(UserError, match=message):
        read_source(book, book.page("part/first"))


INFINITE = ["1e400", "-1e400", "1e308*10", "1e400-1e400", "[1e400]", str(2**1024 - 1)]


@pytest.mark.parametrize("text", INFINITE)
@pytest.mark.parametrize("name", ["rate", "width", "σ"])
def test_a_number_beyond_all_floats_is_refused_like_inf(name, text):
    with pytest.raises(UserError, match=f"page: parameter '{name}' must be"):
        merge("page", defaults(), {}, "paper", {name: text})


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 2**1024 - 1])
def test_a_number_of_the_smoke_header_that_is_not_finite_is_refused(value):
    with pytest.raises(UserError, match="the smoke header: parameter 'rate' must be float"):
        merge("page", defaults(), {"rate": value}, "paper", {})


def test_the_largest_float_is_a_parameter_like_others():
    assert merge("page", defaults(), {}, "paper", {"rate": "1e308"})["rate"] == 1e308
