"""What can go wrong between two processes, and whose fault it is."""

import enum

from airhail.ipc.limits import MAX_SENTENCE


class ErrorName(enum.StrEnum):
    """The closed list of names that cross the wire; a sentence always stands beside one."""

    BAD_FRAME = "bad_frame"
    """The bytes are no frame, or no msgpack within the limits. The connection ends."""
    BAD_MESSAGE = "bad_message"
    """A whole frame that is none of the messages. The connection ends."""
    UNKNOWN_METHOD = "unknown_method"
    BAD_ARGUMENTS = "bad_arguments"
    NOT_PERMITTED = "not_permitted"
    DEADLINE = "deadline"
    """The call's own deadline passed before it was done."""
    BUSY = "busy"
    """Someone else has what was asked for; later may do."""
    TOO_MANY = "too_many"
    """A limit of this connection, user or server is reached."""
    TOO_LARGE = "too_large"
    """The answer does not fit into a frame."""
    UNAVAILABLE = "unavailable"
    """A service that is needed (NetworkManager, a radio, another actor) is away."""
    REFUSED = "refused"
    """Understood and permitted, but it cannot be done as things are."""
    INTERNAL = "internal"
    """The server's own bug; its log has the traceback."""


class LocalProtocolError(Exception):
    """We tried to send what the protocol does not allow: a bug on this side."""


class NamedError(Exception):
    """An error that has a name on the wire and a sentence for a person."""

    def __init__(self, name: ErrorName, sentence: str) -> None:
        # Both are args, so that copy.copy and pickle can make another one.
        super().__init__(name, sentence)
        self.name = name
        self.sentence = shorten(sentence)

    def __str__(self) -> str:
        return self.sentence


class RemoteProtocolError(NamedError):
    """The other side broke the protocol; `name` is BAD_FRAME or BAD_MESSAGE."""


class CallError(NamedError):
    """A call was answered with a failure, or must be (raised by a handler)."""


class PeerGone(Exception):
    """The other process is not there, or went away."""


class PeerSilent(PeerGone):
    """Somebody has the socket, and says nothing in time."""


def shorten(text: str, limit: int = MAX_SENTENCE) -> str:
    """Return *text* in at most *limit* characters, with an ellipsis where it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
