from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.ipc.errors import ErrorName, LocalProtocolError, RemoteProtocolError
from airhail.ipc.framing import FrameReader, encode_frame
from airhail.ipc.limits import HEADER, MAX_FRAME

bodies = st.lists(st.binary(min_size=1, max_size=300), max_size=6)


def read(chunks: list[bytes]) -> tuple[list[bytes], str | None]:
    """What a reader makes of *chunks*: the bodies, and the error that ended it."""
    reader = FrameReader()
    found: list[bytes] = []
    for chunk in chunks:
        reader.add_data(chunk)
        try:
            while (body := reader.next_frame()) is not None:
                found.append(body)
        except RemoteProtocolError as error:
            return found, error.sentence
    return found, None


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


@given(bodies, st.lists(st.integers(min_value=0), max_size=8))
def test_pieces_make_no_difference(sent: list[bytes], places: list[int]) -> None:
    stream = b"".join(map(encode_frame, sent))
    assert read([stream]) == (sent, None)
    assert read([stream[at : at + 1] for at in range(len(stream))]) == (sent, None)
    assert read(cut(stream, places)) == (sent, None)


@given(st.binary(max_size=200), st.lists(st.integers(min_value=0), max_size=8))
def test_any_bytes_give_bodies_or_one_named_error_however_they_come(stream: bytes, places: list[int]) -> None:
    whole = read([stream])
    assert whole == read([stream[at : at + 1] for at in range(len(stream))])
    assert whole == read(cut(stream, places))


@pytest.mark.parametrize("length", [0, MAX_FRAME + 1, 0xFFFFFFFF])
def test_bad_length_is_refused_before_the_body(length: int) -> None:
    reader = FrameReader()
    reader.add_data(encode_frame(b"good") + length.to_bytes(HEADER, "big"))
    assert reader.next_frame() == b"good"
    with pytest.raises(RemoteProtocolError, match=f"claims {length} bytes") as caught:
        reader.next_frame()
    assert caught.value.name is ErrorName.BAD_FRAME


def test_error_is_final() -> None:
    reader = FrameReader()
    reader.add_data(bytes(HEADER))
    for _ in range(2):
        with pytest.raises(RemoteProtocolError):
            reader.next_frame()
        reader.add_data(encode_frame(b"too late"))


def test_longest_frame_passes() -> None:
    body = bytes(MAX_FRAME)
    assert read([encode_frame(body)]) == ([body], None)


@pytest.mark.parametrize("length", [0, MAX_FRAME + 1])
def test_own_bad_length_is_our_error(length: int) -> None:
    with pytest.raises(LocalProtocolError, match=f"{length} bytes"):
        encode_frame(bytes(length))


def test_partial_tells_a_begun_frame() -> None:
    reader = FrameReader()
    assert not reader.partial
    frame = encode_frame(b"body")
    for at in range(1, len(frame)):
        reader.add_data(frame[at - 1 : at])
        assert reader.next_frame() is None
        assert reader.partial
    reader.add_data(frame[-1:])
    assert reader.next_frame() == b"body"
    assert not reader.partial
