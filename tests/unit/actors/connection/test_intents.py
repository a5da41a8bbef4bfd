"""The intents on a real disk: whole or not at all, and nothing lost that a person might want back."""

import os
from pathlib import Path

import pytest

from airhail.actors.connection.intents import MAX_BYTES, Intent, IntentStore

BETA = Intent("42:00:00:00:01:00", "beta")
GAMMA = Intent("42:00:00:00:02:00")


def store(folder: Path) -> IntentStore:
    opened = IntentStore(folder)
    opened.load()
    return opened


def test_intents_outlive_the_process(tmp_path: Path) -> None:
    first = store(tmp_path / "new" / "folder")
    first.add(BETA)
    first.add(GAMMA)
    first.remove(BETA.peer)
    first.remove("42:00:00:00:09:00")
    assert IntentStore(tmp_path / "new" / "folder").load() == [GAMMA]


def test_only_its_owner_can_read_the_folder_it_makes(tmp_path: Path) -> None:
    store(tmp_path / "state").add(BETA)
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b'{"version": 2, "intents": []}',
        b'{"version": 1, "intents": [{"peer": 7}]}',
        b'{"version": 1, "intents": [{"peer": "AA:BB:CC:DD:EE:FF"}]}',
        b"\xff\xfe",
        b" " * (MAX_BYTES + 1),
    ],
    ids=["empty", "torn", "newer", "schema", "address", "encoding", "huge"],
)
def test_a_file_that_cannot_be_read_is_kept_aside(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "intents.json").write_bytes(content)
    again = IntentStore(tmp_path)
    assert again.load() == []
    assert (tmp_path / "intents.unreadable").read_bytes() == content
    assert "connect again" in caplog.text
    again.add(BETA)
    assert IntentStore(tmp_path).load() == [BETA]


def test_a_write_that_fails_leaves_the_old_file_and_the_old_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = store(tmp_path)
    opened.add(BETA)

    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            opened.add(GAMMA)
    assert IntentStore(tmp_path).load() == [BETA]
    opened.add(GAMMA)
    assert IntentStore(tmp_path).load() == [BETA, GAMMA]


def test_a_peers_own_wish_neither_replaces_nor_takes_away_the_users(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.invite(GAMMA.peer, "gamma")
    assert store(tmp_path).load() == [Intent(GAMMA.peer, "gamma", invited=True)]
    kept.uninvite(GAMMA.peer)
    kept.add(BETA)
    kept.invite(BETA.peer, "other")
    kept.uninvite(BETA.peer)
    assert store(tmp_path).load() == [BETA]
