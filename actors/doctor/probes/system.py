"""The system around the services: who asks, rfkill's switches, installed programs, the firewall's rules."""

import grp
import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import trio

from airhail.actors.doctor.facts import Firewall, Switch, Unseen, User
from airhail.actors.doctor.probes.services import firewalld_runs

CAP_NET_ADMIN = 12  # linux/capability.h
PROCESS_STATUS = Path("/proc/self/status")

RFKILL_CLASS = Path("/sys/class/rfkill")

# Where NetworkManager looks besides PATH (nm-core-utils.c, nm_utils_find_helper); users often lack the sbin folders.
ADMIN_PATH = "/usr/local/sbin:/usr/sbin:/sbin"
UFW_SETTINGS = Path("/etc/ufw/ufw.conf")
LEGACY_TABLES = (Path("/proc/net/ip_tables_names"), Path("/proc/net/ip6_tables_names"))

PROGRAM_S = 5.0
"""For a program to print what it is asked for and end."""


def look_at_user() -> User:
    """Learn who asks, and with which rights."""
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = "a user without a name"
    return User(uid, name, has_net_admin(PROCESS_STATUS.read_text()), netdev_exists())


def has_net_admin(status: str) -> bool:
    """Tell whether a process has CAP_NET_ADMIN, from its status (proc(5), CapEff)."""
    effective = next((line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), "0")
    return bool(int(effective, 16) & 1 << CAP_NET_ADMIN)


def netdev_exists() -> bool:
    """Tell whether this system has Debian's group netdev."""
    try:
        grp.getgrnam("netdev")
    except KeyError:
        return False
    return True


def look_at_switches(folder: Path = RFKILL_CLASS) -> tuple[Switch, ...]:
    """Read the rfkill switches (Documentation/ABI/stable/sysfs-class-rfkill).

    rfkill has no namespaces: of a radio in another network namespace sysfs shows a link that leads nowhere.
    """
    return tuple(switch_of(path) for path in sorted(folder.glob("rfkill*")) if path.exists())


def switch_of(path: Path) -> Switch:
    """Read one switch."""
    name, kind, soft, hard = ((path / file).read_text().strip() for file in ("name", "type", "soft", "hard"))
    return Switch(name, kind, soft == "1", hard == "1")


def look_at_dnsmasq() -> str:
    """Return where dnsmasq is; "" when it is not installed."""
    return found("dnsmasq")


async def look_at_supplicant_version() -> str:
    """Ask wpa_supplicant's program for its version, which the service does not tell on the bus.

    Raises LookupError when it cannot be asked.
    """
    program = found("wpa_supplicant")
    if not program:
        raise LookupError("no program of that name was found")
    said = (await said_by(program, "-v")).partition("\n")[0]
    return said.removeprefix("wpa_supplicant v").strip()


def found(program: str) -> str:
    """Return the path of a program, "" when it is not installed."""
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:{ADMIN_PATH}") or ""


async def look_at_firewall(address: str | None) -> Firewall:
    """Read the rules as far as this user may, and which programs keep a firewall."""
    managers = ["firewalld"] if await firewalld_runs(address) else []
    if ufw_enabled():
        managers.append("ufw")
    return Firewall(await read_ruleset(), tuple(managers), legacy_tables())


async def read_ruleset() -> tuple[Mapping[str, Any], ...] | Unseen:
    """Return the objects of nftables' rules."""
    if not look_at_user().net_admin:
        return Unseen("that takes CAP_NET_ADMIN")
    nft = found("nft")
    if not nft:
        return Unseen("nft is not installed")
    try:
        return tuple(json.loads(await said_by(nft, "--json", "list", "ruleset"))["nftables"])
    except (LookupError, ValueError) as error:
        return Unseen(f"nft does not list them: {error}")


async def said_by(*command: str) -> str:
    """Return what a program prints. Raises LookupError when it fails or takes longer than PROGRAM_S."""
    try:
        with trio.fail_after(PROGRAM_S):
            done = await trio.run_process(
                command,
                capture_stdout=True,
                capture_stderr=True,
                stdin=subprocess.DEVNULL,
                check=False,
                deliver_cancel=kill,
            )
    except (OSError, trio.TooSlowError) as error:
        raise LookupError(f"{command[0]}: {error or f'not done within {PROGRAM_S:g} s'}") from error
    if done.returncode:
        raise LookupError(
            f"{' '.join(command)} (exit {done.returncode}): {done.stderr.decode(errors='replace').strip()}"
        )
    return done.stdout.decode(errors="replace")


async def kill(process: trio.Process) -> None:
    """End a program that takes too long."""
    process.kill()


def ufw_enabled(settings: Path = UFW_SETTINGS) -> bool:
    """Tell whether ufw is switched on (ufw(8), /etc/ufw/ufw.conf)."""
    try:
        text = settings.read_text()
    except OSError:
        return False
    return any(line.replace(" ", "").lower() == "enabled=yes" for line in text.splitlines())


def legacy_tables() -> tuple[str, ...]:
    """Return the tables of iptables' older kind; none when this user may not see them."""
    names: set[str] = set()
    for file in LEGACY_TABLES:
        try:
            names.update(file.read_text().split())
        except OSError:
            continue
    return tuple(sorted(names))
