"""No score of classes depends on the signs of eigenvectors, which each LAPACK chooses."""

import numpy as np

from w2s.practice.estimation.class_scores import DRAWS, Scores, Shares, Truth


def test_scores_of_classes_do_not_depend_on_the_signs_of_eigenvectors(monkeypatch):
    rng, rows, classes = np.random.default_rng(0), 40, 3
    half = rng.standard_normal((classes, classes))
    scores = Scores(
        basis=rng.standard_normal((rows, classes)),
        own=0.1 * rng.standard_normal((rows, classes)),
        spread=((rng.random((rows, classes)), half @ half.T),),
        within=np.zeros(rows),
        between=0.0,
    )
    shares = Shares(
        rng.standard_normal((DRAWS, classes)), rng.standard_normal((DRAWS, classes, classes))
    )
    truth = Truth(np.full(classes, 1 / 3), np.eye(classes), np.arange(rows) % classes)
    plain = scores.told(shares, truth)
    eigh = np.linalg.eigh

    def turned(matrix):
        values, vectors = eigh(matrix)
        return values, vectors * np.array([-1.0, 1.0, -1.0])

    monkeypatch.setattr(np.linalg, "eigh", turned)
    # Counts of decisions, and sums whose terms are the same to rounding.
    np.testing.assert_allclose(scores.told(shares, truth), plain, rtol=1e-12)
