"""Whatever a wild process wrote into its black box, reading it gives what is whole there, within the size of each
ring, and never an error; what was really written and not damaged is read back."""

import json

from airhail.ipc.inspection.blackbox import MAGIC, RINGS, SIZE, STACK, carve, read_box
from airhail.ipc.inspection.ring import END, TRAILER
from airhail.ipc.limits import STACK_ROOM

PIECE = 16
"""Bytes written at a place; the two before them say where."""


def box(*records: tuple[str, bytes]) -> bytearray:
    """Return a box into which a healthy process wrote these records."""
    memory = bytearray(SIZE)
    memory[: len(MAGIC)] = MAGIC
    rings = carve(memoryview(memory))
    for ring, payload in records:
        rings[ring].append(payload)
    return memory


RECORDS = (
    ("state", json.dumps({"links": {}}).encode()),
    ("log", b"a line"),
    ("log", b"another line" * 5000),
    ("log", b"which came round" * 2000),
    ("messages", b"in"),
    ("tasks", b"[]"),
)
HEALTHY = bytes(box(*RECORDS))

SEEDS = (
    b"",
    b"\0\x10" + END.pack(2**64 - 1) + TRAILER.pack(8, 0),
    b"\0\x10" + END.pack(24) + TRAILER.pack(0, 0),
    b"\0\0" + bytes(PIECE),
    b"\xff\xff" + b"\xff" * PIECE + b"\x00\x20" + b"\x01" * PIECE,
)


def check(data: bytes) -> None:
    """Damage a healthy box as *data* says, and read it."""
    memory = bytearray(HEALTHY)
    for start in range(0, len(data), PIECE + 2):
        # Eight bytes apart, so that the two bytes reach the whole box.
        place = int.from_bytes(data[start : start + 2], "big") * 8 % (SIZE - PIECE)
        piece = data[start + 2 : start + 2 + PIECE]
        memory[place : place + len(piece)] = piece
    assert len(memory) == SIZE
    remains = read_box(bytes(memory))
    assert sum(len(line) + TRAILER.size for line in remains.log) <= RINGS["log"]
    assert sum(len(message) + TRAILER.size for message in remains.messages) <= RINGS["messages"]
    assert len(remains.stack) <= STACK_ROOM == SIZE - STACK
    if not data:
        assert remains.state == RECORDS[0][1]
        assert remains.log[-1] == RECORDS[3][1]
        assert (remains.messages, remains.tasks) == ((b"in",), b"[]")
