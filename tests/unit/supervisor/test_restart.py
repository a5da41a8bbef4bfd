"""The restart decision: every kind with every exit, and what must hold over any run of failures."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.supervisor.actor import ABORT_WITHIN
from airhail.supervisor.restart import (
    FIRST_DELAY,
    HEALTHY_AFTER,
    LARGEST_JITTER,
    LONGEST_DELAY,
    NO_HISTORY,
    Abandon,
    Decision,
    Exit,
    Forget,
    GiveUp,
    History,
    Restart,
    decide,
    delay,
    describe,
)
from airhail.supervisor.specs import ACTORS, ActorSpec, RestartKind

EXITS = (None, 0, 1, 2, 77, 78, 79, 126, 127, 255, -1, -6, -9, -15)
KINDS_AND_EXITS = list(itertools.product(RestartKind, EXITS))
JITTERS = st.floats(0, 1)


def spec(kind: RestartKind = RestartKind.PERMANENT) -> ActorSpec:
    return ActorSpec("one", ("/bin/true",), kind)


def expected(kind: RestartKind, code: int | None) -> type[Decision]:
    if kind is RestartKind.TEMPORARY or (kind is RestartKind.TRANSIENT and code == 0):
        return Forget
    return Abandon if code == 78 else Restart


@pytest.mark.parametrize(("kind", "code"), KINDS_AND_EXITS)
def test_every_kind_with_every_exit(kind: RestartKind, code: int | None) -> None:
    decision, _ = decide(spec(kind), Exit(code), NO_HISTORY, 5.0, 0.0)
    assert type(decision) is expected(kind, code)


@pytest.mark.parametrize(("kind", "code"), KINDS_AND_EXITS)
def test_every_kind_with_every_exit_when_the_window_is_full(kind: RestartKind, code: int | None) -> None:
    full = History(tuple(float(at) for at in range(10)), 10)
    decision, _ = decide(spec(kind), Exit(code), full, 11.0, 0.0)
    within = expected(kind, code)
    assert type(decision) is (GiveUp if within is Restart else within)


def test_delays_double_up_to_the_longest() -> None:
    history = NO_HISTORY
    delays = []
    for life in range(12):
        decision, history = decide(spec(), Exit(1), History((), history.streak), life * 1000.0, 0.0)
        assert isinstance(decision, Restart)
        delays.append(decision.after)
    assert delays == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 30])


@pytest.mark.parametrize(("served", "streak"), [(0.0, 6), (9.99, 6), (10.0, 1), (1e6, 1)])
def test_a_healthy_spell_resets_the_backoff(served: float, streak: int) -> None:
    _, history = decide(spec(), Exit(1, served), History((), 5), 100.0, 0.0)
    assert history.streak == streak


def test_a_healthy_spell_leaves_the_window_alone() -> None:
    full = History(tuple(float(at) for at in range(10)), 1)
    decision, _ = decide(spec(), Exit(-11, HEALTHY_AFTER), full, 20.0, 0.0)
    assert decision == GiveUp("one ended 11 times within 300 s, the last time: killed by SIGSEGV; its log says why")


def test_restarts_before_the_window_do_not_count() -> None:
    old = History(tuple(float(at) for at in range(10)), 1)
    decision, history = decide(spec(), Exit(1), old, 300.0, 0.0)
    assert isinstance(decision, Restart)
    assert history.restarts == (*range(1, 10), 300.0)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=60), JITTERS)
def test_never_more_restarts_in_a_window_than_allowed(lives: list[tuple[float, float]], jitter: float) -> None:
    one, now, history, restarts = spec(), 0.0, NO_HISTORY, []
    for served, unready in lives:
        now += unready + served
        decision, history = decide(one, Exit(-9, served), history, now, jitter)
        assert len(history.restarts) <= one.max_restarts
        if isinstance(decision, GiveUp):
            break
        assert isinstance(decision, Restart)
        restarts.append(now)
        now += decision.after
    for at in restarts:
        assert sum(at - one.window < other <= at for other in restarts) <= one.max_restarts


@given(st.integers(1, 10_000), JITTERS)
def test_delay_is_bounded(streak: int, jitter: float) -> None:
    assert FIRST_DELAY <= delay(streak, jitter) <= LONGEST_DELAY * (1 + LARGEST_JITTER)
    assert delay(streak, 0) <= delay(streak, jitter) <= delay(streak, 0) * (1 + LARGEST_JITTER)


@pytest.mark.parametrize("one", ACTORS, ids=lambda one: one.name)
@given(lasts=st.lists(st.floats(0, 1), min_size=11, max_size=11), jitter=JITTERS)
def test_an_actor_that_never_gets_ready_always_escalates(one: ActorSpec, lasts: list[float], jitter: float) -> None:
    now, history = 0.0, NO_HISTORY
    for share in lasts[:-1]:
        now += share * (one.ready_within + ABORT_WITHIN)
        decision, history = decide(one, Exit(-9), history, now, jitter)
        assert isinstance(decision, Restart)
        now += decision.after
    decision, _ = decide(one, Exit(-9), history, now + lasts[-1] * (one.ready_within + ABORT_WITHIN), jitter)
    assert isinstance(decision, GiveUp)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "exit 0"),
        (78, "exit 78"),
        (-9, "killed by SIGKILL"),
        (-35, "killed by signal 35"),
        (None, "failure to start"),
    ],
)
def test_exits_in_words(code: int | None, words: str) -> None:
    assert describe(Exit(code)) == words
