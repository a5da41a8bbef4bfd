"""A real supervisor over small real actors, for tests that kill them."""
