"""The plan is the same at both ends, and the networks are nobody else's."""

import ipaddress
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.connection.hail.messages import MAX_TRIED, Offer, Tier
from airhail.actors.connection.hail.networks import CANDIDATES, candidates, ends, free, usable
from airhail.actors.connection.hail.plan import (
    TOGETHER,
    common_rung,
    go_of,
    moves_first,
    offer,
    plan_of_answerer,
    plan_of_proposer,
    steers_to,
    within_rights,
)
from airhail.actors.connection.hail.stages import MANNERS, Stage
from airhail.actors.connection.ladder.ladder import LADDER, Disturbs, Rung
from airhail.actors.connection.links.addresses import pair
from airhail.actors.connection.links.link import FINDING_S
from tests.unit.actors.connection.hail.story import HERE

LOWER, HIGHER = "02:00:00:00:00:01", "02:00:00:00:00:09"
ONE, OTHER = Offer(LOWER, "one", Tier.USER), Offer(HIGHER, "other", Tier.USER)
SILENT = ("peer-never-answered", "negotiation-failed")
TRIED = st.lists(st.sampled_from(["", *SILENT, "radio-lost", "unheard-of"]), max_size=MAX_TRIED).map(tuple)
RUNGS = st.sampled_from(["", "x", *Rung])
OFFERS = st.builds(Offer, st.just(LOWER), st.just("one"), st.sampled_from(list(Tier)), TRIED, RUNGS)


@given(OFFERS, OFFERS)
def test_both_ends_read_the_same_in_a_plan(own: Offer, theirs: Offer) -> None:
    theirs = replace(theirs, address=HIGHER)
    proposer = plan_of_proposer(b"8 bytes.", own, theirs, "10.129.0.0")
    answerer = plan_of_answerer(b"8 bytes.", theirs, own, "10.129.0.0", go_of(proposer, ready=False))
    assert proposer.first != answerer.first
    assert (proposer.after, proposer.ring_after) == (answerer.after, answerer.ring_after)
    assert proposer.rung == answerer.rung
    assert (proposer.own_ip, proposer.peer_ip) == (answerer.peer_ip, answerer.own_ip)
    assert common_rung(own, theirs) == common_rung(theirs, own)


@pytest.mark.parametrize(("own", "theirs"), [*product(Tier, Tier)])
def test_who_hears_the_ring_follows(own: Tier, theirs: Tier) -> None:
    one, other = replace(ONE, tier=own), replace(OTHER, tier=theirs)
    assert moves_first(one, other) != moves_first(other, one)
    if Tier.USER in (own, theirs) and own != theirs:
        assert moves_first(one, other) == (own is Tier.USER)
    else:
        assert moves_first(one, other), "the lower address, as without a hail"


@pytest.mark.parametrize(
    ("own", "theirs", "rung"),
    [
        (ONE, OTHER, None),
        (replace(ONE, tried=SILENT[:1]), OTHER, None),
        (replace(ONE, tried=SILENT), OTHER, Rung.CLEAR_FLAGS),
        (replace(ONE, tried=SILENT, tier=Tier.ADMIN), replace(OTHER, tier=Tier.NETDEV), Rung.FLUSH),
        (replace(ONE, tried=("radio-lost", *SILENT[:1])), OTHER, None),
        (replace(ONE, rung="renew-find"), OTHER, Rung.RENEW_FIND),
        (replace(ONE, rung="renew-find"), replace(OTHER, rung="clear-flags"), Rung.CLEAR_FLAGS),
        (replace(ONE, rung="flush"), OTHER, None),
        (replace(ONE, rung="restart-supplicant"), OTHER, None),
    ],
)
def test_the_rung_of_both(own: Offer, theirs: Offer, rung: Rung | None) -> None:
    assert common_rung(own, theirs) is rung
    assert common_rung(theirs, own) is rung


@pytest.mark.parametrize(
    ("own", "theirs", "tier", "frequency"),
    [
        (0, 2437, Tier.NETDEV, 2437),
        (0, 2437, Tier.ADMIN, 2437),
        (0, 5180, Tier.NETDEV, 5180),
        (0, 2437, Tier.USER, 0),
        (0, 0, Tier.NETDEV, 0),
        (2437, 0, Tier.NETDEV, 0),
        (2412, 2437, Tier.NETDEV, 0),
        # On a channel with radar, or none that is known: it has Wi-Fi all the same, and nobody goes there.
        (0, 5500, Tier.NETDEV, 0),
        (0, 1, Tier.NETDEV, 0),
        (5500, 2437, Tier.NETDEV, 0),
    ],
)
def test_only_an_end_without_wifi_comes_to_the_others(own: int, theirs: int, tier: Tier, frequency: int) -> None:
    one, other = replace(ONE, tier=tier, frequency=own), replace(OTHER, frequency=theirs)
    assert steers_to(one, other) == frequency
    proposed = plan_of_proposer(b"8 bytes.", one, other, "")
    assert proposed.frequency == frequency
    assert plan_of_answerer(b"8 bytes.", one, other, "", go_of(proposed, ready=False)).frequency == frequency


def test_rungs_performed_together_disturb_nobody_and_end_in_time() -> None:
    for rung in TOGETHER:
        assert LADDER[rung].disturbs is not Disturbs.WIFI
        assert LADDER[rung].within + FINDING_S <= (MANNERS[Stage.PREPARING].limit or 0)
    assert within_rights(Tier.USER) == {Rung.RENEW_FIND, Rung.CLEAR_FLAGS}
    assert within_rights(Tier.NETDEV) == within_rights(Tier.ADMIN) == set(TOGETHER)


def test_what_this_host_offers_is_cut_to_size() -> None:
    made = offer(replace(HERE, name="x\n" * 99), ("a", "b", "c", "d"), "flush")
    assert made.tried == ("b", "c", "d")
    assert made.name == "x" * 48


def test_the_first_network_is_that_of_hosts_without_a_hail() -> None:
    named = candidates("aa", "bb", (LOWER, HIGHER))
    assert named == candidates("bb", "aa", (HIGHER, LOWER))
    assert ends(named[0], LOWER, HIGHER) == pair(LOWER, HIGHER)
    assert named[1:] == candidates("aa", "bb")[: CANDIDATES - 1]
    assert all(map(usable, named))


def test_a_network_that_this_host_has_a_way_to_is_not_free() -> None:
    named = candidates("aa", "bb")
    assert free(named, [f"{named[0]}/24", "192.168.0.0/16"]) == named[1:]
    assert free(named, ["10.0.0.0/8"]) == []
    beside = named[0].rsplit(".", 1)[0] + (".0/25" if int(named[0].rsplit(".", 1)[1]) >= 128 else ".128/25")
    assert free(named, [beside]) == named[1:], "the link's interface takes the /24 around it"


@pytest.mark.parametrize("network", ["10.127.255.252", "10.128.0.2", "8.8.8.8", "", "10.128.0.0/24", "::", "x"])
def test_what_no_pair_may_use(network: str) -> None:
    assert not usable(network)


def test_the_ends_of_a_network() -> None:
    both = ends("10.129.0.4", LOWER, HIGHER)
    assert (both.own, both.peer) == ("10.129.0.5", "10.129.0.6")
    assert ipaddress.ip_address(both.own) in ipaddress.ip_network("10.129.0.4/30")
    assert ends("10.129.0.4", HIGHER, LOWER).own == both.peer
    assert ends("", LOWER, HIGHER).own == ""
