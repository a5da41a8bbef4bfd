"""What ble's core takes in (past tense) and asks for (verbs)."""

import enum
from dataclasses import dataclass

from airhail.actors.ble.adapter import World
from airhail.ipc.errors import ErrorName


@dataclass(frozen=True, slots=True)
class WorldSeen:
    """BlueZ's adapters and devices, looked at afresh."""

    world: World


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer whom this carrier serves: its trust id and its Bluetooth address."""

    peer: str
    address: str


@dataclass(frozen=True, slots=True)
class PeersMet:
    """A caller said whom to serve from now on, and nobody else."""

    peers: tuple[Peer, ...]


@dataclass(frozen=True, slots=True)
class ConnectionMade:
    """A pairing at this host has brought about a connection to the device at *address*."""

    address: str


@dataclass(frozen=True, slots=True)
class SendAsked:
    """A caller wants *body* brought to a met peer, or with `to` "" to a stranger at *address*, before *expires*."""

    id: int
    to: str
    address: str
    body: bytes
    expires: float


@dataclass(frozen=True, slots=True)
class SendDropped:
    """The caller of a send does not wait for it any more, or was answered."""

    id: int


@dataclass(frozen=True, slots=True)
class BodyTaken:
    """The peer's host took the body of a send."""

    id: int


class Failure(enum.Enum):
    """What kept a body from being taken."""

    LOST = enum.auto()
    """The connection, or something on the way: again may do."""
    UNPROTECTED = enum.auto()
    """The mailbox asks for more protection than the connection has."""
    REFUSED = enum.auto()
    """The peer's host, and it will again."""


@dataclass(frozen=True, slots=True)
class BodyRefused:
    """The body of a send was not taken, and why."""

    id: int
    failure: Failure
    why: str


@dataclass(frozen=True, slots=True)
class MailboxOpened:
    """BlueZ serves our GATT service on the adapter at *path*, in this life of it."""

    life: str
    path: str


@dataclass(frozen=True, slots=True)
class MailboxRefused:
    """BlueZ does not serve it, or ended it."""

    life: str
    path: str
    why: str


@dataclass(frozen=True, slots=True)
class BeaconStarted:
    """BlueZ sends our advertisement."""


@dataclass(frozen=True, slots=True)
class BeaconEnded:
    """BlueZ does not send it any more, because we stopped it, or (*why*) refused or ended it."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class BodyArrived:
    """The device at *path* wrote a body into a mailbox; *ticket* is for the answer."""

    ticket: int
    path: str
    secure: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class MessageTaken:
    """The message of this number may be forgotten."""

    number: int


@dataclass(frozen=True, slots=True)
class StrangersExpected:
    """Caller *by* expects strangers for so many seconds: they are listened to as well; 0: no longer."""

    by: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Tick:
    """The core's deadline has come."""


Event = (
    WorldSeen
    | PeersMet
    | ConnectionMade
    | SendAsked
    | SendDropped
    | BodyTaken
    | BodyRefused
    | MailboxOpened
    | MailboxRefused
    | BeaconStarted
    | BeaconEnded
    | BodyArrived
    | MessageTaken
    | StrangersExpected
    | Tick
)


@dataclass(frozen=True, slots=True)
class OpenMailbox:
    """Have BlueZ serve our GATT service on an adapter; answer with MailboxOpened or MailboxRefused."""

    life: str
    path: str


@dataclass(frozen=True, slots=True)
class StartBeacon:
    """Advertise on an adapter that the peer at *address* is called; answer with BeaconStarted or BeaconEnded."""

    path: str
    address: str


@dataclass(frozen=True, slots=True)
class StopBeacon:
    """Advertise no longer; answer with BeaconEnded."""

    path: str


@dataclass(frozen=True, slots=True)
class WriteBody:
    """Write a body into the mailbox at *path*; answer with BodyTaken or BodyRefused."""

    id: int
    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the connection to a device that a call of ours brought about."""

    path: str


@dataclass(frozen=True, slots=True)
class AnswerSend:
    """Tell the caller of a send that the body was delivered, or (*name*, *why*) that it was not."""

    id: int
    name: ErrorName | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class AnswerWriter:
    """Tell who wrote into a mailbox that the body was taken, or *why* not."""

    ticket: int
    why: str = ""


Effect = OpenMailbox | StartBeacon | StopBeacon | WriteBody | HangUp | AnswerSend | AnswerWriter
