"""The introduction: two hosts show each other their keys, and two users see that nobody stands between them.

Each end first commits itself to what it will show, by a hash; only when it has the other's commitment does it show
its key, with a nonce. A code of six digits follows from what both have shown. Who stands between the two must commit
itself to each of them before it knows what the other will show, so its two codes are the same once in a million
tries; and it has one try: an end shows its nonce to the first that committed itself, and makes another one only when
its user begins anew. Where the carrier is encrypted and authenticated (between bonded devices) no code is needed.

Both ends do the same, at any time and in any order; what is lost is said again until it is answered. Pure: the nonce
comes in with what is shown, and the proof that the shown key is really held is made and checked by the shell.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from airhail.actors.connection.trust.messages import (
    MARK_BYTES,
    Commit,
    Reveal,
    Shown,
    code_of,
    commitment,
    transcript,
    understood,
)
from airhail.actors.reasons import Reason

ANSWER_S = 60.0
"""Seconds from the user's wish until the other end must have shown its key: its user has to type the same command."""
COMPARE_S = 120.0
"""Seconds for two users to compare six digits and say so."""
REPEAT_S = 2.0
"""Seconds between two sendings of what is not answered: messages are short, and a person waits."""
LINGER_S = 10.0
"""Seconds in which the last word is still said again: it may have been lost several times."""


class Phase(enum.StrEnum):
    """How far an introduction is."""

    OFFERING = "offering"
    COMPARING = "comparing"
    AGREED = "agreed"
    FAILED = "failed"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class MessageHeard:
    """A commitment or something shown has come."""

    message: Commit | Reveal


@dataclass(frozen=True, slots=True)
class VerdictHeard:
    """A verdict has come whose proof is good."""

    same: bool
    heard: bool


@dataclass(frozen=True, slots=True)
class KeyRefused:
    """The key that was shown is none with which a secret can be shared."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The user has said whether the codes are the same."""

    same: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """The deadline has come."""


Event = MessageHeard | VerdictHeard | KeyRefused | Compared | Tick


@dataclass(frozen=True, slots=True)
class Say:
    """Send a message."""

    message: Commit | Reveal


@dataclass(frozen=True, slots=True)
class SayVerdict:
    """Send the verdict, with its proof."""

    same: bool
    heard: bool


@dataclass(frozen=True, slots=True)
class ShowCode:
    """Show the user who is there, and the code."""

    code: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class Admit:
    """Trust whom both users have agreed on."""

    shown: Shown
    salt: bytes


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Tell the user why nobody was introduced."""

    reason: Reason


Effect = Say | SayVerdict | ShowCode | Admit | GiveUp


@dataclass(frozen=True, slots=True)
class Introduction:
    """One introduction, from a user's wish to its end."""

    shown: bytes
    bonded: bool
    until: float
    repeat_at: float
    phase: Phase = Phase.OFFERING
    their_commit: bytes = b""
    their_bytes: bytes = b""
    theirs: Shown | None = None
    own_word: bool | None = None
    their_word: bool | None = None
    # What did not belong here: said once too often, by somebody else, or not what was committed to.
    ignored: int = 0

    @property
    def deadline(self) -> float | None:
        """When to send Tick; None once it is over."""
        return None if self.phase is Phase.OVER else min(self.until, self.repeat_at)

    @property
    def mark(self) -> bytes:
        """This end's mark."""
        return commitment(self.shown)[:MARK_BYTES]

    @property
    def their_mark(self) -> bytes:
        """The other end's mark, once it has committed itself."""
        return self.their_commit[:MARK_BYTES]

    @property
    def salt(self) -> bytes:
        """What the pair's keys are derived with: it follows from all that both have shown."""
        return transcript(self.shown, self.their_bytes)


def begin(shown: bytes, *, bonded: bool, now: float) -> tuple[Introduction, list[Effect]]:
    """Begin an introduction in which this end shows *shown*, a packed `Shown` with a nonce that is new."""
    state = Introduction(shown, bonded, until=now + ANSWER_S, repeat_at=now + REPEAT_S)
    return state, said(state)


def step(state: Introduction, event: Event, now: float) -> tuple[Introduction, Sequence[Effect]]:
    """Take one event."""
    match event:
        case Tick():
            return tick(state, now)
        case MessageHeard(Commit(commit)):
            return take_commit(state, commit)
        case MessageHeard(Reveal() as reveal):
            return take_reveal(state, reveal, now)
        case KeyRefused() if state.phase is Phase.COMPARING:
            return replace(state, phase=Phase.OVER), [GiveUp(Reason.INTRODUCTION_BROKEN)]
        case VerdictHeard(same, heard) if state.theirs is not None:
            return take_verdict(state, same, heard, now)
        case Compared(same) if state.phase is Phase.COMPARING and state.own_word is None:
            return settle(replace(state, own_word=same), now)
        case _:
            return replace(state, ignored=state.ignored + 1), []


def take_commit(state: Introduction, commit: bytes) -> tuple[Introduction, Sequence[Effect]]:
    """Bind this introduction to the first that commits itself, and show it what this end has."""
    if state.phase is not Phase.OFFERING or state.their_commit or commit == commitment(state.shown):
        return replace(state, ignored=state.ignored + 1), []
    state = replace(state, their_commit=commit)
    return state, said(state)


def take_reveal(state: Introduction, reveal: Reveal, now: float) -> tuple[Introduction, Sequence[Effect]]:
    """Believe what is shown if it is what was committed to."""
    fits = (
        state.phase is Phase.OFFERING
        and (reveal.mark, reveal.to) == (state.their_mark, state.mark)
        and commitment(reveal.shown) == state.their_commit
    )
    theirs = understood(reveal.shown) if fits else None
    if theirs is None:
        return replace(state, ignored=state.ignored + 1), []
    state = replace(
        state,
        phase=Phase.COMPARING,
        their_bytes=reveal.shown,
        theirs=theirs,
        until=now + COMPARE_S,
        repeat_at=now + REPEAT_S,
    )
    # Said again at once: that we have seen theirs says nothing of whether they have seen ours.
    effects = [*said(state), ShowCode(code_of(state.salt), theirs)]
    if not state.bonded:
        return state, effects
    state, settled = settle(replace(state, own_word=True), now)
    return state, [*effects, *settled]


def take_verdict(state: Introduction, same: bool, heard: bool, now: float) -> tuple[Introduction, Sequence[Effect]]:
    """Take the first word of the other user, and stop repeating our own once it was heard."""
    effects: Sequence[Effect] = []
    if state.their_word is None and state.phase is Phase.COMPARING:
        state, effects = settle(replace(state, their_word=same), now)
    if heard and state.phase in (Phase.AGREED, Phase.FAILED):
        state = replace(state, phase=Phase.OVER)
    return state, effects


def settle(state: Introduction, now: float) -> tuple[Introduction, Sequence[Effect]]:
    """Conclude from what both users have said so far."""
    words = (state.own_word, state.their_word)
    effects: list[Effect] = []
    if words == (True, True) and (theirs := state.theirs) is not None:
        state = replace(state, phase=Phase.AGREED, until=now + LINGER_S)
        effects = [Admit(theirs, state.salt)]
    elif False in words:
        state = replace(state, phase=Phase.FAILED, until=now + LINGER_S)
        effects = [GiveUp(Reason.CODES_NOT_CONFIRMED)]
    return state, [*said(state), *effects]


def said(state: Introduction) -> list[Effect]:
    """Return all that this end has to say and has no answer to."""
    effects: list[Effect] = []
    if state.phase is Phase.OFFERING:
        effects.append(Say(Commit(commitment(state.shown))))
    if state.their_commit and state.their_word is None:
        effects.append(Say(Reveal(state.mark, state.their_mark, state.shown)))
    if state.theirs is not None and state.own_word is not None:
        effects.append(SayVerdict(state.own_word, state.their_word is not None))
    return effects


def tick(state: Introduction, now: float) -> tuple[Introduction, Sequence[Effect]]:
    """Say again what is not answered, until the time is over."""
    if now < state.until:
        state = replace(state, repeat_at=now + REPEAT_S)
        return state, said(state)
    reason = {Phase.OFFERING: Reason.NOT_INTRODUCED, Phase.COMPARING: Reason.CODES_NOT_CONFIRMED}.get(state.phase)
    return replace(state, phase=Phase.OVER), [GiveUp(reason)] if reason else []
