"""The ladder: what is wrong with a stuck radio stack, and the rungs that get it out."""
