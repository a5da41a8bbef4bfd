"""A fast direct IP link between two nearby devices, with no access point and nothing to configure."""

__version__ = "0.1.0"
