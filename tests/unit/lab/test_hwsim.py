import struct

from tests.lab.guest import hwsim
from tests.lab.guest.hwsim import GENERIC, HEADER, AddressDropped, AddressTaken, Sent, encode_attribute
from tests.lab.guest.medium import Frame, Rate, Told

ALPHA = bytes.fromhex("420000000000")
BETA = bytes.fromhex("020000000100")
COOKIE = (7).to_bytes(8, "little")


def datagram(command: int, *attributes: bytes) -> bytes:
    body = GENERIC.pack(command, 1, 0) + b"".join(attributes)
    return HEADER.pack(HEADER.size + len(body), 30, 0, 0, 0) + body


def sent(to: bytes = BETA, flags: int = 1, mhz: int = 2437) -> Sent:
    info = struct.pack("=bBbBbBbB", 3, 2, 0, 4, -1, 0, -1, 0)
    data = b"\xd0\x00\x00\x00" + to + bytes(20)
    told = datagram(
        hwsim.FRAME,
        encode_attribute(hwsim.ADDR_TRANSMITTER, ALPHA),
        encode_attribute(hwsim.ATTR_FRAME, data),
        encode_attribute(hwsim.FLAGS, struct.pack("=I", flags)),
        encode_attribute(hwsim.FREQ, struct.pack("=I", mhz)),
        encode_attribute(hwsim.TX_INFO, info),
        encode_attribute(hwsim.COOKIE, COOKIE),
    )
    event = hwsim.decode(told)
    assert isinstance(event, Sent)
    return event


def test_a_frame_is_read_with_its_address_its_rates_and_its_channel() -> None:
    assert sent().frame == Frame("42:00:00:00:00:00", "02:00:00:00:01:00", (Rate(3, 2), Rate(0, 4)), wants_ack=True)
    assert sent().mhz == 2437
    assert sent().cookie == COOKIE


def test_frames_to_a_group_and_those_that_say_so_want_no_acknowledgement() -> None:
    assert not sent(to=b"\xff" * 6).frame.wants_ack
    assert not sent(flags=hwsim.TX_CTL_NO_ACK).frame.wants_ack


def test_a_radios_addresses_are_read() -> None:
    both = (encode_attribute(hwsim.ADDR_TRANSMITTER, ALPHA), encode_attribute(hwsim.ADDR_RECEIVER, BETA))
    names = ("42:00:00:00:00:00", "02:00:00:00:01:00")
    assert hwsim.decode(datagram(hwsim.ADD_MAC_ADDR, *both)) == AddressTaken(*names)
    assert hwsim.decode(datagram(hwsim.DEL_MAC_ADDR, *both)) == AddressDropped(*names)
    assert hwsim.decode(datagram(99)) is None


def test_what_is_delivered_has_a_rate_that_the_band_knows() -> None:
    for mhz, most in ((2437, 11), (5180, 7)):
        attributes = hwsim.encode_delivery(sent(mhz=mhz), "42:00:00:00:01:00", rate=15, signal=-71)
        read = hwsim.attributes_of(datagram(hwsim.FRAME, attributes))
        assert read[hwsim.RX_RATE] == struct.pack("=I", most)
        assert read[hwsim.SIGNAL] == struct.pack("=i", -71)


def test_a_sender_is_told_what_was_spent_under_its_own_cookie() -> None:
    told = Told(acked=True, spent=(Rate(3, 1),), signal=-40)
    read = hwsim.attributes_of(datagram(hwsim.TX_INFO_FRAME, hwsim.encode_told(sent(), told)))
    assert read[hwsim.FLAGS] == struct.pack("=I", 1 | hwsim.TX_STAT_ACK)
    assert list(hwsim.decode_rates(read[hwsim.TX_INFO])) == [Rate(3, 1)]
    assert len(read[hwsim.TX_INFO]) == 8
    assert read[hwsim.COOKIE] == COOKIE
