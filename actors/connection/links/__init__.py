"""The links: what becomes of each, and who may use the radio they share. All of it is pure."""
