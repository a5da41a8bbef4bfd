"""Wait until every actor serves: for whoever starts the daemon and has no other way to hear of its readiness."""

import trio

from airhail.ipc.follow import follow
from airhail.supervisor.commands.documents import SupervisorState, understand
from airhail.supervisor.commands.reach import FATAL, SUPERVISOR, over, path_of
from airhail.supervisor.errors import CommandError
from airhail.supervisor.exit_status import ExitStatus

RUNNING = "running"
"""What the supervisor's document says once every actor has said READY=1, but for those that no restart can help."""


async def until_ready(within: float) -> None:
    """Return when every actor serves, however late the daemon starts.

    CommandError after `within` seconds, and at once when an actor is there that no restart can help.
    """
    path = path_of(SUPERVISOR)
    async with trio.open_nursery() as nursery:
        mirror = await nursery.start(follow, path)
        with trio.move_on_after(within) as waiting:
            await mirror.wait_value(lambda state: state is not None and settled(understand(state, SupervisorState)))
        found = mirror.value
        nursery.cancel_scope.cancel()
    actors = {} if found is None else understand(found, SupervisorState).actors
    for name, one in actors.items():
        if one.state == FATAL:
            raise over(name, one)
    if not waiting.cancelled_caught:
        return
    if found is None:
        raise CommandError(
            ExitStatus.NOT_RUNNING, f"nothing answers at {path} after {within:g} s: start `airhail run`"
        )
    late = [f"{name} is {one.state}" for name, one in actors.items()]
    raise CommandError(ExitStatus.FAILED, f"not ready after {within:g} s: {', '.join(late)}; its log says why")


def settled(state: SupervisorState) -> bool:
    """Tell whether every actor serves, or there is one that never will."""
    return state.state == RUNNING or any(one.state == FATAL for one in state.actors.values())
