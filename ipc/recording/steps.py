"""The last steps of this process's core, kept as they are: a state is never changed, so keeping it is naming it.

Nothing is encoded before somebody asks, so a step costs one more tuple. Followers have no queues: all read the same
steps, so a slow one costs nothing, and how much it missed it is told.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import msgspec
import trio
from msgspec import Struct

from airhail.ipc.limits import PAGE, RECENT_STEPS
from airhail.ipc.recording.codec import encode
from airhail.ipc.recording.lines import Begin, Step, line_of

State = TypeVar("State")
Event = TypeVar("Event")
Effect = TypeVar("Effect")


class Taken(NamedTuple):
    """One step that was taken: from which state, when, and what came of it."""

    before: Any
    now: float
    event: Any
    effects: Sequence[Any]
    raised: str = ""

    def line(self) -> bytes:
        """Return it as a line of a recording."""
        return line_of(Step(self.now, encode(self.event), encode(self.effects), self.raised))


class Piece(Struct, frozen=True):
    """A part of a text that may be longer than one answer, and where to go on."""

    text: str
    after: int
    """The number of steps that are told whole, or after which the state is."""
    skip: int
    """Bytes told of what comes next; 0: there is nothing that is told in part."""
    lost: int = 0
    """Steps that were forgotten before they were read; then there is no text."""


class Steps:
    """Passes every step of one core through, and remembers the last RECENT_STEPS."""

    def __init__(self) -> None:
        self._recent: deque[Taken] = deque(maxlen=RECENT_STEPS)
        self._taken = 0
        self._state: Any = None
        self._news: trio.Event | None = None

    @property
    def has_core(self) -> bool:
        """Whether this process has a core at all."""
        return self._state is not None

    @property
    def taken(self) -> int:
        """How many steps were taken."""
        return self._taken

    @property
    def _forgotten(self) -> int:
        return self._taken - len(self._recent)

    def begin(self, state: object) -> None:
        """Take note of the core's first state."""
        self._state = state

    def take(
        self,
        step: Callable[[State, Event, float], tuple[State, Sequence[Effect]]],
        state: State,
        event: Event,
        now: float,
    ) -> tuple[State, Sequence[Effect]]:
        """Take one step and remember it, also when it fails."""
        try:
            after, effects = step(state, event, now)
        except Exception as error:
            self._remember(Taken(state, now, event, (), in_words(error)))
            raise
        self._state = after
        self._remember(Taken(state, now, event, effects))
        return after, effects

    async def wait(self, after: int, seconds: float) -> None:
        """Wait until there are more than *after* steps, or so many seconds."""
        await trio.lowlevel.checkpoint()
        with trio.move_on_after(seconds):
            while self._taken <= after and seconds > 0:
                if self._news is None:
                    self._news = trio.Event()
                await self._news.wait()

    def state(self, after: int | None, skip: int) -> Piece:
        """Return the state after so many steps, or the nearest that is remembered; None: as it is now."""
        number = self._taken if after is None else min(max(after, self._forgotten), self._taken)
        state = self._state if number == self._taken else self._recent[number - self._forgotten].before
        piece = cut(msgspec.json.encode(encode(state)), skip if number == after else 0)
        return Piece(piece.text, number, piece.skip)

    def lines(self, after: int, skip: int) -> Piece:
        """Return the steps behind the first *after*, as lines, as far as they fit into one answer."""
        if after < self._forgotten:
            return Piece("", after, 0, lost=self._forgotten - after)
        text = ""
        for line in self.lines_after(after):
            piece = cut(line, skip)
            if text and (piece.skip or len(text.encode()) + len(piece.text.encode()) > PAGE):
                break
            text += piece.text
            if piece.skip:
                return Piece(text, after, piece.skip)
            after, skip = after + 1, 0
        return Piece(text, after, 0)

    def lines_after(self, after: int) -> Iterator[bytes]:
        """Yield the lines of the steps behind the first *after*, which are all remembered."""
        for taken in list(islice(self._recent, after - self._forgotten, None)):
            yield taken.line()

    def recording(self, room: int) -> bytes:
        """Return the newest steps as lines, behind the state that they begin with, as many as there is room for."""
        lines: list[bytes] = []
        rest = room
        for taken in reversed(self._recent):
            line = taken.line()
            rest -= len(line)
            if rest < 0:
                break
            lines.insert(0, line)
        # The state that they begin with takes the place of the oldest.
        while True:
            begin = self._taken - len(lines)
            state = self._state if not lines else self._recent[-len(lines)].before
            data = b"".join([line_of(Begin(encode(state), begin)), *lines])
            if len(data) <= room:
                return data
            if not lines:
                return b""
            # States differ little in size, so this comes to an end soon.
            excess = len(data) - room
            while lines and excess > 0:
                excess -= len(lines.pop(0))

    def _remember(self, taken: Taken) -> None:
        self._recent.append(taken)
        self._taken += 1
        if self._news is not None:
            self._news.set()
            self._news = None


def in_words(error: Exception) -> str:
    """Return an error as a recording tells it."""
    return f"{type(error).__name__}: {error}"


def cut(data: bytes, skip: int) -> Piece:
    """Return what stands behind *skip* bytes of UTF-8 text, as far as it fits into one answer."""
    # A character that the end of the page would split comes whole on the next one.
    text = data[skip : skip + PAGE].decode(errors="ignore")
    end = skip + len(text.encode())
    return Piece(text, 0, end if end < len(data) else 0)
