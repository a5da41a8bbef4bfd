from dataclasses import replace

import pytest

from airhail.actors.doctor.checks import radio
from airhail.actors.doctor.checks.combinations import COUNTED_UP_TO, channels_for, most_groups
from airhail.actors.doctor.facts import Combination, Radio, Regulatory, Rule, Switch, Unseen, Wireless
from airhail.actors.doctor.findings import Grade
from airhail.actors.nl80211 import NL80211_IFTYPE_P2P_CLIENT, NL80211_IFTYPE_P2P_GO
from tests.unit.actors.doctor.healthy import (
    GROUP,
    HEALTHY,
    P2P_DEVICE,
    RADIO,
    ROOMY,
    STATION,
    with_manager,
    with_radio,
)

CLIENT_ONLY = frozenset({NL80211_IFTYPE_P2P_CLIENT})
# Linux 6.12, drivers/net/wireless/intel/iwlwifi/mvm/mac80211.c:33-59: one group in all, two channels.
IWLWIFI = (
    Combination(((1, STATION), (1, GROUP | {3}), (1, P2P_DEVICE)), most=3, channels=2),
    Combination(((2, STATION), (1, P2P_DEVICE)), most=3, channels=1),
)


def test_a_radio_that_can_do_everything_is_fine() -> None:
    for check in (radio.radio, radio.combinations, radio.regulatory, radio.switches):
        assert {found.grade for found in check(HEALTHY)} == {Grade.FINE}, check


def test_no_radio_one_that_cannot_and_one_beside_it() -> None:
    deaf = Radio(1, "phy1", "b43", STATION)
    (found,) = radio.radio(replace(HEALTHY, wireless=Wireless()))
    assert (found.grade, found.sentence) == (Grade.BROKEN, "This host has no Wi-Fi radio.")
    (found,) = radio.radio(replace(HEALTHY, wireless=Wireless((deaf,))))
    assert found.grade is Grade.BROKEN
    assert "phy1 (b43)" in found.sentence
    assert [found.grade for found in radio.radio(replace(HEALTHY, wireless=Wireless((RADIO, deaf))))] == [
        Grade.FINE,
        Grade.LIMIT,
    ]
    (found,) = radio.radio(replace(HEALTHY, wireless=Unseen("no netlink")))
    assert (found.grade, "no netlink" in found.sentence) == (Grade.UNKNOWN, True)


def test_iwlwifi_has_one_group_beside_wifi_on_two_channels() -> None:
    grades = {found.about: found.grade for found in radio.combinations(with_radio(combinations=IWLWIFI))}
    assert grades == {"phy0/wifi": Grade.FINE, "phy0/channels": Grade.FINE, "phy0/groups": Grade.LIMIT}


def test_a_radio_of_one_interface_gives_wifi_up_for_a_link() -> None:
    (found,) = radio.combinations(with_radio(combinations=()))
    assert (found.grade, found.about) == (Grade.LIMIT, "phy0/wifi")


def test_a_radio_of_one_channel_binds_the_link_to_it() -> None:
    grades = {
        found.about: found.grade
        for found in radio.combinations(with_radio(combinations=(replace(ROOMY, channels=1),)))
    }
    assert grades == {"phy0/wifi": Grade.FINE, "phy0/channels": Grade.LIMIT, "phy0/groups": Grade.FINE}


def test_a_radio_that_can_only_be_a_client_beside_wifi() -> None:
    client = Combination(((1, STATION), (1, CLIENT_ONLY), (1, P2P_DEVICE)), most=3, channels=2)
    found = next(radio.combinations(with_radio(combinations=(client,))))
    assert (found.grade, found.about) == (Grade.LIMIT, "phy0/wifi")
    assert "not the owner" in found.sentence


@pytest.mark.parametrize(
    ("combinations", "groups"), [((), 0), (IWLWIFI, 1), ((ROOMY,), 2), ((replace(ROOMY, most=3),), 1)]
)
def test_groups_are_counted_beside_the_station_and_the_p2p_device(
    combinations: tuple[Combination, ...], groups: int
) -> None:
    assert most_groups(replace(RADIO, combinations=combinations)) == groups


def test_a_driver_that_says_any_number_is_counted_up_to_a_bound() -> None:
    many = Combination(((2048, STATION | GROUP), (1, P2P_DEVICE)), most=2048, channels=1)
    assert most_groups(replace(RADIO, combinations=(many,))) == COUNTED_UP_TO


def test_an_interface_takes_the_place_that_leaves_the_others_room() -> None:
    # A client that took the first place, where it fits too, would leave none for the owner.
    tight = Combination(((1, GROUP), (1, CLIENT_ONLY)), most=2, channels=3)
    either = (NL80211_IFTYPE_P2P_CLIENT, NL80211_IFTYPE_P2P_GO)
    assert channels_for(replace(RADIO, combinations=(tight,)), either) == 3
    assert channels_for(replace(RADIO, combinations=(tight,)), (*either, NL80211_IFTYPE_P2P_GO)) == 0


def test_rules_limit_where_a_group_may_be_owned() -> None:
    world = Regulatory("00", (Rule(2402, 2472, may_begin=True), Rule(5170, 5250, may_begin=False)))
    (found,) = radio.regulatory(with_radio(regulatory=world))
    assert found.grade is Grade.LIMIT
    assert "the world's rules" in found.sentence
    assert "2.4 GHz only" in found.sentence
    mute = Regulatory("XX", (Rule(2402, 2483, may_begin=False),))
    (found,) = radio.regulatory(with_radio(regulatory=mute))
    assert found.grade is Grade.BROKEN
    (found,) = radio.regulatory(with_radio(regulatory=None))
    assert found.grade is Grade.UNKNOWN


def test_every_way_to_switch_wifi_off_is_told_with_its_remedy() -> None:
    def switched(soft: bool, hard: bool) -> list[str]:
        facts = replace(HEALTHY, switches=(Switch("phy0", "wlan", soft, hard),))
        found = list(radio.switches(facts))
        assert [one.grade for one in found] == [Grade.BROKEN]
        return [one.advice for one in found]

    assert "rfkill unblock" in switched(True, False)[0]
    assert "BIOS" in switched(True, True)[0]
    (found,) = radio.switches(with_manager(wireless_enabled=False))
    assert (found.grade, found.advice) == (Grade.BROKEN, "`nmcli radio wifi on`.")
    (found,) = radio.switches(replace(HEALTHY, switches=Unseen("no sysfs")))
    assert found.grade is Grade.UNKNOWN
    blue = (Switch("hci0", "bluetooth", soft=True, hard=False),)
    assert [one.grade for one in radio.switches(replace(HEALTHY, switches=blue))] == [Grade.FINE]
