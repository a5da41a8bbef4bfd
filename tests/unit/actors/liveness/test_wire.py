"""A probe comes out as it went in, and whatever was not made by the peer is none."""

from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.liveness.keyring import Keyring, PairKey, Silence
from airhail.actors.liveness.wire import ASK, BODY, KEYED, MAC_BYTES, Probe, decode, encode

KEY = bytes(range(32))
BETA = "42:00:00:00:02:00"
ALPHA = "42:00:00:00:01:00"
COUNTS = st.integers(0, 2**32 - 1)
PROBES = st.builds(
    Probe,
    session=st.integers(1, 2**64 - 1),
    counter=st.integers(1, 2**32 - 1),
    echo_session=st.integers(0, 2**64 - 1),
    echo_counter=COUNTS,
    echo_received=COUNTS,
    held_us=COUNTS,
    flags=st.integers(0, 7),
    address=st.ip_addresses(v=6).map(str),
)
PROBE = Probe(1, 2, 3, 4, 5, 6, ASK, "fe80::1")


def keyring(peer: str, *, lower: bool, key: bytes = KEY) -> Keyring:
    made = Keyring()
    made.know([(peer, PairKey("b" * 16, key, lower))])
    return made


@given(PROBES)
def test_a_probe_comes_out_as_it_went_in(probe: Probe) -> None:
    assert decode(encode(probe, None, lower=False)) == probe
    sealed = keyring(BETA, lower=True).seal(BETA, probe)
    opened = keyring(ALPHA, lower=False).open(ALPHA, sealed)
    assert isinstance(opened, Probe)
    assert opened.flags == probe.flags | KEYED
    assert len(sealed) == BODY.size + MAC_BYTES


def test_its_bytes_are_as_specified() -> None:
    spelt = (
        "414850"  # "AHP"
        "01"  # version
        "01"  # flags
        "fe800000000000000000000000000001"
        "0000000000000001"  # session
        "00000002"  # counter
        "0000000000000003"  # echo: session
        "00000004"  # echo: counter
        "00000005"  # echo: received
        "00000006"  # echo: held
    )
    assert encode(PROBE, None, lower=False).hex() == spelt


@given(st.data())
def test_a_changed_truncated_or_extended_probe_is_none(data: st.DataObject) -> None:
    sealed = bytearray(keyring(BETA, lower=True).seal(BETA, PROBE))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    beta = keyring(ALPHA, lower=False)
    assert isinstance(beta.open(ALPHA, bytes(sealed)), Silence)
    whole = keyring(BETA, lower=True).seal(BETA, PROBE)
    assert beta.open(ALPHA, whole[:place]) is Silence.GARBLED
    assert beta.open(ALPHA, whole + b"\0") is Silence.GARBLED


def test_a_probe_that_is_sent_back_or_made_with_another_key_is_forged() -> None:
    alpha = keyring(BETA, lower=True)
    sealed = alpha.seal(BETA, PROBE)
    assert alpha.open(BETA, sealed) is Silence.FORGED
    assert keyring(ALPHA, lower=False, key=bytes(32)).open(ALPHA, sealed) is Silence.FORGED


def test_a_pair_that_has_a_key_hears_nothing_without_one_and_the_other_way_round() -> None:
    plain = Keyring()
    bare = plain.seal(ALPHA, PROBE)
    assert keyring(ALPHA, lower=False).open(ALPHA, bare) is Silence.UNSEALED
    assert plain.open(ALPHA, keyring(BETA, lower=True).seal(BETA, PROBE)) is Silence.FORGED
    assert plain.open(ALPHA, bare) == PROBE


def test_of_another_version_nothing_is_understood() -> None:
    other = bytearray(encode(PROBE, None, lower=False))
    other[3] = 2
    assert decode(bytes(other)) is None


@given(st.binary(max_size=100))
def test_noise_is_no_probe(noise: bytes) -> None:
    heard = keyring(ALPHA, lower=False).open(ALPHA, noise)
    assert isinstance(heard, Silence)


def test_keys_are_found_by_the_peers_trust_id() -> None:
    ring = keyring(BETA, lower=True)
    assert ring.peers == {BETA}
    assert ring.peers_with(["b" * 16, "c" * 16]) == {BETA}
