"""The ladder's table, and which rung comes next."""

from itertools import product

import pytest

from airhail.actors.connection.ladder.ladder import (
    AGAIN_S,
    CURES,
    HOUR_S,
    LADDER,
    Disturbs,
    Rights,
    Rung,
    applicable,
    may_use_at,
    noted,
)
from airhail.actors.symptoms import SEEN, Symptom

DEADLOCK = (Symptom.DEADLOCK,)


def test_the_table_is_whole_and_in_the_ladders_order() -> None:
    assert list(LADDER) == list(Rung)
    assert set(SEEN) == set(Symptom)
    drop = [LADDER[rung].disturbs is Disturbs.WIFI for rung in Rung]
    assert drop == sorted(drop), "whatever drops the user's Wi-Fi comes last"
    for step in LADDER.values():
        assert step.within > 0
        assert step.every >= step.within, "a rung is over before it may be used again"


def test_every_symptom_climbs_upwards_and_silence_never_to_the_wifi() -> None:
    for rungs in CURES.values():
        assert list(rungs) == sorted(rungs, key=list(Rung).index)
    for symptom in (Symptom.UNANSWERED, Symptom.UNSEEN, Symptom.LEAKED_INTERFACE):
        assert not any(LADDER[rung].disturbs is Disturbs.WIFI for rung in CURES[symptom])


@pytest.mark.parametrize(("symptom", "rights"), list(product(CURES, Rights)))
def test_each_rung_is_tried_once_and_then_the_next_until_none_is_left(symptom: Symptom, rights: Rights) -> None:
    tried: dict[Rung, float] = {}
    while (rung := applicable((symptom,), rights, tried, {}, 0.0)) is not None:
        assert rung not in tried
        assert LADDER[rung].needs <= rights
        tried[rung] = 0.0
    assert [rung for rung in CURES[symptom] if rung in tried] == list(tried)


def test_without_wpa_supplicants_ear_time_does_what_flush_does() -> None:
    tried = {Rung.CLEAR_FLAGS: 0.0}
    assert applicable(DEADLOCK, Rights.USER, tried, {}, 0.0) is Rung.KEEP_QUIET
    assert applicable(DEADLOCK, Rights.NETDEV, {**tried, Rung.FLUSH: 0.0}, {}, 0.0) is Rung.REMANAGE


def test_a_rung_that_must_wait_is_no_reason_for_a_harder_one() -> None:
    first, wait = Rung.FLUSH, LADDER[Rung.FLUSH].every
    assert applicable(DEADLOCK, Rights.NETDEV, {}, {first: (100.0,)}, 100.0 + wait - 1) is None
    assert applicable(DEADLOCK, Rights.NETDEV, {}, {first: (100.0,)}, 100.0 + wait) is first


@pytest.mark.parametrize("rung", Rung)
def test_a_rung_that_is_needed_again_and_again_is_used_so_often_and_then_waited_for(rung: Rung) -> None:
    uses: tuple[float, ...] = ()
    now = 0.0
    for _ in range(100):
        now = max(now, may_use_at(rung, uses))
        uses = noted(rung, uses, now)
        assert len(uses) <= LADDER[rung].most, "what counts no more is forgotten"
    assert now > HOUR_S * (99 // LADDER[rung].most - 1)
    assert sum(now - HOUR_S < use for use in uses) <= LADDER[rung].most


def test_an_hour_later_the_gentle_rungs_may_help_again_and_the_hard_ones_never_do() -> None:
    tried = dict.fromkeys(Rung, 0.0)
    assert applicable(DEADLOCK, Rights.ADMIN, tried, {}, AGAIN_S - 1) is None
    assert applicable(DEADLOCK, Rights.ADMIN, tried, {}, AGAIN_S) is Rung.FLUSH
    assert applicable((Symptom.SUPPLICANT_SILENT,), Rights.ADMIN, tried, {}, AGAIN_S) is None


def test_the_more_telling_symptom_goes_first() -> None:
    symptoms = (Symptom.UNANSWERED, Symptom.ZOMBIE_GROUP)
    assert applicable(symptoms, Rights.NETDEV, {}, {}, 0.0) is Rung.REMOVE_GROUP
