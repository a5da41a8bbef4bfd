"""Wait until every actor serves: for whoever starts the daemon and has no other way to hear of its readiness."""

import trio

from airhail.ipc.follow import follow
from airhail.supervisor.commands.documents import SupervisorState, understand
from airhail.supervisor.commands.reach import SUPERVISOR, path_of
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

RUNNING = "running"
"""What the supervisor's document says once every actor has said READY=1."""


async def until_ready(within: float) -> None:
    """Return when every actor serves, however late the daemon starts; CommandError after `within` seconds."""
    path = path_of(SUPERVISOR)
    async with trio.open_nursery() as nursery:
        mirror = await nursery.start(follow, path)
        with trio.move_on_after(within) as waiting:
            await mirror.wait_value(lambda state: state is not None and state.get("state") == RUNNING)
        found = mirror.value
        nursery.cancel_scope.cancel()
    if not waiting.cancelled_caught:
        return
    if found is None:
        raise CommandError(
            ExitStatus.NOT_RUNNING, f"nothing answers at {path} after {within:g} s: start `airhail run`"
        )
    late = [f"{name} is {one.state}" for name, one in understand(found, SupervisorState).actors.items()]
    raise CommandError(ExitStatus.FAILED, f"not ready after {within:g} s: {', '.join(late)}; its log says why")
