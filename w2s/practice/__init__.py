"""Both papers on real data."""
