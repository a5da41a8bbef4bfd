"""The processes that do the work: one job and one socket each; they never import one another."""
