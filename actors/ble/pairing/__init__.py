"""Make a bond between two hosts, with a person at each end who compares a number."""
