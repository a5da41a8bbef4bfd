"""What a failed bus call means, as one of the closed list of reasons."""

from airhail.actors.reasons import Problem, Reason
from airhail.ipc.dbus.errors import ACCESS_DENIED, NAME_HAS_NO_OWNER, SERVICE_UNKNOWN, BusError, BusFailure, BusGone

# NetworkManager's own error names: libnm, nm-errors.h.
REASONS = {
    ACCESS_DENIED: Reason.NOT_PERMITTED,
    "org.freedesktop.NetworkManager.PermissionDenied": Reason.NOT_PERMITTED,
    "org.freedesktop.NetworkManager.Device.PermissionDenied": Reason.NOT_PERMITTED,
    "org.freedesktop.NetworkManager.Settings.PermissionDenied": Reason.NOT_PERMITTED,
    NAME_HAS_NO_OWNER: Reason.NETWORKMANAGER_GONE,
    SERVICE_UNKNOWN: Reason.NETWORKMANAGER_GONE,
    # The bus daemon's own word for a service that left while it was asked.
    "org.freedesktop.DBus.Error.NoReply": Reason.NETWORKMANAGER_GONE,
    "org.freedesktop.NetworkManager.Device.NotActive": Reason.RADIO_UNAVAILABLE,
    "org.freedesktop.NetworkManager.UnknownDevice": Reason.RADIO_LOST,
    "org.freedesktop.DBus.Error.UnknownObject": Reason.RADIO_LOST,
}


def problem_of(failure: BusFailure, otherwise: Reason) -> Problem:
    """Explain why NetworkManager did not do what it was asked; *otherwise* is for errors that mean nothing more."""
    match failure:
        case BusError(name=name, sentence=sentence):
            reason = REASONS.get(name, otherwise)
            return Problem(reason, sentence or name)
        case BusGone():
            return Problem(Reason.NETWORKMANAGER_GONE, str(failure))
        case _:
            return Problem(Reason.NETWORKMANAGER_SILENT, str(failure))
