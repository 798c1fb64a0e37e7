"""The four models, trained."""
