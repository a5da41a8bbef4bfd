from dataclasses import replace

import pytest

from airhail.actors.doctor.checks import rights
from airhail.actors.doctor.checks.rights import CONTROL, OWN, SCAN, SYSTEM
from airhail.actors.doctor.facts import AirhailFacts, Facts, Presence, Rights, SupplicantFacts, Unseen, User
from airhail.actors.doctor.findings import Finding, Grade
from tests.unit.actors.doctor.healthy import HEALTHY

ALL = {CONTROL: "yes", SCAN: "yes", OWN: "yes", SYSTEM: "no"}


def granted(polkit: bool = True, /, **changes: str) -> Facts:
    given = {
        **ALL,
        **{{"control": CONTROL, "scan": SCAN, "own": OWN, "system": SYSTEM}[k]: v for k, v in changes.items()},
    }
    return replace(HEALTHY, rights=Rights(given, polkit))


def judged(facts: Facts) -> Finding:
    (found,) = rights.networkmanager_rights(facts)
    return found


def tier(facts: Facts, about: str) -> Finding:
    return next(found for found in rights.tiers(facts) if found.about == about)


def of_another(facts: Facts) -> Facts:
    return replace(facts, airhail=AirhailFacts(running=True, where="/run/airhail", uid=0, state="running"))


def test_rights_that_suffice() -> None:
    assert judged(granted()).grade is Grade.FINE
    assert judged(granted(own="no", system="yes")).grade is Grade.FINE, "a service makes profiles for everybody"


@pytest.mark.parametrize("lacking", ["control", "scan", "own"])
@pytest.mark.parametrize("answer", ["no", "auth"])
def test_a_right_that_is_lacking_is_named_with_the_answer(lacking: str, answer: str) -> None:
    found = judged(granted(True, **{lacking: answer}))
    assert found.grade is Grade.BROKEN
    assert f": {answer}" in found.sentence
    assert "polkit rule" in found.advice


def test_a_find_needs_no_permission_before_1_46() -> None:
    facts = granted(scan="no")
    old = replace(facts, networkmanager=replace(facts.networkmanager, version="1.42.4"))
    assert judged(old).grade is Grade.FINE


def test_without_polkit_only_root_may() -> None:
    assert "Install polkit" in judged(granted(False, control="no")).advice


def test_the_rights_of_the_airhail_that_runs_are_what_counts() -> None:
    found = judged(of_another(granted(control="no")))
    assert (found.grade, "uid 0" in found.sentence) == (Grade.LIMIT, True)


def test_rights_that_nobody_tells() -> None:
    found = judged(replace(HEALTHY, rights=Unseen("its bus cannot be reached")))
    assert (found.grade, "its bus" in found.sentence) == (Grade.UNKNOWN, True)


def test_the_tier_is_what_wpa_supplicant_grants() -> None:
    assert tier(HEALTHY, "netdev").grade is Grade.FINE
    refused = replace(HEALTHY, supplicant=SupplicantFacts(Presence.REFUSED))
    assert (tier(refused, "netdev").grade, tier(refused, "netdev").advice) == (
        Grade.LIMIT,
        "`adduser anna netdev` as root, and log in again.",
    )
    assert "uid 0" in tier(of_another(refused), "netdev").sentence
    elsewhere = replace(refused, user=User(1000, "anna", net_admin=False, netdev_exists=False))
    assert "scripts/install" in tier(elsewhere, "netdev").advice
    for presence in (Presence.AWAY, Presence.SILENT, Presence.NO_BUS):
        assert tier(replace(HEALTHY, supplicant=SupplicantFacts(presence)), "netdev").grade is Grade.UNKNOWN


def test_the_admin_tier_is_told_and_missed_by_nobody() -> None:
    plain = replace(HEALTHY, user=User(1000, "anna", net_admin=False, netdev_exists=True))
    assert [tier(facts, "admin").grade for facts in (HEALTHY, plain)] == [Grade.FINE, Grade.FINE]
    assert "no CAP_NET_ADMIN" in tier(plain, "admin").sentence
