"""The wireless interfaces of this host, and its own P2P device address among them.

Neither NetworkManager nor wpa_supplicant tells that address over D-Bus. The kernel does, to anybody: it is the
address of the P2P-Device interface on the adapter's radio, or the adapter's own where the driver has no such
interface. One generic netlink dump; no privilege is needed.

The end of an interface that a group left behind is asked for here, too; for that CAP_NET_ADMIN is needed.

Numbers are from linux/nl80211.h.
"""

import socket
import sys
from dataclasses import dataclass

from airhail.actors.netlink import Attributes, dump, encode_attribute, number_of, order, text_of

FAMILY = "nl80211"
NL80211_CMD_GET_INTERFACE = 5
NL80211_CMD_DEL_INTERFACE = 8
NL80211_ATTR_WIPHY = 1
NL80211_ATTR_IFINDEX = 3
NL80211_ATTR_IFNAME = 4
NL80211_ATTR_IFTYPE = 5
NL80211_ATTR_MAC = 6
NL80211_IFTYPE_STATION = 2
NL80211_IFTYPE_P2P_CLIENT = 8
NL80211_IFTYPE_P2P_GO = 9
NL80211_IFTYPE_P2P_DEVICE = 10


@dataclass(frozen=True, slots=True)
class WirelessInterface:
    """One wireless interface; a P2P-Device has no name."""

    radio: int
    kind: int
    address: str
    name: str = ""


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


async def list_interfaces() -> list[WirelessInterface]:
    """Ask the kernel for every wireless interface of this network namespace. Raises NetlinkError."""
    answers = await dump(FAMILY, NL80211_CMD_GET_INTERFACE)
    return [interface for attributes in answers if (interface := decode_interface(attributes))]


async def delete_interface(name: str) -> None:
    """Have the kernel remove the wireless interface *name*; one that is gone already is fine.

    Raises NetlinkError when it refuses.
    """
    try:
        index = socket.if_nametoindex(name)
    except OSError:
        return
    body = encode_attribute(NL80211_ATTR_IFINDEX, index.to_bytes(4, sys.byteorder))
    await order(FAMILY, NL80211_CMD_DEL_INTERFACE, body)


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
    )
