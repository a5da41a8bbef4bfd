"""How long to wait before the next try."""

# Doubling this often takes any first pause beyond any longest one; a larger exponent would overflow a float.
MAX_DOUBLINGS = 16


def pause(first: float, longest: float, failures: int) -> float:
    """Return the seconds to wait after *failures* in a row: *first*, twice as long each time, at most *longest*."""
    doublings = min(max(failures - 1, 0), MAX_DOUBLINGS)
    return min(first * float(2**doublings), longest)
