"""What is fuzzed: one module a target, whose docstring is the invariant.

A target has SEEDS, inputs to begin with, and `check(data)`, which raises AssertionError, or whatever should never
come out, when these bytes break the invariant.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

WATCHED = {
    "framing": ("airhail.ipc.framing",),
    "codec": ("airhail.ipc.codec",),
    "messages": ("airhail.ipc.messages", "airhail.ipc.codec"),
    "session": ("airhail.ipc.session", "airhail.ipc.channel"),
    "notify": ("airhail.ipc.notify", "airhail.supervisor.actor"),
    "config": ("airhail.ipc.config",),
    "intents": ("airhail.actors.connection.intents",),
    "hail": ("airhail.actors.connection.hail.messages", "airhail.actors.connection.hail.heard"),
    "envelope": ("airhail.actors.connection.trust.envelope",),
    "introduction": ("airhail.actors.connection.trust.introduction", "airhail.actors.connection.trust.messages"),
    "lan": ("airhail.actors.lan.wire", "airhail.actors.lan.ring"),
    "probe": (
        "airhail.actors.liveness.wire",
        "airhail.actors.liveness.keyring",
        "airhail.actors.liveness.echo",
        "airhail.actors.liveness.core",
        "airhail.actors.liveness.judge",
    ),
    "blackbox": ("airhail.ipc.inspection.blackbox", "airhail.ipc.inspection.ring"),
    "http": ("airhail.actors.metrics.http",),
    "recording": (
        "airhail.ipc.recording.lines",
        "airhail.ipc.recording.codec",
        "airhail.ipc.recording.replay",
        "airhail.ipc.recording.disguise",
    ),
    "dbus": ("airhail.ipc.dbus.wire", "airhail.ipc.dbus.variants"),
}
"""Each target, and the modules that it is there for."""


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to fuzz."""

    invariant: str
    seeds: Sequence[bytes]
    check: Callable[[bytes], None]


def load(name: str) -> Target:
    """Import the target called *name*, one of WATCHED."""
    module = import_module(f"{__name__}.{name}")
    assert module.__doc__ is not None
    return Target(" ".join(module.__doc__.split()), module.SEEDS, module.check)
