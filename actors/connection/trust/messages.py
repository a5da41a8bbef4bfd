"""The messages of an introduction, and what follows from them: commitments, the transcript and the code; pure."""

import hashlib
from typing import Annotated

import msgspec

from airhail.actors.connection.trust.peers import Name
from airhail.actors.names import Address

LABEL = b"airhail introduction 1 "
DIGITS = 6
NONCE_BYTES = 16
MARK_BYTES = 8

Bytes8 = Annotated[bytes, msgspec.Meta(min_length=MARK_BYTES, max_length=MARK_BYTES)]
Bytes16 = Annotated[bytes, msgspec.Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
Bytes32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Shown(msgspec.Struct, frozen=True):
    """What an end shows of itself; `address` is its P2P device address."""

    key: Bytes32
    nonce: Bytes16
    name: Name = ""
    address: Address | None = None


class Commit(msgspec.Struct, frozen=True, tag="commit1"):
    """The hash of what the sender will show. Its first bytes are the sender's mark in all that follows."""

    commit: Bytes32


class Reveal(msgspec.Struct, frozen=True, tag="reveal1"):
    """What the sender committed itself to, a `Shown` as it was packed, for the end with the mark `to`."""

    mark: Bytes8
    to: Bytes8
    shown: Annotated[bytes, msgspec.Meta(max_length=240)]


class Verdict(msgspec.Struct, frozen=True, tag="verdict1"):
    """The word of the sender's user, whether the codes are the same; and whether the receiver's was heard."""

    mark: Bytes8
    to: Bytes8
    same: bool
    heard: bool
    proof: Bytes32


Message = Commit | Reveal | Verdict


def commitment(shown: bytes) -> bytes:
    """Return what binds an end to what it will show, and tells nothing of it: there is a nonce in it."""
    return hashlib.sha256(LABEL + b"commit" + shown).digest()


def transcript(one: bytes, other: bytes) -> bytes:
    """Return the hash of what both have shown, the same at both ends."""
    parts = [len(shown).to_bytes(2, "big") + shown for shown in sorted((one, other))]
    return hashlib.sha256(LABEL + b"shown" + b"".join(parts)).digest()


def code_of(salt: bytes) -> str:
    """Return the six digits that the users compare."""
    number = int.from_bytes(hashlib.sha256(LABEL + b"code" + salt).digest(), "big")
    return str(number % 10**DIGITS).zfill(DIGITS)


def decode(body: bytes) -> Message | None:
    """Return the message in *body*; None when it is none."""
    try:
        message: Message = msgspec.msgpack.decode(body, type=Message)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return message


def encode(message: Message | Shown) -> bytes:
    """Pack a message, or what is shown in one."""
    return msgspec.msgpack.encode(message)


def understood(shown: bytes) -> Shown | None:
    """Return what is shown; None when it cannot be read."""
    try:
        return msgspec.msgpack.decode(shown, type=Shown)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
