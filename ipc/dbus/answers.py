"""How we answer the method calls that others make to us: the Peer interface, and no to all else.

Objects that airhail serves itself get their place in `answer`, before the last case.
"""

from pathlib import Path
from typing import Final

from airhail.ipc.dbus.errors import FILE_NOT_FOUND, INCONSISTENT_MESSAGE, UNKNOWN_METHOD
from airhail.ipc.dbus.wire import Incoming, encode_error, encode_return

# machine-id(5), and where D-Bus kept it before (dbus-uuidgen(1)).
MACHINE_ID_FILES: Final = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


def answer(call: Incoming, serial: int) -> bytes | None:
    """Encode the answer to a method call, or return None when none is wanted."""
    if call.no_reply_expected:
        return None
    if call.trouble is not None:
        return encode_error(call, INCONSISTENT_MESSAGE, f"The call is odd: {call.trouble}", serial)
    match call.interface, call.member:
        case (None | "org.freedesktop.DBus.Peer", "Ping"):
            return encode_return(call, None, (), serial)
        case (None | "org.freedesktop.DBus.Peer", "GetMachineId"):
            machine_id = read_machine_id()
            if machine_id is None:
                files = " nor ".join(str(file) for file in MACHINE_ID_FILES)
                return encode_error(call, FILE_NOT_FOUND, f"Neither {files} can be read", serial)
            return encode_return(call, "s", (machine_id,), serial)
        case _:
            sentence = f"airhail serves no method {call.member} of {call.interface} at {call.path}"
            return encode_error(call, UNKNOWN_METHOD, sentence, serial)


def read_machine_id() -> str | None:
    """Return this machine's id, None when no file that holds it can be read."""
    for file in MACHINE_ID_FILES:
        try:
            return file.read_text(encoding="ascii").strip()
        except OSError:
            continue
    return None
