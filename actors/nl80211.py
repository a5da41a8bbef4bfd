"""The wireless interfaces of this host, and its own P2P device address among them.

Neither NetworkManager nor wpa_supplicant tells that address over D-Bus. The kernel does, to anybody: it is the
address of the P2P-Device interface on the adapter's radio, or the adapter's own where the driver has no such
interface. One generic netlink dump; no privilege is needed.

Numbers are from linux/nl80211.h.
"""

from dataclasses import dataclass

from airhail.actors.netlink import Attributes, dump, number_of, text_of

FAMILY = "nl80211"
NL80211_CMD_GET_INTERFACE = 5
NL80211_ATTR_WIPHY = 1
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
