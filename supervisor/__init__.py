"""Starts, watches and restarts the actors, keeps their sockets; and the airhail command."""
