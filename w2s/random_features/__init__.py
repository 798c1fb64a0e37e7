"""Paper 2: random features, gradient flow and the limits of a student."""
