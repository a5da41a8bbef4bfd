"""What the core of `liveness` takes in (past tense) and asks for (verbs)."""

from dataclasses import dataclass

from airhail.actors.liveness.wire import Probe
from airhail.actors.verdicts import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Watched:
    """A link that is up, as connection publishes it; *address* is the peer's IPv4 address on it, "" when unknown."""

    peer: str
    interface: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the kernel knew of a link; each in seconds since it was so, None when it does not know.

    `neighbour`: when the peer last answered ARP or neighbour discovery. `radio`: when its radio last acknowledged or
    sent a frame. `unanswered`: the kernel asks for the peer's hardware address in vain. `packets` is what has passed
    on the interface so far, both ways.
    """

    neighbour: float | None = None
    radio: float | None = None
    unanswered: bool = False
    packets: int = 0


@dataclass(frozen=True, slots=True)
class LinksSeen:
    """The links that are up are these."""

    links: tuple[Watched, ...]


@dataclass(frozen=True, slots=True)
class KeysKnown:
    """With these peers (P2P device addresses) probes are authenticated, with all others not."""

    peers: frozenset[str]


@dataclass(frozen=True, slots=True)
class LinkOpened:
    """There are sockets for a link, and the random number of this host's session on it."""

    peer: str
    session: int


@dataclass(frozen=True, slots=True)
class LinkNotOpened:
    """The sockets for a link could not be had: why, in the system's words."""

    peer: str
    why: str


@dataclass(frozen=True, slots=True)
class ProbeHeard:
    """A probe of the peer's came over IPv6 (6) or IPv4 (4), authentic if the pair has a key."""

    peer: str
    probe: Probe
    family: int = 4


@dataclass(frozen=True, slots=True)
class PeerAnswered:
    """The peer's system answered that nobody listens where something was sent."""

    peer: str


@dataclass(frozen=True, slots=True)
class LinkLooked:
    """The kernel was asked about a link."""

    peer: str
    looked: Looked


@dataclass(frozen=True, slots=True)
class InterfaceSeen:
    """The interface of a link is there, or not any more."""

    peer: str
    there: bool


@dataclass(frozen=True, slots=True)
class PeerLeft:
    """The association with the peer has ended; *itself*: by the peer, and not because it was not heard any more."""

    peer: str
    itself: bool


@dataclass(frozen=True, slots=True)
class ScanSeen:
    """The radios of the links to these peers are away to scan, those of all others are not."""

    peers: frozenset[str]


@dataclass(frozen=True, slots=True)
class HeardElsewhere:
    """These peers are near over another carrier than the link: Bluetooth, or another network."""

    peers: frozenset[str]


@dataclass(frozen=True, slots=True)
class GoodbyeWanted:
    """This host is about to take the link to a peer down."""

    peer: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The deadline has come."""


Event = (
    LinksSeen
    | KeysKnown
    | LinkOpened
    | LinkNotOpened
    | ProbeHeard
    | PeerAnswered
    | LinkLooked
    | InterfaceSeen
    | PeerLeft
    | ScanSeen
    | HeardElsewhere
    | GoodbyeWanted
    | Tick
)


@dataclass(frozen=True, slots=True)
class OpenLink:
    """Have sockets on a link's interface; answered by `LinkOpened` or `LinkNotOpened`."""

    link: Watched


@dataclass(frozen=True, slots=True)
class AimLink:
    """Send to these addresses of the peer's from now on; "": none is known, for IPv6 then to all on the link."""

    peer: str
    ipv4: str
    ipv6: str


@dataclass(frozen=True, slots=True)
class CloseLink:
    """Close a link's sockets."""

    peer: str


@dataclass(frozen=True, slots=True)
class SendProbe:
    """Send a probe over IPv4 (4) or IPv6 (6), or else over the other; 0: over both."""

    peer: str
    probe: Probe
    family: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """Ask the kernel about a link; with *knock* also the peer's own, at a port where nobody listens."""

    peer: str
    knock: bool = False


@dataclass(frozen=True, slots=True)
class TellVerdict:
    """Write the new verdict of a link into the log."""

    peer: str
    verdict: Verdict
    finding: Finding | None
    silence: float


@dataclass(frozen=True, slots=True)
class TellTrouble:
    """Write into the log why a link cannot be probed."""

    link: Watched
    why: str


Effect = OpenLink | AimLink | CloseLink | SendProbe | Look | TellVerdict | TellTrouble
