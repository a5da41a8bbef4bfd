"""Links that are made by the hail: two hosts, each with both cores, and what one says the other hears."""

from dataclasses import replace

import pytest

from airhail.actors.connection.events import (
    Activate,
    ActivationAccepted,
    AirLent,
    BorrowAir,
    Deactivate,
    Device,
    DeviceFell,
    DeviceSeen,
    Host,
    HostSeen,
    Near,
    PeerRang,
    PeerUnwanted,
    PeerWanted,
    Tick,
)
from airhail.actors.connection.hail.events import (
    AskUser,
    Delivered,
    HereSeen,
    MessageArrived,
    Policy,
    Send,
    SendFailed,
    UserAccepted,
    UserRefused,
)
from airhail.actors.connection.link import Link, Phase, Rendezvous
from airhail.actors.connection.machine import Effect, Event, HailBegun, State, Trusted, TrustSeen, step
from airhail.actors.connection.rendezvous_events import CallPeer, DropIntent, KeepIntent, ShowHere
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState

DEVICE = "/Devices/3"
ACTIVE = "/ActiveConnection/1"
SESSION = b"12345678"
STEP_S = 0.1


class End:
    """One host: its cores, its radio and its user."""

    def __init__(self, world: "World", trust_id: str, address: str, policy: Policy, wifi: int) -> None:
        self.world = world
        self.trust_id = trust_id
        self.address = address
        self.policy = policy
        self.wifi = wifi
        self.state = State()
        self.done: list[Effect] = []
        self.moved_at: float | None = None
        self.steered: int | None = None

    def begin(self, other: "End", *, near: bool = True) -> None:
        peers = {other.trust_id: Trusted((other.address,), self.policy)}
        seen = {other.address: Near("/WifiP2PPeer/1", "other")} if near else {}
        self.tell(
            TrustSeen(self.trust_id, peers),
            DeviceSeen(Device(DEVICE, DeviceState.DISCONNECTED)),
            HostSeen(Host(DEVICE, self.address, rings=True, near=seen)),
        )

    def tell(self, *events: Event) -> None:
        for event in events:
            self.state, effects = step(self.state, event, self.world.now)
            self.done += effects
            for effect in effects:
                self._carry_out(effect)

    def link(self) -> Link:
        return self.state.links.links[self.other.address]

    @property
    def other(self) -> "End":
        return self.world.second if self is self.world.first else self.world.first

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case CallPeer():
                self.world.later(self, HailBegun(effect, SESSION))
            case ShowHere(here):
                self.world.later(self, HereSeen(replace(here, name=self.trust_id, frequency=self.wifi)))
            case Send(peer, number) if not self.world.carrier:
                self.world.later(self, SendFailed(peer, number, Problem(Reason.NO_CARRIER)))
            case Send(peer, number, message):
                self.world.later(self.other, MessageArrived(self.trust_id, message))
                self.world.later(self, Delivered(peer, number))
            case BorrowAir(peer, frequency):
                self.steered = frequency
                self.world.later(self, AirLent(peer))
            case Activate(peer):
                self.moved_at = self.world.now
                self.world.later(self, ActivationAccepted(peer, ACTIVE))
                shown = Device(DEVICE, DeviceState.CONFIG, ACTIVE, peer)
                self.world.later(self, DeviceSeen(shown))
            case Deactivate():
                self.world.later(self, DeviceSeen(Device(DEVICE, DeviceState.DISCONNECTED)))


class World:
    """Two hosts and the time between them."""

    def __init__(
        self, policy: Policy = Policy.ALWAYS, *, carrier: bool = True, wifi: tuple[int, int] = (0, 0)
    ) -> None:
        self.now = 100.0
        self.carrier = carrier
        self.first = End(self, "a" * 16, "42:00:00:00:01:00", policy, wifi[0])
        self.second = End(self, "b" * 16, "42:00:00:00:02:00", policy, wifi[1])
        self._events: list[tuple[End, Event]] = []
        self.first.begin(self.second)
        self.second.begin(self.first)
        self.run(1.0)

    def later(self, end: End, event: Event) -> None:
        self._events.append((end, event))

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            while self._events:
                end, event = self._events.pop(0)
                end.tell(event)
            self.now += STEP_S
            for end in (self.first, self.second):
                if end.state.deadline is not None and end.state.deadline <= self.now:
                    end.tell(Tick())


def test_one_wish_moves_both_ends_one_after_the_other() -> None:
    world = World()
    world.first.tell(PeerWanted(world.second.address))
    world.run(5.0)
    assert world.first.moved_at is not None
    assert world.second.moved_at is not None
    assert abs(world.first.moved_at - world.second.moved_at) >= 0.3, "the same instant fails one time in eight"
    assert KeepIntent(world.first.address, world.first.trust_id) in world.second.done
    assert world.second.link().wanted
    assert world.second.link().invited


@pytest.mark.parametrize(
    ("wifi", "steered"), [((2437, 0), (0, 2437)), ((0, 5180), (5180, 0)), ((2437, 2412), (0, 0))]
)
def test_the_end_without_wifi_forms_the_group_where_the_others_is(
    wifi: tuple[int, int], steered: tuple[int, int]
) -> None:
    world = World(wifi=wifi)
    world.first.tell(PeerWanted(world.second.address))
    world.run(5.0)
    assert world.first.moved_at
    assert (world.first.steered, world.second.steered) == steered
    for end in (world.first, world.second):
        end.steered = None
        end.tell(DeviceFell(Problem(Reason.FORMATION_FAILED)), DeviceSeen(Device(DEVICE, DeviceState.DISCONNECTED)))
    world.carrier = False
    world.run(60.0)
    assert (world.first.steered, world.second.steered) == steered, "the next attempt, for which there is no plan"


def test_a_user_who_is_asked_decides() -> None:
    world = World(Policy.ASK)
    world.first.tell(PeerWanted(world.second.address))
    world.run(5.0)
    assert any(isinstance(effect, AskUser) for effect in world.second.done)
    assert world.first.moved_at is world.second.moved_at is None
    assert world.first.link().rendezvous is Rendezvous.CALLED
    world.second.tell(UserAccepted(world.first.trust_id))
    world.run(5.0)
    assert world.first.moved_at is not None
    assert world.second.moved_at is not None


def test_a_refusal_ends_the_attempt_and_is_not_asked_again_soon() -> None:
    world = World(Policy.ASK)
    world.first.tell(PeerWanted(world.second.address))
    world.run(1.0)
    world.second.tell(UserRefused(world.first.trust_id))
    world.run(2.0)
    link = world.first.link()
    assert link.phase is Phase.FAILED
    assert link.problem
    assert link.problem.reason is Reason.PEER_DECLINED
    world.run(300.0)
    assert len([effect for effect in world.second.done if isinstance(effect, AskUser)]) == 1
    assert world.first.moved_at is world.second.moved_at is None


def test_without_a_carrier_each_end_moves_by_the_addresses() -> None:
    world = World(carrier=False)
    world.first.tell(PeerWanted(world.second.address))
    world.run(2.0)
    assert world.first.link().rendezvous is Rendezvous.NONE
    assert world.first.moved_at is not None, "the lower address moves first"
    assert world.second.moved_at is None, "nobody there wants it"


def test_a_ring_lets_the_follower_move_at_once() -> None:
    world = World()
    world.first.tell(PeerWanted(world.second.address))
    while world.first.moved_at is None and world.second.moved_at is None:
        world.run(STEP_S)
    mover, follower = (world.first, world.second) if world.first.moved_at else (world.second, world.first)
    follower.tell(PeerRang(mover.address))
    world.run(0.6)
    assert follower.moved_at is not None


def test_an_attempt_that_falls_at_one_end_ends_at_the_other() -> None:
    world = World()
    world.first.tell(PeerWanted(world.second.address))
    world.run(3.0)
    world.first.tell(
        DeviceFell(Problem(Reason.FORMATION_FAILED)), DeviceSeen(Device(DEVICE, DeviceState.DISCONNECTED))
    )
    world.run(1.0)
    assert any(isinstance(effect, Deactivate) for effect in world.second.done)
    assert world.second.link().problem is not None


@pytest.mark.parametrize("moved", [True, False])
def test_who_withdraws_takes_the_invited_end_along(moved: bool) -> None:
    world = World()
    world.first.tell(PeerWanted(world.second.address))
    world.run(3.0 if moved else STEP_S)
    world.first.tell(PeerUnwanted(world.second.address))
    world.run(3.0)
    assert DropIntent(world.first.address) in world.second.done
    assert not world.second.link().wanted
