"""The tree: start order, readiness, stop order, escalation; the lives of its actors; what can never happen."""

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from airhail.supervisor.actor import AT_REST, KILL_WITHIN, TRANSITIONS, Actor, Phase
from airhail.supervisor.actor_events import (
    AbortActor,
    AskActor,
    Exited,
    KillActor,
    Notified,
    SpawnActor,
    Spawned,
    SpawnFailed,
    Tick,
    TimeLost,
)
from airhail.supervisor.core import (
    ActorEvent,
    AnnounceReady,
    AnnounceStopping,
    Begun,
    Effect,
    Event,
    Stage,
    StopRequested,
    plant,
    step,
)
from airhail.supervisor.document import document
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.specs import ActorSpec, RestartKind, Strategy

READY = Notified({"READY": "1"})
ALIVE = Notified({"WATCHDOG": "1"})


def spec(name: str, **changes: Any) -> ActorSpec:
    return ActorSpec(name, ("/bin/true",), **{"ready_within": 10.0, "stop_within": 5.0, "watchdog": 3.0, **changes})


class Story:
    """A tree that events are told to, one after the other."""

    def __init__(self, *specs: ActorSpec) -> None:
        self.tree = plant(specs, 0.0)
        self.now = 0.0
        self.pids = iter(range(100, 1_000_000))

    def tell(self, event: Event) -> list[Effect]:
        self.tree, effects = step(self.tree, event, self.now)
        for effect in effects:
            if isinstance(effect, SpawnActor):
                more = self.tell(ActorEvent(effect.name, Spawned(next(self.pids))))
                assert more == []
        return effects

    def at(self, now: float) -> "Story":
        self.now = now
        return self

    def begin(self) -> list[Effect]:
        return self.tell(Begun())

    def tick(self) -> list[Effect]:
        return self.tell(Tick())

    def ready(self, name: str) -> list[Effect]:
        return self.tell(ActorEvent(name, READY))

    def exit(self, name: str, code: int) -> list[Effect]:
        return self.tell(ActorEvent(name, Exited(code, 0.0)))

    def stop(self) -> list[Effect]:
        return self.tell(StopRequested("asked"))

    def one(self, name: str) -> Actor:
        return self.tree.actors[name]

    def phases(self) -> list[str]:
        return [one.phase.value for one in self.tree.actors.values()]


def running(*specs: ActorSpec) -> Story:
    story = Story(*specs)
    story.begin()
    for one in specs:
        story.ready(one.name)
    return story


def test_each_starts_after_the_one_before_is_ready() -> None:
    story = Story(spec("a"), spec("b"), spec("c"))
    assert story.begin() == [SpawnActor("a")]
    assert story.phases() == ["STARTING", "STOPPED", "STOPPED"]
    assert story.ready("a") == [SpawnActor("b")]
    assert story.ready("b") == [SpawnActor("c")]
    assert story.ready("c") == [AnnounceReady()]
    assert story.tree.stage is Stage.RUNNING


def test_one_that_hangs_before_ready_is_aborted_and_does_not_hold_up_the_next() -> None:
    story = Story(spec("a"), spec("b"))
    story.begin()
    assert story.tree.deadline == 10
    assert story.at(10).tick() == [AbortActor("a", "no READY=1 within 10 s"), SpawnActor("b")]
    assert story.at(10 + 2).tick() == [KillActor("a")]
    assert story.exit("a", -9) == []
    assert story.one("a").phase is Phase.BACKOFF
    assert story.one("a").last_exit == "killed by SIGKILL: no READY=1 within 10 s"
    assert story.ready("b") == []
    assert story.at(12.1).tick() == [SpawnActor("a")]
    assert story.ready("a") == [AnnounceReady()]


def test_a_crash_before_ready_leaves_the_next_waiting_for_the_ready_deadline() -> None:
    story = Story(spec("a"), spec("b"))
    story.begin()
    story.at(1).exit("a", 1)
    assert story.at(1.1).tick() == [SpawnActor("a")]
    assert story.at(10).tick() == [SpawnActor("b")]


def test_a_configuration_error_is_fatal_for_one_and_not_for_the_others() -> None:
    story = Story(spec("a"), spec("b"))
    story.begin()
    assert story.exit("a", 78) == [SpawnActor("b")]
    assert story.one("a").phase is Phase.FATAL
    assert "configuration" in (story.one("a").last_exit or "")
    assert story.ready("b") == [AnnounceReady(without=("a",))]


def test_configuration_errors_everywhere_end_the_supervisor() -> None:
    story = Story(spec("a"), spec("b"))
    story.begin()
    story.exit("a", 78)
    effects = story.exit("b", 78)
    assert [type(effect) for effect in effects] == [AnnounceStopping]
    assert (story.tree.stage, story.tree.outcome) == (Stage.STOPPED, ExitStatus.BAD_CONFIG)


def test_a_temporary_actor_is_not_waited_for() -> None:
    story = Story(spec("a", kind=RestartKind.TEMPORARY), spec("b"))
    story.begin()
    assert story.exit("a", 1) == [SpawnActor("b")]
    assert story.phases() == ["EXITED", "STARTING"]
    assert story.ready("b") == [AnnounceReady()]


def test_ready_twice_counts_once() -> None:
    story = running(spec("a"))
    story.at(1)
    assert story.ready("a") == []
    assert story.one("a").ready_at == 0


def test_a_killed_actor_comes_back_alone() -> None:
    story = running(spec("a"), spec("b"))
    assert story.at(1).exit("a", -9) == []
    assert story.phases() == ["BACKOFF", "RUNNING"]
    assert story.tree.deadline == 1.1
    assert story.at(1.1).tick() == [SpawnActor("a")]
    assert story.one("a").restarts == 1
    assert story.ready("a") == []
    assert story.phases() == ["RUNNING", "RUNNING"]


def test_watchdog_silence_is_aborted_then_killed() -> None:
    story = running(spec("a"))
    story.at(2).tell(ActorEvent("a", ALIVE))
    assert story.at(4.9).tick() == []
    assert story.at(5).tick() == [AbortActor("a", "no WATCHDOG=1 for 3 s")]
    assert story.at(6.9).tick() == []
    assert story.at(7).tick() == [KillActor("a")]
    assert story.exit("a", -9) == []
    assert story.one("a").last_exit == "killed by SIGKILL: no WATCHDOG=1 for 3 s"
    assert story.one("a").phase is Phase.BACKOFF


def test_an_actor_without_a_watchdog_may_be_silent() -> None:
    story = running(spec("a", watchdog=None))
    assert story.tree.deadline is None
    assert story.at(1e6).tick() == []


def test_watchdog_before_ready_does_not_move_the_ready_deadline() -> None:
    story = Story(spec("a"))
    story.begin()
    story.at(9).tell(ActorEvent("a", ALIVE))
    assert story.tree.deadline == 10


def test_an_actor_that_says_stopping_and_stays_is_killed_and_restarted() -> None:
    story = running(spec("a"))
    story.tell(ActorEvent("a", Notified({"STOPPING": "1", "STATUS": "going"})))
    assert story.one("a").phase is Phase.STOPPING
    assert story.one("a").status == "going"
    assert story.at(5).tick() == [KillActor("a")]
    assert story.at(5 + KILL_WITHIN).tick() == [KillActor("a")]
    assert story.exit("a", -9) == []
    assert story.one("a").phase is Phase.BACKOFF


def test_stops_in_reverse_each_after_the_one_behind_it_is_gone() -> None:
    story = running(spec("a"), spec("b"), spec("c"))
    assert story.stop() == [AnnounceStopping("asked"), AskActor("c")]
    assert story.exit("c", 0) == [AskActor("b")]
    assert story.phases() == ["RUNNING", "STOPPING", "STOPPED"]
    assert story.stop() == []
    assert story.exit("b", 0) == [AskActor("a")]
    assert story.exit("a", 0) == []
    assert (story.tree.stage, story.tree.outcome) == (Stage.STOPPED, ExitStatus.DONE)


def test_sigterm_ignored_is_killed() -> None:
    story = running(spec("a"))
    story.stop()
    assert story.at(4.9).tick() == []
    assert story.at(5).tick() == [KillActor("a")]
    story.exit("a", -9)
    assert story.tree.stage is Stage.STOPPED
    assert story.one("a").last_exit == "killed by SIGKILL: still there 5 s after it began to stop"


def test_a_process_that_the_kernel_holds_on_to_does_not_keep_the_supervisor() -> None:
    story = running(spec("a"))
    story.stop()
    story.at(5).tick()
    story.at(5 + KILL_WITHIN).tick()
    assert story.tree.stage is Stage.STOPPED
    assert story.one("a").last_exit == "did not end after SIGKILL; left behind"


def test_stopping_calls_off_a_backoff_and_what_never_started() -> None:
    story = Story(spec("a"), spec("b"))
    story.begin()
    story.exit("a", 1)
    story.stop()
    assert story.tree.stage is Stage.STOPPED
    assert story.phases() == ["STOPPED", "STOPPED"]


def test_a_crash_while_stopping_is_not_restarted() -> None:
    story = running(spec("a"), spec("b"))
    story.stop()
    assert story.exit("a", -11) == []
    assert story.one("a").phase is Phase.STOPPED
    assert story.at(60).tick() == [KillActor("b")]
    assert story.exit("b", 0) == []
    assert story.tree.stage is Stage.STOPPED


def test_a_crash_loop_stops_everything_with_a_status_of_its_own() -> None:
    story = running(spec("a"), spec("b"))
    for _ in range(10):
        assert story.exit("a", 1) == []
        deadline = story.one("a").deadline
        assert deadline is not None
        story.tell(ActorEvent("b", ALIVE))
        story.now = deadline
        story.tell(ActorEvent("b", ALIVE))
        assert SpawnActor("a") in story.tick()
    effects = story.exit("a", 1)
    assert effects == [
        AnnounceStopping("a ended 11 times within 300 s, the last time: exit 1; its log says why"),
        AskActor("b"),
    ]
    story.exit("b", 0)
    assert (story.tree.stage, story.tree.outcome) == (Stage.STOPPED, ExitStatus.ESCALATED)


def test_a_start_that_fails_counts_and_is_tried_again() -> None:
    story = Story(spec("a"))
    story.begin()
    story.tell(ActorEvent("a", SpawnFailed("too many processes", 0.0)))
    assert story.one("a").phase is Phase.BACKOFF
    assert story.one("a").last_exit == "could not be started: too many processes"
    assert len(story.one("a").history.restarts) == 1


def test_a_healthy_actor_comes_back_at_once() -> None:
    story = running(spec("a", watchdog=None))
    assert story.at(10).exit("a", -9) == []
    assert story.tree.deadline == 10
    assert story.tick() == [SpawnActor("a")]
    assert story.ready("a") == []
    story.at(11).exit("a", -9)
    assert story.tree.deadline == 11.1


REST = Strategy.REST_FOR_ONE
ALL = Strategy.ONE_FOR_ALL


def test_rest_for_one_stops_the_later_ones_in_reverse_and_starts_them_again_in_order() -> None:
    story = running(spec("a"), spec("b", strategy=REST), spec("c"), spec("d"))
    assert story.exit("b", 1) == [AskActor("d")]
    assert story.phases() == ["RUNNING", "BACKOFF", "RUNNING", "STOPPING"]
    story.at(0.1).tick()
    assert story.phases() == ["RUNNING", "STOPPED", "RUNNING", "STOPPING"], "b waits until the others are gone"
    assert story.exit("d", 0) == [AskActor("c")]
    assert story.exit("c", -15) == [SpawnActor("b")]
    assert story.ready("b") == [SpawnActor("c")]
    assert story.ready("c") == [SpawnActor("d")]
    assert story.ready("d") == []
    assert story.phases() == ["RUNNING"] * 4
    assert [one.restarts for one in story.tree.actors.values()] == [0, 1, 1, 1]
    assert [len(one.history.restarts) for one in story.tree.actors.values()] == [0, 1, 0, 0], "only b's own fault"
    assert story.tree.stage is Stage.RUNNING


def test_one_for_all_starts_the_earlier_ones_first() -> None:
    story = running(spec("a"), spec("b", strategy=ALL), spec("c"))
    assert story.exit("b", 1) == [AskActor("c")]
    assert story.exit("c", 0) == [AskActor("a")]
    assert story.exit("a", 0) == []
    assert story.phases() == ["STOPPED", "BACKOFF", "STOPPED"], "nobody starts before the delay is over"
    assert story.at(0.1).tick() == [SpawnActor("a")]
    assert story.ready("a") == [SpawnActor("b")]
    assert story.ready("b") == [SpawnActor("c")]


def test_a_companion_in_backoff_keeps_its_delay() -> None:
    story = running(spec("a", strategy=REST), spec("b", first_delay=20.0))
    story.exit("b", 1)
    story.exit("a", 1)
    story.at(1).tick()
    assert story.phases() == ["STOPPED", "BACKOFF"]
    assert story.at(20).tick() == [SpawnActor("a")]
    assert story.ready("a") == [SpawnActor("b")]


def test_companions_that_are_done_stay_done_and_temporary_ones_are_dropped() -> None:
    kinds = spec("b", kind=RestartKind.TRANSIENT), spec("c", kind=RestartKind.TEMPORARY), spec("d")
    story = running(spec("a", strategy=REST), *kinds)
    story.exit("b", 0)
    assert story.exit("a", 1) == [AskActor("d")]
    assert story.exit("d", 78) == [AskActor("c")], "how one ends that was asked to does not matter"
    assert story.exit("c", 0) == []
    assert story.phases() == ["BACKOFF", "EXITED", "EXITED", "STOPPED"]
    assert story.at(0.1).tick() == [SpawnActor("a")]
    assert story.ready("a") == [SpawnActor("d")]


def test_a_companion_that_the_kernel_holds_on_to_is_waited_for() -> None:
    story = running(spec("a", strategy=REST, watchdog=None), spec("b"))
    story.exit("a", 1)
    story.at(5).tick()
    assert story.at(5 + KILL_WITHIN).tick() == [KillActor("b")], "two lives of one actor would share a socket"
    assert story.at(90).exit("b", -9) == [SpawnActor("a")]


def test_stopping_calls_off_a_restart_of_companions() -> None:
    story = running(spec("a", strategy=ALL), spec("b"), spec("c"))
    assert story.exit("a", 1) == [AskActor("c")]
    assert story.stop() == [AnnounceStopping("asked")]
    assert story.exit("c", 0) == [AskActor("b")]
    assert story.exit("b", 0) == []
    assert story.tree.stage is Stage.STOPPED


def test_lost_time_is_nobodys_silence() -> None:
    story = running(spec("a"), spec("b"))
    story.at(2).tell(ActorEvent("b", ALIVE))
    assert story.at(100).tell(TimeLost()) == []
    assert story.tick() == []
    assert story.tree.deadline == 103
    assert story.at(103).tick() == [
        AbortActor("a", "no WATCHDOG=1 for 3 s"),
        AbortActor("b", "no WATCHDOG=1 for 3 s"),
    ], "whoever stays silent afterwards does hang"


def test_lost_time_is_granted_to_a_start_and_to_a_stop_but_shortens_no_delay() -> None:
    story = Story(spec("a"), spec("b"))
    story.begin()
    story.at(50).tell(TimeLost())
    assert story.one("a").deadline == 60
    story.exit("a", 1)
    story.at(50.05).tell(TimeLost())
    assert story.one("a").deadline == 50.1


def test_two_actors_may_not_share_a_name() -> None:
    with pytest.raises(ValueError, match="share a name"):
        plant([spec("a"), spec("a")], 0.0)


def test_the_document_has_what_is_known_and_no_more() -> None:
    story = Story(spec("a"), spec("b"))
    story.begin()
    story.tell(ActorEvent("a", Notified({"STATUS": "warming up"})))
    story.at(1).exit("a", -9)
    assert document(story.tree, 7, "0.1.0") == {
        "state": "starting",
        "pid": 7,
        "since": 0.0,
        "version": "0.1.0",
        "actors": {
            "a": {
                "state": "BACKOFF",
                "since": 1,
                "restarts": 0,
                "last_exit": "killed by SIGKILL",
                "status": "warming up",
                "next_start": 1.1,
            },
            "b": {"state": "STOPPED", "since": 0.0, "restarts": 0},
        },
    }


def test_cores_import_no_input_or_output() -> None:
    root = Path(__file__).parents[3] / "supervisor"
    for name in ("specs", "actor", "exit_status", "document"):
        for node in ast.walk(ast.parse((root / f"{name}.py").read_text())):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= {"enum", "sys"}


class AnyStory(RuleBasedStateMachine):
    """Whatever happens, in whatever order: the world of processes and the tree agree."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.pid = 100
        self.alive: dict[str, int] = {}
        self.asked: set[str] = set()
        self.stopped_in: list[str] = []

    @initialize(strategies=st.tuples(*[st.sampled_from(Strategy)] * 4))
    def begin(self, strategies: tuple[Strategy, ...]) -> None:
        kinds = RestartKind.PERMANENT, RestartKind.PERMANENT, RestartKind.TRANSIENT, RestartKind.TEMPORARY
        specs = [
            spec(name, kind=kind, strategy=strategy)
            for name, kind, strategy in zip("abcd", kinds, strategies, strict=True)
        ]
        self.tree = plant(specs, 0.0)
        self.tell(Begun())

    def tell(self, event: Event) -> None:
        before = self.tree
        self.tree, effects = step(self.tree, event, self.now)
        for name, one in self.tree.actors.items():
            was = before.actors[name].phase
            assert one.phase is was or one.phase in TRANSITIONS[was] or self.passed_through(was, one.phase)
        for effect in effects:
            match effect:
                case SpawnActor(name):
                    assert name not in self.alive, "one life at a time"
                    assert self.tree.stage is not Stage.STOPPING
                    going = {one.spec.name for one in self.tree.actors.values() if not one.wanted}
                    if self.tree.actors[name].spec.strategy is not Strategy.ONE_FOR_ONE:
                        assert not going & self.alive.keys(), "who ends with it is gone before it starts"
                    self.pid += 1
                    self.alive[name] = self.pid
                    self.tell(ActorEvent(name, Spawned(self.pid)))
                case AskActor(name) | AbortActor(name, _) | KillActor(name):
                    assert name in self.alive, "only a living process is signalled"
                    self.asked.add(name)
                    if isinstance(effect, AskActor) and self.tree.stage is Stage.STOPPING:
                        self.stopped_in.append(name)

    @staticmethod
    def passed_through(was: Phase, now: Phase) -> bool:
        """Tell whether one event may lead from one phase to the other by way of a third."""
        return any(now in TRANSITIONS[between] for between in TRANSITIONS[was])

    @rule(name=st.sampled_from("abcd"), word=st.sampled_from(["READY", "WATCHDOG", "STOPPING"]))
    def notified(self, name: str, word: str) -> None:
        if name in self.alive:
            self.tell(ActorEvent(name, Notified({word: "1"})))

    @rule(name=st.sampled_from("abcd"), code=st.sampled_from([0, 1, 78, -9]), jitter=st.floats(0, 1))
    def ended(self, name: str, code: int, jitter: float) -> None:
        if self.alive.pop(name, None):
            self.asked.discard(name)
            self.tell(ActorEvent(name, Exited(code, jitter)))

    @rule()
    def time_lost(self) -> None:
        self.tell(TimeLost())

    @rule(seconds=st.floats(0, 40))
    def time_passed(self, seconds: float) -> None:
        self.now += seconds
        self.tell(Tick())
        assert self.tree.deadline is None or self.tree.deadline > self.now, "a tick leaves nothing overdue"

    @precondition(lambda self: self.now > 60)
    @rule()
    def stop_requested(self) -> None:
        self.tell(StopRequested("asked"))

    @invariant()
    def pids_agree(self) -> None:
        for name, one in self.tree.actors.items():
            assert one.phase in TRANSITIONS
            if one.pid is not None:
                assert self.alive[name] == one.pid
            if one.phase in (Phase.STARTING, Phase.RUNNING, Phase.STOPPING):
                assert one.pid is not None

    @invariant()
    def every_wait_ends(self) -> None:
        for one in self.tree.actors.values():
            assert (one.deadline is None) == (one.phase in AT_REST)

    @invariant()
    def stop_order_is_reversed(self) -> None:
        assert self.stopped_in == sorted(self.stopped_in, reverse=True)

    def teardown(self) -> None:
        """Let every process do as it should: then all serve, or all are gone, before long."""
        if not hasattr(self, "tree"):
            return
        for _ in range(60):
            for name in list(self.alive):
                if name in self.asked:
                    self.ended(name, 0, 0.0)
                else:
                    self.notified(name, "READY")
                    self.notified(name, "WATCHDOG")
            if self.settled():
                return
            self.time_passed(2.0)
        raise AssertionError(f"it never came to rest: {self.tree}")

    def settled(self) -> bool:
        if self.tree.stage is Stage.STOPPED:
            return not self.alive
        resting = Phase.RUNNING, Phase.EXITED, Phase.FATAL
        return self.tree.stage is Stage.RUNNING and all(one.phase in resting for one in self.tree.actors.values())


TestAnyStory = AnyStory.TestCase
TestAnyStory.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
