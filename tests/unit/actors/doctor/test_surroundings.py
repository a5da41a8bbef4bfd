from dataclasses import replace
from typing import Any

import pytest

from airhail.actors.doctor.checks import surroundings
from airhail.actors.doctor.facts import (
    ActorSeen,
    Adapter,
    AirhailFacts,
    BluetoothFacts,
    Complaint,
    Facts,
    Presence,
    Switch,
    Unseen,
)
from airhail.actors.doctor.findings import Finding, Grade
from tests.unit.actors.doctor.healthy import HEALTHY

RUNS = HEALTHY.airhail
assert isinstance(RUNS, AirhailFacts)


def bluetooth(presence: Presence, *adapters: Adapter) -> Finding:
    (found,) = surroundings.bluetooth(replace(HEALTHY, bluetooth=BluetoothFacts(presence, "its words", adapters)))
    return found


def airhail(**changes: Any) -> dict[str, Finding]:
    assert isinstance(RUNS, AirhailFacts)
    facts: Facts = replace(HEALTHY, airhail=replace(RUNS, **changes))
    return {found.about: found for found in surroundings.airhail(facts)}


def test_surroundings_that_are_well() -> None:
    for check in (surroundings.dnsmasq, surroundings.bluetooth, surroundings.configuration, surroundings.airhail):
        assert [found.grade for found in check(HEALTHY)] == [Grade.FINE], check


def test_without_dnsmasq_foreign_peers_get_no_address() -> None:
    (found,) = surroundings.dnsmasq(replace(HEALTHY, dnsmasq=""))
    assert (found.grade, "dnsmasq-base" in found.advice) == (Grade.LIMIT, True)
    (found,) = surroundings.dnsmasq(replace(HEALTHY, dnsmasq=Unseen("late")))
    assert found.grade is Grade.UNKNOWN


def test_bluetooth_that_is_not_there_limits_and_breaks_nothing() -> None:
    for presence in (Presence.AWAY, Presence.SILENT, Presence.REFUSED, Presence.HERE):
        found = bluetooth(presence)
        assert (found.grade, "no peer can be woken" in found.sentence) == (Grade.LIMIT, True)
    assert bluetooth(Presence.NO_BUS).grade is Grade.UNKNOWN


def test_an_adapter_that_is_off_or_lacks_a_role() -> None:
    off = Adapter("hci0", powered=False, advertises=True, serves=True)
    assert "rfkill" not in bluetooth(Presence.HERE, off).sentence
    blocked = replace(
        HEALTHY,
        bluetooth=BluetoothFacts(Presence.HERE, adapters=(off,)),
        switches=(Switch("hci0", "bluetooth", soft=True, hard=False),),
    )
    assert "(rfkill)" in next(surroundings.bluetooth(blocked)).sentence
    old = bluetooth(Presence.HERE, Adapter("hci0", powered=True, advertises=False, serves=False))
    assert (old.grade, "cannot advertise and serve GATT" in old.sentence) == (Grade.LIMIT, True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, True),
        ({"adapters": (Adapter("hci0", powered=True, advertises=False, serves=True),)}, False),
        ({"adapters": (Adapter("hci0", powered=False, advertises=True, serves=True),)}, True),
        ({"adapters": ()}, False),
    ],
)
def test_what_keeps_ble_from_its_work_limits_unless_the_adapters_tell_it(changes: dict[str, Any], told: bool) -> None:
    complaint = Complaint("ble", "no-bluetooth", "There is no adapter (wanted: hci1; there: hci0).", "Do this.")
    assert isinstance(RUNS, AirhailFacts)
    running = replace(RUNS, complaints=(complaint,))
    facts = replace(HEALTHY, bluetooth=replace(HEALTHY.bluetooth, **changes), airhail=running)
    found = [one for one in surroundings.bluetooth(facts) if "wanted: hci1" in one.sentence]
    assert [(one.grade, one.advice, one.about) for one in found] == (
        [(Grade.LIMIT, "Do this.", "ble/no-bluetooth")] if told else []
    )
    assert all("ble" not in one.about for one in surroundings.airhail(facts)), "it is told once"


def test_a_mistake_in_the_configuration_is_broken() -> None:
    (found,) = surroundings.configuration(replace(HEALTHY, mistake="airhail.toml, line 2: [bus]"))
    assert (found.grade, "airhail config check" in found.advice) == (Grade.BROKEN, True)


def test_an_airhail_that_does_not_run_or_cannot_be_read() -> None:
    found = airhail(running=False)[""]
    assert (found.grade, "airhail run" in found.advice) == (Grade.LIMIT, True)
    (found,) = surroundings.airhail(replace(HEALTHY, airhail=Unseen("not permitted")))
    assert found.grade is Grade.UNKNOWN


def test_the_airhail_of_another_user_is_told_so() -> None:
    assert "as uid 0" in airhail(uid=0)["supervisor"].sentence
    assert "uid" not in airhail(uid=None)["supervisor"].sentence


def test_actors_that_do_not_serve() -> None:
    found = airhail(
        actors={
            "discovery": ActorSeen("FATAL", "exit 1"),
            "connection": ActorSeen("BACKOFF", "killed by SIGKILL"),
            "metrics": ActorSeen("RUNNING", ""),
        },
        silent={"metrics": "it is stuck"},
    )
    assert found["discovery"].grade is Grade.BROKEN
    assert "exit 1" in found["discovery"].sentence
    assert found["connection"].grade is Grade.LIMIT
    assert found["metrics"].grade is Grade.UNKNOWN


@pytest.mark.parametrize(
    ("reason", "grade"), [("radio-off", Grade.BROKEN), ("supplicant-gone", Grade.LIMIT), ("from-later", Grade.LIMIT)]
)
def test_what_an_actor_complains_of_is_broken_when_a_person_must_move(reason: str, grade: Grade) -> None:
    found = airhail(complaints=(Complaint("discovery", reason, "It is so.", "Do this."),))[f"discovery/{reason}"]
    assert (found.grade, found.advice) == (grade, "Do this.")
