"""Two hosts want a link while random faults befall both, alone and overlapping; then they are left in peace.

What happens, where, when and for how long, the seed says (`tests/lab/faults.py`). All along an onlooker at each end
compares what is published with what the kernels show.

What must hold: left in peace, both are linked again and a datagram passes both ways; nothing that was published was
false for longer than airhail needs to know better; and after both have withdrawn the wish nothing is left of it.

Phases: `linked` the first time, undisturbed; `faults` all rounds; `recovered` from the end of the last fault until
the link is up at both ends and carries datagrams; `down` until both wishes are withdrawn.
Facts: `faults`, and those `missed` for want of a process that they mean; `rungs` (as used, by host), `last_link_s`
(what `recovered` took), `false` (what was, in words).
"""

from functools import partial

import trio

from tests.lab.faults import plan
from tests.lab.guest import Failed, Lab, expect
from tests.lab.guest.faults import befall
from tests.lab.guest.holdings import holdings
from tests.lab.guest.onlooker import Onlooker
from tests.lab.guest.steps import disconnect, exchange, link, see_each_other
from tests.lab.truth import Judge

AIR = True
HOSTS = ("alpha", "beta")
ROUNDS = 6
# The rounds' own pauses and faults, each at its longest.
FAULTS_S = ROUNDS * 240.0
# Several attempts of 20 s, rungs that cost up to 85 s each, and pauses of up to a minute between.
RECOVERED_S = 240.0
LOOK_S = 1.0
# The find goes on for half a minute after the last one who looked; rungs and volatile profiles end sooner.
QUIET_S = 60.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    ends = (Onlooker(alpha, beta), Onlooker(beta, alpha))
    wrong = []
    async with trio.open_nursery() as nursery:
        for end in ends:
            nursery.start_soon(end.watch)
        nursery.start_soon(judge, lab, ends)
        try:
            await story(lab, ends)
        except Failed as failure:
            wrong.append(str(failure))
        nursery.cancel_scope.cancel()
    lab.facts["false"] = [f"{end.host.name} {falsehood}" for end in ends for falsehood in end.falsehoods]
    expect(not wrong + lab.facts["false"], "; ".join(wrong + lab.facts["false"]))


async def story(lab: Lab, ends: tuple[Onlooker, Onlooker]) -> None:
    alpha, beta = lab.hosts
    await lab.settle()
    before = [await holdings(host) for host in lab.hosts]
    lab.note(f"airhail holds {before}")
    await see_each_other(lab, alpha, beta)
    async with lab.phase("linked"):
        await exchange(await link(lab, alpha, beta))
    for end in ends:
        end.wanted = True
    told = lab.facts["faults"] = []
    lab.facts["missed"] = []
    async with lab.phase("faults", within=FAULTS_S):
        for number, round_ in enumerate(plan(lab.random, ROUNDS), 1):
            await trio.sleep(round_.pause)
            await lab.together(*(partial(befall, lab, fault, ends[fault.host], number) for fault in round_.faults))
    await recovered(lab, ends)
    for end in ends:
        end.wanted = False
    async with lab.phase("down"):
        await lab.together(lambda: disconnect(alpha, beta), lambda: disconnect(beta, alpha))
    await trio.sleep(QUIET_S)
    for host, earlier in zip(lab.hosts, before, strict=True):
        leaked = (await holdings(host)).beyond(earlier)
        expect(not leaked, f"{host.name}: {'; '.join(leaked)}; after {', '.join(told)}")


async def recovered(lab: Lab, ends: tuple[Onlooker, Onlooker]) -> None:
    """Wait until both ends say that the link is up, and it is."""
    start = trio.current_time()
    last = "nobody says that it is up"
    try:
        async with lab.phase("recovered", within=RECOVERED_S):
            while True:
                if ends[0].up and ends[1].up:
                    try:
                        await exchange({end.host: dict(end.told or {}) for end in ends})
                        break
                    except Failed as failure:
                        # Up at an owner whose client is gone, or fallen in the middle of it.
                        last = str(failure)
                        lab.note(f"not yet: {failure}")
                await trio.sleep(LOOK_S)
    except Failed as failure:
        says = "; ".join(f"{end.host.name} says {end.told}" for end in ends)
        faults = ", ".join(lab.facts["faults"])
        raise Failed(f"{failure}: {last}; {says}; after {faults}") from None
    lab.facts["last_link_s"] = round(trio.current_time() - start, 1)


async def judge(lab: Lab, ends: tuple[Onlooker, Onlooker]) -> None:
    """Compare every second what each end publishes with what the kernels show."""
    judges = [Judge(), Judge()]
    while True:
        now = trio.current_time()
        for which, (own, other) in enumerate((ends, ends[::-1])):
            judges[which], false = judges[which].step(own.sight, other.sight, now)
            for falsehood in false:
                lab.note(f"FALSE: {own.host.name} {falsehood}: {own.told}")
                last = (lab.facts.get("faults") or ["nothing"])[-1]
                own.falsehoods.append(f"{falsehood}, after {last}: {own.told}")
        await trio.sleep(LOOK_S)
