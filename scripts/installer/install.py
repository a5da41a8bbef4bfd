"""Carry a plan out, and take it back."""

import grp
import pwd
import shutil
from pathlib import Path

from scripts.installer import environment
from scripts.installer.errors import InstallError
from scripts.installer.plan import DEFAULT_PREFIX, Choices, Plan, plan
from scripts.installer.programs import attempt, run
from scripts.installer.record import Record, read


def install(choices: Choices, wheels: Path | None) -> Plan:
    """Put everything in place, or bring what is there up to date; when that fails, take a new one back."""
    wanted = plan(choices)
    found = read(choices.prefix)
    refuse_other(wanted, choices, found)
    record = found or Record(str(choices.prefix), choices.init.value, choices.home is not None)
    try:
        record.make_folder(choices.prefix)
        record.save()
        environment.fill(choices.prefix, wheels)
        if wanted.account is not None:
            make_account(wanted.account, record)
        put_files(wanted, record)
        for command in wanted.manager.look:
            notice(command)
    except BaseException:
        if found is None:
            take_back(wanted, record)
        raise
    return wanted


def uninstall(choices: Choices) -> None:
    """Stop airhail and take everything back that `install` put in place and airhail made since."""
    record = read(choices.prefix)
    if record is None:
        raise InstallError(f"nothing was installed in {choices.prefix}: --prefix names another place")
    if (record.init, record.user) != (choices.init.value, choices.home is not None):
        raise InstallError(f"in {choices.prefix} is an installation for {described(record)}: say so, to remove it")
    wanted = plan(choices)
    stop(wanted, choices)
    # Only here: before a first installation it may be there of an airhail that runs from its source tree.
    for grown in wanted.manager.grown:
        remove(grown)
    take_back(wanted, record)


def refuse_other(wanted: Plan, choices: Choices, found: Record | None) -> None:
    """Raise InstallError when something that is not ours is in the way."""
    if found is not None and (found.init, found.user) != (choices.init.value, choices.home is not None):
        raise InstallError(
            f"in {choices.prefix} is an installation for {described(found)}: remove it first with --uninstall, "
            "or choose another --prefix"
        )
    ours = set() if found is None else set(found.files)
    if found is None and choices.prefix.exists() and any(choices.prefix.iterdir()):
        raise InstallError(f"{choices.prefix} is not empty and not airhail's: choose another --prefix")
    for target in (wanted.link, *(copy.target for copy in wanted.copies)):
        if (target.exists() or target.is_symlink()) and str(target) not in ours:
            raise InstallError(f"{target} is there already and not from here: move it away")


def make_account(name: str, record: Record) -> None:
    """Make the user that airhail runs as, and the group of that name, unless they are there."""
    if not has_group(name):
        run("groupadd", "--system", name)
        record.group = name
        record.save()
    try:
        pwd.getpwnam(name)
    except KeyError:
        nobody_logs_in = shutil.which("nologin") or "/bin/false"
        home = ("--no-create-home", "--home-dir", "/nonexistent", "--shell", nobody_logs_in)
        run("useradd", "--system", "--gid", name, *home, name)
        record.account = name
        record.save()


def has_group(name: str) -> bool:
    """Tell whether there is a group of this name."""
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def put_files(wanted: Plan, record: Record) -> None:
    """Put the command and the init system's files in place."""
    record.make_folder(wanted.link.parent)
    record.add_file(wanted.link)
    wanted.link.unlink(missing_ok=True)
    wanted.link.symlink_to(wanted.prefix / "bin/airhail")
    for copy in wanted.copies:
        record.make_folder(copy.target.parent)
        record.add_file(copy.target)
        text = copy.source.read_text().replace(str(DEFAULT_PREFIX), str(wanted.prefix))
        copy.target.write_text(text)
        copy.target.chmod(copy.mode)
    for grown in wanted.manager.grown:
        # airhail would make it too, and then nobody could tell that it was not there.
        record.make_folder(grown.parent)
    record.save()


def take_back(wanted: Plan, record: Record) -> None:
    """Remove everything that was put in place, as far as it is there; the record goes last but for what holds it."""
    for file in reversed(record.files):
        Path(file).unlink(missing_ok=True)
    for command in wanted.manager.look:
        notice(command)
    if record.account:
        run("userdel", record.account)
    # userdel takes it along unless somebody was put into it.
    if record.group and has_group(record.group):
        run("groupdel", record.group)
    remove(Path(record.prefix))
    for folder in reversed(record.folders):
        path = Path(folder)
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def stop(wanted: Plan, choices: Choices) -> None:
    """Stop airhail and have the init system forget it; InstallError where a person's own goes on running."""
    for command in wanted.manager.stop:
        if choices.runtime and (choices.runtime / "systemd").exists():
            run(*command)
        else:
            notice(command)


def notice(command: tuple[str, ...]) -> None:
    """Give the init system a command. It may not be running, as in an image that is being made: that is only told."""
    status, said = attempt(command)
    if status != 0:
        print(f"note: `{' '.join(command)}` (exit {status}): {said.strip()}")


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def described(record: Record) -> str:
    """Return the options that an installation was made with."""
    return f"--init {record.init}" + (" --user" if record.user else "")
