import errno
import struct
from typing import NoReturn

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.netlink import (
    NLMSG_ERROR,
    NetlinkError,
    decode_answers,
    decode_attributes,
    dump,
    encode_attribute,
    encode_request,
    listen,
)


def refusal(error: int) -> bytes:
    return struct.pack("=IHHII", 36, NLMSG_ERROR, 0, 1, 0) + struct.pack("=i", -error) + bytes(16)


def test_a_kernel_without_the_family_answers_with_nothing_and_a_refusal_is_told() -> None:
    assert decode_answers(refusal(2)) == ([], True)
    with pytest.raises(NetlinkError, match="error 1"):
        decode_answers(refusal(1))


@given(st.lists(st.tuples(st.integers(0, 0x3FFF), st.binary(max_size=40)), max_size=8))
def test_attributes_survive_the_round_trip(attributes: list[tuple[int, bytes]]) -> None:
    encoded = b"".join(encode_attribute(kind, value) for kind, value in attributes)
    assert list(decode_attributes(encoded)) == attributes


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(data: bytes) -> None:
    try:
        decode_answers(data)
    except (NetlinkError, struct.error):
        return


def test_a_request_has_the_length_it_says() -> None:
    request = encode_request(28, 5, encode_attribute(2, b"nl80211\0"), 0x300)
    assert struct.unpack_from("=IHH", request) == (len(request), 28, 0x301)


async def test_a_kernel_without_netlink_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> NoReturn:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(trio.socket, "socket", refuse)
    with pytest.raises(NetlinkError, match="not supported"):
        await dump("nl80211", 5)
    with pytest.raises(NetlinkError, match="not supported"):
        await listen("nl80211", frozenset({"mlme"}))
