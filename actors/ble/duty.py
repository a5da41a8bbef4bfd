"""How long this host may advertise: a budget in seconds, which advertising uses up and time fills again."""

from dataclasses import dataclass, replace

# At once: as long as a person waits in front of a screen for somebody to answer.
MOST_S = 120.0
# In the long run: a program that calls an absent peer for ever keeps the radio busy for a tenth of the time, and
# shows strangers that somebody is here for no more.
SHARE = 0.1
# What makes a start worth while: at the kernel's own intervals (1.28 s between two advertisements, and a peer that
# listens for half of the time) nearly every peer has heard of it by then.
LEAST_S = 8.0


@dataclass(frozen=True, slots=True)
class Budget:
    """The seconds that were left *at* a moment (monotonic), and whether they were being spent since."""

    left: float = MOST_S
    at: float = 0.0
    spending: bool = False


def settled(budget: Budget, now: float) -> Budget:
    """Return the budget as it is now."""
    passed = now - budget.at
    left = budget.left + passed * (SHARE - budget.spending)
    return replace(budget, left=min(max(left, 0.0), MOST_S), at=now)


def spend(budget: Budget, now: float, spending: bool) -> Budget:
    """Begin to spend, or stop."""
    return replace(settled(budget, now), spending=spending)


def enough(budget: Budget, now: float) -> bool:
    """Tell whether a start is worth while."""
    return settled(budget, now).left >= LEAST_S


def exhausted_at(budget: Budget) -> float:
    """Return when a budget that is being spent is used up."""
    return budget.at + budget.left / (1 - SHARE)


def enough_in(budget: Budget, now: float) -> float:
    """Return in how many seconds a start will be worth while."""
    return max((LEAST_S - settled(budget, now).left) / SHARE, 0.0)
