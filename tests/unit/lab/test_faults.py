import random

import pytest

from tests.lab.faults import KINDS, Fault, Kind, Round, collide, plan
from tests.lab.guest.faults import DEEDS

MANY = range(200)


def kind(name: str) -> Kind:
    (found,) = [kind for kind in KINDS if str(kind) == name]
    return found


def fault(name: str, host: int) -> Fault:
    return Fault(kind(name), host, 0.0, 1.0)


def rounds() -> list[Round]:
    return [round_ for seed in MANY for round_ in plan(random.Random(seed), 6)]


def test_the_same_dice_choose_the_same_faults() -> None:
    assert plan(random.Random(7), 6) == plan(random.Random(7), 6)
    assert plan(random.Random(7), 6) != plan(random.Random(8), 6)


def test_each_kind_befalls_each_host() -> None:
    befallen = {(str(fault.kind), fault.host) for round_ in rounds() for fault in round_.faults}
    assert befallen == {(str(kind), host) for kind in KINDS for host in (0, 1)}


def test_some_rounds_have_two_faults_that_overlap_and_never_collide() -> None:
    pairs = [round_.faults for round_ in rounds() if len(round_.faults) > 1]
    assert len(rounds()) / 3 < len(pairs) < len(rounds()) * 2 / 3
    for first, second in pairs:
        assert 0.0 <= second.begins <= first.lasts
        assert not collide(first, second)


def test_a_fault_lasts_as_long_as_its_kind_may() -> None:
    for round_ in rounds():
        for fault in round_.faults:
            least, most = fault.kind.lasts
            assert least <= fault.lasts <= most


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("kill wpa_supplicant", "freeze wpa_supplicant", False),
        ("kill wpa_supplicant", "freeze NetworkManager", True),
        ("take over", "freeze NetworkManager", False),
        ("freeze supervisor", "kill connection", False),
        ("disconnect", "freeze connection", False),
        ("kill discovery", "kill connection", True),
        ("out of range", "wifi off", True),
    ],
)
def test_two_faults_on_one_host_overlap_unless_they_are_about_the_same(one: str, other: str, together: bool) -> None:
    assert collide(fault(one, 0), fault(other, 0)) is not together
    assert not collide(fault(one, 0), fault(other, 1))


def test_the_air_is_the_same_for_all_hosts() -> None:
    assert collide(fault("out of range", 0), fault("out of range", 1))


def test_every_deed_can_be_done() -> None:
    assert {kind.deed for kind in KINDS} == DEEDS.keys()


def test_airhail_is_excused_only_while_it_cannot_know_or_speak() -> None:
    blinding = {str(kind) for kind in KINDS if kind.blinds}
    assert blinding == {"freeze wpa_supplicant", "freeze connection", "kill supervisor", "stop supervisor"}
