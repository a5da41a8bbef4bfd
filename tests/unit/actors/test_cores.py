"""What the cores' recordings tell of people is replaced in a disguise, and they decide the same in it."""

from ipaddress import ip_network

import msgspec
import pytest

from airhail.actors.ble.adapter import Adapter, Device, World
from airhail.actors.ble.events import PeersMet as BlePeersMet
from airhail.actors.ble.events import SendAsked as BleSendAsked
from airhail.actors.ble.events import SendDropped as BleSendDropped
from airhail.actors.ble.events import WorldSeen
from airhail.actors.ble.state import State as BleState
from airhail.actors.connection.hail.events import HailWanted, Here, HereSeen, MessageArrived, Policy
from airhail.actors.connection.hail.messages import Offer, Propose, Tier
from airhail.actors.connection.hail.networks import candidates
from airhail.actors.connection.links.events import HostSeen
from airhail.actors.connection.links.world import Host
from airhail.actors.connection.machine import State as ConnectionState
from airhail.actors.connection.machine import Trusted, TrustSeen
from airhail.actors.cores import CORES
from airhail.actors.lan.events import BodyHeard, LineOpened, NetworksSeen, PeersMet, SendAsked
from airhail.actors.lan.state import State as LanState
from airhail.ipc.recording.codec import encode
from airhail.ipc.recording.cores import Core
from airhail.ipc.recording.disguise import disguise
from airhail.ipc.recording.lines import VERSION, Begin, End, Header, Recording, Step
from airhail.ipc.recording.replay import first_difference

OWN = "fedcba9876543210"
PEER = "0123456789abcdef"
ADDRESS = "02:00:00:00:00:0a"
INTRODUCTION = msgspec.msgpack.encode({"name": "Ann's phone", "address": ADDRESS})


def recorded(core: Core, state: object, *events: object) -> Recording:
    """Return a recording of what a core does."""
    lines: list[Begin | Step] = [Begin(encode(state), 0, "a")]
    for number, event in enumerate(events):
        state, effects = core.step(state, event, float(number))
        lines.append(Step(float(number), encode(event), encode(effects)))
    return Recording(Header(VERSION, "0", core.name, 0.0), tuple(lines), End("the test is over"))


def hidden(core: Core, recording: Recording) -> str:
    """Return the recording in disguise, in which the core decides as it did."""
    masked = disguise(core, recording, b"key")
    assert first_difference(core, recording) == first_difference(core, masked) == ""
    return masked.write().decode()


@pytest.mark.parametrize("wanted", ["", "hci10", "none"])
def test_ble_tells_no_names_and_chooses_the_same_adapter(wanted: str) -> None:
    adapters = tuple(
        Adapter(f"/org/bluez/{name}", name, f"02:00:00:00:01:{place:02x}", True, True)
        for place, name in enumerate(("hci10", "hci2", "hci9"))
    )
    device = Device("/org/bluez/hci2/dev_02_00_00_00_00_0A", "/org/bluez/hci2", ADDRESS, "Ann's phone", bonded=True)
    text = hidden(
        CORES["ble"],
        recorded(
            CORES["ble"],
            BleState(wanted),
            WorldSeen(World("life", adapters, (device,))),
            BlePeersMet(()),
            BleSendAsked(1, "", ADDRESS, INTRODUCTION, 10.0),
            BleSendDropped(1),
            BleSendAsked(2, PEER, ADDRESS, b"sealed", 10.0),  # not met: the answer is an error
        ),
    )
    for secret in ("Ann", "phone", ADDRESS, PEER, INTRODUCTION.hex()):
        assert secret not in text


def test_lan_tells_nothing_of_introductions() -> None:
    text = hidden(
        CORES["lan"],
        recorded(
            CORES["lan"],
            LanState(),
            NetworksSeen(("wlan0",)),
            LineOpened(1, "", "fe80::1%wlan0"),
            BodyHeard(1, 1, INTRODUCTION),
            SendAsked(2, "", "", INTRODUCTION),
            SendAsked(3, PEER, "", b"sealed"),  # not met: the answer names it
            PeersMet((PEER,)),
        ),
    )
    for secret in (INTRODUCTION.hex(), b"Ann".hex(), PEER):
        assert secret not in text


def test_connection_proposes_the_networks_of_the_new_addresses_and_trust_ids() -> None:
    own, near, away, caller = (f"02:00:00:00:00:{number:02x}" for number in (9, 10, 11, 12))
    first, second, third = (f"{number:016x}" for number in (7, 8, 255))
    peers = {
        first: Trusted((near,)),
        second: Trusted((away,)),
        third: Trusted((caller,), Policy.ALWAYS),
    }
    # A route into what the two would like second best: another link has it.
    route = str(ip_network(f"{candidates(OWN, first)[0]}/24", strict=False))
    here = Here(own, "Ben", Tier.USER, taken=("10.0.0.0/24", route), radio=True)
    networks = tuple(candidates(OWN, third, (own, caller))[:4])
    text = hidden(
        CORES["connection"],
        recorded(
            CORES["connection"],
            ConnectionState(),
            TrustSeen(OWN, peers),
            HostSeen(Host("/Devices/3", own)),
            HereSeen(here),
            HailWanted(first, b"session1", address=near),
            HailWanted(second, b"session2"),
            MessageArrived(third, Propose(b"session3", Offer(caller, "Ann", Tier.USER), networks)),
        ),
    )
    for secret in (OWN, *peers, own, near, away, caller, "Ann", "Ben", *networks):
        assert secret not in text
    assert "Propose" in text
    assert "Accept" in text
