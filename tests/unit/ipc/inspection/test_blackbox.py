import faulthandler
import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.errors import LocalProtocolError
from airhail.ipc.inspection.blackbox import (
    MAGIC,
    SIZE,
    STACK,
    BlackBox,
    Remains,
    clear_box,
    copy_box,
    create_box,
    read_box,
)
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.limits import MAX_FRAME


@pytest.fixture
def descriptor() -> Iterator[int]:
    one = create_box("probe")
    yield one
    os.close(one)


def test_what_is_written_is_seen_from_outside(descriptor: int) -> None:
    box = BlackBox.open(os.dup(descriptor))
    box.log.append(b"a line")
    box.messages.append(b"a message")
    box.tasks.append(b"tasks")
    box.state.append(b"old")
    box.state.append(b"new")
    faulthandler.dump_traceback(descriptor, all_threads=False)
    remains = read_box(copy_box(descriptor))
    assert remains.state == b"new"
    assert (remains.log, remains.messages, remains.tasks) == ((b"a line",), (b"a message",), b"tasks")
    assert "test_what_is_written_is_seen_from_outside" in remains.stack


def test_a_box_that_was_never_opened_is_empty(descriptor: int) -> None:
    assert read_box(copy_box(descriptor)) == Remains()


def test_a_cleared_box_tells_nothing_of_the_life_before(descriptor: int) -> None:
    BlackBox.open(descriptor).log.append(b"before")
    os.write(descriptor, b"before")
    clear_box(descriptor)
    assert read_box(copy_box(descriptor)) == Remains()
    assert os.fstat(descriptor).st_blocks == 0


def test_the_child_cannot_change_its_size_nor_write_beyond_it(descriptor: int) -> None:
    for size in (0, SIZE + 1):
        with pytest.raises(PermissionError):
            os.ftruncate(descriptor, size)
    BlackBox.open(descriptor)
    assert os.write(descriptor, bytes(SIZE)) == SIZE - STACK
    with pytest.raises(PermissionError):
        os.write(descriptor, b"x")


def test_what_is_no_box_is_refused() -> None:
    reading, writing = os.pipe()
    with pytest.raises(LocalProtocolError, match="black box is none"):
        BlackBox.open(reading)
    os.close(reading)
    os.close(writing)


@given(st.binary(max_size=2000), st.integers(0, SIZE - 2000))
def test_whatever_the_bytes_are_a_box_can_be_read(noise: bytes, place: int) -> None:
    memory = bytearray(SIZE)
    memory[: len(MAGIC)] = MAGIC
    memory[place : place + len(noise)] = noise
    read_box(bytes(memory))


def test_a_state_nobody_could_be_sent_is_not_kept() -> None:
    box = BlackBox.own()
    inspection = Inspection(box)
    inspection.keep_state({"small": 1})
    inspection.keep_state({"large": "x" * (MAX_FRAME + 3000)})
    assert box.state.newest() == b"\x81\xa5small\x01"
