"""A page's kernel: how it is spoken to."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import psutil
import pytest

from press import worker
from press.worker import _papermill, channels

CELL = """
import json, os
from ipykernel.connect import get_connection_info
print(json.dumps({"pid": os.getpid(), **json.loads(get_connection_info())}))
"""


def test_a_kernel_is_spoken_to_through_files_of_its_own_and_leaves_none(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    done = _papermill(notebook, tmp_path / "done.ipynb", str(tmp_path))
    told = json.loads(done.cells[0].outputs[0].text)
    assert told["transport"] == "ipc" and Path(told["ip"]).name == "k"
    assert not Path(told["ip"]).parent.exists()
    assert not psutil.pid_exists(told["pid"])


def test_a_folder_too_deep_for_sockets_is_not_used():
    assert channels("/tmp/w2s-abc").KernelManager.transport == "ipc"
    assert not channels("/" + "deep/" * 20)


@pytest.mark.parametrize(("seconds", "saves"), [(-1.0, 6), (1e9, 1)])
def test_what_has_run_is_saved_now_and_then(tmp_path, monkeypatch, seconds, saves):
    import papermill.engines

    monkeypatch.setattr(worker, "_SAVE_SECONDS", seconds)
    saved = []
    write = papermill.engines.write_ipynb
    monkeypatch.setattr(
        papermill.engines, "write_ipynb", lambda *given: saved.append(1) or write(*given)
    )
    cells = [nbformat.v4.new_code_cell(code) for code in ("print(1)", "print(2)")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    _papermill(notebook, tmp_path / "done.ipynb", str(tmp_path))
    assert len(saved) == saves  # at both ends of the notebook and of its two cells, or at its start
    left = nbformat.read(tmp_path / "done.ipynb", 4)
    assert [cell.outputs[0].text for cell in left.cells] == ["1\n", "2\n"]
