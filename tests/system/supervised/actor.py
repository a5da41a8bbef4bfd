"""Small real actors: `python -m tests.system.supervised.actor NAME BEHAVIOUR`.

Those that misbehave speak the bare protocol, as any program may.
"""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import trio
from msgspec import Struct

from airhail.actors.loop import Loop
from airhail.actors.runtime import Actor, run_actor
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.methods import Caller, Method, NoArguments
from tests.unit.ipc.recording import machine

FOREVER = 3600.0


def say(text: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(text.encode(), os.environ["NOTIFY_SOCKET"])


def write_down(word: str, pid: int) -> None:
    """Leave a fact for the test in the runtime directory, whole or not at all."""
    path = Path(os.environ["AIRHAIL_RUNTIME_DIR"], f"{sys.argv[1]}.{word}")
    path.with_suffix(".new").write_text(str(pid))
    path.with_suffix(".new").rename(path)


def linger() -> None:
    """Live until the supervisor is gone."""
    lifeline = 4
    os.read(lifeline, 1)


def plain() -> None:
    say("READY=1\nSTATUS=plain and simple")
    linger()


def mute() -> None:
    linger()


def crash() -> None:
    sys.exit(1)


def misconfigured() -> None:
    sys.exit(78)


def deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say("READY=1")
    linger()


def silent() -> None:
    """Serve, and then never give a sign of life."""
    say("READY=1\nWATCHDOG=1")
    linger()


def spoken_for() -> None:
    """Let a child process say that we are ready."""
    if (pid := os.fork()) == 0:
        say("READY=1\nSTATUS=said by a child")
        os._exit(0)
    os.waitpid(pid, 0)
    signal.signal(signal.SIGUSR1, lambda number, frame: say("STATUS=asked to speak"))
    say("STATUS=said by itself")
    linger()


def parent() -> None:
    """Leave one child in our process group and one out of it."""
    sleep = [sys.executable, "-c", f"import time; time.sleep({FOREVER})"]
    write_down("near", subprocess.Popen(sleep).pid)
    write_down("far", subprocess.Popen(sleep, start_new_session=True).pid)
    say("READY=1")
    linger()


def farewell() -> None:
    """Write down when we were asked to stop."""

    def asked(number: int, frame: object) -> None:
        write_down("stopped", time.monotonic_ns())
        sys.exit(0)

    signal.signal(signal.SIGTERM, asked)
    say("READY=1")
    linger()


def serve() -> int:
    """Do it as the real actors do."""

    async def body(actor: Actor) -> None:
        async def ask(caller: Caller, args: NoArguments) -> dict[str, int]:
            return {"pid": os.getpid()}

        await actor.serve({"ask": Method(NoArguments, ask)})
        while True:
            actor.alive()
            await trio.sleep(min(actor.alive_every, 1.0))

    name = sys.argv.pop(1)
    del sys.argv[1:]
    return run_actor(name, body)


def troubled() -> int:
    """Get into the trouble that a caller names."""

    async def body(actor: Actor) -> None:
        broken = trio.Event()

        async def spin(caller: Caller, args: NoArguments) -> None:
            actor.notifier.status("in trouble")
            while True:
                pass

        async def block(caller: Caller, args: NoArguments) -> None:
            actor.notifier.status("in trouble")
            time.sleep(FOREVER)  # noqa: ASYNC251

        async def fail(caller: Caller, args: NoArguments) -> None:
            broken.set()

        actor.published.update({"mood": "troubled"})
        logging.getLogger("troubled").info("a line before the trouble")
        troubles = {function.__name__: Method(NoArguments, function) for function in (spin, block, fail)}
        await actor.serve(troubles)
        await broken.wait()
        raise RuntimeError("as told")

    name = sys.argv.pop(1)
    del sys.argv[1:]
    return run_actor(name, body)


def decide() -> int:
    """Drive a core, which breaks when a caller wants it to."""

    async def body(actor: Actor) -> None:
        loop: Loop[machine.State, machine.Event, machine.Move | machine.Say] = Loop(
            actor,
            machine.State(own=machine.HIGH),
            machine.step,
            tick=machine.Broke(),
            document=lambda state: {"peers": len(state.peers)},
            describe=lambda state: "deciding",
            perform=lambda effect: None,
        )

        async def meet(caller: Caller, args: Peer) -> None:
            await loop.send_event(machine.Met(machine.Peer(args.peer, args.name)))

        async def fail(caller: Caller, args: NoArguments) -> None:
            await loop.send_event(machine.Broke())

        async with trio.open_nursery() as nursery:
            await nursery.start(loop.run)
            await actor.serve({"meet": Method(Peer, meet), "fail": Method(NoArguments, fail)})

    name = sys.argv.pop(1)
    del sys.argv[1:]
    return run_actor(name, body)


class Peer(Struct, frozen=True):
    peer: str
    name: str = ""


class Word(Struct, frozen=True):
    """The arguments of `answer`."""

    allow: bool


ARGUMENTS: dict[str, type[Struct]] = {"want_find": NoArguments, "history": NoArguments, "answer": Word}


def script() -> int:
    """Publish what NAME.json says: its "begin", and at each call of a method what stands under its name.

    A method under whose name a map stands answers with it.

    For the command line, which reads documents and cares not how they came about.
    """

    name = sys.argv.pop(1)
    del sys.argv[1:]
    lines = dated(json.loads(Path(os.environ["AIRHAIL_STATE_DIR"], f"{name}.json").read_text()))

    async def body(actor: Actor) -> None:
        actor.published.update(lines.pop("begin"))

        async def take(method: str) -> None:
            for document in lines[method]:
                actor.published.update(dated(document))
                await trio.sleep(0.1)

        async def call(method: str, caller: Caller, args: Struct) -> dict[str, Any] | None:
            if isinstance(lines[method], dict):
                answer: dict[str, Any] = lines[method]
                return answer
            if lines[method] == "refuse":
                raise CallError(ErrorName.REFUSED, "the script says no")
            later.start_soon(take, method)
            return None

        async with trio.open_nursery() as later:
            known = {
                method: Method(ARGUMENTS.get(method, Peer), partial(call, method), change=True) for method in lines
            }
            await actor.serve(known)
            while True:
                actor.alive()
                await trio.sleep(min(actor.alive_every, 1.0))

    return run_actor(name, body)


def dated(document: Any) -> Any:
    """Return a document with {"in": seconds} replaced by that time from now."""
    if isinstance(document, dict):
        if document.keys() == {"in"}:
            return time.monotonic() + document["in"]
        return {key: dated(value) for key, value in document.items()}
    return document


BEHAVIOURS: dict[str, Callable[[], int | None]] = {
    function.__name__: function
    for function in (
        plain,
        mute,
        crash,
        misconfigured,
        deaf,
        silent,
        spoken_for,
        parent,
        farewell,
        serve,
        troubled,
        decide,
        script,
    )
}

if __name__ == "__main__":
    sys.exit(BEHAVIOURS[sys.argv[2]]())
