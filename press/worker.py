"""Execute one notebook in a process of its own: forked, or ``python -m press.worker``.

The job is one line of JSON on standard input, which the press keeps open: when it closes, the
press is gone, and this process ends its kernel and itself. The result is one line of JSON on
standard output.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from press.executed import Executed
from press.leash import follow
from press.normalise import normalise
from press.outputs import problems
from press.pages import Book, Page
from press.sources import read_source
from w2s._command import UserError
from w2s._files import write_atomically

if TYPE_CHECKING:  # the press asks for jobs and results only
    from traitlets.config import Config

    from press.seat import Seat

_ENGINE = "saves now and then"
_SAVE_SECONDS = 2.0
_LONGEST_SOCKET = 95  # bytes of a path: systems allow 104 or more, with the channel's number


@dataclass(frozen=True)
class Job:
    """What one worker is asked to do."""

    root: str
    page: dict[str, Any]
    values: dict[str, Any]
    output: str
    partial: str


@dataclass
class Result:
    """What became of one notebook."""

    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    failure: str = ""
    claims: int = 0
    partial: str = ""

    @property
    def ok(self) -> bool:
        """Whether the notebook ran and passed the output checks."""
        return not self.problems and not self.failure


def execute(job: Job) -> Result:
    """Execute a notebook, check its outputs and write its normalised form."""
    start = time.perf_counter()
    page = Page(**job.page)
    result = Result(partial=job.partial)
    prepared = read_source(Book(Path(job.root), (page,)), page).prepared(job.values)
    partial = Path(job.partial)
    partial.parent.mkdir(parents=True, exist_ok=True)
    try:
        executed = Executed(page, _papermill(prepared, partial, job.root))
    except Exception as error:
        result.failure = _told(error)
    else:
        result.problems = problems(executed, job.root)
        result.claims = len(executed.claims)
        if result.ok:
            about = {
                "page": page.id,
                "profile": job.values["profile"],
                "parameters": job.values,
            }
            write_atomically(Path(job.output), normalise(executed.notebook, about))
            partial.unlink(missing_ok=True)
    result.seconds = time.perf_counter() - start
    return result


def _papermill(notebook: Any, partial: Path, root: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import papermill
    _save_now_and_then()
    # papermill formats its paths with parameters, so braces in a folder's name are doubled.
    target = str(partial).replace("{", "{{").replace("}", "}}")
    with TemporaryDirectory(prefix="w2s-", ignore_cleanup_errors=True) as folder:
        return papermill.execute_notebook(
            notebook,
            target,
            engine_name=_ENGINE,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            cwd=root,
            start_timeout=120,
            config=channels(folder),
        )


def _save_now_and_then() -> None:
    """Let papermill save what has run so far every few seconds, and not twice for every cell.

    The kernel waits meanwhile, and every save writes all figures so far. What a cell that
    raised leaves is saved in any case.
    """
    from papermill.engines import NBClientEngine, papermill_engines

    class Engine(NBClientEngine):  # type: ignore[misc,unused-ignore]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, *args: Any, **others: Any) -> Any:
            save, last = nb_man.save, time.monotonic()

            def seldom(**given: Any) -> None:
                nonlocal last
                if time.monotonic() - last > _SAVE_SECONDS:
                    save(**given)
                    last = time.monotonic()

            nb_man.save = seldom
            return super().execute_managed_notebook(nb_man, *args, **others)

    papermill_engines.register(_ENGINE, Engine)


def channels(folder: str) -> Config:
    """Return how a kernel is spoken to: through sockets in a folder, where the system has them.

    Two kernels that start together may choose the same network ports, and one of them dies. The
    files of a folder of one's own are nobody else's, and no other user can open them.
    """
    from traitlets.config import Config

    place = os.path.join(folder, "k")
    if os.name != "posix" or len(os.fsencode(place)) > _LONGEST_SOCKET:
        return Config()
    return Config(KernelManager={"transport": "ipc", "ip": place})


def _told(error: Exception) -> str:
    """Tell a failed execution: the cell's source and the traceback."""
    traceback = getattr(error, "traceback", None)
    if not traceback:
        return f"{type(error).__name__}: {error}"
    source = "\n".join(f"    {line}" for line in str(getattr(error, "source", "")).splitlines())
    count = getattr(error, "exec_count", "?")
    return f"In [{count}]:\n{source}\n\n" + "\n".join(traceback)


def _read_job(line: str) -> Job:
    """Read a job; a press in a locale without UTF-8 spells the letters of a path otherwise."""
    given = json.loads(line)
    for name in ("root", "output", "partial"):
        given[name] = os.fsdecode(os.fsencode(given[name]))
    return Job(**given)


def main(seat: Seat | None = None) -> None:
    """Read the job from standard input, execute it, print the result.

    Parameters
    ----------
    seat : Seat, optional
        The process that becomes the kernel; without one the kernel is started afresh.
    """
    if seat is not None:
        from press.seat import use

        use(seat)
    job = _read_job(sys.stdin.readline())
    follow()
    report, sys.stdout = sys.stdout, sys.stderr
    start = time.perf_counter()
    try:
        result = execute(job)
    except (UserError, OSError) as error:
        seconds = time.perf_counter() - start
        result = Result(seconds=seconds, failure=str(error), partial=job.partial)
    report.write(json.dumps(asdict(result)) + "\n")
    report.flush()


if __name__ == "__main__":
    main()
