"""An introduction over a carrier, from the wish of one user's command to what came of it."""

import hmac
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import trio

from airhail.actors.carrier import CarrierState
from airhail.actors.connection.trust.identity import TrustError
from airhail.actors.connection.trust.introduction import (
    ANSWER_S,
    COMPARE_S,
    LINGER_S,
    Admit,
    Compared,
    Effect,
    Event,
    GiveUp,
    KeyRefused,
    MessageHeard,
    Say,
    SayVerdict,
    ShowCode,
    Tick,
    VerdictHeard,
    begin,
    step,
)
from airhail.actors.connection.trust.keys import BadKeyError, PairKeys, pair_keys
from airhail.actors.connection.trust.messages import (
    NONCE_BYTES,
    Commit,
    Message,
    Reveal,
    Shown,
    Verdict,
    decode,
    encode,
)
from airhail.actors.connection.trust.peers import Peer
from airhail.actors.connection.trust.trust import Trust
from airhail.actors.inbox import Letter
from airhail.actors.names import Address, fit
from airhail.actors.reasons import Problem, Reason
from airhail.ipc.client import Client, open_client
from airhail.ipc.errors import CallError, PeerGone, RemoteProtocolError

log = logging.getLogger(__name__)

# A carrier answers all but `send` at once.
CALL_S = 5.0
# It wakes the other end for a message if it must; if that takes longer, the message is said again.
SAY_S = 10.0
# As long as an introduction may take, from the first word to the last.
EXPECT_S = ANSWER_S + COMPARE_S + LINGER_S
# Messages of one introduction that wait to be read, and places that they may come from: it needs one or two.
EVENTS = 16
# What is shown fits a message of a carrier with a name of so many bytes; a host name has at most 64 (hostname(7)).
NAME_BYTES = 64


@dataclass(frozen=True, slots=True)
class Self:
    """What this host tells of itself; unknown addresses are None."""

    name: str
    address: Address | None


def present(public: bytes, own: Self) -> bytes:
    """Pack what this end will show, with a new nonce."""
    name = fit(own.name, NAME_BYTES)
    return encode(Shown(public, secrets.token_bytes(NONCE_BYTES), name, own.address))


def proof(key: bytes, same: bool) -> bytes:
    """Return what shows that the sender of a verdict holds the key that it has shown."""
    return hmac.digest(key, bytes([same]), "sha256")


class Introducing:
    """One introduction: `run` sees it through.

    `seen` is set once the code is there, or nothing comes of it; `ended` once the outcome is there. It goes on for a
    little while then, so that the other end learns of it, too.

    *bonded*: the carrier's words from *address* come over a bond that was confirmed at both ends, so no code is
    needed, and the address is where the peer is met from now on.
    """

    def __init__(
        self, trust: Trust, carrier: Path, address: str, own: Self, *, bonded: bool, clock: Callable[[], float]
    ) -> None:
        self._trust = trust
        self._carrier = carrier
        self._first_address = address
        self._clock = clock
        self._bonded = bonded
        self._own = present(trust.identity.public, own)
        self._state, self._begun = begin(self._own, bonded=bonded, now=trio.current_time())
        self._keys: PairKeys | None = None
        self._incoming, self._events = trio.open_memory_channel[Event](EVENTS)
        # Where each commitment came from: the first one that counts says where the other end is.
        self._places: dict[bytes, str] = {}
        self._being_said: set[type[Message]] = set()
        self.seen = trio.Event()
        self.ended = trio.Event()
        self.shown: ShowCode | None = None
        self.admitted: Peer | None = None
        self.problem: Problem | None = None

    async def run(self) -> None:
        """See it through, until both ends know of the outcome or the time is over."""
        try:
            async with open_client(self._carrier) as client:
                await client.call("expect", {"seconds": EXPECT_S}, within=CALL_S)
                await self._converse(client)
                await client.call("expect", {"seconds": 0}, within=CALL_S)
        except* (PeerGone, CallError, RemoteProtocolError, msgspec.ValidationError) as group:
            self._fail(Problem(Reason.NOT_INTRODUCED, str(first_of(group))))
        finally:
            # Cancelled: the user has gone.
            self._fail(Problem(Reason.CODES_NOT_CONFIRMED))

    async def compare(self, same: bool) -> None:
        """Take the user's word, whether the codes are the same."""
        await self._incoming.send(Compared(same))

    async def _converse(self, client: Client) -> None:
        async with trio.open_nursery() as hearing:
            hearing.start_soon(self._hear, client)
            # The last words are still said when all is over; each has its deadline.
            async with trio.open_nursery() as saying:
                await self._perform(client, saying, self._begun)
                while (deadline := self._state.deadline) is not None:
                    event: Event = Tick()
                    with trio.move_on_at(deadline):
                        event = await self._events.receive()
                    self._state, effects = step(self._state, event, trio.current_time())
                    await self._perform(client, saying, effects)
            hearing.cancel_scope.cancel()

    async def _hear(self, client: Client) -> None:
        async with client.subscribe() as states:
            async for state in states:
                for letter in msgspec.convert(state, CarrierState).inbox:
                    # Those of met peers are the hail's.
                    if letter.peer == "":
                        await client.call("take", {"number": letter.number}, within=CALL_S)
                        await self._read(letter)

    async def _read(self, letter: Letter) -> None:
        if self._bonded and not (letter.secure and letter.address == self._first_address):
            return
        match decode(bytes.fromhex(letter.body)):
            case Verdict() as verdict:
                if self._keys is not None and self._proved(verdict, self._keys):
                    await self._incoming.send(VerdictHeard(verdict.same, verdict.heard))
            case Commit(commit) as message:
                if len(self._places) < EVENTS:
                    self._places.setdefault(commit, letter.address)
                await self._incoming.send(MessageHeard(message))
            case Reveal() as message:
                await self._incoming.send(MessageHeard(message))

    def _proved(self, verdict: Verdict, keys: PairKeys) -> bool:
        fits = (verdict.mark, verdict.to) == (self._state.their_mark, self._state.mark)
        return fits and hmac.compare_digest(verdict.proof, proof(keys.prove_into, verdict.same))

    async def _perform(self, client: Client, saying: trio.Nursery, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Say(message):
                    saying.start_soon(self._say, client, message)
                case SayVerdict(same, heard):
                    # Without keys nothing was shown with which a secret can be shared, and the core learns so next.
                    if self._keys is not None:
                        made = proof(self._keys.prove_out, same)
                        verdict = Verdict(self._state.mark, self._state.their_mark, same, heard, made)
                        saying.start_soon(self._say, client, verdict)
                case ShowCode():
                    await self._show(effect)
                case Admit(shown, salt):
                    await self._admit(shown, salt)
                case GiveUp(reason):
                    self._fail(Problem(reason))

    async def _say(self, client: Client, message: Message) -> None:
        if (kind := type(message)) in self._being_said:
            return
        self._being_said.add(kind)
        address = self._places.get(self._state.their_commit, self._first_address)
        try:
            arguments = {"to": "", "address": address, "body": encode(message).hex()}
            await client.call("send", arguments, within=SAY_S)
        except CallError as error:
            # It is said again.
            log.debug("introduction: %s", error)
        finally:
            self._being_said.remove(kind)

    async def _show(self, effect: ShowCode) -> None:
        try:
            self._keys = pair_keys(self._trust.identity, effect.shown.key, self._state.salt)
        except BadKeyError:
            await self._incoming.send(KeyRefused())
        else:
            self.shown = effect
            self.seen.set()

    async def _admit(self, shown: Shown, salt: bytes) -> None:
        peer = Peer(
            key=shown.key.hex(),
            salt=salt.hex(),
            since=self._clock(),
            name=shown.name,
            addresses=(shown.address,) if shown.address else (),
            bluetooth=self._first_address if self._bonded else None,
        )
        try:
            problem = await self._trust.admit(peer)
        except TrustError as error:
            problem = Problem(Reason.TRUST_UNREADABLE, str(error))
        if problem is not None:
            self._fail(problem)
        else:
            # What was chosen about it earlier holds.
            self.admitted = self._trust.peers.value[peer.id]
            self.ended.set()

    def _fail(self, problem: Problem) -> None:
        """Keep the first problem, unless it has ended well."""
        if not self.ended.is_set():
            self.problem = problem
        self.seen.set()
        self.ended.set()


def first_of(group: BaseExceptionGroup[Exception]) -> BaseException:
    """Return the first error in a group of groups."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
