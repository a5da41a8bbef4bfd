"""airhail after a prelude: two people who want a link turn to it."""

from tests.lab.guest.lab import Lab
from tests.lab.guest.prelude import Wish
from tests.lab.guest.steps import exchange, grant


async def fulfil(lab: Lab, wish: Wish, within: float) -> None:
    """Let both people ask airhail for the link, and use it; raise `Failed` when either end has none in time.

    Phases: `linked` until both ends say that it is up.
    """
    async with lab.phase("linked"):
        links = await grant(lab, wish, within)
    await exchange(links)
