"""The two truths beside NetworkManager's, looked at whenever one may have changed.

The kernel tells anybody of every change of an interface (rtnetlink(7), group RTMGRP_LINK); which there are, and
whether they are up, stands in sysfs. wpa_supplicant lists its interfaces where it talks to us.
"""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import trio
from trio_util import AsyncValue

from airhail.actors.connection.links.events import StackSeen
from airhail.actors.connection.links.world import GROUP_INTERFACE, GroupInterface, Stack
from airhail.actors.connection.radio.capabilities import CAP_KILL, capable
from airhail.actors.netdevice import RTMGRP_LINK, hear_change, open_news
from airhail.ipc.dbus.errors import BusError, BusFailure, NoReply
from airhail.ipc.dbus.wpa_supplicant import SERVICE, Supplicant

log = logging.getLogger(__name__)

INTERFACES = Path("/sys/class/net")
# IFF_UP, linux/if.h.
UP = 0x1
# One that does not answer tells nothing by itself of getting well. Twice within diagnosis' patience (15 s, of which
# each call takes 5 s): one answer that was lost must not end wpa_supplicant.
ASK_SILENT_AGAIN_S = 2.0


class StackWatch:
    """Keeps `Stack` true; `run` reports each change of it."""

    def __init__(self, supplicant: Supplicant, report: Callable[[StackSeen], Awaitable[None]]) -> None:
        self._supplicant = supplicant
        self._report = report
        self._poked = trio.Event()

    def look_again(self) -> None:
        """Look although nothing told of a change."""
        self._poked.set()

    async def run(self) -> None:
        """Look until cancelled."""
        async with self._supplicant.bus.watch_owner(SERVICE) as owner, trio.open_nursery() as nursery:
            nursery.start_soon(self._follow_kernel)
            nursery.start_soon(self._follow_interfaces)
            seen = None
            while True:
                self._poked = trio.Event()
                stack = await self._look(owner)
                if stack != seen:
                    seen = stack
                    await self._report(StackSeen(stack))
                with trio.move_on_after(ASK_SILENT_AGAIN_S if stack.silent else float("inf")):
                    await self._poked.wait()

    async def _look(self, owner: AsyncValue[str | None]) -> Stack:
        groups, admin = group_interfaces(), capable(CAP_KILL)
        if owner.value is None:
            return Stack(groups, supplicant=False, admin=admin)
        try:
            known = await self._supplicant.interfaces()
        except NoReply:
            return Stack(groups, silent=True, admin=admin)
        except BusFailure as failure:
            # It does not talk to us, or left in this moment, which is then told.
            if not isinstance(failure, BusError):
                log.info("wpa_supplicant's interfaces: %s", failure)
            return Stack(groups, admin=admin)
        listed = tuple(interface.name for interface in known if GROUP_INTERFACE.match(interface.name))
        return Stack(groups, listed=listed, admin=admin)

    async def _follow_kernel(self) -> None:
        with await open_news(RTMGRP_LINK) as news:
            while True:
                await hear_change(news)
                self._poked.set()

    async def _follow_interfaces(self) -> None:
        async with self._supplicant.interface_changes() as changes:
            async for _ in changes:
                self._poked.set()


def group_interfaces(folder: Path = INTERFACES) -> tuple[GroupInterface, ...]:
    """List the interfaces of groups that the kernel shows now."""
    found = []
    for path in sorted(folder.iterdir()):
        if GROUP_INTERFACE.match(path.name):
            try:
                flags = int((path / "flags").read_text(), 16)
            except OSError:
                continue  # it left in this moment
            found.append(GroupInterface(path.name, bool(flags & UP)))
    return tuple(found)
