"""Scans for Wi-Fi networks, held off while the radio is needed: one takes it for 7 s, and neither end is heard.

NetworkManager scans again and again while no network is joined, so two hosts that look for each other, or are about
to link, would often wait for nothing else, and a link that is up would stand still. Where wpa_supplicant talks to us,
a scan that began is ended; NetworkManager takes that as one that found nothing new, and scans again at its next time.
"""

import logging
from collections import deque

import trio
from trio_util import AsyncValue

from airhail.ipc.dbus.errors import BusFailure
from airhail.ipc.dbus.signals import Gap
from airhail.ipc.dbus.wpa_supplicant import Supplicant

log = logging.getLogger(__name__)

# Ends within so many seconds of one hold. NetworkManager waits 3 s at first between two scans, and 120 s later
# (SCAN_INTERVAL_SEC_MIN and _MAX, nm-device-wifi.c); a program that asks for one whenever one ends is not to be
# fought with for ever.
MOST = 16
MOST_WITHIN_S = 600.0
# The interface's states in which a scan serves no association: it is not on its way into a network.
IDLE = frozenset({"inactive", "disconnected", "completed"})


class ScanGuard:
    """Ends scans on `adapter` while that is not ""; `run` does the work."""

    def __init__(self, supplicant: Supplicant) -> None:
        self.adapter: AsyncValue[str] = AsyncValue("")
        self._supplicant = supplicant
        self._ended: deque[float] = deque(maxlen=MOST)

    async def run(self) -> None:
        """End each scan that may be ended, until cancelled."""
        async with self._supplicant.scans() as scans, trio.open_nursery() as nursery:
            nursery.start_soon(self._follow_adapter)
            async for scan in scans:
                # One that a Gap hides is only a scan that is not ended.
                if not isinstance(scan, Gap) and self.adapter.value:
                    await self._end(scan.interface)

    async def _follow_adapter(self) -> None:
        """End the scan that is under way already when a hold begins."""
        async for adapter in self.adapter.eventual_values():
            self._ended.clear()
            if adapter:
                await self._end(None)

    async def _end(self, path: str | None) -> None:
        try:
            held = await self._supplicant.interface(self.adapter.value)
            if held is None or path not in (None, held) or not await self._supplicant.scanning(held):
                return
            enough = len(self._ended) == MOST and self._ended[0] > trio.current_time() - MOST_WITHIN_S
            if await self._supplicant.association(held) in IDLE and not enough:
                self._ended.append(trio.current_time())
                await self._supplicant.abort_scan(held)
                log.info("a scan on %s ended: the radio is needed", self.adapter.value)
        except BusFailure as failure:
            # The scan is over by itself, or wpa_supplicant is: neither is in the way any more.
            log.info("scan: %s", failure)
