"""What liveness says counts for the group that there is, and for no other."""

from airhail.ipc.verdict import verdict_on

LINK = {"interface": "p2p-wlan0-1"}


def test_a_verdict_on_the_group_before_is_none() -> None:
    alive = {"interface": "p2p-wlan0-1", "verdict": "alive"}
    assert verdict_on(LINK, alive) == alive
    assert verdict_on(LINK, {**alive, "interface": "p2p-wlan0-0"}) is None
    assert verdict_on({}, alive) is None
    assert verdict_on(None, alive) is None
    assert verdict_on(LINK, None) is None
