"""Speed against what one would have written first, as ratios taken in one process."""
