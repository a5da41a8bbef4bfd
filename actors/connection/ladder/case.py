"""A case: what went wrong with one link, or the host itself, what was done about it, and its lines of history."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from airhail.actors.connection.ladder.ladder import Rung
from airhail.actors.reasons import Reason
from airhail.actors.symptoms import Symptom

# As many as any symptom looks back on, and then some.
MAX_REASONS = 8


class Outcome(enum.StrEnum):
    """How a rung, or an attempt without one, went."""

    # What comes of it is a later line, unless airhail did not live to see it.
    BEGUN = "begun"
    CURED = "cured"
    NOT_CURED = "not-cured"
    FAILED = "failed"
    ASKED = "asked"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one case; times are monotonic seconds."""

    # When an attempt first failed.
    since: float | None = None
    # Why attempts failed, the newest last.
    reasons: tuple[Reason, ...] = ()
    # Why an attempt was taken down in the middle, for no failure of the stack's: it leaves behind what those do.
    broken_off: Reason | None = None
    # Whether the peer has called this host since the last failure: it wants the link, too.
    rang: bool = False
    symptoms: tuple[Symptom, ...] = ()
    tried: Mapping[Rung, float] = field(default_factory=dict)
    # The rung that is to be used as soon as the radio is free.
    due: Rung | None = None
    # The rung that the user allowed in answer to a question.
    granted: Rung | None = None
    # The rung that was used last; the next attempt tells whether it cured.
    trial: Rung | None = None
    # The failure that was written into the history last.
    noted: Reason | None = None

    @property
    def reason(self) -> Reason | None:
        """Why the last attempt failed."""
        return self.reasons[-1] if self.reasons else None

    @property
    def left_behind(self) -> tuple[Reason, ...]:
        """Return why there may be something left of earlier attempts at both ends; empty when there is nothing."""
        return self.reasons or ((self.broken_off,) if self.broken_off else ())

    def in_a_row(self, *reasons: Reason) -> int:
        """Count how many attempts up to the last one failed for any of *reasons*."""
        count = 0
        for reason in reversed(self.reasons):
            if reason not in reasons:
                break
            count += 1
        return count


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history; *rung* is None for an attempt without one, *peer* "" for the host itself."""

    peer: str
    reason: Reason | None
    symptoms: tuple[Symptom, ...]
    rung: Rung | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the history as it is told: *at* in seconds since 1970, "" for what an `Entry` leaves open."""

    at: float
    peer: str
    reason: str
    symptoms: tuple[str, ...]
    rung: str
    outcome: str


def failed(case: Case, reason: Reason, now: float) -> Case:
    """Add one more failure."""
    since = now if case.since is None else case.since
    return replace(case, since=since, reasons=(*case.reasons, reason)[-MAX_REASONS:])


def gave_up(case: Case, rung: Rung, now: float) -> Case:
    """Note that *rung* did not cure, could not be used, or was not allowed."""
    trial = None if case.trial is rung else case.trial
    due = None if case.due is rung else case.due
    return replace(case, tried={**case.tried, rung: now}, trial=trial, due=due)
