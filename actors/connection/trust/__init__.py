"""Trust: this host's key, the peers whose keys it has been shown, and what only a pair can read.

`cryptography` is loaded here and nowhere else: who does without trust does without it.
"""
