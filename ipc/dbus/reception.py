"""Receive the method calls that others make to us: answer what can be answered at once, hand on the rest."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Protocol

from airhail.ipc.dbus.answers import Given, Invoked, Written, answer
from airhail.ipc.dbus.errors import FAILED, BusGone, Refusal
from airhail.ipc.dbus.exports import Exports
from airhail.ipc.dbus.stream import BusStream, Outgoing
from airhail.ipc.dbus.wire import Incoming, encode_error, encode_return

log = logging.getLogger(__name__)

Outcome = Given | Refusal
Respond = Callable[[Outcome], Awaitable[None]]


class Server(Protocol):
    """Who carries out the calls below one root."""

    def carry_out(self, task: Invoked | Written, respond: Respond) -> None:
        """Begin, and let `respond` have the outcome; raises Refusal when it cannot begin."""


class Reception:
    """All that we serve on one bus, and by whom: `servers` has one for each root of `exports`."""

    def __init__(self, owner_of: Callable[[str], str | None]) -> None:
        self.exports = Exports()
        self.servers: dict[str, Server] = {}
        self._owner_of = owner_of

    async def take(self, call: Incoming, stream: BusStream) -> None:
        """Answer a call that arrived on `stream`, or see to it that it will be."""
        respond = partial(reply, stream, call)
        try:
            found = answer(call, self.exports, self._owner_of)
            if isinstance(found, Given):
                await respond(found)
            else:
                root = self.exports.root_of(call.path or "/")
                assert root is not None, "only what is below a root can be carried out"
                self.servers[root].carry_out(found, respond)
        except Refusal as refusal:
            await respond(refusal)


async def reply(stream: BusStream, call: Incoming, outcome: Outcome) -> None:
    """Answer a call, if an answer is wanted and the caller is still there."""
    if call.no_reply_expected:
        return
    serial = stream.next_serial()
    try:
        if isinstance(outcome, Given):
            data = encode_return(call, outcome.signature or None, outcome.body, serial)
        else:
            data = encode_error(call, outcome.name, outcome.sentence, serial)
    except (ValueError, TypeError):
        log.exception("the answer to %s.%s at %s is not as it was declared", call.interface, call.member, call.path)
        data = encode_error(call, FAILED, "airhail made a mistake; its log says which", serial)
    # The caller has lost the bus as well.
    with suppress(BusGone):
        await stream.post(Outgoing(data))
