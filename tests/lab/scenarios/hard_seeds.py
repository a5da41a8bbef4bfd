"""Airhail links where the plain recipe fails: in every world of the hunt's corpus (hard-seeds.json).

What happened before is done by hand; then both people turn to airhail. The hunt plays this very file, and so the same
world, and goes on with the recipe instead. The job says which, and the case.

Phases: `linked` from the moment both people want the link until both ends say that it is up.
"""

import importlib

from tests.lab.cases import LIMIT_S
from tests.lab.guest import Lab
from tests.lab.guest.prelude import prelude

HOSTS = ("alpha", "beta")
TIERS = True
CORPUS = True


async def scenario(lab: Lab) -> None:
    await story(lab, lab.parameters["case"], LIMIT_S)


async def story(lab: Lab, case: str, within: float) -> None:
    wish = await prelude(lab, case)
    # Only now: what is read before the prelude makes another world of it, and these change with airhail.
    module = importlib.import_module(f"tests.lab.guest.{lab.parameters.get('by', 'relief')}")
    await module.fulfil(lab, wish, within)
