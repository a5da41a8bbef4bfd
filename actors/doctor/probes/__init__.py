"""Gather the facts: each probe thin, and under a deadline of its own."""
