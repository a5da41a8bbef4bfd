"""Where groups are formed of which this host becomes the owner, when nothing else decides it.

wpa_supplicant keeps a group on the channel of its own host's Wi-Fi; without one it takes a channel of its own choice,
or the operating channel that it was told. Setting that needs wpa_supplicant's leave (the netdev tier).
"""

import logging

import trio
from trio_util import AsyncValue, compose_values

from airhail.actors.channels import operating_class
from airhail.actors.discovery.events import SteerGroups
from airhail.ipc.dbus.errors import BusFailure
from airhail.ipc.dbus.wpa_supplicant import Supplicant

log = logging.getLogger(__name__)

# A few calls, answered within milliseconds. Whoever borrows the air waits for this, and for 12 s at most; a group on
# another channel is slower, and a link all the same.
STEER_S = 4.0
ANYWHERE = (0, 0)


class Steering:
    """Keeps the engine's operating channel as `wanted`; `run` does the work."""

    def __init__(self, supplicant: Supplicant) -> None:
        self.wanted: AsyncValue[SteerGroups] = AsyncValue(SteerGroups())
        self._done: AsyncValue[SteerGroups] = AsyncValue(SteerGroups())
        self._supplicant = supplicant

    async def settle(self) -> None:
        """Wait until the channel is what it should be, or could not be set."""
        with compose_values(wanted=self.wanted, done=self._done) as both:
            await both.wait_value(lambda now: now.wanted == now.done)

    async def run(self) -> None:
        """Set the channel whenever another one is wanted, until cancelled."""
        async for wanted in self.wanted.eventual_values():
            if wanted.adapter:
                with trio.move_on_after(STEER_S) as limit:
                    await self._steer(wanted)
                if limit.cancelled_caught:
                    log.warning("wpa_supplicant was not told within %.0f s where to form groups", STEER_S)
            self._done.value = wanted

    async def _steer(self, wanted: SteerGroups) -> None:
        number, channel = operating_class(wanted.frequency) or ANYWHERE
        try:
            interface = await self._supplicant.interface(wanted.adapter)
            if interface is None:
                return  # an engine that is yet to come has no such setting
            config = await self._supplicant.device_config(interface)
            # What is found at the start was set by a life of ours that did not come to take it back.
            if (config.get("OperRegClass", 0), config.get("OperChannel", 0)) != (number, channel):
                settings = {"OperRegClass": ("u", number), "OperChannel": ("u", channel)}
                await self._supplicant.set_device_config(interface, **settings)
                log.info("groups are formed %s", f"at {wanted.frequency} MHz" if channel else "anywhere")
        except BusFailure as failure:
            log.warning("where groups are formed could not be set: %s", failure)
