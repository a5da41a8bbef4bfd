"""What goes where: pure, from the choices made to the list of things to be put in place."""

import enum
from dataclasses import dataclass, replace
from pathlib import Path

UNITS = Path(__file__).parents[1] / "init"
"""The folder of the files as they stand for the default prefix."""

DEFAULT_PREFIX = Path("/opt/airhail")
"""What the files in `UNITS` say; each is put in place with the prefix chosen instead."""

ACCOUNT = "airhail"
"""The user, and its group, that a system installation runs as. The files in `UNITS` name it too."""

Commands = tuple[tuple[str, ...], ...]


class Init(enum.Enum):
    """The init systems and supervisors there are files for."""

    SYSTEMD = "systemd"
    OPENRC = "openrc"
    RUNIT = "runit"
    S6 = "s6"


@dataclass(frozen=True, slots=True)
class Choices:
    """What was asked for."""

    init: Init
    prefix: Path
    home: Path | None = None
    """Whose installation it is; None: the whole machine's."""
    runtime: Path | None = None
    """Where that person's sockets are while they are logged in, if they are (XDG_RUNTIME_DIR)."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A file to be put in place."""

    source: Path
    target: Path

    @property
    def mode(self) -> int:
        """Its permissions: a script stays one, and nothing here is secret."""
        return 0o755 if self.source.stat().st_mode & 0o100 else 0o644


@dataclass(frozen=True, slots=True)
class Manager:
    """How airhail is brought to an init system."""

    folder: str
    """Of `UNITS`: what is in it goes to `target`."""
    target: Path
    start: str
    """The command that starts airhail, now and at every boot."""
    stop: Commands
    """What undoes `start`, whether it was given or not."""
    look: Commands = ()
    """What makes the init system read its files again, after they came and after they went."""
    grown: tuple[Path, ...] = ()
    """What appears once airhail runs, and a removal takes along."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything an installation is made of."""

    prefix: Path
    """The Python environment with airhail in it."""
    link: Path
    """The `airhail` command, where shells look for it."""
    account: str | None
    """The user to be made, None where airhail runs as whoever installs it."""
    copies: tuple[Copy, ...]
    manager: Manager


ACTORS = ("supervisor", "ble", "discovery", "lan", "connection", "liveness", "hooks")
SOCKETS = tuple(f"airhail-{name}.socket" for name in ACTORS)

MANAGERS = {
    Init.SYSTEMD: Manager(
        folder="systemd/system",
        target=Path("/etc/systemd/system"),
        start="systemctl enable --now airhail.service",
        stop=(("systemctl", "disable", "--now", "airhail.service", *SOCKETS),),
        look=(("systemctl", "daemon-reload"),),
    ),
    Init.OPENRC: Manager(
        folder="openrc",
        target=Path("/etc/init.d"),
        start="rc-update add airhail default && rc-service airhail start",
        stop=(("rc-service", "--ifstarted", "airhail", "stop"), ("rc-update", "--all", "delete", "airhail")),
        grown=(Path("/var/log/airhail.log"),),
    ),
    Init.RUNIT: Manager(
        folder="runit",
        target=Path("/etc/sv/airhail"),
        start="ln -s /etc/sv/airhail /etc/service/",
        stop=(
            ("rm", "-f", "/etc/service/airhail"),
            ("sv", "-w", "40", "force-shutdown", "/etc/sv/airhail"),
            ("sv", "-w", "40", "force-shutdown", "/etc/sv/airhail/log"),
        ),
        # runsv keeps its own files beside the service's.
        grown=(Path("/etc/sv/airhail"), Path("/var/log/airhail")),
    ),
    Init.S6: Manager(
        folder="s6",
        target=Path("/etc/s6/sv/airhail"),
        start="s6-svlink /run/service /etc/s6/sv/airhail",
        stop=(("s6-svunlink", "/run/service", "airhail"),),
        # s6-supervise keeps its own files beside the service's.
        grown=(Path("/etc/s6/sv/airhail"), Path("/var/log/airhail")),
    ),
}
"""For the whole machine. runit and s6 have their folder of running services where Debian and s6's own examples do."""


def plan(choices: Choices) -> Plan:
    """Return the plan for these choices."""
    if choices.home is not None:
        return plan_for(choices.home, choices)
    manager = MANAGERS[choices.init]
    return Plan(
        prefix=choices.prefix,
        link=Path("/usr/local/bin/airhail"),
        account=ACCOUNT,
        copies=(
            Copy(UNITS / "dbus/airhail.conf", Path("/etc/dbus-1/system.d/airhail.conf")),
            Copy(UNITS / "polkit/airhail.rules", Path("/etc/polkit-1/rules.d/50-airhail.rules")),
            *copies(manager),
        ),
        manager=replace(manager, grown=(*manager.grown, Path("/run/airhail"), Path("/var/lib/airhail"))),
    )


def plan_for(home: Path, choices: Choices) -> Plan:
    """Return the plan for one person's own installation, which systemd's user manager runs."""
    manager = Manager(
        folder="systemd/user",
        target=home / ".config/systemd/user",
        start="systemctl --user enable --now airhail.service",
        stop=(("systemctl", "--user", "disable", "--now", "airhail.service", *SOCKETS),),
        look=(("systemctl", "--user", "daemon-reload"),),
        grown=(home / ".local/state/airhail", *([choices.runtime / "airhail"] if choices.runtime else [])),
    )
    return Plan(
        prefix=choices.prefix,
        link=home / ".local/bin/airhail",
        account=None,
        copies=copies(manager),
        manager=manager,
    )


def copies(manager: Manager) -> tuple[Copy, ...]:
    """Return a copy of every file that the init system is given."""
    folder = UNITS / manager.folder
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(Copy(file, manager.target / file.relative_to(folder)) for file in files)
