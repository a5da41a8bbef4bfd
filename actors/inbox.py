"""A carrier's inbox: what arrived and was not taken yet; no sender can push another's messages out."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec

MAX_MESSAGES = 16
"""Messages of all senders: a hail of nine from the one or two peers that call at the same moment."""

MAX_FROM_ONE = 4
"""Messages of one peer, and of all together that are not met: a sender repeats what is not answered, and has no more
to say at once (a proposal, its withdrawal, ...)."""

KEPT_S = 30.0
"""Seconds. `connection` takes a message in milliseconds and is back from a crash in well below a second; what is
older is no longer true, for its sender has given up or said it again."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, of a met *peer* or "" of another; *secure*: it came over what was encrypted and authenticated."""

    number: int
    peer: str
    address: str
    secure: bool
    body: bytes
    until: float


@dataclass(frozen=True, slots=True)
class Inbox:
    """The messages, and the number of the next one."""

    messages: tuple[Message, ...] = ()
    next: int = 1


def put(inbox: Inbox, *, peer: str, address: str, secure: bool, body: bytes, now: float) -> Inbox | None:
    """Put a message in; None when there is no room for it.

    A body that waits already is not kept twice: its sender did not learn that it had arrived.
    """
    own = [message for message in inbox.messages if message.peer == peer]
    if any((message.address, message.secure, message.body) == (address, secure, body) for message in own):
        return inbox
    if len(own) >= MAX_FROM_ONE or len(inbox.messages) >= MAX_MESSAGES:
        return None
    message = Message(inbox.next, peer, address, secure, body, now + KEPT_S)
    return Inbox((*inbox.messages, message), inbox.next + 1)


def take(inbox: Inbox, number: int) -> Inbox:
    """Forget a message; one that is not there (any more) is no mistake."""
    return replace(inbox, messages=tuple(message for message in inbox.messages if message.number != number))


def expire(inbox: Inbox, now: float) -> Inbox:
    """Forget what was kept for long enough."""
    return replace(inbox, messages=tuple(message for message in inbox.messages if now < message.until))


class Letter(msgspec.Struct, frozen=True):
    """A message as a carrier publishes it; the body in hex."""

    number: int
    peer: str
    address: str
    secure: bool
    body: str


def listing(inbox: Inbox) -> list[dict[str, Any]]:
    """Shape the messages for a state document."""
    letters = (Letter(one.number, one.peer, one.address, one.secure, one.body.hex()) for one in inbox.messages)
    return [msgspec.to_builtins(letter) for letter in letters]
