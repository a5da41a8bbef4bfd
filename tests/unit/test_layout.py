"""The house keeps its shape: every package ships, and imports respect the walls between the folders."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("actors", "ipc", "supervisor")
# Decisions live in these; everything that touches the world is a shell's business.
CORE_NAMES = frozenset(
    {
        *("core.py", "restart.py", "link.py", "state.py", "restore.py"),
        *("case.py", "diagnosis.py", "judge.py", "ladder.py", "cures.py"),
        *("stages.py", "accepting.py", "heard.py", "speech.py", "plan.py", "networks.py"),
        *("echo.py", "verdicts.py", "keyring.py"),
        *("sends.py", "calling.py"),
        *("beacons.py", "envelope.py", "introduction.py", "keys.py"),
    }
)
CORE_FOLDERS = (ROOT / "actors" / "connection" / "links",)
# NetworkManager's numbers by name: nothing but enums.
NUMBERS = "airhail.ipc.dbus.networkmanager_enums"
IMPURE = frozenset({"trio", "trio_util", "socket", "os", "time", "random", "secrets", "subprocess", "select"})


def modules() -> Iterator[Path]:
    for folder in CODE:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; write the whole airhail name"
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def reaches(names: set[str], package: str) -> bool:
    return any(name == package or name.startswith(package + ".") for name in names)


def test_every_package_ships() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {
        "airhail." + ".".join(init.parent.relative_to(ROOT).parts)
        for folder in CODE
        for init in (ROOT / folder).rglob("__init__.py")
    }
    assert set(listed) == found | {"airhail"}


@pytest.mark.parametrize("folder", CODE)
def test_import_name_links_to_the_real_folder(folder: str) -> None:
    link = ROOT / "airhail" / folder
    assert link.is_symlink()
    assert link.readlink() == Path("..") / folder


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: str(path.relative_to(ROOT)))
def test_walls(path: Path) -> None:
    names = imported(path)
    folder, *rest = path.relative_to(ROOT).parts
    assert not reaches(names, "tests")
    if folder == "ipc":
        assert not reaches(names, "airhail.actors"), "ipc knows no actor"
        assert not reaches(names, "airhail.supervisor"), "ipc knows no supervisor"
    if folder == "supervisor":
        assert not reaches(names, "airhail.actors"), "the supervisor knows actors by name only"
        assert not reaches(names, "airhail.ipc.dbus"), "the supervisor touches no D-Bus"
        assert not reaches(names, "jeepney"), "the supervisor touches no D-Bus"
    if (folder, *rest[:2]) != ("actors", "connection", "trust"):
        assert not reaches(names, "cryptography"), "who does without trust loads none of it"
    if folder == "actors" and len(rest) > 1:
        others = {other.name for other in (ROOT / "actors").iterdir() if other.is_dir()} - {rest[0]}
        for other in others:
            assert not reaches(names, f"airhail.actors.{other}"), "actors speak only over their sockets"
    if path.name in CORE_NAMES or path.parent in CORE_FOLDERS:
        assert not {name.split(".")[0] for name in names} & IMPURE, "a core imports no I/O"
        bus = {name for name in names if reaches({name}, "airhail.ipc.dbus")}
        assert all(reaches({name}, NUMBERS) for name in bus), "a core imports no I/O"
