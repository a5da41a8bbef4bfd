"""Two people bond their hosts with `airhail pair`: refused, not answered, not found; then bonded, and bonded anew.

With the bond comes trust. When both have forgotten that, and the bond is idle, `airhail trust` at both ends brings it
back over the bond, without a code.

Phases: `bonded` from the second `airhail pair` until both ends have the bond and trust each other, the answers
included; `trusted` from the two `airhail trust` until both say so.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.lab.guest import Bluetooth, Host, HostSpec, Lab, expect
from tests.lab.guest.bluetooth import NAME, adapter_path
from tests.lab.guest.pairing import Pairing, pair

HOSTS = (
    HostSpec("alpha", radios=(), network_manager=False),
    HostSpec("beta", radios=(), network_manager=False),
)
BLUETOOTH = Bluetooth()
# An invitation is taken back in milliseconds, a moment after the person was told the end.
SILENT_S = 5.0
# ble ends a connection of its own after 30 s without a message; BlueZ takes 2 s for it.
IDLE_S = 40.0
# The other end's user has a minute to type the command.
TRUST_S = 60.0


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody types after `airhail pair`, says to the question (nothing: ""), and is told at the end."""

    types: tuple[str, ...]
    says: str
    told: str
    """A reason; "bonded" or "already" for none."""


@dataclass(frozen=True, slots=True)
class Act:
    """One meeting. Beta's person comes last: the default agent is one for all hosts here."""

    name: str
    alpha: Person
    beta: Person


ACTS = (
    Act("refused there", Person(("beta",), "yes", "refused-there"), Person((), "no", "refused-here")),
    Act("refused here", Person(("beta",), "no", "refused-here"), Person((), "yes", "refused-there")),
    Act("silent there", Person(("beta",), "yes", "refused-there"), Person((), "", "no-answer-here")),
    Act("silent here", Person(("beta",), "", "no-answer-here"), Person((), "yes", "refused-there")),
    Act(
        "not found",
        Person(("gamma", "--wait", "20"), "", "no-such-device"),
        Person(("--wait", "20"), "", "nobody-came"),
    ),
    Act("bonded", Person(("beta",), "yes", "bonded"), Person((), "yes", "bonded")),
    Act("already", Person(("beta",), "", "already"), Person(("alpha",), "", "already")),
    Act("again", Person(("beta", "--again"), "yes", "bonded"), Person(("alpha", "--again"), "yes", "bonded")),
    Act(
        "again here alone", Person(("beta", "--again"), "", "bond-lost"), Person(("--wait", "20"), "", "nobody-came")
    ),
)


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    for act in ACTS[:-1]:
        async with lab.phase(act.name):
            await play(lab, act)
        await lab.bluetooth.witness.until(partial(off_the_air, lab), "nobody advertises any more", within=SILENT_S)
    await trust_anew(lab)
    async with lab.phase(ACTS[-1].name):
        await play(lab, ACTS[-1])
    await lose(lab, beta)


async def trust_anew(lab: Lab) -> None:
    """Have both forget the other's key, and exchange keys over the bond, which is idle."""
    alpha, beta = lab.hosts
    ids = {}
    for host, other in ((alpha, beta), (beta, alpha)):
        ids[host] = (await trusted(host))["peers"][0]["id"]
        (await host.airhail("trust", "forget", other.name, user=None)).check()
        told = await trusted(host)
        bonded = [{"bluetooth": other.bluetooth_address.lower(), "name": other.name}]
        expect((told["peers"], told["bonded"]) == ([], bonded), f"{host.name} tells {told}")
    await lab.settle(IDLE_S)
    async with lab.phase("trusted", within=TRUST_S):
        await lab.together(
            lambda: alpha.airhail("trust", beta.name, user=None), lambda: beta.airhail("trust", alpha.name, user=None)
        )
    for host in lab.hosts:
        (peer,) = (await trusted(host))["peers"]
        expect(peer["id"] == ids[host], f"{host.name} trusts {peer}, and {ids[host]} was expected")


async def trusted(host: Host) -> dict[str, Any]:
    """Return what `airhail trust` tells."""
    told: dict[str, Any] = (await host.airhail("trust", "--json", user=None)).check().json
    return told


async def off_the_air(lab: Lab) -> bool | None:
    """Tell whether no host advertises any more for the act before; None while one does.

    Whoever hears the last of an old invitation calls, and until that is answered the bluetoothd that all hosts share
    sends the kernel nothing else (src/shared/mgmt.c, can_write_data), so the new invitation does not come.
    """
    for host in lab.hosts:
        manager = f"{NAME}.LEAdvertisingManager1"
        if await lab.bluetooth.bus.get(NAME, adapter_path(host), manager, "ActiveInstances"):
            return None
    return True


async def play(lab: Lab, act: Act) -> None:
    """Play an act, and see that both ends are told what they should be, and were shown the same digits."""
    alpha, beta = lab.hosts
    pairings = [await pair(alpha, *act.alpha.types), await pair(beta, *act.beta.types)]
    ends: dict[str, dict[str, Any]] = {}
    shown: set[str] = set()

    async def live(pairing: Pairing, person: Person) -> None:
        if "digits" in (asked := await pairing.until("compare")):
            shown.add(asked["digits"])
            if person.says:
                await pairing.say(person.says)
        ends[pairing.host.name] = await pairing.end()

    await lab.together(lambda: live(pairings[0], act.alpha), lambda: live(pairings[1], act.beta))
    expect(len(shown) <= 1, f"the two ends showed different digits: {shown}")
    for name, person in (("alpha", act.alpha), ("beta", act.beta)):
        end = ends[name]
        told = end.get("reason") or ("already" if end["already"] else "bonded")
        expect(told == person.told, f"{name} was told {told}, and {person.told} was expected: {end}")


async def lose(lab: Lab, host: Host) -> None:
    """Switch Bluetooth off in the middle, and see that it is said."""
    pairing = await pair(host)
    await lab.bluetooth.power(host, on=False)
    end = await pairing.end()
    expect(end["reason"] == "bluetooth-lost", f"{host.name} was told {end}")
    refused = await host.airhail("pair", user=None)
    expect(refused.status == 1 and "off" in refused.stderr, f"{refused}: {refused.stderr}")
