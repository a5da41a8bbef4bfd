"""The core of `lan`: whom to call and when, which line a body takes, and what comes into the inbox."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from airhail.actors import inbox
from airhail.actors.backoff import pause
from airhail.actors.lan.events import (
    AnswerBody,
    AnswerSend,
    AwaitAnswers,
    BodyAnswered,
    BodyHeard,
    CallPeer,
    CloseLine,
    Effect,
    Event,
    ExpectStrangers,
    HearingChanged,
    LineClosed,
    LineOpened,
    MessageTaken,
    NetworksSeen,
    PeersMet,
    SendAsked,
    SendBody,
    SendDropped,
    StrangersExpected,
    Tick,
)
from airhail.actors.lan.state import (
    ANSWER_S,
    CALL_FIRST_S,
    CALL_LAST_S,
    MAX_LINES,
    MAX_SENDS,
    QUIET_S,
    Line,
    Send,
    State,
)
from airhail.actors.reasons import EXPLANATIONS, Reason

Item = TypeVar("Item")
Value = TypeVar("Value")

STRANGER = ""


def step(state: State, event: Event, now: float) -> tuple[State, Sequence[Effect]]:
    """Take one event."""
    after, effects = take(state, event, now)
    if not admits_strangers(after):
        after, left = leave_strangers(after)
        effects += left
    # What follows from the state alone: whether there is a port for answers, and whether strangers are understood.
    if (waiting := is_calling(after)) != is_calling(state):
        effects = [AwaitAnswers(waiting), *effects] if waiting else [*effects, AwaitAnswers(waiting)]
    if bool(after.expecting) != bool(state.expecting):
        effects = [ExpectStrangers(bool(after.expecting)), *effects]
    return after, effects


def take(state: State, event: Event, now: float) -> tuple[State, list[Effect]]:
    """Take one event, and look after sends and lines."""
    match event:
        case NetworksSeen(interfaces):
            return replace(state, interfaces=interfaces), []
        case HearingChanged(problem):
            return replace(state, deaf=problem), []
        case PeersMet(peers):
            return meet(replace(state, met=peers))
        case StrangersExpected(by, seconds):
            others = {known: until for known, until in state.expecting.items() if known != by}
            return replace(state, expecting={**others, by: now + seconds} if seconds > 0 else others), []
        case SendAsked():
            return take_send(state, event, now)
        case SendDropped(send):
            return replace(state, sends=without(state.sends, send)), []
        case LineOpened(line, peer, address):
            return open_line(state, Line(line, peer, address, now), now)
        case LineClosed(line):
            return close(state, line, now)
        case BodyHeard():
            return take_body(state, event, now)
        case BodyAnswered():
            return take_answer(state, event, now)
        case MessageTaken(number):
            return replace(state, inbox=inbox.take(state.inbox, number)), []
        case Tick():
            return tick(state, now)


def is_calling(state: State) -> bool:
    """Tell whether somebody is being called."""
    return any(send.line is None for send in state.sends.values())


def meet(state: State) -> tuple[State, list[Effect]]:
    """Give up what is under way with peers that are not met any more."""

    def unknown(peer: str) -> bool:
        return peer not in (STRANGER, *state.met)

    effects: list[Effect] = [CloseLine(line.line) for line in state.lines.values() if unknown(line.peer)]
    effects += [
        AnswerSend(send.send, f"{send.to} is not met any more") for send in state.sends.values() if unknown(send.to)
    ]
    lines = {number: line for number, line in state.lines.items() if not unknown(line.peer)}
    sends = {number: send for number, send in state.sends.items() if not unknown(send.to)}
    return replace(state, lines=lines, sends=sends), effects


def take_send(state: State, asked: SendAsked, now: float) -> tuple[State, list[Effect]]:
    """Send a body over the line that there is, or call the peer."""
    if asked.to not in (STRANGER, *state.met):
        return state, [AnswerSend(asked.send, f"{asked.to} is not met: only trusted peers are called")]
    if not state.interfaces:
        return state, [AnswerSend(asked.send, EXPLANATIONS[Reason.NO_NETWORK].sentence)]
    if len(state.sends) >= MAX_SENDS:
        return state, [AnswerSend(asked.send, f"{MAX_SENDS} deliveries are under way already: try again in a while")]
    send = Send(asked.send, asked.to, asked.address, asked.body, now)
    return go_on(replace(state, sends={**state.sends, send.send: send}), send, now)


def go_on(state: State, send: Send, now: float) -> tuple[State, list[Effect]]:
    """Send over the line that was used last, or call."""
    fitting = [line for line in state.lines.values() if serves(line, send)]
    if fitting:
        line = max(fitting, key=lambda line: line.quiet_since)
        send = replace(send, line=line.line, due=now + ANSWER_S)
        effect: Effect = SendBody(line.line, send.send, send.body)
    else:
        calls = send.calls + 1
        send = replace(send, line=None, due=now + pause(CALL_FIRST_S, CALL_LAST_S, calls), calls=calls)
        effect = CallPeer(send.to, send.address)
    return replace(state, sends={**state.sends, send.send: send}), [effect]


def serves(line: Line, send: Send) -> bool:
    """Tell whether a line leads where a body is to go."""
    return line.peer == send.to and (send.to != STRANGER or send.address in ("", line.address))


def open_line(state: State, line: Line, now: float) -> tuple[State, list[Effect]]:
    """Use a new line for all that waits for it."""
    if line.peer not in (STRANGER, *state.met) or (line.peer == STRANGER and not admits_strangers(state)):
        return state, [CloseLine(line.line)]
    effects: list[Effect] = []
    if len(state.lines) >= MAX_LINES:
        oldest = min(state.lines.values(), key=lambda line: line.quiet_since)
        state, closed = close(state, oldest.line, now)
        effects = [CloseLine(oldest.line), *closed]
    state = replace(state, lines={**state.lines, line.line: line})
    waiting = [send for send in state.sends.values() if send.line is None and serves(line, send)]
    state, sent = each(state, waiting, lambda state, send: go_on(state, send, now))
    return state, [*effects, *sent]


def admits_strangers(state: State) -> bool:
    """Tell whether anything is to be had with strangers now."""
    return bool(state.expecting) or any(send.to == STRANGER for send in state.sends.values())


def leave_strangers(state: State) -> tuple[State, list[Effect]]:
    """Close the lines of strangers: whoever speaks on one would keep it for ever, and could fill them all."""
    left = [line.line for line in state.lines.values() if line.peer == STRANGER]
    if not left:
        return state, []
    lines = {number: line for number, line in state.lines.items() if line.peer != STRANGER}
    return replace(state, lines=lines), [CloseLine(line) for line in left]


def close(state: State, line: int, now: float) -> tuple[State, list[Effect]]:
    """Forget a line; what was being sent over it goes another way."""
    state = replace(state, lines=without(state.lines, line))
    stranded = [send for send in state.sends.values() if send.line == line]
    return each(state, stranded, lambda state, send: go_on(state, send, now))


def take_body(state: State, heard: BodyHeard, now: float) -> tuple[State, list[Effect]]:
    """Put a body into the inbox, and tell its sender."""
    line = state.lines.get(heard.line)
    if line is None:
        return state, []
    lines = {**state.lines, line.line: replace(line, quiet_since=now)}
    welcome = line.peer != STRANGER or state.expecting
    # A line is neither encrypted nor known to be whose it says: only a bonded carrier is `secure`.
    fuller = welcome and inbox.put(
        state.inbox, peer=line.peer, address=line.address, secure=False, body=heard.body, now=now
    )
    kept = fuller or state.inbox
    return replace(state, lines=lines, inbox=kept), [AnswerBody(line.line, heard.number, bool(fuller))]


def take_answer(state: State, answered: BodyAnswered, now: float) -> tuple[State, list[Effect]]:
    """Tell who asked for a delivery how it went."""
    send = state.sends.get(answered.number)
    line = state.lines.get(answered.line)
    if send is None or line is None or send.line != answered.line:
        return state, []
    lines = {**state.lines, line.line: replace(line, quiet_since=now)}
    problem = "" if answered.taken else "the other end has too many messages waiting: try again in a while"
    return replace(state, lines=lines, sends=without(state.sends, send.send)), [AnswerSend(send.send, problem)]


def tick(state: State, now: float) -> tuple[State, list[Effect]]:
    """Do what is due."""
    state = replace(
        state,
        inbox=inbox.expire(state.inbox, now),
        expecting={by: until for by, until in state.expecting.items() if now < until},
    )
    due = [send for send in state.sends.values() if send.due <= now]
    # A line on which a body was not answered is dead, one that has been quiet has done its work.
    dead = {send.line for send in due} | {
        line.line for line in state.lines.values() if line.quiet_since + QUIET_S <= now
    }
    ending = [line for line in dead if line is not None and line in state.lines]
    state, effects = each(state, ending, lambda state, line: close(state, line, now))
    calling = [send for send in due if send.line is None]
    state, called = each(state, calling, lambda state, send: go_on(state, send, now))
    return state, [*map(CloseLine, ending), *effects, *called]


def each(
    state: State, items: Sequence[Item], do: Callable[[State, Item], tuple[State, list[Effect]]]
) -> tuple[State, list[Effect]]:
    """Do something for each item, one after the other."""
    effects: list[Effect] = []
    for item in items:
        state, more = do(state, item)
        effects += more
    return state, effects


def without(known: Mapping[int, Value], number: int) -> dict[int, Value]:
    """Return all but one."""
    return {other: value for other, value in known.items() if other != number}
