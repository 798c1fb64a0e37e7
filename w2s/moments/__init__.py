"""One pass over (strong features, weak features, labels): all that the exact risks need.

`JointMoments` is the state: it adds blocks of rows, merges, saves, and gives spectra, principal
features, canonical correlations and the estimated geometry. `w2s.uncertainty` keeps one such state
in groups of rows, for standard errors.
"""

from w2s.moments.joint import MODELS, JointMoments, Model, Precision, PrincipalFeatures
from w2s.moments.rows import Block

__all__ = ["MODELS", "Block", "JointMoments", "Model", "Precision", "PrincipalFeatures"]
