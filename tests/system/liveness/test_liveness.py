"""Two real `liveness` actors on a cable: they find each other, and what is wrong; nobody else's probes count."""

import os
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import trio

from airhail.actors.liveness.sockets import PORT
from airhail.actors.liveness.wire import BYE, Probe, encode
from airhail.ipc.errors import CallError
from tests.system.lan.cables import ip, why_not, within
from tests.system.liveness.rig import End, address_of, cables, watching
from tests.system.test_actors import LIMIT

pytestmark = pytest.mark.skipif(bool(reason := why_not()), reason=reason or "never")


@dataclass
class Two:
    alpha: End
    beta: End

    async def linked(self, *, keyed: bool) -> None:
        for end in (self.alpha, self.beta):
            await end.know(int(keyed))
            end.tell(1)
        for end in (self.alpha, self.beta):
            await end.until("alive")


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    with cables(1, f"airhail-live-{os.getpid()}") as (one, other):
        async with watching(tmp_path, 1, one) as alpha, watching(tmp_path, 2, other) as beta:
            yield Two(alpha, beta)


@pytest.mark.parametrize("keyed", [True, False])
async def test_both_ends_of_a_link_are_alive_by_each_others_probes(two: Two, keyed: bool) -> None:
    await two.linked(keyed=keyed)
    for end in (two.alpha, two.beta):
        link = await end.until("alive")
        assert link["mode"] == ("authenticated" if keyed else "open")
        assert "finding" not in link


async def test_a_cable_that_is_cut_is_a_dead_link_and_heals(two: Two) -> None:
    await two.linked(keyed=True)
    ip("-n", two.beta.namespace, "link", "set", "p2p1", "down")
    assert (await two.alpha.until("dead"))["finding"] == "peer-silent"
    assert (await two.beta.until("dead"))["finding"] in ("own-radio-gone", "peer-silent")
    ip("-n", two.beta.namespace, "link", "set", "p2p1", "up")
    await two.alpha.until("alive")
    await two.beta.until("alive")


async def test_a_goodbye_is_heard_at_once(two: Two) -> None:
    await two.linked(keyed=True)
    await two.alpha.client.call("say_goodbye", {"peer": address_of(2, 1)}, within=LIMIT)
    assert (await two.beta.until("dead"))["finding"] == "peer-left"
    with pytest.raises(CallError, match="no link to"):
        await two.alpha.client.call("say_goodbye", {"peer": address_of(2, 9)}, within=LIMIT)


async def test_a_goodbye_is_said_on_a_link_that_is_being_taken_down(two: Two) -> None:
    await two.linked(keyed=True)
    two.alpha.tell_leaving()
    # Any call takes longer than the document that was published before it.
    await two.alpha.client.call("silenced", within=LIMIT)
    await two.alpha.client.call("say_goodbye", {"peer": address_of(2, 1)}, within=LIMIT)
    assert (await two.beta.until("dead"))["finding"] == "peer-left"


async def test_a_peer_whose_liveness_is_killed_is_not_dead(two: Two) -> None:
    await two.linked(keyed=True)
    two.beta.process.send_signal(signal.SIGKILL)
    assert (await two.alpha.until("suspect"))["verdict"] == "suspect"
    with trio.fail_after(LIMIT):
        async with two.alpha.client.subscribe() as states:
            async for state in states:
                link = state["links"][address_of(2, 1)]
                assert link["verdict"] != "dead"
                if link.get("finding") == "firewalled":
                    return


async def test_forged_probes_are_passed_over_and_counted(two: Two) -> None:
    await two.linked(keyed=True)
    forger = within(two.beta.namespace, lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
    with forger:
        index = within(two.beta.namespace, lambda: socket.if_nametoindex("p2p1"))
        place = ("ff02::1", PORT, 0, index)
        bye = Probe(7, 1, 7, 1, 1, 0, BYE)
        for forged in (encode(bye, None, lower=False), encode(bye, b"x" * 32, lower=False), b"noise"):
            forger.sendto(forged, place)
    counted: dict[str, int] = {}
    with trio.fail_after(LIMIT):
        while set(counted) != {"unsealed", "forged", "garbled"}:
            counted = dict(await two.alpha.client.call("silenced", within=LIMIT))
    assert (await two.alpha.until("alive"))["verdict"] == "alive"


async def test_a_peer_without_airhail_is_foreign(two: Two) -> None:
    await two.alpha.know(0)
    two.alpha.tell(1)
    link = await two.alpha.until("alive")
    assert link["mode"] == "foreign"


async def test_a_port_that_another_program_has_is_told_and_taken_once_it_is_free(two: Two) -> None:
    with within(two.alpha.namespace, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as other:
        other.bind(("", PORT))
        for end in (two.alpha, two.beta):
            await end.know(1)
            end.tell(1)
        state = await two.alpha.until_state(lambda state: "problem" in state)
        assert state["problem"]["reason"] == "no-probes"
        assert state["problem"]["detail"] == "p2p1: Address already in use"
        assert "verdict" not in state["links"][address_of(2, 1)]
    await two.alpha.until("alive")
    await two.alpha.until_state(lambda state: "problem" not in state)
