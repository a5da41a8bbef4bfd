"""airhail in a host: its command, and its daemon with the readiness it announces."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import trio

from tests.lab.guest.failure import Failed
from tests.lab.guest.processes import Completed, Daemon
from tests.lab.guest.readiness import listening

if TYPE_CHECKING:
    from tests.lab.guest.host import Host

COMMAND = ("python3", "-m", "airhail.supervisor")
# Where airhail keeps its history when it runs as root, and when it runs as the person at the keyboard.
HISTORIES = ("var/lib/airhail/history.json", "home/user/.local/state/airhail/history.json")
# Virtual: every process starts in no time, so a minute is only reached by one that waits for what never comes.
READY_S = 60.0


class Airhail:
    """airhail as it runs in one host."""

    def __init__(self, host: "Host") -> None:
        self.host = host
        self.daemon: Daemon | None = None
        self.user: str | None = None
        """Who started it last: only that user's commands find it. None: root."""

    def configure(self, text: str, folder: str = "etc/airhail") -> None:
        """Write what airhail reads at its next start; *folder* in the host is where."""
        (self.host.root / folder).mkdir(parents=True, exist_ok=True)
        (self.host.root / folder / "airhail.toml").write_text(text)

    async def command(self, *argv: str, user: str | None, timeout: float) -> Completed:
        """Run `airhail ARGV...` in the host."""
        return await self.host.run(*COMMAND, *argv, user=user, timeout=timeout)

    async def start(self, user: str | None, groups: Sequence[str]) -> Daemon:
        """Start `airhail run`; return when it has said READY=1 (sd_notify(3)), raise `Failed` when it does not."""
        inside = "/run/lab/notify"
        async with listening(self.host.root / inside[1:]) as readiness:
            daemon = await self.host.spawn(
                "airhail", *COMMAND, "run", user=user, groups=groups, env={"NOTIFY_SOCKET": inside}
            )
            self.daemon, self.user = daemon, user
            with trio.move_on_after(READY_S):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._fail_when_ended, daemon)
                    await readiness.said()
                    nursery.cancel_scope.cancel()
                return daemon
        raise Failed(f"{self.host.name}: airhail was not ready within {READY_S:g} s: {daemon.tail()}")

    async def stop(self) -> int:
        """Stop the daemon (SIGTERM); return its exit status."""
        if self.daemon is None:
            raise Failed(f"{self.host.name}: airhail was never started here")
        return await self.daemon.stop()

    def rungs(self) -> list[str]:
        """List the rungs that were used in this host so far, each with what came of it, from airhail's history."""
        kept = (self.host.root / path for path in HISTORIES)
        lines = [line for path in kept if path.exists() for line in json.loads(path.read_text())["lines"]]
        ended = (line for line in lines if line["rung"] and line["outcome"] != "begun")
        return [f"{self.host.name} {line['rung']} {line['outcome']}" for line in ended]

    async def _fail_when_ended(self, daemon: Daemon) -> None:
        await daemon.ended.wait()
        status = daemon.process.returncode
        raise Failed(f"{self.host.name}: airhail ended before it was ready (exit {status}): {daemon.tail()}")
