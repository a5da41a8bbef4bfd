"""`airhail trust` against a real connection: what is on disk counts, and what cannot be used is told loudly."""

import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trio

from airhail.actors.connection.trust.identity import FILE as IDENTITY_FILE
from airhail.actors.connection.trust.identity import load_identity, trust_id
from airhail.actors.connection.trust.store import TrustStore
from airhail.supervisor.exit_status import ExitStatus
from tests.system.dbus.private_bus import open_daemon
from tests.system.supervised.harness import ROOT
from tests.system.test_actors import LIMIT, House
from tests.unit.actors.connection.trust.hosts import BETA, MALLORY, peer

BETA_ID = trust_id(BETA.public)
HERE = "02:00:00:00:02:00"


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


class Host(House):
    """A house with one host's state, and its command line."""

    def __init__(self, folder: Path, bus: str) -> None:
        super().__init__(folder, bus)
        self.state = folder / "state"
        load_identity(self.state)
        TrustStore(self.state).save({BETA_ID: peer(BETA, "beta", HERE)})

    async def airhail(self, *arguments: str, stdin: bytes = b"") -> Said:
        with trio.fail_after(4 * LIMIT):
            done = await trio.run_process(
                [sys.executable, "-m", "airhail.supervisor", *arguments],
                cwd=ROOT,
                env={**os.environ, "AIRHAIL_RUNTIME_DIR": str(self.run)},
                stdin=stdin,
                capture_stdout=True,
                capture_stderr=True,
                check=False,
            )
        assert b"Traceback" not in done.stderr
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    async def told(self, *arguments: str) -> Any:
        return json.loads((await self.airhail(*arguments, "--json")).out)


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    async with open_daemon(tmp_path) as daemon:
        yield Host(tmp_path, daemon.address)


async def test_peers_are_listed_chosen_about_and_forgotten(host: Host) -> None:
    async with host.actor("connection"):
        said = await host.airhail("trust")
        assert said.status == ExitStatus.DONE
        assert said.out.splitlines()[1].split()[:3] == ["beta", BETA_ID, "ask"]
        assert f"this host is {trust_id(load_identity(host.state).public)}" in said.out
        said = await host.airhail("trust", "BETA", "--policy", "always")
        assert (said.status, said.out) == (0, f"beta ({BETA_ID}) is trusted; when it calls: always\n")
    async with host.actor("connection"):
        (kept,) = (await host.told("trust"))["peers"]
        assert kept["policy"] == "always"
        assert (await host.told("trust", HERE, "--policy", "never"))["policy"] == "never"
        said = await host.airhail("trust", "forget", BETA_ID)
        assert "no longer trusted" in said.out
        said = await host.airhail("trust", "forget", "beta")
        assert said.status == ExitStatus.NO_SUCH_PEER
        assert "nobody is trusted yet" in said.err
        assert "introduces two hosts" in (await host.airhail("trust")).out


@pytest.mark.parametrize(
    "words", [["a", "b"], ["forget"], ["forget", "beta", "--policy", "ask"], ["--policy", "ask"]]
)
async def test_what_makes_no_sense(host: Host, words: list[str]) -> None:
    assert (await host.airhail("trust", *words)).status == ExitStatus.USAGE


async def test_a_name_that_fits_several_is_refused(host: Host) -> None:
    TrustStore(host.state).save({BETA_ID: peer(BETA, "beta"), trust_id(MALLORY.public): peer(MALLORY, "Beta")})
    async with host.actor("connection"):
        said = await host.airhail("trust", "forget", "beta")
        assert said.status == ExitStatus.NO_SUCH_PEER
        assert BETA_ID in said.err


async def test_without_a_carrier_nobody_is_introduced(host: Host) -> None:
    async with host.actor("connection"):
        said = await host.airhail("trust", "gamma")
        assert said.status == ExitStatus.FAILED
        assert said.out.startswith("not trusted: not-introduced: ")


async def test_a_key_that_others_can_read_is_refused_loudly_and_kept(host: Host) -> None:
    (host.state / IDENTITY_FILE).chmod(0o644)
    before = (host.state / IDENTITY_FILE).read_bytes()
    async with host.actor("connection"):
        said = await host.airhail("trust")
        assert said.status == ExitStatus.FAILED
        assert said.out.startswith("problem: identity-unusable: ")
        assert "its mode is 0644: others can get at it" in said.out
        assert "chmod 600" in said.out
        assert (await host.airhail("trust", "gamma")).status == ExitStatus.FAILED
    assert (host.state / IDENTITY_FILE).read_bytes() == before


async def test_a_key_that_is_lost_is_given_up_by_forgetting_the_peers_that_knew_it(host: Host) -> None:
    lost = trust_id(load_identity(host.state).public)
    (host.state / IDENTITY_FILE).unlink()
    async with host.actor("connection"):
        said = await host.airhail("trust")
        assert said.status == ExitStatus.FAILED
        assert said.out.startswith("problem: identity-unusable: ")
        assert "airhail trust forget" in said.out
        assert BETA_ID in said.out, "whom to forget"
        assert (await host.airhail("trust", "gamma")).status == ExitStatus.FAILED
        assert (await host.airhail("trust", "forget", "beta")).status == ExitStatus.DONE
        said = await host.airhail("trust")
        assert said.status == ExitStatus.DONE
        made = trust_id(load_identity(host.state).public)
        assert made != lost
        assert f"this host is {made}" in said.out
