"""The inbox: what arrived and was not taken yet, bounded so that no sender can push another one's messages out."""

from dataclasses import dataclass, replace

# A hail of nine messages, some of them repeated, from the few peers that may call at the same moment.
MAX_MESSAGES = 16
# A sender repeats what is not answered; four hold all that it may have to say at once.
MAX_FROM_ONE = 4
# `connection` takes a message in milliseconds, and is back from a crash in well below a second. What is older is no
# longer true: whoever sent it has given up or said it again.
KEPT_S = 30.0


@dataclass(frozen=True, slots=True)
class Message:
    """One message: from a met *peer*, or "" from another bonded device; *secure*: its bond was compared by people."""

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


def put(inbox: Inbox, *, peer: str, address: str, secure: bool, body: bytes, now: float) -> tuple[Inbox, str]:
    """Put a message in; return the inbox and why it was not taken, "" when it was.

    A body that waits already is not kept twice: its sender did not learn that it had arrived.
    """
    own = [message for message in inbox.messages if message.address == address]
    if any(message.body == body and message.secure == secure for message in own):
        return inbox, ""
    if len(own) >= MAX_FROM_ONE:
        return inbox, f"{MAX_FROM_ONE} messages of yours wait here already"
    if len(inbox.messages) >= MAX_MESSAGES:
        return inbox, f"{MAX_MESSAGES} messages wait here already"
    message = Message(inbox.next, peer, address, secure, body, now + KEPT_S)
    return Inbox((*inbox.messages, message), inbox.next + 1), ""


def take(inbox: Inbox, number: int) -> Inbox:
    """Forget a message; one that is not there (any more) is no mistake."""
    return replace(inbox, messages=tuple(message for message in inbox.messages if message.number != number))


def expire(inbox: Inbox, now: float) -> Inbox:
    """Forget what was kept for long enough."""
    kept = tuple(message for message in inbox.messages if now < message.until)
    return inbox if len(kept) == len(inbox.messages) else replace(inbox, messages=kept)
