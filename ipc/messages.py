"""The messages: what a client asks and what a server answers.

The server speaks first (Hello). Then the client calls and subscribes, each under an id of its choice;
every Call ends in exactly one Reply or Failure, unless it was cancelled. Calls in flight together are done in
no particular order. A Failure without an id ends the connection.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from airhail.ipc.codec import pack, unpack
from airhail.ipc.errors import ErrorName, RemoteProtocolError
from airhail.ipc.framing import encode_frame
from airhail.ipc.limits import MAX_CALL_DEADLINE, MAX_METHOD

VERSION = 1
"""The protocol's version; it stands in Hello and nowhere else."""

Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""Chosen by the client, free again once the call has ended."""


class Message(Struct, frozen=True, tag_field="type", tag=str.lower, omit_defaults=True):
    """The base of all messages; the map's "type" is the lower-case class name."""


class Hello(Message, frozen=True):
    """The server's first word."""

    v: int
    actor: str
    pid: int
    instance: str
    """Differs for every run of the process: a client sees that it speaks to another one."""


class Call(Message, frozen=True):
    """Do *method* and answer within the deadline."""

    id: Id
    method: Annotated[str, Meta(max_length=MAX_METHOD)]
    args: dict[str, Any]
    deadline_ms: Annotated[int, Meta(ge=1, le=int(MAX_CALL_DEADLINE * 1000))]


class Cancel(Message, frozen=True):
    """End the call or the subscription *id* without an answer."""

    id: Id


class Subscribe(Message, frozen=True):
    """Send a snapshot, then deltas; when *id* is subscribed already, a snapshot again."""

    id: Id


class Reply(Message, frozen=True):
    """The call *id* is done."""

    id: Id
    result: dict[str, Any]


class Failure(Message, frozen=True):
    """The call or subscription *id* failed; without an id, the connection ends here."""

    name: ErrorName
    sentence: str
    id: Id | None = None


class Snapshot(Message, frozen=True):
    """The whole state document, as it is after update *seq*."""

    id: Id
    seq: int
    state: dict[str, Any]


class Delta(Message, frozen=True):
    """The merge patch (RFC 7396) that update *seq* was; it follows seq - 1."""

    id: Id
    seq: int
    patch: dict[str, Any]


Request = Call | Cancel | Subscribe
Answer = Hello | Reply | Failure | Snapshot | Delta


def encode(message: Request | Answer) -> bytes:
    """Return *message* as one whole frame; LocalProtocolError when it does not fit."""
    return encode_frame(pack(msgspec.to_builtins(message, builtin_types=(bytes,))))


def decode_request(body: bytes) -> Request:
    """Return what a client said; RemoteProtocolError when it is none of the requests."""
    request: Request = decode(body, Request)
    return request


def decode_answer(body: bytes) -> Answer:
    """Return what a server said; RemoteProtocolError when it is none of the answers."""
    answer: Answer = decode(body, Answer)
    return answer


def decode(body: bytes, kind: Any) -> Any:
    """Validate *body* as one of the messages of *kind*."""
    message = unpack(body)
    try:
        return msgspec.convert(message, kind)
    except msgspec.ValidationError as error:
        raise RemoteProtocolError(ErrorName.BAD_MESSAGE, f"a message is not valid: {error}") from error
