"""Weak-to-strong generalization, executable.

The mathematics of two papers as short pure functions, and the machinery that checks every
sentence of the book against them. Import the module you need, for example
``from w2s import ridgeless, simulate``; importing the package alone loads nothing else.
`w2s.diagnose` tells whether weak-to-strong learning will help on models of your own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2s.practice.diagnosis import diagnose

__version__ = "0.1.0"
__all__ = ["__version__", "diagnose"]


def __getattr__(name: str) -> Any:
    """Load what is not a module of its own when it is first asked for."""
    if name == "diagnose":
        from w2s.practice.diagnosis import diagnose

        return diagnose
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
