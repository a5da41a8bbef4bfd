"""Plays scenarios, one for each processor at a time, while pytest goes through other tests.

`python -m tests.lab.player FD PLAY...`: a process of its own that is nobody's child, since those tests count
descriptors and reap children. It tells each result through the socket FD as one line of JSON, puts the processor that
it spares to work, too, when it is told to, and begins nothing more once the other end is closed.
"""

import json
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.lab.outside.python import ROOT
from tests.lab.plays import Play, all_plays

SPARED = 1
"""Processors that are left to pytest at first."""
NICE = 19
"""As low as it goes: what pytest does meanwhile waits for real processes, with deadlines."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a play ended."""

    play: str
    status: int
    stdout: str
    stderr: str

    @property
    def result(self) -> dict[str, Any] | None:
        """Its last line; None when it got as far as none."""
        last = self.stdout.splitlines()[-1] if self.stdout else ""
        result: dict[str, Any] | None = json.loads(last) if last.startswith("{") else None
        return result


class Player:
    """Plays what it was given, in that order."""

    def __init__(self, plays: Sequence[Play], channel: socket.socket) -> None:
        self._left: queue.SimpleQueue[Play] = queue.SimpleQueue()
        for play in plays:
            self._left.put(play)
        self._channel = channel
        self._telling = threading.Lock()
        self._idle = sorted(os.sched_getaffinity(0))

    def run(self) -> None:
        """Play until all is played, or nobody listens any more."""
        self._begin(SPARED)
        while self._channel.recv(1):
            self._begin(0)
        while self._take() is not None:
            pass

    def _begin(self, spared: int) -> None:
        while len(self._idle) > spared:
            threading.Thread(target=self._work, args=(self._idle.pop(), NICE if spared else 0)).start()

    def _work(self, processor: int, nice: int) -> None:
        # Of this thread alone, and of what it starts: `scripts/lab run` uses the processors that it may.
        os.sched_setaffinity(0, {processor})
        while (play := self._take()) is not None:
            command = ["nice", "-n", str(nice), *play.command]
            # Its own limit on each run's wall clock ends it (outside/runs.py).
            ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
            done = Done(str(play), ended.returncode, ended.stdout, ended.stderr)
            try:
                with self._telling:
                    self._channel.sendall(json.dumps(asdict(done)).encode() + b"\n")
            except BrokenPipeError:
                return

    def _take(self) -> Play | None:
        try:
            return self._left.get_nowait()
        except queue.Empty:
            return None


class Audience:
    """Has plays played from now on, and awaits them."""

    def __init__(self, plays: Sequence[Play]) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "tests.lab.player", str(theirs.fileno()), *map(str, plays)]
            subprocess.run(command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, cwd=ROOT, check=True)
        self._channel = ours
        self._lines = ours.makefile("r")
        self._done: dict[str, Done] = {}

    def give_all(self) -> None:
        """Let it have the processor that it has spared."""
        self._channel.sendall(b"1")

    def result(self, play: Play) -> Done:
        """Wait until *play* is over."""
        while str(play) not in self._done:
            line = self._lines.readline()
            if not line:
                raise RuntimeError(f"the player of the scenarios ended before {play} was told; what it said is above")
            done = Done(**json.loads(line))
            self._done[done.play] = done
        return self._done[str(play)]

    def leave(self) -> None:
        """Have nothing more played; what is being played goes on to its end."""
        self._lines.close()
        self._channel.close()


def main(descriptor: str, *names: str) -> None:
    """Become a process of its own, and play."""
    if os.fork():
        return
    os.setsid()
    known = {str(play): play for play in all_plays()}
    with socket.socket(fileno=int(descriptor)) as channel:
        Player([known[name] for name in names], channel).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
