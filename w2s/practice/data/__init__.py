"""From files to rows of features and labels."""
