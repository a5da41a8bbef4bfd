"""What befalls two linked hosts in the other scenarios on liveness, without it: when does NetworkManager notice?

The seed chooses what happens. `facts` tells what it was, and how many seconds NetworkManager took at each end that
was left to notice, or `never` after a minute.

Phases: `noticed` from that moment until then.
"""

from tests.lab.guest import Lab
from tests.lab.guest.judging import die, link_quietly, lose_one_way, lose_radio, networkmanager_notices, suspend

AIR = True
HOSTS = ("alpha", "beta")
# Who is left to notice is the other end alone where the victim cannot.
FAULTS = {
    "radio-loss": (lose_radio, 2),
    "one-way": (lose_one_way, 2),
    "peer-killed": (die, 1),
    "peer-suspended": (suspend, 1),
}


async def scenario(lab: Lab) -> None:
    victim, other = lab.random.sample(lab.hosts, 2)
    name = lab.random.choice(sorted(FAULTS))
    fault, left = FAULTS[name]
    await link_quietly(lab, victim, other)
    lab.facts["fault"] = name
    await networkmanager_notices(lab, fault, victim, *(other, victim)[:left])
