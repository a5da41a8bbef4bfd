"""Why a device left an activation or a link: NetworkManager's reasons in terms of our own."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from airhail.actors.connection.links.events import DeviceFell
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.networkmanager import NetworkManager
from airhail.ipc.dbus.networkmanager_enums import DeviceState, DeviceStateReason
from airhail.ipc.dbus.networkmanager_objects import StateChanged
from airhail.ipc.dbus.signals import Gap

log = logging.getLogger(__name__)

# Reasons that mean the same at every stage.
ANYWHERE: Mapping[DeviceStateReason, Reason] = {
    DeviceStateReason.SUPPLICANT_FAILED: Reason.SUPPLICANT_GONE,
    DeviceStateReason.NEW_ACTIVATION: Reason.TAKEN_OVER,
    DeviceStateReason.USER_REQUESTED: Reason.ENDED_HERE,
    DeviceStateReason.CONNECTION_REMOVED: Reason.ENDED_HERE,
    DeviceStateReason.NOW_UNMANAGED: Reason.RADIO_UNMANAGED,
    DeviceStateReason.UNMANAGED_BY_DEFAULT: Reason.RADIO_UNMANAGED,
    DeviceStateReason.UNMANAGED_EXTERNAL_DOWN: Reason.RADIO_UNMANAGED,
    DeviceStateReason.UNMANAGED_USER_CONF: Reason.RADIO_UNMANAGED,
    DeviceStateReason.UNMANAGED_USER_EXPLICIT: Reason.RADIO_UNMANAGED,
    DeviceStateReason.UNMANAGED_USER_SETTINGS: Reason.RADIO_UNMANAGED,
    DeviceStateReason.UNMANAGED_USER_UDEV: Reason.RADIO_UNMANAGED,
    DeviceStateReason.UNMANAGED_QUITTING: Reason.NETWORKMANAGER_GONE,
    DeviceStateReason.UNMANAGED_SLEEPING: Reason.RADIO_LOST,
    DeviceStateReason.UNMANAGED_LINK_NOT_INIT: Reason.RADIO_LOST,
    DeviceStateReason.REMOVED: Reason.RADIO_LOST,
    DeviceStateReason.SLEEPING: Reason.RADIO_LOST,
    DeviceStateReason.IP_CONFIG_UNAVAILABLE: Reason.NO_ADDRESS,
    DeviceStateReason.IP_CONFIG_EXPIRED: Reason.NO_ADDRESS,
    DeviceStateReason.DHCP_START_FAILED: Reason.NO_ADDRESS,
    DeviceStateReason.DHCP_ERROR: Reason.NO_ADDRESS,
    DeviceStateReason.DHCP_FAILED: Reason.NO_ADDRESS,
    DeviceStateReason.SHARED_START_FAILED: Reason.NO_ADDRESS,
    DeviceStateReason.SHARED_FAILED: Reason.NO_ADDRESS,
}

# Reasons whose meaning depends on how far the link had come; the stage it fell from decides.
WHILE_NEGOTIATING: Mapping[DeviceStateReason, Reason] = {
    DeviceStateReason.PEER_NOT_FOUND: Reason.PEER_NOT_FOUND,
    DeviceStateReason.SUPPLICANT_TIMEOUT: Reason.PEER_NEVER_ANSWERED,
    DeviceStateReason.SUPPLICANT_DISCONNECT: Reason.FORMATION_FAILED,
}

# From the first state of an activation to the last of a link.
IN_USE = range(DeviceState.PREPARE, DeviceState.ACTIVATED + 1)


def fall_of(change: StateChanged) -> Problem | None:
    """Explain a state change that ends an activation or a link; None for any other."""
    if change.old not in IN_USE or change.new in IN_USE:
        return None
    reason = ANYWHERE.get(change.reason)
    if reason is None and change.old < DeviceState.IP_CONFIG:
        reason = WHILE_NEGOTIATING.get(change.reason, Reason.ACTIVATION_REFUSED)
    # Once the group stood, whatever else NetworkManager names (the peer missing, the supplicant disconnected)
    # is how it sees a peer leave.
    return Problem(reason or Reason.PEER_LEFT, f"NetworkManager: {change.reason.name}")


async def hear_falls(
    networkmanager: NetworkManager, device: Callable[[], str], report: Callable[[DeviceFell], Awaitable[None]]
) -> None:
    """Report why the device, whose path *device* tells, ends what it did, until cancelled.

    Its properties alone skip states and reasons that pass quickly.
    """
    async with networkmanager.state_changes() as changes:
        async for change in changes:
            if isinstance(change, Gap) or change.device != device():
                continue
            log.info("device %s: %s to %s, %s", change.device, change.old.name, change.new.name, change.reason.name)
            if problem := fall_of(change):
                await report(DeviceFell(problem))
