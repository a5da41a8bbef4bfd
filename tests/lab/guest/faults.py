"""The faults of the soak, as they befall a host (`tests/lab/faults.py` chooses them)."""

import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import trio

from tests.lab.faults import ACTORS, NETWORK_MANAGER, SUPERVISOR, Fault
from tests.lab.guest import others
from tests.lab.guest.failure import Failed
from tests.lab.guest.holdings import supervisor, tree_of
from tests.lab.guest.host import Host
from tests.lab.guest.lab import Lab
from tests.lab.guest.medium import CLEAR
from tests.lab.guest.onlooker import Onlooker

NOBODY = "02:00:00:00:99:00"
# The program that finds elsewhere looks that often: as long as a person looks at a list of displays.
LOOK_S = 5.0
RFKILL = "/dev/rfkill"
SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGTERM}
# What is asked to stop and does not, is killed; as an init system would.
STOP_S = 20.0


class Missed(Exception):
    """The process that a fault means is not there: another fault has ended it, and nobody started it again yet."""


async def befall(lab: Lab, fault: Fault, onlooker: Onlooker, number: int) -> None:
    """Let one fault of a round befall the onlooker's host, from its beginning to its end.

    It is among `lab.facts["faults"]` from its beginning on, or among `"missed"` when it could not happen.
    """
    await trio.sleep(fault.begins)
    words = f"{number}: {onlooker.host.name}: {fault}"
    lab.note(words)
    lab.facts["faults"].append(words)
    onlooker.blinded += fault.kind.blinds
    try:
        await DEEDS[fault.kind.deed](lab, fault, onlooker)
        lab.note(f"{words}: is over")
    except Missed:
        lab.facts["faults"].remove(words)
        lab.facts["missed"].append(words)
        lab.note(f"{words}: there is no such process, so it did not happen")
    onlooker.blinded -= fault.kind.blinds


async def end(lab: Lab, fault: Fault, onlooker: Onlooker) -> None:
    """End a process; what nobody else starts again, the lab does."""
    host, victim = onlooker.host, fault.kind.victim
    strike(lab, host, victims(host, victim), SIGNALS[fault.kind.deed])
    daemon = {NETWORK_MANAGER: host.daemons.get("nm"), SUPERVISOR: host.airhail_end.daemon}.get(victim)
    if daemon is not None:
        with trio.move_on_after(STOP_S):
            await daemon.ended.wait()
        if not daemon.ended.is_set():
            daemon.process.kill()
            await daemon.ended.wait()
    await trio.sleep(fault.lasts)
    if victim == NETWORK_MANAGER:
        await host.spawn("nm", "NetworkManager", "--debug")
    elif victim == SUPERVISOR:
        await host.start_airhail(user=None)


async def freeze(lab: Lab, fault: Fault, onlooker: Onlooker) -> None:
    """Let a process stand still; it may be ended meanwhile by who watches it."""
    pids = victims(onlooker.host, fault.kind.victim)
    strike(lab, onlooker.host, pids, signal.SIGSTOP)
    await trio.sleep(fault.lasts)
    send(lab, onlooker.host, pids, signal.SIGCONT)


async def find_elsewhere(lab: Lab, fault: Fault, onlooker: Onlooker) -> None:
    """Let another program end the find and begin its own, again and again."""
    looks = max(1, round(fault.lasts / LOOK_S))
    for _ in range(looks):
        await attempt(lab, onlooker.host, partial(others.stop_find, onlooker.host))
        await attempt(lab, onlooker.host, partial(others.start_find, onlooker.host, int(LOOK_S)))
        await trio.sleep(fault.lasts / looks)
    await attempt(lab, onlooker.host, partial(others.stop_find, onlooker.host))


async def take_over(lab: Lab, fault: Fault, onlooker: Onlooker) -> None:
    """Let another program have the radio for a connection of its own."""
    await attempt(lab, onlooker.host, partial(others.take_over, onlooker.host, NOBODY))
    await trio.sleep(fault.lasts)
    await others.give_back(onlooker.host)


async def out_of_range(lab: Lab, fault: Fault, onlooker: Onlooker) -> None:
    """Let the two not hear each other."""
    lab.air.between(onlooker.host, onlooker.other, None)
    await trio.sleep(fault.lasts)
    lab.air.between(onlooker.host, onlooker.other, CLEAR)


async def wifi_off(lab: Lab, fault: Fault, onlooker: Onlooker) -> None:
    """Let a person switch the host's Wi-Fi off and on, by NetworkManager alone.

    It would write to /dev/rfkill as well, which blocks the radios of all hosts: they share one kernel.
    """
    host = onlooker.host
    (await host.run("mount", "--bind", "/dev/null", RFKILL)).check()
    (await host.run("nmcli", "radio", "wifi", "off")).check()
    # Before wpa_supplicant opens it again: it takes /dev/null's silence for no end of events.
    (await host.run("umount", RFKILL)).check()
    await trio.sleep(fault.lasts)
    (await host.run("nmcli", "radio", "wifi", "on")).check()


async def change_of_mind(lab: Lab, fault: Fault, onlooker: Onlooker) -> None:
    """Let a person withdraw the wish, and wish again."""
    onlooker.wanted = False
    (await onlooker.host.airhail("disconnect", onlooker.other.address, user=None)).check()
    await trio.sleep(fault.lasts)
    (await onlooker.host.airhail("connect", onlooker.other.address, user=None)).check()
    onlooker.wanted = True


DEEDS: dict[str, Callable[[Lab, Fault, Onlooker], Awaitable[None]]] = {
    "kill": end,
    "stop": end,
    "freeze": freeze,
    "find elsewhere": find_elsewhere,
    "take over": take_over,
    "out of range": out_of_range,
    "wifi off": wifi_off,
    "disconnect": change_of_mind,
}


def victims(host: Host, name: str) -> list[int]:
    """Return the processes that a fault means."""
    if name == SUPERVISOR:
        return [supervisor(host)]
    if name in ACTORS:
        # Not by `pids`: the onlooker has the actor's name among its arguments.
        return [pid for pid, own in tree_of(supervisor(host)).items() if own == name]
    return host.pids(name)


def strike(lab: Lab, host: Host, pids: Sequence[int], number: signal.Signals) -> None:
    """Send the signal that is the fault; raise `Missed` when nobody is there to get it."""
    if not send(lab, host, pids, number):
        raise Missed


def send(lab: Lab, host: Host, pids: Sequence[int], number: signal.Signals) -> int:
    """Send a signal to each of these processes that is still there; return how many are."""
    there = 0
    for pid in pids:
        try:
            os.kill(pid, number)
            there += 1
        except ProcessLookupError:
            lab.note(f"{host.name}: process {pid} is gone already: no {number.name}")
    return there


async def attempt(lab: Lab, host: Host, deed: Callable[[], Awaitable[None]]) -> None:
    """Let another program try something with the Wi-Fi Direct device there is; nobody minds when that is refused."""
    try:
        host.p2p_device = await host.nm.p2p_device()
        await deed()
    except Failed as refused:
        lab.note(f"{host.name}: another program's wish is refused: {refused}")
