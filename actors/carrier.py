"""What every carrier of the hail takes and publishes in the same way, and the limits that all of them keep."""

from typing import Annotated, Final

import msgspec

from airhail.actors.inbox import Letter
from airhail.actors.names import Key, TrustId
from airhail.actors.reasons import Reason

MAX_BODY: Final = 400
"""Bytes of one body: what one GATT write carries even with all that the protocol puts around it (the attribute
protocol's own limit is 512), so that a body arrives whole or not at all."""

MAX_PEERS: Final = 64
"""Peers met: as many as are trusted at most (connection/trust/peers.py)."""

MAX_EXPECT_S: Final = 300.0
"""Seconds for which strangers may be expected: two users meet within a few minutes, and a pairing takes no longer."""

Place = Annotated[str, msgspec.Meta(max_length=64)]
"""Where a carrier reaches a host, in the carrier's own terms; "" where it finds that out by itself."""


class MetPeer(msgspec.Struct, frozen=True):
    """One peer of `meet`; `key` is the pair's beacon key in hex, `lower` whether this host is the lower end."""

    peer: TrustId
    key: Key
    lower: bool
    address: Place = ""


class Meet(msgspec.Struct, frozen=True):
    """The arguments of `meet`: whom to serve from now on, and nobody else."""

    peers: Annotated[list[MetPeer], msgspec.Meta(max_length=MAX_PEERS)]


class Send(msgspec.Struct, frozen=True):
    """The arguments of `send`: the trust id of a met peer, or "" for whoever is at the address; the body in hex."""

    to: Annotated[str, msgspec.Meta(max_length=64)]
    body: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})*$", max_length=2 * MAX_BODY)]
    address: Place = ""


class Take(msgspec.Struct, frozen=True):
    """The arguments of `take`: the number of a message that need not be kept any more."""

    number: int


class Expect(msgspec.Struct, frozen=True):
    """The arguments of `expect`: seconds in which strangers are listened to, too."""

    seconds: Annotated[float, msgspec.Meta(ge=0, le=MAX_EXPECT_S)]


class Trouble(msgspec.Struct, frozen=True):
    """Why a carrier cannot be used."""

    reason: Reason


class PeerState(msgspec.Struct, frozen=True):
    """What a carrier knows of a met peer: whether a body reaches it without a call."""

    near: bool


class CarrierState(msgspec.Struct, frozen=True):
    """A carrier's state document, as far as whoever uses it must know."""

    inbox: list[Letter] = []
    peers: dict[str, PeerState] = {}
    problem: Trouble | None = None
