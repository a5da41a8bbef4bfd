"""Whatever comes as a probe, only what the peer has made is one, and no other changes what is thought of a link."""

from airhail.actors.liveness.core import step
from airhail.actors.liveness.events import KeysKnown, LinkOpened, LinksSeen, ProbeHeard, Tick, Watched
from airhail.actors.liveness.keyring import Keyring, PairKey, Silence
from airhail.actors.liveness.state import State
from airhail.actors.liveness.wire import ASK, BYE, Probe
from airhail.actors.verdicts import Verdict

KEY = bytes(range(32))
PEER = "42:00:00:00:02:00"
NOW = 100.0


def ring(*, lower: bool) -> Keyring:
    made = Keyring()
    made.know([(PEER, PairKey("b" * 16, KEY, lower))])
    return made


def watching(*, keyed: bool) -> State:
    """Return the state of a host that has just asked, as the first probe of its session 1."""
    state, _ = step(State(), KeysKnown(frozenset({PEER} if keyed else ())), NOW)
    for event in (LinksSeen((Watched(PEER, "p2p0", "10.0.0.2"),)), LinkOpened(PEER, 1), Tick()):
        state, _ = step(state, event, NOW)
    return state


ANSWER = Probe(2, 1, 1, 1, 1, 100)
SEALED = ring(lower=False).seal(PEER, ANSWER)
OPEN = Keyring().seal(PEER, ANSWER)
SEEDS = (
    SEALED,
    OPEN,
    b"",
    SEALED[:-1],
    ring(lower=True).seal(PEER, ANSWER),
    Keyring().seal(PEER, Probe(2, 1, flags=ASK)),
    Keyring().seal(PEER, Probe(2, 1, 1, 1, flags=BYE)),
    Keyring().seal(PEER, Probe(1, 2, 1, 1)),
)


def check(data: bytes) -> None:
    """Take *data* for a probe, on the link of a pair that has a key, and on another."""
    heard = ring(lower=True).open(PEER, data)
    assert isinstance(heard, Silence) == (data != SEALED)
    heard = Keyring().open(PEER, data)
    if isinstance(heard, Silence):
        return
    before = watching(keyed=False)
    state, _ = step(before, ProbeHeard(PEER, heard), NOW + 0.1)
    link, old = state.links[PEER], before.links[PEER]
    echoes = heard.session != 1 and (heard.echo_session, heard.echo_counter) == (1, 1)
    assert (link.theirs != old.theirs) == echoes
    assert (link.shown.verdict is None) == (not echoes)
    if echoes:
        assert link.shown.verdict is (Verdict.DEAD if heard.flags & BYE else Verdict.ALIVE)
        again, effects = step(state, ProbeHeard(PEER, heard), NOW + 0.2)
        assert not effects
        assert again.links[PEER].theirs == link.theirs
