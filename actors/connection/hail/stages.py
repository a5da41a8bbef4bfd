"""The stages of a conversation: what each end says in which, how often, and for how long.

In every stage an end says one thing, at once when the stage begins and then again and again until it ends. So a lost
message is only late, a duplicate says nothing new, and there is nothing to queue. What is heard moves the
conversation on or is a sign of life; who hears none for too long gives up.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass


class Stage(enum.StrEnum):
    """Where a conversation stands."""

    # The proposer's: it calls, and the other end asks its user.
    CALLING = "calling"
    RINGING = "ringing"
    # The answerer's: it asks its user, and has accepted.
    ASKING = "asking"
    ACCEPTED = "accepted"
    # Both ends': they know the plan and get ready, are ready, know that it is their turn soon, move, and have moved.
    PREPARING = "preparing"
    READY = "ready"
    FOLLOWING = "following"
    MOVING = "moving"
    MOVED = "moved"
    # The last word is being said.
    ENDING = "ending"


# Which stage may follow which; a conversation may be forgotten in any.
MAY_FOLLOW: Mapping[Stage, frozenset[Stage]] = {
    Stage.CALLING: frozenset({Stage.RINGING, Stage.PREPARING, Stage.ENDING}),
    Stage.RINGING: frozenset({Stage.PREPARING, Stage.ENDING}),
    Stage.ASKING: frozenset({Stage.ACCEPTED, Stage.ENDING}),
    Stage.ACCEPTED: frozenset({Stage.PREPARING, Stage.ENDING}),
    Stage.PREPARING: frozenset({Stage.READY, Stage.ENDING}),
    Stage.READY: frozenset({Stage.FOLLOWING, Stage.MOVING, Stage.ENDING}),
    Stage.FOLLOWING: frozenset({Stage.MOVING, Stage.ENDING}),
    Stage.MOVING: frozenset({Stage.MOVED, Stage.ENDING}),
    Stage.MOVED: frozenset({Stage.ENDING}),
    Stage.ENDING: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How an end behaves in a stage; seconds.

    It says its word *every* so often (None: it is silent), stays for *limit* at most (None: as long as was left of
    the stage before) and, where *patient* is false, gives up when it has heard nothing for SILENCE_S.
    """

    every: float | None
    limit: float | None
    patient: bool = False


# Four repeats of the slowest word that is awaited, and longer than an actor needs for its restart and Bluetooth for a
# new connection.
SILENCE_S = 20.0

MANNERS: Mapping[Stage, Manner] = {
    # A peer that sleeps is woken by advertising, which its controller sees within some seconds; its airhail restarts
    # in less. Not longer: where both users ask for a link and nothing carries a word, both wait for this to end.
    Stage.CALLING: Manner(every=2.0, limit=15.0, patient=True),
    # A person is asked for 60 s; the rest is for the answer's way. The proposal that is repeated is the sign of life.
    Stage.RINGING: Manner(every=5.0, limit=75.0),
    # As long as somebody needs to find a phone that makes a noise; longer than that, the caller has left.
    Stage.ASKING: Manner(every=5.0, limit=60.0),
    # The plan comes with the next message: the proposer has waited for this one.
    Stage.ACCEPTED: Manner(every=1.0, limit=20.0),
    # A find sees a peer within 60 s if at all (connection.link.FINDING_S), after a rung of 30 s at most.
    Stage.PREPARING: Manner(every=2.0, limit=90.0),
    Stage.READY: Manner(every=1.0, limit=None),
    # From here on the radio is at work, which Bluetooth may share an antenna with: silence proves nothing.
    # At most the longest wait that a plan may ask for, and LATE_S.
    Stage.FOLLOWING: Manner(every=None, limit=15.0, patient=True),
    # NetworkManager takes an activation within milliseconds, or its call fails after some seconds.
    Stage.MOVING: Manner(every=None, limit=15.0, patient=True),
    # connection.link: 20 s to activate and 30 s to address; its own limits end the attempt long before.
    Stage.MOVED: Manner(every=1.0, limit=100.0, patient=True),
    # A last word is said until a carrier has delivered it; an end that it does not reach notices by silence.
    Stage.ENDING: Manner(every=2.0, limit=10.0, patient=True),
}

# A user who has just declined, or was asked in vain, is left alone for so long: the next calls get the same answer.
QUIET_S = 10.0
# How long a peer may take to ask for the link that ended here, and be told that the wish is withdrawn: it calls again
# after 4 to 12 s (connection.link.PAUSE_FIRST_S), and Bluetooth may need 15 s to connect, twice when the first fails.
WITHDRAWN_S = 60.0
# How old the other end's word that it is ready may be when we move on it: it is repeated every second.
FRESH_S = 3.0
# A follower that is held up longer than this (a stopped process) does not know whether the other still waits.
LATE_S = 2.0
# How long the first one stays on the air alone when nothing tells the other of it: it cannot deliver its word, and
# the other hears no ring. Several deliveries on a connection that exists take less.
UNHEARD_S = 6.0
# A carrier's call ends by itself well before this (it wakes a peer within 15 s); then the word is said again.
FLIGHT_S = 30.0
# Users are asked about so many peers at once at most; further calls are passed over, and repeated by who called.
MAX_ASKED = 8
# Sessions that are over and must not ask anybody again when a late copy of their proposal comes.
MAX_PAST = 64

# From here on an end is bound: no other session of the host gets as far, since a radio carries one link.
BOUND = frozenset(
    {Stage.ACCEPTED, Stage.PREPARING, Stage.READY, Stage.FOLLOWING, Stage.MOVING, Stage.MOVED},
)
