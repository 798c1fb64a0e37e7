"""Part IV: results that stand beside the two papers, with the ingredients of both."""
