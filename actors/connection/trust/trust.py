"""Trust as the rest of connection uses it: every change of it is on disk before it counts."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
import trio
from trio_util import AsyncValue

from airhail.actors.beacons import Beacon
from airhail.actors.connection.hail.events import Policy
from airhail.actors.connection.trust.envelope import MAX_COUNTER, Silence, open_envelope, seal
from airhail.actors.connection.trust.identity import Identity, KeyGoneError, TrustError, load_identity, trust_id
from airhail.actors.connection.trust.keys import BadKeyError, PairKeys, pair_keys
from airhail.actors.connection.trust.peers import MAX_PEERS, Conflict, Peer, Peers, admit, find, learn
from airhail.actors.connection.trust.store import TrustStore
from airhail.actors.reasons import Problem, Reason

log = logging.getLogger(__name__)

MICROSECONDS = 1_000_000
RESERVED = MICROSECONDS
"""Counters taken with each write: one second's worth, so that a burst of messages waits for the disk once. Those that
are not used when the process ends are never used."""


class Trust:
    """This host's key, its trusted peers, and what passes between each pair.

    *clock* tells Unix time. While `problem` is there, nobody is spoken to and nothing opens. `peers` is empty then,
    unless this host's key is gone: those that know it are there to be forgotten, and with the last a new key is made.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._store = TrustStore(folder)
        self._clock = clock
        self._identity: Identity | None = None
        self._keys: dict[str, PairKeys] = {}
        self._used: dict[str, int] = {}
        self._lock = trio.Lock()
        self.problem: Problem | None = None
        self.silenced: Counter[Silence] = Counter()
        self.peers: AsyncValue[Peers] = AsyncValue({})

    async def load(self) -> None:
        """Read this host's key and its peers, or make the key; what cannot be used becomes the `problem`.

        Raises OSError when the folder cannot be used at all.
        """
        # The peers first: whether a key may be made depends on them.
        try:
            peers = await trio.to_thread.run_sync(self._store.load)
        except TrustError as error:
            self._refuse(Reason.TRUST_UNREADABLE, error)
            return
        try:
            load = partial(load_identity, self._folder, known=bool(peers))
            self._identity = await trio.to_thread.run_sync(load)
        except TrustError as error:
            self._refuse(Reason.IDENTITY_UNUSABLE, error)
            self.peers.value = peers if isinstance(error, KeyGoneError) else {}
            return
        try:
            self._keys = {peer.id: self._derive(peer) for peer in peers.values()}
        except BadKeyError as error:
            self._refuse(Reason.TRUST_UNREADABLE, error)
            return
        self.peers.value = peers

    @property
    def identity(self) -> Identity:
        """This host's key pair; TrustError while there is a problem."""
        if self._identity is None or self.problem is not None:
            raise TrustError(str(self.problem and self.problem.document()["sentence"]))
        return self._identity

    @property
    def id(self) -> str:
        """This host's own trust id; "" without a key."""
        return "" if self._identity is None else trust_id(self._identity.public)

    def keys(self, peer: str) -> PairKeys:
        """Return what this host and a trusted peer share; KeyError when it is not trusted."""
        return self._keys[peer]

    def beacons(self) -> list[Beacon]:
        """Return what a carrier must know to meet the trusted peers."""
        return [Beacon(peer, keys.beacon, keys.lower) for peer, keys in self._keys.items()]

    async def seal(self, peer: str, clear: bytes) -> bytes:
        """Return the envelope around a message for *peer*; no other has its counter, whatever crashes.

        Raises KeyError when it is not trusted (any more), TrustError when no counter is left or it cannot be kept.
        """
        async with self._lock:
            known, key = self.peers.value[peer], self._keys[peer].out
            counter = max(self._used.get(peer, known.sealed) + 1, self._now())
            if counter > MAX_COUNTER:
                raise TrustError(f"no counter is left for {peer}: `airhail trust forget` it and be introduced anew")
            if counter > known.sealed:
                sealed = min(counter + RESERVED, MAX_COUNTER)
                await self._replace(msgspec.structs.replace(known, sealed=sealed))
            self._used[peer] = counter
            return seal(key, counter, clear)

    async def open(self, peer: str, envelope: bytes) -> bytes | None:
        """Return the message in an envelope from *peer*, once; None, and a count, for all that is not such a one.

        Raises TrustError when the counter cannot be kept: then it has not been opened.
        """
        async with self._lock:
            known, keys = self.peers.value.get(peer), self._keys.get(peer)
            if known is None or keys is None:
                self.silenced[Silence.STRANGER] += 1
                return None
            opened = open_envelope(keys.into, known.opened, envelope)
            if isinstance(opened, Silence):
                self.silenced[opened] += 1
                return None
            counter, clear = opened
            await self._replace(msgspec.structs.replace(known, opened=counter))
            return clear

    async def admit(self, new: Peer) -> Problem | None:
        """Trust a peer that was introduced, or say why not. Raises BadKeyError, or TrustError as `open` does."""
        async with self._lock:
            keys = self._derive(new)
            admitted = admit(self.peers.value, new)
            if isinstance(admitted, Conflict):
                named = admitted.known.name or admitted.known.id
                log.error("%s is trusted with another key than %s has: refused", named, new.id)
                return Problem(Reason.KEY_CHANGED, f"{named} is trusted as {admitted.known.id}, this is {new.id}")
            if len(admitted) > MAX_PEERS:
                raise TrustError(f"{MAX_PEERS} peers are trusted already: forget one first")
            await self._save(admitted, {**self._keys, new.id: keys})
            self._used.pop(new.id, None)
            return None

    async def set_policy(self, peer: str, policy: Policy) -> None:
        """Choose what is done when *peer* hails. Raises KeyError, or TrustError as `open` does."""
        async with self._lock:
            await self._replace(msgspec.structs.replace(self.peers.value[peer], policy=policy))

    async def learn(self, peer: str, *, name: str = "", address: str = "") -> None:
        """Keep what *peer* said of itself in a message that opened, unless it was forgotten since.

        Raises TrustError as `open` does.
        """
        async with self._lock:
            if peer not in self.peers.value:
                return
            if (known := find(self.peers.value, address)) and known.id != peer:
                log.warning(
                    "%s says that it has the address %s of %s: not believed, and its call is passed over; if the"
                    " radio has changed hands, `airhail trust forget %s`",
                    peer,
                    address,
                    known.name or known.id,
                    known.id,
                )
            learned = learn(self.peers.value, peer, name=name, address=address)
            if learned != self.peers.value:
                await self._save(learned, self._keys)

    async def forget(self, peer: str) -> None:
        """Trust *peer* no more; with the last one that knew a key that is gone a new key is made.

        Raises as `set_policy` does.
        """
        async with self._lock:
            left = {known: one for known, one in self.peers.value.items() if known != peer}
            if len(left) == len(self.peers.value):
                raise KeyError(peer)
            await self._save(left, {known: keys for known, keys in self._keys.items() if known != peer})
            self._used.pop(peer, None)

    async def _replace(self, peer: Peer) -> None:
        await self._save({**self.peers.value, peer.id: peer}, self._keys)

    async def _save(self, peers: Peers, keys: dict[str, PairKeys]) -> None:
        # A caller that goes away in the middle must not leave the disk and us of two minds: the disk bounds the wait.
        with trio.CancelScope(shield=True):
            try:
                await trio.to_thread.run_sync(self._store.save, peers)
            except OSError as error:
                raise TrustError(
                    f"what is trusted could not be saved ({error}): make room in {self._folder}"
                ) from error
            self._keys = keys
            if self._identity is None and not peers:
                await self._begin_anew()
            self.peers.value = peers

    async def _begin_anew(self) -> None:
        """Make the key, or take the one that was put back; what cannot be used is the new `problem`."""
        try:
            self._identity, self.problem = await trio.to_thread.run_sync(load_identity, self._folder), None
        except (TrustError, OSError) as error:
            self._refuse(Reason.IDENTITY_UNUSABLE, error)

    def _derive(self, peer: Peer) -> PairKeys:
        return pair_keys(self.identity, bytes.fromhex(peer.key), bytes.fromhex(peer.salt))

    def _refuse(self, reason: Reason, error: Exception) -> None:
        self.problem = Problem(reason, str(error))
        log.error("%s", self.problem.document()["sentence"])

    def _now(self) -> int:
        return int(self._clock() * MICROSECONDS)
