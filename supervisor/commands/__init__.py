"""One module for each airhail command."""
