"""The keys of the met peers: each call is answered once, by the one it is for; all others are silent."""

import pytest

from airhail.actors.beacons import EPOCH_S, Beacon
from airhail.actors.lan.ring import MAX_NONCES, STRANGER, Ring, Silence
from airhail.actors.lan.wire import Call, Frame, Kind, decode_answer, decode_call

KEY = bytes(range(32))
NOW = 1_800_000_000.0
HERE = bytes([10, 0, 0, 1])
THERE = bytes([10, 0, 0, 2])


def nonce(number: int) -> bytes:
    return number.to_bytes(16, "big")


def rings() -> tuple[Ring, Ring]:
    alpha, beta = Ring(), Ring()
    alpha.meet([Beacon("beta", KEY, lower=True)])
    beta.meet([Beacon("alpha", KEY, lower=False)])
    return alpha, beta


def called(ring: Ring, peer: str, number: int = 1, unix: float = NOW) -> Call:
    call = decode_call(ring.call(peer, 4000, nonce(number), HERE, unix))
    assert call is not None
    return call


def test_both_ends_know_each_other_and_agree_on_the_wires() -> None:
    alpha, beta = rings()
    call = called(alpha, "beta")
    assert beta.hear(call, HERE, NOW) == "alpha"
    data, theirs = beta.answer("alpha", call, nonce(9), NOW)
    answer = decode_answer(data)
    assert answer is not None
    known = alpha.recognize(answer)
    assert not isinstance(known, Silence)
    peer, ours = known
    assert peer == "beta"
    assert ours.confirmation == theirs.confirmation
    frame = Frame(Kind.BODY, 7, b"propose")
    data = ours.wires(caller=True)[0].encode(frame)
    assert theirs.wires(caller=False)[1].decode(data[:7], data[7:]) == frame
    assert alpha.recognize(answer) is Silence.UNKNOWN, "one call has one answer"


def test_a_replayed_call_is_silence_from_wherever_it_comes() -> None:
    alpha, beta = rings()
    call = called(alpha, "beta")
    assert beta.hear(call, THERE, NOW) is Silence.FORGED
    assert beta.hear(call, HERE, NOW) == "alpha"
    assert beta.hear(call, HERE, NOW) is Silence.REPLAYED
    assert beta.hear(call, HERE, NOW + 3 * EPOCH_S) is Silence.UNKNOWN


def test_a_token_with_another_call_around_it_is_silence() -> None:
    alpha, beta = rings()
    call = called(alpha, "beta")
    assert beta.hear(Call(call.token, 4001, call.nonce, call.mac), HERE, NOW) is Silence.FORGED
    assert beta.hear(Call(call.token, 4000, nonce(2), call.mac), HERE, NOW) is Silence.FORGED
    assert beta.hear(Call(bytes(8), 4000, call.nonce, call.mac), HERE, NOW) is Silence.UNKNOWN


def test_its_own_call_is_silence() -> None:
    alpha, _ = rings()
    assert alpha.hear(called(alpha, "beta"), HERE, NOW) is Silence.OWN


def test_who_is_not_met_any_more_is_neither_called_nor_answered() -> None:
    alpha, beta = rings()
    call = called(alpha, "beta")
    assert beta.hear(call, HERE, NOW) == "alpha"
    beta.meet([])
    assert beta.hear(called(alpha, "beta", 2), HERE, NOW) is Silence.UNKNOWN
    with pytest.raises(KeyError):
        beta.answer("alpha", call, nonce(9), NOW)
    alpha.meet([])
    with pytest.raises(KeyError):
        alpha.call("beta", 4000, nonce(3), HERE, NOW)


def test_an_answer_of_somebody_else_is_silence() -> None:
    alpha, _ = rings()
    call = called(alpha, "beta")
    mallory = Ring()
    mallory.meet([Beacon("alpha", bytes(32), lower=False)])
    answer = decode_answer(mallory.answer("alpha", call, nonce(9), NOW)[0])
    assert answer is not None
    assert alpha.recognize(answer) is Silence.FORGED


def test_an_answer_to_what_was_never_called_is_silence() -> None:
    alpha, beta = rings()
    answer = decode_answer(beta.answer("alpha", called(rings()[0], "beta"), nonce(9), NOW)[0])
    assert answer is not None
    assert alpha.recognize(answer) is Silence.UNKNOWN


def test_strangers_are_heard_only_while_they_are_expected() -> None:
    alpha, beta = Ring(), Ring()
    assert beta.hear(called(alpha, STRANGER), HERE, NOW) is Silence.UNKNOWN
    beta.expect(True)
    call = called(alpha, STRANGER, 2)
    assert beta.hear(call, HERE, NOW) == STRANGER
    answer = decode_answer(beta.answer(STRANGER, call, nonce(9), NOW)[0])
    assert answer is not None
    known = alpha.recognize(answer)
    assert not isinstance(known, Silence)
    assert known[0] == STRANGER
    beta.expect(False)
    assert beta.hear(called(alpha, STRANGER, 3), HERE, NOW) is Silence.UNKNOWN


def test_strangers_need_no_clock() -> None:
    beta = Ring()
    beta.expect(True)
    # A board that has no clock chip and has not reached a time server begins in 1970, or when it was last off.
    assert beta.hear(called(Ring(), STRANGER, unix=0.0), HERE, NOW) == STRANGER
    assert beta.hear(called(Ring(), STRANGER, 2, unix=NOW + 10 * EPOCH_S), HERE, NOW) == STRANGER


@pytest.mark.parametrize(("apart", "understood"), [(EPOCH_S, True), (2 * EPOCH_S, False)])
def test_peers_need_clocks_that_are_not_too_far_apart(apart: int, understood: bool) -> None:
    for unix in (NOW - apart, NOW + apart):
        alpha, beta = rings()
        assert (beta.hear(called(alpha, "beta", unix=unix), HERE, NOW) == "alpha") is understood


def test_a_call_to_strangers_is_none_to_a_met_peer_and_the_other_way_round() -> None:
    alpha, beta = rings()
    beta.expect(True)
    assert beta.hear(called(alpha, STRANGER), HERE, NOW) == STRANGER
    assert beta.hear(called(alpha, "beta", 2), HERE, NOW) == "alpha"


def test_nonces_are_bounded() -> None:
    alpha, beta = rings()
    for number in range(2 * MAX_NONCES):
        assert beta.hear(called(alpha, "beta", number), HERE, NOW) == "alpha"
    assert len(beta._heard) == len(alpha._made) == MAX_NONCES


def test_strangers_cannot_make_a_call_of_a_met_peer_good_again() -> None:
    alpha, beta = rings()
    beta.expect(True)
    call = called(alpha, "beta", MAX_NONCES + 1)
    assert beta.hear(call, HERE, NOW) == "alpha"
    for number in range(MAX_NONCES + 1):
        assert beta.hear(called(Ring(), STRANGER, number), HERE, NOW) == STRANGER
    assert beta.hear(call, HERE, NOW) is Silence.REPLAYED


def test_no_key_is_printed() -> None:
    _, beta = rings()
    call = called(rings()[0], "beta")
    assert KEY.hex() not in repr(beta.answer("alpha", call, nonce(9), NOW)[1])
    assert repr(KEY)[2:-1] not in repr(beta.answer("alpha", call, nonce(9), NOW)[1])
