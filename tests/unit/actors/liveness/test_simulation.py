"""No good link is called dead, and every dead one is within two seconds, over many seeds of simulated air.

`python -m tests.unit.actors.liveness.test_simulation HOURS` simulates for longer than a test may take.
"""

import random
import sys
from collections import Counter
from functools import partial

import pytest

from airhail.actors.liveness.events import ProbeHeard
from airhail.actors.verdicts import Finding, Verdict
from tests.unit.actors.liveness.weather import OWN_SCAN_S, deaths, let_it_rage
from tests.unit.actors.liveness.world import NAMES, World

HOUR_S = 3600.0
PROMISED_S = 2.0


def other(name: str) -> str:
    return "beta" if name == "alpha" else "alpha"


def storm(seed: int, seconds: float) -> World:
    world = World(seed)
    let_it_rage(world, random.Random(seed), seconds)
    world.run(seconds)
    return world


@pytest.mark.parametrize("seed", range(4))
def test_the_worst_air_that_a_link_survives_kills_none(seed: int) -> None:
    world = storm(seed, HOUR_S / 12)
    assert [deaths(end) for end in world.ends.values()] == [[], []]
    assert any(verdict is Verdict.SUSPECT for end in world.ends.values() for _, verdict, _ in end.said), "no weather"


def test_a_peer_that_vanishes_is_dead_within_two_seconds() -> None:
    took = []
    for seed in range(40):
        world, dice = World(seed, keyed=bool(seed % 2)), random.Random(seed)
        world.run(dice.uniform(5.0, 20.0))
        begun, victim = world.now, dice.choice(NAMES)
        world.vanish(victim)
        world.run(begun + 5.0)
        assert world.verdict(other(victim)) == (Verdict.DEAD, Finding.PEER_SILENT)
        took.append(deaths(world.ends[other(victim)])[0] - begun)
    assert max(took) < PROMISED_S


def test_each_end_of_a_link_that_works_one_way_finds_what_it_can() -> None:
    for seed in range(20):
        world = World(seed)
        world.run(12.0 + seed / 20)
        world.air["alpha", "beta"].blocked = True
        world.run(world.now + 3.0)
        assert world.verdict("alpha") == (Verdict.DEAD, Finding.ONE_WAY)
        assert world.verdict("beta") == (Verdict.DEAD, Finding.PEER_SILENT)


def test_the_hosts_own_scan_kills_no_link_at_either_end() -> None:
    world = World(1)
    world.run(15.0)
    world.scan("alpha", OWN_SCAN_S)
    world.run(40.0)
    assert deaths(world.ends["alpha"]) == []
    assert world.verdict("alpha") == (Verdict.ALIVE, None)


def test_a_peer_whose_airhail_stands_still_is_no_dead_peer() -> None:
    world = World(1)
    world.run(15.0)
    world.stop("beta")
    world.run(40.0)
    assert world.verdict("alpha") == (Verdict.SUSPECT, Finding.FIREWALLED)
    world.go_on("beta")
    world.run(50.0)
    assert [world.verdict(name) for name in NAMES] == [(Verdict.ALIVE, None)] * 2
    assert [deaths(end) for end in world.ends.values()] == [[], []]


def test_a_link_that_is_well_costs_little() -> None:
    world = World(1)
    world.run(20.0)
    before = [end.sent for end in world.ends.values()]
    world.run(620.0)
    sent = [(end.sent - so_far) / 600.0 for end, so_far in zip(world.ends.values(), before, strict=True)]
    assert all(rate < 2.1 for rate in sent)


def test_what_was_recorded_changes_nothing_when_it_is_played_again() -> None:
    world, dice = World(1), random.Random(1)
    world.run(20.0)
    recorded = list(world.probes)
    world.vanish("beta")
    for number in range(500):
        _, probe = dice.choice(recorded)
        world.at(20.0 + number / 50, partial(world.take, world.ends["alpha"], ProbeHeard("beta", probe)))
    world.run(35.0)
    assert 20.0 < min(deaths(world.ends["alpha"])) < 20.0 + PROMISED_S
    assert world.verdict("alpha")[0] is Verdict.DEAD


def main(hours: float) -> None:
    """Tell how often a good link was called dead."""
    found: Counter[str] = Counter()
    for seed in range(round(2 * hours)):
        world = storm(seed, HOUR_S / 2)
        for end in world.ends.values():
            found.update(verdict.value for _, verdict, _ in end.said)
    print(f"{hours:g} hours: {dict(found)}")


if __name__ == "__main__":
    main(float(sys.argv[1]))
