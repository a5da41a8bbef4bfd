"""What keeps a link quick: when its interface may doze, and what it gets back."""

from dataclasses import replace
from pathlib import Path

import pytest

from airhail.actors.connection.document import document
from airhail.actors.connection.links.events import DeviceSeen, PeerUnwanted
from airhail.actors.connection.links.quick import PowerSave, Quick, Radio, RadiosSeen, SetPowerSave
from airhail.actors.connection.links.state import State
from airhail.actors.connection.machine import State as Both
from airhail.actors.connection.radio.radios import on_battery
from tests.unit.actors.connection.links.story import HIGHER, IDLE, Story

GROUP = "p2p-wlan0-0"
DOZING = Radio(client=True, channel=6, frequency=2437, width=20, power_save=True)
AWAKE = replace(DOZING, power_save=False)


def seen(radio: Radio, *, battery: bool = False, admin: bool = True) -> RadiosSeen:
    return RadiosSeen({GROUP: radio}, battery, admin)


def linked(policy: PowerSave = PowerSave.BATTERY) -> Story:
    story = Story(State(quick=Quick(policy)))
    story.link_up(HIGHER)
    assert story.link().interface == GROUP
    return story


def test_a_client_does_not_doze() -> None:
    story = linked()
    assert story.tell(seen(DOZING)) == [SetPowerSave(GROUP, enabled=False)]
    # Asked for once, also while nobody has looked again, and when the kernel refused.
    assert story.tell(seen(DOZING)) == []
    assert story.tell(seen(AWAKE)) == []


def test_nothing_is_asked_for_without_need_or_right() -> None:
    assert linked().tell(seen(AWAKE)) == []
    assert linked().tell(seen(replace(DOZING, client=False))) == []
    assert linked().tell(seen(replace(DOZING, power_save=None))) == []
    assert linked().tell(seen(DOZING, admin=False)) == []
    assert Story().tell(seen(DOZING)) == []
    assert linked(PowerSave.KEEP).tell(seen(DOZING)) == []


def test_on_its_battery_a_host_dozes_as_it_was_found() -> None:
    story = linked()
    assert story.tell(seen(DOZING, battery=True)) == []
    assert story.tell(seen(DOZING)) == [SetPowerSave(GROUP, enabled=False)]
    assert story.tell(seen(AWAKE)) == []
    assert story.tell(seen(AWAKE, battery=True)) == [SetPowerSave(GROUP, enabled=True)]
    # What never dozed does not begin to.
    assert linked().tell(seen(AWAKE, battery=True)) == []
    assert linked(PowerSave.OFF).tell(seen(DOZING, battery=True)) == [SetPowerSave(GROUP, enabled=False)]


def test_an_interface_that_outlives_its_group_gets_back_what_it_had() -> None:
    story = linked()
    story.tell(seen(DOZING), seen(AWAKE))
    assert SetPowerSave(GROUP, enabled=True) in story.tell(PeerUnwanted(HIGHER), DeviceSeen(IDLE))


def test_what_was_kept_of_an_interface_goes_with_it() -> None:
    story = linked()
    story.tell(seen(DOZING), seen(AWAKE), RadiosSeen({}))
    assert story.state.quick.found == story.state.quick.asked == {}
    # A new interface of the same name begins as every interface does.
    assert story.tell(seen(DOZING)) == [SetPowerSave(GROUP, enabled=False)]


def test_what_is_known_is_published() -> None:
    story = linked()
    story.tell(seen(AWAKE))
    radio = document(Both(story.state))["links"][HIGHER]["radio"]
    assert radio == {"channel": 6, "frequency": 2437, "width": 20, "power_save": False}
    story.tell(seen(Radio(client=False)))
    assert "radio" not in document(Both(story.state))["links"][HIGHER]


def supply(folder: Path, name: str, **values: str) -> None:
    (folder / name).mkdir()
    for key, value in values.items():
        (folder / name / key).write_text(value + "\n")


@pytest.mark.parametrize(
    ("plugged", "status", "scope", "expected"),
    [
        ("0", "Discharging", "System", True),
        ("1", "Discharging", "System", False),
        ("1", "Charging", "System", False),
        ("0", "Discharging", "Device", False),
    ],
)
def test_whether_a_host_runs_on_its_battery(
    tmp_path: Path, plugged: str, status: str, scope: str, expected: bool
) -> None:
    supply(tmp_path, "AC", type="Mains", online=plugged)
    supply(tmp_path, "BAT0", type="Battery", status=status, scope=scope)
    assert on_battery(tmp_path) is expected


def test_a_host_without_supplies_has_no_battery(tmp_path: Path) -> None:
    assert not on_battery(tmp_path)
    assert not on_battery(tmp_path / "none")
