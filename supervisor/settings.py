"""The configuration of the supervisor: [supervisor] says how every actor is treated, [supervisor.actors.NAME] one."""

import enum
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from airhail.ipc.config import Config
from airhail.supervisor.metrics import Address, BadAddressError, parse_address
from airhail.supervisor.restart import longest_failure
from airhail.supervisor.specs import ActorSpec, RestartKind, Strategy

SECTION = "supervisor"

# A day is beyond whatever could be meant; it keeps sums of these from growing past what a clock can hold.
Seconds = Annotated[float, Meta(gt=0, le=86400)]
SecondsOrNever = Annotated[float, Meta(ge=0, le=86400)]
Count = Annotated[int, Meta(ge=0, le=1000)]


class SpawnerKind(enum.Enum):
    """How the processes of the actors are started."""

    FORK = "fork"
    """From a process that has loaded everything (`zygote.py`): fast, and in shared memory."""
    EXEC = "exec"
    """Each from nothing."""


class Treatment(Struct, frozen=True, kw_only=True):
    """What can be said of all actors and of one alike; `specs.ActorSpec` explains it."""

    strategy: Strategy | UnsetType = UNSET
    ready_within: Seconds | UnsetType = UNSET
    stop_within: Seconds | UnsetType = UNSET
    watchdog: SecondsOrNever | UnsetType = UNSET
    """0: not watched."""
    abort_within: Seconds | UnsetType = UNSET
    max_restarts: Count | UnsetType = UNSET
    window: Seconds | UnsetType = UNSET
    first_delay: Seconds | UnsetType = UNSET
    longest_delay: Seconds | UnsetType = UNSET
    healthy_after: Seconds | UnsetType = UNSET


class ActorSection(Treatment, frozen=True, kw_only=True):
    """The section [supervisor.actors.NAME]."""

    restart: RestartKind | UnsetType = UNSET


class SupervisorSection(Treatment, frozen=True, kw_only=True):
    """The section [supervisor]."""

    spawner: SpawnerKind = SpawnerKind.FORK
    metrics_listen: str = ""
    actors: dict[str, Any] = {}
    """Read again, one by one, as `ActorSection`."""


def metrics_address(config: Config) -> Address | None:
    """Return where the metrics are to be served; None for nowhere.

    Raises ConfigError.
    """
    text = config.section(SECTION, SupervisorSection).metrics_listen
    try:
        return parse_address(text) if text else None
    except BadAddressError as error:
        raise config.error(str(error), SECTION, "metrics_listen") from error


def configured(specs: Sequence[ActorSpec], config: Config) -> list[ActorSpec]:
    """Return the specs as the configuration has them.

    Raises ConfigError, also for what is well said and makes no sense.
    """
    section = config.section(SECTION, SupervisorSection)
    known = [spec.name for spec in specs]
    for name in section.actors:
        if name not in known:
            raise config.error(f"is no actor; the actors are: {', '.join(known)}", f"{SECTION}.actors", name)
    return [configured_one(spec, section, config) for spec in specs]


def configured_one(spec: ActorSpec, section: SupervisorSection, config: Config) -> ActorSpec:
    """Return one actor's spec with both sections applied, checked as a whole."""
    name = f"{SECTION}.actors.{spec.name}"
    own = config.section(name, ActorSection)
    spec = treated(treated(spec, section), own)
    if own.restart is not UNSET:
        spec = replace(spec, kind=own.restart)

    def blame(*keys: str) -> tuple[str, str]:
        """Return where one of the keys is written, in the actor's own section first."""
        written = [(name, key) for key in keys if getattr(own, key) is not UNSET]
        written += [(SECTION, key) for key in keys if getattr(section, key) is not UNSET]
        return written[0] if written else (SECTION, keys[0])

    if spec.first_delay > spec.longest_delay:
        what = f"a first_delay of {spec.first_delay:g} s is more than the longest_delay of {spec.longest_delay:g} s"
        raise config.error(what, *blame("first_delay", "longest_delay"))
    if spec.window <= (needed := longest_failure(spec)):
        what = (
            f"a window of {spec.window:g} s is too short for {spec.name}: {spec.max_restarts + 1} lives that never "
            f"get ready take up to {needed:.0f} s, so it would never be given up; make window longer than that"
        )
        keys = ("window", "max_restarts", "ready_within", "abort_within", "first_delay", "longest_delay")
        raise config.error(what, *blame(*keys))
    return spec


def treated(spec: ActorSpec, treatment: Treatment) -> ActorSpec:
    """Return the spec with all that a section says of it."""
    said: dict[str, Any] = {
        field.name: getattr(treatment, field.name)
        for field in msgspec.structs.fields(Treatment)
        if getattr(treatment, field.name) is not UNSET
    }
    if "watchdog" in said:
        said["watchdog"] = said["watchdog"] or None
    return replace(spec, **said)
