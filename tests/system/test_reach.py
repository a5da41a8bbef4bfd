"""A command and an actor that says hello and no more."""

import socket
from collections.abc import AsyncIterator

import pytest
import trio

from airhail.ipc.listen import adopt
from airhail.ipc.messages import Hello, encode
from airhail.ipc.paths import socket_path
from airhail.supervisor.commands.reach import SUPERVISOR, look, supervisor_state
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus
from tests.system.supervised.harness import WITHIN, supervised


@pytest.fixture
async def stuck(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Stand in for a supervisor that got stuck behind its first word."""

    async def greet(stream: trio.SocketStream) -> None:
        await stream.send_all(encode(Hello(1, SUPERVISOR, 1, "stuck")))
        await trio.sleep_forever()

    with supervised() as tree, socket.socket(socket.AF_UNIX) as bound:
        monkeypatch.setenv("AIRHAIL_RUNTIME_DIR", str(tree.directory))
        bound.bind(str(socket_path(SUPERVISOR)))
        bound.listen()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, greet, [adopt(bound)])
            with trio.fail_after(WITHIN):
                yield
            nursery.cancel_scope.cancel()


async def test_a_document_that_does_not_come_is_waited_for_no_longer_than_said(stuck: None) -> None:
    with pytest.raises(CommandError, match="does not answer") as caught:
        await look(SUPERVISOR, within=0.1)
    assert caught.value.status is ExitStatus.NOT_RUNNING
    assert await supervisor_state() is None
