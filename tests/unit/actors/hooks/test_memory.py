"""What was told outlives the actor."""

from pathlib import Path

import pytest

from airhail.actors.hooks import memory
from airhail.actors.hooks.events import Moment, Standing
from airhail.actors.hooks.shell import standings
from airhail.actors.hooks.state import Told, Word

PEER = "02:00:00:00:00:01"


def test_only_what_was_told_to_the_end_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "hooks.json"
    assert memory.load(path) == {}
    up, down = Word(Moment.UP, {"A": "b"}), Word(Moment.DOWN)
    memory.write(path, {PEER: Told(last=up, now=down), "02:00:00:00:00:02": Told(now=up)})
    assert memory.load(path) == {PEER: Told(last=up)}


@pytest.mark.parametrize("content", ["", "{", '{"version": 2, "links": {}}', '{"version": 1, "links": {"a": 1}}'])
def test_a_file_that_cannot_be_read_is_forgotten(tmp_path: Path, content: str) -> None:
    path = tmp_path / "hooks.json"
    path.write_text(content)
    assert memory.load(path) == {}


def test_two_documents_make_one_standing() -> None:
    link = {"peer": PEER, "phase": "up", "interface": "p2p-0"}
    facts = {"AIRHAIL_PEER": PEER, "AIRHAIL_INTERFACE": "p2p-0"}
    connection = {"links": {PEER: link}}
    assert standings(None, None) is None
    assert standings(connection, None) == {PEER: Standing(up=True, facts=facts)}
    assert standings(connection, {"links": {}}) == {PEER: Standing(up=True, judged=True, facts=facts)}
    before = {"links": {PEER: {"interface": "p2p-7", "verdict": "dead"}}}
    assert standings(connection, before) == {PEER: Standing(up=True, judged=True, facts=facts)}
    judged = {"links": {PEER: {"interface": "p2p-0", "verdict": "suspect", "finding": "one-way"}}}
    facts |= {"AIRHAIL_VERDICT": "suspect", "AIRHAIL_FINDING": "one-way"}
    assert standings(connection, judged) == {PEER: Standing(up=True, judged=True, verdict="suspect", facts=facts)}
