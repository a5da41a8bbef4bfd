"""What can go wrong with a bus call: three failures, one family, each a sentence for a person; and our own no."""


class BusFailure(Exception):
    """Tell that a call on the bus did not succeed; catch this to treat the three kinds alike."""


class BusError(BusFailure):
    """Carry the D-Bus error with which a service answered.

    `name` is the D-Bus error name (`org.freedesktop.DBus.Error.AccessDenied`), `sentence` the service's
    own words, `call` what was asked of whom.
    """

    def __init__(self, name: str, sentence: str, call: str) -> None:
        super().__init__(f"{call}: answered with {name}: {sentence or 'no explanation given'}")
        self.name = name
        self.sentence = sentence
        self.call = call


class Refusal(Exception):
    """Answer a call that was made to us with this error; raised by the handlers of what we serve."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(f"{name}: {sentence}")
        self.name = name
        self.sentence = sentence


class BusGone(BusFailure):
    """Tell that the bus is not there; the Bus keeps trying to reach it by itself."""


class NoReply(BusFailure):
    """Tell that a service did not answer in time; whether it did what was asked is not known."""

    def __init__(self, call: str, within: float) -> None:
        super().__init__(
            f"{call}: no answer within {within:g} s; the service may be stuck or busy. "
            "Look at its log; if it stays silent, restart it"
        )
        self.call = call
        self.within = within


# The names below are the D-Bus specification's and the reference daemon's
# (dbus/dbus-protocol.h, "DBUS_ERROR_*").
ACCESS_DENIED = "org.freedesktop.DBus.Error.AccessDenied"
FAILED = "org.freedesktop.DBus.Error.Failed"
INVALID_ARGS = "org.freedesktop.DBus.Error.InvalidArgs"
LIMITS_EXCEEDED = "org.freedesktop.DBus.Error.LimitsExceeded"
NAME_HAS_NO_OWNER = "org.freedesktop.DBus.Error.NameHasNoOwner"
SERVICE_UNKNOWN = "org.freedesktop.DBus.Error.ServiceUnknown"
TIMED_OUT = "org.freedesktop.DBus.Error.TimedOut"
PROPERTY_READ_ONLY = "org.freedesktop.DBus.Error.PropertyReadOnly"
UNKNOWN_INTERFACE = "org.freedesktop.DBus.Error.UnknownInterface"
UNKNOWN_OBJECT = "org.freedesktop.DBus.Error.UnknownObject"
UNKNOWN_PROPERTY = "org.freedesktop.DBus.Error.UnknownProperty"
UNKNOWN_METHOD = "org.freedesktop.DBus.Error.UnknownMethod"
FILE_NOT_FOUND = "org.freedesktop.DBus.Error.FileNotFound"
INCONSISTENT_MESSAGE = "org.freedesktop.DBus.Error.InconsistentMessage"
