"""What a page records and the press reads again: the types of the records and their fields.

Said here once for both sides; nothing is imported, so that either side may.
"""

from __future__ import annotations

PREFIX = "application/vnd.w2s."
CLAIM = f"{PREFIX}claim+json"
FIGURE = f"{PREFIX}figure+json"
PAIRS = f"{PREFIX}pairs+json"
MEASURED = f"{PREFIX}measured+json"

KINDS = {
    "paper": "the paper's statement",
    "reading": "our reading of the paper",
    "derived": "derived here",
    "beyond": "beyond the paper",
}
"""Whose statement a claim is, and how a card says it."""

CLAIM_FIELDS = ("id", "kind", "source", "says", "verdict", "passed")
"""What every claim has; numbers follow where there are any."""

FIGURE_FIELDS = ("name", "alt", "columns")
"""What every figure has; ``csv`` holds its columns as text."""

ALT_LENGTH = 40
"""Fewest characters that describe a figure in words."""

PAIRS_COLUMNS = ("page", "family", "L_TE", "L_ST", "students")
"""The columns of the table that the press collects from the pairs of all pages."""


def measured_path(name: str) -> str:
    """Return where the numbers of an accepted run are kept, from the root of the repository."""
    return f"book/measured/{name}.json"
