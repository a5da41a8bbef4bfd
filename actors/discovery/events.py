"""What discovery's core takes in (past tense) and asks for (verbs)."""

from dataclasses import dataclass

from airhail.actors.discovery.radio import World
from airhail.actors.reasons import Problem


@dataclass(frozen=True, slots=True)
class WorldSeen:
    """The host's radios and peers, looked at afresh."""

    world: World


@dataclass(frozen=True, slots=True)
class FindWanted:
    """A caller wants peers to be found."""

    by: int


@dataclass(frozen=True, slots=True)
class ListenWanted:
    """*by* wants this host to be found, and has no need to look for anybody (any more)."""

    by: int


@dataclass(frozen=True, slots=True)
class FindDropped:
    """A caller no longer wants peers, or its connection ended."""

    by: int


@dataclass(frozen=True, slots=True)
class AirAsked:
    """A caller asked for the air, to link *peer*, with groups formed at *frequency* (MHz; 0: anywhere)."""

    by: int
    pid: int
    peer: str
    frequency: int = 0


@dataclass(frozen=True, slots=True)
class AirReturned:
    """A borrower gave the air back, stopped waiting for it, or its connection ended."""

    by: int


@dataclass(frozen=True, slots=True)
class FindStarted:
    """NetworkManager or wpa_supplicant took the find that we asked for on *device*, or the listening."""

    device: str


@dataclass(frozen=True, slots=True)
class FindRefused:
    """NetworkManager or wpa_supplicant refused to find or to listen on *device*, or did not answer."""

    device: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class StopAnswered:
    """Our StopFind was answered, with success or not."""


@dataclass(frozen=True, slots=True)
class FindEnded:
    """wpa_supplicant said that the find has stopped."""


@dataclass(frozen=True, slots=True)
class ResetAsked:
    """A caller wants the engine reset: its find stopped, or all it holds about peers flushed."""

    by: int
    flush: bool


@dataclass(frozen=True, slots=True)
class ResetDropped:
    """A caller no longer waits for its reset, or its connection ended."""

    by: int


@dataclass(frozen=True, slots=True)
class ResetAnswered:
    """The reset was done; *problem* says why not, or nothing."""

    problem: str = ""


@dataclass(frozen=True, slots=True)
class PeerHeard:
    """A peer sent this host a frame."""

    address: str


@dataclass(frozen=True, slots=True)
class AddressLearned:
    """This host's own P2P device address, that of the radio behind *adapter*, became known."""

    adapter: str
    address: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The deadline in the state has passed."""


Event = (
    WorldSeen
    | FindWanted
    | ListenWanted
    | FindDropped
    | AirAsked
    | AirReturned
    | FindStarted
    | FindRefused
    | StopAnswered
    | FindEnded
    | ResetAsked
    | ResetDropped
    | ResetAnswered
    | PeerHeard
    | AddressLearned
    | Tick
)


@dataclass(frozen=True, slots=True)
class StartFind:
    """Start one find; with *adapter* one of wpa_supplicant's own there, on the social channels alone.

    With *listen* this host is found and looks for nobody. With *afresh* what runs now is stopped first.
    """

    device: str
    seconds: int
    adapter: str = ""
    listen: bool = False
    afresh: bool = False


@dataclass(frozen=True, slots=True)
class HoldScans:
    """Keep scans for networks off *adapter*; "": let them be."""

    adapter: str


@dataclass(frozen=True, slots=True)
class StopFind:
    """Stop the find."""

    device: str


@dataclass(frozen=True, slots=True)
class SteerGroups:
    """Have the engine of *adapter* form groups at *frequency* (MHz; 0: anywhere); "": it is not ours to steer."""

    adapter: str = ""
    frequency: int = 0


@dataclass(frozen=True, slots=True)
class LendAir:
    """Tell the borrower *by* that the air is theirs, once groups are formed where it wants them."""

    by: int


@dataclass(frozen=True, slots=True)
class RefuseAir:
    """Tell *by* that too many are waiting already."""

    by: int


@dataclass(frozen=True, slots=True)
class ResetEngine:
    """Stop the find of *device*, or flush the engine of the Wi-Fi interface *adapter*. Answered."""

    device: str
    adapter: str
    flush: bool


@dataclass(frozen=True, slots=True)
class AnswerReset:
    """Tell *by* that its reset is done, or why not."""

    by: int
    problem: str


@dataclass(frozen=True, slots=True)
class MeetRadio:
    """Get to know the radio behind the Wi-Fi interface *adapter*; "" when there is none that is ready."""

    adapter: str


Effect = MeetRadio | HoldScans | StartFind | StopFind | SteerGroups | LendAir | RefuseAir | ResetEngine | AnswerReset
