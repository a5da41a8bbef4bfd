"""What people do with airhail in a host, as steps that scenarios share."""

import json
from collections.abc import Callable
from typing import Any

import trio

from airhail.ipc.patch import apply
from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.failure import Failed, expect
from tests.lab.guest.host import Host
from tests.lab.guest.lab import Lab
from tests.lab.guest.prelude import Wish

# airhail's own find may need 40 s right after NetworkManager's start; a person would give up later than this.
SEE_S = 120.0
# Several attempts of 20 s each, with their pauses.
LINK_S = 120
# A restarted actor reads its world within milliseconds; the supervisor's first backoff is 0.1 s.
TRUTH_S = 10.0
DATAGRAM_PORT = 4747
RECEIVE = f"""
import socket, sys
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind((sys.argv[1], {DATAGRAM_PORT}))
print("bound", flush=True)
print(receiver.recv(100).decode(), flush=True)
"""
SEND = f"""
import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.sendto(sys.argv[2].encode(), (sys.argv[1], {DATAGRAM_PORT}))
"""

Links = dict[Host, dict[str, Any]]


async def see(host: Host, other: Host, user: str | None = None) -> None:
    """Watch `airhail peers` until the other host is in it."""
    watching = await host.spawn("peers", *COMMAND, "peers", "--watch", "--json", user=user)

    def shows_other(line: str) -> bool:
        peers = json.loads(line)["peers"] if line.startswith("{") else []
        return any(peer["address"] == other.address and peer["present"] for peer in peers)

    await watching.line(shows_other, SEE_S)
    await watching.stop()


async def see_each_other(lab: Lab, first: Host, second: Host, user: str | None = None) -> None:
    """Have two people look for each other at the same time."""
    await lab.together(lambda: see(first, second, user), lambda: see(second, first, user))


async def connect(host: Host, other: Host, user: str | None = None, wait: float = LINK_S) -> dict[str, Any]:
    """Ask for the link and wait for it; return it as `airhail connect --json` tells it."""
    argv = ("connect", other.address, "--wait", f"{wait:.3f}", "--json")
    asked = await host.airhail(*argv, user=user, timeout=wait + SEE_S)
    if asked.status:
        raise Failed(f"{asked}: {asked.stdout.strip()} {asked.stderr.strip()}")
    link: dict[str, Any] = asked.json
    return link


async def link(lab: Lab, first: Host, second: Host, user: str | None = None) -> Links:
    """Have two people ask for the link, a human moment apart; return it as each end sees it."""
    links: Links = {}

    async def ask(host: Host, other: Host, after: float) -> None:
        await lab.pause(0.0, after)
        links[host] = await connect(host, other, user)

    earlier, later = lab.random.sample((first, second), 2)
    await lab.together(lambda: ask(earlier, later, 0.0), lambda: ask(later, earlier, 3.0))
    return links


async def grant(lab: Lab, wish: Wish, within: float) -> Links:
    """Let both people turn to airhail for the link that they want; return it as each end sees it.

    Raise `Failed` when either end has none after `within` virtual seconds.
    """
    links: Links = {}

    async def turn_to_airhail(host: Host, other: Host, after: float) -> None:
        await trio.sleep(after)
        await host.start_airhail(user=lab.user)
        links[host] = await connect(host, other, lab.user, within - after)

    first, second = wish.ends
    await lab.together(lambda: turn_to_airhail(*first), lambda: turn_to_airhail(*second))
    return links


async def disconnect(host: Host, other: Host, user: str | None = None) -> None:
    """Withdraw the intent and wait until the link is gone."""
    (await host.airhail("disconnect", other.address, "--wait", user=user)).check()


def addresses(link: dict[str, Any]) -> list[str]:
    """Return this end's addresses on a link, without their prefixes."""
    return [address.split("/")[0] for address in link["addresses"]]


async def exchange(links: Links) -> None:
    """Ping and send one UDP datagram in both directions."""
    for host in links:
        (other,) = links.keys() - {host}
        target = links[host]["peer_address"]
        expect(target in addresses(links[other]), f"{host.name} takes {target} for {other.name}: {links[other]}")
        (await host.run("ping", "-c", "3", target)).check()
        receiver = await other.spawn("receiver", "python3", "-c", RECEIVE, target)
        try:
            await receiver.line(lambda line: line == "bound", TRUTH_S)
            words = f"a datagram from {host.name}"
            (await host.run("python3", "-c", SEND, target, words)).check()
            await receiver.line(lambda line, words=words: line == words, TRUTH_S)  # type: ignore[misc]
        finally:
            await receiver.stop()


async def status(host: Host) -> dict[str, Any]:
    """Return what `airhail status` tells whoever started airhail."""
    told: dict[str, Any] = (await host.airhail("status", "--json", user=host.airhail_end.user)).check().json
    return told


async def link_of(host: Host, other: Host) -> dict[str, Any]:
    """Return the link to the other host as `airhail status` tells it now; empty when it tells of none."""
    return link_in(await status(host), other)


def link_in(told: dict[str, Any], other: Host) -> dict[str, Any]:
    """Return the link to the other host in what `airhail status` told; empty when it told of none."""
    link: dict[str, Any] = told.get("connection", {}).get("links", {}).get(other.address, {})
    return link


async def until_link(host: Host, other: Host, key: str, value: str, within: float) -> dict[str, Any]:
    """Watch the connection actor until the link's entry *key* is *value*; return the link."""

    def found(state: dict[str, Any]) -> dict[str, Any]:
        link: dict[str, Any] = state.get("links", {}).get(other.address, {})
        return link

    return found(await until_state(host, "connection", lambda state: found(state).get(key) == value, within))


async def until_state(
    host: Host, actor: str, holds: Callable[[dict[str, Any]], bool], within: float
) -> dict[str, Any]:
    """Watch an actor's published state until it *holds*; return it."""
    watching = await host.spawn("watch", *COMMAND, "inspect", actor, "--watch", "--json", user=host.airhail_end.user)
    state: dict[str, Any] = {}

    def tells(line: str) -> bool:
        nonlocal state
        told = json.loads(line) if line.startswith("{") else {}
        state = told["state"] if "state" in told else apply(state, told.get("patch", {}))
        return holds(state)

    await watching.line(tells, within)
    await watching.stop()
    return state


async def until_both_up(first: Host, second: Host, within: float = LINK_S) -> Links:
    """Wait until both ends say at the same time that the link is up; return it as each end sees it."""
    try:
        with trio.fail_after(within):
            while True:
                await until_link(first, second, "phase", "up", within)
                links = {second: await until_link(second, first, "phase", "up", within)}
                links[first] = await link_of(first, second)
                if links[first].get("phase") == "up":
                    return links
    except trio.TooSlowError:
        raise Failed(f"{first.name} and {second.name}: not linked at both ends within {within:g} s") from None
