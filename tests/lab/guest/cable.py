"""An ordinary network beside the radio: a cable between two hosts, with addresses of its own."""

import subprocess

import trio

from tests.lab.guest.host import Host

NAME = "cable0"
NETWORK = "192.168.88"


async def lay_cable(first: Host, second: Host) -> None:
    """Join two hosts by a cable, of which NetworkManager keeps its hands off."""
    ends = {first: "cable-a", second: "cable-b"}
    await _ip("link", "add", ends[first], "type", "veth", "peer", "name", ends[second])
    for number, (host, end) in enumerate(ends.items(), 1):
        await _ip("link", "set", end, "netns", str(host.anchor), "name", NAME)
        (await host.run("ip", "address", "add", f"{NETWORK}.{number}/24", "dev", NAME)).check()
        (await host.run("nmcli", "device", "set", NAME, "managed", "no")).check()
        (await host.run("ip", "link", "set", NAME, "up")).check()


async def _ip(*argv: str) -> None:
    await trio.run_process(["ip", *argv], stdin=subprocess.DEVNULL)
