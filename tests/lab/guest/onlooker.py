"""An onlooker: reads all that one end publishes of a link, through every restart, and remembers what was false."""

import json
from typing import Any

import trio

from airhail.ipc.patch import apply
from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.failure import Failed
from tests.lab.guest.host import Host
from tests.lab.truth import Sight

# Longer than any run: the watch ends when airhail is gone.
WATCH_S = 100_000.0
# airhail is gone when the watch ends; somebody starts it again within seconds.
AGAIN_S = 1.0
# A process's first document may be without the intent: it has not read it back yet. The next may not.
OMISSIONS = 2


class Onlooker:
    """What one end says, and whether it may be held to it."""

    def __init__(self, host: Host, other: Host) -> None:
        self.host = host
        self.other = other
        self.state: dict[str, Any] | None = None
        """Connection's document; None while nobody tells."""
        self.wanted = False
        """Whether the intent has to be in every document, but for a process's first."""
        self.blinded = 0
        """How many faults keep airhail from seeing or speaking now."""
        self.lost = 0
        """How many documents one after another were without the intent."""
        self.falsehoods: list[str] = []

    @property
    def told(self) -> dict[str, Any] | None:
        """The link as it is published; empty when none is."""
        if self.state is None:
            return None
        link: dict[str, Any] = self.state.get("links", {}).get(self.other.address, {})
        return link

    @property
    def up(self) -> bool:
        """Whether the link is said to be up."""
        return (self.told or {}).get("phase") == "up"

    @property
    def sight(self) -> Sight:
        """What is to be seen here now."""
        return Sight(self.told, frozenset(self.host.groups), bool(self.blinded))

    async def watch(self) -> None:
        """Look on until cancelled."""
        while True:
            watching = await self.host.spawn("onlooker", *COMMAND, "inspect", "connection", "--watch", "--json")
            try:
                await watching.line(self._take, WATCH_S)
            except Failed:
                self.state = None  # the supervisor is away; its log tells when
            await trio.sleep(AGAIN_S)

    def _take(self, line: str) -> bool:
        if not line.startswith("{"):
            return False
        told = json.loads(line)
        self.state = apply(self.state or {}, told["patch"]) if "patch" in told else told["state"]
        self._look_for_intent()
        return False

    def _look_for_intent(self) -> None:
        here = (self.told or {}).get("wanted", False)
        self.lost = 0 if here or not self.wanted else self.lost + 1
        if self.lost == OMISSIONS:
            self.falsehoods.append(f"publishes no intent for {self.other.name}: {self.state}")
