"""Talk to mac80211_hwsim over generic netlink: take its frames, deliver them, tell senders, and make radios.

Radios keep the medium of the network namespace they were made in, so one socket outside all hosts carries the air of
all of them. Numbers are from linux/netlink.h, linux/genetlink.h and drivers/net/wireless/virtual/mac80211_hwsim.h.
"""

import errno
import os
import socket
import struct
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import trio

from tests.lab.guest.failure import Failed
from tests.lab.guest.medium import Frame, Rate, Told

HEADER = struct.Struct("=IHHII")  # struct nlmsghdr: length, type, flags, sequence, port
GENERIC = struct.Struct("=BBH")  # struct genlmsghdr: command, version, reserved
ATTRIBUTE = struct.Struct("=HH")  # struct nlattr: length, type
TYPE_MASK = 0x3FFF

NETLINK_GENERIC = 16
NETLINK_CAP_ACK = 10
SOL_NETLINK = 270
SO_RCVBUFFORCE = 33
NLMSG_ERROR = 2
NLM_F_REQUEST = 1
NLM_F_ACK = 4
GENL_ID_CTRL = 16
CTRL_CMD_GETFAMILY = 3
CTRL_ATTR_FAMILY_ID = 1
CTRL_ATTR_FAMILY_NAME = 2

REGISTER = 1
FRAME = 2
TX_INFO_FRAME = 3
NEW_RADIO = 4
ADD_MAC_ADDR = 7
DEL_MAC_ADDR = 8

ADDR_RECEIVER = 1
ADDR_TRANSMITTER = 2
ATTR_FRAME = 3
FLAGS = 4
RX_RATE = 5
SIGNAL = 6
TX_INFO = 7
COOKIE = 8
CHANNELS = 9
SUPPORT_P2P_DEVICE = 14
FREQ = 19

# enum hwsim_tx_control_flags
TX_CTL_NO_ACK = 2
TX_STAT_ACK = 4
# IEEE80211_TX_MAX_RATES entries of struct hwsim_tx_rate; index -1 ends them.
RATES = 4
RATE = struct.Struct("=bB")
NO_RATE = RATE.pack(-1, 0)
# The kernel refuses an index beyond the band's bitrates: 12 at 2.4 GHz, without the four oldest above.
BITRATES_LOW = 12
BITRATES_HIGH = 8
LOW_BAND_BELOW_MHZ = 3000

READ_BYTES = 8192  # a frame is at most 2304 bytes (IEEE80211_MAX_DATA_LEN), its attributes a few dozen
# A radio has at most 100 frames on the way (MAX_QUEUE); this holds them of every radio.
BUFFER_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame that a radio sends, and what the kernel needs to know it again."""

    frame: Frame
    data: bytes
    mhz: int
    flags: int
    cookie: bytes


@dataclass(frozen=True, slots=True)
class AddressTaken:
    """A radio answers to an address from now on."""

    radio: str
    address: str


@dataclass(frozen=True, slots=True)
class AddressDropped:
    """A radio no longer does."""

    radio: str
    address: str


Attributes = dict[int, bytes]
Event = Sent | AddressTaken | AddressDropped


class Hwsim:
    """One netlink socket; what it is told arrives in order."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)
        self._socket.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self._socket.bind((0, 0))
        self._socket.setblocking(False)
        self._sequence = 0
        self._waiting: deque[bytes] = deque()
        self._family = self._find_family()

    def close(self) -> None:
        """Give the radios back to the kernel's own medium."""
        self._socket.close()

    def register(self) -> None:
        """Become the medium of every radio made here; raise `Failed` when the kernel refuses.

        It does once a radio of several channels exists, so those must come later.
        """
        self._must(REGISTER, b"", "to become the radios' medium")

    def new_radio(self, channels: int) -> str:
        """Make a radio and return its name."""
        before = set(os.listdir("/sys/class/ieee80211"))
        count = encode_attribute(CHANNELS, struct.pack("=I", channels))
        self._must(NEW_RADIO, count + encode_attribute(SUPPORT_P2P_DEVICE, b""), f"a radio of {channels} channels")
        (made,) = set(os.listdir("/sys/class/ieee80211")) - before
        return made

    async def wait(self) -> None:
        """Return when there is an event; what arrived while a request was answered counts too."""
        if self._waiting:
            await trio.lowlevel.checkpoint()
        else:
            await trio.lowlevel.wait_readable(self._socket)

    def events(self) -> list[Event]:
        """Return all that has happened, in order."""
        self._waiting.extend(self._datagrams())
        found = [event for datagram in self._waiting if (event := decode(datagram)) is not None]
        self._waiting.clear()
        return found

    def deliver(self, sent: Sent, radio: str, rate: int, signal: int) -> bool:
        """Let a radio hear a frame; return whether it did: it must be up and on the frame's channel."""
        return self._ask(FRAME, encode_delivery(sent, radio, rate, signal)) >= 0

    def tell(self, sent: Sent, told: Told) -> None:
        """Tell the sender what became of its frame; a radio that was stopped meanwhile no longer asks."""
        self._ask(TX_INFO_FRAME, encode_told(sent, told))

    def _must(self, command: int, body: bytes, what: str) -> None:
        status = self._ask(command, body)
        if status < 0:
            raise Failed(f"mac80211_hwsim refuses {what}: {errno.errorcode.get(-status, str(status))}")

    def _ask(self, command: int, body: bytes, family: int = 0) -> int:
        # The kernel carries a request out, and answers it, before send returns.
        self._sequence += 1
        length = HEADER.size + GENERIC.size + len(body)
        kind = family or self._family
        header = HEADER.pack(length, kind, NLM_F_REQUEST | NLM_F_ACK, self._sequence, 0)
        self._socket.send(header + GENERIC.pack(command, 1, 0) + body)
        status = 0
        for datagram in self._datagrams():
            _, kind, _, sequence, _ = HEADER.unpack_from(datagram)
            if kind == NLMSG_ERROR and sequence == self._sequence:
                (status,) = struct.unpack_from("=i", datagram, HEADER.size)
            else:
                self._waiting.append(datagram)
        return status

    def _datagrams(self) -> Iterator[bytes]:
        while True:
            try:
                yield self._socket.recv(READ_BYTES)
            except BlockingIOError:
                return

    def _find_family(self) -> int:
        name = encode_attribute(CTRL_ATTR_FAMILY_NAME, b"MAC80211_HWSIM\0")
        self._ask(CTRL_CMD_GETFAMILY, name, family=GENL_ID_CTRL)
        if not self._waiting:
            raise Failed("this kernel has no mac80211_hwsim")
        return int.from_bytes(attributes_of(self._waiting.popleft())[CTRL_ATTR_FAMILY_ID], sys.byteorder)


def encode_attribute(kind: int, value: bytes) -> bytes:
    """Write one netlink attribute, padded to four bytes."""
    return ATTRIBUTE.pack(ATTRIBUTE.size + len(value), kind) + value + b"\0" * (-len(value) % 4)


def attributes_of(datagram: bytes) -> Attributes:
    """Return the attributes of a datagram's one message."""
    (end, *_) = HEADER.unpack_from(datagram)
    place = HEADER.size + GENERIC.size
    found = {}
    while place < end:
        length, kind = ATTRIBUTE.unpack_from(datagram, place)
        found[kind & TYPE_MASK] = datagram[place + ATTRIBUTE.size : place + length]
        place += (length + 3) & ~3
    return found


def decode(datagram: bytes) -> Event | None:
    """Read what the kernel tells the medium; None for what it does not need."""
    command, *_ = GENERIC.unpack_from(datagram, HEADER.size)
    attributes = attributes_of(datagram)
    if command == FRAME:
        return _sent(attributes)
    if command in (ADD_MAC_ADDR, DEL_MAC_ADDR):
        told = AddressTaken if command == ADD_MAC_ADDR else AddressDropped
        return told(attributes[ADDR_TRANSMITTER].hex(":"), attributes[ADDR_RECEIVER].hex(":"))
    return None


def _sent(attributes: Attributes) -> Sent:
    data = attributes[ATTR_FRAME]
    to = data[4:10]  # IEEE 802.11, 9.2.4: address 1 follows frame control and duration
    (flags,) = struct.unpack("=I", attributes[FLAGS])
    (mhz,) = struct.unpack("=I", attributes[FREQ])
    frame = Frame(
        sender=attributes[ADDR_TRANSMITTER].hex(":"),
        to=to.hex(":"),
        rates=tuple(decode_rates(attributes[TX_INFO])),
        wants_ack=not flags & TX_CTL_NO_ACK and not to[0] & 1,
    )
    return Sent(frame, data, mhz, flags, attributes[COOKIE])


def decode_rates(info: bytes) -> Iterator[Rate]:
    """Read the rates at which the kernel wants a frame tried."""
    for index, tries in RATE.iter_unpack(info):
        if index < 0:
            return
        yield Rate(index, tries)


def encode_rates(rates: tuple[Rate, ...]) -> bytes:
    """Write the rates at which a frame was tried."""
    told = [RATE.pack(rate.index, rate.tries) for rate in rates]
    return b"".join(told + [NO_RATE] * (RATES - len(told)))


def encode_delivery(sent: Sent, radio: str, rate: int, signal: int) -> bytes:
    """Write the attributes by which a radio hears a frame."""
    bitrates = BITRATES_LOW if sent.mhz < LOW_BAND_BELOW_MHZ else BITRATES_HIGH
    return (
        encode_attribute(ADDR_RECEIVER, bytes.fromhex(radio.replace(":", "")))
        + encode_attribute(ATTR_FRAME, sent.data)
        + encode_attribute(RX_RATE, struct.pack("=I", min(rate, bitrates - 1)))
        + encode_attribute(SIGNAL, struct.pack("=i", signal))
        + encode_attribute(FREQ, struct.pack("=I", sent.mhz))
    )


def encode_told(sent: Sent, told: Told) -> bytes:
    """Write the attributes that tell a sender what became of its frame."""
    return (
        encode_attribute(ADDR_TRANSMITTER, bytes.fromhex(sent.frame.sender.replace(":", "")))
        + encode_attribute(FLAGS, struct.pack("=I", sent.flags | (TX_STAT_ACK if told.acked else 0)))
        + encode_attribute(SIGNAL, struct.pack("=i", told.signal))
        + encode_attribute(TX_INFO, encode_rates(told.spent))
        + encode_attribute(COOKIE, sent.cookie)
    )
