"""Decides what keeps a link quick: whether its interface may doze.

A client that dozes hears of a frame for it with the next beacon, 102 ms later at worst, and power save is on by
default (net/wireless/core.c). An owner cannot doze. The setting is the interface's own and dies with it; an interface
that outlives its group gets back what it had. What that was is not known any more after a restart of this actor.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from airhail.actors.connection.links.link import Link, Phase


class PowerSave(enum.StrEnum):
    """Whether a link's interface may doze."""

    OFF = "off"
    BATTERY = "battery"
    """Only while this host runs on its battery."""
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Radio:
    """What the kernel shows of a group's interface: MHz; 0 and None where it does not tell."""

    client: bool
    channel: int = 0
    frequency: int = 0
    width: int = 0
    power_save: bool | None = None


@dataclass(frozen=True, slots=True)
class RadiosSeen:
    """The interfaces of groups were looked at afresh, by name; *admin*: this process may change their settings."""

    radios: Mapping[str, Radio]
    battery: bool = False
    admin: bool = False


@dataclass(frozen=True, slots=True)
class SetPowerSave:
    """Let an interface doze, or never."""

    interface: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Quick:
    """The interfaces of groups, and what was asked for them."""

    policy: PowerSave = PowerSave.BATTERY
    seen: RadiosSeen = field(default_factory=lambda: RadiosSeen({}))
    # What power save was before it was first changed here.
    found: Mapping[str, bool] = field(default_factory=dict)
    # What was asked for last. A refusal is not asked for again: the kernel's mind does not change by itself.
    asked: Mapping[str, bool] = field(default_factory=dict)


def look(quick: Quick, seen: RadiosSeen) -> Quick:
    """Take what was seen; what was kept of an interface that is gone is forgotten."""
    found = {name: value for name, value in quick.found.items() if name in seen.radios}
    asked = {name: value for name, value in quick.asked.items() if name in seen.radios}
    return replace(quick, seen=seen, found=found, asked=asked)


def tend(quick: Quick, links: Mapping[str, Link]) -> tuple[Quick, list[SetPowerSave]]:
    """Have each interface doze as it should, now that the links stand so."""
    if not quick.seen.admin:
        return quick, []
    linked = {link.interface for link in links.values() if link.phase is Phase.UP}
    effects = []
    for name, radio in quick.seen.radios.items():
        if radio.power_save is None:
            continue
        found = quick.found.get(name, radio.power_save)
        wanted = wish(quick, found) if radio.client and name in linked else found
        if wanted != quick.asked.get(name, radio.power_save):
            effects.append(SetPowerSave(name, wanted))
            quick = replace(quick, found={**quick.found, name: found}, asked={**quick.asked, name: wanted})
    return quick, effects


def wish(quick: Quick, found: bool) -> bool:
    """Tell whether a client's interface that was found dozing, or not, may doze while its link is up."""
    match quick.policy:
        case PowerSave.OFF:
            return False
        case PowerSave.BATTERY:
            return found and quick.seen.battery
        case PowerSave.KEEP:
            return found


def shown(quick: Quick, interface: str) -> dict[str, int | bool]:
    """Shape what is known of a link's radio for others."""
    radio = quick.seen.radios.get(interface)
    if radio is None:
        return {}
    known = {"channel": radio.channel, "frequency": radio.frequency, "width": radio.width}
    shaped: dict[str, int | bool] = {name: value for name, value in known.items() if value}
    return shaped if radio.power_save is None else {**shaped, "power_save": radio.power_save}
