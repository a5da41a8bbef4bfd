"""Hosts on a network of their own: network namespaces, each with one end of a cable to a switch."""
