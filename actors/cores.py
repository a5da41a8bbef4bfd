"""The cores of all actors, for those who look at recordings: `python -m airhail.actors.cores replay FILE`.

An actor never imports another one; this is none.
"""

import sys
from collections.abc import Mapping
from itertools import product

from airhail.actors.ble import core as ble
from airhail.actors.ble import events as ble_events
from airhail.actors.ble.state import State as BleState
from airhail.actors.connection import machine as connection
from airhail.actors.connection.links.addresses import pair
from airhail.actors.discovery import core as discovery
from airhail.actors.discovery import events as discovery_events
from airhail.actors.discovery.state import State as DiscoveryState
from airhail.actors.hooks import core as hooks
from airhail.actors.hooks import events as hooks_events
from airhail.actors.hooks.state import State as HooksState
from airhail.actors.lan import core as lan
from airhail.actors.lan import events as lan_events
from airhail.actors.lan.state import State as LanState
from airhail.actors.liveness import core as liveness
from airhail.actors.liveness import events as liveness_events
from airhail.actors.liveness.state import State as LivenessState
from airhail.ipc.recording.cores import Core
from airhail.ipc.recording.disguise import entries
from airhail.ipc.recording.lines import Recording
from airhail.ipc.recording.tool import main


def pairs(recording: Recording, new: Mapping[str, str]) -> Mapping[str, str]:
    """Return the fixed addresses of each pair of this host and a peer, with those of the pair that replaces it."""
    hosts = {host["address"] for host in entries(recording, "Host")} & new.keys()
    made: dict[str, str] = {}
    for host, peer in product(hosts, new.keys() - hosts):
        old, its = pair(host, peer), pair(new[host], new[peer])
        made |= {old.own: its.own, old.peer: its.peer}
    return made


CORES = {
    core.name: core
    for core in (
        Core("ble", ble.step, BleState, ble_events.Event, names=frozenset({"peer", "to", "body"})),
        Core(
            "connection",
            connection.step,
            connection.State,
            connection.Event,
            names=frozenset({"name", "stranger"}),
            derived=pairs,
        ),
        Core(
            "discovery",
            discovery.step,
            DiscoveryState,
            discovery_events.Event,
            names=frozenset({"name", "manufacturer"}),
        ),
        Core("hooks", hooks.step, HooksState, hooks_events.Event, names=frozenset({"AIRHAIL_PEER_NAME"})),
        Core("lan", lan.step, LanState, lan_events.Event, names=frozenset({"peer", "peers", "met", "to"})),
        Core("liveness", liveness.step, LivenessState, liveness_events.Event, names=frozenset()),
    )
}

if __name__ == "__main__":
    sys.exit(main(CORES, "airhail.actors.cores", sys.argv[1:]))
