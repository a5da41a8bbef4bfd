"""The profile of a link: recognised as ours, and without a way to the internet."""

from airhail.actors.connection.radio.profile import peer_of, settings

PEER = "42:00:00:00:01:00"


def test_a_profile_is_recognised_and_never_takes_the_default_route() -> None:
    profile = settings(PEER, 1000, "ada", "10.128.0.1")
    assert peer_of(profile["connection"]["id"][1], 1000) == PEER
    for stranger in ("TV", "airhail hotspot", f"airhail 0 {PEER}", f"airhail 1000 {PEER} x"):
        assert peer_of(stranger, 1000) == ""
    assert profile["connection"]["permissions"] == ("as", ["user:ada:"])
    assert "permissions" not in settings(PEER, 0, None, "")["connection"]
    address = {"address": ("s", "10.128.0.1"), "prefix": ("u", 24)}
    assert profile["ipv4"]["address-data"] == ("aa{sv}", [address])
    assert "address-data" not in settings(PEER, 0, None, "")["ipv4"]
    assert profile["ipv4"]["never-default"] == ("b", True)
    assert profile["ipv6"]["never-default"] == ("b", True)
