from typing import Any

import pytest

from tests.lab.truth import OWN_GROUP_S, PEER_GONE_S, Judge, Sight

GROUP = frozenset({"p2p-wlan0-0"})
NONE: frozenset[str] = frozenset()
UP_OWNER = {"phase": "up", "role": "owner"}
UP_CLIENT = {"phase": "up", "role": "client"}
FAILED = {"phase": "failed"}


def judged(*moments: tuple[float, Sight, Sight]) -> list[tuple[float, str]]:
    """Return what a judge finds false, and when."""
    judge, found = Judge(), []
    for now, own, other in moments:
        judge, false = judge.step(own, other, now)
        found += [(now, falsehood) for falsehood in false]
    return found


@pytest.mark.parametrize(
    ("told", "own", "other"),
    [
        (UP_OWNER, GROUP, GROUP),
        (UP_CLIENT, GROUP, GROUP),
        (FAILED, NONE, NONE),
        ({}, NONE, GROUP),
        (None, NONE, NONE),
    ],
)
def test_what_the_kernels_bear_out_is_never_false(
    told: dict[str, Any] | None, own: frozenset[str], other: frozenset[str]
) -> None:
    assert not judged(*((float(now), Sight(told, own), Sight(None, other)) for now in range(1000)))


@pytest.mark.parametrize(
    ("told", "own", "other", "limit"),
    [
        (UP_CLIENT, NONE, GROUP, OWN_GROUP_S),
        (UP_CLIENT, GROUP, NONE, PEER_GONE_S),
        (UP_OWNER, GROUP, NONE, PEER_GONE_S),
    ],
)
def test_a_link_up_that_is_none_is_false_once_it_has_stood_too_long(
    told: dict[str, Any], own: frozenset[str], other: frozenset[str], limit: float
) -> None:
    moment = (Sight(told, own), Sight(None, other))
    assert not judged((0.0, *moment), (limit, *moment))
    ((when, falsehood),) = judged((0.0, *moment), (limit + 1, *moment), (limit + 2, *moment))
    assert when == limit + 1
    assert f"more than {limit:g} s" in falsehood


def test_a_claim_that_was_mended_or_could_not_be_begins_anew() -> None:
    doubtful = (Sight(UP_CLIENT, NONE), Sight(None, GROUP))
    well = (Sight(UP_CLIENT, GROUP), Sight(None, GROUP))
    blind = (Sight(UP_CLIENT, NONE, blind=True), Sight(None, GROUP))
    for between in (well, blind):
        assert not judged((0.0, *doubtful), (4.0, *between), (8.0, *doubtful), (12.0, *doubtful))


def test_a_falsehood_that_stopped_may_be_told_again() -> None:
    doubtful = (Sight(UP_CLIENT, NONE), Sight(None, GROUP))
    well = (Sight(UP_CLIENT, GROUP), Sight(None, GROUP))
    assert len(judged((0.0, *doubtful), (6.0, *doubtful), (7.0, *well), (8.0, *doubtful), (14.0, *doubtful))) == 2
