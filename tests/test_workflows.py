"""What runs on machines of others: its variables, actions, images and packages."""

from __future__ import annotations

import re

import yaml

from tests import ROOT

WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_no_variable_of_a_workflow_is_one_that_the_makefile_takes():
    taken = set(re.findall(r"^(\w+) \?=", MAKEFILE, re.MULTILINE))
    assert {"PYTHON", "PROFILE"} <= taken
    for name, flow in WORKFLOWS.items():
        jobs = flow["jobs"].values()
        places = [flow, *jobs, *(step for job in jobs for step in job["steps"])]
        given = {word for place in places for word in place.get("env", {})}
        assert not given & taken, name


def test_a_failure_of_any_weekly_job_is_reported_with_its_result():
    jobs = WORKFLOWS["weekly.yml"]["jobs"]
    report = jobs.pop("report")
    assert set(report["needs"]) == set(jobs) >= {"newest", "audit", "links"}
    (step,) = report["steps"]
    told = [name for name, value in step["env"].items() if value.startswith("${{ needs.")]
    assert len(told) == len(jobs)
    assert all(f"${name}" in step["run"] for name in told)
    assert [step["run"] for step in jobs["audit"]["steps"] if "run" in step] == ["make audit"]


def test_every_action_is_pinned_and_newer_ones_are_proposed():
    steps = [
        s for flow in WORKFLOWS.values() for job in flow["jobs"].values() for s in job["steps"]
    ]
    used = [step["uses"] for step in steps if "uses" in step]
    assert len(used) > 5
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one) for one in used)
    bot = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    asked = {one["package-ecosystem"]: one["directory"] for one in bot["updates"]}
    assert asked == {"github-actions": "/", "docker": "/"}


def test_a_container_is_published_to_this_machine_only():
    told = [ROOT / "Dockerfile", ROOT / "README.md", *(ROOT / "book").glob("*.md")]
    ports = [
        port for path in told for port in re.findall(r" -p (\S+:\d+) ", path.read_text("utf-8"))
    ]
    assert len(ports) > 1
    assert set(ports) == {"127.0.0.1:8000:8000"}


def test_locked_packages_are_installed_from_wheels_only():
    joined = MAKEFILE.replace("\\\n", " ")
    installs = re.findall(r"pip install [^&;]* -r requirements\S*\.lock", joined)
    assert len(installs) == 4
    assert all("--require-hashes" in one and "--only-binary :all:" in one for one in installs)
