"""What is done to the rendered pages."""
