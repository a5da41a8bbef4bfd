"""The command line over recordings, for whoever has the cores: replay one, make a test of one, disguise one.

`airhail replay` and `airhail record` speak it; people speak to those.
"""

import argparse
import json
import os
import secrets
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from airhail.ipc.recording.cores import Core
from airhail.ipc.recording.disguise import disguise
from airhail.ipc.recording.example import module_of
from airhail.ipc.recording.lines import Recording, RecordingError, parse
from airhail.ipc.recording.replay import Replayed, first_difference, replay
from airhail.ipc.recording.show import beginning, ending, heading, step_document, step_lines

AGREES, DIFFERS, USAGE, INTERRUPTED, OUTPUT_CLOSED = 0, 1, 2, 130, 141
"""The exit statuses, as those of `airhail`."""

KEYS = 64
"""Disguises to try. Where a core makes times from addresses, not all new addresses lead to the same decisions."""


def main(cores: Mapping[str, Core], home: str, arguments: Sequence[str]) -> int:
    """Do what the arguments say, print the result, and return the exit status.

    *home* is the module that has *cores* as CORES, for the tests that are made.
    """
    parsed = parser().parse_args(arguments)
    try:
        # Whoever started this may have kept Ctrl-C back while it was loaded.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        data = sys.stdin.buffer.read() if parsed.file == "-" else Path(parsed.file).read_bytes()
        recording = parse(data)
        core = core_of(cores, recording)
        if parsed.work == "disguise":
            return put_disguised(core, recording)
        if parsed.test is not None:
            print(module_of(recording, parsed.test, home).rstrip("\n"))
            return AGREES
        status = put_replay(core, recording, parsed)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output stopped; Python flushes it once more at its end, and would complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OUTPUT_CLOSED
    except OSError as error:
        print(f"airhail: {parsed.file}: {error.strerror}", file=sys.stderr)
    except ValueError as error:
        print(f"airhail: {parsed.file}: {error}", file=sys.stderr)
    return USAGE


def parser() -> argparse.ArgumentParser:
    """Return the grammar."""
    top = argparse.ArgumentParser()
    works = top.add_subparsers(dest="work", required=True)
    one = works.add_parser("replay")
    one.add_argument("file")
    one.add_argument("--from", dest="first", type=int, default=1)
    one.add_argument("--to", dest="last", type=int, default=sys.maxsize)
    one.add_argument("--json", action="store_true")
    one.add_argument("--test")
    works.add_parser("disguise").add_argument("file")
    return top


def core_of(cores: Mapping[str, Core], recording: Recording) -> Core:
    """Return the core that the recording is of; RecordingError when it is not among these."""
    actor = recording.header.actor
    if actor not in cores:
        raise RecordingError(f"there is no core of {actor!r} here to replay it on; there are: {', '.join(cores)}")
    return cores[actor]


def put_replay(core: Core, recording: Recording, options: argparse.Namespace) -> int:
    """Tell a replay, and at its end whether this code decides what was recorded."""
    replayed, difference = 0, ""
    tell(heading(recording), options)
    for one in replay(core, recording):
        if not isinstance(one, Replayed):
            tell(beginning(one), options)
            continue
        if one.number > options.last:
            break
        replayed += 1
        difference = difference or one.difference
        if one.number < options.first:
            continue
        if options.json:
            print(json.dumps(step_document(one)))
        else:
            for line in step_lines(one):
                tell(line, options)
    else:
        tell(ending(recording), options)
    if options.json:
        print(json.dumps({"replayed": replayed, "agrees": not difference, "difference": difference}))
    same = f"this code decides what was recorded, in all of {replayed} steps"
    tell(f"this code decides otherwise first at {difference}" if difference else same, options)
    return DIFFERS if difference else AGREES


def tell(line: str, options: argparse.Namespace) -> None:
    """Give a line to a person; nothing in it can steer the terminal."""
    if not options.json:
        print("".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in line))


def put_disguised(core: Core, recording: Recording) -> int:
    """Write the recording in disguise to standard output; tell when it then replays differently."""
    wanted = first_difference(core, recording)
    for _ in range(KEYS):
        disguised = disguise(core, recording, secrets.token_bytes(32))
        difference = first_difference(core, disguised)
        if bool(difference) == bool(wanted):
            break
    else:
        print(f"airhail: in disguise this recording replays differently: {difference}", file=sys.stderr)
    sys.stdout.buffer.write(disguised.write())
    return AGREES
