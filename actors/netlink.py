"""Generic netlink: ask a family of the kernel, and read its attributes.

Numbers are from linux/netlink.h and linux/genetlink.h.
"""

import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import trio

NETLINK_GENERIC = 16
NLMSG_ERROR = 2
NLMSG_DONE = 3
NLM_F_REQUEST = 1
NLM_F_ACK = 4
NLM_F_DUMP = 0x300
GENL_ID_CTRL = 16
CTRL_CMD_GETFAMILY = 3
CTRL_ATTR_FAMILY_ID = 1
CTRL_ATTR_FAMILY_NAME = 2
CTRL_ATTR_MCAST_GROUPS = 7
CTRL_ATTR_MCAST_GRP_NAME = 1
CTRL_ATTR_MCAST_GRP_ID = 2
SOL_NETLINK = 270
NETLINK_ADD_MEMBERSHIP = 1
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


async def dump(family: str, command: int, body: bytes = b"") -> list[Attributes]:
    """Return the attributes of each message of a dump; none when the kernel does not have the family.

    Raises NetlinkError when the kernel does not answer as it should within `ANSWER_S`.
    """
    return await _converse(family, command, body, NLM_F_DUMP)


async def ask(family: str, command: int, body: bytes) -> Attributes:
    """Return the attributes of the one message that answers; none when there is no such thing.

    Raises NetlinkError when the kernel refuses, or does not answer within `ANSWER_S`.
    """
    return next(iter(await _converse(family, command, body, 0)), {})


async def order(family: str, command: int, body: bytes) -> None:
    """Have the kernel do something. Raises NetlinkError when it refuses, or does not answer within `ANSWER_S`."""
    await _converse(family, command, body, NLM_F_ACK)


async def listen(family: str, groups: frozenset[str]) -> trio.socket.SocketType | None:
    """Return a socket at which the news of a family's multicast groups come, for `decode_news`; the caller closes it.

    None when the kernel does not have the family. Raises NetlinkError, as `dump` does.
    """
    try:
        with ExitStack() as closing, trio.fail_after(ANSWER_S):
            netlink = closing.enter_context(_socket())
            await netlink.bind((0, 0))
            families = await _ask(netlink, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, _named(family), 0)
            if not families:
                return None
            for _, nested in decode_attributes(families[0].get(CTRL_ATTR_MCAST_GROUPS, b"")):
                group = dict(decode_attributes(nested))
                if text_of(group, CTRL_ATTR_MCAST_GRP_NAME) in groups:
                    number = number_of(group, CTRL_ATTR_MCAST_GRP_ID)
                    netlink.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, number)
            closing.pop_all()
            return netlink
    except trio.TooSlowError as error:
        raise NetlinkError(f"the kernel's {family} did not answer within {ANSWER_S:g} s") from error
    except (OSError, struct.error) as error:
        raise NetlinkError(f"the kernel's {family} cannot be listened to: {error}") from error


async def _converse(family: str, command: int, body: bytes, flags: int) -> list[Attributes]:
    try:
        with _socket() as netlink, trio.fail_after(ANSWER_S):
            await netlink.bind((0, 0))
            families = await _ask(netlink, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, _named(family), 0)
            if not families:
                return []
            number = int.from_bytes(families[0][CTRL_ATTR_FAMILY_ID], sys.byteorder)
            return await _ask(netlink, number, command, body, flags)
    except trio.TooSlowError as error:
        raise NetlinkError(f"the kernel's {family} did not answer within {ANSWER_S:g} s") from error
    except (OSError, KeyError, struct.error) as error:
        raise NetlinkError(f"the kernel's {family} cannot be asked: {error}") from error


def _socket() -> trio.socket.SocketType:
    return trio.socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_GENERIC)


def _named(family: str) -> bytes:
    return encode_attribute(CTRL_ATTR_FAMILY_NAME, family.encode() + b"\0")


async def _ask(
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

    Raises NetlinkError when the kernel refused; ENOENT (no such family at all) counts as an empty answer.
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


def decode_news(data: bytes) -> list[tuple[int, Attributes]]:
    """Read what came at a socket of `listen`: the command and the attributes of each message. Raises NetlinkError."""
    found = []
    while len(data) >= HEADER.size:
        length, *_ = HEADER.unpack_from(data)
        if not HEADER.size + GENERIC.size <= length <= len(data):
            raise NetlinkError(f"netlink news of {length} bytes among {len(data)}")
        command, _, _ = GENERIC.unpack_from(data, HEADER.size)
        found.append((command, dict(decode_attributes(data[HEADER.size + GENERIC.size : length]))))
        data = data[(length + 3) & ~3 :]
    return found


def decode_attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Walk over a run of netlink attributes; a nested attribute's value is such a run."""
    while len(data) >= ATTRIBUTE.size:
        length, kind = ATTRIBUTE.unpack_from(data)
        if not ATTRIBUTE.size <= length <= len(data):
            raise NetlinkError(f"a netlink attribute of {length} bytes where {len(data)} are left")
        yield kind & NLA_TYPE_MASK, data[ATTRIBUTE.size : length]
        data = data[(length + 3) & ~3 :]


def number_of(attributes: Attributes, kind: int) -> int:
    """Return an attribute that is a number of the machine's byte order; 0 when it is not there."""
    return int.from_bytes(attributes.get(kind, b""), sys.byteorder)


def text_of(attributes: Attributes, kind: int) -> str:
    """Return an attribute that is a string; "" when it is not there."""
    return attributes.get(kind, b"").rstrip(b"\0").decode(errors="replace")
