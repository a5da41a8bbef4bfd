"""`airhail pair` in a host, as a person runs it: what it tells, and what the person says to that."""

import json
from typing import Any

from tests.lab.guest.airhail import COMMAND
from tests.lab.guest.host import Host
from tests.lab.guest.processes import Daemon

# Both ends of a pairing give up by themselves within a minute; only the window may be longer.
STEP_S = 130.0
# The shell holds both ends of the pipe open, so that no word is lost and there is no end of input.
LISTENING = 'rm -f "$0"; mkfifo "$0"; exec 3<>"$0"; exec "$@" <&3'


class Pairing:
    """One run of the command."""

    def __init__(self, host: Host, command: Daemon, voice: str) -> None:
        self.host = host
        self.command = command
        self._voice = voice

    async def until(self, *steps: str) -> dict[str, Any]:
        """Wait until it tells one of these steps, or that it is over; return what it told."""

        def told(line: str) -> bool:
            return line.startswith("{") and json.loads(line)["step"] in (*steps, "over")

        step: dict[str, Any] = json.loads(await self.command.line(told, STEP_S))
        return step

    async def introduced(self) -> dict[str, Any]:
        """Wait for the last word, which tells of trust; return it."""
        told: dict[str, Any] = json.loads(await self.command.line(lambda line: '"introduced"' in line, STEP_S))
        await self.command.ended.wait()
        return told

    async def say(self, word: str) -> None:
        """Type a line, whether it is still asked for or not."""
        (await self.host.run("sh", "-c", f"echo {word} 1<>{self._voice}")).check()

    async def end(self) -> dict[str, Any]:
        """Wait for its end; return what it told last."""
        outcome = await self.until()
        await self.command.ended.wait()
        return outcome


async def pair(host: Host, *arguments: str, user: str | None = None) -> Pairing:
    """Run `airhail pair`; return when it is looking for the other device, or is already further."""
    argv = (*COMMAND, "pair", *arguments, "--json")
    voice = f"/run/user/{user}/pair" if user else "/run/lab/pair"
    command = await host.spawn("pair", "sh", "-c", LISTENING, voice, *argv, user=user)
    await command.line(lambda line: line.startswith("{") and json.loads(line)["step"] != "starting", STEP_S)
    return Pairing(host, command, voice)
