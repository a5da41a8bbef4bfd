"""Measurements of airhail beside what people use in its place, in the same run: `scripts/bench`."""
