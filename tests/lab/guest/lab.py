"""The lab as a scenario sees it: its hosts, its clock, its dice, its phases."""

import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import trio

from tests.lab.guest.air import Air
from tests.lab.guest.bluetooth import Bluetooth, Controllers, open_controllers
from tests.lab.guest.failure import Failed
from tests.lab.guest.host import LOGS, Host, HostSpec

# A phase that says nothing else: longer than any of NetworkManager's own deadlines (45 s) one after another.
PHASE_S = 300.0
# NetworkManager's first minute is full of its own scans, and a first find then takes 40 s instead of 6 to 10.
SETTLE_S = 60.0


class Lab:
    """One run of one scenario."""

    air: Air
    """There when the scenario's AIR asks for it."""
    bluetooth: Controllers
    """There when the scenario's BLUETOOTH asks for it."""

    def __init__(self, hosts: Sequence[Host], parameters: Mapping[str, Any]) -> None:
        self.hosts = tuple(hosts)
        self.parameters = parameters
        """What the run was told from outside beside its seed."""
        self.facts: dict[str, Any] = {}
        """What the run found out: it goes into the run's result."""
        # The guest kernel's random numbers follow from the seed, so these do too.
        self.random = random.Random(random.SystemRandom().getrandbits(64))
        self.phases_ms: dict[str, float] = {}
        self.log = (LOGS / "lab.log").open("a", buffering=1)

    @property
    def user(self) -> str | None:
        """Who runs airhail, by the tier that `--tier` asks for: the person at the keyboard, or (None) root."""
        return "user" if self.parameters.get("tier") == "user" else None

    def note(self, text: str) -> None:
        """Write a line into the run's log, at its virtual time."""
        self.log.write(f"{time.time():.6f}: {text}\n")

    @asynccontextmanager
    async def phase(self, name: str, within: float = PHASE_S) -> AsyncIterator[None]:
        """Measure what happens inside (virtual ms); raise `Failed` when it takes longer than `within` seconds."""
        start = trio.current_time()
        self.note(f"phase {name} began")
        try:
            with trio.fail_after(within):
                yield
        except trio.TooSlowError:
            raise Failed(f"phase {name}: not done within {within:g} s") from None
        except Failed as failure:
            raise Failed(f"phase {name}: {failure}") from failure
        finally:
            self.phases_ms[name] = round((trio.current_time() - start) * 1000, 3)
            self.note(f"phase {name} ended")

    async def settle(self, seconds: float = SETTLE_S) -> None:
        """Let the hosts idle, so that NetworkManager's first scans are over."""
        self.note(f"settle {seconds:g} s")
        await trio.sleep(seconds)

    async def pause(self, least: float, most: float) -> float:
        """Wait as a person would: a random time between the two; return it."""
        chosen = self.random.uniform(least, most)
        self.note(f"pause {chosen:.3f} s")
        await trio.sleep(chosen)
        return chosen

    async def together(self, *tasks: Callable[[], Awaitable[object]]) -> None:
        """Run every task at once and return when all are done; the first failure is raised and ends the others."""
        failures: list[Exception] = []

        async def run(task: Callable[[], Awaitable[object]], nursery: trio.Nursery) -> None:
            try:
                await task()
            except Exception as failure:
                failures.append(failure)
                nursery.cancel_scope.cancel()

        async with trio.open_nursery() as nursery:
            for task in tasks:
                nursery.start_soon(run, task, nursery)
        if failures:
            raise failures[0]


@asynccontextmanager
async def open_lab(
    specs: Sequence[HostSpec], air: bool, bluetooth: Bluetooth | None, parameters: Mapping[str, Any]
) -> AsyncIterator[Lab]:
    """Start every host, one after the other (so their order is part of no race), and stop all at the end.

    With *air* the radios hear each other through `Lab.air`, else through the kernel's own perfect medium.
    With *bluetooth* every host has an adapter, the first hci0, the second hci1 and so on.
    """
    async with trio.open_nursery() as nursery:
        hosts = [Host(spec, nursery) for spec in specs]
        lab = Lab(hosts, parameters)
        try:
            if air:
                # First: the kernel tells the medium only of addresses that are taken from now on.
                lab.air = Air(random.Random(lab.random.getrandbits(64)), lab.note)
                await nursery.start(lab.air.carry)
            for host in hosts:
                await host.start()
                lab.note(f"{host.name} is up: P2P device address {host.address or 'none'}")
            async with AsyncExitStack() as stack:
                if bluetooth is not None:
                    lab.bluetooth = await stack.enter_async_context(open_controllers(bluetooth, hosts))
                yield lab
        finally:
            with trio.CancelScope(shield=True):
                for host in hosts:
                    await host.stop()
        nursery.cancel_scope.cancel()
