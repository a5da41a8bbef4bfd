"""The list of trusted peers, in memory and on disk: nobody takes another's place, and it is never begun afresh."""

from pathlib import Path

import msgspec
import pytest

from airhail.actors.connection.hail.events import Policy
from airhail.actors.connection.trust.identity import TrustError
from airhail.actors.connection.trust.peers import (
    MAX_ADDRESSES,
    MAX_PEERS,
    Conflict,
    Peer,
    Peers,
    admit,
    find,
    learn,
)
from airhail.actors.connection.trust.store import FILE, MAX_BYTES, TrustStore
from tests.unit.actors.connection.trust.hosts import ALPHA, BETA, MALLORY, peer

HERE = "02:00:00:00:01:00"
THERE = "02:00:00:00:02:00"
BLUE = "aa:00:00:00:00:01"


def admitted(*new: Peer) -> Peers:
    peers: Peers = {}
    for one in new:
        more = admit(peers, one)
        assert not isinstance(more, Conflict)
        peers = more
    return peers


def test_a_new_peer_is_asked_about_and_found_by_its_address() -> None:
    peers = admitted(peer(BETA, "beta", HERE))
    beta = find(peers, HERE)
    assert beta is not None
    assert (beta.name, beta.policy, beta.id) == ("beta", Policy.ASK, peer(BETA).id)
    assert find(peers, THERE) is None


def test_another_key_with_a_known_address_is_refused() -> None:
    known = peer(BETA, "beta", HERE)
    assert admit(admitted(known), peer(MALLORY, "beta", HERE)) == Conflict(known)


def test_another_key_with_a_known_bluetooth_address_is_refused() -> None:
    known = msgspec.structs.replace(peer(BETA, "beta"), bluetooth=BLUE)
    assert admit(admitted(known), msgspec.structs.replace(peer(MALLORY), bluetooth=BLUE)) == Conflict(known)


def test_two_peers_without_addresses_are_two() -> None:
    assert len(admitted(peer(BETA), peer(MALLORY))) == 2


def test_who_is_introduced_again_keeps_what_the_user_chose_and_gets_new_counters() -> None:
    first = msgspec.structs.replace(
        peer(BETA, "beta", HERE), policy=Policy.ALWAYS, bluetooth=BLUE, sealed=7, opened=8
    )
    peers = admitted(first, peer(BETA, "beta two", THERE, salt=bytes(32)))
    (again,) = peers.values()
    assert (again.policy, again.name, again.addresses) == (Policy.ALWAYS, "beta two", (THERE, HERE))
    assert (again.bluetooth, again.sealed, again.opened, again.salt) == (BLUE, 0, 0, "00" * 32)


def test_what_a_peer_says_of_itself_is_learned() -> None:
    peers = admitted(peer(BETA, "beta", HERE))
    (beta,) = learn(peers, peer(BETA).id, name="b" * 100, address=THERE).values()
    assert (beta.name, beta.addresses) == ("b" * 64, (THERE, HERE))


def test_the_address_of_another_peer_is_not_believed() -> None:
    peers = admitted(peer(BETA, "beta", HERE), peer(MALLORY, "mallory", THERE))
    after = learn(peers, peer(MALLORY).id, address=HERE)
    assert after[peer(MALLORY).id].addresses == (THERE,)
    assert find(after, HERE) == peers[peer(BETA).id]


def test_a_few_addresses_are_remembered() -> None:
    peers = admitted(peer(BETA, "beta", HERE))
    for number in range(10):
        peers = learn(peers, peer(BETA).id, address=f"02:00:00:00:03:{number:02x}")
    (beta,) = peers.values()
    assert len(beta.addresses) == MAX_ADDRESSES
    assert beta.addresses[0] == "02:00:00:00:03:09"


def test_the_largest_list_fits_its_file(tmp_path: Path) -> None:
    def largest(number: int) -> Peer:
        return Peer(
            key=f"{number:064x}",
            salt="f" * 64,
            since=1.7e9 + 0.123456,
            name="\x01" * 64,
            addresses=(HERE,) * MAX_ADDRESSES,
            bluetooth=BLUE,
            policy=Policy.ALWAYS,
            sealed=2**63 - 1,
            opened=2**63 - 1,
        )

    peers = {one.id: one for one in map(largest, range(MAX_PEERS))}
    TrustStore(tmp_path).save(peers)
    assert TrustStore(tmp_path).load() == peers
    assert (tmp_path / FILE).stat().st_mode & 0o7777 == 0o600


def test_no_file_is_nobody(tmp_path: Path) -> None:
    assert TrustStore(tmp_path).load() == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"version":2,"peers":[]}',
        b'{"version":1,"peers":[{"key":"00"}]}',
        b"\xff\xfe",
        b" " * (MAX_BYTES + 1),
        msgspec.json.encode({"version": 1, "peers": [peer(ALPHA), peer(ALPHA)]}),
    ],
    ids=["empty", "torn", "newer", "schema", "encoding", "huge", "twice"],
)
def test_a_damaged_list_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    (tmp_path / FILE).chmod(0o600)
    with pytest.raises(TrustError, match="cannot be used"):
        TrustStore(tmp_path).load()
    assert (tmp_path / FILE).read_bytes() == content


def test_a_list_that_others_can_write_is_refused(tmp_path: Path) -> None:
    TrustStore(tmp_path).save({})
    (tmp_path / FILE).chmod(0o622)
    with pytest.raises(TrustError, match="mode is 0622"):
        TrustStore(tmp_path).load()
