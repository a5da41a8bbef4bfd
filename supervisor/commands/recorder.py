"""Follow the steps of an actor's core over its socket, and write them down."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import trio

from airhail import __version__
from airhail.ipc.client import Client
from airhail.ipc.errors import ErrorName, RemoteProtocolError
from airhail.ipc.recording.lines import VERSION, Begin, End, Header, Line, Step, line_of
from airhail.ipc.recording.steps import Piece
from airhail.supervisor.commands.reach import ANSWER_WITHIN, stay_with

MAX_RECORDING = 16 * 1024 * 1024
"""Bytes of one recording. A step takes some 500, a link some 100 steps: this is days of an ordinary host, and still
quickly replayed, shown around and disguised, which is done in memory."""

WAIT = 30.0
"""Seconds that one question waits for steps: it decides only how often a quiet actor is asked."""

Understood = TypeVar("Understood")


class Full(Exception):
    """The recording has as many bytes as it may."""


class Recorder:
    """Writes down one actor's steps, through its restarts.

    `write` gets whole lines, in a thread; `tell` gets sentences about how it goes.

    Whatever keeps `write` waiting, a slow disk or reader, never reaches the actor: it remembers its last steps, and
    when those behind our back are forgotten they are counted, and the recording goes on with a whole state.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[bytes], object],
        tell: Callable[[str], object],
        room: int = MAX_RECORDING,
    ) -> None:
        self._name = name
        self._write = write
        # In their order, although a thread that was left behind may still be at the ones before.
        self._waiting: deque[bytes] = deque()
        self._writing = threading.Lock()
        self._trouble: Exception | None = None
        self._tell = tell
        self._room = room
        self._instance = ""
        self._after = 0
        self._steps = 0
        self._lost = 0

    @property
    def begun(self) -> bool:
        """Whether there is anything to write an end behind."""
        return self._instance != ""

    async def run(self, *, last: bool) -> None:
        """Write steps without end; with *last* only those that the actor remembers.

        Raises Full, what `write` raises, and CommandError when the actor cannot be reached, or is away for too long.
        """
        await stay_with(self._name, self._read_last if last else self._read_on)

    async def finish(self, reason: str) -> None:
        """Write why there is no more, if there is anything; for that there is always room."""
        if self.begun:
            await self._hand_over(line_of(End(reason)))

    def sum_up(self, reason: str) -> None:
        """Tell how much was recorded, and why no more."""
        lost = f", {self._lost} lost" if self._lost else ""
        self._tell(f"{self._steps} steps recorded{lost}: {reason}")

    async def _put(self, *lines: Line) -> None:
        data = b"".join(map(line_of, lines))
        if len(data) > self._room:
            raise Full
        self._room -= len(data)
        await self._hand_over(data)

    async def _hand_over(self, data: bytes) -> None:
        # A disk or a reader that is stuck must not keep Ctrl-C from being heard.
        self._waiting.append(data)
        await trio.to_thread.run_sync(self._write_waiting, abandon_on_cancel=True)

    def _write_waiting(self) -> None:
        with self._writing:
            # What a thread that was left behind could not write is the trouble of whoever is still there.
            if self._trouble is not None:
                raise self._trouble
            try:
                while self._waiting:
                    self._write(self._waiting.popleft())
            except Exception as error:
                self._trouble = error
                raise

    async def _read_last(self, client: Client) -> None:
        await self._begin(client, after=0)
        while await self._read_steps(client, wait=0.0):
            pass

    async def _read_on(self, client: Client) -> None:
        if client.hello.instance != self._instance:
            await self._begin(client, after=None)
        while True:
            await self._read_steps(client, wait=WAIT)

    async def _begin(self, client: Client, after: int | None) -> None:
        """Write the core's whole state after so many steps, or as it is now; the steps go on from there."""
        text, skip = "", 0
        while True:
            piece = await ask(client, "core", {"skip": skip} | ({} if after is None else {"after": after}))
            # A state may be forgotten while it is read in pieces; then this is the beginning of another.
            text = (text if piece.after == after else "") + piece.text
            after, skip = piece.after, piece.skip
            if not skip:
                break
        instance = client.hello.instance
        lost = after - self._after if instance == self._instance else 0
        header = [] if self.begun else [Header(VERSION, __version__, self._name, time.time())]
        await self._put(*header, Begin(understood(text, Any), after, instance, lost))
        if not self.begun:
            self._tell(f"recording begins after {after} steps")
        elif lost:
            self._tell(f"{lost} steps were lost: this was not quick enough; recording goes on")
        else:
            self._tell("it was started again; recording goes on")
        self._instance, self._after = instance, after
        self._lost += lost

    async def _read_steps(self, client: Client, wait: float) -> bool:
        """Write the next steps; tell whether there were any."""
        text, skip = "", 0
        while True:
            piece = await ask(client, "steps", {"after": self._after, "skip": skip, "wait": wait})
            if piece.lost:
                await self._begin(client, after=None)
                return True
            text += piece.text
            skip = piece.skip
            if not skip:
                break
        # Not splitlines: a name may hold what Unicode calls the end of a line.
        for line in text.split("\n")[:-1]:
            await self._put(understood(line, Step))
            self._after += 1
            self._steps += 1
        return text != ""


async def ask(client: Client, method: str, args: dict[str, Any]) -> Piece:
    """Return a piece of the recording; RemoteProtocolError when the answer is none."""
    answer = await client.call(method, args, within=args.get("wait", 0.0) + ANSWER_WITHIN)
    try:
        return msgspec.convert(answer, Piece)
    except msgspec.ValidationError as error:
        raise no_recording(error) from error


def understood(text: str, kind: type[Understood]) -> Understood:
    """Return what a text says; RemoteProtocolError when it is nothing of the kind."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        raise no_recording(error) from error


def no_recording(error: Exception) -> RemoteProtocolError:
    """Return the error for what any program may answer that is an actor."""
    return RemoteProtocolError(ErrorName.BAD_MESSAGE, f"what it tells of its core cannot be read: {error}")
