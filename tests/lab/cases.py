"""The cases of the hunt: what happens before two people want a link, and how the recipe fails at it. Pure.

Read outside (which machine a case needs, which words a result may have) and in the guest (`guest/prelude.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

# Virtual seconds from when both people want the link; a person would have given up by then.
LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its story, and the radios it is played with."""

    story: str
    channels: int = 1
    """How many channels a radio serves at once (`mac80211_hwsim.channels`)."""


CASES = {
    "both-at-once": Case("both see each other, and bring the link up at the same instant"),
    "one-alone": Case("one end tried alone and timed out after 45 s; then both want the link"),
    "both-alone": Case("one end tried alone and timed out, then the other end did; then both want the link"),
    "one-alone-twice": Case("one end tried alone and timed out twice; then both want the link"),
    "find-elsewhere": Case("another program on one end starts a find of its own again and again"),
    "after-start": Case("NetworkManager has only just started: its own first scans take the radio"),
    "supplicant-restart": Case("wpa_supplicant died on one end and was started again"),
    "two-channels": Case("radios that serve two channels at once, as some cards do", channels=2),
    "higher-first": Case("the end with the higher P2P device address moves first"),
}

# How the recipe fails: NetworkManager's reasons tell the rest.
WAYS = {
    "never-seen": "at least one end did not see the other in time to ask for the link",
    "both-timed-out": "NetworkManager gave up at both ends after 45 s",
    "one-timed-out": "NetworkManager gave up at one end after 45 s",
    "lost": "an end was activated and lost the link again",
    "no-address": "both ends were activated, without IPv4 at both",
    "not-found": "NetworkManager no longer knew the peer that it was to call",
    "failed-otherwise": "an activation failed, for another reason",
    "still-trying": "no activation had ended by then",
}


@dataclass(frozen=True, slots=True)
class End:
    """What became of one end's tries by the limit."""

    asked: int
    """How many times it brought the link up."""
    reasons: tuple[str, ...]
    """NetworkManager's reason for each activation that failed."""
    activated: bool
    """Whether the device is activated now."""
    lost: bool
    """Whether it was activated and lost the link."""


def way_of(ends: Sequence[End]) -> str:
    """Return how the recipe failed, one of `WAYS`: the first that fits."""
    timed_out = sum("supplicant-timeout" in end.reasons for end in ends)
    if not all(end.asked for end in ends):
        return "never-seen"
    if timed_out:
        return "both-timed-out" if timed_out == len(ends) else "one-timed-out"
    if any(end.lost for end in ends):
        return "lost"
    if all(end.activated for end in ends):
        return "no-address"
    reasons = {reason for end in ends for reason in end.reasons}
    if reasons:
        return "not-found" if reasons == {"peer-not-found"} else "failed-otherwise"
    return "still-trying"
