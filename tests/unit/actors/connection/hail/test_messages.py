"""The messages' bytes: they come back, they fit, and nothing else is taken for one."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.connection.hail.messages import (
    MAX_BYTES,
    MAX_MHZ,
    MAX_NAME,
    MAX_NETWORKS,
    MAX_TRIED,
    MAX_WAIT_MS,
    MAX_WORD,
    TYPES,
    VERSION,
    Accept,
    Go,
    Message,
    Moved,
    Offer,
    Over,
    Propose,
    Ready,
    Refusal,
    Refuse,
    Ringing,
    Tier,
    Unreadable,
    Withdraw,
    decode,
    encode,
    fitting_name,
)
from airhail.actors.connection.ladder.ladder import Rung
from airhail.actors.reasons import Reason

S = b"8 bytes."
OFFER = Offer("02:00:00:00:00:09", "Zoë's laptop", Tier.NETDEV, ("peer-left",), "flush", 2437)
WHOLE: list[Message] = [
    Propose(S, OFFER, ("10.129.0.0", "10.130.0.4")),
    Ringing(S),
    Accept(S, OFFER, "10.129.0.0"),
    Accept(S, OFFER),
    Refuse(S, Refusal.BUSY),
    Go(S, True, 1000, 300, "flush", True),
    Ready(S),
    Moved(S),
    Over(S, "formation-failed"),
    Over(S),
    Withdraw(S),
]


def entries(**changes: object) -> bytes:
    proposal = msgspec.msgpack.decode(encode(WHOLE[0]), type=dict[str, object])
    return msgspec.msgpack.encode({**proposal, **changes})


def test_every_message_comes_back() -> None:
    for message in WHOLE:
        assert decode(encode(message)) == message
    assert {type(message) for message in WHOLE} == set(TYPES.values())


def test_the_longest_message_fits() -> None:
    name = "é" * (MAX_NAME // 2)
    word = "w" * MAX_WORD
    offer = Offer("02:00:00:00:00:09", name, Tier.NETDEV, (word,) * MAX_TRIED, word, MAX_MHZ)
    longest = encode(Propose(S, offer, ("10.255.255.252",) * MAX_NETWORKS))
    assert len(longest) <= MAX_BYTES
    assert decode(longest) == Propose(S, offer, ("10.255.255.252",) * MAX_NETWORKS)
    assert len(encode(Go(S, True, MAX_WAIT_MS, MAX_WAIT_MS, word, True))) <= MAX_BYTES


def test_who_is_in_no_network_says_nothing_of_it() -> None:
    proposal = Propose(S, replace(OFFER, frequency=0))
    assert decode(encode(proposal)) == proposal
    assert b"frequency" not in encode(proposal)


def test_what_we_say_fits_the_words() -> None:
    assert max(map(len, [*Reason, *Rung])) <= MAX_WORD


@pytest.mark.parametrize(
    "changes",
    [
        {"session": b"seven b"},
        {"session": "8 bytes."},
        {"address": "02:00:00:00:00:0G"},
        {"address": ""},
        {"name": "\x1b[2Jowned"},
        {"name": "n" * (MAX_NAME + 1)},
        {"name": 7},
        {"tier": "root"},
        {"tried": ["x"] * (MAX_TRIED + 1)},
        {"tried": ["UPPER"]},
        {"rung": "r" * (MAX_WORD + 1)},
        {"frequency": -1},
        {"frequency": MAX_MHZ + 1},
        {"frequency": "2437"},
        {"networks": ["192.168.1.0"]},
        {"networks": ["10.129.0.1"]},
        {"networks": ["10.129.0.0"] * (MAX_NETWORKS + 1)},
        {"networks": ["no network"]},
        {"type": "porpoise"},
        {"type": None},
        {"type": ["propose"]},
    ],
)
def test_what_is_not_valid_is_unreadable(changes: dict[str, object]) -> None:
    read = decode(entries(**changes))
    assert isinstance(read, Unreadable)
    assert read.session == b"", "no answer is owed"


def test_entries_that_are_not_known_are_passed_over() -> None:
    assert decode(entries(color="red")) == WHOLE[0]
    assert decode(entries(offer={"address": "nonsense"})) == WHOLE[0]


def test_a_proposal_of_another_version_names_its_session() -> None:
    assert decode(entries(v=VERSION + 1, name=7)) == Unreadable("version 2, not 1", S)
    moved = msgspec.msgpack.encode({"v": 2, "type": "moved", "session": S})
    assert decode(moved) == Unreadable("version 2, not 1")


def test_a_refusal_is_read_in_every_version() -> None:
    refusal = msgspec.msgpack.encode({"v": 9, "type": "refuse", "session": S, "reason": "version"})
    assert decode(refusal) == Refuse(S, Refusal.VERSION)


@given(st.binary(max_size=MAX_BYTES + 8))
def test_noise_is_unreadable(noise: bytes) -> None:
    assert isinstance(decode(noise), Unreadable)


def test_depth_is_unreadable() -> None:
    assert isinstance(decode(b"\x81\xa1a" * 113), Unreadable)
    assert isinstance(decode(b"\x91" * MAX_BYTES), Unreadable)


@given(st.text())
def test_any_name_is_made_to_fit(name: str) -> None:
    fitting = fitting_name(name)
    assert len(fitting.encode()) <= MAX_NAME
    offered = Propose(S, Offer("02:00:00:00:00:09", fitting, Tier.USER))
    assert decode(encode(offered)) == offered


def test_what_is_too_long_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="at most 340 fit"):
        encode(Over(S, "x" * 400))
