"""Standard errors of everything estimated from features and labels, from one pass over the rows.

`GroupedMoments` is the one-pass state: joint moments in groups of rows. `estimate` turns it into
`Estimates` (dimensions, spectra, overlap, ``ρ_s``, ``ρ_w``, ``a``, ``b``, ``c``, noise), each
uncertain one an `Uncertain` value with its standard error and interval, and `predict` into the
risks, PGR, OPR and gain at any ``(n, N)``. Errors come from a delete-one-group jackknife.

>>> import numpy as np
>>> rng = np.random.default_rng(0)
>>> latent = rng.standard_normal((4000, 12))
>>> labels = latent.sum(axis=1) / 4 + rng.standard_normal(4000)
>>> rows = GroupedMoments.from_blocks([(latent[:, :8], latent[:, 4:], labels)])
>>> found = estimate(rows, energy=1.0, intercept=False)
>>> found.d_strong, found.d_weak, round(found.overlap.value, 1)
(8, 8, 4.0)
>>> risks = predict(found, n_labelled=40, n_unlabelled=[20, 200])
>>> risks.student.value.shape, bool((risks.student.low < risks.student.high).all())
((2,), True)
"""

from w2s.uncertainty.estimates import Estimates, Uncertain, estimate, looks_like_classes
from w2s.uncertainty.groups import GroupedMoments
from w2s.uncertainty.predictions import Predictions, predict

__all__ = [
    "Estimates",
    "GroupedMoments",
    "Predictions",
    "Uncertain",
    "estimate",
    "looks_like_classes",
    "predict",
]
