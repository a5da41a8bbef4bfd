"""A core of connection with its clock, so that a test reads as what happens."""

from dataclasses import replace

from airhail.actors.connection.ladder.case import Entry
from airhail.actors.connection.ladder.events import Remember, ResetEngine, RungAnswered
from airhail.actors.connection.links.addresses import pair
from airhail.actors.connection.links.core import step
from airhail.actors.connection.links.events import (
    ActivationAccepted,
    AirLent,
    BorrowAir,
    DeviceSeen,
    Effect,
    Event,
    HostSeen,
    PeerAnswered,
    PeerWanted,
    Tick,
)
from airhail.actors.connection.links.link import FOLLOW_PATIENCE_S, Link, Phase
from airhail.actors.connection.links.rendezvous_events import ShowHere
from airhail.actors.connection.links.state import State
from airhail.actors.connection.links.world import Device, Host, Near
from airhail.actors.reasons import Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState

HIGHER = "42:00:00:00:09:00"
LOWER = "42:00:00:00:01:00"
OWN = "42:00:00:00:05:00"
DEVICE = "/Devices/3"
IDLE = Device(DEVICE, DeviceState.DISCONNECTED)
ACTIVE = "/ActiveConnection/1"
ALONE = Host(DEVICE, OWN, rings=True)
NEAR = replace(ALONE, near={HIGHER: Near("/WifiP2PPeer/9", "high"), LOWER: Near("/WifiP2PPeer/1", "low")})
V6 = ("fe80::1/64",)
V4 = ("10.42.0.1/24", *V6)
FIXED = pair(OWN, HIGHER)
THERE = FIXED.peer


class Story:
    """What is written into the history is kept apart from the other effects."""

    def __init__(self, state: State | None = None) -> None:
        self.state = state or State()
        self.now = 100.0
        self.history: list[Entry] = []

    def tell(self, *events: Event) -> list[Effect]:
        effects: list[Effect] = []
        for event in events:
            self.state, more = step(self.state, event, self.now)
            effects += more
        self.history += [effect.entry for effect in effects if isinstance(effect, Remember)]
        # What this host could offer a peer has a test of its own.
        return [effect for effect in effects if not isinstance(effect, Remember | ShowHere)]

    def wait(self, seconds: float) -> list[Effect]:
        self.now += seconds
        return self.tell(Tick())

    def oblige(self, effects: list[Effect]) -> list[Effect]:
        """Lend the air and reset the engine as often as it is asked for; return everything that came of it."""
        told = list(effects)
        while effects:
            answers = [answer for effect in effects for answer in answers_to(effect)]
            effects = self.tell(*answers)
            told += effects
        return told

    def link(self, peer: str = HIGHER) -> Link:
        return self.state.links[peer]

    def reason(self, peer: str = HIGHER) -> Reason | None:
        problem = self.link(peer).problem
        return problem.reason if problem else None

    def activate(self, peer: str = HIGHER) -> None:
        """Bring a new story to the point where NetworkManager negotiates with *peer*."""
        self.tell(DeviceSeen(IDLE), HostSeen(NEAR), PeerWanted(peer))
        self.wait(FOLLOW_PATIENCE_S)
        self.tell(AirLent(peer), ActivationAccepted(peer, ACTIVE), DeviceSeen(on(peer, 50)))
        assert self.link(peer).phase is Phase.ACTIVATING

    def link_up(self, peer: str = HIGHER) -> None:
        self.activate(peer)
        self.tell(DeviceSeen(on(peer, 70)), DeviceSeen(on(peer, 100, V4)), PeerAnswered(peer, THERE))
        assert self.link(peer).phase is Phase.UP


def answers_to(effect: Effect) -> list[Event]:
    match effect:
        case BorrowAir(peer):
            return [AirLent(peer)]
        case ResetEngine(rung):
            return [RungAnswered(rung)]
        case _:
            return []


def on(peer: str, state: int, addresses: tuple[str, ...] = (), active: str = ACTIVE) -> Device:
    return Device(DEVICE, DeviceState(state), active, peer, interface="p2p-wlan0-0", addresses=addresses)
