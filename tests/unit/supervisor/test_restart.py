"""The restart decision: every kind with every exit, and what must hold over any run of failures."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.supervisor.restart import (
    LARGEST_JITTER,
    NO_HISTORY,
    Abandon,
    Decision,
    Exit,
    Forget,
    GiveUp,
    History,
    Restart,
    companions,
    decide,
    delay,
    describe,
    longest_failure,
)
from airhail.supervisor.specs import ACTORS, ActorSpec, RestartKind, Strategy

EXITS = (None, 0, 1, 2, 75, 77, 78, 79, 126, 127, 255, -1, -6, -9, -15)
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
    assert type(decision) is (GiveUp if within is Restart and code != 75 else within)


def test_who_waits_for_something_outside_is_tried_again_ever_more_seldom_without_end() -> None:
    history, delays = NO_HISTORY, []
    for _ in range(50):
        decision, history = decide(spec(), Exit(75), history, 5.0, 0.0)
        assert isinstance(decision, Restart)
        delays.append(decision.after)
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (spec().first_delay, spec().longest_delay)
    assert isinstance(decide(spec(), Exit(1), history, 6.0, 0.0)[0], Restart), "and nothing of it is held against it"


def test_delays_double_up_to_the_longest() -> None:
    history = NO_HISTORY
    delays = []
    for life in range(12):
        decision, history = decide(spec(), Exit(1), History((), history.streak), life * 1000.0, 0.0)
        assert isinstance(decision, Restart)
        delays.append(decision.after)
    assert delays == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 30])


@pytest.mark.parametrize(("served", "streak"), [(0.0, 6), (9.99, 6), (10.0, 0), (1e6, 0)])
def test_a_healthy_spell_resets_the_backoff(served: float, streak: int) -> None:
    decision, history = decide(spec(), Exit(1, served), History((), 5), 100.0, 1.0)
    assert history.streak == streak
    assert isinstance(decision, Restart)
    assert decision.after == pytest.approx(3.2 * 1.2 if streak else 0.0)


def test_a_healthy_spell_leaves_the_window_alone() -> None:
    full = History(tuple(float(at) for at in range(10)), 1)
    decision, _ = decide(spec(), Exit(-11, spec().healthy_after), full, 20.0, 0.0)
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


SPECS = st.builds(
    replace,
    st.just(spec()),
    first_delay=st.floats(0.01, 10),
    longest_delay=st.floats(10, 1000),
    max_restarts=st.integers(0, 30),
    ready_within=st.floats(0.1, 100),
    abort_within=st.floats(0.1, 10),
)


@given(SPECS, st.integers(1, 10_000), JITTERS)
def test_delay_is_bounded(one: ActorSpec, streak: int, jitter: float) -> None:
    assert one.first_delay <= delay(one, streak, jitter) <= one.longest_delay * (1 + LARGEST_JITTER)
    assert delay(one, streak, 0) <= delay(one, streak, jitter) <= delay(one, streak, 0) * (1 + LARGEST_JITTER)
    assert delay(one, streak, 0) <= delay(one, streak + 1, 0)


def test_there_is_no_delay_after_a_healthy_life() -> None:
    assert delay(spec(), 0, 1.0) == 0


@given(one=SPECS, lasts=st.lists(st.floats(0, 1), min_size=31, max_size=31), jitter=JITTERS)
def test_an_actor_that_never_gets_ready_always_escalates(one: ActorSpec, lasts: list[float], jitter: float) -> None:
    one = replace(one, window=longest_failure(one) * 1.001)
    now, history = 0.0, NO_HISTORY
    for share in lasts[: one.max_restarts]:
        now += share * (one.ready_within + one.abort_within)
        decision, history = decide(one, Exit(-9), history, now, jitter)
        assert isinstance(decision, Restart)
        now += decision.after
    decision, _ = decide(one, Exit(-9), history, now + one.ready_within + one.abort_within, jitter)
    assert isinstance(decision, GiveUp)


@pytest.mark.parametrize("one", ACTORS, ids=lambda one: one.name)
def test_the_window_of_every_actor_is_long_enough(one: ActorSpec) -> None:
    assert longest_failure(one) < one.window


@pytest.mark.parametrize(
    ("strategy", "name", "others"),
    [
        (Strategy.ONE_FOR_ONE, "b", ""),
        (Strategy.REST_FOR_ONE, "a", "bcd"),
        (Strategy.REST_FOR_ONE, "b", "cd"),
        (Strategy.REST_FOR_ONE, "d", ""),
        (Strategy.ONE_FOR_ALL, "a", "bcd"),
        (Strategy.ONE_FOR_ALL, "c", "abd"),
    ],
)
def test_companions(strategy: Strategy, name: str, others: str) -> None:
    assert tuple(companions(strategy, name, "abcd")) == tuple(others)


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
