"""What the probes read, from bytes and files as the kernel and programs write them."""

import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airhail.actors.doctor.facts import Combination, Complaint, Presence, Radio, Regulatory, Rule, Switch
from airhail.actors.doctor.probes import airhail, radios, services, system
from airhail.actors.netlink import Attributes, NetlinkError, encode_attribute
from airhail.actors.nl80211 import NL80211_ATTR_WIPHY


def number(value: int) -> bytes:
    return value.to_bytes(4, sys.byteorder)


def nest(*values: bytes) -> bytes:
    return b"".join(encode_attribute(place, value) for place, value in enumerate(values, 1))


def flags(kinds: Sequence[int]) -> bytes:
    return b"".join(encode_attribute(kind, b"") for kind in kinds)


def limit(most: int, *kinds: int) -> bytes:
    return encode_attribute(radios.NL80211_IFACE_LIMIT_MAX, number(most)) + encode_attribute(
        radios.NL80211_IFACE_LIMIT_TYPES, flags(kinds)
    )


def combination(channels: int, most: int, *limits: bytes) -> bytes:
    return (
        encode_attribute(radios.NL80211_IFACE_COMB_LIMITS, nest(*limits))
        + encode_attribute(radios.NL80211_IFACE_COMB_MAXNUM, number(most))
        + encode_attribute(radios.NL80211_IFACE_COMB_NUM_CHANNELS, number(channels))
    )


def rule(low: int, high: int, flag: int) -> bytes:
    return (
        encode_attribute(radios.NL80211_ATTR_REG_RULE_FLAGS, number(flag))
        + encode_attribute(radios.NL80211_ATTR_FREQ_RANGE_START, number(low))
        + encode_attribute(radios.NL80211_ATTR_FREQ_RANGE_END, number(high))
    )


def part(index: int, **attributes: bytes) -> Attributes:
    names = {"name": 2, "modes": 32, "combinations": 120}
    return {NL80211_ATTR_WIPHY: number(index), **{names[key]: value for key, value in attributes.items()}}


def test_a_radio_is_put_together_from_the_parts_of_its_dump() -> None:
    parts = [
        part(3, name=b"phy3\0"),
        part(3, modes=flags([2, 8, 9, 10])),
        part(3, combinations=nest(combination(2, 3, limit(1, 2), limit(1, 8, 9), limit(1, 10)))),
        part(7, name=b"phy7\0", modes=flags([2])),
    ]
    world = Regulatory("00", ())
    both = radios.radios_of(parts, {radios.EVERYBODY: world, 7: Regulatory("DE", ())}, {"phy3": "iwlwifi"})
    limits = ((1, frozenset({2})), (1, frozenset({8, 9})), (1, frozenset({10})))
    assert both == (
        Radio(3, "phy3", "iwlwifi", frozenset({2, 8, 9, 10}), (Combination(limits, 3, 2),), world),
        Radio(7, "phy7", "", frozenset({2}), (), Regulatory("DE", ())),
    )


def test_rules_say_where_a_group_may_begin() -> None:
    everybody = {
        radios.NL80211_ATTR_REG_ALPHA2: b"DE\0",
        radios.NL80211_ATTR_REG_RULES: nest(
            rule(2400000, 2483500, 0),
            rule(5150000, 5250000, radios.NL80211_RRF_NO_IR),
            rule(5250000, 5350000, radios.NL80211_RRF_DFS),
        ),
    }
    own = {**everybody, NL80211_ATTR_WIPHY: number(0), radios.NL80211_ATTR_REG_RULES: b""}
    assert radios.domains_of([everybody, own]) == {
        radios.EVERYBODY: Regulatory(
            "DE",
            (
                Rule(2400, 2483.5, may_begin=True),
                Rule(5150, 5250, may_begin=False),
                Rule(5250, 5350, may_begin=False),
            ),
        ),
        0: Regulatory("DE", ()),
    }


@given(st.dictionaries(st.sampled_from([1, 2, 32, 33, 34, 120]), st.binary(max_size=60)))
def test_any_attributes_are_read_or_refused_by_name(attributes: Attributes) -> None:
    try:
        radios.radios_of([attributes], radios.domains_of([attributes]), {})
    except NetlinkError:
        return


def test_drivers_are_read_from_sysfs(tmp_path: Path) -> None:
    driver = tmp_path / "drivers" / "iwlwifi"
    driver.mkdir(parents=True)
    device = tmp_path / "class" / "phy0" / "device"
    device.mkdir(parents=True)
    (device / "driver").symlink_to(driver)
    (tmp_path / "class" / "phy1").mkdir()
    assert radios.drivers_of(tmp_path / "class") == {"phy0": "iwlwifi"}


def test_switches_are_read_and_those_of_other_namespaces_are_not_there(tmp_path: Path) -> None:
    switch = tmp_path / "rfkill0"
    switch.mkdir()
    for name, text in (("name", "phy0"), ("type", "wlan"), ("soft", "1"), ("hard", "0")):
        (switch / name).write_text(text + "\n")
    (tmp_path / "rfkill1").symlink_to(tmp_path / "nowhere")
    assert system.look_at_switches(tmp_path) == (Switch("phy0", "wlan", soft=True, hard=False),)
    assert system.look_at_switches(tmp_path / "nowhere") == ()


def test_the_capability_is_one_bit_of_the_status() -> None:
    assert system.has_net_admin("Name:\tpython\nCapEff:\t000001ffffffffff\n")
    assert system.has_net_admin("CapEff:\t0000000000001000\n")
    assert not system.has_net_admin("CapEff:\t0000000000000000\n")
    assert not system.has_net_admin("CapPrm:\t0000000000001000\n")


def test_ufw_is_on_when_its_settings_say_so(tmp_path: Path) -> None:
    settings = tmp_path / "ufw.conf"
    assert not system.ufw_enabled(settings)
    settings.write_text("# ENABLED=yes\nENABLED=no\n")
    assert not system.ufw_enabled(settings)
    settings.write_text("LOGLEVEL=low\nENABLED = yes\n")
    assert system.ufw_enabled(settings)


async def test_a_program_that_fails_or_is_not_there_says_why() -> None:
    assert await system.said_by(sys.executable, "-c", "print('2.10')") == "2.10\n"
    with pytest.raises(LookupError, match=r"\(exit 1\): no rules"):
        await system.said_by(sys.executable, "-c", "import sys; sys.exit('no rules')")
    with pytest.raises(LookupError, match="No such file"):
        await system.said_by("/nowhere/nft")


async def test_a_bus_address_in_the_environment_that_is_of_no_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "tcp:host=127.0.0.1,port=9")
    found = await services.look_at_networkmanager(None)
    assert (found.presence, "'tcp:host=127.0.0.1,port=9' names no Unix socket" in found.said) == (
        Presence.NO_BUS,
        True,
    )


async def test_a_supervisor_that_is_stuck_is_not_taken_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, autojump_clock: object
) -> None:
    monkeypatch.setenv("AIRHAIL_RUNTIME_DIR", str(tmp_path))
    assert (await airhail.look_at_airhail()).running is False
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "supervisor.sock"))
        listener.listen()
        with pytest.raises(LookupError, match=r"supervisor.sock did not .* within 2 s"):
            await airhail.look_at_airhail()


def test_each_reason_is_complained_of_once() -> None:
    off = airhail.Problem("radio-off", "Wi-Fi is off.", "Switch it on.")
    documents = {"connection": airhail.Document(problem=off), "discovery": airhail.Document(problem=off)}
    assert airhail.complaints_of(documents) == (
        Complaint("discovery", "radio-off", "Wi-Fi is off.", "Switch it on."),
    )
