"""What is false in what a host publishes of a link, beside what the kernels show at both ends. Pure.

A falsehood is one only when it has stood for a while: airhail learns of the world by what tells it, and some of that
takes its time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# airhail follows the kernel's own news of an interface.
OWN_GROUP_S = 5.0
# Liveness finds a link dead in 2 s, and in 6 s one on which it has not met the peer yet, as after it was killed; then
# NetworkManager takes it down. Without it a client hears of it after seconds, and an owner after 300 s
# (P2P_GO_MAX_INACTIVITY).
PEER_GONE_S = 15.0


@dataclass(frozen=True, slots=True)
class Sight:
    """What is to be seen at one end at one moment."""

    told: Mapping[str, Any] | None
    """The link to the other end as airhail publishes it; empty when it publishes none, None when it says nothing."""
    groups: frozenset[str]
    """The interfaces of groups that the kernel shows."""
    blind: bool = False
    """Whether a fault keeps airhail from seeing, or from speaking."""


@dataclass(frozen=True, slots=True)
class Judge:
    """How long each doubtful claim has stood by now; `step` is asked once a second or so."""

    since: Mapping[str, float] = field(default_factory=dict)

    def step(self, own: Sight, other: Sight, now: float) -> tuple["Judge", list[str]]:
        """Return the next judge, and what has become a falsehood at this step: each is told once."""
        doubts = doubtful(own, other)
        since = {claim: self.since.get(claim, now) for claim in doubts}
        false = [claim for claim, limit in doubts.items() if now - since[claim] > limit]
        # Told: it stands from eternity on, until it stops.
        told = {claim: float("inf") for claim in false}
        return Judge({**since, **told}), [f"{claim} for more than {doubts[claim]:g} s" for claim in false]


def doubtful(own: Sight, other: Sight) -> dict[str, float]:
    """Return what one end claims and the kernels do not bear out, with how many seconds it may stand."""
    if own.blind or own.told is None or own.told.get("phase") != "up":
        return {}
    doubts = {}
    if not own.groups:
        doubts["says that the link is up without the interface of a group"] = OWN_GROUP_S
    if not other.groups:
        role = own.told.get("role", "")
        doubts[f"says as {role} that the link is up, and the other end has no group,"] = PEER_GONE_S
    return doubts
