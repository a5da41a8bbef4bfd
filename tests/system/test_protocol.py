"""docs/protocol.md and docs/client.py against real actors."""

import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from airhail.ipc import limits
from airhail.ipc.errors import ErrorName
from tests.system.dbus.private_bus import open_daemon
from tests.system.test_actors import LIMIT, House

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "protocol.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the tables below a heading, without their heads."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = re.sub(r"^.*\n\|---.*$", "", section, flags=re.MULTILINE).splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


def names(heading: str) -> set[str]:
    return {row[0].strip("`") for row in rows(heading)}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_daemon(tmp_path) as daemon:
        yield House(tmp_path, daemon.address)


async def ask(socket: Path, *arguments: str) -> Any:
    """Run the client of the manual, with nothing of airhail on its path."""
    with trio.fail_after(LIMIT):
        done = await trio.run_process(
            [sys.executable, str(DOCS / "client.py"), str(socket), *arguments],
            capture_stdout=True,
            cwd="/",
            env={**os.environ, "PYTHONSAFEPATH": "1"},
        )
    return json.loads(done.stdout)


async def test_the_client_speaks_to_a_real_actor(house: House) -> None:
    async with house.actor("discovery"):
        socket = house.run / "discovery.sock"
        answer = await ask(socket, "inspect")
        assert (answer["type"], answer["id"]) == ("reply", 1)
        assert "find" in answer["result"]["state"]
        answer = await ask(socket, "log", '{"wait": 1.0}')
        assert "ready" in [item["text"] for item in answer["result"]["items"]]
        answer = await ask(socket, "borrow_air", '{"peer": 7}')
        assert (answer["type"], answer["name"]) == ("failure", "bad_arguments")


@pytest.mark.parametrize("actor", ["ble", "discovery", "lan", "connection", "liveness", "hooks"])
async def test_the_methods_are_those_there_are(house: House, actor: str) -> None:
    async with house.actor(actor):
        answer = await ask(house.run / f"{actor}.sock", "fly")
    offered = set(answer["sentence"].partition("it has: ")[2].split(", "))
    assert names("Methods of every process") | names(f"Methods of {actor}") == offered


def test_the_failures_are_the_closed_list() -> None:
    assert names("Failures") == {str(name) for name in ErrorName}


def test_the_limits_are_as_they_are() -> None:
    written = {row[0].strip("`"): row[1] for row in rows("Limits")}
    assert written == {name: str(getattr(limits, name)) for name in written}


def test_the_client_is_as_short_as_it_says() -> None:
    code = [line for line in (DOCS / "client.py").read_text().splitlines() if line and not line.startswith('"""')]
    assert len(code) <= int(re.findall(r"(\d+) lines of Python", TEXT)[0])
