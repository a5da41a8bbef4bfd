"""The tree: start order, readiness, stop order, escalation; the lives of its actors; what can never happen."""

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from airhail.supervisor.actor import (
    ABORT_WITHIN,
    AT_REST,
    KILL_WITHIN,
    TRANSITIONS,
    AbortActor,
    Actor,
    AskActor,
    Exited,
    KillActor,
    Notified,
    Phase,
    SpawnActor,
    Spawned,
    SpawnFailed,
    Tick,
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
    Tree,
    plant,
    step,
)
from airhail.supervisor.document import document
from airhail.supervisor.exit_status import ExitStatus
from airhail.supervisor.specs import ActorSpec, RestartKind

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
    assert story.at(10 + ABORT_WITHIN).tick() == [KillActor("a")]
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
    assert story.ready("b") == [AnnounceReady()]


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
        self.tree: Tree = plant([spec("a"), spec("b"), spec("c", kind=RestartKind.TRANSIENT)], 0.0)
        self.now = 0.0
        self.pid = 100
        self.alive: dict[str, int] = {}
        self.stopped_in: list[str] = []
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
                    self.pid += 1
                    self.alive[name] = self.pid
                    self.tell(ActorEvent(name, Spawned(self.pid)))
                case AskActor(name) | AbortActor(name, _) | KillActor(name):
                    assert name in self.alive, "only a living process is signalled"
                    if isinstance(effect, AskActor):
                        self.stopped_in.append(name)

    @staticmethod
    def passed_through(was: Phase, now: Phase) -> bool:
        """Tell whether one event may lead from one phase to the other by way of a third."""
        return any(now in TRANSITIONS[between] for between in TRANSITIONS[was])

    @rule(name=st.sampled_from("abc"), fields=st.sampled_from([{"READY": "1"}, {"WATCHDOG": "1"}, {"STOPPING": "1"}]))
    def notified(self, name: str, fields: dict[str, str]) -> None:
        if name in self.alive:
            self.tell(ActorEvent(name, Notified(fields)))

    @rule(name=st.sampled_from("abc"), code=st.sampled_from([0, 1, 78, -9]), jitter=st.floats(0, 1))
    def ended(self, name: str, code: int, jitter: float) -> None:
        if self.alive.pop(name, None):
            self.tell(ActorEvent(name, Exited(code, jitter)))

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


TestAnyStory = AnyStory.TestCase
TestAnyStory.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
