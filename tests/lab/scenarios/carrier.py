"""Two bonded hosts, both idle; one sends a message to the other's inbox over Bluetooth, and the other one back.

Then what may come between: a connection that was hung up on, bluetoothd killed, an adapter off, an actor killed.

Phases: `woken` from the call of `send` on idle hosts until it returns; `answered` the same in return over the same
connection; `back` from idle the other way; `both` from idle both ways at once, four messages each; `bluetoothd`
(killed while they are connected), `bluetoothd-back`, `adapter` and `actor` for the first send after each.
"""

import os
import signal
from functools import partial

import trio

from airhail.ipc.limits import RECONNECT_LAST
from tests.lab.guest import Bluetooth, Host, HostSpec, Lab, expect
from tests.lab.guest.bluetooth import ADAPTER, NAME, adapter_path, device_path
from tests.lab.guest.bluez import DEVICE, open_program
from tests.lab.guest.carrier import Carrier, open_carrier
from tests.lab.guest.steps import status
from tests.lab.scenarios.bluetooth import find

HOSTS = (HostSpec("alpha", radios=()), HostSpec("beta", radios=()))
BLUETOOTH = Bluetooth()
PEERS = {"alpha": "a" * 16, "beta": "b" * 16}
KEY = "5e" * 32
LONGEST = 400
# `ble` ends a connection of its own after 30 s without a message; BlueZ takes 2 s for it.
QUIET_S = 35.0
SEND_S = 20.0
# As many as `ble` keeps from one sender.
BURST = 4


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    for host in lab.hosts:
        await host.start_airhail(user=None)
    async with open_carrier(alpha, "ble") as a, open_carrier(beta, "ble") as b:
        for carrier in (a, b):
            await carrier.until("it can be called", lambda document: document["mailbox"] == "open")
        await bond(lab)
        await introduce(lab, a, b)
        for carrier, other in ((a, beta), (b, alpha)):
            await meet(carrier, other)
        # The connection that bonding made is nobody's to end but the program's that made it.
        await lab.bluetooth.bus.call(NAME, device_path(alpha, beta), DEVICE, "Disconnect")
        await idle(lab, a, b)
        await deliver(lab, "woken", a, b, os.urandom(LONGEST))
        await deliver(lab, "answered", b, a, b"over the same connection")
        await idle(lab, a, b)
        await deliver(lab, "back", b, a, b"from idle")
        await idle(lab, a, b)
        async with lab.phase("both"):
            await lab.together(*(partial(burst, *pair) for pair in ((a, b), (b, a))))
        await lab.bluetooth.restart_bluetoothd()
        for carrier in (a, b):
            await carrier.until("it can be called again", lambda document: document["mailbox"] == "open")
        await deliver(lab, "bluetoothd", a, b, b"through another bluetoothd")
        await deliver(lab, "bluetoothd-back", b, a, b"and back")
        await switch_off_and_on(lab, a, b)
        await deliver(lab, "adapter", a, b, b"to an adapter that was off")
    killed = (await status(beta))["supervisor"]["actors"]["ble"]["pid"]
    os.kill(killed, signal.SIGKILL)
    async with open_carrier(alpha, "ble") as a, open_carrier(beta, "ble") as b:
        # Connection tells each life of a carrier whom it trusts, here nobody: what we say has to come after that.
        await trio.sleep(RECONNECT_LAST + 1.0)
        await meet(b, alpha)
        await deliver(lab, "actor", a, b, b"to another life of the actor")


async def meet(carrier: Carrier, other: Host) -> None:
    """Have a carrier serve the other host."""
    lower = PEERS[carrier.host.name] < PEERS[other.name]
    peer = {"peer": PEERS[other.name], "address": other.bluetooth_address, "key": KEY, "lower": lower}
    await carrier.call("meet", {"peers": [peer]})


async def bond(lab: Lab) -> None:
    """Bond the hosts by numeric comparison, as a person at each end does, and trust each other's device."""
    alpha, beta = lab.hosts
    async with open_program(alpha) as caller, open_program(beta) as called:
        await called.serve_agent("DisplayYesNo", default=True)
        await caller.serve_agent("DisplayYesNo", default=False)
        await find(lab, caller, called)
        await caller.call(device_path(alpha, beta), DEVICE, "Pair")
        for program, other in ((caller, beta), (called, alpha)):
            await program.set(other, "Trusted", "b", True)


async def introduce(lab: Lab, a: Carrier, b: Carrier) -> None:
    """A stranger's message is taken only while strangers are expected."""
    stranger = {"to": "", "address": b.host.bluetooth_address, "body": b"hello".hex()}
    expect(await a.refused("send", stranger) == "refused", "a stranger's message was taken")
    await b.call("expect", {"seconds": 60})
    await a.call("send", stranger)
    message = await b.message(b"hello")
    expect((message["peer"], message["secure"]) == ("", True), f"beta was told {message}")
    expect(message["address"] == a.host.bluetooth_address.lower(), f"beta was told {message}")
    await b.call("expect", {"seconds": 0})
    await b.call("take", {"number": message["number"]})


async def idle(lab: Lab, a: Carrier, b: Carrier) -> None:
    """Wait until no connection stands, and see that nobody searches or advertises."""
    for carrier in (a, b):
        with trio.move_on_after(QUIET_S):
            await carrier.until("it is idle", lambda document: not any(p["near"] for p in document["peers"].values()))
    for host in lab.hosts:
        searching = await lab.bluetooth.bus.get(NAME, adapter_path(host), ADAPTER, "Discovering")
        advertising = await lab.bluetooth.bus.get(
            NAME, adapter_path(host), f"{NAME}.LEAdvertisingManager1", "ActiveInstances"
        )
        expect((searching, advertising) == (False, 0), f"{host.name} is not idle: {searching}, {advertising}")
        connected = await connections(lab)
        expect(not connected, f"connected: {connected}")


async def connections(lab: Lab) -> list[str]:
    """Return the paths of the devices that are connected."""
    (objects,) = await lab.bluetooth.bus.call(NAME, "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
    return [path for path, held in objects.items() if held.get(DEVICE, {}).get("Connected") == ("b", True)]


async def deliver(lab: Lab, phase: str, a: Carrier, b: Carrier, body: bytes) -> None:
    """Send a body from one to the other, and have it taken."""
    async with lab.phase(phase):
        await a.call("send", {**to(b.host), "body": body.hex()}, SEND_S)
    message = await b.message(body)
    expect(message["peer"] == PEERS[a.host.name], f"{b.host.name} was told {message}")
    await b.call("take", {"number": message["number"]})
    await a.until("it stops to call", lambda document: document["beacon"] == "off")


def to(host: Host) -> dict[str, str]:
    """Return whom a message for a host is to."""
    return {"to": PEERS[host.name], "address": host.bluetooth_address}


async def burst(a: Carrier, b: Carrier) -> None:
    """Send as many messages as one sender may have waiting, at once, and see all of them arrive."""
    bodies = [f"{a.host.name} {number}".encode() for number in range(BURST)]
    async with trio.open_nursery() as nursery:
        for body in bodies:
            nursery.start_soon(a.call, "send", {**to(b.host), "body": body.hex()}, SEND_S)
    for body in bodies:
        await b.call("take", {"number": (await b.message(body))["number"]})


async def switch_off_and_on(lab: Lab, a: Carrier, b: Carrier) -> None:
    """Switch an adapter off, see what is told of it, and switch it on."""
    await lab.bluetooth.power(a.host, False)
    told = await a.until("it is off", lambda document: "problem" in document)
    expect(told["problem"]["reason"] == "bluetooth-off", f"alpha tells {told}")
    expect(await a.refused("send", {**to(b.host), "body": "00"}) == "unavailable", "alpha sends with its adapter off")
    await lab.bluetooth.power(a.host, True)
    await a.until("it is on", lambda document: "problem" not in document)
