"""Two people bond their hosts with `airhail pair`: refused, not answered, not found; then bonded, and bonded anew.

Phases: `bonded` from the second `airhail pair` until both ends have the bond, the answers included.
"""

from dataclasses import dataclass
from typing import Any

from tests.lab.guest import Bluetooth, Host, HostSpec, Lab, expect
from tests.lab.guest.pairing import Pairing, pair

HOSTS = (
    HostSpec("alpha", radios=(), network_manager=False),
    HostSpec("beta", radios=(), network_manager=False),
)
BLUETOOTH = Bluetooth()


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
    for act in ACTS:
        async with lab.phase(act.name):
            await play(lab, act)
    await lose(lab, beta)


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
