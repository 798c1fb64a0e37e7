"""What a finite sample says about two function spaces and a target, freed of its bias.

The sample enters in canonical coordinates (bases of the two feature spaces that are orthonormal on
the ``m`` sampled rows and whose cross-correlation is diagonal), or as the few `Statistics` that
the constants are made of. `w2s.moments` obtains both in one pass.
"""

from w2s.estimation.constants import Constants, GeometryEstimate, constants, estimate_geometry
from w2s.estimation.overlaps import Overlap, chance_edge, debiased_cosines, estimate_overlap
from w2s.estimation.samples import CanonicalSample, Statistics

__all__ = [
    "CanonicalSample",
    "Constants",
    "GeometryEstimate",
    "Overlap",
    "Statistics",
    "chance_edge",
    "constants",
    "debiased_cosines",
    "estimate_geometry",
    "estimate_overlap",
]
