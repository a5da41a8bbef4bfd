"""What a rung that cannot be used says, and that no adapter is forgotten that was let go."""

from pathlib import Path

import pytest
import trio

from airhail.actors.connection.ladder.events import Remanage, RemoveGroups, RestartSupplicant
from airhail.actors.connection.ladder.ladder import Rung
from airhail.actors.connection.ladder.rungs import GIVE_BACK_AGAIN_S, Toolbox
from airhail.ipc.dbus.bus import Bus
from airhail.ipc.dbus.networkmanager import NetworkManager
from airhail.ipc.dbus.networkmanager_enums import DeviceType
from airhail.ipc.dbus.networkmanager_objects import DEVICE, SERVICE, TREE_ROOT
from airhail.ipc.dbus.objects import ObjectTree
from airhail.ipc.dbus.wpa_supplicant import Supplicant


@pytest.fixture
def toolbox(nursery: trio.Nursery, tmp_path: Path) -> Toolbox:
    return toolbox_in(tmp_path, nursery)


def toolbox_in(folder: Path, nursery: trio.Nursery) -> Toolbox:
    """Give tools on a bus that is away, to which NetworkManager had shown one adapter."""
    bus = Bus("unix:path=/nowhere", nursery)
    tree = ObjectTree(bus, SERVICE, TREE_ROOT)
    tree.objects = {"/Devices/2": {DEVICE: {"DeviceType": DeviceType.WIFI, "Interface": "wlan0", "State": 30}}}
    tree.present = True
    return Toolbox(NetworkManager(bus, tree), Supplicant(bus), folder)


async def test_an_adapter_stays_noted_until_it_is_given_back(toolbox: Toolbox, tmp_path: Path) -> None:
    answer = await toolbox.use(Remanage("wlan0"))
    assert answer.rung is Rung.REMANAGE
    assert answer.problem
    assert (tmp_path / "remanaged").read_text() == "wlan0"
    assert (tmp_path / "remanaged").exists(), "the bus is still away"


async def test_an_adapter_that_was_not_given_back_is_offered_again_and_again(
    toolbox: Toolbox, nursery: trio.Nursery, autojump_clock: object, caplog: pytest.LogCaptureFixture
) -> None:
    nursery.start_soon(toolbox.give_back)
    await toolbox.use(Remanage("wlan0"))
    tries = len(caplog.records)
    await trio.sleep(3 * GIVE_BACK_AGAIN_S)
    assert sum("could not be given back" in record.message for record in caplog.records[tries:]) >= 2


async def test_an_adapter_is_given_back_though_its_note_cannot_be_removed(
    nursery: trio.Nursery,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    autojump_clock: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    given_back: list[tuple[str, bool]] = []

    async def set_managed(networkmanager: NetworkManager, device: str, managed: bool) -> None:
        given_back.append((device, managed))

    monkeypatch.setattr(NetworkManager, "set_managed", set_managed)
    note = tmp_path / "remanaged"
    note.write_text("wlan0")
    nursery.start_soon(toolbox_in(tmp_path, nursery).give_back)
    note.unlink()
    note.mkdir()
    await trio.sleep(3 * GIVE_BACK_AGAIN_S)
    assert given_back == [("/Devices/2", True)]
    assert "stays" in caplog.text


async def test_a_note_that_cannot_be_read_stops_nobody(
    nursery: trio.Nursery, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "remanaged").write_bytes(b"\xff")
    bus = Bus("unix:path=/nowhere", nursery)
    Toolbox(NetworkManager(bus, ObjectTree(bus, SERVICE, TREE_ROOT)), Supplicant(bus), tmp_path)
    assert "nmcli device" in caplog.text


async def test_an_adapter_that_is_unknown_is_let_alone(toolbox: Toolbox, tmp_path: Path) -> None:
    answer = await toolbox.use(Remanage("wlan7"))
    assert "wlan7" in answer.problem
    assert not (tmp_path / "remanaged").exists()


async def test_without_the_bus_wpa_supplicant_cannot_be_ended(toolbox: Toolbox) -> None:
    answer = await toolbox.use(RestartSupplicant())
    assert answer.rung is Rung.RESTART_SUPPLICANT
    assert "could not be ended" in answer.problem


async def test_interfaces_that_are_gone_already_are_removed(toolbox: Toolbox, autojump_clock: object) -> None:
    answer = await toolbox.use(RemoveGroups(("p2p-wlan0-9",)))
    assert (answer.rung, answer.problem) == (Rung.REMOVE_GROUP, "")
