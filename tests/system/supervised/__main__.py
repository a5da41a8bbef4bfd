"""Run the supervisor over test actors: `python -m tests.system.supervised 'a=serve' 'b=mute,ready_within=1'`.

Each argument is NAME=BEHAVIOUR and the fields of the spec that differ; behaviours are in `actor.py`, or
with the name of another module before a dot (`faults.actor.busy`). READY_FD in the environment stands for --ready-fd.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from airhail.supervisor.command import guarded
from airhail.supervisor.programs import program
from airhail.supervisor.run import run
from airhail.supervisor.specs import ActorSpec, RestartKind, Strategy


def parse(argument: str) -> ActorSpec:
    words, *settings = argument.split(",")
    name, behaviour = words.split("=")
    module, _, behaviour = behaviour.rpartition(".")
    command = program(f"tests.system.{module or 'supervised.actor'}", name, behaviour)
    return replace(ActorSpec(name, command), **dict(setting(one) for one in settings))


def setting(text: str) -> tuple[str, Any]:
    key, value = text.split("=")
    read: Callable[[str], Any] = {"kind": RestartKind, "strategy": Strategy, "max_restarts": int}.get(key, float)
    return key, read(value)


if __name__ == "__main__":
    ready_fd = int(os.environ["READY_FD"]) if "READY_FD" in os.environ else None
    sys.exit(guarded(lambda: run([parse(argument) for argument in sys.argv[1:]], ready_fd=ready_fd)))
