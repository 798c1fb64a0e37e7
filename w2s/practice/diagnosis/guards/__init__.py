"""What holds a verdict back, or must be known before one: rows, columns and labels that mislead."""
