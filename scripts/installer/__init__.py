"""What `scripts/install` does: a plan of what goes where, carried out and written down so that it can be undone."""
