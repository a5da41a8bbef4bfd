"""Whatever datagrams an actor sends, the supervisor takes them: never an error, no transition that is not in the
table, no status longer than a cell of a table, and a state document that can still be published. Two datagrams
mean what their assignments mean, and nothing else of them is kept."""

import msgpack

from airhail.ipc.codec import document as published
from airhail.ipc.limits import MAX_FRAME, MAX_NOTIFICATION, MAX_STATUS
from airhail.ipc.notify import parse
from airhail.supervisor import core
from airhail.supervisor.actor import Phase
from airhail.supervisor.actor_events import Notified, Spawned, Tick
from airhail.supervisor.core import ActorEvent, Begun, plant
from airhail.supervisor.document import document
from airhail.supervisor.specs import ActorSpec

NAME = "fuzzed"
PID = 7
SEPARATOR = b"\0"
"""What divides the input into datagrams."""
MOST = 16
"""Datagrams of one input: more bring the actor nowhere else, and cost the time of other inputs."""

SEEDS = (
    b"READY=1\nSTATUS=two words\0WATCHDOG=1\0STOPPING=1",
    b"STOPPING=1\0READY=1\0WATCHDOG=1",
    b"READY=1\nREADY=2\n=x\nnoise\n\nSTATUS=a=b\xff\xfe",
    b"STATUS=" + b"x" * MAX_STATUS + b"\xf0\x9f\x93\xa1",
    b"A=" + b"x" * MAX_NOTIFICATION,
    b"STATUS=\r\x1b[2J\xe2\x80\xae\nMAINPID=1\nEXTEND_TIMEOUT_USEC=999999999999\nWATCHDOG=trigger\nWATCHDOG_USEC=1",
)


def check(data: bytes) -> None:
    """Start an actor, tell the supervisor each datagram a second after the one before, and let its deadlines pass."""
    tree, _ = core.step(plant([ActorSpec(NAME, ("true",))], 0.0), Begun(), 0.0)
    tree, _ = core.step(tree, ActorEvent(NAME, Spawned(PID)), 0.0)
    now = 0.0
    for datagram in data.split(SEPARATOR, MOST - 1):
        fields = parse(datagram)
        assert all(key and "=" not in key and "\n" not in key + value for key, value in fields.items())
        assert sum(map(len, fields)) <= MAX_NOTIFICATION
        now += 1.0
        tree, _ = core.step(tree, ActorEvent(NAME, Notified(fields)), now)
        one = tree.actors[NAME]
        assert one.phase in (Phase.STARTING, Phase.RUNNING, Phase.STOPPING)
        assert len(one.status or "") <= MAX_STATUS
        assert len(msgpack.packb(published(document(tree, PID, "1")))) < MAX_FRAME
    while (deadline := tree.deadline) is not None and not tree.actors[NAME].killed:
        now = max(now, deadline)
        tree, _ = core.step(tree, Tick(), now)
