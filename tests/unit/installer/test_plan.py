from pathlib import Path

import pytest

from scripts.installer.plan import DEFAULT_PREFIX, MANAGERS, UNITS, Choices, Init, plan

HOME = Path("/home/ada")


def choices(init: Init, home: Path | None = None) -> Choices:
    return Choices(init, DEFAULT_PREFIX, home)


@pytest.mark.parametrize("init", Init)
def test_every_file_for_an_init_system_is_put_in_place(init: Init) -> None:
    placed = {copy.source for copy in plan(choices(init)).copies}
    folder = UNITS / MANAGERS[init].folder
    assert {path for path in folder.rglob("*") if path.is_file()} <= placed
    assert UNITS / "dbus/airhail.conf" in placed
    assert UNITS / "polkit/airhail.rules" in placed


@pytest.mark.parametrize("init", Init)
def test_no_two_files_meet(init: Init) -> None:
    targets = [copy.target for copy in plan(choices(init)).copies]
    assert len(set(targets)) == len(targets)
    assert all(target.is_absolute() for target in targets)


def test_a_person_needs_nothing_outside_their_home() -> None:
    mine = plan(choices(Init.SYSTEMD, HOME))
    assert mine.account is None
    for path in (mine.link, *mine.manager.grown, *(copy.target for copy in mine.copies)):
        assert path.is_relative_to(HOME), path


def test_scripts_stay_scripts() -> None:
    modes = {str(copy.source.relative_to(UNITS)): copy.mode for init in Init for copy in plan(choices(init)).copies}
    for script in ("openrc/airhail", "runit/run", "runit/finish", "runit/check", "s6/run", "s6/finish", "s6/log/run"):
        assert modes[script] == 0o755, script
    for text in ("systemd/system/airhail.service", "s6/notification-fd", "dbus/airhail.conf"):
        assert modes[text] == 0o644, text


def test_the_files_say_the_prefix_that_is_replaced() -> None:
    commands = (
        "systemd/system/airhail.service",
        "systemd/user/airhail.service",
        "openrc/airhail",
        "runit/run",
        "s6/run",
    )
    for name in commands:
        assert f"{DEFAULT_PREFIX}/bin/airhail" in (UNITS / name).read_text(), name


@pytest.mark.parametrize("folder", ["systemd/system", "systemd/user"])
def test_every_actor_has_its_socket_unit(folder: str) -> None:
    from airhail.supervisor.shell import NAME
    from airhail.supervisor.specs import ACTORS

    for name in (NAME, *(spec.name for spec in ACTORS)):
        unit = (UNITS / folder / f"airhail-{name}.socket").read_text()
        assert f"FileDescriptorName={name}\n" in unit
        assert f"/airhail/{name}.sock\n" in unit
        assert f"airhail-{name}.socket" in (UNITS / folder / "airhail.service").read_text()
