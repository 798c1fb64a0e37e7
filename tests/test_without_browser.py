"""A machine without a browser: the tests that need one are left out aloud, and CI refuses."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


def collect(**extra: str) -> subprocess.CompletedProcess[str]:
    hidden = {"CI", "W2S_CHROMIUM", "PYTEST_ADDOPTS"}
    environment = {k: v for k, v in os.environ.items() if k not in hidden} | {"PATH": ""} | extra
    command = [sys.executable, "-m", "pytest", "tests/test_site.py", "--collect-only"]
    command += ["--assert=plain"]  # rewriting takes longer than collecting
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("extra", [{}, {"W2S_CHROMIUM": "/no/such/browser"}])
def test_without_a_browser_its_tests_are_left_out_and_said_to_be(extra):
    done = collect(**extra)
    assert "no Chromium found" in done.stdout
    assert "browser tests are left out" in done.stdout
    assert "test_a_page_is_whole" not in done.stdout


def test_in_ci_a_missing_browser_is_an_error():
    done = collect(CI="true")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "CI must install one" in done.stdout + done.stderr
