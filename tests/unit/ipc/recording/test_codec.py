"""What a core holds becomes plain data and comes back."""

import enum
import math
from dataclasses import dataclass
from typing import Any, NewType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.recording.codec import Unreadable, decode, encode
from tests.unit.ipc.recording.machine import Event, Level, Lost, Met, Mood, Peer, Rights, State, Tier

Handle = NewType("Handle", int)


@given(st.from_type(State))
def test_every_kind_of_value_comes_back(state: State) -> None:
    data = encode(state)
    again = decode(msgspec.json.decode(msgspec.json.encode(data)), State)
    assert encode(again) == data
    assert again == state or math.isnan(state.until)
    assert type(again.level) is Level


@given(st.from_type(Event))  # type: ignore[arg-type]
def test_every_event_comes_back(event: Any) -> None:
    assert decode(encode(event), Event) == event


def test_data_is_readable() -> None:
    state = State(Mood.ANGRY, Level.ALL, frozenset({Tier.USER}), Rights.READ | Rights.WRITE, by_number={7: ()})
    assert encode(state) == {
        "is": "State",
        "mood": "ANGRY",
        "level": "ALL",
        "tiers": ["USER"],
        "rights": 3,
        "own": "",
        "peers": {},
        "by_level": {},
        "by_number": [[7, []]],
        "chosen": None,
        "pair": ["", 0],
        "key": "",
        "until": "inf",
    }


def test_data_of_other_code_is_taken_as_far_as_it_goes() -> None:
    assert decode({"is": "Peer", "address": "a", "shoe_size": 44}, Peer) == Peer("a")
    assert decode({"is": "Lost", "address": "a"}, Event) == Lost("a")


@pytest.mark.parametrize(
    ("data", "hint", "says"),
    [
        ({"is": "Peer", "name": "n"}, Peer, "address"),
        ({"is": "Gone"}, Event, "'Gone' is no anything that is known here"),
        ({"is": "Met", "peer": {"is": "Peer", "address": 7}}, Event, ".peer.address: 7 is no str"),
        ({"is": "State", "mood": "BLUE"}, State, ".mood: 'BLUE' is no member of Mood"),
        ({"is": "State", "pair": ["a"]}, State, ".pair"),
        ({"is": "State", "peers": 1}, State, ".peers: 1 is no list"),
        ({"is": "State", "key": "xy"}, State, ".key"),
        ({"is": "State", "until": "soon"}, State, ".until"),
        ({"is": "State", "rights": 99}, State, ".rights"),
        (True, int, "True is no int"),
        ("1", bool, "'1' is no bool"),
    ],
)
def test_what_cannot_be_read_is_named(data: Any, hint: Any, says: str) -> None:
    with pytest.raises(Unreadable, match=".*" + says.replace(".", r"\.")):
        decode(data, hint)


def test_what_no_core_should_hold() -> None:
    with pytest.raises(TypeError, match="a object cannot be recorded"):
        encode(object())


def test_new_types_are_what_they_name() -> None:
    assert decode(7, Handle) == 7


def test_a_number_stands_for_a_float() -> None:
    @dataclass(frozen=True)
    class Timed:
        at: float | None = None

    assert decode({"is": "Timed", "at": 3}, Timed) == Timed(3)


def test_members_go_by_name_and_not_by_value() -> None:
    class Renumbered(enum.Enum):
        ANGRY = 99

    assert decode(encode(Mood.ANGRY), Renumbered) is Renumbered.ANGRY


def test_same_name_in_one_place() -> None:
    assert decode(encode(Met(Peer("a", "b"))), Event) == Met(Peer("a", "b"))
