"""Run a core over what it took in once, and see whether it decides the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airhail.ipc.recording.codec import decode, encode
from airhail.ipc.recording.cores import Core
from airhail.ipc.recording.lines import Begin, Recording, Step
from airhail.ipc.recording.steps import in_words


@dataclass(frozen=True, slots=True)
class Change:
    """One place of the state, and what stood there before and after; None: nothing."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Replayed:
    """One step, as it was recorded and as this code takes it."""

    number: int
    """Counted through the whole recording, from 1."""
    elapsed: float
    """Seconds since the first step after the same state."""
    recorded: Step
    before: Any
    """The state, as an object of this code; None when that could not be made."""
    after: Any
    """The state then; None when the step failed."""
    effects: list[Any]
    """As plain data."""
    raised: str = ""

    @property
    def changes(self) -> list[Change]:
        """Return what the step changed in the state."""
        return [] if self.after is None else list(differences(encode(self.before), encode(self.after)))

    @property
    def difference(self) -> str:
        """Say what this code decides otherwise than was recorded; "" when nothing."""
        if self.effects == self.recorded.effects and self.raised == self.recorded.raised:
            return ""
        return f"step {self.number}: {self.outcome}; recorded was: {outcome_of(self.recorded)}"

    @property
    def outcome(self) -> str:
        """Return what came of the step, in words."""
        return outcome_of(Step(self.recorded.now, None, self.effects, self.raised))


def replay(core: Core, recording: Recording) -> Iterator[Begin | Replayed]:
    """Yield every state that the recording begins with, and every step after it.

    Where a step fails, also because this code does not know what was recorded, the steps after it are left out, up
    to the recording's next state.
    """
    number = 1
    for begin, steps in parts(recording):
        yield begin
        yield from replay_part(core, begin, steps, number)
        number += len(steps)


def parts(recording: Recording) -> list[tuple[Begin, list[Step]]]:
    """Return each state with the steps after it."""
    found: list[tuple[Begin, list[Step]]] = []
    for line in recording.lines:
        if isinstance(line, Begin):
            found.append((line, []))
        else:
            found[-1][1].append(line)
    return found


def replay_part(core: Core, begin: Begin, steps: Sequence[Step], number: int) -> Iterator[Replayed]:
    """Yield the steps after one state, the first of which has this number."""
    state: Any = None
    for place, step in enumerate(steps):
        before, elapsed = state, step.now - steps[0].now
        try:
            if place == 0:
                before = decode(begin.state, core.state, "the state")
            state, effects = core.step(before, decode(step.event, core.event, "the event"), step.now)
        except Exception as error:
            yield Replayed(number + place, elapsed, step, before, None, [], in_words(error))
            return
        yield Replayed(number + place, elapsed, step, before, state, encode(effects))


def first_difference(core: Core, recording: Recording) -> str:
    """Say where this code first decides otherwise than was recorded; "" when it never does."""
    steps = (one for one in replay(core, recording) if isinstance(one, Replayed))
    return next((one.difference for one in steps if one.difference), "")


def differences(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Yield the innermost places at which two pieces of plain data differ."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {**before, **after}:
            yield from differences(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, f"{path}[{number}]")
    elif before != after:
        yield Change(path, before, after)


def outcome_of(step: Step) -> str:
    """Return what came of a step, in words."""
    return f"raised {step.raised}" if step.raised else ", ".join(map(words, step.effects)) or "nothing"


def words(value: Any) -> str:
    """Return plain data as Python would write what it stands for."""
    match value:
        case {"is": kind, **fields}:
            return f"{kind}({', '.join(f'{name}={words(item)}' for name, item in fields.items())})"
        case Mapping():
            return "{" + ", ".join(f"{key}: {words(item)}" for key, item in value.items()) + "}"
        case list():
            return f"[{', '.join(map(words, value))}]"
        case _:
            return repr(value)
