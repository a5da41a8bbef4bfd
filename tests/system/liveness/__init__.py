"""Two real `liveness` actors, the links between them cables, and connection's document told by the test."""
