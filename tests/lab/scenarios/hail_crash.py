"""An actor of alpha or beta is killed in the middle of a hail over Bluetooth; nobody does anything, and both link.

The seed chooses the actor, the end, and how far the hail is: as many `--runs` as combinations play them all.

Phases: `linked` from alpha's command until the link is up at both ends.
"""

import os
import signal
from dataclasses import dataclass
from itertools import product

import trio

from tests.lab.guest import Bluetooth, Host, Lab
from tests.lab.guest.bonding import bond
from tests.lab.guest.steps import exchange, status, until_both_up

HOSTS = ("alpha", "beta")
BLUETOOTH = Bluetooth()
SEEDED = True
ACTORS = ("connection", "ble", "discovery")
# Until a hail that nobody answers any more is given up (20 s), a pause, and another attempt.
LINK_S = 120


@dataclass(frozen=True, slots=True)
class Step:
    """How far a hail is, and whose log tells of it by which words; alpha calls, and moves first."""

    name: str
    teller: str
    words: str


STEPS = (
    Step("called", "alpha", "message=Propose("),
    Step("accepted", "beta", "message=Accept("),
    Step("agreed", "alpha", "message=Go("),
    Step("ready", "beta", "message=Ready("),
    Step("moved", "alpha", "message=Moved("),
    Step("followed", "beta", "message=Moved("),
    Step("linked", "beta", "message=Over("),
)
COMBINATIONS = tuple(product(STEPS, HOSTS, ACTORS))


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    step, name, actor = COMBINATIONS[(lab.parameters["seed"] - 1) % len(COMBINATIONS)]
    lab.facts["combinations"] = len(COMBINATIONS)
    lab.facts["killed"] = f"{name}'s {actor} once it was {step.name}"
    victim = alpha if name == "alpha" else beta
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await bond(lab, alpha, beta, "always")
    await lab.settle()
    pid = (await status(victim))["supervisor"]["actors"][actor]["pid"]
    async with lab.phase("linked", within=LINK_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(kill_at, step, alpha if step.teller == "alpha" else beta, pid)
            (await alpha.airhail("connect", beta.name, user=None)).check()
        links = await until_both_up(alpha, beta, LINK_S)
    await exchange(links)


async def kill_at(step: Step, teller: Host, pid: int) -> None:
    """Kill a process as soon as a host's log tells of the step."""
    airhail = teller.airhail_end.daemon
    if airhail is not None:
        await airhail.line(lambda line: step.words in line, LINK_S)
    os.kill(pid, signal.SIGKILL)
