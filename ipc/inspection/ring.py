"""Records in a circle of bytes: the newest stay, the oldest go, and a kill at any instant spoils none.

    8 bytes    how many bytes were ever written (little-endian)
    the rest   the circle: each record is its payload, then its length and checksum

The trailer lets a reader walk from the newest record back. The count is written last, so a record that was cut
off by a kill is not there yet, and the oldest ones that it has overwritten fail their checksum.
"""

import struct
import zlib
from dataclasses import dataclass

END = struct.Struct("<Q")
TRAILER = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Record:
    """A payload, and the cursor behind it: what to read after to get the next one."""

    cursor: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """The records after a cursor, oldest first; `lost` when there were more that are overwritten by now."""

    records: list[Record]
    lost: bool
    end: int
    """The cursor behind the newest record."""


class Ring:
    """The circle in *memory*, which must be all zero at first; one writer at a time."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self._circle = memory[END.size :]
        self._size = len(self._circle)
        self.largest = self._size - TRAILER.size
        """Bytes of the longest payload that fits."""

    @property
    def end(self) -> int:
        """The cursor behind the newest record."""
        (end,) = END.unpack_from(self._memory)
        return int(end)

    def append(self, payload: bytes) -> None:
        """Write one record over the oldest ones; ValueError when it is longer than `largest`."""
        if len(payload) > self.largest:
            raise ValueError(f"a record of {len(payload)} bytes: at most {self.largest} fit")
        start = self.end
        data = payload + TRAILER.pack(len(payload), checksum(payload, start))
        place = start % self._size
        behind = place + len(data)
        if behind <= self._size:
            self._circle[place:behind] = data
        else:
            first = self._size - place
            self._circle[place:] = data[:first]
            self._circle[: behind - self._size] = data[first:]
        END.pack_into(self._memory, 0, start + len(data))

    def read(self, after: int = 0) -> Reading:
        """Return the records after the cursor *after*, whatever the memory holds.

        A cursor ahead of all that was written comes from an earlier life: then everything is returned, as lost.
        """
        end = self.end
        foreign = after > end
        after = 0 if foreign else after
        oldest = max(end - self._size, 0)
        found: list[Record] = []
        position = end
        while position > after and (payload := self._before(position, oldest)) is not None:
            found.append(Record(position, payload))
            position -= len(payload) + TRAILER.size
        return Reading(found[::-1], foreign or position > after, end)

    def newest(self) -> bytes | None:
        """Return the payload written last; None when there is none."""
        end = self.end
        return self._before(end, max(end - self._size, 0))

    def _before(self, position: int, oldest: int) -> bytes | None:
        """Return the payload of the record that ends at *position*, if it is whole."""
        behind = position - TRAILER.size
        if behind < oldest:
            return None
        length, check = TRAILER.unpack(self._bytes(behind, TRAILER.size))
        start = behind - length
        if start < oldest:
            return None
        payload = self._bytes(start, length)
        return payload if checksum(payload, start) == check else None

    def _bytes(self, start: int, length: int) -> bytes:
        place = start % self._size
        first = min(length, self._size - place)
        return bytes(self._circle[place : place + first]) + bytes(self._circle[: length - first])


def checksum(payload: bytes, start: int) -> int:
    """Return the checksum of a record that begins after *start* bytes: one from an earlier round does not pass."""
    return zlib.crc32(payload, start & 0xFFFF_FFFF)
