"""Tests, in the wings of the house."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
