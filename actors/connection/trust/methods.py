"""What others may ask of trust: list, choose, forget, and be introduced."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import msgspec
import trio

from airhail.actors.connection.hail.events import Policy
from airhail.actors.connection.trust.identity import TrustError
from airhail.actors.connection.trust.introducing import Introducing, Self
from airhail.actors.connection.trust.peers import Peer
from airhail.actors.connection.trust.trust import Trust
from airhail.actors.names import Address, TrustId
from airhail.ipc.errors import CallError, ErrorName
from airhail.ipc.methods import Caller, Method, NoArguments
from airhail.ipc.paths import socket_path


class SetPolicy(msgspec.Struct, frozen=True):
    """The arguments of `set_policy`."""

    peer: TrustId
    policy: Policy


class Forget(msgspec.Struct, frozen=True):
    """The arguments of `forget`."""

    peer: TrustId


class Introduce(msgspec.Struct, frozen=True):
    """The arguments of `introduce`: by which carrier, and over `ble` with which bonded device."""

    carrier: Literal["lan", "ble"]
    address: Address | None = None


class Compare(msgspec.Struct, frozen=True):
    """The arguments of `compare`: whether the user has found the two codes to be the same."""

    same: bool


class TrustMethods:
    """Answers calls about trust. *own_address* tells this host's P2P device address, "" while it is unknown."""

    def __init__(self, trust: Trust, own_address: Callable[[], str]) -> None:
        self._trust = trust
        self._own_address = own_address
        self._nursery: trio.Nursery | None = None
        self._introducing: Introducing | None = None
        self._scope = trio.CancelScope()
        self._user: Caller | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Carry introductions on between calls, until cancelled."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            task_status.started()
            await trio.sleep_forever()

    def methods(self) -> dict[str, Method]:
        """Offer trust to callers."""
        return {
            "trusted": Method(NoArguments, self._tell),
            "set_policy": Method(SetPolicy, self._set_policy, change=True),
            "forget": Method(Forget, self._forget, change=True),
            "introduce": Method(Introduce, self._introduce, change=True),
            "compare": Method(Compare, self._compare, change=True),
        }

    async def _tell(self, caller: Caller, args: NoArguments) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": self._trust.id,
            "peers": [_told(peer) for peer in self._trust.peers.value.values()],
            "silenced": {why.value: count for why, count in self._trust.silenced.items()},
        }
        if self._trust.problem is not None:
            told["problem"] = self._trust.problem.document()
        return told

    async def _set_policy(self, caller: Caller, args: SetPolicy) -> None:
        self._known(args.peer)
        with _refusing():
            await self._trust.set_policy(args.peer, args.policy)

    async def _forget(self, caller: Caller, args: Forget) -> None:
        self._known(args.peer)
        with _refusing():
            await self._trust.forget(args.peer)

    def _known(self, peer: str) -> None:
        if peer not in self._trust.peers.value:
            raise CallError(ErrorName.REFUSED, f"{peer} is not trusted: `airhail trust` lists the peers that are")

    async def _introduce(self, caller: Caller, args: Introduce) -> dict[str, Any]:
        if self._trust.problem is not None:
            return {"problem": self._trust.problem.document()}
        if self._introducing is not None and not self._introducing.ended.is_set():
            raise CallError(ErrorName.BUSY, "an introduction is under way: let it end, or stop its command by Ctrl-C")
        if self._nursery is None:
            raise CallError(ErrorName.UNAVAILABLE, "connection has only just started: try again")
        bonded = args.carrier == "ble"
        if bonded and args.address is None:
            raise CallError(ErrorName.BAD_ARGUMENTS, "over ble an introduction needs the address of a bonded device")
        own = Self(os.uname().nodename, self._own_address() or None)
        introducing = Introducing(
            self._trust, socket_path(args.carrier), args.address or "", own, bonded=bonded, clock=time.time
        )
        # The one before may still be saying its last words.
        self._scope.cancel()
        self._scope = trio.CancelScope()
        self._introducing, self._user = introducing, caller
        self._nursery.start_soon(self._see_through, introducing, caller, self._scope)
        # Over a bond nobody is asked.
        await (introducing.ended if bonded else introducing.seen).wait()
        return _outcome(introducing)

    async def _compare(self, caller: Caller, args: Compare) -> dict[str, Any]:
        introducing = self._introducing
        if introducing is None or self._user is not caller:
            raise CallError(ErrorName.REFUSED, "this connection has begun no introduction")
        if not introducing.ended.is_set():
            await introducing.compare(args.same)
            await introducing.ended.wait()
        return _outcome(introducing)

    async def _see_through(self, introducing: Introducing, caller: Caller, scope: trio.CancelScope) -> None:
        """Go on until it is over; who leaves before there is an outcome has said no."""

        async def watch() -> None:
            await caller.closed.wait()
            if not introducing.ended.is_set():
                scope.cancel()

        with scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(watch)
                await introducing.run()
                nursery.cancel_scope.cancel()


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what could not be kept into a refusal."""
    try:
        yield
    except TrustError as error:
        raise CallError(ErrorName.REFUSED, str(error)) from error


def _told(peer: Peer) -> dict[str, Any]:
    told: dict[str, Any] = {"id": peer.id, "key": peer.key, "policy": peer.policy.value, "since": peer.since}
    known = {"name": peer.name, "addresses": list(peer.addresses), "bluetooth": peer.bluetooth}
    return told | {key: value for key, value in known.items() if value}


def _outcome(introducing: Introducing) -> dict[str, Any]:
    """Tell how far it is: the problem, or who was introduced, or the code to compare."""
    if introducing.problem is not None:
        return {"problem": introducing.problem.document()}
    if introducing.admitted is not None:
        return {"peer": _told(introducing.admitted)}
    if introducing.shown is None:
        return {}
    shown = introducing.shown.shown
    return {"code": introducing.shown.code, "name": shown.name, "address": shown.address or ""}
