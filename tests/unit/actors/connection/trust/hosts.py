"""Two hosts that trust each other, for the tests of trust."""

from hypothesis import strategies as st

from airhail.actors.connection.trust.identity import Identity, of_private
from airhail.actors.connection.trust.peers import Peer

SALT = bytes(range(32))
ALPHA = of_private(b"\x01" * 32)
BETA = of_private(b"\x02" * 32)
MALLORY = of_private(b"\x03" * 32)

IDENTITIES = st.binary(min_size=32, max_size=32).map(of_private)


def peer(identity: Identity, name: str = "", address: str = "", salt: bytes = SALT) -> Peer:
    """Introduce a host."""
    addresses = (address,) if address else ()
    return Peer(identity.public.hex(), salt.hex(), since=0.0, name=name, addresses=addresses)
