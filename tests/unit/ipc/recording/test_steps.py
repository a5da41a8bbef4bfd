"""The last steps are remembered, told in pieces, and forgotten in the end."""

import json

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

from airhail.ipc.limits import PAGE, RECENT_STEPS
from airhail.ipc.recording.codec import decode, encode
from airhail.ipc.recording.lines import Begin, parse_body
from airhail.ipc.recording.steps import Steps, cut
from tests.unit.ipc.recording.machine import LOW, Broke, Event, Met, Peer, State, step


def stepped(*events: Event) -> tuple[Steps, list[State]]:
    """Take events; return the steps, and the state before each and after the last."""
    steps, states = Steps(), [State()]
    steps.begin(states[0])
    for event in events:
        state, _ = steps.take(step, states[-1], event, float(len(states)))
        states.append(state)
    return steps, states


def met(number: int, name: str = "") -> Met:
    return Met(Peer(f"02:00:00:00:{number // 256:02x}:{number % 256:02x}", name))


def read_state(steps: Steps, after: int | None) -> tuple[State, int]:
    """Put a state together from its pieces."""
    text, skip = "", 0
    while True:
        piece = steps.state(after, skip)
        text, after, skip = text + piece.text, piece.after, piece.skip
        if not skip:
            return decode(json.loads(text), State), piece.after


def read_lines(steps: Steps, after: int) -> list[dict[str, object]]:
    """Put lines together from their pieces, until there are no more."""
    text, skip = "", 0
    while True:
        piece = steps.lines(after, skip)
        assert len(piece.text.encode()) <= PAGE
        if not piece.text:
            return [json.loads(line) for line in text.split("\n")[:-1]]
        text, after, skip = text + piece.text, piece.after, piece.skip


def test_every_state_and_step_is_there_until_it_is_forgotten() -> None:
    events = [met(number) for number in range(RECENT_STEPS + 10)]
    steps, states = stepped(*events)
    assert steps.taken == len(events)
    for after in (10, 11, RECENT_STEPS, RECENT_STEPS + 9, RECENT_STEPS + 10):
        assert read_state(steps, after) == (states[after], after)
        assert [line["event"] for line in read_lines(steps, after)] == [encode(event) for event in events[after:]]
    assert read_state(steps, None) == (states[-1], len(events))
    assert read_state(steps, 0) == (states[10], 10), "the oldest that is remembered"
    piece = steps.lines(3, 0)
    assert (piece.text, piece.lost) == ("", 7)


def test_what_is_longer_than_an_answer_comes_in_pieces() -> None:
    events = [met(1, "ä" * PAGE), met(2), met(3, "\N{SNOWMAN}" * PAGE), met(4)]
    steps, states = stepped(*events)
    assert read_state(steps, None) == (states[-1], 4)
    assert [line["event"] for line in read_lines(steps, 0)] == [encode(event) for event in events]


def test_a_state_that_is_forgotten_while_it_is_read_begins_again() -> None:
    steps, states = stepped(met(1, "ä" * PAGE))
    first = steps.state(None, 0)
    assert first.skip
    state = states[-1]
    for number in range(RECENT_STEPS + 1):
        state, _ = steps.take(step, state, met(number), 0.0)
    again = steps.state(first.after, first.skip)
    assert again.after == 2
    assert again.text.startswith('{"is":"State"')


@given(st.text(min_size=1, max_size=100), st.integers(0, 13))
def test_pieces_are_whole_characters(text: str, repeat: int) -> None:
    # To be longer than a page, which hypothesis does not make.
    data = (text * 2**repeat).encode()
    found, skip = "", 0
    while True:
        piece = cut(data, skip)
        found, skip = found + piece.text, piece.skip
        if not skip:
            break
    assert found.encode() == data


def test_a_step_that_fails_is_remembered_too() -> None:
    steps, states = stepped(met(1))
    with pytest.raises(ZeroDivisionError):
        steps.take(step, states[-1], Broke(), 5.0)
    (line,) = read_lines(steps, 1)
    assert line == {"type": "step", "now": 5.0, "event": {"is": "Broke"}, "raised": "ZeroDivisionError: at 5"}
    assert read_state(steps, None) == (states[-1], 2)


async def test_who_waits_is_told_of_the_next_step(autojump_clock: MockClock) -> None:
    steps, states = stepped(met(1))
    await steps.wait(0, 60)
    assert trio.current_time() == 0
    await steps.wait(1, 60)
    assert trio.current_time() == 60
    async with trio.open_nursery() as nursery:
        nursery.start_soon(steps.wait, 1, 60)
        await wait_all_tasks_blocked()
        steps.take(step, states[-1], Met(Peer(LOW)), 0.0)
    assert trio.current_time() == 60


def test_as_many_of_the_newest_as_there_is_room_for() -> None:
    events = [met(number) for number in range(RECENT_STEPS + 10)]
    steps, states = stepped(*events)
    begin, *lines = parse_body(steps.recording(10**9))
    assert isinstance(begin, Begin)
    assert (begin.after, len(lines)) == (10, RECENT_STEPS)
    for room in (1000, 20_000, 60_000):
        data = steps.recording(room)
        assert len(data) <= room
        if data:
            begin, *lines = parse_body(data)
            assert isinstance(begin, Begin)
            assert begin.after + len(lines) == len(events)
            assert decode(begin.state, State) == states[begin.after]
            assert len(data) > room / 2 or not lines
    assert steps.recording(10) == b""
