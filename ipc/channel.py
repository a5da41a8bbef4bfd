"""One stream, both ways: whole frames in, and one writer that joins what is queued into one send."""

import math

import trio

from airhail.ipc.errors import ErrorName, PeerGone, RemoteProtocolError
from airhail.ipc.framing import FrameReader
from airhail.ipc.inspection.trace import IN, OUT, other_end, recording
from airhail.ipc.limits import FRAME_DEADLINE, HEADER, RECEIVE_CHUNK, SEND_BATCH, SEND_DEADLINE, SEND_QUEUE
from airhail.ipc.stats import Stats


class Channel:
    """Frames over *stream*, which it owns.

    `write_frames` must run in a task for as long as the channel is used; only that task sends, so a
    caller that is cancelled in `send` leaves no half frame behind.
    """

    def __init__(self, stream: trio.abc.Stream, stats: Stats) -> None:
        self._stream = stream
        self._stats = stats
        self._trace = recording.get()
        self._other = b"?"
        self._reader = FrameReader()
        self._frame_deadline = math.inf
        self._outgoing, self._waiting = trio.open_memory_channel[bytes](SEND_QUEUE)

    def name_other_end(self, name: str) -> None:
        """Say who is at the other end, for the trace."""
        self._other = other_end(name)

    def leave_untraced(self) -> None:
        """Write down no more of what passes here: it is about the trace itself."""
        self._trace = None

    async def receive(self) -> bytes | None:
        """Wait for the next frame's body; None when the other side closed between two frames.

        Raises RemoteProtocolError for a bad, slow or unfinished frame, PeerGone when the stream broke.
        Cancelling loses nothing.
        """
        while (body := self._reader.next_frame()) is None:
            if self._frame_deadline == math.inf and self._reader.partial:
                self._frame_deadline = trio.current_time() + FRAME_DEADLINE
            with trio.move_on_at(self._frame_deadline) as waiting:
                try:
                    data = await self._stream.receive_some(RECEIVE_CHUNK)
                except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
                    raise PeerGone("the connection broke") from error
            if waiting.cancelled_caught:
                raise RemoteProtocolError(
                    ErrorName.BAD_FRAME, f"a frame was begun and not ended within {FRAME_DEADLINE:g} s"
                )
            if not data:
                if self._reader.partial:
                    raise RemoteProtocolError(ErrorName.BAD_FRAME, "the stream ended in the middle of a frame")
                return None
            # No checkpoint between reading and this: data in nobody's hands would be lost by a cancel.
            self._reader.add_data(data)
        self._frame_deadline = math.inf
        self._stats.frames_in += 1
        if self._trace is not None:
            self._trace.record(IN, self._other, body)
        return body

    async def send(self, frame: bytes) -> None:
        """Queue one whole frame, waiting while the queue is full; PeerGone when nobody reads any more."""
        try:
            await self._outgoing.send(frame)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise PeerGone("the connection is closed") from error

    def send_if_room(self, frame: bytes) -> bool:
        """Queue one whole frame if that is possible at once; say whether it was."""
        try:
            self._outgoing.send_nowait(frame)
        except (trio.WouldBlock, trio.BrokenResourceError, trio.ClosedResourceError):
            return False
        return True

    def finish(self) -> None:
        """Let the writer send what is queued and then close the stream."""
        self._outgoing.close()

    async def write_frames(self) -> None:
        """Send what is queued until `finish`, a send that takes too long, or a broken stream.

        However it ends, also by a cancel, the stream is closed: what was cut off in the middle of a
        frame can never be followed by another.
        """
        try:
            while True:
                await self._write_batch(await self._waiting.receive())
        except (trio.EndOfChannel, trio.TooSlowError, trio.BrokenResourceError, trio.ClosedResourceError):
            # The reader sees the same end and says so; the senders get PeerGone.
            return
        finally:
            self._waiting.close()
            await trio.aclose_forcefully(self._stream)

    async def _write_batch(self, first: bytes) -> None:
        frames = [first]
        size = len(first)
        while size < SEND_BATCH:
            try:
                frames.append(self._waiting.receive_nowait())
            except (trio.WouldBlock, trio.EndOfChannel):
                break
            size += len(frames[-1])
        # Before they leave: what answers them must not stand before them.
        if self._trace is not None:
            for frame in frames:
                self._trace.record(OUT, self._other, memoryview(frame)[HEADER:])
        with trio.fail_after(SEND_DEADLINE):
            await self._stream.send_all(b"".join(frames))
        self._stats.frames_out += len(frames)
        self._stats.sends += 1
