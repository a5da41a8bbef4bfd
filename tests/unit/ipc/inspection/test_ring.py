from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.inspection.ring import END, TRAILER, Reading, Ring

SIZE = 128


def ring(size: int = SIZE) -> Ring:
    return Ring(memoryview(bytearray(END.size + size)))


def payloads(one: Ring, after: int = 0) -> list[bytes]:
    return [record.payload for record in one.read(after).records]


def test_empty() -> None:
    assert ring().read().records == []
    assert ring().newest() is None
    assert not ring().read().lost


@given(st.lists(st.binary(max_size=SIZE - TRAILER.size), max_size=40))
def test_the_newest_that_fit_are_kept_in_order(written: list[bytes]) -> None:
    one = ring()
    for payload in written:
        one.append(payload)
    room, fitting = SIZE, 0
    for payload in reversed(written):
        room -= len(payload) + TRAILER.size
        if room < 0:
            break
        fitting += 1
    reading = one.read()
    assert payloads(one) == written[len(written) - fitting :]
    assert reading.lost == (fitting < len(written))
    assert one.newest() == (written[-1] if written else None)


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=40), st.data())
def test_following_from_any_cursor_misses_nothing_untold(written: list[bytes], data: st.DataObject) -> None:
    one = ring()
    seen: list[bytes] = []
    cursor, lost = 0, False
    for payload in written:
        one.append(payload)
        if data.draw(st.booleans()):
            reading = one.read(cursor)
            lost |= reading.lost
            seen += [record.payload for record in reading.records]
            cursor = one.end
    reading = one.read(cursor)
    lost |= reading.lost
    seen += [record.payload for record in reading.records]
    assert lost or seen == written


def test_a_cursor_from_another_life_gets_everything_and_is_told() -> None:
    one = ring()
    one.append(b"first")
    assert one.read(10_000) == Reading(one.read().records, lost=True, end=one.end)


def test_too_long_a_record_changes_nothing() -> None:
    one = ring()
    one.append(b"kept")
    with pytest.raises(ValueError, match="129 bytes"):
        one.append(bytes(SIZE + 1))
    assert payloads(one) == [b"kept"]


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=20), st.binary(max_size=40), st.integers(0, 48))
def test_a_kill_in_the_middle_of_a_write_leaves_whole_records(written: list[bytes], cut: bytes, done: int) -> None:
    memory = bytearray(END.size + SIZE)
    one = Ring(memoryview(memory))
    for payload in written:
        one.append(payload)
    before = payloads(one)
    count = bytes(memory[: END.size])
    shadow = bytearray(memory)
    Ring(memoryview(shadow)).append(cut)
    # Only the first `done` bytes of the record arrived, and the count did not.
    place = one.end % SIZE
    for step in range(min(done, len(cut) + TRAILER.size)):
        at = END.size + (place + step) % SIZE
        memory[at] = shadow[at]
    memory[: END.size] = count
    after = payloads(one)
    assert after == before[len(before) - len(after) :]
    assert one.newest() == before[-1]


@given(st.binary(min_size=END.size + 20, max_size=END.size + SIZE))
def test_whatever_the_bytes_are_reading_ends(memory: bytes) -> None:
    reading = Ring(memoryview(memory)).read()
    cursors = [record.cursor for record in reading.records]
    assert all(a < b for a, b in pairwise(cursors))
