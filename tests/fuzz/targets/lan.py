"""Whatever comes as a call, an answer or a frame, only what was made with the key is believed, and that once; it is
never an error."""

from airhail.actors.beacons import Beacon
from airhail.actors.lan.ring import Ring, Silence
from airhail.actors.lan.wire import ANSWER, HEAD, Frame, Kind, Wire, decode_answer, decode_call, rest_of

KEY = bytes(range(32))
NOW = 1_800_000_000.0
HERE = bytes([10, 0, 0, 1])
NONCE = bytes(16)
FRAME = Frame(Kind.BODY, 1, b"propose")


def ring(peer: str, *, lower: bool) -> Ring:
    made = Ring()
    made.meet([Beacon(peer, KEY, lower)])
    return made


def wire() -> Wire:
    return Wire(KEY, NONCE, NONCE, from_caller=True)


CALL = ring("beta", lower=True).call("beta", 4000, NONCE, HERE, NOW)
MADE = decode_call(CALL)
assert MADE is not None
REPLY, _ = ring("alpha", lower=False).answer("alpha", MADE, NONCE, NOW)
SENT = wire().encode(FRAME)

SEEDS = (CALL, REPLY, SENT, b"", CALL[:-1], HEAD.pack(0xFFFF, 1, 1), b"AHA1" + bytes(ANSWER.size - 4))


def check(data: bytes) -> None:
    """Take *data* for each of them."""
    beta = ring("alpha", lower=False)
    if (call := decode_call(data)) is not None:
        assert (beta.hear(call, HERE, NOW) == "alpha") == (data == CALL)
        assert isinstance(beta.hear(call, HERE, NOW), Silence)
    alpha = ring("beta", lower=True)
    alpha.call("beta", 4000, NONCE, HERE, NOW)
    if len(data) == ANSWER.size and (answer := decode_answer(data)) is not None:
        assert isinstance(alpha.recognize(answer), Silence) == (data != REPLY)
        assert isinstance(alpha.recognize(answer), Silence)
    if len(data) >= HEAD.size and (rest := rest_of(data[: HEAD.size])) is not None:
        frame = wire().decode(data[: HEAD.size], data[HEAD.size : HEAD.size + rest])
        assert (frame == FRAME) == (data[: len(SENT)] == SENT)
        assert frame in (None, FRAME)
