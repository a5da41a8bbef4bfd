"""What stands around the link: addresses for foreign peers, Bluetooth, the configuration, and airhail itself."""

from collections.abc import Iterator

from airhail.actors.doctor.facts import Adapter, AirhailFacts, Facts, Presence, Unseen
from airhail.actors.doctor.findings import Finding, broken, fine, limit, unknown
from airhail.actors.reasons import NEEDS_PERSON, Reason

WITHOUT = "Without it no peer can be woken: a link comes about when both ends ask for it."

BLE = "ble"
OVER = frozenset({"FATAL", "EXITED"})
SERVING = frozenset({"RUNNING"})


def dnsmasq(facts: Facts) -> Iterator[Finding]:
    """Tell whether foreign peers can be given an address."""
    match facts.dnsmasq:
        case Unseen(why):
            yield unknown(f"Whether dnsmasq is installed is not known: {why}")
        case str(path) if path:
            yield fine(f"{path} hands out addresses when this host owns a group.")
        case _:
            yield limit(
                "dnsmasq is not installed: when this host owns the group, a phone or any other peer without airhail "
                "gets no IPv4 address. Two airhail hosts need none.",
                "Install it (Debian: `apt install dnsmasq-base`).",
            )


def bluetooth(facts: Facts) -> Iterator[Finding]:
    """Tell whether this host can advertise and serve over Bluetooth LE, and what else keeps `ble` from it."""
    told = set()
    for reason, finding in bluez(facts):
        told.add(reason)
        yield finding
    complaints = facts.airhail.complaints if isinstance(facts.airhail, AirhailFacts) else ()
    for one in complaints:
        if one.actor == BLE and one.reason not in told:
            sentence = f"{one.actor}: {one.reason}: {one.sentence} {WITHOUT}"
            yield limit(sentence, one.advice, f"{one.actor}/{one.reason}")


def bluez(facts: Facts) -> Iterator[tuple[str, Finding]]:
    """Tell what BlueZ shows, each finding with the reason for which `ble` would complain of the same, or ""."""
    found = facts.bluetooth
    switches = () if isinstance(facts.switches, Unseen) else facts.switches
    blocked = any(each.kind == "bluetooth" and (each.soft or each.hard) for each in switches)
    match found.presence:
        case Presence.NO_BUS:
            yield "", unknown("BlueZ cannot be asked after: its bus cannot be reached.")
        case Presence.SILENT | Presence.REFUSED:
            sentence = f"BlueZ does not answer this user: {found.said}. {WITHOUT}"
            yield Reason.BLUEZ_GONE, limit(sentence, "`journalctl -u bluetooth`.")
        case Presence.AWAY:
            sentence = f"BlueZ is not running. {WITHOUT}"
            yield Reason.BLUEZ_GONE, limit(sentence, "Install BlueZ, and `systemctl start bluetooth`.")
        case Presence.HERE if not found.adapters:
            sentence = f"There is no Bluetooth adapter. {WITHOUT}"
            yield Reason.NO_BLUETOOTH, limit(sentence, "Plug one in that can do Bluetooth LE.")
        case Presence.HERE:
            for one in found.adapters:
                yield adapter(one, " (rfkill)" if blocked else "")


def adapter(one: Adapter, blocked: str) -> tuple[str, Finding]:
    """Tell what one adapter can do, as `bluez` does."""
    roles = (("advertise", one.advertises), ("serve GATT", one.serves))
    if lacks := " and ".join(role for role, can in roles if not can):
        return Reason.NO_BLUETOOTH, limit(f"Bluetooth adapter {one.name} cannot {lacks}. {WITHOUT}", about=one.name)
    if not one.powered:
        sentence = f"Bluetooth adapter {one.name} is off{blocked}. {WITHOUT}"
        advice = "`rfkill unblock bluetooth`, then `bluetoothctl power on`."
        return Reason.BLUETOOTH_OFF, limit(sentence, advice, one.name)
    return "", fine(f"Bluetooth adapter {one.name} is on, can advertise and serve GATT.", one.name)


def configuration(facts: Facts) -> Iterator[Finding]:
    """Tell whether the part of the configuration that was read here is well."""
    if facts.mistake:
        yield broken(facts.mistake, "`airhail config check` tells every mistake.")
    else:
        yield fine("The bus addresses in the configuration are well; `airhail config check` reads the rest.")


def airhail(facts: Facts) -> Iterator[Finding]:
    """Tell whether airhail runs, which tier it found, and what it complains of."""
    match facts.airhail:
        case Unseen(why):
            yield unknown(f"airhail itself cannot be looked at: {why}")
        case AirhailFacts(running=False, where=where):
            yield limit(
                f"airhail is not running (nothing answers at {where}), so no link is made or kept.",
                "`airhail run`, or as a service `systemctl start airhail`.",
            )
        case running:
            whose = "" if running.uid in (None, facts.user.uid) else f", as uid {running.uid}"
            tier = f", tier {running.tier}" if running.tier else ""
            yield fine(f"airhail {running.version} is {running.state}{whose}{tier}.", "supervisor")
            yield from actors(running)
            for one in running.complaints:
                if one.actor == BLE:
                    continue  # `bluetooth` tells it
                # Of all other reasons airhail gets out by itself.
                tell = broken if one.reason in NEEDS_PERSON else limit
                yield tell(f"{one.actor}: {one.reason}: {one.sentence}", one.advice, f"{one.actor}/{one.reason}")


def actors(running: AirhailFacts) -> Iterator[Finding]:
    """Tell of the actors that do not serve."""
    for name, one in running.actors.items():
        ended = f"; its last life ended so: {one.last_exit}" if one.last_exit else ""
        if one.state in OVER:
            yield broken(
                f"{name} does not run and will not be started again ({one.state}){ended}.",
                "`airhail crashes` and the log tell why; mend that, then start airhail again.",
                name,
            )
        elif one.state not in SERVING:
            yield limit(
                f"{name} is {one.state}{ended}.", "Usually over in seconds; `airhail status` follows it.", name
            )
        elif name in running.silent:
            yield unknown(f"{name} could not be asked: {running.silent[name]}", about=name)
