"""The keys that two hosts share and nobody else can derive, each for one purpose."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from airhail.actors.connection.trust.identity import Identity

LABEL = b"airhail pair 1 "

KEY_BYTES = 32
SALT_BYTES = 32


class BadKeyError(ValueError):
    """A public key with which no secret can be shared."""


@dataclass(frozen=True, slots=True)
class PairKeys:
    """What this host and one peer share; every key 32 bytes, none of which tells another.

    `out` seals what this host sends, `into` opens what it gets; `prove_out` and `prove_into` are the same for the
    last word of an introduction. `lower`: whether this host's public key sorts before the peer's.
    """

    lower: bool
    out: bytes = field(repr=False)
    into: bytes = field(repr=False)
    prove_out: bytes = field(repr=False)
    prove_into: bytes = field(repr=False)
    beacon: bytes = field(repr=False)
    probe: bytes = field(repr=False)
    address: bytes = field(repr=False)


def pair_keys(own: Identity, peer: bytes, salt: bytes) -> PairKeys:
    """Derive the keys of *own* and the public key *peer*, whose introduction left *salt*.

    Raises BadKeyError for a key with which no secret can be shared: none at all, of low order (RFC 7748, section
    6.1), or this host's own.
    """
    if peer == own.public:
        raise BadKeyError("it is this host's own key")
    try:
        secret = X25519PrivateKey.from_private_bytes(own.private).exchange(X25519PublicKey.from_public_bytes(peer))
    except ValueError as error:
        raise BadKeyError("it is no usable key") from error
    lower = own.public < peer
    ends = own.public + peer if lower else peer + own.public

    def derived(purpose: bytes) -> bytes:
        # RFC 5869. The purpose comes last, so that no two of these strings are the same: the rest has one length.
        return HKDF(SHA256(), KEY_BYTES, salt, LABEL + ends + purpose).derive(secret)

    own_end, peer_end = (b"lower", b"upper") if lower else (b"upper", b"lower")
    return PairKeys(
        lower=lower,
        out=derived(b"hail from " + own_end),
        into=derived(b"hail from " + peer_end),
        prove_out=derived(b"proof from " + own_end),
        prove_into=derived(b"proof from " + peer_end),
        beacon=derived(b"beacon"),
        probe=derived(b"probe"),
        address=derived(b"address"),
    )
