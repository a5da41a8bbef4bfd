"""Trust on a real disk: counters are there before they count, through crashes, full disks and clocks that jump."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from airhail.actors import files
from airhail.actors.beacons import expected, outgoing
from airhail.actors.connection.hail.events import Policy
from airhail.actors.connection.trust.envelope import MAX_COUNTER, VERSION, Silence
from airhail.actors.connection.trust.identity import FILE as IDENTITY_FILE
from airhail.actors.connection.trust.identity import Identity, TrustError, trust_id
from airhail.actors.connection.trust.keys import BadKeyError, pair_keys
from airhail.actors.connection.trust.peers import MAX_PEERS
from airhail.actors.connection.trust.store import FILE
from airhail.actors.connection.trust.trust import MICROSECONDS, Trust
from airhail.actors.reasons import Reason
from tests.unit.actors.connection.trust.hosts import MALLORY, SALT, peer


class Clock:
    """Unix time as the test has it."""

    def __init__(self) -> None:
        self.unix = 1_800_000_000.0

    def __call__(self) -> float:
        return self.unix


async def loaded(folder: Path, clock: Clock) -> Trust:
    trust = Trust(folder, clock)
    await trust.load()
    return trust


class Two:
    """Two hosts that were introduced, each with a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()

    async def begin(self) -> None:
        await self.restart()
        assert await self.alpha.admit(peer(self.beta.identity, "beta", "02:00:00:00:02:00")) is None
        assert await self.beta.admit(peer(self.alpha.identity, "alpha", "02:00:00:00:01:00")) is None

    async def restart(self) -> None:
        """Both processes end, as by SIGKILL, and begin anew."""
        self.alpha = await loaded(self.folder / "alpha", self.clock)
        self.beta = await loaded(self.folder / "beta", self.clock)

    async def send(self, clear: bytes) -> bytes:
        return await self.alpha.seal(self.beta.id, clear)

    async def hear(self, envelope: bytes) -> bytes | None:
        return await self.beta.open(self.alpha.id, envelope)


@pytest.fixture
async def two(tmp_path: Path) -> Two:
    made = Two(tmp_path)
    await made.begin()
    return made


async def test_a_message_is_heard_once(two: Two) -> None:
    envelope = await two.send(b"propose")
    assert await two.hear(envelope) == b"propose"
    assert await two.hear(envelope) is None
    assert two.beta.silenced == {Silence.OLD: 1}


async def test_a_message_is_heard_once_though_the_process_dies(two: Two) -> None:
    envelope = await two.send(b"propose")
    assert await two.hear(envelope) == b"propose"
    await two.restart()
    assert await two.hear(envelope) is None


async def test_what_is_overtaken_is_lost(two: Two) -> None:
    first, second = await two.send(b"1"), await two.send(b"2")
    assert await two.hear(second) == b"2"
    assert await two.hear(first) is None


async def test_a_clock_that_jumps_back_and_a_restart_use_no_counter_twice(two: Two) -> None:
    heard = []
    for jump in (0.0, -86400.0, 3600.0, -7200.0, -1e9):
        two.clock.unix += jump
        await two.restart()
        heard += [await two.hear(await two.send(b"1")), await two.hear(await two.send(b"2"))]
    assert heard == [b"1", b"2"] * 5


@pytest.mark.parametrize("counter", [MAX_COUNTER, MAX_COUNTER + 1, 2**64 - 1])
async def test_no_counter_of_a_peer_spoils_the_list(two: Two, counter: int) -> None:
    await two.beta.admit(peer(MALLORY, "mallory"))
    mallory = trust_id(MALLORY.public)
    key = pair_keys(MALLORY, two.beta.identity.public, SALT).out
    number = counter.to_bytes(8, "big")
    sealed = ChaCha20Poly1305(key).encrypt(bytes(4) + number, b"propose", bytes([VERSION]))
    heard = await two.beta.open(mallory, bytes([VERSION]) + number + sealed)
    assert heard == (b"propose" if counter <= MAX_COUNTER else None)
    assert two.beta.silenced == ({} if heard else {Silence.BEYOND: 1})
    await two.restart()
    assert two.beta.problem is None
    assert set(two.beta.peers.value) == {two.alpha.id, mallory}
    assert await two.hear(await two.send(b"go")) == b"go", "it has locked nobody out but itself"


async def test_when_no_counter_is_left_nothing_is_sealed_and_the_list_is_read_all_the_same(two: Two) -> None:
    two.clock.unix = MAX_COUNTER // MICROSECONDS
    assert await two.hear(await two.send(b"1")) == b"1"
    await two.restart()
    with pytest.raises(TrustError, match="airhail trust forget"):
        await two.send(b"2")
    await two.restart()
    assert two.alpha.problem is None


async def test_a_burst_waits_for_the_disk_once(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []
    write_whole = files.write_whole

    def count(path: Path, content: bytes, *, private: bool = False) -> None:
        written.append(path)
        write_whole(path, content, private=private)

    monkeypatch.setattr("airhail.actors.connection.trust.store.write_whole", count)
    for _ in range(50):
        await two.send(b"moved")
    assert len(written) == 1


async def test_what_cannot_be_kept_is_neither_sent_nor_heard(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    envelope = await two.send(b"go")

    def full(path: Path, content: bytes, *, private: bool = False) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("airhail.actors.connection.trust.store.write_whole", full)
        with pytest.raises(TrustError, match="make room"):
            await two.hear(envelope)
        two.clock.unix += 10
        with pytest.raises(TrustError, match="make room"):
            await two.send(b"go")
    assert await two.hear(envelope) == b"go"


async def test_nobody_is_heard_after_being_forgotten_nor_before_a_new_introduction(two: Two) -> None:
    envelope = await two.send(b"propose")
    await two.beta.forget(two.alpha.id)
    assert await two.hear(envelope) is None
    assert two.beta.silenced == {Silence.STRANGER: 1}
    await two.beta.admit(peer(two.alpha.identity, salt=bytes(32)))
    assert await two.hear(envelope) is None
    assert two.beta.silenced[Silence.FORGED] == 1
    with pytest.raises(KeyError):
        await two.beta.forget("0" * 16)


async def test_a_stranger_is_not_heard(two: Two) -> None:
    assert await two.beta.open("0" * 16, await two.send(b"propose")) is None
    assert two.beta.silenced == {Silence.STRANGER: 1}


async def test_a_changed_key_is_refused_loudly(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    problem = await two.alpha.admit(peer(MALLORY, "beta", "02:00:00:00:02:00"))
    assert problem is not None
    assert problem.reason is Reason.KEY_CHANGED
    assert "airhail trust forget" in problem.document()["advice"]
    assert "beta is trusted" in problem.detail
    assert "refused" in caplog.text
    assert set(two.alpha.peers.value) == {two.beta.id}


async def test_what_the_user_chose_and_the_peer_said_is_kept(two: Two) -> None:
    await two.alpha.set_policy(two.beta.id, Policy.NEVER)
    await two.alpha.learn("a stranger's id", name="delta")
    await two.alpha.learn(two.beta.id, name="gamma", address="02:00:00:00:09:00")
    await two.restart()
    kept = two.alpha.peers.value[two.beta.id]
    assert (kept.policy, kept.name, kept.addresses[0]) == (Policy.NEVER, "gamma", "02:00:00:00:09:00")


async def test_a_peer_with_the_address_of_another_is_told_of(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    await two.alpha.admit(peer(MALLORY, "mallory"))
    await two.alpha.learn(two.beta.id, address="02:00:00:00:02:00")
    assert not caplog.text
    await two.alpha.learn(trust_id(MALLORY.public), address="02:00:00:00:02:00")
    assert "02:00:00:00:02:00 of beta: not believed" in caplog.text
    assert two.alpha.peers.value[trust_id(MALLORY.public)].addresses == ()


async def test_a_carrier_is_told_of_the_pair_what_both_ends_understand(two: Two) -> None:
    (ours,), (theirs,) = two.alpha.beacons(), two.beta.beacons()
    assert expected([theirs], two.clock())[outgoing(ours, two.clock())] == two.alpha.id


async def test_the_host_itself_and_one_too_many_are_refused(two: Two) -> None:
    with pytest.raises(BadKeyError):
        await two.alpha.admit(peer(two.alpha.identity))
    for number in range(MAX_PEERS - 1):
        await two.alpha.admit(peer(await host(two.folder / f"{number}", two.clock)))
    with pytest.raises(TrustError, match="forget one first"):
        await two.alpha.admit(peer(MALLORY))


async def host(folder: Path, clock: Clock) -> Identity:
    return (await loaded(folder, clock)).identity


@pytest.mark.parametrize(
    ("file", "reason"), [(IDENTITY_FILE, Reason.IDENTITY_UNUSABLE), (FILE, Reason.TRUST_UNREADABLE)]
)
async def test_with_a_damaged_file_nobody_is_trusted(two: Two, file: str, reason: Reason) -> None:
    envelope = await two.send(b"propose")
    (two.folder / "beta" / file).write_text("{}")
    await two.restart()
    assert two.beta.problem is not None
    assert two.beta.problem.reason is reason
    assert file in two.beta.problem.detail
    assert await two.hear(envelope) is None
    with pytest.raises(TrustError, match="cannot be used"):
        await two.beta.admit(peer(MALLORY, salt=SALT))
    assert (two.folder / "beta" / file).read_text() == "{}"


async def test_no_key_is_made_in_the_place_of_one_that_peers_know(two: Two) -> None:
    envelope = await two.send(b"propose")
    path = two.folder / "beta" / IDENTITY_FILE
    key = path.read_bytes()
    path.unlink()
    for _ in range(2):
        await two.restart()
        assert two.beta.problem is not None
        assert two.beta.problem.reason is Reason.IDENTITY_UNUSABLE
        assert f"{IDENTITY_FILE} is gone" in two.beta.problem.detail
        assert (two.beta.id, two.beta.beacons()) == ("", [])
        assert not path.exists()
        assert await two.hear(envelope) is None
        with pytest.raises(KeyError):
            await two.beta.seal(two.alpha.id, b"accept")
        with pytest.raises(TrustError, match="is gone"):
            await two.beta.admit(peer(MALLORY))
    path.write_bytes(key)
    path.chmod(0o600)
    await two.restart()
    assert await two.hear(envelope) == b"propose"


async def test_once_every_peer_is_forgotten_a_key_that_is_lost_is_made_anew(two: Two) -> None:
    await two.beta.admit(peer(MALLORY))
    (two.folder / "beta" / IDENTITY_FILE).unlink()
    lost = two.beta.id
    await two.restart()
    assert set(two.beta.peers.value) == {two.alpha.id, trust_id(MALLORY.public)}
    await two.beta.forget(trust_id(MALLORY.public))
    assert two.beta.problem is not None
    await two.beta.forget(two.alpha.id)
    made = two.beta.id
    assert two.beta.problem is None
    assert made not in ("", lost)
    await two.restart()
    assert (two.beta.problem, two.beta.id) == (None, made)


async def test_a_key_that_was_put_back_damaged_is_told_once_every_peer_is_forgotten(two: Two) -> None:
    path = two.folder / "beta" / IDENTITY_FILE
    path.unlink()
    await two.restart()
    path.write_text("{}")
    path.chmod(0o600)
    await two.beta.forget(two.alpha.id)
    assert two.beta.peers.value == {}
    assert two.beta.problem is not None
    assert two.beta.problem.reason is Reason.IDENTITY_UNUSABLE
    assert "is gone" not in two.beta.problem.detail
    assert path.read_text() == "{}"


async def test_beside_a_damaged_list_no_key_is_made(two: Two) -> None:
    (two.folder / "beta" / IDENTITY_FILE).unlink()
    (two.folder / "beta" / FILE).write_text("{}")
    await two.restart()
    assert two.beta.problem is not None
    assert two.beta.problem.reason is Reason.TRUST_UNREADABLE
    assert not (two.folder / "beta" / IDENTITY_FILE).exists()
