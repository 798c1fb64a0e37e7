"""Paper 1: ridgeless regression, subspaces and what a student inherits."""
