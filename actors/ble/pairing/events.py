"""What pairing's core is told, and what it asks for."""

import enum
from dataclasses import dataclass


class Offer(enum.IntEnum):
    """What a host in pairing says of itself in its advertisement."""

    WAITING = 0
    """It will bond with whoever calls it."""
    CALLING = 1
    """It looks for a certain device, and will call it."""


class Kind(enum.StrEnum):
    """How two devices make sure that nobody is in between."""

    COMPARE = "compare"
    """The same digits are shown at both ends."""
    SHOW = "show"
    """The digits are typed at the other end."""
    TYPE = "type"
    """The other end shows digits, to be typed here."""
    ALLOW = "allow"
    """Not at all."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Whom to bond with, by address or name: "" is whoever calls; *again*: forget a bond that there is."""

    meant: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """Another device, as this host's adapter knows it; *offer* is None when it is not in pairing."""

    path: str
    address: str
    name: str = ""
    bonded: bool = False
    connected: bool = False
    offer: Offer | None = None


# --- events ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DevicesSeen:
    """The devices that the adapter knows, or what of them has changed."""

    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class SearchBegun:
    """This host listens."""


@dataclass(frozen=True, slots=True)
class SearchFailed:
    """It cannot listen: BlueZ does not begin to while another device is pairing with this one."""

    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """BlueZ asks its agent; *ticket* names the open call, except for SHOW, which wants no answer."""

    ticket: int
    kind: Kind
    path: str
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Voided:
    """BlueZ says that what it asked has become void."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The person at this end has answered; *typed* holds the digits for TYPE."""

    yes: bool
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Called:
    """Our own call for a bond has ended well."""


@dataclass(frozen=True, slots=True)
class CallFailed:
    """Our own call for a bond has failed: BlueZ's name for the error, and its words."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The bond that there was: *held* tells whether the other end has it too, None when it is out of reach."""

    held: bool | None


@dataclass(frozen=True, slots=True)
class BluetoothLost:
    """BlueZ or the adapter went away, or refused what a pairing needs."""

    why: str


@dataclass(frozen=True, slots=True)
class CallerGone:
    """Whoever wanted the bond has gone away."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A deadline has passed."""


Event = (
    DevicesSeen
    | SearchBegun
    | SearchFailed
    | Asked
    | Voided
    | Answered
    | Called
    | CallFailed
    | Checked
    | BluetoothLost
    | CallerGone
    | Tick
)


# --- effects -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Search:
    """Listen for devices that advertise."""


@dataclass(frozen=True, slots=True)
class Call:
    """Ask for a bond with a device."""

    path: str


@dataclass(frozen=True, slots=True)
class CancelCall:
    """Give up asking."""

    path: str


@dataclass(frozen=True, slots=True)
class Check:
    """Find out whether the other end still has the bond."""

    path: str


@dataclass(frozen=True, slots=True)
class Trust:
    """Let the device connect without being asked for."""

    path: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Note that this pairing has brought about the connection to the device, to be ended once it is quiet."""

    path: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget a device and its bond."""

    path: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the connection: by this the other end learns that nothing will come of it."""

    path: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer an open call of BlueZ's."""

    ticket: int
    yes: bool
    typed: str = ""


Effect = Search | Call | CancelCall | Check | Trust | Claim | Forget | HangUp | Reply
