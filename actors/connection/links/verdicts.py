"""What connection does about liveness's verdict on a link. Pure."""

from collections.abc import Mapping

from airhail.actors.connection.links.events import Effect, VerdictChanged
from airhail.actors.connection.links.link import Phase
from airhail.actors.connection.links.state import State, give_up, in_phase
from airhail.actors.reasons import Problem, Reason
from airhail.actors.verdicts import Finding, Verdict

# With which reason a link ends that was found dead. That a firewall drops the peer's probes is no reason to end it:
# the link itself works.
ENDS: Mapping[Finding, Reason] = {
    Finding.PEER_LEFT: Reason.PEER_LEFT,
    Finding.PEER_SILENT: Reason.PEER_SILENT,
    Finding.RADIO_STUCK: Reason.RADIO_STUCK,
    Finding.OWN_RADIO_GONE: Reason.RADIO_LOST,
    Finding.ONE_WAY: Reason.ONE_WAY,
}

DETAILS: Mapping[Finding, str] = {Finding.PEER_LEFT: "it said so"}


def heed(state: State, told: VerdictChanged, now: float) -> tuple[State, list[Effect]]:
    """End a link that is dead; the wish for it stays, and it is made again by the ordinary way."""
    effects: list[Effect] = []
    if told.verdict is not Verdict.DEAD or told.finding is None or told.finding not in ENDS:
        return state, effects
    problem = Problem(ENDS[told.finding], DETAILS.get(told.finding, ""))
    for link in in_phase(state, Phase.UP, peer=told.peer):
        # A verdict on what was before it on another interface is none on this one.
        if link.interface != told.interface or not link.wanted:
            continue
        state, effects = give_up(state, [link], problem, now)
    return state, effects
