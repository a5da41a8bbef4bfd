"""`airhail trust`: whom this host trusts, by their keys; be introduced, choose, forget."""

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from airhail.ipc.client import Client
from airhail.supervisor.commands.documents import BleState, Problem, understand
from airhail.supervisor.commands.event_loop import run_async
from airhail.supervisor.commands.output import Progress, document, lines
from airhail.supervisor.commands.prompt import read_line, yes_or_no
from airhail.supervisor.commands.reach import ANSWER_WITHIN, BLE, CONNECTION, look, reach
from airhail.supervisor.commands.resolve import ADDRESS, Known, called, fold, plain
from airhail.supervisor.commands.status import problem_lines
from airhail.supervisor.commands.text import age, table
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

HELP = "list the trusted peers; be introduced to one, choose what happens when it calls, or forget it"

POLICIES = ("ask", "always", "never")
FORGET = "forget"
LIST = "list"

SHOWN_WITHIN = 75.0
"""Seconds for the other end to answer; connection itself gives up after 60 s, with a reason."""

COMPARED_WITHIN = 135.0
"""Seconds for both users to compare; connection itself gives up after 120 s, with a reason."""

Answer = TypeVar("Answer", bound=Struct)


class Peer(Struct, frozen=True):
    """One trusted peer, as connection tells it."""

    id: str
    policy: str
    since: float
    name: str = ""
    addresses: list[str] = field(default_factory=list)
    bluetooth: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name else self.id


class Trusted(Struct, frozen=True):
    """What connection tells of trust."""

    id: str
    peers: list[Peer]
    silenced: dict[str, int] = field(default_factory=dict)
    problem: Problem | None = None


class Introduced(Struct, frozen=True):
    """How far an introduction is: the code to compare, who is trusted now, or what went wrong."""

    code: str = ""
    name: str = ""
    address: str = ""
    peer: Peer | None = None
    problem: Problem | None = None


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="PEER",
        help="who is to be trusted, or is: a name, an address or a trust id; `forget PEER`; without it: list",
    )
    parser.add_argument("--policy", choices=POLICIES, help="what to do when this peer calls (at first: ask)")


def run(arguments: Namespace) -> ExitStatus:
    """List, choose, forget or introduce."""
    match arguments.words:
        case [] | ["list"] if arguments.policy is None:
            return run_async(show, arguments.json)
        case ["forget", meant] if arguments.policy is None:
            return run_async(forget, meant, arguments.json)
        case [meant] if meant not in (FORGET, LIST):
            return run_async(trust, meant, arguments.policy, arguments.json)
    raise CommandError(
        ExitStatus.USAGE, "say `airhail trust`, `airhail trust PEER [--policy ...]` or `airhail trust forget PEER`"
    )


async def show(as_json: bool) -> ExitStatus:
    """List the trusted peers; FAILED when this host can trust nobody."""
    async with reach(CONNECTION) as client:
        told = await client.call("trusted", within=ANSWER_WITHIN)
    state = understood(told, Trusted)
    unknown = untrusted(await bonds(), state.peers)
    if as_json:
        document({**told, "bonded": [{"bluetooth": one.address, "name": one.name} for one in unknown]})
    else:
        lines([*trust_lines(state, time.time()), *bond_lines(unknown)])
    return ExitStatus.DONE if state.problem is None else ExitStatus.FAILED


async def forget(meant: str, as_json: bool) -> ExitStatus:
    """Trust a peer no more."""
    async with reach(CONNECTION) as client:
        state = await trusted(client)
        peer = find(meant, state.peers)
        if peer is None:
            raise CommandError(ExitStatus.NO_SUCH_PEER, f"no trusted peer is {meant!r}: {those(state.peers)}")
        await client.call("forget", {"peer": peer.id}, within=ANSWER_WITHIN)
    if as_json:
        document({"id": peer.id, "trusted": False})
    else:
        lines([f"{peer} is no longer trusted; at its end `airhail trust forget` takes this host away as well"])
    return ExitStatus.DONE


async def trust(meant: str, policy: str | None, as_json: bool) -> ExitStatus:
    """Choose what happens when a peer calls, after an introduction if it is not trusted yet."""
    async with reach(CONNECTION) as client:
        state = await trusted(client)
        if state.problem is not None:
            return failed(state.problem, as_json)
        peer = find(meant, state.peers)
        bond = bond_of(meant, untrusted(await bonds(), state.peers))
        if peer is None or (bond is not None and policy is None):
            outcome = await (introduce(client, meant, as_json) if bond is None else exchange(client, bond, as_json))
            if outcome.peer is None:
                return failed(outcome.problem or Problem("not-introduced"), as_json)
            peer = outcome.peer
        if policy is not None:
            await client.call("set_policy", {"peer": peer.id, "policy": policy}, within=ANSWER_WITHIN)
            peer = msgspec.structs.replace(peer, policy=policy)
    if as_json:
        document({"trusted": True, **msgspec.to_builtins(peer)})
    else:
        lines([trusted_line(peer)])
    return ExitStatus.DONE


def trusted_line(peer: Peer) -> str:
    """Say that a peer is trusted, and what that means for its calls."""
    return f"{peer} is trusted; when it calls: {peer.policy}"


async def exchange(client: Client, bond: Known, as_json: bool) -> Introduced:
    """Have this host and a bonded one introduced to each other over their bond: no code is compared."""
    progress = Progress(quiet=as_json)
    progress.show(f"exchanging keys with {bond}: `airhail pair` or `airhail trust` has to run there, too")
    try:
        arguments = {"carrier": "ble", "address": bond.address}
        return understood(await client.call("introduce", arguments, within=SHOWN_WITHIN), Introduced)
    finally:
        progress.clear()


async def bonds() -> list[Known]:
    """Return the hosts with airhail that this one has a bond with; without Bluetooth there are none."""
    try:
        state = understand(await look(BLE), BleState)
    except CommandError:
        return []
    return [Known(address, name) for address, name in state.bonds.items()]


def untrusted(bonded: Sequence[Known], peers: Sequence[Peer]) -> list[Known]:
    """Return the bonded hosts with which no keys were exchanged."""
    met = {peer.bluetooth for peer in peers}
    return [one for one in bonded if one.address not in met]


def bond_of(meant: str, bonded: Sequence[Known]) -> Known | None:
    """Return the one bonded host with this address or name; None when there is none, or several."""
    if ADDRESS.fullmatch(meant):
        fitting = [one for one in bonded if one.address == plain(meant)]
    else:
        fitting = called(meant, bonded)
    return fitting[0] if len(fitting) == 1 else None


def bond_lines(bonded: Sequence[Known]) -> Iterator[str]:
    """Say of bonds without trust what is missing."""
    for one in bonded:
        yield f"{one} is bonded, but its key is not known: `airhail trust {one.name or one.address}`, here and there"


async def introduce(client: Client, meant: str, as_json: bool) -> Introduced:
    """Have this host and another introduced to each other, and its user compare the codes."""
    progress = Progress(quiet=as_json)
    progress.show(f"waiting for {meant}: run `airhail trust` there, too, with this host's name; both in one network")
    try:
        found = understood(await client.call("introduce", {"carrier": "lan"}, within=SHOWN_WITHIN), Introduced)
    finally:
        progress.clear()
    if not found.code:
        return found
    shown = Known(found.address, found.name) if found.address else found.name or "without a name"
    if fold(meant) != fold(found.name) and plain(meant) != found.address:
        await client.call("compare", {"same": False}, within=COMPARED_WITHIN)
        raise CommandError(ExitStatus.NO_SUCH_PEER, f"the host that answered is {shown}, not {meant!r}: begin anew")
    if as_json:
        document({"code": found.code, "name": found.name, "address": found.address})
    else:
        lines([f"{shown} answers; the code here is  {found.code[:3]} {found.code[3:]}"])
    same = await sees_the_same(as_json)
    return understood(await client.call("compare", {"same": same}, within=COMPARED_WITHIN), Introduced)


async def sees_the_same(as_json: bool) -> bool:
    """Ask the user whether both codes are the same, until it is answered; no more input means no."""
    said: bool | None = None
    while said is None:
        if not as_json:
            lines(["does the other end show the same code? Type yes or no, here and there:"])
        line = await read_line()
        said = False if line is None else yes_or_no(line)
    return said


async def trusted(client: Client) -> Trusted:
    """Return what connection tells of trust."""
    return understood(await client.call("trusted", within=ANSWER_WITHIN), Trusted)


def understood(answer: Any, kind: type[Answer]) -> Answer:
    """Return an answer of connection as what it should be; CommandError when it is not."""
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError as error:
        sentence = f"what {CONNECTION} answers cannot be read ({error}): restart airhail if it was just updated"
        raise CommandError(ExitStatus.FAILED, sentence) from error


def find(meant: str, peers: Sequence[Peer]) -> Peer | None:
    """Return the peer with this trust id, address or name; CommandError when a name fits several."""
    if ADDRESS.fullmatch(meant):
        fitting = [peer for peer in peers if plain(meant) in (*peer.addresses, peer.bluetooth)]
    else:
        # The id first: a peer chooses its own name, and could call itself by the id of another.
        fitting = [peer for peer in peers if peer.id == meant.lower()]
        fitting = fitting or [peer for peer in peers if peer.name and fold(peer.name) == fold(meant)]
    if len(fitting) > 1:
        ids = ", ".join(sorted(peer.id for peer in fitting))
        raise CommandError(ExitStatus.NO_SUCH_PEER, f"{len(fitting)} trusted peers are {meant!r}: name one by {ids}")
    return fitting[0] if fitting else None


def those(peers: Sequence[Peer]) -> str:
    """Say who is trusted."""
    return f"trusted are {', '.join(sorted(map(str, peers)))}" if peers else "nobody is trusted yet"


def failed(problem: Problem, as_json: bool) -> ExitStatus:
    """Say why nobody is trusted now that was not before."""
    if as_json:
        document({"trusted": False, "problem": msgspec.to_builtins(problem)})
    else:
        lines(problem_lines("not trusted", problem))
    return ExitStatus.FAILED


def trust_lines(state: Trusted, now: float) -> Iterator[str]:
    """Describe this host's trust: its own id, its peers, and what was passed over in silence.

    Peers beside a problem know a key of this host's that is gone: they are listed to be forgotten.
    """
    if state.problem is not None:
        yield from problem_lines("problem", state.problem)
    if state.problem is None and not state.peers:
        yield "nobody is trusted yet: `airhail trust PEER`, there and here, introduces two hosts in one network"
    if state.peers:
        ordered = sorted(state.peers, key=lambda peer: (fold(peer.name), peer.id))
        rows = [
            (one.name, one.id, one.policy, f"{age(now - one.since)} ago", " ".join(one.addresses), one.bluetooth)
            for one in ordered
        ]
        yield from table(("NAME", "TRUST ID", "WHEN IT CALLS", "SINCE", "ADDRESSES", "BLUETOOTH"), rows)
    if state.id:
        yield f"this host is {state.id}"
    if state.silenced:
        counted = ", ".join(f"{count} {why}" for why, count in sorted(state.silenced.items()))
        yield f"passed over in silence: {counted}"
