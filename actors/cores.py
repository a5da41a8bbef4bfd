"""The cores of all actors, for those who look at recordings: `python -m airhail.actors.cores replay FILE`.

An actor never imports another one; this is none.
"""

import sys
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from itertools import product

from airhail.actors.ble import core as ble
from airhail.actors.ble import events as ble_events
from airhail.actors.ble.state import State as BleState
from airhail.actors.connection import machine as connection
from airhail.actors.connection.hail.networks import candidates
from airhail.actors.connection.links.addresses import PREFIX
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


def networks(recording: Recording, addresses: Mapping[str, str], ids: Mapping[str, str]) -> Mapping[str, str]:
    """Return the addresses in the networks that this host and a peer may use, with those that replace them."""
    hosts = {host["address"] for host in entries(recording, "Host")} & addresses.keys()
    owns, met = trust_ids(recording)
    made: dict[str, str] = {}
    for host, peer in product(hosts, addresses.keys() - hosts):
        # The first candidate is around the pair's fixed addresses, the others follow from the trust ids.
        old, new = (candidates("", "", ends)[0] for ends in ((host, peer), (addresses[host], addresses[peer])))
        made |= inside(old, new)
    for own, peer in product(owns & ids.keys(), met & ids.keys()):
        for old, new in zip(candidates(own, peer), candidates(ids[own], ids[peer]), strict=True):
            made |= inside(old, new)
    return made


def trust_ids(recording: Recording) -> tuple[set[str], set[str]]:
    """Return the trust ids that this host had, and those of the peers that it trusted."""
    states = [*entries(recording, "State"), *entries(recording, "TrustSeen")]
    owns = {state["own"] for state in states if "own" in state}
    return owns, {peer for state in states for peer in {**state.get("trusted", {}), **state.get("peers", {})}}


def inside(old: str, new: str) -> Mapping[str, str]:
    """Return the addresses of a network, of its two hosts and of a link's route into it, with what replaces them."""
    route, its_route = (str(ip_network(f"{one}/{PREFIX}", strict=False).network_address) for one in (old, new))
    first, its_first = ip_address(old), ip_address(new)
    return {route: its_route} | {str(first + place): str(its_first + place) for place in range(3)}


CORES = {
    core.name: core
    for core in (
        Core("ble", ble.step, BleState, ble_events.Event, names=frozenset({"peer", "to", "body", "Device.name"})),
        Core(
            "connection",
            connection.step,
            connection.State,
            connection.Event,
            names=frozenset({"name", "stranger"}),
            derived=networks,
        ),
        Core(
            "discovery",
            discovery.step,
            DiscoveryState,
            discovery_events.Event,
            names=frozenset({"name", "manufacturer"}),
        ),
        Core("hooks", hooks.step, HooksState, hooks_events.Event, names=frozenset({"AIRHAIL_PEER_NAME"})),
        Core("lan", lan.step, LanState, lan_events.Event, names=frozenset({"peer", "peers", "met", "to", "body"})),
        Core("liveness", liveness.step, LivenessState, liveness_events.Event, names=frozenset()),
    )
}

if __name__ == "__main__":
    sys.exit(main(CORES, "airhail.actors.cores", sys.argv[1:]))
