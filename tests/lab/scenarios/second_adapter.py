"""Alpha has two Wi-Fi adapters, of which one alone has a P2P engine: airhail uses that one.

NetworkManager shows a Wi-Fi Direct device for each, and takes a find on either, but only one will ever see a peer.

Phases: `peers`, `linked`, `down` as in first-link.
"""

from tests.lab.guest import HostSpec, Lab, Radio
from tests.lab.scenarios.first_link import story

HOSTS = (HostSpec("alpha", radios=(Radio(), Radio())), "beta")


async def scenario(lab: Lab) -> None:
    await story(lab, user=None)
