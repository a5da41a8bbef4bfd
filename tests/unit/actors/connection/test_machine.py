"""Links that are made by the hail: two hosts, each with both cores, and what one says the other hears."""

from dataclasses import replace
from functools import partial

import pytest

from airhail.actors.connection.document import document
from airhail.actors.connection.hail.events import (
    AskUser,
    Delivered,
    HereSeen,
    MessageArrived,
    Policy,
    Send,
    SendFailed,
    TakeBack,
    UserAccepted,
    UserRefused,
)
from airhail.actors.connection.hail.messages import Accept, Offer, Propose, Tier
from airhail.actors.connection.ladder.case import Case
from airhail.actors.connection.ladder.events import ResetEngine, RungAnswered
from airhail.actors.connection.ladder.ladder import Rung
from airhail.actors.connection.links.events import (
    Activate,
    ActivationAccepted,
    AirLent,
    BorrowAir,
    Deactivate,
    DeviceFell,
    DeviceSeen,
    DropFind,
    HostSeen,
    PeerAnswered,
    PeerRang,
    PeerUnwanted,
    PeerWanted,
    ReturnAir,
    Tick,
    WantFind,
    WantListen,
)
from airhail.actors.connection.links.link import STAGGER_S, Link, Phase, Rendezvous, enter, fail
from airhail.actors.connection.links.rendezvous_events import CallPeer, DropIntent, KeepIntent, MoveIntent, ShowHere
from airhail.actors.connection.links.state import put
from airhail.actors.connection.links.world import Device, Host, Near
from airhail.actors.connection.machine import Effect, Event, HailBegun, State, Trusted, TrustSeen, step, wanted_as
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.networkmanager_enums import DeviceState

DEVICE = "/Devices/3"
ACTIVE = "/ActiveConnection/1"
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
        # What this end says while its words are slow, until `let_arrive`.
        self.slow = False
        self.on_their_way: list[Send] = []

    def begin(self, other: "End", *, near: bool = True) -> None:
        peers = {other.trust_id: Trusted((other.address,), self.policy)}
        seen = {other.address: Near("/WifiP2PPeer/1", "other")} if near else {}
        self.tell(
            TrustSeen(self.trust_id, peers),
            DeviceSeen(Device(DEVICE, DeviceState.DISCONNECTED)),
            HostSeen(Host(DEVICE, self.address, rings=self.world.rings, near=seen)),
        )

    def restart(self, device: Device) -> None:
        """Forget all but the wish; NetworkManager shows *device*."""
        self.state, self.done = State(), []
        self.tell(PeerWanted(self.other.address), DeviceSeen(device))
        # Who is trusted is read after what NetworkManager shows, and before discovery has told of its radio.
        trusted = {self.other.trust_id: Trusted((self.other.address,), self.policy)}
        self.world.later(self, TrustSeen(self.trust_id, trusted))
        self.world.later(self, HostSeen(Host(DEVICE, self.address, rings=True)))

    def tell(self, *events: Event) -> None:
        for event in events:
            self.state, effects = step(self.state, event, self.world.now)
            self.done += effects
            for effect in effects:
                self._carry_out(effect)

    def let_arrive(self) -> None:
        """Have the other end hear what is still on its way to it."""
        self.slow, words, self.on_their_way = False, self.on_their_way, []
        for word in words:
            self._carry_out(word)

    def link(self) -> Link:
        return self.state.links.links[self.other.address]

    @property
    def other(self) -> "End":
        return self.world.second if self is self.world.first else self.world.first

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case CallPeer():
                self.world.sessions += 1
                self.world.later(self, HailBegun(effect, bytes([self.world.sessions] * 8)))
            case ShowHere(here):
                self.world.later(self, HereSeen(replace(here, name=self.trust_id, frequency=self.wifi)))
            case Send() if self.slow:
                self.on_their_way = [effect]  # it takes the place of the one before
            case TakeBack():
                self.on_their_way = []
            case Send(peer, number) if not self.world.carrier:
                self.world.later(self, SendFailed(peer, number, Problem(Reason.NO_CARRIER)))
            case Send(peer, number, message):
                self.world.later(self.other, MessageArrived(self.trust_id, message))
                self.world.later(self, Delivered(peer, number))
            case BorrowAir(peer, frequency):
                self.steered = frequency
                self.world.later(self, AirLent(peer))
            case ResetEngine(rung):
                self.world.later(self, RungAnswered(rung))
            case Activate(peer):
                if self.state.links.cure is None:  # the rung that clears flags only asks, and takes it back
                    self.moved_at = self.world.now
                shown = Device(DEVICE, DeviceState.CONFIG, ACTIVE, peer)
                told: list[Event] = [ActivationAccepted(peer, ACTIVE), DeviceSeen(shown)]
                for event in reversed(told) if self.world.signals_first else told:
                    self.world.later(self, event)
            case Deactivate():
                self.world.later(self, DeviceSeen(Device(DEVICE, DeviceState.DISCONNECTED)))


class World:
    """Two hosts and the time between them."""

    def __init__(
        self,
        policy: Policy = Policy.ALWAYS,
        *,
        carrier: bool = True,
        wifi: tuple[int, int] = (0, 0),
        rings: bool = True,
    ) -> None:
        self.now = 100.0
        self.rings = rings
        self.carrier = carrier
        self.sessions = 0
        # Whether NetworkManager's signal of an activation comes before its answer.
        self.signals_first = False
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
        fall(end, Reason.FORMATION_FAILED)
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


@pytest.mark.parametrize("arrives", [True, False])
def test_who_rings_while_it_is_called_is_not_called_any_more(arrives: bool) -> None:
    world = World()
    ringer, caller = world.first, world.second
    caller.slow = True
    caller.tell(PeerWanted(ringer.address))
    world.run(3.0)
    world.carrier = False
    ringer.tell(PeerWanted(caller.address))
    while ringer.moved_at is None:
        world.run(STEP_S)
    assert caller.link().rendezvous is Rendezvous.CALLED
    caller.tell(PeerRang(ringer.address))
    while caller.moved_at is None:
        world.run(STEP_S)
    world.carrier = True
    if arrives:
        caller.let_arrive()
        world.run(1.0)
    come_up(world)
    world.run(30.0)
    assert not [effect for effect in (*ringer.done, *caller.done) if isinstance(effect, Deactivate)]
    assert caller.link().phase is ringer.link().phase is Phase.UP


@pytest.fixture
def unhailed() -> World:
    """Return a world in which the first one wants the link, could call nobody, and does not see the other yet."""
    world = World(carrier=False)
    for end in (world.first, world.second):
        end.tell(HostSeen(Host(DEVICE, end.address, rings=True)))
    world.first.tell(PeerWanted(world.second.address))
    world.run(5.0)
    assert world.first.link().rendezvous is Rendezvous.NONE
    world.carrier = True
    return world


def call(unhailed: World) -> tuple[End, End]:
    """Have the second one call the first one, whose answers are slow; return the answerer and the proposer."""
    answerer, proposer = unhailed.first, unhailed.second
    answerer.slow = True
    proposer.tell(PeerWanted(answerer.address))
    unhailed.run(1.0)
    return answerer, proposer


def test_who_has_accepted_moves_by_the_plan_alone(unhailed: World) -> None:
    answerer, proposer = call(unhailed)
    sees(answerer)
    unhailed.run(10.0)
    assert answerer.moved_at is None, "the other end knows nothing of it, and is not ready"
    answerer.let_arrive()
    sees(proposer)
    unhailed.run(5.0)
    assert answerer.moved_at is not None
    assert proposer.moved_at is not None
    assert not [effect for effect in (*answerer.done, *proposer.done) if isinstance(effect, Deactivate)]


def test_who_accepts_in_its_own_turn_gives_the_air_back(unhailed: World) -> None:
    answerer, proposer = unhailed.first, unhailed.second
    proposer.slow = True
    proposer.tell(PeerWanted(answerer.address))
    unhailed.run(1.0)
    (proposal,) = proposer.on_their_way
    sees(answerer)
    unhailed.now = answerer.state.deadline or 0.0
    answerer.tell(Tick())
    assert answerer.state.links.turn == proposer.address
    answerer.tell(MessageArrived(proposer.trust_id, proposal.message))
    assert ReturnAir() in answerer.done
    proposer.let_arrive()
    sees(proposer)
    unhailed.run(5.0)
    assert answerer.link().plan is not None
    assert answerer.moved_at is not None
    assert proposer.moved_at is not None


@pytest.mark.parametrize("withdrawn", [True, False])
def test_who_has_accepted_and_hears_no_plan_has_its_own_turn_again(unhailed: World, withdrawn: bool) -> None:
    answerer, proposer = call(unhailed)
    sees(answerer)
    if not withdrawn:
        proposer.state = State()  # else it says at last that it gives the call up, and goes on alone, too
    unhailed.run(22.0)
    assert answerer.moved_at is not None
    assert answerer.link().failures == 0


def test_who_gives_way_to_the_others_call_and_hears_no_plan_has_its_own_turn_again() -> None:
    world = World()
    first, second = world.first, world.second  # the first has the lower trust id: it is its call that counts
    second.slow = True
    for end in (second, first):
        end.tell(PeerWanted(end.other.address))
    world.run(1.0)
    assert second.link().rendezvous is Rendezvous.ACCEPTED
    world.run(16.0)
    assert (second.link().phase, second.link().rendezvous) == (Phase.FINDING, Rendezvous.NONE)
    assert first.link().rendezvous is Rendezvous.NONE


def test_a_link_that_pauses_waits_for_the_plan_too(unhailed: World) -> None:
    answerer = unhailed.first
    failed = fail(answerer.link(), Problem(Reason.PEER_NOT_FOUND), unhailed.now)
    answerer.state = replace(answerer.state, links=put(answerer.state.links, failed))
    call(unhailed)
    assert answerer.link().rendezvous is Rendezvous.ACCEPTED
    answerer.let_arrive()
    unhailed.run(1.0)
    assert answerer.link().plan is not None


def test_what_cleared_flags_activates_nothing_before_the_plan(unhailed: World) -> None:
    answerer, proposer = unhailed.first, unhailed.second
    case = Case(reasons=(Reason.PEER_NEVER_ANSWERED,) * 2, due=Rung.CLEAR_FLAGS)
    due = replace(answerer.link(), case=case)
    answerer.state = replace(answerer.state, links=put(answerer.state.links, due))
    sees(answerer)
    while answerer.state.links.cure is None:
        unhailed.run(STEP_S)
    answerer.slow = True
    proposer.tell(PeerWanted(answerer.address))
    while answerer.state.links.cure:
        unhailed.run(STEP_S)
    assert (answerer.link().phase, answerer.link().rendezvous) == (Phase.FINDING, Rendezvous.ACCEPTED)
    answerer.let_arrive()
    sees(proposer)
    unhailed.run(5.0)
    assert answerer.moved_at is not None
    assert proposer.moved_at is not None


def test_who_is_forgotten_after_its_call_was_accepted_is_waited_for_no_more(unhailed: World) -> None:
    answerer, _ = call(unhailed)
    assert answerer.link().rendezvous is Rendezvous.ACCEPTED
    answerer.state = replace(answerer.state, known_as={})  # the wish is older than the trust
    answerer.tell(TrustSeen(answerer.trust_id, {}))
    assert answerer.link().rendezvous is Rendezvous.NONE


@pytest.mark.parametrize("accepted", [True, False])
def test_a_radio_that_another_program_takes_before_the_plan_ends_the_call_at_once(
    unhailed: World, accepted: bool
) -> None:
    answerer, proposer = unhailed.first, unhailed.second
    taken = DeviceSeen(Device(DEVICE, DeviceState.ACTIVATED, "/ActiveConnection/9", stranger="TV"))
    call(unhailed)
    if not accepted:
        answerer.let_arrive()
    answerer.tell(taken)
    answerer.let_arrive()
    unhailed.run(2.0)
    assert proposer.link().problem == Problem(Reason.PEER_GAVE_UP, Reason.NOT_READY.value)


def test_a_proposal_that_is_repeated_after_a_ring_is_not_answered(unhailed: World) -> None:
    answerer, proposer = unhailed.first, unhailed.second
    proposal = Propose(b"12345678", Offer(proposer.address, "", Tier.NETDEV))
    answerer.slow = True
    sees(answerer)
    answerer.tell(MessageArrived(proposer.trust_id, proposal), PeerRang(proposer.address))
    answerer.done.clear()
    answerer.tell(MessageArrived(proposer.trust_id, proposal))
    assert not [effect for effect in answerer.done if isinstance(effect, Send)]


@pytest.mark.parametrize("adopted", [True, False])
def test_who_is_on_the_air_before_its_call_was_prepared_calls_nobody(adopted: bool) -> None:
    world = World()
    peer = world.second.address
    shown = DeviceSeen(Device(DEVICE, DeviceState.CONFIG, ACTIVE, peer))
    world.first.tell(PeerWanted(peer), shown if adopted else PeerRang(peer))
    world.run(10.0)
    assert world.first.link().phase is Phase.ACTIVATING
    assert not [effect for effect in world.first.done if isinstance(effect, Send)]


def test_an_attempt_that_falls_at_one_end_ends_at_the_other() -> None:
    world = World()
    world.first.tell(PeerWanted(world.second.address))
    world.run(3.0)
    fall(world.first, Reason.FORMATION_FAILED)
    world.run(1.0)
    assert any(isinstance(effect, Deactivate) for effect in world.second.done)
    assert world.second.link().problem is not None


def test_an_attempt_that_is_broken_off_in_the_middle_counts_as_one_that_failed() -> None:
    world = World()
    world.first.tell(PeerWanted(world.second.address))
    world.run(3.0)
    assert world.second.link().phase is Phase.ACTIVATING
    # The first end's connection is killed, and knows nothing any more.
    world.first.state = State()
    world.first.begin(world.second)
    world.first.tell(PeerWanted(world.second.address))
    world.run(3.0)
    assert world.second.link().case.left_behind == (Reason.HAIL_LOST,)
    world.run(30.0)
    calls = [effect for effect in world.second.done if isinstance(effect, CallPeer)]
    plan = world.second.link().plan
    assert plan
    assert (plan.after, plan.ring_after) == (STAGGER_S, STAGGER_S), calls


def test_one_searches_at_a_time() -> None:
    world = World()
    for end in (world.first, world.second):
        end.tell(HostSeen(Host(DEVICE, end.address, rings=True)))
    looks = {end: partial(looked, end, len(end.done)) for end in (world.first, world.second)}
    world.first.tell(PeerWanted(world.second.address))
    world.run(0.5)
    assert (looks[world.first](), looks[world.second]()) == ([WantFind()], [WantListen()])
    sees(world.first)
    world.run(0.5)
    assert (looks[world.first](), looks[world.second]()) == (
        [WantFind(), WantListen()],
        [WantListen(), WantFind()],
    )
    sees(world.second)
    world.run(0.5)
    assert looks[world.second]()[:3] == [WantListen(), WantFind(), WantListen()]
    assert world.first.moved_at is not None


def sees(end: End) -> None:
    near = {end.other.address: Near("/WifiP2PPeer/1", "other")}
    end.tell(HostSeen(Host(DEVICE, end.address, rings=end.world.rings, near=near)))


def looked(end: End, since: int) -> list[Effect]:
    return [effect for effect in end.done[since:] if isinstance(effect, WantFind | WantListen | DropFind)]


def test_who_loses_the_air_while_it_is_ready_begins_anew() -> None:
    world = World()
    follower = world.second
    world.first.tell(PeerWanted(follower.address))
    for _ in range(100):
        if follower.state.links.links.get(world.first.address, Link("", 0.0)).rendezvous is Rendezvous.READY:
            break
        world.run(0.01)
    assert follower.link().rendezvous is Rendezvous.READY
    follower.tell(HostSeen(None))
    sees(follower)
    assert follower.state.links.turn == "", "the turn was held without the air"
    assert follower.link().rendezvous in (Rendezvous.TO_CALL, Rendezvous.CALLED)


def test_a_wish_follows_a_peer_to_its_new_address() -> None:
    world = World()
    old = "42:00:00:00:09:00"
    trusted = {world.second.trust_id: Trusted((world.second.address, old), Policy.ALWAYS)}
    world.first.tell(TrustSeen(world.first.trust_id, trusted), PeerWanted(old, "beta", allow_wifi_drop=True))
    assert wanted_as(world.first.state, world.second.address) == old
    world.run(5.0)
    (link,) = world.first.state.links.links.values()
    assert (link.peer, link.name, link.allow_wifi_drop) == (world.second.address, "beta", True)
    assert MoveIntent(old, world.second.address) in world.first.done
    assert not [effect for effect in world.first.done if isinstance(effect, KeepIntent)]
    assert world.first.moved_at is not None
    assert world.second.moved_at is not None


MALLORY, MALLORYS = "e" * 16, "42:00:00:00:0e:00"


@pytest.fixture
def betrayed() -> World:
    """Return a world in which the first one trusts another peer, too, which takes itself for the second one."""
    world = World()
    known = {world.second.trust_id: world.second.address, MALLORY: MALLORYS}
    trusted = {peer: Trusted((address,), Policy.ALWAYS) for peer, address in known.items()}
    world.first.tell(TrustSeen(world.first.trust_id, trusted))
    return world


def test_a_call_from_the_address_of_another_peer_is_passed_over(betrayed: World) -> None:
    end, lie = betrayed.first, Offer(betrayed.second.address, "mallory", Tier.NETDEV)
    end.tell(MessageArrived(MALLORY, Propose(b"evilsess", lie)))
    assert not [effect for effect in end.done if isinstance(effect, Send)]
    assert end.state.hail.passed_over == 1
    assert not end.state.hail.conversations
    end.tell(MessageArrived(MALLORY, Propose(b"evilsess", replace(lie, address=MALLORYS))))
    assert end.state.hail.conversations[MALLORY].session == b"evilsess", "what is its own is believed"


def test_an_answer_with_the_address_of_another_peer_moves_no_wish(betrayed: World) -> None:
    end, victim = betrayed.first, betrayed.second.address
    betrayed.second.slow = True
    end.tell(PeerWanted(MALLORYS, "mallory"), PeerWanted(victim, "victim"))
    betrayed.run(1.0)
    session = end.state.hail.conversations[MALLORY].session
    end.tell(MessageArrived(MALLORY, Accept(session, Offer(victim, "mallory", Tier.NETDEV))))
    assert end.state.hail.passed_over == 1
    assert {peer: link.name for peer, link in end.state.links.links.items()} == {
        MALLORYS: "mallory",
        victim: "victim",
    }
    assert not [effect for effect in end.done if isinstance(effect, MoveIntent)]


@pytest.fixture
def restarted() -> World:
    """Return a world in which the first one moves, and is started anew at once: NetworkManager goes on."""
    world = World()
    world.first.tell(PeerWanted(world.second.address))
    while world.first.moved_at is None:
        world.run(STEP_S)
    world.first.restart(Device(DEVICE, DeviceState.CONFIG, ACTIVE, world.second.address))
    return world


def test_who_is_restarted_after_its_move_is_followed(restarted: World) -> None:
    restarted.run(5.0)
    assert restarted.second.moved_at is not None
    assert not any(isinstance(effect, Deactivate) for effect in [*restarted.first.done, *restarted.second.done])


def test_who_is_restarted_after_its_move_gives_way_to_a_new_call(restarted: World) -> None:
    restarted.run(STEP_S)
    restarted.second.restart(Device(DEVICE, DeviceState.DISCONNECTED))
    restarted.run(6.0)
    assert any(isinstance(effect, Deactivate) for effect in restarted.first.done), "the other end has begun anew"


def test_a_wish_that_was_the_peers_is_so_after_a_restart() -> None:
    world = World()
    restarted = world.second
    restarted.tell(PeerWanted(world.first.address, invited=True))
    assert restarted.link().invited
    restarted.tell(PeerWanted(world.first.address))
    assert not restarted.link().invited


def test_a_problem_with_trust_is_told() -> None:
    world = World()
    world.first.tell(TrustSeen("", {}, Problem(Reason.TRUST_UNREADABLE, "/state/trust.json: broken")))
    told = document(world.first.state)
    assert (told["problem"]["reason"], "trusted" in told) == ("trust-unreadable", False)


@pytest.mark.parametrize("moved", [True, False])
def test_who_withdraws_takes_the_invited_end_along(moved: bool) -> None:
    world = World()
    world.first.tell(PeerWanted(world.second.address))
    world.run(3.0 if moved else STEP_S)
    world.first.tell(PeerUnwanted(world.second.address))
    world.run(3.0)
    assert DropIntent(world.first.address) in world.second.done
    assert not world.second.link().wanted


def fall(end: End, reason: Reason = Reason.PEER_LEFT) -> None:
    end.tell(DeviceFell(Problem(reason)), DeviceSeen(Device(DEVICE, DeviceState.DISCONNECTED)))


def link_up(world: World) -> None:
    world.first.tell(PeerWanted(world.second.address))
    world.run(3.0)
    come_up(world)


def come_up(world: World) -> None:
    for end in (world.first, world.second):
        linked = Device(DEVICE, DeviceState.ACTIVATED, ACTIVE, end.other.address)
        end.tell(DeviceSeen(replace(linked, interface="p2p-wlan0-0", addresses=("10.0.0.1/30",))))
        end.tell(PeerAnswered(end.other.address, "10.0.0.2"))
        assert end.link().phase is Phase.UP
    world.run(3.0)


@pytest.mark.parametrize("falls_after", [0.1, 8.0])
@pytest.mark.parametrize("invited_ends_it", [True, False])
def test_a_link_that_was_ended_by_hand_stays_ended(invited_ends_it: bool, falls_after: float) -> None:
    world = World()
    link_up(world)
    ends = (world.second, world.first) if invited_ends_it else (world.first, world.second)
    ends[0].tell(PeerUnwanted(ends[1].address))
    world.run(falls_after)
    fall(ends[1])
    world.run(200.0)
    links = [end.state.links.links.get(end.other.address, Link("", world.now, wanted=False)) for end in ends]
    assert not links[0].wanted
    assert invited_ends_it or not links[1].wanted, "an invited end has no wish of its own"
    assert all(link.phase in (Phase.DOWN, Phase.FAILED) for link in links), links


def test_a_link_that_was_ended_is_made_again_when_it_is_wanted_again() -> None:
    world = World()
    link_up(world)
    world.first.tell(PeerUnwanted(world.second.address))
    world.run(1.0)
    fall(world.second)
    world.run(8.0)
    world.second.moved_at = None
    world.first.tell(PeerWanted(world.second.address))
    world.run(5.0)
    assert world.second.moved_at is not None, "it took the caller's end of the link for an end of its own"


def test_a_move_is_told_although_networkmanagers_signal_overtakes_its_answer() -> None:
    world = World()
    world.signals_first = True
    world.first.tell(PeerWanted(world.second.address))
    world.run(5.0)
    assert world.first.moved_at is not None
    assert world.second.moved_at is not None, "nothing told it that the first one has moved"


def test_a_peer_that_lost_the_link_gets_a_new_one() -> None:
    world = World()
    link_up(world)
    world.first.restart(Device(DEVICE, DeviceState.DISCONNECTED))
    world.second.moved_at = None
    world.run(1.0)
    sees(world.first)
    world.run(30.0)
    assert world.second.moved_at is not None, "it held on to the link that the other end had lost"


def test_a_wish_that_goes_while_its_call_is_prepared_calls_nobody() -> None:
    world = World()
    world.first.tell(PeerWanted(world.second.address), PeerUnwanted(world.second.address))
    world.run(10.0)
    assert not [effect for effect in world.first.done if isinstance(effect, Send)]
    assert world.second.moved_at is None


def test_what_a_peer_said_before_it_was_forgotten_asks_nobody() -> None:
    world = World(Policy.ASK)
    world.first.tell(PeerWanted(world.second.address))
    world.second.tell(TrustSeen(world.second.trust_id, {}))
    world.run(5.0)
    assert not any(isinstance(effect, AskUser) for effect in world.second.done)


def test_a_rung_of_the_plan_is_done_before_the_end_is_ready_and_not_instead() -> None:
    world = World(rings=False)
    twice = Case(since=90.0, reasons=(Reason.PEER_NEVER_ANSWERED,) * 2)
    wished = replace(enter(Link(world.second.address, world.now), Phase.WANTED, world.now), case=twice)
    links = replace(world.first.state.links, links={world.second.address: wished})
    world.first.state = replace(world.first.state, links=links)
    sees(world.first)
    moved: list[float] = []
    for end in (world.first, world.second):
        while end.moved_at is None:
            world.run(STEP_S)
            assert world.now < 200.0
        moved.append(end.moved_at)
        assert ResetEngine(Rung.CLEAR_FLAGS) in end.done
    assert abs(moved[0] - moved[1]) >= STAGGER_S, "the same instant fails one time in eight"
