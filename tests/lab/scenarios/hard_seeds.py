"""Airhail links where the plain recipe fails: in every world of the hunt's corpus (hard-seeds.json).

What happened before is done by hand, as in the hunt; then both people turn to airhail. The job says which case.

Phases: `linked` from the moment both people want the link until both ends say that it is up.
"""

from tests.lab.cases import LIMIT_S
from tests.lab.guest import Lab
from tests.lab.guest.prelude import prelude
from tests.lab.guest.steps import exchange, grant

HOSTS = ("alpha", "beta")
TIERS = True
CORPUS = True


async def scenario(lab: Lab) -> None:
    await story(lab, lab.parameters["case"], LIMIT_S)


async def story(lab: Lab, case: str, within: float) -> None:
    wish = await prelude(lab, case)
    async with lab.phase("linked"):
        links = await grant(lab, wish, within)
    await exchange(links)
