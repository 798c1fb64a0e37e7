"""The judge of strangers sees harm; two of its strangers do none."""

from __future__ import annotations

import pytest

from trust import strangers
from trust.strangers import STRANGERS, Stranger, harm, main

HARM = {
    "is read": (lambda f: [], 2, "", "exit code 0, expected 2"),
    "is refused": (lambda f: ["--weak", "no.npy"], 0, "", "exit code 2, expected 0"),
    "is refused in other words": (
        lambda f: ["--weak", "no.npy"],
        2,
        "because",
        "expected one line",
    ),
}


@pytest.mark.parametrize("name", HARM)
def test_the_judge_sees_an_answer_that_is_not_the_right_one(tmp_path, name):
    write, code, says, found = HARM[name]
    told, _ = harm(Stranger(write, code, says), tmp_path)
    assert told.startswith(found)


RUNS = {
    "open('taken', 'w').write('me')": "foreign code ran: b'me'",
    "open('y.npy', 'w').write('me')": "changed: y.npy",
    "open('../secret', 'w').write('me')": "a secret was read or changed",
    "print(open('../secret').read())": "a secret was read or changed",
    "print('\\x1b[2J')": "letters that a terminal obeys",
    "x = bytearray(1 << 27)": "MiB in use",
    "import time; time.sleep(9)": "exit code -9, expected 0",
}


def nothing(folder):
    """Write nothing."""


@pytest.mark.parametrize("code", RUNS)
def test_the_judge_sees_what_code_does(tmp_path, monkeypatch, code):
    plain = strangers.ran
    monkeypatch.setattr(strangers, "ran", lambda words, folder: plain(["-c", code], folder, 3))
    monkeypatch.setattr(strangers, "MOST", 1 << 27)
    told, ended = harm(Stranger(nothing, code=0), tmp_path)
    assert RUNS[code] in told
    assert ended.peak > 1 << 20


@pytest.mark.parametrize("word", ["python objects", "absolute path"])
def test_a_stranger_is_refused_and_the_table_says_so(capsys, word):
    assert main([word]) == 0
    line, last = capsys.readouterr().out.splitlines()
    assert line.startswith("strangers: ") and line.endswith("  refused") and " MiB " in line
    assert last == "strangers: all is well"


def test_harm_is_printed_and_is_the_exit_code(capsys, monkeypatch):
    monkeypatch.setitem(STRANGERS, "a test", Stranger(lambda folder: [], says="anything"))
    assert main(["a test"]) == 1
    assert "HARM: exit code 0, expected 2" in capsys.readouterr().out


def test_strangers_are_of_every_kind():
    kinds = {
        "archive", "objects", "torch", "Parquet", "Feather", "stream", "chunk", "codec",
        "consolidated", "weights", "device", "pipe", "socket", "link", "terminal", "modules",
        "matplotlib", "memory",
    }  # fmt: skip
    assert len(STRANGERS) > 25
    assert {kind for kind in kinds if any(kind in name for name in STRANGERS)} == kinds
