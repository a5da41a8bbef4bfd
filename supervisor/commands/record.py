"""`airhail record`: what an actor's core takes in and decides, written down."""

import math
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trio

from airhail.supervisor.commands.arguments import add_actor, duration
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.recorder import MAX_RECORDING, Full, Recorder
from airhail.supervisor.commands.recordings import disguised
from airhail.supervisor.commands.sink import Sink
from airhail.supervisor.commands.text import clean
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

HELP = "write down what an actor takes in and decides, to be replayed"

FINISH_WITHIN = 1.0
"""Seconds for the last line: a disk or a reader that is stuck must not keep the command from ending."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    add_actor(parser)
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write (standard output)")
    parser.add_argument(
        "--hash-addresses", action="store_true", help="replace addresses and names, so that it can be shown around"
    )
    until = parser.add_mutually_exclusive_group()
    until.add_argument("--last", action="store_true", help="only the last steps, which the actor remembers")
    until.add_argument(
        "--for", dest="seconds", type=duration, default=math.inf, metavar="SECONDS", help="how long (until Ctrl-C)"
    )


def run(arguments: Namespace) -> ExitStatus:
    """Record until there is an end to it."""
    sink = Sink(arguments.output)
    whole = bytearray()

    def tell(sentence: str) -> None:
        print(clean(f"{arguments.actor}: {sentence}"), file=sys.stderr)

    def keep(data: bytes) -> None:
        # What cannot be written is told now, and not when all that was recorded would be lost.
        sink.open()
        whole.extend(data)

    recorder = Recorder(arguments.actor, keep if arguments.hash_addresses else sink.write, tell)
    try:
        return run_async(record, recorder, arguments.last, arguments.seconds)
    finally:
        if arguments.hash_addresses and recorder.begun:
            tell("disguising the recording; Ctrl-C does not stop that, Ctrl-\\ drops it")
            with deaf_to_interrupts():
                hidden = disguised(arguments.actor, bytes(whole))
            sink.write(hidden)


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C, as do the processes that are started meanwhile."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def record(recorder: Recorder, last: bool, seconds: float) -> ExitStatus:
    """Record until something ends it; why is written down, also when it is a CommandError."""
    reason = "these are the last steps" if last else f"{seconds:g} s are over"
    trouble: CommandError | None = None

    async def end_on_signal(*, task_status: trio.TaskStatus[None]) -> None:
        nonlocal reason
        with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            task_status.started()
            reason = f"ended by {signal.Signals(await anext(signals)).name}"
            recording.cancel()

    async with trio.open_nursery() as nursery:
        with trio.move_on_after(seconds) as recording:
            await nursery.start(end_on_signal)
            try:
                await recorder.run(last=last)
            except Full:
                reason = f"it has reached {MAX_RECORDING} bytes"
            except CommandError as error:
                reason, trouble = error.sentence, error
        nursery.cancel_scope.cancel()
    with trio.move_on_after(FINISH_WITHIN):
        await recorder.finish(reason)
    if trouble is not None:
        raise trouble
    recorder.sum_up(reason)
    return ExitStatus.DONE
