"""What `lan` says on the network, byte by byte; pure.

    call, one datagram:    "AHC1" | token (8) | port (2) | nonce (16) | mac (16)
    answer, over TCP:      "AHA1" | token (8) | the call's nonce (16) | nonce (16) | mac (16)
    confirmation, back:    mac (16)
    frames, both ways:     length (2) | kind (1) | number (4) | payload (length) | mac (16)

Numbers are big-endian. Every mac is the beginning of an HMAC-SHA256 with the pair's beacon key over what it goes with
and what it answers, so none of it can be said again at another time, in the other direction, or from another address.
"""

import enum
import hmac
import struct
from dataclasses import dataclass

from airhail.actors.carrier import MAX_BODY

MAC_BYTES = 16
NONCE_BYTES = 16

CALL = struct.Struct(f">4s8sH{NONCE_BYTES}s{MAC_BYTES}s")
ANSWER = struct.Struct(f">4s8s{NONCE_BYTES}s{NONCE_BYTES}s{MAC_BYTES}s")
HEAD = struct.Struct(">HBI")

CALL_MAGIC = b"AHC1"
ANSWER_MAGIC = b"AHA1"
LABEL = b"airhail lan 1 "


@dataclass(frozen=True, slots=True)
class Call:
    """ "I look for the one who knows this token: connect to this port of the address that this comes from"."""

    token: bytes
    port: int
    nonce: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """ "It is me"; `call` is the nonce of the call."""

    token: bytes
    call: bytes
    nonce: bytes
    mac: bytes


class Kind(enum.IntEnum):
    """What a frame is."""

    BODY = 1
    TAKEN = 2
    """The body of this number is in the inbox."""
    FULL = 3
    """The body of this number found no room in the inbox."""


KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; `number` is the sender's for a body, and the body's for what answers it."""

    kind: Kind
    number: int
    payload: bytes = b""


def mac(key: bytes, purpose: bytes, *parts: bytes) -> bytes:
    """Return the mac over the parts, each of which has one length for its purpose, but for the last."""
    return hmac.digest(key, LABEL + purpose + b" " + b"".join(parts), "sha256")[:MAC_BYTES]


def encode_call(key: bytes, token: bytes, port: int, nonce: bytes, source: bytes) -> bytes:
    """Pack a call that goes out from the packed IP address *source*, and counts from nowhere else."""
    made = mac(key, b"call", token, port.to_bytes(2, "big"), nonce, source)
    return CALL.pack(CALL_MAGIC, token, port, nonce, made)


def decode_call(datagram: bytes) -> Call | None:
    """Return the call in a datagram; None when it is none."""
    if len(datagram) != CALL.size:
        return None
    magic, *fields = CALL.unpack(datagram)
    return Call(*fields) if magic == CALL_MAGIC else None


def call_is_good(key: bytes, call: Call, source: bytes) -> bool:
    """Tell whether a call that came from *source* was made there, by who has the key."""
    made = mac(key, b"call", call.token, call.port.to_bytes(2, "big"), call.nonce, source)
    return call.port > 0 and hmac.compare_digest(made, call.mac)


def encode_answer(key: bytes, token: bytes, call: bytes, nonce: bytes) -> bytes:
    """Pack the answer to the call with the nonce *call*."""
    return ANSWER.pack(ANSWER_MAGIC, token, call, nonce, mac(key, b"answer", token, call, nonce))


def decode_answer(data: bytes) -> Answer | None:
    """Return the answer in as many bytes as one has; None when it is none."""
    magic, *fields = ANSWER.unpack(data)
    return Answer(*fields) if magic == ANSWER_MAGIC else None


def answer_is_good(key: bytes, answer: Answer) -> bool:
    """Tell whether an answer was made for its call, by who has the key."""
    return hmac.compare_digest(mac(key, b"answer", answer.token, answer.call, answer.nonce), answer.mac)


def confirmation(key: bytes, call: bytes, nonce: bytes) -> bytes:
    """Return what the caller says to the answer with this nonce."""
    return mac(key, b"confirmation", call, nonce)


class Wire:
    """One direction of a connection: makes frames, or checks them in the order in which they were made."""

    def __init__(self, key: bytes, call: bytes, nonce: bytes, *, from_caller: bool) -> None:
        self._key = hmac.digest(key, LABEL + b"frames " + bytes([from_caller]) + call + nonce, "sha256")
        self._count = 0

    def encode(self, frame: Frame) -> bytes:
        """Pack the next frame. ValueError when its payload is too long."""
        if len(frame.payload) > MAX_BODY:
            raise ValueError(f"a body of {len(frame.payload)} bytes; a carrier takes {MAX_BODY}")
        head = HEAD.pack(len(frame.payload), frame.kind, frame.number)
        return head + frame.payload + self._mac(head, frame.payload)

    def decode(self, head: bytes, rest: bytes) -> Frame | None:
        """Return the next frame from its head, and its payload with the mac; None when it is not what came next."""
        payload, made = rest[:-MAC_BYTES], rest[-MAC_BYTES:]
        _, kind, number = HEAD.unpack(head)
        if not hmac.compare_digest(self._mac(head, payload), made) or kind not in KINDS:
            return None
        return Frame(KINDS[kind], number, payload)

    def _mac(self, head: bytes, payload: bytes) -> bytes:
        self._count += 1
        return mac(self._key, b"frame", self._count.to_bytes(8, "big"), head, payload)


def rest_of(head: bytes) -> int | None:
    """Return how many bytes follow a head; None when it announces more than there may be."""
    length, _, _ = HEAD.unpack(head)
    return length + MAC_BYTES if length <= MAX_BODY else None
