"""The first link as an ordinary desktop user: no word from wpa_supplicant, only what NetworkManager offers.

Phases: as in first-link.
"""

from tests.lab.guest import Lab
from tests.lab.scenarios import first_link

HOSTS = first_link.HOSTS


async def scenario(lab: Lab) -> None:
    await first_link.story(lab, user="user")
