"""Will weak-to-strong help on these models: the practitioner's tool.

`diagnose` takes features of a weak and of a strong model on the same inputs, with labels, and
returns a `Diagnosis`: the geometry, the predicted errors of the four models at any sizes, what to
buy next, and the check of all this on held-out rows. `w2s.practice.report` shows it.
"""

from w2s.metrics import MODELS
from w2s.practice.diagnosis.check import Progress
from w2s.practice.diagnosis.heads import HEADS
from w2s.practice.diagnosis.results import (
    ANSWERS,
    FORMAT,
    NAMES,
    Area,
    Comparison,
    Diagnosis,
    Inputs,
    Plan,
    Purchase,
    Symptoms,
    Validation,
    Verdict,
)
from w2s.practice.diagnosis.run import diagnose
from w2s.practice.estimation.forecasts import Forecast

__all__ = [
    "ANSWERS", "FORMAT", "HEADS", "MODELS", "NAMES", "Area", "Comparison", "Diagnosis", "Forecast",
    "Inputs", "Plan", "Progress", "Purchase", "Symptoms", "Validation", "Verdict", "diagnose",
]  # fmt: skip
