"""A carrier over a network that two hosts share: a call by multicast, an answer by TCP, and bodies both ways."""
