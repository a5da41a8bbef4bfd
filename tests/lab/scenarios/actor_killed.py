"""A link is up; actors of one host are killed in turn, then its supervisor, which is started again. Ping goes on.

Which actors, the seed says; over the seeds each has its turn. After each kill `airhail status` and `airhail peers`
tell the truth again within seconds: the same link, adopted.

Phases: the name of each, from its kill until it serves again and the link is told of as before.
"""

import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

import trio

from tests.lab.guest import Failed, Host, Lab, expect
from tests.lab.guest.pinging import keep_pinging
from tests.lab.guest.steps import TRUTH_S, Links, link, link_in, see_each_other, status

HOSTS = ("alpha", "beta")
# An actor whose parent is gone sees the end of its lifeline at once; this leaves it room to say goodbye.
ORPHANS_S = 5.0
TRIES = 8
# So many actors in one run: the tests, which play one of each scenario, have twenty minutes.
KILLED = 3


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    await see_each_other(lab, alpha, beta)
    links = await link(lab, alpha, beta)
    target = links[alpha]["peer_address"]
    actors = await pids(alpha)
    for actor in lab.random.sample(sorted(actors), KILLED):
        await lab.together(
            partial(keep_pinging, alpha, beta, target, 6), partial(kill_actor, lab, actor, actors[actor], links)
        )
    await lab.together(partial(keep_pinging, alpha, beta, target, 20), partial(kill_supervisor, lab, links))


async def kill_actor(lab: Lab, actor: str, pid: int, links: Links) -> None:
    alpha, beta = lab.hosts
    await lab.pause(0.5, 2.0)
    async with lab.phase(actor, within=2 * TRUTH_S):
        os.kill(pid, signal.SIGKILL)
        told = (await until_true(alpha, beta, links, restarted=actor))[actor]
    expect(told["restarts"] == 1, f"{actor} was restarted {told['restarts']} times")
    expect("SIGKILL" in told["last_exit"], f"{actor}'s last exit is told as {told['last_exit']!r}")


async def kill_supervisor(lab: Lab, links: Links) -> None:
    alpha, beta = lab.hosts
    await lab.pause(0.5, 2.0)
    orphans = await pids(alpha)
    async with lab.phase("supervisor", within=2 * TRUTH_S + ORPHANS_S):
        os.kill((await status(alpha))["supervisor"]["pid"], signal.SIGKILL)
        await trio.sleep(ORPHANS_S)
        for actor, pid in orphans.items():
            expect(not runs(pid), f"{actor} outlived its supervisor by {ORPHANS_S:g} s")
        await alpha.start_airhail(user=None)
        await until_true(alpha, beta, links)


async def pids(host: Host) -> dict[str, int]:
    """Ask which process each actor is."""
    actors = (await status(host))["supervisor"]["actors"]
    return {actor: told["pid"] for actor, told in actors.items()}


def runs(pid: int) -> bool:
    """Tell whether the process is there; a zombie is not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


async def until_true(host: Host, other: Host, links: Links, restarted: str = "") -> dict[str, Any]:
    """Ask every second until every actor serves, and status and peers tell of the link and the peer as they are.

    An actor that was *restarted* has to be told as such. Return all actors as they are told.
    """
    for _ in range(TRIES):
        told = await status(host)
        actors: dict[str, Any] = told["supervisor"]["actors"]
        shown = link_in(told, other)
        peers = (await host.airhail("peers", "--json", user=None)).json["peers"]
        serve = all(one["state"] == "RUNNING" for one in actors.values())
        again = not restarted or actors[restarted]["restarts"] > 0
        same = shown.get("phase") == "up" and shown.get("peer_address") == links[host]["peer_address"]
        if serve and again and same and any(peer["address"] == other.address and peer["present"] for peer in peers):
            return actors
        await trio.sleep(1.0)
    raise Failed(f"{host.name}: status tells {told}, peers tells {peers}; the link was {links[host]}")
