"""One end tries alone by hand and times out after NetworkManager's 45 s; then both want the link with airhail.

Phases: `linked` from the moment both people want the link until both ends say that it is up.
"""

from tests.lab.guest import Lab
from tests.lab.guest.steps import LINK_S
from tests.lab.scenarios import hard_seeds

HOSTS = hard_seeds.HOSTS
TIERS = True


async def scenario(lab: Lab) -> None:
    await hard_seeds.story(lab, "one-alone", LINK_S)
