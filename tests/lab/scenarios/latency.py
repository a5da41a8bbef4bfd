"""The client's power save and the round trips: what airhail sets, and what that changes in this air.

The owner pings its client with power save off, as airhail has set it, and on. The facts have p50 and p99 of each in
milliseconds, and their ratios.

The ratios are 1, and say only that nothing else gets in the way: a client of mac80211_hwsim tells its owner nothing
of power save, so nothing waits for a beacon. What its debugfs file `hwsim/ps` does instead (tried: 2, "auto-poll") is
to tell the owner and never fetch a frame: 1 ping of 100 was answered. What dozing costs, only hardware can show.

Phases: `peers`; `linked`; `awake`, from power save on to airhail's having switched it off; `quick` and `dozing`.
"""

import json
import re
import time

from tests.lab.guest import Lab, expect
from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.failure import Failed
from tests.lab.guest.host import Host
from tests.lab.guest.medium import Path
from tests.lab.guest.pinging import EVERY_S, outside, scans_of
from tests.lab.guest.steps import link, see_each_other

AIR = True
HOSTS = ("alpha", "beta")
# In virtual time nothing else takes any: a frame's way through the air, with the wait for a free channel.
WAY = Path(delay=0.001)
# Ten a second: a little more often than there are beacons, so that they fall everywhere between two of them.
PINGS, ROUNDS, WANTED = 25, 24, 75
TOLD = re.compile(r"icmp_seq=(\d+) .* time=([0-9.]+) ms")
# airhail looks at the radio every 10 s.
AWAKE_S = 15.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    await lab.settle()
    async with lab.phase("peers"):
        await see_each_other(lab, alpha, beta)
    async with lab.phase("linked"):
        links = await link(lab, alpha, beta)
    lab.air.between(alpha, beta, WAY)
    client, owner = (alpha, beta) if links[alpha]["role"] == "client" else (beta, alpha)
    target, interface = links[owner]["peer_address"], links[client]["interface"]
    async with lab.phase("awake"):
        # The simulation does not begin with it, as laptops do.
        await lab.together(lambda: until_awake(client, owner), lambda: client_dozes(client, interface))
    expect(await power_save(client, interface) == "off", f"{client.name}: airhail says off, the kernel says on")
    async with lab.phase("quick"):
        quick = await round_trips(owner, client, target)
    async with lab.phase("dozing"):
        # What a person sets after airhail did, airhail leaves alone.
        await client_dozes(client, interface)
        dozing = await round_trips(owner, client, target)
    expect(await power_save(client, interface) == "on", f"{client.name}: airhail did not leave it alone")
    for name, off, on in zip(("p50", "p99"), quick, dozing, strict=True):
        lab.facts[name] = {"off_ms": off, "on_ms": on, "ratio": round(on / off, 2)}


async def client_dozes(client: Host, interface: str) -> None:
    """Switch the interface's power save on, as most drivers do by themselves."""
    (await client.run("iw", "dev", interface, "set", "power_save", "on")).check()


async def power_save(host: Host, interface: str) -> str:
    """Return what the kernel says of an interface's power save, "on" or "off"."""
    told = (await host.run("iw", "dev", interface, "get", "power_save")).check().stdout
    return told.strip().removeprefix("Power save: ")


async def until_awake(host: Host, other: Host) -> None:
    """Watch `airhail link` until it has seen power save on, and then off again."""
    seen: list[bool] = []

    def tells(line: str) -> bool:
        told = json.loads(line).get("radio", {}).get("power_save") if line.startswith("{") else None
        if told is not None:
            seen.append(told)
        return True in seen and not seen[-1]

    watching = await host.spawn("link", *COMMAND, "link", other.address, "--watch", "--json")
    await watching.line(tells, AWAKE_S)
    await watching.stop()


async def round_trips(host: Host, other: Host, target: str) -> tuple[float, float]:
    """Ping until `WANTED` were answered that no scan can have touched; return their p50 and p99 in milliseconds."""
    times: list[float] = []
    for _ in range(ROUNDS):
        begun = time.time()
        done = await host.run("ping", "-i", str(EVERY_S), "-c", str(PINGS), target)
        scans = [*scans_of(host, time.time()), *scans_of(other, time.time())]
        judged = set(outside(PINGS, begun, scans))
        times += [float(took) for number, took in TOLD.findall(done.stdout) if int(number) in judged]
        if len(times) >= WANTED:
            times.sort()
            return times[len(times) // 2], times[len(times) * 99 // 100]
    raise Failed(f"{host.name}: of {ROUNDS * PINGS} pings {len(times)} were answered while nobody scanned")
