"""What the facts mean: pure functions, one for each check."""
