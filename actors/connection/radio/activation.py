"""NetworkManager's calls that begin and end a link."""

import logging
import pwd
from pathlib import Path

from airhail.actors.connection.links.addresses import taken
from airhail.actors.connection.links.events import (
    Activate,
    ActivationAccepted,
    ActivationRefused,
    DeactivationRefused,
)
from airhail.actors.connection.radio.profile import OPTIONS, settings
from airhail.actors.reasons import Reason
from airhail.actors.refusals import problem_of
from airhail.ipc.dbus.errors import BusFailure
from airhail.ipc.dbus.networkmanager import NetworkManager

log = logging.getLogger(__name__)

# org.freedesktop.NetworkManager.policy: make and change profiles that everybody sees.
MODIFY_SYSTEM = "org.freedesktop.NetworkManager.settings.modify.system"
ROUTES = Path("/proc/net/route")


async def activate(
    networkmanager: NetworkManager, effect: Activate, uid: int
) -> ActivationAccepted | ActivationRefused:
    """Have NetworkManager begin a link that user *uid* wants; return what it said."""
    try:
        profile = settings(effect.peer, uid, await _owner(networkmanager, uid), free(effect.address))
        _, active = await networkmanager.add_and_activate(profile, effect.device, effect.path, OPTIONS)
    except BusFailure as failure:
        log.warning("%s", failure)
        return ActivationRefused(effect.peer, problem_of(failure, Reason.ACTIVATION_REFUSED))
    return ActivationAccepted(effect.peer, active)


async def deactivate(networkmanager: NetworkManager, active: str) -> DeactivationRefused | None:
    """Have NetworkManager end an activation or a link; return why it did not, None when it did."""
    try:
        await networkmanager.deactivate(active)
    except BusFailure as failure:
        # Often it is gone already; if not, the device goes on showing it.
        log.info("%s", failure)
        return DeactivationRefused(active, problem_of(failure, Reason.ACTIVATION_REFUSED))
    return None


def free(address: str) -> str:
    """Return the fixed address, or "" when this host already has a way into its network."""
    return "" if address and taken(address, own_routes()) else address


def own_routes() -> str:
    """Read this host's IPv4 routes, as `addresses` understands them."""
    return ROUTES.read_text()


async def _owner(networkmanager: NetworkManager, uid: int) -> str | None:
    """Name the user a profile must belong to; None when NetworkManager lets us make one for everybody.

    A profile of a user's own ends with the user's session (nm-manager.c:5604), which a service does not have.
    """
    if (await networkmanager.permissions()).get(MODIFY_SYSTEM) == "yes":
        return None
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None  # a user without a name can own no profile, and NetworkManager says what it thinks of it
