"""Long checks that a sceptic would make: `python -m trust NAME`."""
