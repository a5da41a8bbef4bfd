"""One of two linked hosts stands still for a second, which the link survives; then it is suspended for a while.

The other end finds the link dead within 2 s of the suspension. Awake again, they link by themselves.

Phases: `dead` from the suspension until the other end has said so; `again` from the waking until both are linked.
"""

import trio

from tests.lab.guest import Lab, expect
from tests.lab.guest.judging import Ear, expect_finding, healed, linked, measure, resume, suspend

AIR = True
HOSTS = ("alpha", "beta")
SHORT_S = 1.0
# By then it would have been said.
AFTER_S = 5.0


async def scenario(lab: Lab) -> None:
    victim, other = lab.random.sample(lab.hosts, 2)
    await linked(lab, victim, other)
    ears = [Ear(victim), Ear(other)]
    victim.freeze("python3")
    await trio.sleep(SHORT_S)
    victim.thaw("python3")
    await trio.sleep(AFTER_S)
    for ear in ears:
        expect("dead" not in ear.verdicts, f"{ear.host.name}: a pause of {SHORT_S:g} s has killed the link")
    said = await measure(lab, suspend, victim, other)
    expect_finding(said[other.name], "peer-silent", "peer-left")
    await lab.pause(5.0, 60.0)
    await resume(lab, victim, other)
    await healed(lab, victim, other)
