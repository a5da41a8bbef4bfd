"""Look at this host and say what is well, what limits it, and what is broken; it only reads.

`probes` gather the facts, `checks` turn them into findings, `__main__` prints one report and ends.
"""
