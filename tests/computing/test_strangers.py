"""Processes of this machine listen to nobody and take no code from the current folder."""

import subprocess
import sys
import textwrap

import pytest

from tests.conftest import ROOT
from w2s.computing.cluster import connect

# What a run looks like from within: who listens on which port, in this process and its children.
LISTENING = """
    import sys
    sys.path.insert(0, {root!r})
    import psutil

    def listening(parent):
        family = [parent, *parent.children(recursive=True)]
        assert len(family) > 2, family  # the two workers are there
        return sum(
            one.status == psutil.CONN_LISTEN
            for process in family for one in process.net_connections("inet")
        )
"""
SWEEP = """
    from w2s.computing.sweeps import sweep

    def cell(parent, rng):
        return listening(psutil.Process(parent))

    if __name__ == "__main__":
        import os
        print(sweep(cell, 4 * [os.getpid()], seed=0, workers=2))
"""
TABLES = """
    import os
    import numpy as np
    from w2s.practice.estimation.accumulate import accumulate
    from w2s.practice.estimation.moments import JointMoments

    class Watched(JointMoments):
        def update(self, strong, weak, labels):
            found = listening(psutil.Process(os.getppid()))
            super().update(strong, weak, labels + found)

    if __name__ == "__main__":
        x = np.zeros((4000, 2))
        found = accumulate(x, x, x[:, 0], make_state=Watched, block_rows=1000, workers=2)
        print([float(found.mean[-1])])
"""


def ran(folder, text, *, beside=None):
    """What a script in `folder` says, started from the folder `beside`."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(text).format(root=str(ROOT)))
    done = subprocess.run(
        [sys.executable, str(script)], cwd=beside or folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_workers_of_a_sweep_listen_to_nobody(tmp_path):
    assert ran(tmp_path, LISTENING + SWEEP) == "[0, 0, 0, 0]"


def test_workers_that_read_tables_listen_to_nobody(tmp_path):
    assert ran(tmp_path, LISTENING + TABLES) == "[0.0]"


def test_no_cluster_is_started_for_a_number_of_workers():
    with pytest.raises(TypeError, match="workers"), connect(workers=2):
        pass


def test_workers_take_no_module_from_the_current_folder(tmp_path):
    """Modules that any process imports lie there, and would leave a trace."""
    inside, trap = tmp_path / "scripts", tmp_path / "trap"
    inside.mkdir()
    trap.mkdir()
    for name in ("joblib", "numpy", "random", "struct", "pickle", "signal", "w2s"):
        (trap / f"{name}.py").write_text(
            f"open({str(tmp_path / 'taken')!r}, 'a').write({name!r})\nraise SystemExit(3)\n"
        )
    assert ran(inside, LISTENING + SWEEP, beside=trap) == "[0, 0, 0, 0]"
    assert not (tmp_path / "taken").exists()


def test_the_environment_is_as_it_was_afterwards(tmp_path):
    told = """
        import os
        from w2s.computing.sweeps import sweep

        def told(cell, rng):
            return os.environ.get("PYTHONSAFEPATH")

        if __name__ == "__main__":
            import sys
            sys.path.insert(0, {root!r})
            os.environ.pop("PYTHONSAFEPATH", None)
            inside = sweep(told, [0, 1], seed=0, workers=2)
            print(inside, os.environ.get("PYTHONSAFEPATH"))
    """
    assert ran(tmp_path, told) == "['1', '1'] None"
