"""What ble's core knows, and what follows from it."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

from airhail.actors.ble.adapter import Adapter, Device, World, diagnose
from airhail.actors.ble.duty import Budget, exhausted_at
from airhail.actors.ble.events import Peer
from airhail.actors.inbox import Inbox
from airhail.actors.reasons import Problem, Reason


class Mailbox(enum.StrEnum):
    """Whether this host's mailboxes can be written to."""

    CLOSED = "closed"
    OPENING = "opening"
    OPEN = "open"


class Beacon(enum.StrEnum):
    """What our advertisement does."""

    OFF = "off"
    STARTING = "starting"
    ON = "on"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Send:
    """A body on its way to a *met* peer or a stranger.

    *not_before* is when it may be written again after a failure, *call_after* when the peer may be called for it
    again, *call_anyway* when it is called although it is connected (inf: not yet); *why* tells what failed last,
    *hung_up* whether the connection was ended for it once.
    """

    id: int
    met: bool
    address: str
    body: bytes
    expires: float
    not_before: float = float("-inf")
    call_after: float = float("-inf")
    call_anyway: float = float("inf")
    why: str = ""
    hung_up: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """All that ble knows and is doing; *wanted* is the adapter that the configuration names."""

    wanted: str = ""
    world: World = field(default_factory=World)
    adapter: Adapter | None = None
    peers: tuple[Peer, ...] = ()
    mailbox: Mailbox = Mailbox.CLOSED
    # Where the mailbox is open or being opened: BlueZ's life and the adapter's path.
    mailbox_at: tuple[str, str] = ("", "")
    # When it is tried again, and why it was refused.
    mailbox_again: float | None = None
    refusals: int = 0
    refusal: str = ""
    beacon: Beacon = Beacon.OFF
    # Whom the advertisement calls, on which adapter, and when a refused one is tried again.
    calling: str = ""
    beacon_at: str = ""
    beacon_again: float | None = None
    budget: Budget = field(default_factory=Budget)
    sends: Mapping[int, Send] = field(default_factory=dict)
    # Writes under way: one for each address, as BlueZ does one at a time. Its send may be gone already.
    writing: Mapping[str, int] = field(default_factory=dict)
    # Connections that our calls and pairings brought about, and when each was quiet for long enough.
    links: Mapping[str, float] = field(default_factory=dict)
    inbox: Inbox = field(default_factory=Inbox)
    # Who expects strangers, and until when.
    expecting: Mapping[int, float] = field(default_factory=dict)

    @property
    def problem(self) -> Problem | None:
        """Why nothing can be carried; None when something can."""
        problem = diagnose(self.world, self.wanted, self.adapter)
        if problem is None and self.refusal:
            return Problem(Reason.BLUETOOTH_REFUSED, self.refusal)
        return problem

    @property
    def deadline(self) -> float | None:
        """When to act next by the clock."""
        moments = [self.mailbox_again, self.beacon_again, *self.expecting.values()]
        moments += [message.until for message in self.inbox.messages]
        moments += [send.expires for send in self.sends.values()]
        waits = (wait for one in self.sends.values() for wait in (one.not_before, one.call_after, one.call_anyway))
        moments += [wait for wait in waits if isfinite(wait)]
        moments += [quiet for address, quiet in self.links.items() if self.may_hang_up(address)]
        if self.beacon is Beacon.ON:
            moments.append(exhausted_at(self.budget))
        return min((moment for moment in moments if moment is not None), default=None)

    def device(self, address: str) -> Device | None:
        """Return what the adapter knows of an address."""
        path = self.adapter.path if self.adapter else ""
        return next((one for one in self.world.devices if (one.adapter, one.address) == (path, address)), None)

    @property
    def bonds(self) -> list[Device]:
        """The hosts with airhail that the adapter has a bond with."""
        path = self.adapter.path if self.adapter else ""
        return [one for one in self.world.devices if one.adapter == path and one.bonded and one.speaks]

    def may_hang_up(self, address: str) -> bool:
        """Tell whether a connection stands and nothing of ours uses it."""
        used = address in self.writing or any(send.address == address for send in self.sends.values())
        device = self.device(address)
        return not used and device is not None and device.connected and device.trusted
