"""Both ends try alone by hand and time out, first the one, then the other; then both want the link with airhail.

Each lone attempt leaves its mark at the end that was called (wpa_supplicant forgets nothing by itself), so now both
carry one, and may refuse each other for ever.

Phases: `linked` from the moment both people want the link until both ends say that it is up.
"""

from tests.lab.guest import Lab
from tests.lab.guest.steps import LINK_S
from tests.lab.scenarios import hard_seeds

HOSTS = hard_seeds.HOSTS
TIERS = True


async def scenario(lab: Lab) -> None:
    await hard_seeds.story(lab, "both-alone", LINK_S)
