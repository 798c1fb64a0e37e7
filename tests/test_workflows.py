"""What runs on machines of others: its variables, actions, images and packages."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import yaml

from press.command import parser
from press.release import METADATA, SUMS
from tests import ROOT

WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PRESS = re.compile(
    r'^ *\.venv/bin/python -m press (.+)$|^ *make (book) .*WITH="(.+)"$', re.MULTILINE
)


def jobs():
    for name, flow in WORKFLOWS.items():
        for title, job in flow["jobs"].items():
            yield name, title, job


def steps(job):
    """The steps of a job; one that calls another workflow of ours has none."""
    if "uses" in job:
        assert Path(job["uses"]).name in WORKFLOWS
        return []
    return job["steps"]


def commands(name):
    """What the jobs of a workflow run, in one text."""
    return "\n".join(
        step["run"] for job in WORKFLOWS[name]["jobs"].values() for step in steps(job)
        if "run" in step
    )  # fmt: skip


def of_the_press(name):
    """The words of every command of the press in a workflow, through make or not."""
    return [shlex.split(" ".join(found)) for found in PRESS.findall(commands(name))]


def test_no_variable_of_a_workflow_is_one_that_the_makefile_takes():
    taken = set(re.findall(r"^(\w+) \?=", MAKEFILE, re.MULTILINE))
    assert {"PYTHON", "PROFILE"} <= taken
    for name, flow in WORKFLOWS.items():
        jobs = flow["jobs"].values()
        places = [flow, *jobs, *(step for job in jobs for step in steps(job))]
        given = {word for place in places for word in place.get("env", {})}
        assert not given & taken, name


def test_a_failure_of_any_weekly_job_is_reported_with_its_result():
    jobs = dict(WORKFLOWS["weekly.yml"]["jobs"])
    report = jobs.pop("report")
    assert set(report["needs"]) == set(jobs) >= {"newest", "audit", "links"}
    (step,) = report["steps"]
    told = [name for name, value in step["env"].items() if value.startswith("${{ needs.")]
    assert len(told) == len(jobs)
    assert all(f"${name}" in step["run"] for name in told)
    assert [step["run"] for step in jobs["audit"]["steps"] if "run" in step] == ["make audit"]


def test_every_action_is_pinned_and_newer_ones_are_proposed():
    used = [step["uses"] for _, _, job in jobs() for step in steps(job) if "uses" in step]
    assert len(used) > 5
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", one) for one in used)
    bot = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    asked = {one["package-ecosystem"]: one["directory"] for one in bot["updates"]}
    assert asked == {"github-actions": "/", "docker": "/"}


def test_only_the_jobs_that_publish_may_write_and_each_only_what_it_publishes():
    assert all(flow["permissions"] == {"contents": "read"} for flow in WORKFLOWS.values())
    given = {
        (name, title): job["permissions"] for name, title, job in jobs() if "permissions" in job
    }
    pages = {"pages": "write", "id-token": "write"}
    assert given == {
        ("pages.yml", "notebooks"): {"contents": "write"},
        ("pages.yml", "deploy"): pages,
        ("release.yml", "publish"): {"contents": "write"},
        ("release.yml", "pages"): {"contents": "write", **pages},
        ("weekly.yml", "report"): {"issues": "write"},
    }
    for name, title in given:  # who may write runs no code of the book or its packages
        job = WORKFLOWS[name]["jobs"][title]
        run = "\n".join(step.get("run", "") for step in steps(job))
        assert not re.search(r"\b(make|python|pip)\b", run), (name, title)


def test_what_an_input_or_an_event_says_reaches_a_shell_as_a_variable_only():
    for name, title, job in jobs():
        for step in steps(job):
            assert "${{" not in step.get("run", ""), (name, title)


def test_the_commands_of_the_press_in_workflows_are_ones_it_has():
    found = [words for name in WORKFLOWS for words in of_the_press(name)]
    assert {words[0] for words in found} >= {"book", "notebooks", "release"}
    for words in found:
        assert parser().parse_args(words).command == words[0]


def test_a_release_publishes_its_folder_checked_and_then_the_site():
    made = WORKFLOWS["release.yml"]["jobs"]
    assert (made["publish"]["needs"], made["pages"]["needs"]) == ("build", "publish")
    (kept,) = (s["with"] for s in steps(made["build"]) if "upload-artifact" in s.get("uses", ""))
    assert kept["include-hidden-files"] is True and METADATA.startswith(".")
    run = steps(made["publish"])[-1]["run"]
    assert run.index(f"sha256sum --check --strict {SUMS}") < run.index("gh release create")
    fetched = steps(made["build"])[0]["with"]
    assert fetched["fetch-depth"] == 0, "without tags every release is the first"


def test_the_published_site_is_live_stamped_and_linked_to_a_branch_that_is_there():
    run = commands("pages.yml")
    assert "make book LIVE=1" in run
    (words,) = (one for one in of_the_press("pages.yml") if one[0] == "book")
    given = parser().parse_args(words)
    assert given.stamp and given.at == "$ADDRESS" and given.launch == "$BRANCH"
    assert given.publish == Path("public") and run.count("LIVE=1") == 2
    made = WORKFLOWS["pages.yml"]["jobs"]
    build = next(s["env"] for s in steps(made["build"]) if "env" in s)
    branch = build["BRANCH"].rpartition("@")[2]
    assert set(made["deploy"]["needs"]) == {"build", "notebooks"}
    assert f"git push --quiet --force origin {branch}" in commands("pages.yml")


def test_the_newest_versions_are_tried_by_the_newest_pythons():
    job = WORKFLOWS["weekly.yml"]["jobs"]["newest"]
    assert job["strategy"] == {"fail-fast": False, "matrix": {"python": ["3.13", "3.14"]}}
    (given,) = (s["with"] for s in steps(job) if "setup-python" in s.get("uses", ""))
    assert given["python-version"] == "${{ matrix.python }}"


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
