"""All checks, in the order in which a person would look: what the air needs first."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from airhail.actors.doctor.checks import firewall, radio, rights, services, surroundings
from airhail.actors.doctor.facts import Facts
from airhail.actors.doctor.findings import Finding

Check = Callable[[Facts], Iterator[Finding]]

CHECKS: Mapping[str, Check] = {
    "radio": radio.radio,
    "switches": radio.switches,
    "combinations": radio.combinations,
    "regulatory": radio.regulatory,
    "networkmanager": services.networkmanager,
    "wpa-supplicant": services.wpa_supplicant,
    "p2p-device": services.p2p_device,
    "leftovers": services.leftovers,
    "rights": rights.networkmanager_rights,
    "tiers": rights.tiers,
    "dnsmasq": surroundings.dnsmasq,
    "firewall": firewall.firewall,
    "bluetooth": surroundings.bluetooth,
    "configuration": surroundings.configuration,
    "airhail": surroundings.airhail,
    "known-bugs": services.known_bugs,
}


def examine(facts: Facts) -> list[dict[str, Any]]:
    """Return what every check finds, each finding with the name of its check."""
    return [{"check": name, **asdict(finding)} for name, check in CHECKS.items() for finding in check(facts)]
