"""The record of other seeds: its files, what they say together, and the tests of z-scores."""
