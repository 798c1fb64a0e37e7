"""Work on many processes or machines."""
