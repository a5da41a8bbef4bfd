"""Alpha and beta are each on an access point of their own, on different channels; their link disturbs neither.

Beta's radio can be on one channel at a time, so the link is on beta's; alpha's can be on two.

Phases: `joined` until both are in their networks; `peers`, `linked` and `down` as in first-link.
"""

from tests.lab.guest import HostSpec, Lab, Radio
from tests.lab.guest.accesspoint import guard, join, serve
from tests.lab.guest.steps import disconnect, exchange, link, see_each_other

PACKAGES = ("hostapd",)
HOSTS = (
    HostSpec("alpha", radios=(Radio(channels=2),)),
    "beta",
    HostSpec("home", network_manager=False),
    HostSpec("work", network_manager=False),
)


async def scenario(lab: Lab) -> None:
    alpha, beta, home, work = lab.hosts
    near, far = lab.random.sample((1, 6, 11), 2)
    lab.note(f"alpha is on channel {near}, beta on channel {far}")
    await serve(home, near)
    await serve(work, far)
    async with lab.phase("joined"):
        await join(alpha, home)
        await join(beta, work)
    guards = [await guard(host) for host in (alpha, beta)]
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    async with lab.phase("peers"):
        await see_each_other(lab, alpha, beta)
    async with lab.phase("linked"):
        links = await link(lab, alpha, beta)
    await exchange(links)
    async with lab.phase("down"):
        await lab.together(lambda: disconnect(alpha, beta), lambda: disconnect(beta, alpha))
    for guarded in guards:
        await guarded.undisturbed(lab)
