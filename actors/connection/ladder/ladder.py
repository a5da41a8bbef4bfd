"""The ladder: what can be done about a stack that is stuck, gentlest rung first.

Prevention stands before it, in `link` and `turns`: who moves first and when, a deadline of our own instead of
NetworkManager's 45 s, no find while a negotiation runs, a fresh find at this end after every failure.

Two rungs are missing because they do harm. `Managed` on the P2P device itself leaves it unavailable for good: only
its parent gives it an engine (nm-device-wifi-p2p.c:933, nm-device-wifi.c:2732). RejectPeer hides the peer until a
Connect (p2p.c:4198). Sources here and below: NetworkManager 1.52, wpa_supplicant 2.10.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from airhail.actors.symptoms import Symptom


class Rung(enum.StrEnum):
    """One reset action; the order is the ladder's."""

    DEACTIVATE = "deactivate"
    RENEW_FIND = "renew-find"
    FLUSH = "flush"
    CLEAR_FLAGS = "clear-flags"
    KEEP_QUIET = "keep-quiet"
    REMOVE_GROUP = "remove-group"
    RESTART_SUPPLICANT = "restart-supplicant"
    REMANAGE = "remanage"


class Rights(enum.IntEnum):
    """What a rung needs: the tiers, by what they add."""

    USER = 0
    NETDEV = 1
    ADMIN = 2


class Disturbs(enum.StrEnum):
    """Whom a rung disturbs beside ourselves."""

    NOBODY = "nobody"
    P2P = "other Wi-Fi Direct users of the radio"
    WIFI = "the user's own Wi-Fi"


@dataclass(frozen=True, slots=True)
class Step:
    """What is known of one rung: `within` seconds its effect shows, and it is not used again before `every`.

    `cost` is how many seconds it usually takes until the peer can be linked again, `most` how often in an hour it is
    used on one host: what is still needed then works against somebody, another program for instance.
    """

    clears: str
    disturbs: Disturbs
    needs: Rights
    shows: str
    within: float
    cost: float
    every: float
    most: int


LADDER: Mapping[Rung, Step] = {
    Rung.DEACTIVATE: Step(
        clears="NetworkManager's activation, the negotiation, the peer's authorisation",
        disturbs=Disturbs.NOBODY,
        needs=Rights.USER,
        shows="the device is disconnected",
        # NetworkManager takes an activation down within 2 s.
        within=10.0,
        cost=2.0,
        every=20.0,
        most=12,
    ),
    Rung.RENEW_FIND: Step(
        clears="a find that died, the interface kept ready for a group, work queued behind a scan",
        disturbs=Disturbs.P2P,
        needs=Rights.USER,
        shows="NetworkManager answered StopFind",
        within=15.0,
        cost=5.0,
        every=20.0,
        most=12,
    ),
    Rung.FLUSH: Step(
        clears="all that the engine holds about every peer (P2PDevice.Flush)",
        disturbs=Disturbs.P2P,
        needs=Rights.NETDEV,
        shows="wpa_supplicant answered Flush",
        within=15.0,
        # A flushed engine finds the peer anew: 9 to 13 s.
        cost=12.0,
        every=60.0,
        most=12,
    ),
    Rung.CLEAR_FLAGS: Step(
        # p2p.c:1318: StopFind clears the flag of the peer that is being negotiated with, and only its.
        clears="the mark that the peer is about to answer, with which requests are ignored",
        disturbs=Disturbs.P2P,
        needs=Rights.USER,
        shows="the device is disconnected again after StopFind in the middle of a negotiation",
        within=30.0,
        cost=6.0,
        every=30.0,
        most=12,
    ),
    Rung.KEEP_QUIET: Step(
        clears="what the engine holds about the peer, by its ageing (60 to 70 s unseen, p2p.c:49)",
        disturbs=Disturbs.NOBODY,
        needs=Rights.USER,
        shows="the peer left the list",
        # Ageing is checked every 10 s, and the StopFind before it takes its moment.
        within=80.0,
        cost=85.0,
        every=600.0,
        most=6,
    ),
    Rung.REMOVE_GROUP: Step(
        clears="a group or its interface left behind, and so the radio's one place for a group",
        disturbs=Disturbs.NOBODY,
        needs=Rights.NETDEV,
        shows="the kernel shows no such interface",
        within=10.0,
        cost=1.0,
        every=10.0,
        most=6,
    ),
    Rung.RESTART_SUPPLICANT: Step(
        clears="all of wpa_supplicant's state, and the interfaces it made",
        disturbs=Disturbs.WIFI,
        needs=Rights.ADMIN,
        shows="wpa_supplicant is back under a new name on the bus, and the device is ready",
        # NetworkManager starts it again within 8 s in the lab.
        within=40.0,
        cost=25.0,
        every=600.0,
        most=3,
    ),
    Rung.REMANAGE: Step(
        # nm-supplicant-interface.c:3550: RemoveInterface takes the engine down with everything in it. The last rung,
        # since the kernel may give the new engine another address than the one that peers know (mac80211 takes the
        # first that is free, and NetworkManager changes the adapter's own while it scans).
        clears="the engine itself: NetworkManager lets the Wi-Fi adapter go and takes it again",
        disturbs=Disturbs.WIFI,
        needs=Rights.USER,
        shows="the device is disconnected, and ready",
        within=40.0,
        cost=25.0,
        every=600.0,
        most=3,
    ),
}

# Which rungs can cure a symptom, in the ladder's order. The silence of a peer, which may just not want the link, is
# never a reason to touch the user's Wi-Fi; nor is an interface left behind, which most often the next attempt uses.
CURES: Mapping[Symptom, tuple[Rung, ...]] = {
    Symptom.SUPPLICANT_GONE: (Rung.REMANAGE,),
    Symptom.SUPPLICANT_SILENT: (Rung.RESTART_SUPPLICANT,),
    Symptom.DEVICE_STUCK: (Rung.RESTART_SUPPLICANT, Rung.REMANAGE),
    Symptom.DEVICE_BUSY: (Rung.DEACTIVATE, Rung.RESTART_SUPPLICANT, Rung.REMANAGE),
    Symptom.ZOMBIE_GROUP: (Rung.REMOVE_GROUP, Rung.RESTART_SUPPLICANT, Rung.REMANAGE),
    Symptom.BLIND_FIND: (Rung.RENEW_FIND, Rung.FLUSH, Rung.RESTART_SUPPLICANT, Rung.REMANAGE),
    Symptom.DEADLOCK: (Rung.FLUSH, Rung.CLEAR_FLAGS, Rung.KEEP_QUIET, Rung.RESTART_SUPPLICANT, Rung.REMANAGE),
    Symptom.FORMATION_FAILS: (Rung.RENEW_FIND, Rung.FLUSH, Rung.KEEP_QUIET, Rung.RESTART_SUPPLICANT, Rung.REMANAGE),
    Symptom.UNANSWERED: (Rung.FLUSH, Rung.CLEAR_FLAGS, Rung.KEEP_QUIET),
    # The link was up: another one is the first cure, and the peer's radio may be the one that is stuck.
    Symptom.RADIO_STUCK: (Rung.RENEW_FIND, Rung.FLUSH),
    Symptom.UNSEEN: (Rung.RENEW_FIND,),
    Symptom.LEAKED_INTERFACE: (Rung.RENEW_FIND, Rung.REMOVE_GROUP),
}

# A rung that did not cure may be tried again after this long: by then much else has changed. One that drops the
# user's Wi-Fi is never tried twice for the same case.
AGAIN_S = 3600.0
HOUR_S = 3600.0
# A link has to have failed for so long before the user's Wi-Fi is dropped for it: air that carries one way only looks
# like two ends that ignore each other, fails within a second each time, and passes; and an adapter that was let go
# may come back under an address that the peer does not know.
HARD_AFTER_S = 120.0


def may_use_at(rung: Rung, uses: Sequence[float]) -> float:
    """Tell from when on *rung* may be used, after *uses* on this host, the newest last."""
    step = LADDER[rung]
    rested = uses[-1] + step.every if uses else float("-inf")
    return max(rested, uses[-step.most] + HOUR_S) if len(uses) >= step.most else rested


def noted(rung: Rung, uses: Sequence[float], now: float) -> tuple[float, ...]:
    """Add a use of *rung*, and forget those that count no more."""
    return (*uses, now)[-LADDER[rung].most :]


def applicable(
    symptoms: Iterable[Symptom],
    rights: Rights,
    tried: Mapping[Rung, float],
    used: Mapping[Rung, Sequence[float]],
    now: float,
    *,
    hard_from: float = float("-inf"),
) -> Rung | None:
    """Choose the next rung for *symptoms*; None when there is none left to try, or it must wait.

    *tried* are the rungs that did not cure this case and when, *used* those used on this host for anybody and when.
    Before *hard_from* none is used that drops the user's Wi-Fi.
    """
    for symptom in sorted(symptoms, key=list(Symptom).index):
        for rung in CURES.get(symptom, ()):
            if _left(rung, rights, tried, now):
                # One that must wait is waited for: it is no reason to go for a harder one.
                hard = LADDER[rung].disturbs is Disturbs.WIFI
                ready = max(may_use_at(rung, used.get(rung, ())), hard_from if hard else float("-inf"))
                return rung if now >= ready else None
    return None


def _left(rung: Rung, rights: Rights, tried: Mapping[Rung, float], now: float) -> bool:
    step = LADDER[rung]
    if step.needs > rights:
        return False
    if rung is Rung.KEEP_QUIET and rights >= LADDER[Rung.FLUSH].needs:
        return False  # it does slowly what Flush does at once
    return rung not in tried or (step.disturbs is not Disturbs.WIFI and now >= tried[rung] + AGAIN_S)
