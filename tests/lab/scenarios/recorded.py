"""A first link and the end of an actor are recorded, in disguise, and replayed: all is decided again as it was.

Phases: `linked` from the first `airhail connect` until both say that the link is up; `replayed` for all replays.
"""

import os
import signal

from tests.lab.guest import Lab, expect
from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.steps import disconnect, link, see_each_other, status

HOSTS = ("alpha", "beta")
ACTORS = ("supervisor", "discovery", "connection")
# All that it takes is one answer over a socket.
BEGIN_S = 10.0
# The supervisor starts an actor again within milliseconds, and the recorder asks for it ten times a second.
AGAIN_S = 10.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await lab.together(lambda: alpha.start_airhail(user=None), lambda: beta.start_airhail(user=None))
    files = {actor: f"{alpha.logs}/first-link-{actor}" for actor in ACTORS}
    recorders = {}
    for actor, file in files.items():
        argv = (*COMMAND, "record", actor, "--hash-addresses", "--output", file)
        recorder = await alpha.spawn(f"record-{actor}", *argv)
        await recorder.line(lambda line: "recording begins" in line, BEGIN_S)
        recorders[actor] = recorder
    await lab.settle()
    await see_each_other(lab, alpha, beta)
    async with lab.phase("linked"):
        await link(lab, alpha, beta)
    await lab.together(lambda: disconnect(alpha, beta), lambda: disconnect(beta, alpha))
    # Not by name: the recorder has it among its arguments.
    os.kill((await status(alpha))["supervisor"]["actors"]["discovery"]["pid"], signal.SIGKILL)
    await recorders["discovery"].line(lambda line: "it was started again" in line, AGAIN_S)
    (await alpha.airhail("status", "--wait", user=None)).check()
    for recorder in recorders.values():
        expect(await recorder.stop() == 0, f"alpha: {recorder.tail()}")
    async with lab.phase("replayed"):
        for actor, file in files.items():
            replayed = await alpha.airhail("replay", file, user=None)
            last = replayed.stdout.splitlines()[-1:]
            expect(replayed.status == 0, f"alpha: {actor}: {last} {replayed.stderr}")
            lab.note(f"{actor}: {last}")
