"""Two real `lan` actors on one network: bodies flow both ways, a stranger gets nothing, idle hosts say nothing."""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from airhail.actors.lan.calls import GROUP4, PORT
from airhail.actors.lan.line import SHAKE_S
from airhail.actors.lan.wire import ANSWER, CALL, CALL_MAGIC, decode_call
from airhail.actors.netdevice import link_locals
from airhail.ipc.client import Client
from airhail.ipc.errors import CallError
from tests.system.lan.cables import Switch, connected, heard, ip, switch, why_not, within
from tests.system.test_actors import LIMIT, House

pytestmark = pytest.mark.skipif(bool(reason := why_not()), reason=reason or "never")

ALPHA, BETA = "a" * 16, "b" * 16
ALPHA_IP, BETA_IP, MALLORY_IP = "10.77.0.1", "10.77.0.2", "10.77.0.66"
KEY = "5a" * 32


@dataclass
class Two:
    """Two hosts that are plugged into a switch, each with a `lan` that serves."""

    switch: Switch
    alpha: Client
    beta: Client

    async def meet(self) -> None:
        await self.alpha.call("meet", {"peers": [met(BETA, lower=True)]}, within=LIMIT)
        await self.beta.call("meet", {"peers": [met(ALPHA, lower=False)]}, within=LIMIT)

    def host(self, name: str) -> str:
        return f"{self.switch.hub.removesuffix('switch')}{name}"


def met(peer: str, *, lower: bool, key: str = KEY) -> dict[str, Any]:
    return {"peer": peer, "address": "", "key": key, "lower": lower}


@pytest.fixture
def lan() -> Iterator[Switch]:
    with switch() as made:
        yield made


@asynccontextmanager
async def serving(folder: Path, namespace: str) -> AsyncIterator[Client]:
    house = House(folder, "unix:path=/nowhere")
    house.before = ["nsenter", f"--net=/run/netns/{namespace}"]
    async with house.actor("lan"), house.client("lan") as client:
        await until(client, lambda state: state.get("networks") == ["eth0"])
        yield client


@pytest.fixture
async def two(lan: Switch, tmp_path: Path) -> AsyncIterator[Two]:
    alpha, beta = lan.plug("alpha", ALPHA_IP), lan.plug("beta", BETA_IP)
    async with serving(tmp_path / "a", alpha) as at_alpha, serving(tmp_path / "b", beta) as at_beta:
        yield Two(lan, at_alpha, at_beta)


async def until(client: Client, wanted: Any) -> dict[str, Any]:
    with trio.fail_after(LIMIT):
        async with client.subscribe() as states:
            async for state in states:
                if wanted(state):
                    return state
    raise AssertionError("the states ended")


async def inbox(client: Client, bodies: int = 1) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await until(client, lambda state: len(state["inbox"]) >= bodies))["inbox"]
    return found


async def send(client: Client, to: str, body: str, address: str = "") -> None:
    await client.call("send", {"to": to, "address": address, "body": body}, within=LIMIT)


async def silenced(client: Client, why: str, times: int) -> None:
    """Wait until so many were passed over in silence."""
    with trio.fail_after(LIMIT):
        count = 0
        while count < times:
            count = (await client.call("silenced", within=LIMIT)).get(why, 0)


def said(frames: list[bytes]) -> list[bytes]:
    """Return the frames of airhail's calls, and of TCP."""
    return [frame for frame in frames if CALL_MAGIC in frame or is_tcp(frame)]


def is_ipv4(frame: bytes) -> bool:
    return frame[12:14] == b"\x08\x00"


def is_tcp(frame: bytes) -> bool:
    return frame[23 if is_ipv4(frame) else 20] == socket.IPPROTO_TCP and frame[12:14] in (b"\x08\x00", b"\x86\xdd")


def calls_in(frames: list[bytes]) -> list[bytes]:
    return [frame[-CALL.size :] for frame in frames if decode_call(frame[-CALL.size :]) is not None]


async def test_bodies_flow_both_ways_and_are_taken(two: Two) -> None:
    await two.meet()
    await send(two.alpha, BETA, "00ff")
    (message,) = await inbox(two.beta)
    assert (message["peer"], message["body"], message["secure"]) == (ALPHA, "00ff", False)
    await send(two.beta, ALPHA, "77" * 400)
    (answer,) = await inbox(two.alpha)
    assert (answer["peer"], answer["body"]) == (BETA, "77" * 400)
    await two.alpha.call("take", {"number": answer["number"]}, within=LIMIT)
    state = await until(two.alpha, lambda state: state["inbox"] == [])
    assert state["peers"] == {BETA: {"near": True}}


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
async def test_one_family_of_addresses_is_enough(lan: Switch, tmp_path: Path, family: str) -> None:
    alpha = lan.plug("alpha", ALPHA_IP if family == "ipv4" else "", ipv6=family == "ipv6")
    beta = lan.plug("beta", BETA_IP if family == "ipv4" else "", ipv6=family == "ipv6")
    async with serving(tmp_path / "a", alpha) as at_alpha, serving(tmp_path / "b", beta) as at_beta:
        two = Two(lan, at_alpha, at_beta)
        await two.meet()
        await send(at_alpha, BETA, "00ff")
        (message,) = await inbox(at_beta)
        assert message["address"] == ALPHA_IP or message["address"].endswith("%eth0")
        # A stranger, too, is found at the address that it was heard from.
        for client in (at_alpha, at_beta):
            await client.call("expect", {"seconds": 60}, within=LIMIT)
        await send(at_alpha, "", "01")
        *_, message = await inbox(at_beta, 2)
        await send(at_beta, "", "02", message["address"])
        assert len(await inbox(at_alpha)) == 1


async def test_a_family_in_which_connections_get_nowhere_does_not_keep_the_other_waiting(two: Two) -> None:
    # Calls get through, and what alpha answers to a connection goes to nobody, as with a firewall.
    table = within(two.host("beta"), lambda: Path("/proc/thread-self/net/if_inet6").read_text())
    ((_, address),) = link_locals(table)
    nobody = ["lladdr", "02:00:00:00:00:66", "dev", "eth0", "nud", "permanent"]
    ip("-n", two.host("alpha"), "-6", "neighbour", "replace", address, *nobody)
    await two.meet()
    # Before that connection is given up.
    await two.alpha.call("send", {"to": BETA, "body": "00"}, within=SHAKE_S)
    (message,) = await inbox(two.beta)
    assert message["address"] == ALPHA_IP


async def test_idle_hosts_say_nothing(two: Two) -> None:
    ears = two.switch.hears()
    await two.meet()
    # All that either of them does by itself it has done once it answers.
    for client in (two.alpha, two.beta):
        assert (await client.call("inspect", within=LIMIT))["state"]["networks"] == ["eth0"]
    assert said(heard(ears)) == []
    await send(two.alpha, BETA, "00")
    assert said(heard(ears))


async def test_no_call_comes_back_to_its_caller_and_none_leaves_the_link(two: Two) -> None:
    ears = two.switch.hears()
    await two.meet()
    await send(two.alpha, BETA, "00")
    frames = heard(ears)
    assert calls_in(frames)
    hops = {frame[22 if is_ipv4(frame) else 21] for frame in said(frames)}
    assert hops == {1}
    assert "own" not in await two.alpha.call("silenced", within=LIMIT)


async def test_a_peer_that_is_not_there_or_not_met_is_not_reached(two: Two) -> None:
    await two.alpha.call("meet", {"peers": [met(BETA, lower=True)]}, within=LIMIT)
    with pytest.raises(CallError):
        await two.alpha.call("send", {"to": BETA, "body": "00"}, within=1.0)
    await silenced(two.beta, "unknown", 2)
    with pytest.raises(CallError, match="not met"):
        await send(two.alpha, "c" * 16, "00")


async def test_another_key_is_another_pair(two: Two) -> None:
    await two.alpha.call("meet", {"peers": [met(BETA, lower=True)]}, within=LIMIT)
    await two.beta.call("meet", {"peers": [met(ALPHA, lower=False, key="5b" * 32)]}, within=LIMIT)
    with pytest.raises(CallError):
        await two.alpha.call("send", {"to": BETA, "body": "00"}, within=1.0)
    await silenced(two.beta, "unknown", 2)


async def test_a_full_inbox_is_told(two: Two) -> None:
    await two.meet()
    for number in range(4):
        await send(two.alpha, BETA, f"{number:02x}")
    with pytest.raises(CallError, match="too many messages"):
        await send(two.alpha, BETA, "ff")


async def test_a_host_that_was_restarted_is_reached_again(lan: Switch, tmp_path: Path) -> None:
    alpha, beta = lan.plug("alpha", ALPHA_IP), lan.plug("beta", BETA_IP)
    async with serving(tmp_path / "a", alpha) as at_alpha:
        await at_alpha.call("meet", {"peers": [met(BETA, lower=True)]}, within=LIMIT)
        for life in ("b", "c"):
            async with serving(tmp_path / life, beta) as at_beta:
                await at_beta.call("meet", {"peers": [met(ALPHA, lower=False)]}, within=LIMIT)
                await send(at_alpha, BETA, "00")
                assert len(await inbox(at_beta)) == 1


async def test_the_ports_of_a_bridge_are_no_networks_of_their_own(lan: Switch, tmp_path: Path) -> None:
    lan.plug("alpha", ALPHA_IP)
    # A link-local one would do, as each port gets it after a second.
    for interface, address in (("switch", BETA_IP), ("alpha", "10.78.0.1")):
        ip("-n", lan.hub, "address", "add", f"{address}/24", "dev", interface)
    house = House(tmp_path, "unix:path=/nowhere")
    # With the namespace's own /sys.
    house.before = ["ip", "netns", "exec", lan.hub]
    async with house.actor("lan"), house.client("lan") as client:
        state = await until(client, lambda state: state["networks"])
        assert state["networks"] == ["switch"]


async def test_a_port_that_another_has_is_told_and_taken_once_it_is_free(lan: Switch, tmp_path: Path) -> None:
    alpha, beta = lan.plug("alpha", ALPHA_IP), lan.plug("beta", BETA_IP)
    other = lan.socket(alpha, squatter)
    async with serving(tmp_path / "a", alpha) as at_alpha, serving(tmp_path / "b", beta) as at_beta:
        two = Two(lan, at_alpha, at_beta)
        await two.meet()
        state = await until(at_alpha, lambda state: "problem" in state)
        assert state["problem"]["reason"] == "calls-unheard"
        # It cannot be called, and calls.
        await send(at_alpha, BETA, "00")
        other.close()
        await until(at_alpha, lambda state: "problem" not in state)


def squatter() -> socket.socket:
    """Take the port of calls in both families."""
    made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.bind(("", PORT))
    return made


async def test_networks_come_and_go(two: Two) -> None:
    await two.meet()
    ip("-n", two.host("alpha"), "link", "set", "eth0", "down")
    state = await until(two.alpha, lambda state: state["networks"] == [])
    assert state["problem"]["reason"] == "no-network"
    with pytest.raises(CallError, match="no network"):
        await send(two.alpha, BETA, "00")
    ip("-n", two.host("alpha"), "link", "set", "eth0", "up")
    state = await until(two.alpha, lambda state: state["networks"] == ["eth0"])
    assert "problem" not in state
    await send(two.alpha, BETA, "00")
    assert len(await inbox(two.beta)) == 1


async def test_a_stranger_who_replays_all_it_has_heard_gets_nothing_but_silence(two: Two) -> None:
    mallory = two.switch.plug("mallory", MALLORY_IP)
    ears = two.switch.hears()
    await two.meet()
    await send(two.alpha, BETA, "00ff")
    await send(two.beta, ALPHA, "ff00")
    recorded = heard(ears)
    calls = calls_in(recorded)
    assert calls
    before = await two.beta.call("silenced", within=LIMIT)

    # From its own address, by multicast and straight to each; it listens at the ports that the calls name.
    ports = {call.port for data in calls if (call := decode_call(data)) is not None}
    listening = [two.switch.socket(mallory, partial(bound, port)) for port in ports]
    speaker = two.switch.socket(mallory, datagrams)
    for data in calls:
        for place in (GROUP4, BETA_IP, ALPHA_IP):
            speaker.sendto(data, (place, PORT))
    await silenced(two.beta, "forged", before.get("forged", 0) + 2)

    # With the frames as they were, alpha's addresses in them.
    raw = two.switch.socket(mallory, frames_out)
    for frame in recorded:
        raw.send(frame)
    await silenced(two.beta, "replayed", before.get("replayed", 0) + 1)

    # Nobody has said anything to it, and nothing has come of it.
    to_mallory = [frame for frame in said(heard(ears)) if socket.inet_aton(MALLORY_IP) in frame[30:34]]
    assert to_mallory == []
    for one in listening:
        with pytest.raises(BlockingIOError):
            one.accept()
    assert len(await inbox(two.beta)) == 1
    assert len(await inbox(two.alpha)) == 1


def bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.bind(("", port))
    made.listen()
    made.setblocking(False)
    return made


def datagrams() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(MALLORY_IP))
    return made


def frames_out() -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    made.bind(("eth0", 0))
    return made


async def test_who_connects_and_is_nobody_is_left_without_a_word(two: Two) -> None:
    mallory = two.switch.plug("mallory", MALLORY_IP)
    ears = two.switch.hears()
    await two.alpha.call("meet", {"peers": [met(BETA, lower=True)]}, within=LIMIT)
    async with trio.open_nursery() as nursery:

        async def call_nobody() -> None:
            with pytest.raises(CallError):
                await two.alpha.call("send", {"to": BETA, "body": "00"}, within=LIMIT)

        async def attack() -> None:
            with trio.fail_after(LIMIT):
                calls: list[bytes] = []
                while not calls:
                    await trio.lowlevel.wait_readable(ears)
                    calls = calls_in([frame for frame in heard(ears) if is_ipv4(frame)])
                ports = {call.port for data in calls if (call := decode_call(data)) is not None}
                tries = [
                    bytes(ANSWER.size),
                    b"AHA1" + calls[0][4:].ljust(ANSWER.size - 4, b"\0"),
                    b"GET / HTTP/1.1\r\n" * 9,
                ]
                for data in tries:
                    assert await left_without_a_word(mallory, ports, data)
                assert await left_without_a_word(mallory, ports, b"")
            nursery.cancel_scope.cancel()

        nursery.start_soon(call_nobody)
        nursery.start_soon(attack)


async def left_without_a_word(namespace: str, ports: set[int], data: bytes) -> bool:
    """Say something at the one of these ports that answers, and tell whether nothing was said to it."""
    for port in ports:
        try:
            stream = await connected(namespace, ALPHA_IP, port)
        except OSError:
            continue
        async with stream:
            try:
                await stream.send_all(data)
                return await stream.receive_some(1) == b""
            except trio.BrokenResourceError:
                return True
    raise AssertionError("no port is open")


async def test_strangers_meet_only_while_both_expect_it(two: Two) -> None:
    with pytest.raises(CallError):
        await two.alpha.call("send", {"to": "", "address": "", "body": "00"}, within=1.0)
    await two.beta.call("expect", {"seconds": 60}, within=LIMIT)
    await send(two.alpha, "", "01")
    (message,) = await inbox(two.beta)
    assert (message["peer"], message["body"]) == ("", "01")
    await two.alpha.call("expect", {"seconds": 60}, within=LIMIT)
    await send(two.beta, "", "02", message["address"])
    (answer,) = await inbox(two.alpha)
    assert (answer["peer"], answer["body"]) == ("", "02")
