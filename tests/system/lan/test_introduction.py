"""Two users introduce their hosts to each other: real connections, real carriers, the command at both ends."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trio

from airhail.actors.connection.trust.identity import FILE as IDENTITY_FILE
from airhail.supervisor.exit_status import ExitStatus
from tests.system.dbus.private_bus import open_daemon
from tests.system.lan.cables import switch, why_not
from tests.system.supervised.harness import ROOT
from tests.system.test_actors import LIMIT, House

pytestmark = pytest.mark.skipif(bool(reason := why_not()), reason=reason or "never")


class Host:
    """One host with a name, on the network, and its command line."""

    def __init__(self, folder: Path, bus: str, namespace: str, name: str) -> None:
        self.house = House(folder, bus)
        renamed = f'echo {name} >/proc/sys/kernel/hostname && exec "$@"'
        self.house.before = [
            "nsenter",
            f"--net=/run/netns/{namespace}",
            "unshare",
            "--uts",
            "sh",
            "-c",
            renamed,
            "sh",
        ]
        self.state = folder / "state"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.house.actor("lan"), self.house.actor("connection"):
            yield

    @asynccontextmanager
    async def trusts(self, *words: str) -> AsyncIterator[trio.Process]:
        """Run `airhail trust`."""
        process = await trio.lowlevel.open_process(
            [sys.executable, "-m", "airhail.supervisor", "trust", *words, "--json"],
            cwd=ROOT,
            env={**os.environ, "AIRHAIL_RUNTIME_DIR": str(self.house.run)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with process.stdin, process.stdout:
                yield process
        finally:
            if process.returncode is None:
                process.kill()
                with trio.CancelScope(shield=True):
                    await process.wait()

    async def trusted(self) -> list[dict[str, Any]]:
        async with self.house.client("connection") as client:
            peers: list[dict[str, Any]] = (await client.call("trusted", within=LIMIT))["peers"]
        return peers


@dataclass
class Two:
    alpha: Host
    beta: Host


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    with switch() as made:
        async with open_daemon(tmp_path) as daemon, AsyncExitStack() as running:
            hosts = [
                Host(tmp_path / name[0], daemon.address, made.plug(name, address), name)
                for name, address in (("alpha", "10.77.0.1"), ("beta", "10.77.0.2"))
            ]
            for host in hosts:
                await running.enter_async_context(host.running())
            yield Two(*hosts)


async def said(process: trio.Process) -> dict[str, Any]:
    """Return the next line that a command says."""
    assert process.stdout is not None
    line = b""
    with trio.fail_after(2 * LIMIT):
        while not line.endswith(b"\n"):
            more = await process.stdout.receive_some(1)
            assert more, "the command has ended"
            line += more
    told: dict[str, Any] = json.loads(line)
    return told


async def answer(process: trio.Process, word: str) -> None:
    assert process.stdin is not None
    await process.stdin.send_all(f"{word}\n".encode())


async def ended(process: trio.Process) -> int:
    with trio.fail_after(2 * LIMIT):
        return await process.wait()


async def test_two_users_compare_a_code_and_both_hosts_trust_each_other(two: Two) -> None:
    async with two.alpha.trusts("beta", "--policy", "always") as here, two.beta.trusts("ALPHA") as there:
        shown = await said(here), await said(there)
        assert shown[0]["code"] == shown[1]["code"]
        assert [one["name"] for one in shown] == ["beta", "alpha"]
        for process in (here, there):
            await answer(process, "yse")  # is no answer, and asked again
            await answer(process, "yes")
        assert (await said(here))["policy"] == "always"
        assert (await said(there))["policy"] == "ask"
        assert (await ended(here), await ended(there)) == (ExitStatus.DONE, ExitStatus.DONE)
    (beta,), (alpha,) = await two.alpha.trusted(), await two.beta.trusted()
    assert (beta["name"], alpha["name"]) == ("beta", "alpha")
    assert beta["key"] == json.loads((two.beta.state / IDENTITY_FILE).read_bytes())["public"]
    assert alpha["key"] == json.loads((two.alpha.state / IDENTITY_FILE).read_bytes())["public"]


async def test_a_user_who_sees_another_code_ends_it_for_both(two: Two) -> None:
    async with two.alpha.trusts("beta") as here, two.beta.trusts("alpha") as there:
        await said(here)
        await said(there)
        await answer(here, "yes")
        await answer(there, "no")
        for process in (here, there):
            assert (await said(process))["problem"]["reason"] == "codes-not-confirmed"
            assert await ended(process) == ExitStatus.FAILED
    assert await two.alpha.trusted() == await two.beta.trusted() == []


async def test_somebody_else_than_was_meant_is_not_trusted(two: Two) -> None:
    async with two.alpha.trusts("gamma") as here, two.beta.trusts("alpha") as there:
        await said(there)
        await answer(there, "yes")
        assert await ended(here) == ExitStatus.NO_SUCH_PEER
        assert (await said(there))["problem"]["reason"] == "codes-not-confirmed"
    assert await two.alpha.trusted() == await two.beta.trusted() == []
