"""The wireless interfaces of this host, and its own P2P device address among them.

Neither NetworkManager nor wpa_supplicant tells that address over D-Bus. The kernel does, to anybody: it is the
address of the P2P-Device interface on the adapter's radio, or the adapter's own where the driver has no such
interface. One generic netlink dump; no privilege is needed.

The end of an interface that a group left behind is asked for here, too, and whether one may doze: for these two
CAP_NET_ADMIN is needed. Each is one message. pyroute2 would bring an event loop of its own and has no word for power
save; iw(8) is not everywhere, and asks programs not to read what it prints.

Numbers are from linux/nl80211.h.
"""

import logging
import socket
import sys
from dataclasses import dataclass

from airhail.actors.netlink import (
    Attributes,
    NetlinkError,
    ask,
    dump,
    encode_attribute,
    number_of,
    order,
    text_of,
)

log = logging.getLogger(__name__)

FAMILY = "nl80211"
NL80211_CMD_GET_INTERFACE = 5
NL80211_CMD_DEL_INTERFACE = 8
NL80211_CMD_SET_POWER_SAVE = 61
NL80211_CMD_GET_POWER_SAVE = 62
NL80211_ATTR_WIPHY = 1
NL80211_ATTR_IFINDEX = 3
NL80211_ATTR_IFNAME = 4
NL80211_ATTR_IFTYPE = 5
NL80211_ATTR_MAC = 6
NL80211_ATTR_WIPHY_FREQ = 38
NL80211_ATTR_PS_STATE = 93
NL80211_ATTR_CHANNEL_WIDTH = 159
NL80211_IFTYPE_STATION = 2
NL80211_IFTYPE_P2P_CLIENT = 8
NL80211_IFTYPE_P2P_GO = 9
NL80211_IFTYPE_P2P_DEVICE = 10
# enum nl80211_chan_width, in MHz; those of 802.11ah and of half and quarter channels carry no group.
WIDTHS = {0: 20, 1: 20, 2: 40, 3: 80, 4: 160, 5: 160, 13: 320}


@dataclass(frozen=True, slots=True)
class WirelessInterface:
    """One wireless interface; a P2P-Device has no name. What it is on is in MHz, 0 when it is on no channel."""

    radio: int
    kind: int
    address: str
    name: str = ""
    frequency: int = 0
    width: int = 0


async def own_address(adapter: str) -> str:
    """Return the P2P device address of the radio behind the Wi-Fi interface *adapter*; "" when there is none.

    Raises NetlinkError.
    """
    return pick(await list_interfaces(), adapter)


def pick(interfaces: list[WirelessInterface], adapter: str) -> str:
    """Choose the address with which *adapter*'s radio appears to P2P peers."""
    named = next((one for one in interfaces if one.name == adapter), None)
    if named is None:
        return ""
    devices = (one for one in interfaces if one.radio == named.radio and one.kind == NL80211_IFTYPE_P2P_DEVICE)
    return next(devices, named).address


def wifi_frequency(interfaces: list[WirelessInterface], address: str) -> int:
    """Return where the Wi-Fi of the radio with the P2P device address *address* is, in MHz; 0 when it is nowhere."""
    radios = {one.radio for one in interfaces if one.address == address}
    stations = (one.frequency for one in interfaces if one.kind == NL80211_IFTYPE_STATION and one.radio in radios)
    return max(stations, default=0)


async def list_interfaces() -> list[WirelessInterface]:
    """Ask the kernel for every wireless interface of this network namespace. Raises NetlinkError."""
    answers = await dump(FAMILY, NL80211_CMD_GET_INTERFACE)
    return [interface for attributes in answers if (interface := decode_interface(attributes))]


async def delete_interface(name: str) -> None:
    """Have the kernel remove the wireless interface *name*; one that is gone already is fine.

    Raises NetlinkError when it refuses.
    """
    if which := _named(name):
        await order(FAMILY, NL80211_CMD_DEL_INTERFACE, which)


async def power_save(name: str) -> bool | None:
    """Tell whether the interface *name* may doze; None when its driver has no such thing, or it is gone."""
    try:
        which = _named(name)
        answer = await ask(FAMILY, NL80211_CMD_GET_POWER_SAVE, which) if which else {}
    except NetlinkError as error:
        log.debug("%s: power save: %s", name, error)
        return None
    return bool(number_of(answer, NL80211_ATTR_PS_STATE)) if NL80211_ATTR_PS_STATE in answer else None


async def set_power_save(name: str, enabled: bool) -> None:
    """Let the interface *name* doze between beacons, or never; one that is gone already is fine.

    Raises NetlinkError when the kernel refuses.
    """
    if which := _named(name):
        state = encode_attribute(NL80211_ATTR_PS_STATE, _number(enabled))
        await order(FAMILY, NL80211_CMD_SET_POWER_SAVE, which + state)


def _named(name: str) -> bytes:
    """Return the attribute that names an interface; nothing when there is none of that name."""
    try:
        return encode_attribute(NL80211_ATTR_IFINDEX, _number(socket.if_nametoindex(name)))
    except OSError:
        return b""


def _number(value: int) -> bytes:
    return value.to_bytes(4, sys.byteorder)


def decode_interface(attributes: Attributes) -> WirelessInterface | None:
    """Read one interface; None when it has no address (a monitor)."""
    address = attributes.get(NL80211_ATTR_MAC, b"")
    if len(address) != 6:
        return None
    return WirelessInterface(
        radio=number_of(attributes, NL80211_ATTR_WIPHY),
        kind=number_of(attributes, NL80211_ATTR_IFTYPE),
        address=address.hex(":"),
        name=text_of(attributes, NL80211_ATTR_IFNAME),
        frequency=number_of(attributes, NL80211_ATTR_WIPHY_FREQ),
        width=width_of(attributes),
    )


def width_of(attributes: Attributes) -> int:
    """Read how wide a channel is, in MHz; 0 when it is not told."""
    if NL80211_ATTR_CHANNEL_WIDTH not in attributes:
        return 0
    return WIDTHS.get(number_of(attributes, NL80211_ATTR_CHANNEL_WIDTH), 0)
