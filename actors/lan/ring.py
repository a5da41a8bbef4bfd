"""The beacon keys of the met peers: who may be meant by a call, and what is said so that only the peer understands.

Keys are here and nowhere else in `lan`: not in its core, whose states and events are recorded.
"""

import enum
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from airhail.actors.beacons import KEY_BYTES, Beacon, epoch_of, expected, outgoing
from airhail.actors.lan.wire import (
    Answer,
    Call,
    Wire,
    answer_is_good,
    call_is_good,
    confirmation,
    encode_answer,
    encode_call,
)

Value = TypeVar("Value")

STRANGER = ""
"""Who is not met. Its key is known to everybody: while strangers are expected, two hosts that do not know each other
yet can still meet, and nothing is proved by it."""

PUBLIC_KEY = bytes(KEY_BYTES)

NO_TIME = 0.0
"""The time for which the tokens of strangers are made, whatever a clock says: as everybody has their key, tokens that
change would hide nothing, and a board without a clock chip could not be introduced to anybody."""

MAX_NONCES = 256
"""Nonces kept of the calls made here, of those heard from met peers, and of those heard from strangers: a peer calls
a few times a minute, and after three epochs its token is refused. Met peers that call more often than that make old
calls of met peers good again; strangers, only those of strangers, which prove nothing anyway."""


class Silence(enum.StrEnum):
    """Why something that came was not answered; it is counted."""

    GARBLED = "garbled"
    UNKNOWN = "unknown"
    """A token that is nobody's."""
    FORGED = "forged"
    """A known token, and not said by who has the key, or not from there."""
    REPLAYED = "replayed"
    OWN = "own"
    """This host's own call."""
    CROWDED = "crowded"
    """There are as many connections as there may be, or one to this peer has just been begun."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What both ends of a connection have shown each other."""

    key: bytes = field(repr=False)
    call: bytes
    nonce: bytes

    @property
    def confirmation(self) -> bytes:
        """What the caller sends last."""
        return confirmation(self.key, self.call, self.nonce)

    def wires(self, *, caller: bool) -> tuple[Wire, Wire]:
        """Return the wire for what this end sends, and the one for what it gets."""
        ways = [Wire(self.key, self.call, self.nonce, from_caller=way) for way in (caller, not caller)]
        return ways[0], ways[1]


class Ring:
    """The keys of the met peers, and the nonces of calls."""

    def __init__(self) -> None:
        self._beacons: dict[str, Beacon] = {}
        self._tokens: dict[bytes, str] = {}
        self._epoch: int | None = None
        self._expecting = False
        self._heard: OrderedDict[bytes, None] = OrderedDict()
        self._heard_strangers: OrderedDict[bytes, None] = OrderedDict()
        self._made: OrderedDict[bytes, str] = OrderedDict()

    def meet(self, beacons: Sequence[Beacon]) -> None:
        """Know these peers from now on, and no others."""
        self._beacons = {beacon.peer: beacon for beacon in beacons}
        self._epoch = None

    def expect(self, expecting: bool) -> None:
        """Know calls of strangers, too, or no longer."""
        self._expecting = expecting
        self._epoch = None

    def call(self, peer: str, port: int, nonce: bytes, source: bytes, unix: float) -> bytes:
        """Return the datagram that calls a peer, or strangers; KeyError when it is not met."""
        beacon = self._beacon(peer, lower=True)
        keep(self._made, nonce, peer)
        return encode_call(beacon.key, token_of(beacon, unix), port, nonce, source)

    def hear(self, call: Call, source: bytes, unix: float) -> str | Silence:
        """Return who calls, or why that is not to be answered. Each call is heard once."""
        if call.nonce in self._made:
            return Silence.OWN
        self._refresh(unix)
        peer = self._tokens.get(call.token)
        if peer is None:
            return Silence.UNKNOWN
        if not call_is_good(self._beacon(peer, lower=False).key, call, source):
            return Silence.FORGED
        nonces = self._heard_strangers if peer == STRANGER else self._heard
        if call.nonce in nonces:
            return Silence.REPLAYED
        keep(nonces, call.nonce, None)
        return peer

    def answer(self, peer: str, call: Call, nonce: bytes, unix: float) -> tuple[bytes, Handshake]:
        """Return the answer to a call of *peer*; KeyError when it is not met any more."""
        beacon = self._beacon(peer, lower=False)
        return encode_answer(beacon.key, token_of(beacon, unix), call.nonce, nonce), Handshake(
            beacon.key, call.nonce, nonce
        )

    def recognize(self, answer: Answer) -> tuple[str, Handshake] | Silence:
        """Return who answers one of our calls. Each call is answered once by a peer, by any number of strangers."""
        peer = self._made.get(answer.call)
        if peer is None or (peer != STRANGER and peer not in self._beacons):
            return Silence.UNKNOWN
        key = self._beacon(peer, lower=True).key
        if not answer_is_good(key, answer):
            return Silence.FORGED
        if peer != STRANGER:
            del self._made[answer.call]
        return peer, Handshake(key, answer.call, answer.nonce)

    def _beacon(self, peer: str, *, lower: bool) -> Beacon:
        """Return the beacon of a peer. Between strangers the caller is the lower end."""
        return Beacon(STRANGER, PUBLIC_KEY, lower) if peer == STRANGER else self._beacons[peer]

    def _refresh(self, unix: float) -> None:
        if self._epoch == (epoch := epoch_of(unix)):
            return
        self._tokens = expected(self._beacons.values(), unix)
        if self._expecting:
            self._tokens |= expected([self._beacon(STRANGER, lower=False)], NO_TIME)
        self._epoch = epoch


def token_of(beacon: Beacon, unix: float) -> bytes:
    """Return the token for what this host says to a peer, or to strangers, now."""
    return outgoing(beacon, NO_TIME if beacon.peer == STRANGER else unix)


def keep(nonces: OrderedDict[bytes, Value], nonce: bytes, value: Value) -> None:
    """Keep a nonce, and the last MAX_NONCES of them."""
    nonces[nonce] = value
    if len(nonces) > MAX_NONCES:
        nonces.popitem(last=False)
