"""Of two linked hosts one does not hear the other any more, which goes on hearing it.

Both ends find the link dead: one because nothing comes, the other because what comes tells that nothing arrives.

Phases: `dead` from that moment until both ends have said so; `again` from the return until both are linked again.
"""

from tests.lab.guest import Lab, expect
from tests.lab.guest.judging import healed, linked, lose_one_way, measure
from tests.lab.guest.medium import CLEAR

AIR = True
HEARD_OF_IT = ("peer-left", "SUPPLICANT_DISCONNECT")
HOSTS = ("alpha", "beta")


async def scenario(lab: Lab) -> None:
    deaf, heard = lab.random.sample(lab.hosts, 2)
    await linked(lab, deaf, heard)
    said = await measure(lab, lose_one_way, deaf, deaf, heard)
    # Who finds it dead first takes it down, which the other may hear.
    expect({one.finding for one in said.values()} <= {"one-way", "peer-silent", *HEARD_OF_IT}, f"found {said}")
    await lab.pause(5.0, 40.0)
    lab.air.between(deaf, heard, CLEAR)
    await healed(lab, deaf, heard)
