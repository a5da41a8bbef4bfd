"""Two hosts bond over Bluetooth by numeric comparison, and one writes to the other's authenticated characteristic.

No airhail: this is what its `ble` actor builds on, and what the lab has to be good for.
Phases: `found` until alpha's search shows beta's advertisement; `paired` until the number was confirmed at both ends
and both hold the bond; `resolved` until alpha knows beta's services; `written` until beta has the value.
"""

from tests.lab.guest import Bluetooth, Lab, expect
from tests.lab.guest.bluetooth import ADAPTER, adapter_path, device_path
from tests.lab.guest.bluez import DEVICE, Program, open_program

HOSTS = ("alpha", "beta")
BLUETOOTH = Bluetooth()

SERVICE = "6c1d0001-1f7a-4e0c-9a55-0b3d4c2f8e10"
CHARACTERISTIC = "6c1d0002-1f7a-4e0c-9a55-0b3d4c2f8e10"
VALUE = b"hello beta"
# Everything here is immediate but what the stack waits for itself.
SOON_S = 30.0


async def scenario(lab: Lab) -> None:
    alpha, beta = lab.hosts
    async with open_program(alpha) as caller, open_program(beta) as called:
        await called.serve_gatt(SERVICE, CHARACTERISTIC, "encrypt-authenticated-write")
        await called.serve_agent("DisplayYesNo", default=True)
        await caller.serve_agent("DisplayYesNo", default=False)
        async with lab.phase("found"):
            await find(lab, caller, called)
        async with lab.phase("paired"):
            await caller.call(device_path(alpha, beta), DEVICE, "Pair")
        numbers = [(await program.was_called("RequestConfirmation", SOON_S)).body[1] for program in (caller, called)]
        expect(numbers[0] == numbers[1], f"alpha showed {numbers[0]}, beta {numbers[1]}")
        for program, other in ((caller, beta), (called, alpha)):
            known = await program.device(other)
            expect(known.get("Bonded"), f"{program.host.name} does not hold the bond with {other.name}: {known}")
        async with lab.phase("resolved"):
            await resolved(lab, caller)
        async with lab.phase("written"):
            await caller.write(await caller.characteristic(beta, CHARACTERISTIC), VALUE)
        write = await called.was_called("WriteValue", SOON_S)
        expect(write.body[0] == VALUE, f"beta was told {write.body[0]!r}, alpha wrote {VALUE!r}")


async def find(lab: Lab, caller: Program, called: Program) -> None:
    """Search, and then advertise, until the advertisement shows."""
    alpha, beta = lab.hosts
    await caller.call(adapter_path(alpha), ADAPTER, "StartDiscovery")
    await called.advertise(ServiceUUIDs=("as", [SERVICE]), Discoverable=("b", True))

    async def shown() -> bool | None:
        return bool(await caller.device(beta)) or None

    await lab.bluetooth.witness.until(shown, "alpha finds beta", within=SOON_S)
    await caller.call(adapter_path(alpha), ADAPTER, "StopDiscovery")


async def resolved(lab: Lab, caller: Program) -> None:
    """Wait until the other end's services are known."""

    async def known() -> bool | None:
        return (await caller.device(lab.hosts[1])).get("ServicesResolved") or None

    await lab.bluetooth.witness.until(known, "beta's services are resolved", within=SOON_S)
