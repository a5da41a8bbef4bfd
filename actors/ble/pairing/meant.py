"""Which device a person means, by its address or its name. Pure."""

import re

from airhail.actors.ble.pairing.events import Device

ADDRESS = re.compile(r"[0-9a-f]{2}([:-][0-9a-f]{2}){5}", re.IGNORECASE)


def means(meant: str, device: Device) -> bool:
    """Tell whether a device is meant: by its address, or by its name if it is in pairing or bonded already."""
    by_name = not ADDRESS.fullmatch(meant)
    return fits(meant, device) and (not by_name or device.offer is not None or device.bonded)


def fits(meant: str, device: Device) -> bool:
    """Tell whether a device has this address or name.

    What looks like an address is one: a device chooses its own name, and could call itself by another's address.
    """
    if ADDRESS.fullmatch(meant):
        return device.address == meant.lower().replace("-", ":")
    return device.name.casefold().strip() == meant.casefold().strip()


def address_in(path: str) -> str:
    """Return the address in the path of a device (`.../dev_00_11_22_33_44_55`)."""
    return path.rpartition("/dev_")[2].replace("_", ":").lower()
