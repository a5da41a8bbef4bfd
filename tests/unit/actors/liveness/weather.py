"""The worst air that a Wi-Fi link itself survives: losses, delays, short outages, scans, processes that stand still.

An outage of a second is as much as mac80211 bears: it gives an owner up that it has not heard for 0.7 s and that does
not answer twice, 0.5 s apart (mlme.c).
"""

import random
from functools import partial

from tests.unit.actors.liveness.world import NAMES, Air, End, World

OUTAGE_S = 1.0
APART_S = 3.0
LOSS = 0.3
DELAYS_S = (0.004, 0.05, 0.25)
STOPPED_S = 20.0
OWN_SCAN_S = 7.0


def let_it_rage(world: World, dice: random.Random, seconds: float) -> None:
    """Have a spell of bad weather begin every few seconds."""
    at = 5.0
    while at < seconds:
        at += APART_S + dice.expovariate(1 / 6)
        world.at(at, partial(spell, world, dice))


def spell(world: World, dice: random.Random) -> None:
    kind = dice.random()
    if kind < 0.5:
        for air in world.air.values():
            air.loss, air.delay = dice.uniform(0.0, LOSS), (0.001, dice.choice(DELAYS_S))
    elif kind < 0.85:
        ways = [[way] for way in world.air] + [list(world.air)]
        for way in dice.choice(ways):
            world.air[way].blocked = True
            world.at(world.now + dice.uniform(0.05, OUTAGE_S), partial(clear, world.air[way]))
    elif kind < 0.93:
        world.scan(dice.choice(NAMES), dice.uniform(0.5, OUTAGE_S), told=dice.random() < 0.5)
    else:
        stop_one(world, dice)


def stop_one(world: World, dice: random.Random) -> None:
    name = dice.choice(NAMES)
    if world.ends[name].runs:
        world.stop(name)
        world.at(world.now + dice.uniform(0.1, STOPPED_S), partial(world.go_on, name))


def clear(air: Air) -> None:
    air.blocked = False


def deaths(end: End) -> list[float]:
    """Return when an end called its link dead."""
    return [at for at, verdict, _ in end.said if verdict == "dead"]
