"""Finds who is near: owns the P2P engine, the find and the peer list."""
