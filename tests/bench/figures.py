"""What is said of many measured times: percentiles, and ratios over rounds."""

import statistics


def percentile(times: list[float], percent: int) -> float:
    """Return the smallest time that is not exceeded by this share of all."""
    ranked = sorted(times)
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


def percentiles(parts: list[list[float]]) -> dict[str, float]:
    """Return what is told of the round trips of all rounds."""
    times = [time for part in parts for time in part]
    return {"p50": round(percentile(times, 50), 1), "p99": round(percentile(times, 99), 1)}


def spread(ratios: list[float]) -> dict[str, float]:
    """Return the least, the median and the greatest ratio over the rounds."""
    return {
        "min": round(min(ratios), 2),
        "median": round(statistics.median(ratios), 2),
        "max": round(max(ratios), 2),
    }


def in_words(ratio: dict[str, float]) -> str:
    """Return a spread in a cell of a table."""
    return f"{ratio['min']}, **{ratio['median']}**, {ratio['max']}"
