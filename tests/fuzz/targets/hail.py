"""Whatever comes out of an envelope is one message of the hail or unreadable, and never an error. A message that is
said again is the same and fits. A core that hears it, calling, called or idle, stays small."""

import msgspec

from airhail.actors.connection.hail.core import step
from airhail.actors.connection.hail.events import HailWanted, Here, HereSeen, MessageArrived, UserAccepted
from airhail.actors.connection.hail.messages import (
    MAX_BYTES,
    Accept,
    Go,
    Offer,
    Over,
    Propose,
    Refusal,
    Refuse,
    Ringing,
    Tier,
    Unreadable,
    decode,
    encode,
)
from airhail.actors.connection.hail.state import State

PEER, SESSION = "9" * 16, b"8 bytes."
OFFER = Offer("02:00:00:00:00:09", "beta", Tier.NETDEV, ("peer-left",), "flush")

SEEDS = (
    encode(Propose(SESSION, OFFER, ("10.129.0.0", "10.130.0.4"))),
    encode(Accept(SESSION, OFFER, "10.129.0.0")),
    encode(Go(SESSION, True, 1000, 300, "flush", True)),
    encode(Refuse(SESSION, Refusal.BUSY)),
    encode(Over(SESSION, "formation-failed")),
    encode(Ringing(SESSION)),
    msgspec.msgpack.encode({"v": 2, "type": "propose", "session": SESSION}),
    b"\x81\xa1a" * 100,
    b"",
)


def check(data: bytes) -> None:
    """Read *data*, say it again, and have cores hear it."""
    message = decode(data)
    if not isinstance(message, Unreadable):
        assert decode(encode(message)) == message
    here = HereSeen(Here("02:00:00:00:00:01", "alpha", radio=True))
    called = MessageArrived(PEER, Propose(SESSION, OFFER))
    for before in ((), (HailWanted(PEER, SESSION),), (called,), (called, UserAccepted(PEER))):
        state = State(own="1" * 16)
        for event in (here, *before, MessageArrived(PEER, message)):
            state, _ = step(state, event, 0.0)
        assert len(state.conversations) <= 1
        assert len(state.asides) <= 1
        assert len(repr(state)) < 20 * MAX_BYTES
