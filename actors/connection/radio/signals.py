"""What wpa_supplicant's signals mean to a link; only heard where it talks to us (the netdev tier)."""

import logging
from collections.abc import Awaitable, Callable

from airhail.actors.connection.links.events import (
    Event,
    FormationFailed,
    GroupStarted,
    NegotiationFailed,
    NegotiationSucceeded,
    PeerRang,
)
from airhail.ipc.dbus import wpa_supplicant_events as supplicant
from airhail.ipc.dbus.signals import Gap
from airhail.ipc.dbus.wpa_supplicant import Supplicant

log = logging.getLogger(__name__)


def event_of(signal: supplicant.SupplicantEvent) -> Event | None:
    """Translate one signal; None for one that decides nothing."""
    match signal:
        case supplicant.GONegotiationRequest(address=address):
            return PeerRang(address)
        case supplicant.GONegotiationSuccess(address=address):
            return NegotiationSucceeded(address)
        case supplicant.GONegotiationFailure(address=address, status=status):
            return NegotiationFailed(address, f"wpa_supplicant: status {status}")
        case supplicant.GroupFormationFailure(reason=reason):
            return FormationFailed(f"wpa_supplicant: {reason or 'no reason given'}")
        case supplicant.WpsFailed(message=message, config_error=error):
            return FormationFailed(f"wpa_supplicant: WPS message {message}, error {error}")
        case supplicant.GroupStarted(role=role):
            return GroupStarted(role)
        case _:
            return None


async def hear_signals(engine: Supplicant, report: Callable[[Event], Awaitable[None]]) -> None:
    """Report what wpa_supplicant says, until cancelled."""
    async with engine.events() as signals:
        async for signal in signals:
            # A missed signal only costs time: the deadlines stand behind every one of them.
            if not isinstance(signal, Gap) and (event := event_of(signal)):
                log.info("%s", event)
                await report(event)
