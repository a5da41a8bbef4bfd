"""Serves every process's counters to Prometheus over HTTP: a process apart, because strangers may speak to it."""
