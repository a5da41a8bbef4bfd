from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from airhail.actors.doctor.checks import services
from airhail.actors.doctor.facts import (
    Combination,
    Device,
    Facts,
    NetworkManagerFacts,
    Presence,
    SupplicantFacts,
    Unseen,
    Wireless,
)
from airhail.actors.doctor.findings import Finding, Grade
from airhail.actors.nl80211 import (
    NL80211_IFTYPE_P2P_CLIENT,
    NL80211_IFTYPE_P2P_DEVICE,
    NL80211_IFTYPE_P2P_GO,
    WirelessInterface,
)
from airhail.ipc.dbus.networkmanager_enums import DeviceState
from tests.unit.actors.doctor.healthy import GROUP, HEALTHY, P2P_DEVICE, RADIO, STATION, with_manager

LEFT = WirelessInterface(0, NL80211_IFTYPE_P2P_GO, "42:00:00:00:00:00", "p2p-wlan0-0")
PENDING = replace(LEFT, kind=NL80211_IFTYPE_P2P_CLIENT)
ENGINE = WirelessInterface(0, NL80211_IFTYPE_P2P_DEVICE, "42:00:00:00:00:00")
ONE_GROUP = Combination(((1, STATION), (1, GROUP), (1, P2P_DEVICE)), most=3, channels=1)


def only(check: Callable[[Facts], Iterator[Finding]], facts: Facts) -> Finding:
    (found,) = check(facts)
    return found


def without_manager(presence: Presence, said: str = "") -> Facts:
    return replace(HEALTHY, networkmanager=NetworkManagerFacts(presence, said))


def with_supplicant(presence: Presence, **changes: bool | frozenset[str]) -> Facts:
    return replace(HEALTHY, supplicant=SupplicantFacts(presence, "its words", **changes))  # type: ignore[arg-type]


def with_devices(*states: DeviceState, **changes: bool) -> Facts:
    return with_manager(p2p=tuple(Device(f"p2p-dev-wlan{n}", one) for n, one in enumerate(states)), **changes)


def with_interfaces(facts: Facts, *interfaces: WirelessInterface, one_group: bool = False) -> Facts:
    radio = replace(RADIO, combinations=(ONE_GROUP,)) if one_group else RADIO
    return replace(facts, wireless=Wireless((radio,), interfaces))


def test_services_that_are_well() -> None:
    for check in (services.networkmanager, services.wpa_supplicant, services.p2p_device, services.leftovers):
        assert only(check, HEALTHY).grade is Grade.FINE, check
    assert "1.52.1" in only(services.networkmanager, HEALTHY).sentence
    assert "2.10" in only(services.wpa_supplicant, HEALTHY).sentence


@pytest.mark.parametrize(
    ("presence", "advice"),
    [
        (Presence.NO_BUS, "systemctl start dbus"),
        (Presence.AWAY, "systemctl start NetworkManager"),
        (Presence.SILENT, "systemctl restart NetworkManager"),
        (Presence.REFUSED, "/etc/dbus-1/system.d"),
    ],
)
def test_a_networkmanager_that_does_not_answer_is_broken(presence: Presence, advice: str) -> None:
    found = only(services.networkmanager, without_manager(presence, "its words"))
    assert found.grade is Grade.BROKEN
    assert advice in found.advice
    assert presence is Presence.AWAY or "its words" in found.sentence
    assert only(services.p2p_device, without_manager(presence)).grade is Grade.UNKNOWN
    assert only(services.leftovers, without_manager(presence)).grade is Grade.UNKNOWN


def test_versions_that_were_never_tried() -> None:
    assert only(services.networkmanager, with_manager(version="1.30.6")).grade is Grade.LIMIT
    assert only(services.networkmanager, with_manager(version="")).grade is Grade.UNKNOWN
    old = replace(HEALTHY, supplicant_version="2.9")
    assert only(services.wpa_supplicant, old).grade is Grade.LIMIT
    assert only(services.wpa_supplicant, replace(HEALTHY, supplicant_version=Unseen("late"))).grade is Grade.UNKNOWN


def test_a_supplicant_that_is_away_matters_only_where_there_is_a_radio() -> None:
    away = with_supplicant(Presence.AWAY)
    assert only(services.wpa_supplicant, away).grade is Grade.BROKEN
    assert only(services.wpa_supplicant, replace(away, wireless=Wireless())).grade is Grade.FINE
    found = only(services.wpa_supplicant, with_supplicant(Presence.AWAY, iwd=True))
    assert (found.grade, "iwd" in found.sentence) == (Grade.LIMIT, True)


def test_a_supplicant_that_is_stuck_refuses_or_cannot_do_p2p() -> None:
    assert only(services.wpa_supplicant, with_supplicant(Presence.SILENT)).grade is Grade.BROKEN
    assert only(services.wpa_supplicant, with_supplicant(Presence.NO_BUS)).grade is Grade.UNKNOWN
    assert only(services.wpa_supplicant, with_supplicant(Presence.REFUSED)).grade is Grade.FINE
    found = only(services.wpa_supplicant, with_supplicant(Presence.HERE, capabilities=frozenset({"ap"})))
    assert (found.grade, "CONFIG_P2P" in found.advice) == (Grade.BROKEN, True)


def test_the_p2p_device_in_every_state() -> None:
    state = DeviceState
    assert "in use (activated)" in only(services.p2p_device, with_devices(state.ACTIVATED)).sentence
    grades = [found.grade for found in services.p2p_device(with_devices(state.DISCONNECTED, state.DISCONNECTED))]
    assert grades == [Grade.FINE, Grade.FINE, Grade.LIMIT]
    off = only(services.p2p_device, with_devices(state.UNAVAILABLE, wireless_enabled=False))
    assert off.grade is Grade.UNKNOWN
    assert "iw list" in only(services.p2p_device, with_devices()).advice
    assert "unmanaged-devices" in only(services.p2p_device, with_devices(state.UNMANAGED)).advice
    unready = only(services.p2p_device, with_devices(state.UNMANAGED, state.UNAVAILABLE))
    assert (unready.grade, "waits for wpa_supplicant" in unready.sentence) == (Grade.BROKEN, True)


def test_a_group_that_networkmanager_does_not_know_is_a_leftover() -> None:
    assert only(services.leftovers, with_interfaces(HEALTHY, ENGINE)).grade is Grade.FINE
    found = only(services.leftovers, with_interfaces(HEALTHY, ENGINE, LEFT))
    assert (found.grade, found.about) == (Grade.LIMIT, "p2p-wlan0-0")
    assert only(services.leftovers, with_interfaces(HEALTHY, LEFT, one_group=True)).grade is Grade.BROKEN
    pending = only(services.leftovers, with_interfaces(HEALTHY, PENDING, one_group=True))
    assert (pending.grade, "the next link uses it" in pending.sentence) == (Grade.LIMIT, True)
    linked = with_manager(p2p=(Device("p2p-dev-wlan0", DeviceState.ACTIVATED, "p2p-wlan0-0"),))
    assert only(services.leftovers, with_interfaces(linked, LEFT)).grade is Grade.FINE
    for state in (DeviceState.CONFIG, DeviceState.IP_CONFIG, DeviceState.ACTIVATED):
        forming = with_manager(p2p=(Device("p2p-dev-wlan0", state),))
        assert "being made" in only(services.leftovers, with_interfaces(forming, LEFT)).sentence
    assert only(services.leftovers, replace(HEALTHY, wireless=Unseen("no netlink"))).grade is Grade.UNKNOWN


def test_known_bugs_go_by_version() -> None:
    def bugs(facts: Facts) -> dict[str, Grade]:
        return {found.about: found.grade for found in services.known_bugs(facts)}

    bookworm = bugs(with_manager(version="1.42.4"))
    assert bookworm["nm-find-for-all"] is Grade.FINE
    assert bookworm["nm-handed-address"] is Grade.LIMIT
    trixie = bugs(HEALTHY)
    assert not {"nm-find-for-all", "nm-handed-address"} & trixie.keys()
    assert trixie["wpa-waiting-flag"] is Grade.FINE
    assert trixie["wpa-narrow-group"] is Grade.LIMIT
    assert bugs(without_manager(Presence.SILENT))["NetworkManager"] is Grade.UNKNOWN
    assert bugs(replace(HEALTHY, supplicant_version=Unseen("late")))["wpa_supplicant"] is Grade.UNKNOWN
