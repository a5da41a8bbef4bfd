"""What wpa_supplicant adds for who may talk to it: the tier, peers' names, calls heard, a name for this host."""

import logging
import socket
from collections.abc import Awaitable, Callable

import trio
from trio_util import AsyncValue, compose_values

from airhail.actors.backoff import pause
from airhail.actors.discovery.events import Event, FindEnded, PeerHeard
from airhail.actors.discovery.radio import Tier
from airhail.actors.names import fit
from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.errors import BusError, BusFailure
from airhail.ipc.dbus.signals import Gap
from airhail.ipc.dbus.wpa_supplicant import SERVICE, Supplicant
from airhail.ipc.dbus.wpa_supplicant_events import (
    DeviceFound,
    DeviceLost,
    FindStopped,
    GONegotiationRequest,
    ProvisionDiscovery,
    SupplicantEvent,
    SupplicantPeer,
)

log = logging.getLogger(__name__)

# WPS_DEV_NAME_MAX_LEN, wpa_supplicant wps/wps_defs.h; a longer name is refused.
NAME_BYTES = 32
# NetworkManager shows the P2P device a moment before wpa_supplicant has its interface on the bus.
NAMING_TRIES = 10
NAMING_PAUSE_S = 0.5
# Where wpa_supplicant does not talk to us it is asked again: soon, since it may only have been too busy to answer,
# and then at a pace that costs nothing, since a policy can be installed while it runs.
TIER_AGAIN_S = 10.0
TIER_SLOW_S = 600.0
# wpa_supplicant's own word for an interface it does not have (dbus_new.h).
UNKNOWN_INTERFACE = "fi.w1.wpa_supplicant1.InterfaceUnknown"
# More peers than wpa_supplicant itself keeps (p2p_i.h, max_peers 100).
MAX_KNOWN = 128


class Engine:
    """The P2P engine in wpa_supplicant, as far as it lets us in; `run` keeps every value true.

    `life` is wpa_supplicant's own name on the bus, "" while it is not there, `tier` whether it talks to us, `known`
    what it knows of each peer, by address, `home` the Wi-Fi interface from which its engine speaks, "" until it has.
    """

    def __init__(self, bus: Bus, name: str) -> None:
        self.life: AsyncValue[str] = AsyncValue("")
        self.home: AsyncValue[str] = AsyncValue("")
        self.tier: AsyncValue[Tier] = AsyncValue(Tier.USER)
        self.known: AsyncValue[dict[str, SupplicantPeer]] = AsyncValue({})
        # The parent interface of the radio in use, "" while there is none that is ready.
        self.parent: AsyncValue[str] = AsyncValue("")
        self._bus = bus
        self.supplicant = Supplicant(bus)
        self._home_path = ""
        self._name = fit(name or socket.gethostname(), NAME_BYTES)

    async def run(
        self,
        send_event: Callable[[Event], Awaitable[None]],
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Follow wpa_supplicant leaving, coming back and speaking, until cancelled."""
        async with self._bus.watch_owner(SERVICE) as owner, self.supplicant.events() as events:
            async with trio.open_nursery() as nursery:
                await nursery.start(self._follow_owner, owner)
                nursery.start_soon(self._keep_named, owner)
                nursery.start_soon(self._keep_asking)
                task_status.started()
                async for event in events:
                    await self._take(event, send_event)

    async def _follow_owner(
        self, owner: AsyncValue[str | None], *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        async for current in owner.eventual_values():
            self.known.value = {}
            self._home_path = self.home.value = ""
            # Each owner is asked anew: its policy may have changed with it.
            self.tier.value = await self._ask_tier() if current else Tier.USER
            self.life.value = current or ""
            task_status.started()
            task_status = trio.TASK_STATUS_IGNORED

    async def _keep_asking(self) -> None:
        """Ask each life of wpa_supplicant again, ever more seldom, as long as it does not talk to us."""
        life, tries = "", 0
        while True:
            before, life = life, await self.life.wait_value(bool)
            await self.tier.wait_value(lambda tier: tier is Tier.USER)
            tries = tries + 1 if life == before else 1
            with trio.move_on_after(pause(TIER_AGAIN_S, TIER_SLOW_S, tries)):
                await self.life.wait_transition()
            if self.life.value != life or self.tier.value is not Tier.USER:
                continue
            tier = await self._ask_tier()
            if tier is Tier.NETDEV and self.life.value == life:
                log.info("wpa_supplicant talks to us now")
                self.tier.value = tier

    async def _ask_tier(self) -> Tier:
        try:
            return Tier.NETDEV if await self.supplicant.permitted() else Tier.USER
        except BusFailure as failure:
            log.warning("wpa_supplicant: %s; going on without it", failure)
            return Tier.USER

    async def _take(self, event: SupplicantEvent | Gap, send_event: Callable[[Event], Awaitable[None]]) -> None:
        if isinstance(event, DeviceFound | DeviceLost | FindStopped | GONegotiationRequest):
            await self._note_home(event.interface)
        match event:
            case DeviceFound(peer=peer):
                self._learn(peer)
            case DeviceLost(address=address):
                self.known.value = {known: peer for known, peer in self.known.value.items() if known != address}
            case FindStopped():
                await send_event(FindEnded())
            case GONegotiationRequest(address=address) | ProvisionDiscovery(address=address):
                await send_event(PeerHeard(address))
            case Gap():
                await self._read_peers()

    async def _note_home(self, path: str) -> None:
        """Learn whose engine it is that speaks: these signals come from its own interface, never from a group's."""
        if path == self._home_path:
            return
        try:
            interfaces = await self.supplicant.interfaces()
        except BusFailure as failure:
            log.info("wpa_supplicant's interfaces: %s", failure)
            return
        self._home_path = path
        self.home.value = next((interface.name for interface in interfaces if interface.path == path), "")

    def _learn(self, *peers: SupplicantPeer) -> None:
        known = {**self.known.value, **{peer.address: peer for peer in peers}}
        self.known.value = dict(list(known.items())[-MAX_KNOWN:])

    async def _keep_named(self, owner: AsyncValue[str | None]) -> None:
        """Name each new engine: NetworkManager before 1.60 leaves its own P2P name empty, so nobody sees one."""
        with compose_values(owner=owner, parent=self.parent, tier=self.tier) as engine:
            async for current in engine.eventual_values():
                if current.owner and current.parent and current.tier is Tier.NETDEV:
                    await self._name_engine(current.parent)

    async def _name_engine(self, parent: str) -> None:
        for _ in range(NAMING_TRIES):
            try:
                interface = await self.supplicant.interface(parent)
                if interface:
                    await self.supplicant.set_device_config(interface, DeviceName=("s", self._name))
                    log.info("this host shows itself to peers as %r", self._name)
                    await self._read_peers()
                    return
            except BusFailure as failure:
                log.debug("naming the engine on %s: %s", parent, failure)
            await trio.sleep(NAMING_PAUSE_S)
        log.warning("peers see no name of this host: wpa_supplicant took none on %s", parent)

    async def _read_peers(self) -> None:
        if not self.parent.value or self.tier.value is not Tier.NETDEV:
            return
        try:
            if interface := await self.supplicant.interface(self.parent.value):
                peers = await self.supplicant.peers(interface)
                self.known.value = {}
                self._learn(*peers)
        except BusFailure as failure:
            log.warning("wpa_supplicant's peers could not be read: %s", failure)

    async def find(self, adapter: str, seconds: int) -> None:
        """Have the engine look for peers on the social channels. Raises BusFailure."""
        await self.supplicant.find(await self._must_have(adapter, "P2PDevice.Find"), seconds)

    async def listen(self, adapter: str, seconds: int) -> None:
        """Have the engine be found, and look for nobody. Raises BusFailure."""
        await self.supplicant.listen(await self._must_have(adapter, "P2PDevice.Listen"), seconds)

    async def flush(self, adapter: str) -> None:
        """Have the engine forget all that it holds about peers. Raises BusFailure."""
        await self.supplicant.flush(await self._must_have(adapter, "P2PDevice.Flush"))

    async def _must_have(self, adapter: str, member: str) -> str:
        interface = await self.supplicant.interface(adapter)
        if interface is None:
            raise BusError(UNKNOWN_INTERFACE, f"it has no interface {adapter}", member)
        return interface
