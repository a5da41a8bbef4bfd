"""What people do without airhail: a few simple nmcli and busctl commands, typed in a host by its user."""

import math

from tests.lab.guest.failure import expect
from tests.lab.guest.host import Host
from tests.lab.guest.lab import Lab
from tests.lab.guest.networkmanager import ACTIVATED, CONFIG, DEVICE, NAME, WIFI_P2P
from tests.lab.guest.processes import Completed

USER = "user"
FIND_S = 60
# NetworkManager gives a wifi-p2p activation up after 45 s by itself; nmcli waits 90 s for it.
NMCLI_S = 100.0
DHCP_S = 60.0
# For a peer that it has lost sight of, NetworkManager looks for 10 s before it calls.
CALL_S = 15.0
# How long a person takes to read, and to type what is new to them.
TYPING_S = (0.5, 8.0)


async def start_find(host: Host) -> Completed:
    """Start a find; return at once."""
    return await host.run(
        *("busctl", "call", NAME, host.p2p_device, WIFI_P2P, "StartFind", "a{sv}", "1", "timeout", "i", str(FIND_S)),
        user=USER,
    )


async def stop_find(host: Host) -> Completed:
    """End the find."""
    return await host.run("busctl", "call", NAME, host.p2p_device, WIFI_P2P, "StopFind", user=USER)


async def find(host: Host, other: Host) -> None:
    """Start a find and wait until it, or one before it, has shown the other host."""
    (await start_find(host)).check()

    async def sees() -> bool | None:
        return True if other.address in await host.nm.peers() else None

    await host.witness.until(sees, f"{other.name} seen", within=FIND_S)


async def add(host: Host, other: Host) -> None:
    """Make the profile of the link."""
    (
        await host.run(
            *("nmcli", "connection", "add", "type", "wifi-p2p", "peer", other.address, "con-name", "conn"),
            *("connection.permissions", "user", "ipv4.method", "auto"),
            user=USER,
        )
    ).check()


async def address_anew(host: Host, other: Host) -> None:
    """Put the address that the other host has now into the profile."""
    argv = ("nmcli", "connection", "modify", "conn", "wifi-p2p.peer", other.address)
    (await host.run(*argv, user=USER)).check()


async def meet(lab: Lab) -> None:
    """Let two people look for each other at the same time, read the addresses, and type them into their profiles."""
    alpha, beta = lab.hosts
    async with lab.phase("peers"):
        await lab.together(lambda: find(alpha, beta), lambda: find(beta, alpha))
    await lab.pause(*TYPING_S)
    await lab.together(lambda: add(alpha, beta), lambda: add(beta, alpha))


async def up(host: Host) -> Completed:
    """Bring the link up; return when NetworkManager has made it, or given it up."""
    return await host.run("nmcli", "connection", "up", "conn", user=USER, timeout=NMCLI_S)


async def call(host: Host) -> None:
    """Begin to bring the link up; return when NetworkManager calls the peer.

    Raise `Failed` when it does not: then it does not see the peer.
    """
    mark = host.witness.mark()
    (await host.run("nmcli", "--wait", "0", "connection", "up", "conn", user=USER)).check()
    await host.witness.signal(
        "StateChanged", path=host.p2p_device, interface=DEVICE, since=mark, within=CALL_S, where=is_calling
    )


def is_calling(body: tuple[object, ...]) -> bool:
    return body[0] == CONFIG


async def down(host: Host) -> Completed:
    """Take the link down, or give up bringing it up; an error when there is nothing of the kind."""
    return await host.run("nmcli", "connection", "down", "conn", user=USER)


async def address(host: Host, within: float = DHCP_S) -> None:
    """Wait until the link has an IPv4 address."""

    async def has_one() -> list[str] | None:
        return await host.nm.addresses() or None

    await host.witness.until(has_one, "an IPv4 address", within=within)


async def loss(host: Host) -> None:
    """Wait until the link is no longer up (for ever, unless cancelled)."""

    async def is_lost() -> bool | None:
        return True if await host.nm.state() != ACTIVATED else None

    await host.witness.until(is_lost, "the link lost", within=math.inf)


async def ping(host: Host, other: Host) -> None:
    """Ping the other end's IPv4 address."""
    addresses = await other.nm.addresses()
    expect(addresses, f"{other.name}: no IPv4 address to ping")
    (await host.run("ping", "-c", "3", addresses[0].split("/")[0], user=USER)).check()
