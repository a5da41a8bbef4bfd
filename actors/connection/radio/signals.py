"""What wpa_supplicant's signals mean to a link; only heard where it talks to us (the netdev tier)."""

from airhail.actors.connection.links.events import (
    Event,
    FormationFailed,
    GroupStarted,
    NegotiationFailed,
    NegotiationSucceeded,
    PeerRang,
)
from airhail.ipc.dbus import wpa_supplicant_events as supplicant


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
