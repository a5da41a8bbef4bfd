"""This host's own P2P device address, which neither NetworkManager nor wpa_supplicant tells over D-Bus.

The kernel does, to anybody: the address of the P2P-Device interface on the adapter's radio, or the adapter's
own where the driver has no such interface. One generic netlink dump; no privilege is needed.

Numbers are from linux/netlink.h, linux/genetlink.h and linux/nl80211.h.
"""

import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import trio

NETLINK_GENERIC = 16
NLMSG_ERROR = 2
NLMSG_DONE = 3
NLM_F_REQUEST = 1
NLM_F_DUMP = 0x300
GENL_ID_CTRL = 16
CTRL_CMD_GETFAMILY = 3
CTRL_ATTR_FAMILY_ID = 1
CTRL_ATTR_FAMILY_NAME = 2
NL80211_CMD_GET_INTERFACE = 5
NL80211_ATTR_WIPHY = 1
NL80211_ATTR_IFNAME = 4
NL80211_ATTR_IFTYPE = 5
NL80211_ATTR_MAC = 6
NL80211_IFTYPE_P2P_DEVICE = 10
NLA_TYPE_MASK = 0x3FFF

HEADER = struct.Struct("=IHHII")  # struct nlmsghdr: length, type, flags, sequence, port
GENERIC = struct.Struct("=BBH")  # struct genlmsghdr: command, version, reserved
ATTRIBUTE = struct.Struct("=HH")  # struct nlattr: length, type

# The kernel answers a dump at once; anything longer means that no answer comes.
ANSWER_S = 2.0
# The kernel fills at most 32 KiB a read of a dump (NLMSG_GOODSIZE, and 32 KiB when the reader offers it).
READ_BYTES = 32 * 1024

Attributes = dict[int, bytes]


class NetlinkError(Exception):
    """The kernel refused a netlink request or answered something that cannot be read."""


@dataclass(frozen=True, slots=True)
class WirelessInterface:
    """One wireless interface; a P2P-Device has no name."""

    radio: int
    kind: int
    address: str
    name: str = ""


async def own_address(adapter: str) -> str:
    """Return the P2P device address of the radio behind the Wi-Fi interface *adapter*; "" when there is none.

    Raises NetlinkError when the kernel does not answer as it should within `ANSWER_S`.
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
    """Ask the kernel for every wireless interface of this network namespace."""
    with trio.socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_GENERIC) as netlink:
        await netlink.bind((0, 0))
        try:
            with trio.fail_after(ANSWER_S):
                name = encode_attribute(CTRL_ATTR_FAMILY_NAME, b"nl80211\0")
                families = await _dump(netlink, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, name, 0)
                family = int.from_bytes(families[0][CTRL_ATTR_FAMILY_ID], sys.byteorder) if families else 0
                if not family:
                    return []
                answers = await _dump(netlink, family, NL80211_CMD_GET_INTERFACE, b"", NLM_F_DUMP)
        except trio.TooSlowError as error:
            raise NetlinkError(f"the kernel did not list its wireless interfaces within {ANSWER_S:g} s") from error
        except (OSError, KeyError, struct.error) as error:
            raise NetlinkError(f"cannot list the wireless interfaces: {error}") from error
    return [interface for attributes in answers if (interface := decode_interface(attributes))]


async def _dump(
    netlink: trio.socket.SocketType, family: int, command: int, body: bytes, flags: int
) -> list[Attributes]:
    await netlink.send(encode_request(family, command, body, flags))
    found: list[Attributes] = []
    while True:
        more, done = decode_answers(await netlink.recv(READ_BYTES))
        found += more
        if done or not flags & NLM_F_DUMP:
            return found


def encode_request(family: int, command: int, body: bytes, flags: int) -> bytes:
    """Build one generic netlink request."""
    length = HEADER.size + GENERIC.size + len(body)
    return HEADER.pack(length, family, NLM_F_REQUEST | flags, 1, 0) + GENERIC.pack(command, 1, 0) + body


def encode_attribute(kind: int, value: bytes) -> bytes:
    """Build one netlink attribute, padded to four bytes."""
    return ATTRIBUTE.pack(ATTRIBUTE.size + len(value), kind) + value + b"\0" * (-len(value) % 4)


def decode_answers(data: bytes) -> tuple[list[Attributes], bool]:
    """Read what one recv returned: the attributes of each message, and whether the dump is over.

    Raises NetlinkError when the kernel refused; ENOENT (no wireless stack at all) counts as an empty answer.
    """
    found: list[Attributes] = []
    while len(data) >= HEADER.size:
        length, kind, *_ = HEADER.unpack_from(data)
        if not HEADER.size <= length <= len(data):
            raise NetlinkError(f"a netlink message of {length} bytes in an answer of {len(data)}")
        body = data[HEADER.size : length]
        if kind == NLMSG_DONE:
            return found, True
        if kind == NLMSG_ERROR:
            (error,) = struct.unpack_from("=i", body)
            if -error not in (0, 2):
                raise NetlinkError(f"the kernel refused with error {-error}")
            return found, True
        found.append(dict(decode_attributes(body[GENERIC.size :])))
        data = data[(length + 3) & ~3 :]
    return found, False


def decode_attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Walk over a run of netlink attributes."""
    while len(data) >= ATTRIBUTE.size:
        length, kind = ATTRIBUTE.unpack_from(data)
        if not ATTRIBUTE.size <= length <= len(data):
            raise NetlinkError(f"a netlink attribute of {length} bytes where {len(data)} are left")
        yield kind & NLA_TYPE_MASK, data[ATTRIBUTE.size : length]
        data = data[(length + 3) & ~3 :]


def decode_interface(attributes: Attributes) -> WirelessInterface | None:
    """Read one interface; None when it has no address (a monitor)."""
    address = attributes.get(NL80211_ATTR_MAC, b"")
    if len(address) != 6:
        return None
    return WirelessInterface(
        radio=int.from_bytes(attributes.get(NL80211_ATTR_WIPHY, b""), sys.byteorder),
        kind=int.from_bytes(attributes.get(NL80211_ATTR_IFTYPE, b""), sys.byteorder),
        address=address.hex(":"),
        name=attributes.get(NL80211_ATTR_IFNAME, b"").rstrip(b"\0").decode(errors="replace"),
    )
