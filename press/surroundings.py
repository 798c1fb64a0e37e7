"""What passes from the user's environment to the kernels and the renderer."""

from __future__ import annotations

import os

# Where programs, files and libraries are, and who the user is; nothing that sets what they do.
_NAMES = {
    "APPDATA", "COMSPEC", "CONDA_PREFIX", "DYLD_FALLBACK_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME",
    "LANG", "LD_LIBRARY_PATH", "LOCALAPPDATA", "LOGNAME", "PATH", "PATHEXT", "PROGRAMDATA",
    "PYTHONPATH", "PYTHONPYCACHEPREFIX", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR",
    "USER", "USERNAME", "USERPROFILE", "VIRTUAL_ENV", "WINDIR",
}  # fmt: skip
_BEGINNINGS = ("LC_", "W2S_")


def passed_on() -> dict[str, str]:
    """Return the variables that a run may see: those of a list, so that a run is the same for all.

    Settings of Matplotlib, Python, Sphinx or a build system (``MATPLOTLIBRC``, ``PYTHONSTARTUP``,
    ``SOURCE_DATE_EPOCH``) are not on it. Code comes from ``PYTHONPATH`` and not from the folder in
    which a process starts.

    Examples
    --------
    >>> "PATH" in passed_on(), "SOURCE_DATE_EPOCH" in passed_on()
    (True, False)
    """
    kept = {k: v for k, v in os.environ.items() if k in _NAMES or k.startswith(_BEGINNINGS)}
    return kept | {"PYTHONSAFEPATH": "1"}
