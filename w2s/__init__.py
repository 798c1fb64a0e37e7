"""Weak-to-strong generalization, executable.

The mathematics of two papers as short pure functions, and the machinery that checks every
sentence of the book against them. Import the module you need, for example
``from w2s import ridgeless, simulate``; importing the package alone loads nothing else.
"""

__version__ = "0.1.0"
