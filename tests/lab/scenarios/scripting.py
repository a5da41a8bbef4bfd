"""Other programs use a link: one that waits for it, and one that is called when it comes and goes.

Alpha has a hook, and its user (an ordinary one) has asked for a command on the link before anybody wished for it.

Phases: `peers`; `linked` from the first `airhail connect` until the command has run; `down` from the two `airhail
disconnect` until the hook was told.
"""

from tests.lab.guest import Lab, expect
from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.host import Host
from tests.lab.guest.steps import disconnect, link, see_each_other

HOSTS = ("alpha", "beta")
USER = "user"
FOLDER = "/home/user/.config/airhail/hooks.d"
HOOK = """#!/bin/sh
echo "$1 $AIRHAIL_PEER $AIRHAIL_PEER_ADDRESS $(id -un)"
"""
PING = 'ping -c 3 -I "$AIRHAIL_INTERFACE" "$AIRHAIL_PEER_ADDRESS" && echo "from $AIRHAIL_ADDRESS"; exit 7'
CALLED_S = 30.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    await install_hook(alpha)
    await lab.together(lambda: alpha.start_airhail(user=USER), lambda: beta.start_airhail(user=USER))
    await lab.settle()
    async with lab.phase("peers"):
        await see_each_other(lab, alpha, beta, USER)
    command = ("exec", "--for", "200", beta.address, "--", "sh", "-c", PING)
    running = await alpha.spawn("exec", *COMMAND, *command, user=USER)
    log = await alpha.spawn("hooks", *COMMAND, "inspect", "hooks", "--log", user=USER)
    async with lab.phase("linked"):
        links = await link(lab, alpha, beta, USER)
        await running.ended.wait()
    there = links[alpha]["peer_address"]
    expect(running.process.returncode == 7, f"exec ended with {running.process.returncode}: {running.tail()}")
    here = links[alpha]["addresses"][0].split("/")[0]
    expect(f"from {here}" in running.lines, f"the command was told another address than {here}: {running.tail()}")
    await log.line(lambda line: f"hook: up {beta.address} {there} user" in line, CALLED_S)
    async with lab.phase("down"):
        await lab.together(lambda: disconnect(alpha, beta, USER), lambda: disconnect(beta, alpha, USER))
        await log.line(lambda line: f"hook: down {beta.address} {there} user" in line, CALLED_S)


async def install_hook(host: Host) -> None:
    """Put the hook where its user keeps hooks."""
    (await host.run("mkdir", "-p", FOLDER, user=USER)).check()
    path = host.root / FOLDER[1:] / "hook"
    path.write_text(HOOK)
    path.chmod(0o755)
