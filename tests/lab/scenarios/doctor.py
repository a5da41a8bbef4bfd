"""airhail doctor on hosts that are well, limited and broken: what it finds is what is there.

Phases: `well` on a host with everything, for root, the desktop user, Debian's group netdev, and somebody without
rights; `firewall` and `group` with a rule and a group that somebody else made; `stuck` with a stopped NetworkManager;
`off` with Wi-Fi switched off, in NetworkManager and by rfkill; `gone` with NetworkManager ended; `bare` on a host
without a radio.
"""

import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.lab.guest import HostSpec, Lab, expect
from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.host import Host

HOSTS = ("alpha", HostSpec("beta", radios=()))
SUPPLICANT = "fi.w1.wpa_supplicant1"
GROUP_S = 20.0
CHAIN = "{ type filter hook input priority 0; policy drop; }"


@dataclass(frozen=True, slots=True)
class Examined:
    """What one run of the doctor told, by check, each finding under what it is about."""

    who: str
    checks: Mapping[str, Mapping[str, Mapping[str, str]]]

    def expect(self, check: str, grade: str, *, about: str = "", says: str = "", advises: str = "") -> None:
        found = self.checks[check].get(about) if about else next(iter(self.checks[check].values()))
        expect(found is not None, f"{self.who}: {check} says nothing of {about}: {self.checks[check]}")
        assert found is not None
        fits = found["grade"] == grade and says in found["sentence"] and advises in found["advice"]
        expect(fits, f"{self.who}: {check} should be {grade} {says!r} {advises!r} and is {found}")


async def examine(
    host: Host, status: int, user: str | None = None, groups: Sequence[str] = (), within: float = 15.0
) -> Examined:
    """Run the doctor; its exit status must be this one."""
    done = await host.run(*COMMAND, "doctor", "--json", user=user, groups=groups, timeout=within)
    who = f"{host.name} as {'+'.join((user or 'root', *groups))}"
    expect(done.status == status, f"{who}: {done}, not {status}: {done.stdout} {done.stderr}")
    checks: dict[str, dict[str, Any]] = {}
    for finding in done.json["findings"]:
        checks.setdefault(finding["check"], {})[finding["about"]] = finding
    worst = {"broken": 1}.get(done.json["grade"], 0)
    expect(worst == status, f"{who}: grade {done.json['grade']} with status {status}")
    return Examined(who, checks)


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.settle()
    async with lab.phase("well"):
        await well(alpha)
    async with lab.phase("firewall"):
        await firewall(alpha)
    async with lab.phase("group"):
        await foreign_group(alpha)
    async with lab.phase("stuck"):
        alpha.kill("NetworkManager", signal.SIGSTOP)
        found = await examine(alpha, 1)
        found.expect("networkmanager", "broken", says="does not answer", advises="systemctl restart NetworkManager")
        found.expect("radio", "fine")
        found.expect("wpa-supplicant", "fine")
        found.expect("rights", "unknown")
        alpha.kill("NetworkManager", signal.SIGCONT)
    async with lab.phase("off"):
        await off(alpha)
    async with lab.phase("gone"):
        alpha.kill("NetworkManager", signal.SIGTERM)
        await alpha.daemons["nm"].ended.wait()
        found = await examine(alpha, 1)
        found.expect("networkmanager", "broken", says="not running", advises="systemctl start NetworkManager")
        found.expect("p2p-device", "unknown")
        found.expect("known-bugs", "unknown", about="NetworkManager")
    async with lab.phase("bare"):
        found = await examine(beta, 1)
        found.expect("radio", "broken", says="no Wi-Fi radio")
        found.expect("p2p-device", "broken", says="no Wi-Fi Direct device", advises="iw list")
        found.expect("networkmanager", "fine")
        found.expect("wpa-supplicant", "fine", says="not running")
        found.expect("switches", "fine")


async def well(alpha: Host) -> None:
    """A host with everything: nothing is broken, and versions, rights and rules are told as they are."""
    manager = (await alpha.run("NetworkManager", "--version")).check().stdout.strip()
    supplicant = re.search(r"v([\d.]+)", (await alpha.run("wpa_supplicant", "-v")).check().stdout)
    country = re.search(r"country (\w\w)", (await alpha.run("iw", "reg", "get")).check().stdout)
    assert supplicant is not None
    assert country is not None
    root = await examine(alpha, 0)
    root.expect("radio", "fine", says="mac80211_hwsim")
    root.expect("switches", "fine")
    root.expect("networkmanager", "fine", says=manager)
    root.expect("wpa-supplicant", "fine", says=supplicant[1])
    root.expect("p2p-device", "fine", about="p2p-dev-wlan0", says="ready")
    root.expect("leftovers", "fine")
    root.expect("rights", "fine", says="root (uid 0)")
    root.expect("tiers", "fine", about="netdev")
    root.expect("tiers", "fine", about="admin", says="has CAP_NET_ADMIN")
    root.expect("dnsmasq", "fine", says="dnsmasq")
    root.expect("firewall", "fine", about="rules")
    root.expect("bluetooth", "limit", says="BlueZ is not running")
    root.expect("airhail", "limit", says="not running")
    root.expect("known-bugs", "fine", about="wpa-waiting-flag", says="20 s")
    expect(
        ("nm-find-for-all" in root.checks["known-bugs"]) == manager.startswith("1.42"),
        f"{root.who}: {manager}: {root.checks['known-bugs'].keys()}",
    )
    (regulatory,) = root.checks["regulatory"].values()
    told = "the world's rules" if country[1] == "00" else f"country {country[1]}"
    expect(told in regulatory["sentence"], f"{root.who}: {country[1]}: {regulatory}")
    channels = await channels_by_iw(alpha)
    (beside,) = (one for about, one in root.checks["combinations"].items() if about.endswith("/channels"))
    expect(("one channel" in beside["sentence"]) == (channels == 1), f"{root.who}: {channels}: {beside}")

    user = await examine(alpha, 0, user="user")
    user.expect("rights", "fine", says="user (uid 1000)")
    user.expect("tiers", "limit", about="netdev", says="Tier user", advises="adduser user netdev")
    user.expect("tiers", "fine", about="admin", says="no CAP_NET_ADMIN")
    user.expect("wpa-supplicant", "fine", says=supplicant[1])
    user.expect("firewall", "unknown", about="rules", advises="sudo airhail doctor")
    member = await examine(alpha, 0, user="user", groups=("netdev",))
    member.expect("tiers", "fine", about="netdev")
    nobody = await examine(alpha, 1, user="nobody")
    nobody.expect("rights", "broken", says="make links", advises="polkit")


async def channels_by_iw(host: Host) -> int:
    """Return the channels of the radio's first interface combination, as iw tells it."""
    listing = (await host.run("iw", "phy")).check().stdout
    found = re.search(r"#channels <= (\d+)", listing)
    return int(found[1]) if found else 1


async def firewall(alpha: Host) -> None:
    """A rule that drops what comes in is found, and one that lets a link's traffic in is understood."""
    (await alpha.run("nft", "add", "table", "inet", "house")).check()
    (await alpha.run("nft", "add", "chain", "inet", "house", "input", CHAIN)).check()
    found = await examine(alpha, 0)
    found.expect("firewall", "limit", about="inet house input", advises="UDP port 67")
    (await alpha.run("nft", "add", "rule", "inet", "house", "input", "iifname", "p2p-*", "accept")).check()
    found = await examine(alpha, 0)
    found.expect("firewall", "fine", about="rules")
    (await alpha.run("nft", "delete", "table", "inet", "house")).check()


async def foreign_group(alpha: Host) -> None:
    """A group that NetworkManager did not ask for leaves an interface behind: it is found, and the advice helps."""
    (engine,) = await alpha.bus.get(SUPPLICANT, "/fi/w1/wpa_supplicant1", SUPPLICANT, "Interfaces")
    mark = alpha.witness.mark()
    await alpha.bus.call(SUPPLICANT, engine, f"{SUPPLICANT}.Interface.P2PDevice", "GroupAdd", "a{sv}", ({},))
    await alpha.witness.signal("InterfaceRemoved", interface=SUPPLICANT, since=mark, within=GROUP_S)
    found = await examine(alpha, 0)
    found.expect("leftovers", "limit", about="p2p-wlan0-0", says="knows nothing", advises="iw dev p2p-wlan0-0 del")
    (await alpha.run("iw", "dev", "p2p-wlan0-0", "del")).check()
    (await examine(alpha, 0)).expect("leftovers", "fine")


async def off(alpha: Host) -> None:
    """Wi-Fi is switched off, first by NetworkManager and then by rfkill."""
    (await alpha.run("nmcli", "radio", "wifi", "off")).check()
    found = await examine(alpha, 1)
    found.expect("switches", "broken", about="networkmanager", advises="nmcli radio wifi on")
    found.expect("p2p-device", "unknown", says="switched off")
    (await alpha.run("nmcli", "radio", "wifi", "on")).check()
    (await alpha.run("rfkill", "block", "wlan")).check()
    found = await examine(alpha, 1)
    blocked = [about for about in found.checks["switches"] if about.startswith("phy")]
    expect(len(blocked) == 1, f"{found.who}: one radio was blocked: {found.checks['switches']}")
    found.expect("switches", "broken", about=blocked[0], advises="rfkill unblock")
    (await alpha.run("rfkill", "unblock", "wlan")).check()
