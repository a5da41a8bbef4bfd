"""Alpha calls beta over Bluetooth: beta's policy is never; its user says no, is not there, and at last says yes.

Alpha is told each time why there is no link, and no radio moves before the yes.

Phases: `never`, `declined` and `asked in vain`, each from alpha's command until it is told; `accepted` until the link
is up at both ends.
"""

import json
from collections.abc import Callable
from typing import Any

from tests.lab.guest import Bluetooth, Host, Lab, expect
from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.bonding import bond
from tests.lab.guest.steps import LINK_S, exchange, until_both_up, until_link
from tests.lab.guest.witness import Mark

HOSTS = ("alpha", "beta")
BLUETOOTH = Bluetooth()
# A user is asked for a minute (docs/hail.md), and left alone for ten seconds after a no or no answer.
ANSWER_S = 65.0
LEFT_ALONE_S = 11.0
P2P = "fi.w1.wpa_supplicant1.Interface.P2PDevice"


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await bond(lab, alpha, beta)
    await lab.settle(10)
    marks = {host: host.witness.mark() for host in lab.hosts}
    (await beta.airhail("trust", "alpha", "--policy", "never", user=None)).check()
    async with lab.phase("never"):
        await refused(alpha, beta, "peer-declined")
    (await beta.airhail("trust", "alpha", "--policy", "ask", user=None)).check()
    async with lab.phase("declined"):
        await refused(alpha, beta, "peer-declined", "refuse")
    await lab.pause(LEFT_ALONE_S, LEFT_ALONE_S + 1)
    async with lab.phase("asked in vain"):
        await refused(alpha, beta, "peer-asked-in-vain")
    nobody_moved(marks)
    await lab.pause(LEFT_ALONE_S, LEFT_ALONE_S + 1)
    async with lab.phase("accepted", within=LINK_S):
        await call(alpha, beta)
        await answer(beta, "accept")
        links = await until_both_up(alpha, beta)
    await exchange(links)


async def call(host: Host, other: Host) -> None:
    """Ask for the link, and do not wait for it; people name the peer as they know it."""
    (await host.airhail("connect", other.name, user=None)).check()


async def refused(host: Host, other: Host, reason: str, word: str = "") -> None:
    """Ask for the link, have the other end's user say a word, if any, and see why there is no link; withdraw it."""
    await call(host, other)
    if word:
        await answer(other, word)
    link = await until_link(host, other, "phase", "failed", ANSWER_S)
    expect(link["reason"] == reason, f"{host.name} says {link}, and {reason} was expected")
    (await host.airhail("disconnect", other.name, user=None)).check()


async def answer(host: Host, word: str) -> None:
    """See the call, as a script would, and answer it."""
    watching = await host.spawn("incoming", *COMMAND, "incoming", "--watch", "--json")
    (one,) = calls(await watching.line(lambda line: bool(calls(line)), ANSWER_S))
    (await host.airhail(word, one["peer"], user=None)).check()
    await watching.line(gone_again(), ANSWER_S)
    await watching.stop()


def calls(line: str) -> list[dict[str, Any]]:
    """Return the calls that a line of `airhail incoming --watch --json` shows."""
    told: list[dict[str, Any]] = json.loads(line)["incoming"] if line.startswith("{") else []
    return told


def gone_again() -> Callable[[str], bool]:
    """Return what matches, of all lines from the first, one that shows no call after one that did."""
    shown = False

    def matches(line: str) -> bool:
        nonlocal shown
        shown = shown or bool(calls(line))
        return shown and line.startswith("{") and not calls(line)

    return matches


def nobody_moved(marks: dict[Host, Mark]) -> None:
    """See that no engine was asked to connect since."""
    for host, since in marks.items():
        moved = [one for one in host.witness.messages[since:] if "Connect" in str(one) and P2P in str(one)]
        expect(not moved, f"{host.name} has moved without a yes: {moved}")
