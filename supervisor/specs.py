"""Which actors there are, in the order in which they start, and how each one is treated."""

import enum
from dataclasses import dataclass

from airhail.ipc.limits import STOP_DEADLINE
from airhail.supervisor.programs import program


class RestartKind(enum.Enum):
    """When an actor that ended is started again: OTP's three kinds (supervisor(3erl), `restart`)."""

    PERMANENT = "permanent"
    """Always."""
    TRANSIENT = "transient"
    """Unless it ended with exit 0."""
    TEMPORARY = "temporary"
    """Never."""


class Strategy(enum.Enum):
    """Who is started again along with an actor: OTP's strategies (supervisor(3erl), `strategy`)."""

    ONE_FOR_ONE = "one_for_one"
    """Nobody."""
    REST_FOR_ONE = "rest_for_one"
    """Those that start after it."""
    ONE_FOR_ALL = "one_for_all"
    """Everybody."""


@dataclass(frozen=True, slots=True)
class ActorSpec:
    """Describe one actor: its name, its command line and how it is treated; times in seconds."""

    name: str
    command: tuple[str, ...]
    kind: RestartKind = RestartKind.PERMANENT

    strategy: Strategy = Strategy.ONE_FOR_ONE
    """Our actors look at the world when they start and wait for one another, so none needs another's restart."""

    ready_within: float = 10.0
    """From start to READY=1. Python, trio and D-Bus need 0.3 s; a cold disk and a busy boot need several."""

    stop_within: float = STOP_DEADLINE + 1.0
    """From SIGTERM to SIGKILL: what an actor allows itself, and a second to be gone in."""

    watchdog: float | None = 10.0
    """Longest silence between two WATCHDOG=1; None: not watched. A decision takes milliseconds, so ten
    seconds means stuck and not merely slow, even on a machine that swaps."""

    abort_within: float = 2.0
    """From SIGABRT to SIGKILL: enough to write every task's traceback, too short for anything else."""

    max_restarts: int = 10
    """More restarts than this within `window` and the supervisor gives up."""

    window: float = 300.0
    """Eleven lives that never get ready take at most 230 s (`ready_within` and the abort each, and the
    backoff between them), so this window always catches such an actor; 200 s would not."""

    first_delay: float = 0.1
    """Before the restart after a life that was not healthy. Short enough that a crash goes unnoticed; systemd's
    RestartSec default (systemd.service(5))."""

    longest_delay: float = 30.0
    """What that delay doubles up to. Long enough to cost nothing, short enough that a person who mended the
    cause need not wait."""

    healthy_after: float = 10.0
    """How long it must have served to count as healthy: then it is started again at once, and the delays
    begin anew."""


def actor_command(name: str) -> tuple[str, ...]:
    """Return the command line of the actor called `name`."""
    return program(f"airhail.actors.{name}")


ACTORS: tuple[ActorSpec, ...] = (
    ActorSpec("ble", actor_command("ble")),
    ActorSpec("discovery", actor_command("discovery")),
    ActorSpec("lan", actor_command("lan")),
    ActorSpec("connection", actor_command("connection")),
    ActorSpec("liveness", actor_command("liveness")),
    ActorSpec("hooks", actor_command("hooks")),
)
"""The actors, lenders before borrowers: `connection` borrows the air from `discovery`, and speaks through `lan`;
`liveness` probes the links that `connection` made, and `hooks` tells others what became of them."""
