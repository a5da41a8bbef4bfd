"""The fault list: each module injects one fault into real processes; docs/faults.md is the index."""
