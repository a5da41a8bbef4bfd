"""The published state document of `liveness`."""

from typing import Any

from airhail.actors.liveness.events import Watched
from airhail.actors.liveness.link import Link, Shown
from airhail.actors.liveness.state import State
from airhail.actors.reasons import Problem, Reason
from airhail.actors.verdicts import SEEN, Verdict


class Documents:
    """Makes the documents of one life of the actor; the same one again while nothing shown has changed.

    Most probes change nothing that is shown, and with many links a document is much more work than a probe.
    """

    def __init__(self) -> None:
        self._shown: list[tuple[Watched, Shown, str]] = []
        self._made: dict[str, Any] = document(State())

    def __call__(self, state: State) -> dict[str, Any]:
        """Shape the state for others, as `document` does."""
        shown = [(link.watched, link.shown, link.trouble) for link in state.links.values()]
        if shown != self._shown:
            self._shown, self._made = shown, document(state)
        return self._made


def document(state: State) -> dict[str, Any]:
    """Shape the state for others: times are monotonic seconds, what is unknown is absent."""
    shaped: dict[str, Any] = {"links": {peer: _link(link) for peer, link in state.links.items()}}
    if trouble := _trouble(state):
        # One is shown: what keeps one link from being probed mostly keeps all.
        shaped["problem"] = Problem(Reason.NO_PROBES, trouble[0]).document()
    return shaped


def describe(state: State) -> str:
    """Say in one line how the links are."""
    verdicts = [link.shown.verdict for link in state.links.values() if link.shown.verdict]
    told = [f"{verdicts.count(verdict)} {verdict}" for verdict in Verdict if verdict in verdicts]
    if _trouble(state):
        told.append(Reason.NO_PROBES.value)
    return ", ".join(told) or "no link"


def _trouble(state: State) -> list[str]:
    """Return why links cannot be probed, each with its interface."""
    return [f"{link.watched.interface}: {link.trouble}" for link in state.links.values() if link.trouble]


def _link(link: Link) -> dict[str, Any]:
    shown = link.shown
    shaped: dict[str, Any] = {
        "peer": link.watched.peer,
        "interface": link.watched.interface,
        "mode": shown.mode.value,
        "interval": shown.interval,
    }
    if shown.verdict is not None:
        shaped |= {"verdict": shown.verdict.value, "since": shown.since}
    if shown.finding is not None:
        shaped |= {"finding": shown.finding.value, "sentence": SEEN[shown.finding]}
    if shown.rtt_p50 is not None and shown.rtt_p99 is not None:
        p50, p99 = round(shown.rtt_p50, 6), round(shown.rtt_p99, 6)
        shaped["rtt"] = {"p50": p50, "p99": p99, "samples": shown.samples}
    losses = {"to_peer": shown.to_peer, "from_peer": shown.from_peer}
    if known := {way: round(loss, 3) for way, loss in losses.items() if loss is not None}:
        shaped["loss"] = known
    return shaped
