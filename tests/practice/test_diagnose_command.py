"""``w2s diagnose`` on real files: formats, answers, and one clear line for whatever is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest

import w2s
from w2s.cli import _status, main
from w2s.practice.data.digits import digits
from w2s.practice.diagnosis.results import Answer

ROWS = 900


def rows(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((ROWS, 12))
    labels = latent[:, :6].sum(axis=1) / 3 + rng.standard_normal(ROWS)
    return latent[:, 3:].astype(np.float32), latent[:, :7], labels


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder with W.npy, S.npy and y.npy, which is the current one."""
    for name, array in zip("WSy", rows(), strict=True):
        np.save(tmp_path / f"{name}.npy", array)
    monkeypatch.chdir(tmp_path)
    return tmp_path


FILES = ["--weak", "W.npy", "--strong", "S.npy", "--labels", "y.npy"]
SIZES = ["--n", "40", "--N", "200"]


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["diagnose", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_command_prints_a_report(folder, capsys):
    code, out, err = run(capsys, *FILES, *SIZES)
    assert code == 0
    assert "Predicted at n = 40, N = 200" in out and "What this cannot know" in out
    assert err == "w2s: reading the rows\nw2s: training on drawn rows\n"


def test_json_alone_goes_to_the_output_and_the_page_is_written(folder, capsys):
    code, out, err = run(capsys, *FILES, *SIZES, "--json", "--html", "report.html")
    assert code == 0
    plain = json.loads(out)
    assert plain["inputs"]["weak"] == "W.npy"
    assert plain["point"]["n_labelled"] == 40
    assert err.endswith("page: report.html\n")
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["W.npy", "S.npy", "y.npy", "report.html"]
    )


def test_the_full_json_has_the_surface_and_the_short_one_is_short(folder, capsys):
    short, full = (run(capsys, *FILES, *SIZES, "--json", *more)[1] for more in ([], ["--full"]))
    assert len(short.encode()) < 100_000
    short, full = json.loads(short), json.loads(full)
    assert len(full["surface"]["pgr"]["value"]) > 1 and "surface" not in short
    kept = {name: full[name] for name in short}
    assert kept | {"full": False, "estimates": short["estimates"]} == short


@pytest.mark.parametrize(
    ("wanted", "met"),
    [
        (None, set(get_args(Answer))),
        ("helps", {"helps", "helps, but fine-tune"}),
        ("helps-best", {"helps"}),
    ],
)
def test_the_status_is_one_unless_the_answer_is_wanted(capsys, wanted, met):
    assert {answer for answer in get_args(Answer) if _status(answer, wanted) == 0} == met
    told = capsys.readouterr().err.splitlines()
    assert len(told) == len(get_args(Answer)) - len(met)
    assert all(line.startswith(f"w2s: --fail-unless {wanted}: the answer is '") for line in told)


def test_an_answer_that_is_not_wanted_is_reported_and_ends_with_status_one(folder, capsys):
    np.save("y.npy", np.random.default_rng(1).standard_normal(ROWS))  # no feature explains them
    code, out, err = run(
        capsys, *FILES, *SIZES, "--fail-unless", "helps", "--html", "page.html", "--json"
    )
    answer = json.loads(out)["verdict"]["answer"]
    assert code == 1 and (folder / "page.html").is_file()
    assert err.splitlines()[-1] == f"w2s: --fail-unless helps: the answer is {answer!r}"


def test_the_page_tells_the_command_as_given_and_nothing_of_the_machine(folder, capsys):
    for name, array in zip("WSy", rows(seed=1), strict=True):
        np.save(f"{name}2.npy", array)
    code, _, err = run(
        capsys, *FILES, *SIZES, "--workers", "1", "--no-label=-1", "--html", "page.html",
        "--energy=1", "--json", "--fresh", "W2.npy", "S2.npy", "y2.npy",
    )  # fmt: skip
    assert code == 0, err
    page = (folder / "page.html").read_text(encoding="utf-8")
    told = (
        "w2s diagnose --weak W.npy --strong S.npy --labels y.npy --no-label=-1 "
        "--fresh W2.npy S2.npy y2.npy --n 40 --N 200 --energy 1 --html page.html --json"
    )
    assert f">{told}</pre>" in page
    assert str(folder) not in page and "workers" not in page


def test_the_head_and_its_penalty_are_handed_on(folder, capsys, monkeypatch):
    def asked(*_, **given):
        raise ValueError(f"{given['head']} {given['ridge']}")

    monkeypatch.setattr("w2s.practice.diagnosis.diagnose", asked)
    assert run(capsys, *FILES, "--head", "ridge", "--ridge", "2.5")[2] == "w2s: ridge 2.5\n"
    assert run(capsys, *FILES)[2] == "w2s: ridge None\n"


def as_npz(folder, weak, strong, labels):
    np.savez(folder / "all.npz", weak=weak, strong=strong, y=labels)
    return ["all.npz:weak", "all.npz:strong", "all.npz:y"]


def as_parquet(folder, weak, strong, labels):
    import pyarrow
    from pyarrow import parquet

    columns = {f"w{k}": weak[:, k] for k in range(weak.shape[1])}
    columns |= {f"s{k}": strong[:, k] for k in range(strong.shape[1])} | {"y": labels}
    parquet.write_table(pyarrow.table(columns), folder / "all.parquet")
    return ["all.parquet:w*", "all.parquet:s*", "all.parquet:y"]


def as_zarr(folder, weak, strong, labels):
    import zarr

    group = zarr.open_group(str(folder / "all.zarr"), mode="w")
    for name, array in (("weak", weak), ("strong", strong), ("y", labels)):
        group.create_array(name, data=array)
    return ["all.zarr:weak", "all.zarr:strong", "all.zarr:y"]


@pytest.mark.parametrize("write", [as_npz, as_parquet, as_zarr])
def test_other_formats_give_the_same_numbers(folder, capsys, write):
    names = write(folder, *rows())
    files = [word for pair in zip(FILES[::2], names, strict=True) for word in pair]
    results = []
    for given in (FILES, files):
        code, out, err = run(capsys, *given, *SIZES, "--json")
        assert code == 0, err
        results.append(json.loads(out))
    plain, other = results
    assert other["estimates"] == plain["estimates"]
    assert other["validation"] == plain["validation"]


def test_arrays_in_memory_give_the_numbers_of_the_files(folder, capsys):
    code, out, err = run(capsys, *FILES, *SIZES, "--json")
    assert code == 0, err
    found = w2s.diagnose(*rows(), n_labelled=40, n_unlabelled=200)
    assert found.to_dict()["estimates"] == json.loads(out)["estimates"]


def test_workers_change_nothing(folder, capsys):
    one, two = (run(capsys, *FILES, *SIZES, "--json", "--workers", str(k)) for k in (1, 2))
    assert one[0] == two[0] == 0, one[2] + two[2]
    assert one[1] == two[1]


def test_a_budget_replaces_the_sizes(folder, capsys):
    money = ["--budget", "1000", "--label-cost", "5", "--unlabelled-cost", "1"]
    code, out, _ = run(capsys, *FILES, *money, "--json")
    plan = json.loads(out)["purchase"]["plan"]
    assert code == 0
    assert 5 * plan["n_labelled"] + plan["n_unlabelled"] <= 1000
    assert json.loads(out)["point"]["n_labelled"] == plan["n_labelled"]


def test_the_head_is_said(folder, capsys):
    code, out, _ = run(capsys, *FILES, *SIZES, "--head", "official", "--energy", "1")
    assert code == 0 and "Head official: features not centred, no intercept" in out
    code, out, _ = run(capsys, *FILES, *SIZES, "--ridge", "3")
    assert code == 0 and "penalty 3;" in out


def test_predicted_errors_of_the_digits_lie_within_their_uncertainty(tmp_path, capsys, monkeypatch):
    data = digits(np.random.default_rng(2025))
    for name, array in (("W", data.weak), ("S", data.strong), ("y", data.parity)):
        np.save(tmp_path / f"{name}.npy", array)
    monkeypatch.chdir(tmp_path)
    code, out, _ = run(capsys, *FILES, "--n", "200", "--N", "600", "--json", "--head", "ridgeless")
    checked = json.loads(out)["validation"]
    assert code == 0 and not checked["scaled"]
    for one in checked["comparisons"]:
        spread = np.hypot(one["predicted_error"], one["measured_error"])
        # The stated uncertainty is a 99% interval; two standard errors are 95%.
        assert abs(one["predicted"] - one["measured"]) < 2 * spread, one
    # On about 260 held-out rows: what is seen in nine of ten cases is about four standard errors.
    assert checked["resolution"] < 0.6


# Bad input: one line, status 2, nothing written.


def nan(folder):
    bad = np.load(folder / "W.npy")
    bad[41, 2] = np.nan
    np.save(folder / "W.npy", bad)


def infinite_label(folder):
    bad = np.load(folder / "y.npy")
    bad[7] = np.inf
    np.save(folder / "y.npy", bad)


def fewer_rows(folder):
    np.save(folder / "S.npy", np.load(folder / "S.npy")[:-3])


def other_ids(folder):
    np.save(folder / "W.ids.npy", np.arange(ROWS))
    np.save(folder / "S.ids.npy", np.arange(ROWS)[::-1])


def constant(folder):
    np.save(folder / "W.npy", np.ones((ROWS, 9)))


def too_wide(folder):
    few = np.random.default_rng(0).standard_normal((100, 130))
    for name, array in (("W", few), ("S", few[:, :20]), ("y", few[:, 0])):
        np.save(folder / f"{name}.npy", array)


def truncated(folder):
    (folder / "S.npy").write_bytes((folder / "S.npy").read_bytes()[:-100])


def pickled(folder):
    np.save(folder / "W.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)


def too_large(folder):
    np.save(folder / "S.npy", 1e300 * np.load(folder / "S.npy"))


def missing(folder):
    (folder / "W.npy").unlink()


def text(folder):
    (folder / "W.npy").write_text("1,2,3\n")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (fewer_rows, "rows must be the same in all tables, got 900 of weak, 897 of strong"),
        (other_ids, "ids do not align: row 0 is 0 in weak and 899 in strong"),
        (nan, "row 41, column 2 of weak (W.npy) is nan, must be finite"),
        (infinite_label, "row 7, column 0 of y.npy is inf, must be finite"),
        (constant, "the weak features do not vary"),
        (too_wide, "must exceed"),
        (truncated, "S.npy"),
        (pickled, "W.npy"),
        (too_large, "too large"),
        (missing, "W.npy"),
        (text, "W.npy"),
    ],
)
def test_a_spoiled_file_gets_one_line_and_status_two(folder, capsys, spoil, message):
    spoil(folder)
    before = sorted(folder.iterdir())
    code, out, err = run(capsys, *FILES, *SIZES, "--html", "report.html")
    *progress, line = err.splitlines()
    assert (code, out) == (2, "")
    assert line.startswith("w2s: ") and message in line
    assert all(step in ("w2s: reading the rows",) for step in progress)
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--n", "40"], "n_labelled and n_unlabelled go together"),
        (["--n", "many"], "argument --n: invalid int value: 'many'"),
        (["--budget", "10"], "budget, label_cost and unlabelled_cost go together"),
        (["--energy", "2"], "energy must lie in [0, 1], got 2"),
        (["--heldout", "1"], "heldout must lie in [0, 0.9], got 1"),
        (["--head", "quick"], "head must be one of ridge, ridgeless, official, logistic"),
        (
            ["--head", "official", "--ridge", "2"],
            "of the heads ridge and logistic, got head official",
        ),
        (["--head", "logistic"], "head logistic tells classes, but the labels are numbers: use"),
        (["--pseudo-labels", "hard"], "are decisions for a class, but the labels are numbers"),
        (["--pseudo-labels", "firm"], "pseudo_labels must be one of soft, hard, got 'firm'"),
        (["--ridge", "small"], "argument --ridge: invalid float value: 'small'"),
        (["--fail-unless", "wins"], "argument --fail-unless: invalid choice: 'wins'"),
        (["--full"], "--full is about the JSON: give --json, too"),
        (["--workers", "0"], "must be a whole number of at least 1, got '0'"),
        (["--html", "no/such/report.html"], "there is no folder no/such"),
        (["--html", "."], "is a folder"),
        (["--labels", "y.npy:z"], "y.npy holds one array, there is no 'z' in it"),
        (["--scheduler", "tcp://127.0.0.1:1"], "tcp://127.0.0.1:1"),
    ],
)
def test_bad_arguments_get_one_line_and_status_two(folder, capsys, words, message):
    code, out, err = run(capsys, *FILES, *words)
    assert (code, out) == (2, "")
    assert err.startswith("w2s: ") and err.count("\n") == 1 and message in err


def test_a_file_that_grows_while_it_is_read_is_refused(folder, capsys, monkeypatch):
    from w2s.practice.diagnosis.rows import Withheld

    read = Withheld._stored

    def growing(self, start, stop):
        with (folder / "W.npy").open("ab") as file:
            file.write(b"\0" * 36)
        return read(self, start, stop)

    monkeypatch.setattr(Withheld, "_stored", growing)
    code, out, err = run(capsys, *FILES, *SIZES)
    assert (code, out) == (2, "")
    assert "W.npy changed while it was read" in err.splitlines()[-1]


def test_a_full_disk_is_a_fault_that_leaves_nothing(folder, capsys, monkeypatch):
    before = sorted(folder.iterdir())

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("w2s._files.os.replace", full)
    code, out, err = run(capsys, *FILES, *SIZES, "--html", "report.html")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith("w2s: the report could not be written: [Errno 28]")
    assert sorted(folder.iterdir()) == before


def test_a_page_takes_the_place_of_no_input_and_goes_through_no_link(folder, capsys):
    (folder / "parts").mkdir()
    (folder / "W.npy").rename(folder / "parts/W.npy")
    (folder / "link.html").symlink_to("y.npy")
    os.mkfifo(folder / "pipe")
    before = {path: path.read_bytes() for path in folder.rglob("*.npy")}
    names = ["--weak", "parts", "--strong", "S*.npy", "--labels", "y.npy:key", "--groups", "y.npy"]
    for page, reason in {
        "y.npy": "y.npy would change y.npy:key, which is read",
        "./S.npy": "S.npy would change S*.npy, which is read",
        "parts/W.npy": "parts/W.npy would change parts, which is read",
        "parts/new.html": "parts/new.html would change parts, which is read",
        "link.html": "link.html is a link",
        "pipe": "pipe is a pipe",
        "/dev/null": "/dev/null is a device",
        "parts": "parts is a folder",
    }.items():
        code, out, err = run(capsys, *names, *SIZES, "--html", page)
        assert (code, out) == (2, "")
        assert err.startswith(f"w2s: --html {reason}") and err.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.rglob("*.npy")} == before
    assert (folder / "link.html").is_symlink() and (folder / "pipe").is_fifo()
    fresh = ["--fresh", "parts/W.npy", "S.npy", "y.npy"]
    plain = ["--weak", "a.npy", "--strong", "b.npy", "--labels", "c.npy"]
    code, _, err = run(capsys, *plain, *fresh, *SIZES, "--html", "parts/W.npy")
    assert code == 2 and "would change parts/W.npy, which is read" in err


def test_a_name_that_steers_a_terminal_is_written_out(folder, capsys):
    code, _, err = run(capsys, *FILES, *SIZES, "--html", "a\x1b[2J\n.html")
    assert code == 0
    assert err.splitlines()[-1] == "page: a\\x1b[2J .html"


def test_a_lost_cluster_is_a_fault(folder, capsys, monkeypatch):
    def lost(*_, **__):
        raise ConnectionError("the scheduler is gone")

    monkeypatch.setattr("w2s.practice.diagnosis.reading.accumulate", lost)
    code, out, err = run(capsys, *FILES, *SIZES)
    assert (code, out, err) == (1, "", "w2s: the diagnosis broke off: the scheduler is gone\n")


def python(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments], capture_output=True, text=True,
        env=environment, timeout=120, **options,
    )  # fmt: skip


def test_help_loads_nothing_heavy_and_needs_no_book(tmp_path):
    code = (
        "import sys; from w2s.cli import main\n"
        "try: main(['diagnose', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = ('numpy', 'scipy', 'matplotlib', 'rich', 'distributed', 'yaml')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    done = python("-c", code, cwd=tmp_path)
    assert done.stderr == "[]\n", done.stderr
    for word in ("--weak", "--budget", "--scheduler", "--html", "--head", "--fail-unless"):
        assert word in done.stdout
    for told in ("head\n", "budget\n", "no label\n", "rows\n", "costs\n", "--budget 1000"):
        assert told in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 81


def test_the_package_alone_loads_nothing_and_gives_diagnose_when_asked():
    code = (
        "import sys, w2s\n"
        "assert 'numpy' not in sys.modules\n"
        "assert callable(w2s.diagnose) and 'matplotlib' not in sys.modules\n"
        "try: w2s.no_such_name\n"
        "except AttributeError as error: print(error)"
    )
    done = python("-c", code)
    assert done.stdout == "module 'w2s' has no attribute 'no_such_name'\n", done.stderr


def test_settings_of_pictures_in_the_folder_change_nothing_and_are_not_judged(folder):
    words = ["-m", "w2s", "diagnose", *FILES, *SIZES, "--html", "page.html"]
    pages = []
    for settings in (b"", b"text.usetex: True\nfont.size: 30\nno.such.key: 1\n"):
        (folder / "matplotlibrc").write_bytes(settings)
        done = python(*words, cwd=folder)
        assert done.returncode == 0 and done.stderr.endswith("rows\npage: page.html\n"), done.stderr
        pages.append((folder / "page.html").read_bytes())
    assert pages[0] == pages[1]
    (folder / "matplotlibrc").write_bytes(b"\xff\xfe\x00")
    done = python(*words, cwd=folder)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("w2s: the report could not be written: 'utf-8'")
    assert "Traceback" not in done.stderr


def test_the_command_runs_without_a_warning_anywhere(folder):
    done = python("-m", "w2s", "diagnose", *FILES, *SIZES, "--html", "page.html", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].startswith(("HELPS", "DOES", "UNDECIDED"))
    assert (folder / "page.html").stat().st_size < 2**20
