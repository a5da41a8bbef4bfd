"""What every carrier of the hail offers in the same way, and the limits that all of them keep."""

from typing import Annotated, Final

import msgspec

MAX_BODY: Final = 400
"""Bytes of one body: what one GATT write carries even with all that the protocol puts around it (the attribute
protocol's own limit is 512), so that a body arrives whole or not at all."""

MAX_PEERS: Final = 64
"""Peers met: as many as are trusted at most (connection/trust/peers.py)."""

MAX_EXPECT_S: Final = 300.0
"""Seconds for which strangers may be expected: two users meet within a few minutes, and a pairing takes no longer."""


class Take(msgspec.Struct, frozen=True):
    """The arguments of `take`: the number of a message that need not be kept any more."""

    number: int


class Expect(msgspec.Struct, frozen=True):
    """The arguments of `expect`: seconds in which strangers are listened to, too."""

    seconds: Annotated[float, msgspec.Meta(ge=0, le=MAX_EXPECT_S)]
