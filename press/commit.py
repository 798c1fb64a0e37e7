"""The commit of a checkout, as git tells it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from press.owned import some
from w2s._command import UserError


@dataclass(frozen=True)
class Commit:
    """A commit and its own date, the same wherever and whenever it is built.

    Attributes
    ----------
    sha : str
        Forty hexadecimal digits.
    date : str
        Year, month and day of the commit.
    """

    sha: str
    date: str

    @property
    def short(self) -> str:
        """The first digits, which name it well enough for readers."""
        return self.sha[:12]


def read_commit(root: Path) -> Commit:
    """Return the commit that a checkout shows, and nothing else.

    Raises
    ------
    UserError
        When the folder is not the root of a git checkout, or something in it is not committed.
    """
    if Path(git(root, "rev-parse", "--show-toplevel").strip()).resolve() != root.resolve():
        raise UserError(f"{root} is not the root of a git checkout")
    changed = [line[3:] for line in git(root, "status", "--porcelain").splitlines()]
    if changed:
        raise UserError(f"not everything is committed: {some(changed)}")
    sha, date = git(root, "show", "--no-patch", "--format=%H %cs", "HEAD").split()
    return Commit(sha, date)


def git(root: Path, *words: str) -> str:
    """Return what git says about a checkout; settings of a hook or of another one do not count.

    Raises
    ------
    UserError
        When git is not there, or ends with an error, whose first line is shown.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(root), *words]
    try:
        done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8")
    except FileNotFoundError:
        raise UserError("git is not on the PATH") from None
    if done.returncode:
        said = next(iter(done.stderr.splitlines()), f"it ended with {done.returncode}")
        raise UserError(f"git {words[0]} in {root}: {said}")
    return done.stdout
