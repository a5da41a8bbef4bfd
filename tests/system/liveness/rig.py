"""Two hosts as namespaces, cables between them for links, and a `liveness` at each end that is told of them."""

import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import trio

from airhail.ipc.client import Client
from airhail.ipc.inspection.inspection import Inspection
from airhail.ipc.listen import adopt
from airhail.ipc.published import Published
from airhail.ipc.server import serve
from tests.system.lan.cables import ip, within
from tests.system.test_actors import LIMIT, House

KEY = "5a" * 32
IPV6 = Path("/proc/sys/net/ipv6/conf/default")


def address_of(end: int, number: int) -> str:
    """Return the P2P device address of an end (1, 2) on a link."""
    return f"42:00:00:00:{end:02x}:{number:02x}"


def ipv4_of(end: int, number: int) -> str:
    """Return the IPv4 address of an end on a link."""
    return f"10.200.{number}.{end}"


@dataclass
class End:
    """One host: its namespace, its liveness, and what it is told of its links."""

    number: int
    namespace: str
    process: trio.Process
    client: Client
    told: Published

    @property
    def other(self) -> int:
        """The number of the other end."""
        return 3 - self.number

    def tell(self, links: int) -> None:
        """Tell liveness that so many links are up."""
        numbers = range(1, links + 1)
        self.told.update({"links": {address_of(self.other, number): self._link(number) for number in numbers}})

    def tell_leaving(self) -> None:
        """Tell liveness that its first link is being taken down, as connection does while it asks for a goodbye."""
        peer = address_of(self.other, 1)
        self.told.update({"links": {peer: {"peer": peer, "phase": "leaving"}}})

    async def know(self, links: int, key: str = KEY) -> None:
        """Tell liveness the keys of so many peers."""
        peers = [
            {"peer": address_of(self.other, number), "id": f"{number:016x}", "key": key, "lower": self.number == 1}
            for number in range(1, links + 1)
        ]
        await self.client.call("know", {"peers": peers}, within=LIMIT)

    async def until(self, verdict: str, links: int = 1) -> dict[str, Any]:
        """Wait until so many links have this verdict; return the first."""
        state = await self.until_state(
            lambda state: [one.get("verdict") for one in state["links"].values()].count(verdict) == links
        )
        found: dict[str, Any] = state["links"][address_of(self.other, 1)]
        return found

    async def until_state(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the state document is as wanted, and return it."""
        with trio.fail_after(LIMIT):
            async with self.client.subscribe() as states:
                async for state in states:
                    if wanted(state):
                        return state
        raise AssertionError("the states ended")

    def _link(self, number: int) -> dict[str, Any]:
        return {"phase": "up", "interface": f"p2p{number}", "peer_address": ipv4_of(self.other, number)}


@contextmanager
def cables(links: int, name: str) -> Iterator[tuple[str, str]]:
    """Have two namespaces with so many cables between them, `p2p1` and so on at both ends."""
    ends = (f"{name}-1", f"{name}-2")
    try:
        for end in ends:
            ip("netns", "add", end)
            ip("-n", end, "link", "set", "lo", "up")
            # An IPv6 address is usable at once, and not after a second of looking for its like.
            within(end, lambda: (IPV6 / "accept_dad").write_text("0"))
            within(end, lambda: (IPV6 / "disable_ipv6").write_text("0"))
        for number in range(1, links + 1):
            cable = f"p2p{number}"
            ip("-n", ends[0], "link", "add", cable, "type", "veth", "peer", "name", cable, "netns", ends[1])
            for which, namespace in enumerate(ends, 1):
                ip("-n", namespace, "address", "add", f"{ipv4_of(which, number)}/24", "dev", cable)
                ip("-n", namespace, "link", "set", cable, "up")
                # The kernel's own comes when it has seen to the carrier, which may be a second later.
                ip("-n", namespace, "address", "add", f"fe80::{which}:{number}/64", "dev", cable, "nodad")
        yield ends
    finally:
        for end in ends:
            # One that could not be made is no mistake of the end.
            subprocess.run(["ip", "netns", "delete", end], capture_output=True, check=False)


@asynccontextmanager
async def watching(folder: Path, number: int, namespace: str) -> AsyncIterator[End]:
    """Run a liveness in a namespace, beside what publishes as connection does."""
    house = House(folder / str(number), "unix:path=/nowhere")
    house.before = ["nsenter", f"--net=/run/netns/{namespace}"]
    told = Published({"links": {}})
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(house.run / "connection.sock"))
        sock.listen()
        async with trio.open_nursery() as nursery:
            serving = partial(serve, name="connection", published=told, methods={}, inspection=Inspection())
            await nursery.start(serving, adopt(sock))
            async with house.actor("liveness") as process, house.client("liveness") as client:
                yield End(number, namespace, process, client, told)
            nursery.cancel_scope.cancel()
