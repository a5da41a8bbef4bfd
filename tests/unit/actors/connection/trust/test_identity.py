"""The key of a host on a real disk: made once, for its owner alone, and never replaced."""

import json
import os
from pathlib import Path

import pytest

from airhail.actors.connection.trust.identity import (
    FILE,
    MAX_BYTES,
    TrustError,
    load_identity,
    make_identity,
    trust_id,
)


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "state"
    made = load_identity(folder)
    assert load_identity(folder) == made
    assert (folder / FILE).stat().st_mode & 0o7777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in folder.iterdir()] == [FILE]


def test_every_host_has_another_key(tmp_path: Path) -> None:
    assert load_identity(tmp_path / "a").public != load_identity(tmp_path / "b").public


def test_a_trust_id_is_the_beginning_of_a_hash() -> None:
    assert trust_id(b"") == "e3b0c44298fc1c14"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o602, 0o660, 0o610])
def test_a_key_that_others_can_get_at_is_refused(tmp_path: Path, mode: int) -> None:
    load_identity(tmp_path)
    (tmp_path / FILE).chmod(mode)
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(TrustError, match=f"{FILE} cannot be used: its mode is {mode:04o}"):
        load_identity(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_that_is_anothers_is_refused(tmp_path: Path) -> None:
    load_identity(tmp_path)
    os.chown(tmp_path / FILE, 65534, 65534)
    with pytest.raises(TrustError, match="belongs to user 65534"):
        load_identity(tmp_path)


def damaged(folder: Path) -> list[bytes]:
    good = json.loads((folder / FILE).read_bytes())
    other = make_identity()
    return [
        b"",
        b"{",
        b"\xff",
        b" " * (MAX_BYTES + 1),
        json.dumps({**good, "version": 2}).encode(),
        json.dumps({**good, "private": other.private.hex()}).encode(),
        json.dumps({**good, "public": other.public.hex()}).encode(),
        json.dumps({**good, "private": good["private"][:-2]}).encode(),
        json.dumps({**good, "private": good["private"].upper() + "\n"}).encode(),
    ]


def test_a_damaged_key_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    load_identity(tmp_path)
    for content in damaged(tmp_path):
        (tmp_path / FILE).write_bytes(content)
        with pytest.raises(TrustError, match="cannot be used"):
            load_identity(tmp_path)
        assert (tmp_path / FILE).read_bytes() == content


@pytest.mark.parametrize("kind", ["link", "folder", "fifo"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    match kind:
        case "link":
            load_identity(tmp_path / "other")
            (tmp_path / FILE).symlink_to(tmp_path / "other" / FILE)
        case "folder":
            (tmp_path / FILE).mkdir(mode=0o700)
        case _:
            os.mkfifo(tmp_path / FILE, 0o600)
    with pytest.raises(TrustError, match="cannot be used"):
        load_identity(tmp_path)


def test_a_key_that_a_crash_left_half_written_takes_nobodys_place(tmp_path: Path) -> None:
    (tmp_path / "identity.new").write_bytes(b"half")
    (tmp_path / "identity.new").chmod(0o644)
    made = load_identity(tmp_path)
    assert (tmp_path / FILE).stat().st_mode & 0o7777 == 0o600
    assert load_identity(tmp_path) == made


def test_a_full_disk_makes_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            load_identity(tmp_path)
    assert not (tmp_path / FILE).exists()
    load_identity(tmp_path)
