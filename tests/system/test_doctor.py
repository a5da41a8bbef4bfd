"""`airhail doctor` on this machine as it is: a private bus with nothing on it, no bus at all, and real airhails.

What it finds on radios is the lab's business (tests/lab/scenarios/doctor.py).
"""

import json
import signal
import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio

from airhail.actors.doctor.checks.table import CHECKS
from airhail.supervisor.exit_status import ExitStatus
from tests.system.dbus.private_bus import Daemon, open_daemon, open_service
from tests.system.supervised.harness import Supervised, supervised
from tests.system.test_command import Said, airhail, write

NETWORKMANAGER = "org.freedesktop.NetworkManager"
PROBLEM = {"reason": "radio-off", "sentence": "Wi-Fi is off.", "advice": "Switch it on."}
ENTRY = {
    "at": 1800000000.0,
    "peer": "02:00:00:00:00:01",
    "reason": "negotiation-failed",
    "symptoms": ["stuck-peer"],
    "rung": "flush",
    "outcome": "cured",
}


@pytest.fixture
def tree() -> Iterator[Supervised]:
    with supervised() as one:
        (one.directory / "state").mkdir()
        yield one


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncGenerator[Daemon]:
    async with open_daemon(tmp_path) as daemon:
        yield daemon


def use(tree: Supervised, address: str) -> None:
    tree.configure(f'[bus]\nnetworkmanager = "{address}"\nwpa_supplicant = "{address}"\nbluez = "{address}"\n')


async def findings(tree: Supervised) -> dict[str, dict[str, Any]]:
    said = await airhail(tree, "doctor", "--json")
    report = said.document
    broken = report["grade"] == "broken"
    assert said.status == (ExitStatus.FAILED if broken else ExitStatus.DONE)
    found: dict[str, dict[str, Any]] = {}
    for one in report["findings"]:
        found.setdefault(one["check"], {})[one["about"]] = one
    return found


def first(found: dict[str, dict[str, Any]], check: str) -> dict[str, Any]:
    one: dict[str, Any] = next(iter(found[check].values()))
    return one


async def test_a_bus_with_nothing_on_it(tree: Supervised, daemon: Daemon) -> None:
    use(tree, daemon.address)
    started = daemon.make_startable(NETWORKMANAGER)
    found = await findings(tree)
    assert found.keys() >= CHECKS.keys() - {"combinations", "regulatory"}
    manager = first(found, "networkmanager")
    assert (manager["grade"], "systemctl start NetworkManager" in manager["advice"]) == ("broken", True)
    assert "BlueZ is not running" in first(found, "bluetooth")["sentence"]
    assert first(found, "rights")["grade"] == "unknown"
    assert first(found, "airhail")["sentence"].startswith(
        f"airhail is not running (nothing answers at {tree.socket()}"
    )
    assert not started.exists(), "looking starts no service"


async def test_what_lies_in_the_current_folder_is_not_run(tree: Supervised) -> None:
    use(tree, f"unix:path={tree.directory}/nowhere")
    (tree.directory / "msgspec.py").write_text("raise SystemExit('planted')\n")
    # As the command that is installed: `python -m` alone would look into the current folder itself.
    done = await trio.run_process(
        [sys.executable, "-P", "-m", "airhail.supervisor", "doctor", "--json"],
        cwd=tree.directory,
        env=tree.environment,
        capture_stdout=True,
        capture_stderr=True,
        check=False,
    )
    assert json.loads(done.stdout)["findings"], done.stderr


async def test_no_bus_at_all(tree: Supervised) -> None:
    use(tree, f"unix:path={tree.directory}/nowhere")
    found = await findings(tree)
    manager = first(found, "networkmanager")
    assert manager["grade"] == "broken"
    assert f"{tree.directory}/nowhere" in manager["sentence"]
    assert "systemctl start dbus" in manager["advice"]


async def test_a_bus_that_is_stuck_costs_the_other_checks_nothing(tree: Supervised, daemon: Daemon) -> None:
    use(tree, daemon.address)
    daemon.pause()
    found = await findings(tree)
    daemon.resume()
    assert first(found, "networkmanager")["grade"] == "broken"
    assert first(found, "radio")["grade"] != "unknown"
    assert first(found, "dnsmasq")["grade"] != "unknown"


async def test_a_service_that_is_stuck_and_one_that_is_forbidden(tree: Supervised, daemon: Daemon) -> None:
    use(tree, daemon.address)
    async with open_service(daemon, NETWORKMANAGER) as stuck, open_service(daemon, "fi.w1.wpa_supplicant1"):
        stuck.send_signal(signal.SIGSTOP)
        found = await findings(tree)
    manager = first(found, "networkmanager")
    assert (manager["grade"], "does not answer" in manager["sentence"]) == ("broken", True)
    tier = found["tiers"]["netdev"]
    assert (tier["grade"], tier["sentence"].startswith("Tier user")) == ("limit", True)


async def test_a_mistake_in_the_configuration_is_a_finding(tree: Supervised) -> None:
    tree.configure('[bus]\nnetworkmanager = "none"\n')
    mistake = first(await findings(tree), "configuration")
    assert mistake["grade"] == "broken"
    assert f"{tree.directory}/airhail.toml, line 2: [bus] networkmanager" in mistake["sentence"]
    tree.configure("[bus\n")
    assert first(await findings(tree), "configuration")["grade"] == "broken"


async def test_for_people_what_is_broken_comes_with_what_to_do(tree: Supervised, daemon: Daemon) -> None:
    use(tree, daemon.address)
    said = await airhail(tree, "doctor")
    assert said.status == ExitStatus.FAILED
    lines = said.out.splitlines()
    place = lines.index("broken   networkmanager: NetworkManager is not running.")
    assert lines[place + 1].startswith("         do: Start it: `systemctl start NetworkManager`")
    assert " broken, " in lines[-1]
    everything = await airhail(tree, "doctor", "--all")
    assert len(everything.out.splitlines()) >= len(lines)


async def test_airhail_itself(tree: Supervised, daemon: Daemon) -> None:
    use(tree, daemon.address)
    discovery = write(tree, "discovery", {"tier": "netdev", "problem": PROBLEM})
    connection = write(tree, "connection", {"problem": PROBLEM})
    ble = write(tree, "ble", {"problem": {"reason": "bluetooth-refused", "sentence": "BlueZ refuses it."}})
    async with tree.running(discovery, connection, ble, "third=misconfigured"):
        await tree.until(lambda state: state["actors"]["third"]["state"] == "FATAL")
        await tree.until_running()
        both = await findings(tree)
        found = both["airhail"]
    assert both["bluetooth"]["ble/bluetooth-refused"]["grade"] == "limit"
    assert (found["supervisor"]["grade"], "tier netdev" in found["supervisor"]["sentence"]) == ("fine", True)
    assert (found["third"]["grade"], "FATAL" in found["third"]["sentence"]) == ("broken", True)
    assert [about for about in found if about.endswith("radio-off")] == ["discovery/radio-off"], "told once"
    assert found["discovery/radio-off"]["advice"] == "Switch it on."


async def history(tree: Supervised, *options: str, **methods: Any) -> Said:
    async with tree.running(write(tree, "connection", {}, **methods)):
        await tree.until_running()
        return await airhail(tree, "doctor", "--history", *options)


async def test_history(tree: Supervised) -> None:
    answer = {"history": [ENTRY, {**ENTRY, "outcome": "not-cured"}]}
    said = await history(tree, history=answer)
    assert said.status == ExitStatus.DONE
    assert said.out.splitlines()[-1].split() == ["stuck-peer", "flush", "1", "2"]
    shown = (await history(tree, "--json", history=answer)).document
    assert shown == {**answer, "rungs": [{"symptom": "stuck-peer", "rung": "flush", "cured": 1, "tried": 2}]}


async def test_no_history(tree: Supervised) -> None:
    said = await airhail(tree, "doctor", "--history")
    assert said.status == ExitStatus.NOT_RUNNING
    said = await history(tree)
    assert (said.status, said.out) == (ExitStatus.FAILED, "")
    assert said.err.startswith("airhail: the connection that runs keeps no history")
    said = await history(tree, history={"history": [{"at": "noon"}]})
    assert said.status == ExitStatus.FAILED
    assert "cannot be read" in said.err
