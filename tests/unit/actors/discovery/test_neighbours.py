from airhail.actors.discovery.neighbours import MAX_PEERS, REMEMBER_ABSENT_S, Neighbour, hear, see
from airhail.actors.discovery.radio import Sighting

PEER = "42:00:00:00:01:00"
SIGHTING = Sighting(PEER, "/Devices/3", "/WifiP2PPeer/1")


def test_a_peer_is_seen_when_it_appears_and_when_it_changes() -> None:
    peers = see({}, [SIGHTING], 10.0)
    assert peers == {PEER: Neighbour(PEER, 10.0, 10.0, path="/WifiP2PPeer/1")}
    assert see(peers, [SIGHTING], 20.0) == peers
    named = see(peers, [Sighting(PEER, "/Devices/3", "/WifiP2PPeer/1", name="beta")], 30.0)[PEER]
    assert (named.first_seen, named.last_seen, named.name) == (10.0, 30.0, "beta")


def test_a_frame_from_a_listed_peer_counts_as_seeing_it() -> None:
    peers = see({}, [SIGHTING], 10.0)
    assert hear(peers, PEER, 25.0)[PEER].last_seen == 25.0
    assert hear(peers, "42:00:00:00:09:00", 25.0) == peers


def test_an_absent_peer_is_remembered_with_its_name_for_a_while() -> None:
    peers = see({}, [Sighting(PEER, "/Devices/3", "/WifiP2PPeer/1", name="beta")], 10.0)
    gone = see(peers, [], 100.0)[PEER]
    assert (gone.present, gone.path, gone.name, gone.last_seen) == (False, "", "beta", 10.0)
    assert see({PEER: gone}, [], 10.0 + REMEMBER_ABSENT_S) == {}


def test_a_peer_that_comes_back_keeps_its_first_time_and_its_name() -> None:
    gone = Neighbour(PEER, 10.0, 10.0, present=False, name="beta")
    back = see({PEER: gone}, [SIGHTING], 50.0)[PEER]
    assert (back.present, back.first_seen, back.last_seen, back.name) == (True, 10.0, 50.0, "beta")


def test_the_list_is_bounded_and_drops_the_longest_absent_first() -> None:
    def address(number: int) -> str:
        return f"42:00:00:00:{number // 256:02x}:{number % 256:02x}"

    old = {address(n): Neighbour(address(n), 0.0, float(n), present=False) for n in range(MAX_PEERS)}
    peers = see(old, [SIGHTING], 200.0)
    assert len(peers) == MAX_PEERS
    assert peers[PEER].present
    assert address(0) not in peers
